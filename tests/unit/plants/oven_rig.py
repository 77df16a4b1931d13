"""What the tests of the emulated reflow oven share: a wafer that is due, and the way through."""

import struct
from dataclasses import replace

from sim_hardware.physics import route
from sim_hardware.physics.metrology import after_reflow
from sim_hardware.physics.wafer import Wafer
from sim_hardware.reflow_oven import ReflowOvenPlant
from tests.rigs.hand_clock import say
from tests.unit.plants.plant_bench import Bench

BELT, NITROGEN, FORMIC, LOAD = 120, 121, 122, 123
ROTATE, BACK, SET, GET, MICROSTEPS, ACTUAL_SPEED = 1, 2, 5, 6, 140, 3
STEPS_MM, SPEED_UNIT = 40.0, 16e6 / (8 * 2048 * 32)  # full steps; microsteps a second
WAITING, HEATER, INSIDE, AT_EXIT = 2, 3, 6, 7


def etched_wafer() -> Wafer:
    """The nominal wafer, etched four hours before the line was switched on."""
    made = route.run(route.Route(), Wafer("W03")).wafer
    return replace(made, bump=None).visited("etch_ubm", -4.0 * 3600.0)


def tmcl(tool: Bench, command: int, kind: int, value: int = 0) -> int:
    """Value of the belt drive's answer, whose status is 100."""
    head = struct.pack(">BBBBi", 1, command, kind, 0, value)
    answer = say(tool.stream("belt"), head + bytes([sum(head) & 0xFF]))
    assert answer[2] == 100
    return int(struct.unpack(">i", answer[4:8])[0])


def turn(tool: Bench, mm_min: float) -> None:
    """Set the belt's speed and wait until it has it; 500 full steps a second are its most."""
    tmcl(tool, SET, MICROSTEPS, 4)
    units = round(mm_min / 60.0 * STEPS_MM * 16 / SPEED_UNIT)
    tmcl(tool, ROTATE if units >= 0 else BACK, 0, abs(units))
    tool.spend(3.0)


def alicat(tool: Bench, line: str) -> str:
    tool.time.wait(0.01)
    answer = say(tool.stream("nitrogen"), f"{line}\r".encode()).decode().strip()
    assert answer != "?"
    return answer


def flow(tool: Bench, lpm: float) -> None:
    """Have nitrogen flow."""
    alicat(tool, f"AS{lpm * 1000:.0f}")
    tool.done(NITROGEN, 1)


def ready(tool: Bench, belt_mm_min: int = 700, formic: int = 200) -> None:
    tool.to_execute()
    flow(tool, 300)
    tool.done(BELT, 1)
    turn(tool, belt_mm_min)
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
