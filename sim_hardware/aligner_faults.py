"""What can be broken on the emulated aligner: chuck, marks, air, lamp, shutter, meter."""

from typing import TYPE_CHECKING

from sim_hardware.aligner_plc import CHUCK_VACUUM_LOW
from sim_hardware.core.plant_faults import FaultTable, controller_faults

if TYPE_CHECKING:
    from sim_hardware.aligner import AlignerPlant


def faults_of(plant: "AlignerPlant") -> FaultTable:
    """Every fault by role and name, beside contacts and controller."""

    def bridge(value: float) -> None:
        plant.bridged = bool(value)

    def leak(share: float) -> None:
        plant.bench.vacuum_share = share
        plant.switch_vacuum(on=plant.bench.vacuum_on)
        if plant.bench.leaks:
            plant.plc.raise_alarm(CHUCK_VACUUM_LOW)
            plant.plc.hold()

    def dirty(value: float) -> None:
        plant.bench.marks_dirty = bool(value)
        plant.look_for_marks()

    def stick_shutter(value: float) -> None:
        plant.shutter.stuck = bool(value)

    def unplug_head(value: float) -> None:
        plant.dose_meter.head_unplugged = bool(value)

    lamp = plant.lamp
    return {
        "plc": {
            **controller_faults(plant.plc),
            "interlock_bridged": bridge,
            "chuck_share": leak,
            "marks_dirty": dirty,
            "enclosure_c": plant.enclosure.set_ambient,
        },
        "lamp": {
            "out": lamp.go_out,
            "hours": lamp.age_to,
            "clean_share": lamp.foul,
            "house_open": lamp.open_house,
            "starter_broken": lamp.break_starter,
            "mains_failed": lamp.lose_mains,
        },
        "shutter": {"stuck": stick_shutter},
        "dose_meter": {"head_unplugged": unplug_head},
    }
