"""The plasma etcher: a chamber, two generators and two gases behind a controller, and a wafer."""

import asyncio
import math
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.plant import Plant, PlantRefuses, PlantSetup
from sim_hardware.core.plant_faults import Fault, FaultTable, apply_faults, controller_faults
from sim_hardware.instruments.ae_cesar import AeCesar
from sim_hardware.instruments.click_packml import PackMl
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.sensirion_sfc5500 import SensirionSfc5500, ShdlcBus
from sim_hardware.physics import plasma_etcher
from sim_hardware.physics.plasma_etcher import Plasma
from sim_hardware.physics.wafer import Wafer
from sim_hardware.plasma_etcher_chamber import Chuck, EtchChamber
from sim_hardware.plasma_etcher_discharge import Discharge, GasFeed, RfFeed
from sim_hardware.plasma_etcher_light import FILMS, EmissionLine
from sim_hardware.plasma_etcher_plc import HOT_C, LINE_SELECTED, PlasmaEtcherPlc

WATER_LPM, WATER_LEAST_LPM = 6.0, 3.0
RUINED_C: Final = 155.0  # solder; the controller ends the plasma five degrees before
AIR_S: Final = 0.1  # until the gauge has seen an inrush of air
EMPTY_S: Final = 10.0  # RF into a chamber without gas harms the generators after that


