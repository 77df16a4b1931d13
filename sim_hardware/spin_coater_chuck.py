"""The vacuum chuck of the spin coater, its switch, and what happens when it loses its grip."""

import asyncio
from collections.abc import Callable

from sim_hardware.core.approach import Approach
from sim_hardware.core.clock import LineClock

HELD_KPA, OPEN_KPA, LEAKING_KPA = 85.0, 20.0, 20.0
GOOD_KPA = 60.0  # the switch closes above
SLIPS_KPA = 30.0  # a turning wafer comes off below
GONE_KPA = 10.0
SWITCHES_S, LEAKS_S = 0.5, 3.0
JUST_S = 0.001  # after a limit, so that it has been passed for certain


class Chuck:
    """Vacuum below atmosphere; `lost` and `slipping` are called when it falls through the limits.

    Without a wafer over its holes it only reaches 20 kPa.
    """

    def __init__(
        self, clock: LineClock, lost: Callable[[], None], slipping: Callable[[], None]
    ) -> None:
        self._clock, self._lost, self._slipping = clock, lost, slipping
        self._vacuum = Approach(clock, 0.0, SWITCHES_S)
        self._on = self._covered = False
        self._leaking = False  # fault
        self._switch_stuck = False  # fault: the switch shows a held wafer
        self._timers: list[asyncio.TimerHandle] = []

    def kpa(self) -> float:
        """What the sensor shows."""
        return HELD_KPA if self._switch_stuck else self.true_kpa()

    def true_kpa(self) -> float:
        """The vacuum."""
        return self._vacuum.value()

    @property
    def good(self) -> bool:
        """Whether the switch says that the wafer is held."""
        return self.kpa() >= GOOD_KPA

    @property
    def slips(self) -> bool:
        """Whether a turning wafer would come off."""
        return self.true_kpa() < SLIPS_KPA

    @property
    def released(self) -> bool:
        """Whether the wafer can be lifted."""
        return self.true_kpa() < GONE_KPA

    def switch(self, *, on: bool) -> None:
        """Open or close the valve."""
        self._on = on
        self._settle(SWITCHES_S)

    def cover(self, *, covered: bool) -> None:
        """A wafer was laid on it or taken off."""
        self._covered = covered
        self._settle(SWITCHES_S)

    def good_in_s(self) -> float | None:
        """Seconds until the switch closes; None if it will not."""
        if self.good:
            return 0.0
        margin_kpa = self._vacuum.goal - GOOD_KPA
        return self._vacuum.settles_in_s(margin_kpa) if margin_kpa > 0.0 else None

    def leak(self, leaking: float) -> None:
        """Fault: the wafer does not seal any more."""
        self._leaking = bool(leaking)
        self._settle(LEAKS_S if leaking else SWITCHES_S)

    def stick_switch(self, stuck: float) -> None:
        """Fault: the switch shows a held wafer whatever happens."""
        self._switch_stuck = bool(stuck)

    def _goal_kpa(self) -> float:
        if not self._on:
            return 0.0
        if not self._covered:
            return OPEN_KPA
        return LEAKING_KPA if self._leaking else HELD_KPA

    def _settle(self, tau_s: float) -> None:
        self._vacuum = Approach(self._clock, self.true_kpa(), tau_s)
        self._vacuum.aim(self._goal_kpa())
        for timer in self._timers:
            timer.cancel()
        self._timers = [
            self._clock.after(self._vacuum.settles_in_s(limit - self._vacuum.goal) + JUST_S, tell)
            for limit, tell in ((GOOD_KPA, self._lost), (SLIPS_KPA, self._slipping))
            if self._vacuum.goal < limit <= self.true_kpa()
        ]
