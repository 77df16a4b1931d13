"""The machinery of the spin coater: chuck, spindle, nozzle, degas chamber, arm and hotplate."""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.rough_vacuum import RoughVacuum
from sim_hardware.core.wire import Table
from sim_hardware.instruments.bronkhorst_propar import BronkhorstPropar
from sim_hardware.instruments.click_packml import JOB_STATES
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.eurotherm_3216 import SETPOINT_1, Eurotherm3216
from sim_hardware.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from sim_hardware.spin_coater_chuck import Chuck
from sim_hardware.spin_coater_parts import PLATE_C, Hotplate
from sim_hardware.spin_coater_plc import (
    CHUCK_VACUUM_LOW,
    RESIST_LOW,
    SpinCoaterPlc,
)
from sim_hardware.spin_coater_record import CoatRecord
from sim_hardware.spin_coater_resist import (
    CAPACITY_G_MIN,
    PARKED_MM,
    Nozzle,
    Poured,
    ResistLine,
)

ARM_S, CHILL_S, PINS_S = 6.0, 15.0, 1.0
PUMPING_S, LOWEST_KPA = 3.0, 1.0
HIGH_TEMPERATURE: Final = 10
LEAST_ML: Final = 1e-6  # that is counted


class CoaterWorks(Plant):
    """Everything that the controller and the spindle drive."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self._record = CoatRecord()
        self._chuck = Chuck(clock, self._grip_lost, self._slipping)
        self._closed = False  # the lid
        self._chamber = RoughVacuum(clock, PUMPING_S, LOWEST_KPA)
        self._plate = Hotplate(clock, self.hazard, self._thermostat_opened)
        self._on_plate = False
        self._nozzle = Nozzle(clock)
        self._resist = ResistLine(clock, self._resist_changed)
        self.poured = Poured(self._resist)
        self._dispenser = BronkhorstPropar(clock, self._resist, capacity_g_min=CAPACITY_G_MIN)
        self._exhaust_pct = 100.0
        self._arm: asyncio.TimerHandle | None = None
        self._work: asyncio.TimerHandle | None = None  # solvent or chamber
        hotplate = Eurotherm3216(clock, self._plate.heater)
        hotplate.write(Table.HOLDING, SETPOINT_1, [round(PLATE_C * 10)])
        self._spindle = TrinamicTmcm1640(clock, self)
        self._plc = ClickPlc(clock, SpinCoaterPlc(self))
        self.instruments = {
            "plc": self._plc,
            "spindle": self._spindle,
            "hotplate": hotplate,
            "dispenser": self._dispenser,
        }

    # --- what the spindle is wired to -------------------------------------------------------------

    def permitted(self) -> bool:
        """Whether the drive may turn the shaft."""
        return self._plc.permit and self._spindle_free() and not self.busy()

    def on_speed(self, rpm: float, accel_rpm_s: float) -> None:
        """The shaft now ramps from where it is to `rpm`."""
        self._pour()
        self._record.turn(self.clock.now_s(), rpm, accel_rpm_s)
        if rpm and self._chuck.slips and self.wafer is not None and not self._on_plate:
            self.hazard("spindle turning without chuck vacuum")

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self._chuck.kpa,
            2: lambda: self._exhaust_pct,
            3: self._nozzle.mm,
            4: self._chamber.kpa,
            5: lambda: 22.0,
            6: lambda: 45.0,
            7: self.baked_s,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            1: self.vacuum_good,
            2: lambda: self.wafer is not None and self._arm is None,
            3: lambda: self._plate.heater.on,
            4: lambda: self._chamber.pumping,
            6: lambda: self._on_plate and self.wafer is not None,
            7: self.lid_closed,
            8: self._spindle_free,
        }

    def new_job(self) -> None:
        """A job begins: its counters are zero."""
        self._record = CoatRecord()
        self.poured.begin()

    def vacuum_good(self) -> bool:
        """Whether the chuck's switch says that the wafer is held."""
        return self._chuck.good

    def released(self) -> bool:
        """Whether the chuck's vacuum is gone."""
        return self._chuck.released

    def lid_closed(self) -> bool:
        """Whether the lid is closed."""
        return self._closed

    def turning(self) -> bool:
        """Whether the spindle turns."""
        return self._spindle.rpm() != 0.0

    def busy(self) -> bool:
        """Whether the arm moves or the chamber is not vented."""
        return self._arm is not None or not self._chamber.vented

    def on_plate(self) -> bool | None:
        """Whether the wafer is on the hotplate; None without a wafer."""
        return None if self.wafer is None else self._on_plate

    def grip(self) -> float | None:
        """Chuck vacuum on; seconds until it is good, None if it will not be."""
        self._chuck.switch(on=True)
        return self._chuck.good_in_s()

    def release(self) -> None:
        """Chuck vacuum off."""
        self._chuck.switch(on=False)

    def move_lid(self, *, closed: bool) -> None:
        """The lid has closed, or opens."""
        self._closed = closed
        self._spindle.recheck()

    def nozzle_parked(self) -> bool:
        """Whether the nozzle is out of the way."""
        return self._nozzle.parked

    def extend_nozzle(self, then: Callable[[], None]) -> None:
        """Nozzle over the centre and its valve open; `then` is called when it is so."""

        def arrived() -> None:
            self._resist.switch_valve(opened=True)
            then()

        self._nozzle.go(0.0, arrived)

    def retract_nozzle(self, then: Callable[[], None]) -> None:
        """Valve closed at once, nozzle parked; `then` is called when it is so."""
        self._resist.switch_valve(opened=False)
        self._nozzle.go(PARKED_MM, then)

    def edge_bead(self, seconds: float, then: Callable[[], None]) -> None:
        """Solvent on the edge for so many seconds; `then` is called at the end."""

        def washed() -> None:
            self._record.disturbed(self.clock.now_s())
            then()

        self._stop_work()
        self._do_after(seconds, washed)

    def degas(self, kpa: float, seconds: float, then: Callable[[], None]) -> None:
        """Evacuate, stay, vent; `then` is called at the end."""

        def stayed() -> None:
            self._record.degassed(self._chamber.kpa())
            self._recoat()
            self._do_after(self._chamber.vent() + 1.0, then)

        self._record.rested(self.clock.now_s())
        pumped_s = self._chamber.pump(kpa)
        if math.isfinite(pumped_s):
            self._do_after(pumped_s + seconds, stayed)

    def to_plate(self, then: Callable[[], None]) -> None:
        """Carry the wafer to the hotplate and lower the pins; `then` on arrival."""

        def laid() -> None:
            self._arm = None
            self._on_plate = True
            self._record.rested(self.clock.now_s())
            self._plate.lower()
            then()

        self._chuck.cover(covered=False)
        self._arm = self.clock.after(PINS_S if self._on_plate else ARM_S, laid)

    def to_chuck(self, then: Callable[[], None]) -> None:
        """Carry the wafer over the chill plate to the chuck; `then` on arrival."""

        def arrived() -> None:
            self._arm = None
            self._chuck.cover(covered=True)
            then()

        self.raise_pins()
        self._on_plate = False
        if self.wafer is not None and self.wafer.resist is not None and self.baked_s() > 0.0:
            self.wafer = self.wafer.visited("coat_liquid", self.clock.now_s())
        self._arm = self.clock.after(ARM_S + CHILL_S, arrived)

    def raise_pins(self) -> None:
        """Lift the wafer off the hotplate: the bake is over."""
        bake = self._plate.lift()
        if bake is not None:
            self._record.baked(*bake)
            self._recoat()

    def make_safe(self) -> None:
        """Nozzles off, chamber vented, wafer off the plate; an arm on its way goes on."""
        self._stop_work()
        self._chamber.vent()
        self.raise_pins()
        self._spindle.recheck()

    def recheck_spindle(self) -> None:
        """Let the drive look at its permission again."""
        self._spindle.recheck()

    def baked_s(self) -> float:
        """Seconds that this job has been on the plate."""
        return self._record.baked_s + self._plate.lying_s()

    def _spindle_free(self) -> bool:
        return self._chuck.good and self._closed

    def _do_after(self, seconds: float, action: Callable[[], None]) -> None:
        self._work = self.clock.after(seconds, action)

    def _stop_work(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _pour(self) -> None:
        """What has come out since the last event is on the wafer."""
        came_ml = self.poured.since_ml()
        if came_ml <= LEAST_ML:
            return
        if self.wafer is None or self._on_plate:
            self.hazard("resist poured on the bare chuck")
        else:
            self._record.dispensed(self.wafer, came_ml)

    def _resist_changed(self) -> None:
        self._pour()
        self._dispenser.recheck()
        if self._resist.low:
            self._plc.raise_alarm(RESIST_LOW)
        else:
            self._plc.clear_alarm(RESIST_LOW)

    def _recoat(self) -> None:
        coated = self._record.coated()
        if coated is not None and self.wafer is not None:
            self.wafer = coated

    def _grip_lost(self) -> None:
        needed = self._plc.state in JOB_STATES and (self.turning() or self._resist.open)
        if needed and not self._chuck.good:
            self._spindle.recheck()
            self._plc.raise_alarm(CHUCK_VACUUM_LOW)
            self._plc.abort()

    def _slipping(self) -> None:
        if abs(self._spindle.rpm()) > 60.0 and self.wafer is not None:
            self.hazard("spindle turning without chuck vacuum")

    def _thermostat_opened(self) -> None:
        self._plc.set_interlock(HIGH_TEMPERATURE, well=False)
