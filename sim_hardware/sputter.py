"""The sputter tool: lock, chamber, pump, gas and magnetrons behind their instruments."""

from collections.abc import Mapping

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.instrument_options import number_option
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant import Plant, PlantRefuses, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.aja_dcxs import AjaDcxs
from sim_hardware.instruments.alicat_mc import AlicatMc
from sim_hardware.instruments.click_packml import PackMl
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.inficon_sqm160 import InficonSqm160
from sim_hardware.physics import sputter
from sim_hardware.physics.wafer import Wafer
from sim_hardware.sputter_gas import FULL_SCALE_SCCM
from sim_hardware.sputter_gauges import SputterGauges
from sim_hardware.sputter_guns import Magnetrons, QuartzCrystal
from sim_hardware.sputter_plc import SputterPlc
from sim_hardware.sputter_vacuum import Place, SputterVacuum

WATER_LPM, WATER_LEAST_LPM = 12.0, 4.0
ROOM_C, CHUCK_TAU_S, CHUCK_C_PER_W = 22.0, 120.0, 0.003
NO_ARGON_MTORR, GAS_LOST_S = 0.1, 10.0
UNITS_IN_PARALLEL = 14  # of 750 W: ten kilowatts are needed


class SputterPlant(Plant):
    """Puts metal on the wafer for every second that power, argon and an open shutter meet it."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        self.vacuum = SputterVacuum(self.clock, self._vacuum_changed, self._marks_mbar)
        self.gauges = SputterGauges(self.clock, self.vacuum, self._vacuum_changed)
        self._timers = NamedTimers(self.clock)
        self.guns = Magnetrons(self.clock, self.vacuum, self._permitted, self._lay, self._judge)
        self._chuck = ThermalBody(self.clock, ROOM_C, ROOM_C, CHUCK_TAU_S)
        self._program = SputterPlc(self.clock, self, self.vacuum)
        self.plc = ClickPlc(self.clock, self._program)
        units = number_option(setup, "dc_supply", "units_in_parallel", UNITS_IN_PARALLEL)
        self.supply = AjaDcxs(self.clock, self.guns, units_in_parallel=int(units))
        self.crystal = QuartzCrystal(self.guns)
        self.monitor = InficonSqm160(self.clock, {1: self.crystal})
        self.argon = AlicatMc(
            self.clock, self.vacuum.argon, full_scale_sccm=FULL_SCALE_SCCM, gas="Ar"
        )
        self.instruments = {
            "plc": self.plc,
            "dc_supply": self.supply,
            "monitor": self.monitor,
            "gauges": self.gauges.controller,
            "turbo": self.vacuum.pump.turbo,
            "argon": self.argon,
        }
        self.rf_w, self._rf_since_s, self._precleaned_s = 0.0, 0.0, 0.0
        self._job_id: str = ""
        self._metal_laid = False
        self._water_lpm, self._water_switch_stuck, self._bridged = WATER_LPM, False, False
        self._faults = self._fault_table()
        self.gauges.set_up()

    # --- what a person does -----------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self.plc.state)
        keep_out_while(self.tool, {"plasma burns": self.plasma_on()})
        if self.vacuum.place is not Place.LOCK or not self.vacuum.lock.vented:
            if self.plc.state is not PackMl.HELD:
                self._program.bring_out()  # the button beside the lock's door
            raise PlantRefuses(f"the lock of {self.tool} is under vacuum")

    @override
    def loaded(self) -> None:
        self._metal_laid = False

    @override
    def unload(self) -> Wafer:
        self.visit_ended()
        return super().unload()

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "place": str(self.vacuum.place),
            "lock_mbar": self.vacuum.lock.mbar(),
            "chamber_mbar": self.vacuum.chamber_mbar(),
            "argon_mtorr": self.vacuum.argon_mtorr(),
            "argon_sccm": self.vacuum.argon.flow_sccm(),
            "gas_valve_open": self.vacuum.argon.open,
            "turbo_hz": self.vacuum.pump.hz(self.clock.now_s()),
            "plasma_relay": self.plasma_relay(),
            "dc_w": self.guns.watts,
            "gun": self.guns.gun,
            "shutter_open": self.guns.gun in self.guns.open_guns,
            "rf_w": self.rf_w,
            "rate_nm_s": self.guns.rate_nm_s(),
            "crystal_nm": self.crystal.thickness_nm(),
            "precleaned_s": self.precleaned_s(),
            "water_lpm": self._water_lpm,
            "target_life": dict(self.guns.life),
            "permit": self._program.plasma_permit(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        apply_faults(self._faults, role, values)

    # --- what the controller asks for -------------------------------------------------------

    def wafer_present(self) -> bool:
        """Whether a wafer is in the tool."""
        return self.wafer is not None

    def plasma_on(self) -> bool:
        """Whether anything burns in the chamber."""
        return self.rf_w > 0.0 or self.guns.watts > 0.0

    def water_lpm(self) -> float:
        """Target cooling water."""
        return self._water_lpm

    def water_well(self) -> bool:
        """What the flow switch says."""
        return self._water_switch_stuck or self._water_lpm >= WATER_LEAST_LPM

    def chuck_c(self) -> float:
        """Chuck temperature."""
        return self._chuck.temperature_c()

    def precleaned_s(self) -> float:
        """Seconds of RF delivered to this job."""
        running_s = self.clock.now_s() - self._rf_since_s if self.rf_w > 0.0 else 0.0
        return self._precleaned_s + running_s

    def strike_rf(self, watts: float) -> None:
        """RF of the pre-clean from now on; 0 = off."""
        seconds = self.clock.now_s() - self._rf_since_s
        if self.rf_w > 0.0:
            self._precleaned_s += seconds
            if self.wafer is not None and self.vacuum.place is Place.CHAMBER:
                self.wafer = sputter.preclean(self.wafer, self.rf_w, seconds)
        self.rf_w, self._rf_since_s = watts, self.clock.now_s()
        self._judge()

    def process_mtorr(self) -> float:
        """What the analogue output of the manometer says."""
        return self.gauges.process_mtorr()

    def plasma_relay(self) -> bool:
        """Whether the gauge controller's relay for plasma is closed."""
        return self.gauges.plasma_relay()

    def energy_changed(self) -> None:
        """The permit of the DC supply changed."""
        self.supply.recheck()

    def job_began(self, job_id: str) -> None:
        """Count the pre-clean anew, unless the same job goes on."""
        if job_id != self._job_id:
            self._job_id, self._precleaned_s = job_id, 0.0

    def visit_ended(self) -> None:
        """Write the visit on the wafer once it carries new metal."""
        self.guns.settle()
        if self.wafer is not None and self._metal_laid:
            self.wafer = self.wafer.visited("deposit_ubm", self.clock.now_s())
            self._metal_laid = False

    # --- physics ----------------------------------------------------------------------------

    def _permitted(self) -> bool:
        return self._bridged or self._program.plasma_permit()

    def _marks_mbar(self) -> frozenset[float]:
        return self.gauges.marks_mbar()

    def _vacuum_changed(self) -> None:
        """Gas, pump or air changed, or the pressure passed a mark, or a relay switched."""
        self.guns.settle()
        self.gauges.controller.recheck()
        self.vacuum.pump.turbo.recheck()
        self._look()
        self.vacuum.watch()

    def _lay(self, metal: str, run: sputter.Deposition, seconds: float) -> None:
        if self.wafer is not None and self.vacuum.place is Place.CHAMBER:
            self.wafer = sputter.deposit(self.wafer, metal, run, seconds)
            self._metal_laid = True

    def _judge(self) -> None:
        self._chuck.regulate(ROOM_C + CHUCK_C_PER_W * (self.guns.watts + self.rf_w))
        if not self.plasma_on():
            return
        if self.vacuum.too_high_for_plasma():
            self.hazard("plasma without vacuum")
        if not self.vacuum.gas_comes:
            self._judge_gas()
        if not self.vacuum.pump.at_speed:
            self.hazard("plasma with the turbopump below its speed")
        if self._water_lpm < WATER_LEAST_LPM:
            self.hazard("plasma without cooling water")

    def _judge_gas(self) -> None:
        """Struck without argon, or left burning after it was lost."""
        if self.vacuum.argon_mtorr() < NO_ARGON_MTORR:
            self.hazard("power without argon")
        else:
            self._timers.after("gas lost", GAS_LOST_S, self._judge)

    def _fault_table(self) -> FaultTable:
        return {
            "plc": {**controller_faults(self.plc), "interlock_bridged": self._bridge},
            "plant": {
                "water_lpm": self._set_water,
                "water_switch_stuck": self._stick_water_switch,
                "chamber_air": self.vacuum.let_air_in,
                "lock_leak_mbar_l_s": self.vacuum.lock.spring_leak,
            },
            "dc_supply": {
                "shutter_stuck": self._stick_shutter,
                "display_gain": self._set_display,
                "trip": lambda code: self.supply.trip(f"{code:.0f}"),
            },
            "monitor": {"crystal_failed": self._fail_crystal},
            "gauges": {
                "base_unplugged": self.gauges.unplug(1),
                "process_unplugged": self.gauges.unplug(3),
                "lock_unplugged": self.gauges.unplug(5),
                "process_offset_mtorr": self.gauges.drift,
                "process_gain": self.gauges.stretch,
                "mains_failed": self.gauges.lose_mains,
            },
            "turbo": {
                "bearing_c": self.vacuum.pump.heat_bearing,
                "motor_c": self.vacuum.pump.heat_motor,
                "fore_vacuum_lost": self.vacuum.pump.lose_fore_vacuum,
                "trip": self.vacuum.pump.trip,
                "mains_failed": self.vacuum.pump.lose_mains,
            },
            "argon": {"supply_kpa": self.vacuum.argon.supply},
        }

    def _bridge(self, value: float) -> None:
        self._bridged = bool(value)

    def _set_water(self, value: float) -> None:
        self._water_lpm = value
        self._look()

    def _stick_water_switch(self, value: float) -> None:
        self._water_switch_stuck = bool(value)

    def _look(self) -> None:
        self.plc.review()
        self.supply.recheck()
        self._program.look_at_plasma()
        self._judge()

    def _stick_shutter(self, value: float) -> None:
        self.supply.shutter_stuck = bool(value)

    def _set_display(self, value: float) -> None:
        self.supply.display_gain = value

    def _fail_crystal(self, value: float) -> None:
        self.crystal.failed = bool(value)
