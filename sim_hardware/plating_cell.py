"""The emulated plating cell: one bath, a fixture that lowers a sealed wafer, and its rectifier."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from sim_hardware.core.approach import Approach
from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.instrument_options import capability
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.julabo_cf31 import JulaboCf31
from sim_hardware.instruments.tdk_genesys import TdkGenesys
from sim_hardware.physics.plating_cell import Cell, cell_volts, plate
from sim_hardware.plating_cell_plc import (
    CONTACT_SPREAD,
    FLOW_LOW,
    LEVEL_LOW,
    SEAL_LEAK,
    PlatingCellPlc,
)

SHIELD: Final = 0.75
BATH_AH_L: Final = 20.0
BATH_L: Final = 200.0
FULL_PCT: Final = 100.0
LOW_PCT: Final = 85.0
NOMINAL_LPM: Final = 20.0
FLOW_TAU_S: Final = 2.0
LEAK_KPA: Final = 5.0
WELL_SPREAD_PCT: Final = 20.0
LONGEST_IDLE_S: Final = 60.0  # in the bath without current before the metal suffers
N2_LPM: Final = 8.0


@dataclass(frozen=True, slots=True)
class Bath:
    """One chemistry: what the controller and the physics call it, and how it is kept."""

    word: int
    metal: str
    visit: str
    bath_c: float
    ms_cm: float


BATHS: Final = {
    "cu": Bath(1, "Cu", "plate_cu", 25.0, 520.0),
    "ni": Bath(2, "Ni", "plate_ni", 52.0, 95.0),
    "snag": Bath(3, "SnAg", "plate_snag", 28.0, 280.0),
}


class PlatingCellPlant(Plant):
    """Roles plc, rectifier and bath; the capability `bath` is cu, ni or snag."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self.bath = BATHS[capability(setup, "bath", "cu", BATHS)]
        self._amps, self._since_s, self._from_c = 0.0, clock.now_s(), self.bath.bath_c
        self._charge_c, self._job_id = 0.0, ""
        self._ah_l, self.level_pct = BATH_AH_L, FULL_PCT
        self._sealed = self._down = False
        self._contact_spread_pct, self._seal_drop_kpa = 4.0, 0.6
        self._pump_share = 1.0  # fault: share of the asked flow that the pump gives
        self._asked_lpm = 0.0
        self._flow = Approach(clock, 0.0, FLOW_TAU_S)
        self._idle: asyncio.TimerHandle | None = None
        mass = Mass(self.bath.bath_c, tau_s=3600.0, limit_c=65.0, cools=True)
        self.heater = Heater(clock, mass)
        self._circulator = JulaboCf31(clock, self.heater)
        self._circulator.left_running(self.bath.bath_c)
        self._rectifier = TdkGenesys(clock, self)
        self._plc = ClickPlc(clock, PlatingCellPlc(self))
        self.instruments = {
            "plc": self._plc,
            "rectifier": self._rectifier,
            "bath": self._circulator,
        }

    # --- the rectifier's terminals ----------------------------------------------------------------

    def enabled(self) -> bool:
        """The enable contact: controller, seal, bath and flow agree."""
        return self._plc.permit and self._sealed and self._down and self._flow_well()

    def volts_for(self, amps: float) -> float:
        """Voltage that drives `amps` through the cell; infinite without a way through it."""
        if amps <= 0.0:
            return 0.0
        if not (self._down and self._sealed and self.wafer is not None):
            return math.inf
        return cell_volts(amps)

    def on_output(self, amps: float) -> None:
        """The delivered current changed."""
        self._integrate()
        self._amps = amps
        if amps > 0.0 and not (self._sealed and self._down and self.wafer is not None):
            self.hazard("current without a sealed, immersed wafer")
        if amps > 0.0 and not self._flow_well():
            self.hazard("current without flow")
        self._watch_idle()

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: lambda: self.level_pct,
            2: self._flow.value,
            3: lambda: self.bath.ms_cm,
            4: lambda: self._contact_spread_pct if self.wafer is not None else 0.0,
            5: lambda: self._seal_drop_kpa if self._sealed else 0.0,
            6: lambda: N2_LPM,
            7: self.charge_c,
            8: lambda: self._ah_l,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: self.wafer_present,
            1: self.sealed,
            2: self.immersed,
            3: lambda: self.heater.on,
            4: lambda: self._flow.goal > 0.0,
            6: self.enabled,
            7: self.sealed,
        }

    def chemistry(self) -> int:
        """The bath in this cell."""
        return self.bath.word

    def job_began(self, job_id: str) -> None:
        """A job starts; one that is taken up again goes on counting."""
        if job_id != self._job_id:
            self._integrate()
            self._job_id, self._charge_c = job_id, 0.0

    def visit_ended(self) -> None:
        """The work of the visit is over."""
        if self.wafer is not None and self._charge_c > 0.0:
            self.wafer = self.wafer.visited(self.bath.visit, self.clock.now_s())

    def energy_changed(self) -> None:
        """The permit of the rectifier may have changed."""
        self._rectifier.recheck()

    def wafer_present(self) -> bool:
        """Whether a wafer lies in the fixture."""
        return self.wafer is not None

    def sealed(self) -> bool:
        """Whether it is clamped and its seal was tested."""
        return self._sealed

    def immersed(self) -> bool:
        """Whether the fixture is in the bath."""
        return self._down

    def test_seal(self) -> int:
        """Clamp and test; the alarm that the test gives, 0 if it is well."""
        leaks = self._seal_drop_kpa > LEAK_KPA
        spread = self._contact_spread_pct > WELL_SPREAD_PCT
        self._sealed = not leaks and not spread
        return SEAL_LEAK if leaks else CONTACT_SPREAD if spread else 0

    def release(self) -> None:
        """Open the clamp."""
        self._sealed = False
        self._rectifier.recheck()

    def circulate(self, lpm: float) -> float:
        """Flow from now on; seconds until it is within 10 %, infinite if it never is."""
        self._integrate()
        self._asked_lpm = lpm
        self._flow.aim(lpm * self._pump_share)
        self._rectifier.recheck()
        if abs(lpm * self._pump_share - lpm) > 0.1 * lpm:
            return math.inf
        return self._flow.settles_in_s(max(0.1 * lpm, 0.2))

    def move(self, *, down: bool) -> None:
        """The fixture is down in the bath, or up above it."""
        self._integrate()
        self._down = down
        self._rectifier.recheck()
        self._watch_idle()

    def charge_c(self) -> float:
        """What the cell's ampere-hour meter counted for this job."""
        return self._charge_c + self._amps * (self.clock.now_s() - self._since_s)

    # --- the wafer -------------------------------------------------------------------------------

    def _flow_well(self) -> bool:
        return self._asked_lpm > 0.0 and self._flow.goal >= 0.5 * self._asked_lpm

    def _integrate(self) -> None:
        """Put what the current has done since the last event into meter, bath and wafer."""
        now_s, now_c = self.clock.now_s(), self.heater.true_c()
        seconds, amps = now_s - self._since_s, self._amps
        mean_c, self._since_s, self._from_c = (self._from_c + now_c) / 2.0, now_s, now_c
        if amps <= 0.0 or seconds <= 0.0:
            return
        self._charge_c += amps * seconds
        cell = Cell(mean_c, SHIELD, max(self._flow.goal / NOMINAL_LPM, 0.05), self._ah_l)
        if self.wafer is not None:
            self.wafer = plate(self.wafer, self.bath.metal, amps, seconds, cell)
        self._ah_l += amps * seconds / 3600.0 / BATH_L

    def _watch_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._down and self._amps <= 0.0 and self.wafer is not None:
            self._idle = self.clock.after(LONGEST_IDLE_S, self._attacked)

    def _attacked(self) -> None:
        self.hazard(f"wafer in the bath without current for {LONGEST_IDLE_S:g} s")

    # --- the person and the back door -------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        keep_out_while(
            self.tool,
            {"the fixture is in the bath": self._down, "the wafer is clamped": self._shut()},
        )

    def _shut(self) -> bool:
        """A clamp that a job has left closed opens at its own button while the tool rests."""
        if self._sealed and not self._down:
            self.release()
        return self._sealed

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "bath": self.bath.metal,
            "bath_c": self.heater.true_c(),
            "amps": self._amps,
            "charge_c": self.charge_c(),
            "flow_lpm": self._flow.value(),
            "sealed": self._sealed,
            "immersed": self._down,
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts, controller and heater: level, pump, seal and contacts."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "level_pct": self._set_level,
                "pump_share": self._set_pump,
                "seal_drop_kpa": self._set_seal,
                "contact_spread_pct": self._set_contacts,
            },
            "bath": heater_faults(self.heater),
        }
        apply_faults(table, role, values)
        self._plc.review()
        self._rectifier.recheck()

    def _set_level(self, pct: float) -> None:
        self.level_pct = pct
        self.heater.power(on=pct >= LOW_PCT)  # the float switch, by itself
        if pct < LOW_PCT:
            self._plc.raise_alarm(LEVEL_LOW)
            self._plc.abort()

    def _set_pump(self, share: float) -> None:
        self._integrate()
        self._pump_share = share
        self._flow.aim(self._asked_lpm * share)
        if self._asked_lpm > 0.0 and not self._flow_well():
            self._rectifier.recheck()
            self._plc.raise_alarm(FLOW_LOW)
            self._plc.abort()

    def _set_seal(self, kpa: float) -> None:
        self._seal_drop_kpa = kpa

    def _set_contacts(self, pct: float) -> None:
        self._contact_spread_pct = pct
