"""The rotor of a turbomolecular pump: it speeds up and runs down, and tells when it is there.

Rates are constant, so the speed at any time follows from the last change. What gas load and
fore-vacuum allow, and how warm the parts are, is the plant's business.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp


class TurboSurroundings(Protocol):
    """What the plant knows of the pump: its load and its temperatures."""

    def highest_hz(self) -> float:
        """Speed that gas load and fore-vacuum allow; infinite when they do not limit it."""
        ...

    def bearing_c(self) -> float:
        """Temperature of the bearing."""
        ...

    def motor_c(self) -> float:
        """Temperature of the motor."""
        ...

    def converter_c(self) -> float:
        """Temperature of the drive electronics."""
        ...

    def on_speed(self, goal_hz: float, per_s: float) -> None:
        """The rotor now ramps from where it is to `goal_hz` at `per_s` Hz each second."""
        ...


class TurboRotor:
    """A rotor aimed at a speed; `passed` is called when it gets where it was going."""

    def __init__(
        self,
        clock: LineClock,
        surroundings: TurboSurroundings,
        passed: Callable[[], None],
        *,
        up_hz_s: float,
        down_hz_s: float,
    ) -> None:
        self._clock, self._surroundings, self._passed = clock, surroundings, passed
        self.up_hz_s, self.down_hz_s = up_hz_s, down_hz_s
        self._ramp = Ramp(0.0, 0.0, up_hz_s, clock.now_s())
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def goal_hz(self) -> float:
        """Where the speed ends if nothing changes."""
        return self._ramp.goal

    def hz(self) -> float:
        """Speed now."""
        return self._ramp.at(self._clock.now_s())

    def slope(self) -> float:
        """Hz each second, signed; zero at constant speed."""
        return self._ramp.speed(self._clock.now_s())

    def aim(self, wanted_hz: float, *marks_hz: float) -> None:
        """Go to `wanted_hz`, as far as the load allows; `passed` is called at every mark too."""
        goal_hz = max(0.0, min(wanted_hz, self._surroundings.highest_hz()))
        start_hz = self.hz()
        per_s = self.up_hz_s if goal_hz >= start_hz else self.down_hz_s
        if goal_hz != self._ramp.goal or per_s != self._ramp.per_s:
            self._ramp = Ramp(start_hz, goal_hz, per_s, self._clock.now_s())
            self._surroundings.on_speed(goal_hz, per_s)
        self._watch((*marks_hz, goal_hz))

    def reaches_at_s(self, mark_hz: float) -> float:
        """When the speed is `mark_hz`; infinite when this movement does not lead there."""
        now_s, start_hz, goal_hz = self._clock.now_s(), self.hz(), self._ramp.goal
        if not min(start_hz, goal_hz) <= mark_hz <= max(start_hz, goal_hz):
            return math.inf
        return now_s + abs(mark_hz - start_hz) / self._ramp.per_s

    def put_at(self, hz: float) -> None:
        """Put the rotor at a speed at once, as a test or a fault does."""
        self._ramp = Ramp(hz, hz, self.up_hz_s, self._clock.now_s())

    def _watch(self, marks_hz: tuple[float, ...]) -> None:
        for timer in self._timers:
            timer.cancel()
        due_s = {self.reaches_at_s(mark_hz) for mark_hz in marks_hz}
        later_s = sorted(when_s for when_s in due_s if self._clock.now_s() < when_s < math.inf)
        # A hair late, so that rounding never finds the rotor just short of the mark.
        self._timers = [self._clock.at(when_s + 1e-6, self._passed) for when_s in later_s]
