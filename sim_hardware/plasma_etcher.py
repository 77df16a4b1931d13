"""The plasma etcher: generators, gases, pumps and a chiller around a wafer in a chamber."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.plant import Plant, PlantRefuses, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.instruments.click_packml import PackMl
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.sensirion_sfc5500 import ShdlcBus
from sim_hardware.physics import plasma_etcher
from sim_hardware.physics.plasma_etcher import Plasma
from sim_hardware.physics.wafer import Wafer
from sim_hardware.plasma_etcher_chamber import EtchChamber
from sim_hardware.plasma_etcher_chuck import ChillerWater, Chuck
from sim_hardware.plasma_etcher_discharge import Discharge
from sim_hardware.plasma_etcher_faults import instrument_faults
from sim_hardware.plasma_etcher_hazards import EtcherHazards
from sim_hardware.plasma_etcher_light import FILMS, EmissionLine
from sim_hardware.plasma_etcher_plc import LINE_SELECTED, PlasmaEtcherPlc
from sim_hardware.plasma_etcher_pumps import GaugePlace, Throttle, TurboPump

WATER_LPM, WATER_LEAST_LPM = 6.0, 3.0
BIAS_HEAT_W_V: Final = 1.5
AIR_S: Final = 0.1  # until the gauge has seen an inrush of air


class PlasmaEtcherPlant(Plant):
    """Takes metal from between the bumps for every second that RF, bias and gas meet the wafer."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        self.chamber, self.chuck = EtchChamber(self.clock), Chuck(self.clock)
        self.discharge = Discharge(
            self.clock, self.chamber, self.chuck, self._permitted, self._etch, self._look
        )
        self.throttle = Throttle(self.clock, self.chamber, self.discharge.change)
        self.turbo = TurboPump(self.clock, self.chamber, self.discharge.change_slowly)
        self.gauge = GaugePlace(self.clock, self.chamber)
        self.water = ChillerWater(self.clock, self.chuck, self.discharge.change_slowly)
        self._program = PlasmaEtcherPlc(self.clock, self, self.chamber, self.chuck)
        self.plc = ClickPlc(self.clock, self._program)
        gas = ShdlcBus([self.discharge.argon, self.discharge.sf6])
        self.instruments = {
            "plc": self.plc,
            "source": self.discharge.source,
            "bias": self.discharge.bias,
            "argon": gas,
            "sf6": gas,
            "gauge": self.gauge.gauge,
            "throttle": self.throttle.valve,
            "turbo": self.turbo.station,
            "chiller": self.water.chiller,
        }
        self.discharge.followers = (self.throttle.valve, self.turbo.station)
        self._hazards_here = EtcherHazards(self.clock, self, self.chamber, self.chuck, self.turbo)
        self._lines = {number: EmissionLine(films) for number, films in FILMS.items()}
        self._job_id: str = ""
        self._rf_s, self._etched_now = 0.0, False
        self._water_lpm, self._bridged = WATER_LPM, False
        self._faults = self._fault_table()

    # --- what a person does -----------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self.plc.state)
        keep_out_while(self.tool, {"RF is on": self.rf_on()})
        if not self.chamber.vented():
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
            "gate_open": self.chamber.gate_open,
            "throttle_open": self.throttle.opening(),
            "turbo_hz": self.turbo.hz(),
            "chiller_c": self.water.true_c(),
            "chiller_runs": self.water.chiller.running(),
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

    def lit(self) -> bool:
        """Whether there is something to burn."""
        return self.discharge.lit()

    def pressure_out_of_band(self) -> bool:
        """What the digital output of the throttle valve says."""
        return self.throttle.out_of_band()

    def wafer_hot(self) -> None:
        """The wafer's sensor has passed the controller's limit."""
        self._program.wafer_hot()

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
        self.chuck.heat(now.watts + BIAS_HEAT_W_V * now.bias_v if burning else 0.0)
        self.chuck.wafer.regulate(plasma_etcher.wafer_c(now) if burning else now.chuck_c)

    def _look(self) -> None:
        self._program.watch()
        self._hazards_here.look()

    # --- faults -----------------------------------------------------------------------------

    def _fault_table(self) -> FaultTable:
        return {
            "plc": {**controller_faults(self.plc), "interlock_bridged": self._bridge},
            "plant": {
                "water_lpm": self._set_water,
                "chamber_air": self._let_air_in,
                "chamber_leak_mbar_l_s": self.chamber.spring_leak,
                "helium_leak_share": self._leak_helium,
                "clamp_lost": self._lose_clamp,
                "chuck_c": self.chuck.force,
                "rf_hours_h": self._age,
            },
            **instrument_faults(self.discharge, self.gauge, self.throttle, self.turbo, self.water),
        }

    def _bridge(self, value: float) -> None:
        self._bridged = bool(value)

    def _set_water(self, value: float) -> None:
        self._water_lpm = value
        self.plc.review()

    def _let_air_in(self, value: float) -> None:
        self.chamber.inrush(there=bool(value))
        self.clock.after(AIR_S, self.changed)

    def _leak_helium(self, value: float) -> None:
        self.chuck.leak_share = value

    def _lose_clamp(self, value: float) -> None:
        if value and self.chuck.clamped:
            self._program.clamp_lost()

    def _age(self, value: float) -> None:
        self.discharge.rf_hours = value