class PlasmaEtcherPlant(Plant):
    """Takes metal from between the bumps for every second that RF, bias and gas meet the wafer."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        self.chamber, self.chuck = EtchChamber(self.clock), Chuck(self.clock)
        self.discharge = Discharge(
            self.clock, self.chamber, self.chuck, self._permitted, self._etch, self._look
        )
        self._program = PlasmaEtcherPlc(self.clock, self, self.chamber, self.chuck)
        self.plc = ClickPlc(self.clock, self._program)
        gas = ShdlcBus([self.discharge.argon, self.discharge.sf6])
        self.instruments = {
            "plc": self.plc,
            "source": self.discharge.source,
            "bias": self.discharge.bias,
            "argon": gas,
            "sf6": gas,
        }
        self._lines = {number: EmissionLine(films) for number, films in FILMS.items()}
        self._job_id: str = ""
        self._rf_s, self._etched_now = 0.0, False
        self._water_lpm, self._bridged = WATER_LPM, False
        self._hot_timers: list[asyncio.TimerHandle] = []
        self._empty_timer: asyncio.TimerHandle | None = None
        self._faults = self._fault_table()

    # --- what a person does -----------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self.plc.state)
        keep_out_while(self.tool, {"RF is on": self.rf_on()})
        if not self.chamber.volume.vented:
            if self.plc.state is not PackMl.HELD:
                self._program.bring_out()  # the button beside the chamber's door
            raise PlantRefuses(f"the chamber of {self.tool} is under vacuum")

    @override
    def loaded(self) -> None:
        self._etched_now = False
        self.chuck.wafer.put_at(self.chuck.body.temperature_c())
        for line in self._lines.values():
            line.forget()

    @override
    def unload(self) -> Wafer:
        self.visit_ended()
        return super().unload()

    @override
    def state(self) -> Mapping[str, object]:
        plasma = self.discharge.now()
        return {
            "chamber_mtorr": plasma.mtorr,
            "source_w": plasma.watts,
            "bias_v": plasma.bias_v,
            "argon_sccm": self.discharge.argon.flow_sccm(),
            "sf6_sccm": self.discharge.sf6.flow_sccm(),
            "helium_torr": plasma.helium_torr,
            "clamped": self.chuck.clamped,
            "wafer_c": self.wafer_c(),
            "chuck_c": plasma.chuck_c,
            "emission_pct": self.emission_pct(),
            "rf_s": self.rf_s(),
            "rf_hours_h": self.rf_hours_h(),
            "water_lpm": self._water_lpm,
            "permit": self._program.rf_permit(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        apply_faults(self._faults, role, values)
        self.plc.review()
        self.changed()

    # --- what the controller asks for -------------------------------------------------------

    def wafer_present(self) -> bool:
        """Whether a wafer lies on the chuck."""
        return self.wafer is not None

    def rf_on(self) -> bool:
        """Whether a generator is on."""
        return self.discharge.rf_on()

    def water_well(self) -> bool:
        """What the flow switch says."""
        return self._water_lpm >= WATER_LEAST_LPM

    def emission_pct(self) -> float:
        """Light of the selected line, closed form since the last change."""
        line = self._lines.get(self.plc.set_word(LINE_SELECTED))
        if line is None or self.wafer is None:
            return 0.0
        return line.pct(self.wafer, self.discharge.now(), self.discharge.since_s())

    def wafer_c(self) -> float:
        """Wafer temperature, or what the sensor sees of the empty chuck."""
        return (self.chuck.wafer if self.wafer_present() else self.chuck.body).temperature_c()

    def rf_s(self) -> float:
        """Seconds of RF on this job."""
        return self._rf_s + self._running_s()

    def rf_hours_h(self) -> float:
        """RF hours since the last clean."""
        return self.discharge.rf_hours + self._running_s() / 3600.0

    def changed(self) -> None:
        """Permit, chamber or chuck changed."""
        self.discharge.change()

    def job_began(self, job_id: str) -> None:
        """Count the RF anew, unless the same job goes on."""
        if job_id != self._job_id:
            self._job_id, self._rf_s = job_id, 0.0

    def visit_ended(self) -> None:
        """Write the visit on the wafer once a plasma has been at it."""
        if self.wafer is not None and self._etched_now:
            self.wafer = self.wafer.visited("etch_ubm", self.clock.now_s())
            self._etched_now = False

    # --- physics ----------------------------------------------------------------------------

    def _running_s(self) -> float:
        return self.discharge.since_s() if self.discharge.source_feed.on else 0.0

    def _permitted(self) -> bool:
        return self._bridged or self._program.rf_permit()

    def _etch(self, seconds: float, mean: Plasma, now: Plasma) -> None:
        if mean.watts > 0.0:
            self._rf_s += seconds
            if self.wafer is not None:
                self.wafer = plasma_etcher.etch(self.wafer, seconds, mean)
                self._etched_now = True
        if self.wafer is not None:
            for line in self._lines.values():
                line.settle(self.wafer, now, seconds)
        burning = now.watts > 0.0
        self.chuck.wafer.regulate(plasma_etcher.wafer_c(now) if burning else now.chuck_c)

    def _look(self) -> None:
        self._program.watch()
        self._watch_heat()
        self._watch_gas()
        if self.rf_on():
            self._judge()

    def _judge(self) -> None:
        if not self.chamber.under_vacuum():
            self.hazard("RF without vacuum")
        if self._water_lpm < WATER_LEAST_LPM:
            self.hazard("RF without cooling water")
        if not self.chuck.clamped:
            self.hazard("RF without a clamped wafer")

    def _watch_heat(self) -> None:
        for timer in self._hot_timers:
            timer.cancel()
        self._hot_timers = []
        if self.wafer is None:
            return
        for limit_c, action in ((HOT_C, self._program.wafer_hot), (RUINED_C, self._ruined)):
            passes_in_s = self.chuck.wafer_passes_in_s(limit_c)
            if math.isfinite(passes_in_s) and self.rf_on():
                self._hot_timers.append(self.clock.after(passes_in_s, action))

    def _ruined(self) -> None:
        self.hazard("solder wafer above 150 C")

    def _watch_gas(self) -> None:
        empty = self.rf_on() and not self.discharge.lit()
        if empty and self._empty_timer is None:
            self._empty_timer = self.clock.after(EMPTY_S, self._still_empty)
        elif not empty and self._empty_timer is not None:
            self._empty_timer.cancel()
            self._empty_timer = None

    def _still_empty(self) -> None:
        self._empty_timer = None
        if self.rf_on() and not self.discharge.lit():
            self.hazard("RF without gas")

    # --- faults -----------------------------------------------------------------------------

    def _fault_table(self) -> FaultTable:
        discharge = self.discharge
        return {
            "plc": {**controller_faults(self.plc), "interlock_bridged": self._bridge},
            "plant": {
                "water_lpm": self._set_water,
                "chamber_air": self._let_air_in,
                "chamber_leak_mbar_l_s": self.chamber.volume.spring_leak,
                "throttle_stuck_mtorr": self.chamber.stick,
                "helium_leak_share": self._leak_helium,
                "clamp_lost": self._lose_clamp,
                "chuck_c": self._heat_chuck,
                "rf_hours_h": self._age,
            },
            "source": _generator_faults(discharge.source, discharge.source_feed),
            "bias": _generator_faults(discharge.bias, discharge.bias_feed),
            "argon": _gas_faults(discharge.argon, discharge.argon_feed),
            "sf6": _gas_faults(discharge.sf6, discharge.sf6_feed),
        }

    def _bridge(self, value: float) -> None:
        self._bridged = bool(value)

    def _set_water(self, value: float) -> None:
        self._water_lpm = value
        self.plc.review()

    def _let_air_in(self, value: float) -> None:
        if value:
            self.chamber.volume.vent()
        else:
            self.chamber.volume.pump()
        self.clock.after(AIR_S, self.changed)

    def _leak_helium(self, value: float) -> None:
        self.chuck.leak_share = value

    def _lose_clamp(self, value: float) -> None:
        if value and self.chuck.clamped:
            self._program.clamp_lost()

    def _heat_chuck(self, value: float) -> None:
        self.chuck.body.put_at(value)
        self.chuck.body.regulate(value)

    def _age(self, value: float) -> None:
        self.discharge.rf_hours = value


def _generator_faults(generator: AeCesar, feed: RfFeed) -> Mapping[str, Fault]:
    def reflect(share: float) -> None:
        feed.reflected_share = share

    def heat(value: float) -> None:
        generator.rf.overtemperature = bool(value)

    def trip(bits: float) -> None:
        generator.rf.fault_bits = int(bits)

    return {"reflected_share": reflect, "overtemperature": heat, "fault_bits": trip}


def _gas_faults(controller: SensirionSfc5500, feed: GasFeed) -> Mapping[str, Fault]:
    def empty(value: float) -> None:
        feed.bottle_ok = not value

    def stick(value: float) -> None:
        controller.stuck = bool(value)

    return {"supply_low": empty, "valve_stuck": stick}
