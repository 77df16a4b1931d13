"""The emulated spin coater: what resist it leaves, and what keeps the spindle still."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.physics.metrology import after_spincoat
from sim_hardware.spin_coater import SpinCoaterPlant
from tests.rigs.prepared import wafer_before
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    COMPLETE,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    icd_rows,
)

REGISTERS = icd_rows("spin_coater", frozenset({"float32_low_first"}))


@pytest.fixture
def coater() -> Iterator[Bench]:
    with bench(SpinCoaterPlant) as made:
        made.plant.load(wafer_before("coat_liquid", "W1"))
        yield made


def spindle(tool: Bench, command: int, kind: int, value: int) -> None:
    telegram = bytes((1, command, kind, 0)) + value.to_bytes(4, "big", signed=True)
    tool.stream("spindle").receive(telegram + bytes((sum(telegram) & 0xFF,)))


def ready(tool: Bench) -> None:
    tool.to_execute()
    tool.done(121, 1)
    tool.done(120, 1)


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    coater: Bench, row: dict[str, str]
) -> None:
    check_register(coater, row)


def test_the_nominal_visit_leaves_the_nominal_floor(coater: Bench) -> None:
    ready(coater)
    coater.done(122, 50, 15)
    spindle(coater, 5, 11, 1000)
    spindle(coater, 1, 0, 1500)
    coater.spend(40.0)
    spindle(coater, 3, 0, 0)
    coater.spend(3.0)
    coater.done(123, 25)
    coater.spend(10.0)
    coater.done(124, 50, 10)
    coater.done(120, 0)
    coater.done(125)
    coater.spend(300.0)
    coater.done(126)
    coater.done(121, 0)
    coater.order(10)
    coater.until(COMPLETE, 10)
    found = after_spincoat(coater.plant.unload())
    assert found["floor_um"] == near(20.91, rel=0.02)
    assert found["fill"] == near(0.994, rel=0.01)
    assert not coater.hazards


def test_an_open_lid_keeps_the_spindle_still(coater: Bench) -> None:
    coater.to_execute()
    coater.done(120, 1)
    assert not coater.bit(8)
    spindle(coater, 1, 0, 1500)
    coater.spend(2.0)
    assert coater.plant.state()["rpm"] == 0.0


def test_a_wafer_still_held_does_not_go_to_the_plate(coater: Bench) -> None:
    ready(coater)
    assert coater.order(125)[0] == REJECTED_STATE


def test_lost_chuck_vacuum_stops_the_spindle_and_the_job(coater: Bench) -> None:
    ready(coater)
    spindle(coater, 1, 0, 1500)
    coater.spend(5.0)
    coater.plant.set_fault("plc", {"vacuum_share": 0.3})
    coater.until(ABORTED, 5)
    coater.spend(5.0)
    assert coater.plant.state()["rpm"] == 0.0
    assert coater.plant.unload().resist is None
    assert not coater.hazards


def test_nobody_reaches_onto_the_hotplate(coater: Bench) -> None:
    coater.to_execute()
    coater.done(125)
    coater.order(4)
    coater.spend(2.0)
    coater.plant.unload()  # the controller has taken it off the plate by itself
    with pytest.raises(PlantRefuses, match="no wafer"):
        coater.plant.unload()
