"""The aligner: a wafer on a stage, a reticle above it, and a lamp behind a shutter."""

from collections.abc import Callable, Mapping
from typing import Final

from typing_extensions import override

from sim_hardware.aligner_bench import AlignmentBench
from sim_hardware.aligner_faults import faults_of
from sim_hardware.aligner_lamp import ROOM_C, Lamp
from sim_hardware.aligner_plc import (
    LAMP_OFF,
    MARKS_NOT_FOUND,
    WIDEST_UM,
    AlignerPlc,
)
from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.instrument_options import number_option
from sim_hardware.core.placement import placed
from sim_hardware.core.plant import Plant, PlantRefuses, PlantSetup
from sim_hardware.core.plant_faults import apply_faults
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.click_interlocks import DOORS
from sim_hardware.instruments.click_packml import PackMl
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.newport_esp301 import NewportEsp301
from sim_hardware.instruments.thorlabs_pm100 import ThorlabsPm100
from sim_hardware.instruments.thorlabs_sc10 import ThorlabsSc10
from sim_hardware.physics.aligner import expose
from sim_hardware.physics.wafer import Wafer

SENSOR_CM2: Final = 1.0
ENCLOSURE_TAU_S: Final = 900.0


class AlignerPlant(Plant):
    """Gives the wafer every second of light. The dose meter sees the lamp before the shutter."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self._sensor_cm2 = number_option(setup, "dose_meter", "sensor_area_cm2", SENSOR_CM2)
        self._seed = setup.seed
        self.lamp = Lamp(clock, self._lamp_changed, self._struck)
        self.enclosure = ThermalBody(clock, ROOM_C, ROOM_C, ENCLOSURE_TAU_S)
        self.bridged, self._open, self._since_s = False, False, 0.0
        self._job_id: str = ""
        self._visit: str = ""
        self._moving: set[int] = set()
        self.dose_mj_cm2 = 0.0
        self.stage = NewportEsp301(clock, self)
        self.bench = AlignmentBench(clock, self.stage.place)
        self.plc = ClickPlc(clock, AlignerPlc(self))
        self.shutter = ThorlabsSc10(clock, self)
        self.dose_meter = ThorlabsPm100(self)
        self.instruments = {
            "plc": self.plc,
            "stage": self.stage,
            "shutter": self.shutter,
            "dose_meter": self.dose_meter,
            "lamp": self.lamp.supply,
        }

    def interlock_open(self) -> bool:
        """The shutter's interlock circuit."""
        return not (self.bridged or self.exposure_permitted())

    def on_blade(self, *, opened: bool) -> None:
        """The shutter moved."""
        self._settle()
        self._open = opened
        self._judge()
        self._look_for_light()

    def light_w(self) -> float:
        """What the pick-off in the lamp house throws on the meter's head."""
        return self.lamp.irradiance_mw_cm2() * self._sensor_cm2 / 1000.0

    def on_motion(self, axis: int, *, moving: bool) -> None:
        """An axis of the stage started or came to rest."""
        if moving:
            self._moving.add(axis)
        else:
            self._moving.discard(axis)
        self._judge()

    def on_position(self, axis: int, value: float) -> None:
        """Where an axis rests; the stage is asked when that matters."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: lambda: self.bench.seen().x_um,
            2: lambda: self.bench.seen().y_um,
            3: lambda: self.bench.seen().theta_mdeg,
            4: self.bench.gap_um,
            5: self.enclosure.temperature_c,
            6: self.lamp.house_c,
            7: self.bench.vacuum_kpa.value,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            1: self.bench.held,
            2: self.bench.held,
            4: lambda: self.bench.vacuum_on,
            5: lambda: self.lamp.on,
            6: self.shutter_open,
            7: self.exposure_permitted,
        }

    def reticle(self) -> int:
        """The reticle in the holder; 0 = none."""
        return self.bench.reticle

    def shutter_open(self) -> bool:
        """Whether light falls on the wafer."""
        return self._open

    def job_began(self, job_id: str) -> None:
        """Count the dose anew, unless the same job goes on."""
        if job_id != self._job_id:
            self._job_id, self.dose_mj_cm2 = job_id, 0.0

    def visit_ended(self) -> None:
        """Write the visit on the wafer once it has seen light."""
        self._settle()
        if self.wafer is not None and self._visit:
            self.wafer = self.wafer.visited(self._visit, self.clock.now_s())
        self._visit = ""

    def permit_changed(self) -> None:
        """The permit of the shutter may have changed."""
        self.shutter.recheck()

    def switch_vacuum(self, *, on: bool) -> float:
        """Chuck vacuum from now on; seconds until it is so, infinite if it never is."""
        wait_s = self.bench.switch_vacuum(on=on)
        self.shutter.recheck()
        return wait_s

    def set_gap(self, um: float) -> float:
        """Move to a gap; seconds until it is there."""
        return self.bench.set_gap(um)

    def put_reticle(self, number: int) -> None:
        """A reticle is in the holder."""
        self.bench.reticle = number
        if number:
            self.look_for_marks()

    def exposure_permitted(self) -> bool:
        """Controller, enclosure, chuck and wafer agree."""
        return self.plc.permit and self.bench.held()

    def _settle(self) -> None:
        """Give the wafer the light since the last event."""
        now_s = self.clock.now_s()
        since_s, self._since_s = self._since_s, now_s
        dose = self.lamp.dose_mj_cm2(since_s) if self._open else 0.0
        if dose <= 0.0:
            return
        self.dose_mj_cm2 += dose
        if self.wafer is not None:
            mask = self.bench.mask(self.enclosure.temperature_c() - ROOM_C)
            hold_s = self.wafer.since_s("laminate_film", now_s) or 0.0
            self.wafer = expose(self.wafer, dose, mask, hold_s)
            self._visit = "flood_expose" if mask is None else "expose_film"

    def _judge(self) -> None:
        if not self._open or not self.lamp.on:
            return
        if DOORS in self.plc.engine.interlocks.open_bits:
            self.hazard("light with the enclosure open")
        if self.wafer is None:
            return
        if self._moving:
            self.hazard("stage moved in the light")
        if not self.bench.held():
            self.hazard("light on a wafer that is not held")
        bare = self.wafer.film is not None and self.wafer.opening is None
        if bare and self.bench.reticle == 0:
            self.hazard("film exposed without a reticle")

    def _lamp_changed(self) -> None:
        self._settle()
        if self.lamp.overdriven:
            self.hazard("lamp driven above its rated power")
        self._judge()
        self._look_for_light()

    def _look_for_light(self) -> None:
        if self._open and not self.lamp.on:
            self.plc.raise_alarm(LAMP_OFF)
            self.plc.hold()

    def _struck(self) -> None:
        if DOORS in self.plc.engine.interlocks.open_bits:
            self.hazard("lamp struck with the enclosure open")

    # --- the person and the back door -------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self.plc.state)
        keep_out_while(
            self.tool, {"the shutter is open": self._open, "the stage moves": bool(self._moving)}
        )
        if not self.bench.open_for_hands():
            if self.plc.state is not PackMl.HELD:  # the button at the chuck
                self.switch_vacuum(on=False)
                self.bench.set_gap(WIDEST_UM)
            raise PlantRefuses(f"{self.tool} holds the wafer under the reticle")

    @override
    def loaded(self) -> None:
        assert self.wafer is not None  # a wafer was just put in
        self.bench.placement = placed(self.tool, self.wafer.name, self._seed)
        self._visit, self.dose_mj_cm2 = "", 0.0

    @override
    def unloaded(self) -> None:
        self.bench.placement = None

    @override
    def unload(self) -> Wafer:
        self.ready_for_hands()
        self.visit_ended()
        return super().unload()

    @override
    def state(self) -> Mapping[str, object]:
        left = self.bench.residual()
        return {
            "state": self.plc.state.name,
            "shutter_open": self._open,
            "irradiance_mw_cm2": self.lamp.irradiance_mw_cm2(),
            "dose_mj_cm2": self.dose_mj_cm2,
            "reticle": self.bench.reticle,
            "gap_um": self.bench.gap_um(),
            "residual_x_um": left.x_um,
            "residual_y_um": left.y_um,
            "residual_theta_mdeg": left.theta_mdeg,
            "chuck_kpa": self.bench.vacuum_kpa.value(),
            "lamp_h": self.lamp.hours(),
            "lamp_on": self.lamp.on,
            "enclosure_c": self.enclosure.temperature_c(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: chuck, marks, air, lamp, shutter, meter."""
        table = faults_of(self)
        apply_faults(table, role, values)
        self.plc.review()
        self.shutter.recheck()
        self._judge()

    def look_for_marks(self) -> None:
        """Raise the alarm if the marks should be seen and are not."""
        if self.bench.marks_dirty and self.bench.held():
            self.plc.raise_alarm(MARKS_NOT_FOUND)
