"""The spray of the stripper: a pump that keeps a pressure at nozzles which agitate the solvent.

Chosen here: 4 bar at 50 Hz; full agitation from 2 bar on, below it as the flow, which is the root
of the pressure; below 30 % of its level the tank does not reach the pump.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant_faults import Fault
from sim_hardware.instruments.xylem_hydrovar import XylemHydrovar
from sim_hardware.instruments.xylem_hydrovar_drive import Fault as DriveError

FULL_HZ, FULL_BAR, NOMINAL_BAR = 50.0, 4.0, 2.0
SUCTION_PCT: Final = 30.0
DRY_S: Final = 10.0


class Spray:
    """`changed` is called before and after the spray changes, `dry` when it has run dry."""

    def __init__(
        self,
        clock: LineClock,
        level_pct: Callable[[], float],
        changed: Callable[[], None],
        dry: Callable[[], None],
    ) -> None:
        self._clock, self._level_pct = clock, level_pct
        self._changed, self._dry = changed, dry
        self._timers = NamedTimers(clock)
        self._hz = Ramp(0.0, 0.0, 1.0, clock.now_s())
        self._head_share = self._open_share = 1.0  # faults: of the pump's pressure, of the nozzles
        self._blind = False  # fault: the drive does not notice that it runs dry
        self._closed = False
        self.pump = XylemHydrovar(clock, self)

    def enabled(self) -> bool:
        """Whether the on/off terminal is closed."""
        return self._closed

    def has_water(self) -> bool:
        """Whether there is something to pump, as the drive sees it."""
        return self._blind or self._wet()

    def pressure_bar(self, hz: float) -> float:
        """Pressure at the sensor with the motor at `hz`."""
        return FULL_BAR * self._head_share * (hz / FULL_HZ) ** 2 if self._wet() else 0.0

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        """The motor now ramps from where it is to `hz`."""
        self._changed()
        now_s = self._clock.now_s()
        self._hz = Ramp(self._hz.at(now_s), hz, hz_per_s, now_s)
        self._look()

    def close_terminal(self, *, closed: bool) -> None:
        """What the controller does with the pump's terminal."""
        if closed != self._closed:
            self._closed = closed
            self.pump.recheck()

    def bar(self) -> float:
        """Pressure now."""
        return self.pressure_bar(self._hz.at(self._clock.now_s()))

    def agitation(self) -> float:
        """Share of the full agitation that the nozzles give now."""
        return min(math.sqrt(self.bar() / NOMINAL_BAR), 1.0) * self._open_share

    def look(self) -> None:
        """The level of the tank has changed."""
        self.pump.recheck()
        self._look()

    def faults(self) -> Mapping[str, Fault]:
        """Faults of the pump by name."""
        return {
            "head_share": self._wear,
            "nozzles_share": self._clog,
            "overload": self._overload,
            "dry_unnoticed": self._blinded,
        }

    def _wear(self, share: float) -> None:
        self._changed()
        self._head_share = share
        self.look()

    def _clog(self, share: float) -> None:
        self._changed()
        self._open_share = share
        self._changed()

    def _overload(self, there: float) -> None:
        if there:
            self.pump.trip(DriveError.OVERLOAD)
        else:
            self.pump.clear(DriveError.OVERLOAD)

    def _blinded(self, there: float) -> None:
        self._blind = bool(there)
        self.look()

    def _wet(self) -> bool:
        return self._level_pct() >= SUCTION_PCT

    def _look(self) -> None:
        self._changed()
        settles_s = self._hz.end_s - self._clock.now_s()
        self._timers.after("settled", settles_s if settles_s > 0.0 else math.inf, self._look)
        if self._hz.goal <= 0.0 or self._wet():
            self._timers.cancel("dry")
        elif "dry" not in self._timers:
            self._timers.after("dry", DRY_S, self._dry)
