"""The emulated plating cell: one bath, a pump, a fixture with a sealed wafer, and a rectifier."""

from collections.abc import Callable, Mapping
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.instrument_options import capability
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.julabo_cf31 import JulaboCf31
from sim_hardware.physics.plating_cell import Cell, plate
from sim_hardware.plating_cell_bath import BATHS, BathLiquid
from sim_hardware.plating_cell_circulation import Circulation
from sim_hardware.plating_cell_current import CellCurrent, rectifier_of
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
LEAK_KPA: Final = 5.0
WELL_SPREAD_PCT: Final = 20.0
LONGEST_IDLE_S: Final = 60.0  # in the bath without current before the metal suffers
REVERSED_C: Final = 5.0  # as an anode the wafer gives metal back
N2_LPM: Final = 8.0


class PlatingCellPlant(Plant):
    """Roles plc, rectifier, bath, pump and ph; the capability `bath` is cu, ni or snag."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self.bath = BATHS[capability(setup, "bath", "cu", BATHS)]
        self._since_s, self._from_c, self._from_lpm = clock.now_s(), self.bath.bath_c, 0.0
        self._charge_c, self._job_id = 0.0, ""
        self._ah_l, self.level_pct = BATH_AH_L, FULL_PCT
        self._sealed = self._down = False
        self._contact_spread_pct, self._seal_drop_kpa = 4.0, 0.6
        self._timers = NamedTimers(clock)
        mass = Mass(self.bath.bath_c, tau_s=3600.0, limit_c=65.0, cools=True)
        self.heater = Heater(clock, mass)
        self._circulator = JulaboCf31(clock, self.heater)
        self._circulator.left_running(self.bath.bath_c)
        self.liquid = BathLiquid(
            clock, self.bath, self.heater.true_c, self._acid_changed, self.hazard
        )
        self.circulation = Circulation(
            clock, lambda: self.level_pct, self._flow_changed, self._flow_failed, self.hazard
        )
        self._current = CellCurrent(clock, self, self._integrate, self._current_changed)
        self._rectifier = rectifier_of(setup, self, self._current)
        self._plc = ClickPlc(clock, PlatingCellPlc(self))
        self.instruments = {
            "plc": self._plc,
            "rectifier": self._rectifier,
            "bath": self._circulator,
            "pump": self.circulation.pump,
            "ph": self.liquid.sensor,
        }

    # --- the electrodes ---------------------------------------------------------------------------

    def enabled(self) -> bool:
        """The enable contact: controller, seal, bath and flow agree."""
        return self._plc.permit and self._sealed and self._down and self.circulation.well()

    def conducts(self) -> bool:
        """Whether there is a way through the cell."""
        return self._down and self._sealed and self.wafer is not None

    def _current_changed(self) -> None:
        if self._current.flows():
            if not self.conducts():
                self.hazard("current without a sealed, immersed wafer")
            if not self.circulation.well():
                self.hazard("current without flow")
        self._watch_idle()
        self.liquid.watch(current=self._current.flows())

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: lambda: self.level_pct,
            2: self.circulation.lpm,
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
            4: self.circulation.runs,
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

    def circulate(self, *, closed: bool, lpm: float) -> None:
        """Close or open the pump's terminal; below half of `lpm` the flow is low."""
        self.circulation.order(closed=closed, asked_lpm=lpm)

    def move(self, *, down: bool) -> None:
        """The fixture is down in the bath, or up above it."""
        self._integrate()
        self._down = down
        self._rectifier.recheck()
        self._watch_idle()

    def charge_c(self) -> float:
        """What the cell's ampere-hour meter counted for this job."""
        return self._charge_c + self._current.untaken_c()

    # --- the wafer -------------------------------------------------------------------------------

    def _integrate(self) -> None:
        """Put what the current has done since the last event into meter, bath and wafer."""
        now_s, now_c, now_lpm = self.clock.now_s(), self.heater.true_c(), self.circulation.lpm()
        seconds = now_s - self._since_s
        mean_c = (self._from_c + now_c) / 2.0
        mean_lpm = (self._from_lpm + now_lpm) / 2.0
        self._since_s, self._from_c, self._from_lpm = now_s, now_c, now_lpm
        charge_c = self._current.take()
        if not charge_c or seconds <= 0.0:
            return
        self._charge_c += charge_c
        self._ah_l += abs(charge_c) / 3600.0 / BATH_L
        if charge_c < -REVERSED_C:
            self.hazard("wafer made the anode")
        amps = charge_c / seconds * self.liquid.efficiency()
        cell = Cell(mean_c, SHIELD, max(mean_lpm / NOMINAL_LPM, 0.05), self._ah_l)
        if self.wafer is not None and amps > 0.0:
            self.wafer = plate(self.wafer, self.bath.metal, amps, seconds, cell)

    def _watch_idle(self) -> None:
        self._timers.cancel("idle")
        if not self._down or self.wafer is None:
            return
        if not self._current.flows():
            self._timers.after("idle", LONGEST_IDLE_S, self._attacked)
        else:
            self._timers.after("idle", self._current.ends_in_s(), self._watch_idle)

    def _attacked(self) -> None:
        self.hazard(f"wafer in the bath without current for {LONGEST_IDLE_S:g} s")

    # --- bath and flow ----------------------------------------------------------------------------

    def _flow_changed(self) -> None:
        self._integrate()
        self._rectifier.recheck()

    def _flow_failed(self) -> None:
        self._plc.raise_alarm(FLOW_LOW)
        if self._down:
            self._plc.abort()

    def _acid_changed(self) -> None:
        self._integrate()
        self.liquid.watch(current=self._current.flows())

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
            "amps": self._current.amps(),
            "charge_c": self.charge_c(),
            "flow_lpm": self.circulation.lpm(),
            "pump_runs": self.circulation.runs(),
            "ph": self.liquid.true_ph,
            "sealed": self._sealed,
            "immersed": self._down,
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts, controller and heater: level, seal and contacts."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "level_pct": self._set_level,
                "seal_drop_kpa": self._set_seal,
                "contact_spread_pct": self._set_contacts,
            },
            "bath": heater_faults(self.heater),
            "pump": self.circulation.faults(),
            "ph": self.liquid.faults(),
        }
        apply_faults(table, role, values)
        self._plc.review()
        self._rectifier.recheck()

    def _set_level(self, pct: float) -> None:
        self._integrate()
        self.level_pct = pct
        self.heater.power(on=pct >= LOW_PCT)  # the float switch, by itself
        if pct < LOW_PCT:
            self._plc.raise_alarm(LEVEL_LOW)
            self._plc.abort()
        self.circulation.look()

    def _set_seal(self, kpa: float) -> None:
        self._seal_drop_kpa = kpa

    def _set_contacts(self, pct: float) -> None:
        self._contact_spread_pct = pct
