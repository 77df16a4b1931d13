"""The emulated stripper: what the remover lifts, and how the basket leaves it in trouble."""

from collections.abc import Iterator

import pytest

from sim_hardware.physics.metrology import after_strip
from sim_hardware.stripper import StripperPlant
from tests.rigs.prepared import wafer_before
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    COMPLETE,
    HELD,
    Bench,
    bench,
    check_register,
    check_setpoint_limits,
    icd_rows,
)

REGISTERS = icd_rows("stripper", frozenset({"float32_low_first"}))
SETPOINTS = [row for row in REGISTERS if row["access"] == "rw"]


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(StripperPlant) as made:
        made.plant.load(wafer_before("strip", "W1"))
        yield made


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    tool: Bench, row: dict[str, str]
) -> None:
    check_register(tool, row)


@pytest.mark.parametrize("row", SETPOINTS, ids=lambda row: row["name"])
def test_a_setpoint_is_refused_outside_its_range(tool: Bench, row: dict[str, str]) -> None:
    check_setpoint_limits(tool, row)


def test_the_nominal_visit_leaves_the_nominal_residue(tool: Bench) -> None:
    tool.to_execute()
    tool.until(COMPLETE, 3100)
    found = after_strip(tool.plant.unload())
    assert found["residue_pct"] == near(0.082, rel=0.05)
    assert not tool.hazards


@pytest.mark.parametrize("contact", ["emergency_stop", "exhaust"])
def test_trouble_in_mid_strip_lifts_the_basket(tool: Bench, contact: str) -> None:
    tool.to_execute()
    tool.spend(300.0)
    tool.plant.set_fault("plc", {contact: 1})
    tool.until(ABORTED, 10)
    assert not tool.bit(4)
    counted = tool.real(6)
    tool.spend(60.0)
    assert tool.real(6) == counted == near(300.0, rel=0.02)
    assert tool.plant.unload().film is not None
    assert not tool.hazards


def test_a_low_level_stops_heater_and_job(tool: Bench) -> None:
    tool.to_execute()
    tool.plant.set_fault("plc", {"level_pct": 5.0})
    tool.until(HELD, 10)
    assert 17 in tool.alarms
    assert not tool.bit(3)
    assert not tool.hazards
