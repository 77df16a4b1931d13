"""The emulated developer: two sumps with circulators, a spray pump, a rinse, a spinning wafer."""

import math
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import heater_faults
from sim_hardware.core.instrument_options import capability
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.developer_cleaning import Cleaning
from sim_hardware.developer_plc import (
    BATH_TEMPERATURE,
    CHEMISTRY,
    CONDUCTIVITY,
    LEVEL,
    LOW_FLOW,
    RESISTIVITY,
    DeveloperPlc,
)
from sim_hardware.developer_spray import Spray
from sim_hardware.developer_sump import CARBONATE, TMAH, WAFERS_PER_SUMP, Sump
from sim_hardware.developer_wetting import Wetting
from sim_hardware.instruments.click_plc import ClickPlc

FULL_FLOW_LPM, FULL_FLOW_BAR = 12.0, 1.5
LEAST_FLOW, LOW_FLOW_S = 0.8, 5.0  # of the flow that belongs to the set-point, and how long
RINSE_WELL_MOHM: Final = 4.0


class Action(Enum):
    """What the cup does with the wafer; the value of the spin is in `SPIN_RPM`."""

    STAND = auto()
    DEVELOP = auto()
    RINSE = auto()
    DRY = auto()


SPIN_RPM: Final = {
    Action.STAND: 0.0,
    Action.DEVELOP: 60.0,
    Action.RINSE: 300.0,
    Action.DRY: 2500.0,
}


