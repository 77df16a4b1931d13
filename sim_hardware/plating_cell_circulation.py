"""Circulation through the plating cell: a pump behind its drive, and the flow that the cell needs.

Chosen here: 1.2 bar at 50 Hz; below 30 % of its level the bath does not reach the pump. The
controller waits 15 s for the flow after its order, and 2 s when it fails later.
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

LPM_HZ: Final = 0.5
FULL_HZ, FULL_BAR = 50.0, 1.2
SUCTION_PCT: Final = 30.0
LEAST_LPM: Final = 1.0
WELL_SHARE: Final = 0.5
STARTING_S, FAILING_S, DRY_S = 15.0, 2.0, 10.0


class Circulation:
    """`changed` is called when the flow changes its course or passes a limit.

    `failed` is called when the flow has been too low for too long, `hazard` when the pump has run
    without liquid.
    """

    def __init__(
        self,
        clock: LineClock,
        level_pct: Callable[[], float],
        changed: Callable[[], None],
        failed: Callable[[], None],
        hazard: Callable[[str], None],
    ) -> None:
        self._clock, self._level_pct = clock, level_pct
        self._changed, self._failed, self._hazard = changed, failed, hazard
        self._timers = NamedTimers(clock)
        self._hz = Ramp(0.0, 0.0, 1.0, clock.now_s())
        self._share = 1.0  # fault: of the flow that the pump should give
        self._blind = False  # fault: the drive does not notice that it runs dry
        self._closed, self._reached = False, False
        self.asked_lpm = 0.0
        self.pump = XylemHydrovar(clock, self)

    # --- the pump's surroundings ------------------------------------------------------------------

    def enabled(self) -> bool:
        """Whether the on/off terminal is closed."""
        return self._closed

    def has_water(self) -> bool:
        """Whether there is something to pump, as the drive sees it."""
        return self._blind or self._wet()

    def pressure_bar(self, hz: float) -> float:
        """Pressure at the sensor with the motor at `hz`."""
        return FULL_BAR * (hz / FULL_HZ) ** 2 if self._wet() else 0.0

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        """The motor now ramps from where it is to `hz`."""
        now_s = self._clock.now_s()
        self._hz = Ramp(self._hz.at(now_s), hz, hz_per_s, now_s)
        self._look()

    # --- the controller's side --------------------------------------------------------------------

    def order(self, *, closed: bool, asked_lpm: float) -> None:
        """Close or open the terminal; below half of `asked_lpm` the flow is too low."""
        self._reached = self._reached and self._closed and closed
        self._closed, self.asked_lpm = closed, asked_lpm
        self.pump.recheck()
        self._look()

    def lpm(self) -> float:
        """Flow now."""
        return self._lpm_at(self._hz.at(self._clock.now_s()))

    def runs(self) -> bool:
        """Whether the pump is asked to turn."""
        return self._hz.goal > 0.0

    def well(self) -> bool:
        """Whether enough flows for current."""
        return self._closed and self.lpm() >= self._least_lpm()

    def look(self) -> None:
        """The level of the bath has changed."""
        self.pump.recheck()
        self._look()

    def faults(self) -> Mapping[str, Fault]:
        """Faults of the pump by name."""
        return {"flow_share": self.wear, "overload": self._overload, "dry_unnoticed": self._blinded}

    def wear(self, share: float) -> None:
        """Fault: it gives no more than this share of its flow."""
        self._changed()
        self._share = share
        self._look()

    def _overload(self, there: float) -> None:
        if there:
            self.pump.trip(DriveError.OVERLOAD)
        else:
            self.pump.clear(DriveError.OVERLOAD)

    def _blinded(self, there: float) -> None:
        self._blind = bool(there)
        self.look()

    # --- what time makes of it --------------------------------------------------------------------

    def _wet(self) -> bool:
        return self._level_pct() >= SUCTION_PCT

    def _lpm_at(self, hz: float) -> float:
        return LPM_HZ * hz * self._share if self._wet() else 0.0

    def _least_lpm(self) -> float:
        return max(WELL_SHARE * self.asked_lpm, LEAST_LPM)

    def _look(self) -> None:
        self._changed()
        self._timers.after("passes", self._passes_in_s(), self._look)
        settles_s = self._hz.end_s - self._clock.now_s()
        self._timers.after("settled", settles_s if settles_s > 0.0 else math.inf, self._look)
        self._reached = self._reached or self.well()
        if not self._closed or not self.asked_lpm or self.well():
            self._timers.cancel("low")
        elif "low" not in self._timers:
            self._timers.after("low", FAILING_S if self._reached else STARTING_S, self._failed)
        if not self.runs() or self._wet():
            self._timers.cancel("dry")
        elif "dry" not in self._timers:
            self._timers.after("dry", DRY_S, self._runs_dry)

    def _runs_dry(self) -> None:
        self._hazard("circulation pump runs dry")

    def _passes_in_s(self) -> float:
        """Seconds until the flow passes what is needed; infinite if it does not."""
        now_lpm, goal_lpm, least_lpm = self.lpm(), self._lpm_at(self._hz.goal), self._least_lpm()
        if not min(now_lpm, goal_lpm) < least_lpm <= max(now_lpm, goal_lpm):
            return math.inf
        return abs(least_lpm - now_lpm) / (LPM_HZ * self._share * self._hz.per_s)
