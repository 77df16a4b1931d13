"""The spin coater's dispenser and nozzle: what reaches the wafer, and when nothing does."""

from collections.abc import Iterator

import pytest

from sim_hardware.physics.metrology import after_spincoat
from sim_hardware.spin_coater import SpinCoaterPlant
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import ACCEPTED, HELD, REJECTED_STATE, Bench, bench
from tests.unit.plants.test_spin_coater import (
    CHUCK,
    DEGAS,
    EDGE_BEAD,
    LID,
    NOZZLE,
    TO_CHUCK,
    TO_PLATE,
    dispense,
    parameter,
    ready_to_spin,
    turn,
)
from tests.unit.plants.wafers import opened


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(SpinCoaterPlant) as made:
        made.plant.load(opened())
        yield made


def poured_ml(tool: Bench) -> float:
    poured = tool.plant.state()["poured_ml"]
    assert isinstance(poured, float)
    return poured


def open_at(tool: Bench, share: int) -> None:
    """The nozzle open and the dispenser at so much of 32000."""
    ready_to_spin(tool)
    tool.done(NOZZLE, 1)
    parameter(tool, 1, 1, "H", share)


def test_the_nozzle_travels_and_is_done_when_it_is_there(tool: Bench) -> None:
    ready_to_spin(tool)
    assert tool.real(3) == near(150.0)
    assert tool.done(NOZZLE, 1) == near(1.5, within=0.11)
    assert tool.real(3) == near(0.0, within=1e-6)
    assert tool.done(NOZZLE, 0) == near(1.5, within=0.11)
    assert tool.real(3) == near(150.0)


def test_the_dispenser_delivers_through_an_open_valve_only(tool: Bench) -> None:
    ready_to_spin(tool)
    parameter(tool, 1, 1, "H", 8400)
    tool.spend(10.0)
    assert poured_ml(tool) == 0.0
    tool.done(NOZZLE, 1)
    tool.spend(2.0)
    assert poured_ml(tool) > 0.5
    tool.done(NOZZLE, 0)
    before_ml = poured_ml(tool)
    tool.spend(10.0)
    assert poured_ml(tool) == near(before_ml)


def test_the_counter_ends_a_batch_at_the_right_amount(tool: Bench) -> None:
    ready_to_spin(tool)
    dispense(tool, 3.0, 20.0)
    assert poured_ml(tool) == near(3.0, rel=0.01)


def test_a_hold_shuts_the_valve_and_parks_the_nozzle(tool: Bench) -> None:
    open_at(tool, 8400)
    tool.spend(2.0)
    assert tool.order(4)[0] == ACCEPTED
    before_ml = poured_ml(tool)
    tool.until(HELD, 5)
    tool.spend(5.0)
    assert tool.real(3) == near(150.0)
    assert poured_ml(tool) == near(before_ml)
    assert not tool.hazards


def test_a_silent_host_shuts_the_valve(tool: Bench) -> None:
    open_at(tool, 8400)
    tool.time.wait(60.0)
    assert tool.state == HELD
    assert poured_ml(tool) < 2.0


def test_nothing_opens_or_takes_the_wafer_while_the_nozzle_is_out(tool: Bench) -> None:
    ready_to_spin(tool)
    tool.done(NOZZLE, 1)
    for code, args in ((LID, (0,)), (CHUCK, (0,)), (DEGAS, (50, 5)), (EDGE_BEAD, (5,))):
        assert tool.order(code, *args) == (REJECTED_STATE, NOZZLE)


def test_the_nozzle_stays_parked_outside_execute(tool: Bench) -> None:
    tool.to_idle()
    tool.done(CHUCK, 1)
    tool.done(LID, 1)
    assert tool.order(NOZZLE, 1)[0] == REJECTED_STATE
    tool.done(NOZZLE, 0)


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("plc", {"resist_ml": 1.0}),
        ("plc", {"nozzle_share": 0.05}),
        ("dispenser", {"mains_failed": 1}),
    ],
)
def test_too_little_resist_leaves_no_coat(tool: Bench, role: str, fault: dict[str, float]) -> None:
    open_at(tool, 5600)
    tool.spend(1.0)
    tool.plant.set_fault(role, fault)
    tool.spend(14.0)
    parameter(tool, 1, 1, "H", 0)
    tool.done(NOZZLE, 0)
    turn(tool, 1500)
    tool.spend(40.0)
    turn(tool, 0)
    tool.spend(2.0)
    tool.done(CHUCK, 0)
    tool.done(TO_PLATE)
    tool.spend(60.0)
    tool.done(TO_CHUCK)
    assert poured_ml(tool) < 2.0
    assert tool.plant.wafer is not None
    assert tool.plant.wafer.resist is None


def test_a_bottle_that_runs_low_warns_while_it_is_poured_from(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"resist_ml": 101.0})
    open_at(tool, 8400)
    tool.spend(1.5)
    assert 201 not in tool.alarms
    tool.spend(1.5)
    assert 201 in tool.alarms


def test_resist_poured_on_the_bare_chuck_is_a_hazard() -> None:
    with bench(SpinCoaterPlant) as tool:
        tool.plant.set_fault("plc", {"chuck_switch_stuck": 1})
        tool.to_execute()
        tool.done(LID, 1)
        tool.done(NOZZLE, 1)
        parameter(tool, 1, 1, "H", 8400)
        tool.spend(2.0)
        tool.done(NOZZLE, 0)
        assert tool.hazards == ["resist poured on the bare chuck"]


def test_a_batch_while_the_wafer_turns_slowly_coats_too(tool: Bench) -> None:
    ready_to_spin(tool)
    turn(tool, 100)
    dispense(tool, 5.0, 15.0)
    turn(tool, 1500)
    tool.spend(41.5)
    turn(tool, 0)
    tool.spend(11.5)
    tool.done(DEGAS, 50, 10)
    assert tool.plant.wafer is not None
    assert after_spincoat(tool.plant.wafer)["floor_um"] == near(20.91, rel=0.02)