class DeveloperPlant(Plant):
    """Roles plc, carbonate_bath, tmah_bath and spray_pump."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self.sumps = {1: Sump(clock, CARBONATE), 2: Sump(clock, TMAH)}
        first = capability(setup, "chemistry", "na2co3", ("na2co3", "tmah"))
        self._chemistry = 2 if first == "tmah" else 1
        self._wanted = self._action = Action.STAND
        self._wanted_bar = self._set_s = 0.0
        self._wetting = Wetting(clock, self)
        self.cleaning = Cleaning(clock, self)
        self._timers = NamedTimers(clock)
        self.spray = Spray(clock, self._fed, self._wetting.integrate, self._spray_changed)
        self._nozzle_share = 1.0  # fault: share of the flow that the nozzles let through
        self._valve_stuck = False  # fault: the developer valve does not close
        self._rinse_mohm = 17.8
        self._plc = ClickPlc(clock, DeveloperPlc(self, self._chemistry))
        self.instruments = {
            "plc": self._plc,
            "carbonate_bath": self.sumps[1].circulator,
            "tmah_bath": self.sumps[2].circulator,
            "spray_pump": self.spray.drive,
        }

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self._bath_c,
            2: self._conductivity_ms_cm,
            3: self._spray_bar,
            4: self._flow_lpm,
            5: lambda: SPIN_RPM[self._action],
            6: lambda: self._rinse_mohm,
            7: self._wetting.breakpoint_s,
            8: self._wetting.developed_s,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            1: lambda: self.wafer is not None and self._action is not Action.STAND,
            2: lambda: self.wafer is not None,
            3: lambda: self._selected().bath.setpoint_c is not None,
            4: lambda: self.spray.running,
        }

    def new_job(self, chemistry: int) -> None:
        """A job begins: its counters are zero."""
        self._chemistry = chemistry
        self._wetting.new_job()

    def trouble(self, chemistry: int) -> int:
        """The alarm that forbids developing with this chemistry; 0 if none."""
        sump = self.sumps[chemistry]
        found = {
            LEVEL: not sump.filled,
            CONDUCTIVITY: not sump.strength_well,
            BATH_TEMPERATURE: not sump.temperature_well,
            RESISTIVITY: self._rinse_mohm < RINSE_WELL_MOHM,
        }
        return next((alarm for alarm, there in found.items() if there), 0)

    def develop(self, bar: float, seconds: float) -> None:
        """Put developer on the wafer; the recipe gives it `seconds` in all."""
        self._wanted_bar, self._set_s = bar, seconds
        self._do(Action.DEVELOP)

    def developed(self) -> None:
        """The developer has had its full time: the visit's work is done."""
        self._wetting.integrate()
        if self.wafer is not None:
            sump = self.sumps[self._chemistry]
            sump.load += 1.0 / WAFERS_PER_SUMP
            self.wafer = self.wafer.visited(sump.chemistry.visit, self.clock.now_s())

    def rinse(self) -> None:
        """Rinse the wafer."""
        self._do(Action.RINSE)

    def dry(self) -> None:
        """Spin the wafer dry."""
        self._do(Action.DRY)

    def stand(self) -> None:
        """Stop spin and water; whatever is on the wafer stays there."""
        self._do(Action.STAND)

    def wet(self) -> bool:
        """Whether developer is on the wafer."""
        return self._wetting.acting

    def drain(self, chemistry: int) -> None:
        """The sump runs empty from now on."""
        self.sumps[chemistry].drain()

    def fill(self, chemistry: int) -> None:
        """The sump has been filled."""
        self.sumps[chemistry].fill()

    # --- the wafer -------------------------------------------------------------------------------

    def _do(self, action: Action) -> None:
        self._wanted = action
        if self._plc.halted_s is None:  # a hung controller leaves its outputs as they were
            self._apply()

    def _apply(self) -> None:
        self._action = self._wanted
        self.spray.close_terminal(closed=self._spraying)
        if self._action is Action.DEVELOP or (self._valve_stuck and self.wet()):
            self._wet()
        elif self._action is not Action.STAND:
            self._wetting.end()
        self._watch_flow()

    @property
    def _spraying(self) -> bool:
        """Whether the controller wants pressure at the nozzles; a puddle needs none."""
        return self._action is Action.DEVELOP and self._wanted_bar > 0.0

    def _wet(self) -> None:
        """Developer on the wafer from now on, or go on under another pressure."""
        impact = self._nozzle_share**2 if self._spraying else 0.0
        self._wetting.begin(
            self.sumps[self._chemistry],
            lambda since_s: impact * self.spray.mean_bar(since_s),
            impact * self.spray.goal_bar(),
            self._set_s,
        )

    def _fed(self) -> bool:
        return self.sumps[self._chemistry].filled

    def _spray_changed(self) -> None:
        """The pump goes to another speed, or has come to it."""
        if self._wetting.acting and self._action is Action.DEVELOP:
            self._wet()
        settles_s = self.spray.settles_in_s()
        self._timers.after("spray", settles_s or math.inf, self._spray_changed)
        self._watch_flow()
        if self.spray.dry:
            self.hazard("spray pump runs dry")

    def _bath_c(self) -> float:
        return self._selected().bath.temperature_c()

    def _conductivity_ms_cm(self) -> float:
        return self._selected().conductivity_ms_cm()

    def _selected(self) -> Sump:
        return self.sumps[2 if self._plc.set_word(CHEMISTRY) == 2 else 1]

    def _spray_bar(self) -> float:
        return self.spray.bar() if self._spraying else 0.0

    def _flow_lpm(self) -> float:
        return self._nozzle_share * FULL_FLOW_LPM * math.sqrt(self._spray_bar() / FULL_FLOW_BAR)

    def _watch_flow(self) -> None:
        """Have the flow looked at when it has been low for long enough."""
        if not self._spraying:
            self._timers.cancel("low flow")
            return
        least_bar = self._wanted_bar * (LEAST_FLOW / max(self._nozzle_share, 1e-6)) ** 2
        low_in_s = self.spray.falls_below_in_s(least_bar)
        if low_in_s > 0.0:
            self._timers.after("low flow", low_in_s + LOW_FLOW_S, self._flow_failed)
        elif "low flow" not in self._timers:
            self._timers.after("low flow", LOW_FLOW_S, self._flow_failed)

    # --- the person and the back door -------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        turning = self._action is not Action.STAND
        keep_out_while(self.tool, {"developer is on the wafer": self.wet(), "it spins": turning})

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "action": self._action.name.lower(),
            "chemistry": self.sumps[self._chemistry].chemistry.visit,
            "developed_s": self._wetting.developed_s(),
            "spray_bar": self._spray_bar(),
            "pump_hz": self.spray.drive.drive.frequency_hz(),
            "carbonate_c": self.sumps[1].bath.true_c(),
            "tmah_c": self.sumps[2].bath.true_c(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: nozzle, valve, rinse water; bath and strength."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "nozzle_share": self._clog,
                "valve_stuck": self._stick_valve,
                "rinse_mohm": self._foul_rinse,
            },
            "carbonate_bath": self._sump_faults(self.sumps[1]),
            "tmah_bath": self._sump_faults(self.sumps[2]),
            "spray_pump": {
                "overload": self.spray.overload,
                "dry_run_unseen": self.spray.blind,
                "mains_failed": self.spray.lose_mains,
            },
        }
        apply_faults(table, role, values)
        if self._plc.halted_s is None and self._action is not self._wanted:
            self._apply()
        self._plc.review()

    def _sump_faults(self, sump: Sump) -> Mapping[str, Callable[[float], None]]:
        def run_empty(value: float) -> None:
            self._wetting.integrate()
            if value:
                sump.drain()
            else:
                sump.fill()
            self.spray.drive.recheck()
            self._spray_changed()

        return {**heater_faults(sump.bath), "wt_pct": sump.set_strength, "empty": run_empty}

    def _clog(self, share: float) -> None:
        self._nozzle_share = share
        if self._action is Action.DEVELOP:
            self._apply()

    def _flow_failed(self) -> None:
        if self._plc.halted_s is None:
            self._plc.raise_alarm(LOW_FLOW)
            self._plc.hold()

    def _stick_valve(self, stuck: float) -> None:
        self._valve_stuck = bool(stuck)
        if not stuck:
            self._apply()

    def _foul_rinse(self, mohm: float) -> None:
        self._rinse_mohm = mohm
