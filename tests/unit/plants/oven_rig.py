"""What the tests of the emulated reflow oven share: a wafer that is due, and the way through."""

from dataclasses import replace

from sim_hardware.physics import route
from sim_hardware.physics.metrology import after_reflow
from sim_hardware.physics.wafer import Wafer
from sim_hardware.reflow_oven import ReflowOvenPlant
from tests.unit.plants.plant_bench import Bench

BELT, NITROGEN, FORMIC, LOAD = 120, 121, 122, 123
WAITING, HEATER, INSIDE, AT_EXIT = 2, 3, 6, 7


def etched_wafer() -> Wafer:
    """The nominal wafer, etched four hours before the line was switched on."""
    made = route.run(route.Route(), Wafer("W03")).wafer
    return replace(made, bump=None).visited("etch_ubm", -4.0 * 3600.0)


def ready(tool: Bench, belt_mm_min: int = 700, formic: int = 200) -> None:
    tool.to_execute()
    tool.done(NITROGEN, 300)
    tool.done(BELT, belt_mm_min)
    tool.done(FORMIC, formic)


def inside(tool: Bench, **settings: int) -> None:
    ready(tool, **settings)
    tool.done(LOAD)
    assert tool.bit(INSIDE)


def to_the_exit(tool: Bench) -> float:
    for second in range(900):
        if tool.bit(AT_EXIT):
            return float(second)
        tool.spend(1.0)
    raise AssertionError("the wafer never came out")


def zones_c(tool: Bench) -> list[float]:
    assert isinstance(tool.plant, ReflowOvenPlant)
    return tool.plant.zones_at_c(tool.time.clock.now_s())


def found(tool: Bench) -> dict[str, float]:
    assert tool.plant.wafer is not None
    return dict(after_reflow(tool.plant.wafer))
