"""The emulated spin coater: a cup with chuck and spindle, resist, a cup vacuum, and a hotplate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.core.rough_vacuum import ATMOSPHERE_KPA, RoughVacuum
from sim_hardware.core.wire import Table
from sim_hardware.core.words import WordOrder, float_words
from sim_hardware.instruments.click_packml import JOB_STATES
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.eurotherm_3216 import Eurotherm3216
from sim_hardware.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from sim_hardware.physics.spin_coater import Coating, coat
from sim_hardware.physics.wafer import Wafer
from sim_hardware.spin_coater_plc import EXHAUST_LOW, VACUUM_LOW, SpinCoaterPlc

PLATE_C: Final = 110.0
PLATE: Final = Mass(start_c=PLATE_C, tau_s=90.0, limit_c=140.0)
SETPOINT_1_AS_FLOAT: Final = 2 * 24 + 32768
CHUCK_KPA, CHUCK_WELL_KPA = 85.0, 60.0
CUP_PUMP_S, CUP_LOWEST_KPA = 1.5, 0.5
CUP_C, HUMIDITY_PCT = 22.0, 45.0
VISCOSITY_CST: Final = 400.0
TURNS_RPM: Final = 10.0
ENOUGH_ML: Final = 1.0  # less does not cover the wafer


@dataclass(slots=True)
class Wet:
    """Resist on the wafer that has not been baked: how it was spun, rested and degassed."""

    rpm: float = 0.0
    spun_s: float = 0.0
    still_since_s: float = 0.0
    rested_s: float = 0.0
    levelling: bool = True
    degas_kpa: float = ATMOSPHERE_KPA


class SpinCoaterPlant(Plant):
    """Roles plc, spindle and hotplate."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self._held = self._lid_closed = self._on_plate = False
        self._dispensed_ml = 0.0
        self._baked_s = 0.0
        self._plated_s = 0.0
        self._rpm_asked = 0.0
        self._turning_since_s = 0.0
        self._job_id = ""
        self._wet: Wet | None = None
        self._vacuum_share = self._exhaust_share = 1.0  # faults: what pump and fan still give
        self._cup = RoughVacuum(clock, CUP_PUMP_S, CUP_LOWEST_KPA)
        self.plate = Heater(clock, PLATE, self._thermostat_opened)
        hotplate = Eurotherm3216(clock, self.plate)
        words = float_words(PLATE_C, WordOrder.HIGH_FIRST)
        hotplate.write(Table.HOLDING, SETPOINT_1_AS_FLOAT, words)
        self._spindle = TrinamicTmcm1640(clock, self)
        self._plc = ClickPlc(clock, SpinCoaterPlc(self))
        self.instruments = {"plc": self._plc, "spindle": self._spindle, "hotplate": hotplate}

    # --- the motor shaft --------------------------------------------------------------------------

    def permitted(self) -> bool:
        """Whether the drive may turn the shaft."""
        return self._plc.permit and self.spindle_permit()

    def on_speed(self, rpm: float, accel_rpm_s: float) -> None:
        """The shaft now ramps to `rpm`; what it did until now is in the resist."""
        del accel_rpm_s
        self._spun()
        self._rpm_asked, self._turning_since_s = abs(rpm), self.clock.now_s()
        if self._rpm_asked > TURNS_RPM and self.wafer is not None and not self._chuck_well():
            self.hazard("spindle turning without chuck vacuum")

    def _spun(self) -> None:
        wet = self._wet
        if wet is not None and self._rpm_asked > TURNS_RPM:
            wet.rpm = max(wet.rpm, self._rpm_asked)
            wet.spun_s += self.clock.now_s() - self._turning_since_s
            wet.still_since_s = self.clock.now_s()

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self._chuck_kpa,
            2: lambda: 100.0 * self._exhaust_share,
            3: lambda: self._dispensed_ml,
            4: self._cup.kpa,
            5: lambda: CUP_C,
            6: lambda: HUMIDITY_PCT,
            7: self.baked_s,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            1: lambda: self.wafer is not None and self._chuck_well(),
            2: lambda: self.wafer is not None,
            3: lambda: self.plate.on,
            4: lambda: self._cup.pumping,
            6: self.on_plate,
            7: lambda: self._lid_closed,
            8: self.spindle_permit,
        }

    def job_began(self, job_id: str) -> None:
        """A job starts; one that is taken up again goes on counting."""
        if job_id != self._job_id:
            self._job_id = job_id
            self._dispensed_ml = 0.0
            self._baked_s = 0.0

    def visit_ended(self) -> None:
        """The work of the visit is over."""
        if self.wafer is not None and self._baked_s > 0.0:
            self.wafer = self.wafer.visited("coat_liquid", self.clock.now_s())

    def energy_changed(self) -> None:
        """What the spindle is allowed may have changed."""
        self._spindle.recheck()

    def turning(self) -> bool:
        """Whether the spindle turns."""
        return abs(self._spindle.rpm()) > TURNS_RPM

    def on_plate(self) -> bool:
        """Whether the wafer is on the hotplate."""
        return self._on_plate

    def spindle_permit(self) -> bool:
        """Chuck vacuum good and lid closed."""
        return self._chuck_well() and self._lid_closed

    def chuck(self, *, on: bool) -> None:
        """Chuck vacuum on or off."""
        self._held = on
        if on and not self._chuck_well():
            self._plc.raise_alarm(VACUUM_LOW)
        self._spindle.recheck()

    def lid(self, *, closed: bool) -> None:
        """The lid is closed or open."""
        self._lid_closed = closed
        self._spindle.recheck()

    def dispense(self, ml: float) -> None:
        """So much resist has come onto the wafer."""
        self._dispensed_ml += ml
        if self.wafer is not None and self._dispensed_ml >= ENOUGH_ML:
            self._wet = Wet(still_since_s=self.clock.now_s())

    def edge_bead(self) -> None:
        """The bead has been taken off the edge; from here on the resist levels undisturbed."""
        if self._wet is not None:
            self._wet.still_since_s = self.clock.now_s()

    def degas(self, kpa: float) -> float:
        """Pump the cup; seconds until the pressure is reached, infinite if it never is."""
        self._level()
        if self._wet is not None:
            self._wet.degas_kpa = min(self._wet.degas_kpa, kpa)
        return self._cup.pump(kpa)

    def vent(self) -> float:
        """Let air into the cup; seconds until it is vented."""
        return self._cup.vent()

    def move(self, *, plate: bool) -> None:
        """The wafer has arrived on the hotplate, or on the chuck."""
        if plate is self._on_plate:
            return
        self._level()
        if plate:
            self._on_plate, self._plated_s = True, self.clock.now_s()
            return
        seconds = self.clock.now_s() - self._plated_s
        self._on_plate = False
        self._baked_s += seconds
        self._bake(seconds)

    def baked_s(self) -> float:
        """Seconds that this job has been on the plate."""
        return self._baked_s + (self.clock.now_s() - self._plated_s if self._on_plate else 0.0)

    # --- the wafer -------------------------------------------------------------------------------

    def _level(self) -> None:
        """A skin forms under vacuum and on the plate: from here on nothing levels any more."""
        if self._wet is not None and self._wet.levelling:
            self._wet.rested_s = self.clock.now_s() - self._wet.still_since_s
            self._wet.levelling = False

    def _bake(self, seconds: float) -> None:
        wet, self._wet = self._wet, None
        if wet is None or self.wafer is None:
            return
        run = Coating(
            rpm=wet.rpm,
            spin_s=wet.spun_s,
            rest_s=wet.rested_s,
            degas_kpa=wet.degas_kpa,
            bake_c=self.plate.true_c() if seconds > 0.0 else CUP_C,
            bake_s=seconds,
            viscosity_cst=VISCOSITY_CST,
            resist_c=CUP_C,
        )
        self.wafer = coat(self.wafer, run)

    def _chuck_kpa(self) -> float:
        if not self._held or self.wafer is None or self._on_plate:
            return 0.0
        return CHUCK_KPA * self._vacuum_share

    def _chuck_well(self) -> bool:
        return self._chuck_kpa() > CHUCK_WELL_KPA

    def _thermostat_opened(self) -> None:
        self._plc.abort()

    # --- the person and the back door -------------------------------------------------------------

    @override
    def unload(self) -> Wafer:
        """A wafer that was not baked is taken out wet."""
        self.ready_for_hands()
        self._level()
        self._bake(0.0)
        self._held = False
        return super().unload()

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        keep_out_while(
            self.tool,
            {
                "the spindle turns": self.turning(),
                "the wafer is on the hotplate": self._on_plate,
                "the cup is under vacuum": not self._cup.vented,
            },
        )

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "rpm": self._spindle.rpm(),
            "chuck_kpa": self._chuck_kpa(),
            "lid_closed": self._lid_closed,
            "dispensed_ml": self._dispensed_ml,
            "on_plate": self._on_plate,
            "baked_s": self.baked_s(),
            "plate_c": self.plate.true_c(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts, controller and hotplate: vacuum pump and exhaust fan."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "vacuum_share": self._set_vacuum,
                "exhaust_share": self._set_exhaust,
                "cup_leaks": lambda value: self._cup.leak(leaks=bool(value)),
            },
            "hotplate": heater_faults(self.plate),
        }
        apply_faults(table, role, values)
        self._plc.review()
        self._spindle.recheck()

    def _set_vacuum(self, share: float) -> None:
        self._vacuum_share = share
        self._spindle.recheck()
        if self._held and not self._chuck_well() and self._plc.state in JOB_STATES:
            self._plc.raise_alarm(VACUUM_LOW)
            self._plc.abort()

    def _set_exhaust(self, share: float) -> None:
        self._exhaust_share = share
        if share < 0.7 and self._plc.state in JOB_STATES:
            self._plc.raise_alarm(EXHAUST_LOW)
            self._plc.abort()
