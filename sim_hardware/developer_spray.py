"""The spray of the developer: its pump, the pipes to the nozzles, and the drive's terminal."""

import math
from collections.abc import Callable

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.instruments.xylem_hydrovar import XylemHydrovar
from sim_hardware.instruments.xylem_hydrovar_drive import RAMP_HZ_S, Fault

FULL_BAR, FULL_HZ = 4.5, 50.0


class Spray:
    """What a Hydrovar drives.

    `settle` is called before the pressure begins to be another, `changed` when it does.
    """

    def __init__(
        self,
        clock: LineClock,
        filled: Callable[[], bool],
        settle: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._clock, self._filled = clock, filled
        self._settle, self._changed = settle, changed
        self._terminal_closed = False
        self._blind = False  # fault: the drive does not notice that it runs dry
        self._speed = Ramp(0.0, 0.0, RAMP_HZ_S, clock.now_s())
        self.drive = XylemHydrovar(clock, self)

    # --- what the drive asks and says -------------------------------------------------------------

    def enabled(self) -> bool:
        """Whether terminal 18 is closed."""
        return self._terminal_closed

    def has_water(self) -> bool:
        """Whether there is developer to pump, as the drive sees it."""
        return self._blind or self._filled()

    def pressure_bar(self, hz: float) -> float:
        """Pressure before the nozzles with the motor at `hz`."""
        return FULL_BAR * (hz / FULL_HZ) ** 2 if self._filled() else 0.0

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        """The motor now ramps from where it is to `hz`."""
        self._settle()
        now_s = self._clock.now_s()
        self._speed = Ramp(self._speed.at(now_s), hz, hz_per_s, now_s)
        self._changed()

    # --- what the tool asks and does --------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the motor turns."""
        return self._speed.at(self._clock.now_s()) > 0.0

    @property
    def dry(self) -> bool:
        """Whether the motor is driven without anything to pump."""
        return self._speed.goal > 0.0 and not self._filled()

    def close_terminal(self, *, closed: bool) -> None:
        """Close terminal 18, or open it."""
        if closed != self._terminal_closed:
            self._terminal_closed = closed
            self.drive.recheck()

    def bar(self) -> float:
        """Pressure before the nozzles now."""
        return self.pressure_bar(self._speed.at(self._clock.now_s()))

    def goal_bar(self) -> float:
        """Where the pressure ends if nothing changes."""
        return self.pressure_bar(self._speed.goal)

    def settles_in_s(self) -> float:
        """Seconds until the pressure is there; 0 when it is."""
        return max(self._speed.end_s - self._clock.now_s(), 0.0)

    def mean_bar(self, since_s: float) -> float:
        """Mean pressure since a time at which the motor was not yet told anything new."""
        now_s = self._clock.now_s()
        first, last = self.pressure_bar(self._speed.at(since_s)), self.bar()
        if now_s >= self._speed.end_s >= since_s and first != last and now_s > since_s:
            ramp_share = (self._speed.end_s - since_s) / (now_s - since_s)
            return _mean(first, last) * ramp_share + last * (1.0 - ramp_share)
        return _mean(first, last)

    def falls_below_in_s(self, bar: float) -> float:
        """Seconds until the pressure is below `bar`; 0 when it is, infinite if it will not be."""
        if self.bar() < bar:
            return 0.0
        if self.goal_bar() >= bar:
            return math.inf
        now_hz = self._speed.at(self._clock.now_s())
        return (now_hz - FULL_HZ * math.sqrt(bar / FULL_BAR)) / self._speed.per_s

    # --- faults -----------------------------------------------------------------------------------

    def overload(self, value: float) -> None:
        """The motor is overloaded, or well again."""
        if value:
            self.drive.trip(Fault.OVERLOAD)
        else:
            self.drive.clear(Fault.OVERLOAD)

    def blind(self, value: float) -> None:
        """The drive does not notice that it runs dry."""
        self._blind = bool(value)
        self.drive.recheck()

    def lose_mains(self, value: float) -> None:
        """The mains of the drive fail for a moment (1: once, now)."""
        if value:
            self.drive.power_cycle()


def _mean(first_bar: float, last_bar: float) -> float:
    """Mean of a pressure whose root goes evenly from one to the other."""
    return (first_bar + math.sqrt(first_bar * last_bar) + last_bar) / 3.0
