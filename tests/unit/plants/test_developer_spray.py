"""The developer's spray pump: pressure is what the drive makes of it, and what follows if not."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.wire import Table
from sim_hardware.developer import DeveloperPlant
from sim_hardware.physics.metrology import after_develop1
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import COMPLETE, EXECUTE, HELD, Bench, bench
from tests.unit.plants.test_developer import FILM, HZ, START, STATUS, read, spray_at, write
from tests.unit.plants.wafers import exposed

ACTUAL, ERRORS = 0x32, 0x12D
TERMINAL, STARTED, RUNS = 1 << 4, 1 << 5, 1 << 6
LOW_FLOW, PUMP_BIT = 17, 4


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(DeveloperPlant) as made:
        made.plant.load(exposed())
        yield made


def recess_um(tool: Bench) -> float:
    assert tool.plant.wafer is not None
    return after_develop1(tool.plant.wafer)["wr"]


def test_the_pump_is_left_stopped(tool: Bench) -> None:
    assert read(tool, STATUS) & (TERMINAL | STARTED | RUNS) == 0
    assert not tool.bit(PUMP_BIT)


def test_a_started_drive_waits_for_its_terminal_and_rests_after_the_step(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.spend(5.0)
    assert read(tool, STATUS) & (TERMINAL | STARTED | RUNS) == STARTED
    tool.to_execute(FILM)
    tool.spend(5.0)
    assert read(tool, STATUS) & (TERMINAL | RUNS) == TERMINAL | RUNS
    assert read(tool, ACTUAL) == 150
    assert read(tool, HZ) == near(289.0, within=1.0)
    assert tool.bit(PUMP_BIT)
    tool.spend(200.0)
    assert read(tool, STATUS) & (TERMINAL | RUNS) == 0
    assert tool.real(3) == 0.0


def test_a_puddle_needs_no_pump(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.to_execute({**FILM, 101: 0.0})
    tool.spend(30.0)
    assert read(tool, STATUS) & TERMINAL == 0
    assert tool.state == EXECUTE
    assert LOW_FLOW not in tool.alarms


@pytest.mark.parametrize("bar", [0.0, 0.8])
def test_too_little_pressure_holds_after_five_seconds_and_the_wafer_is_rinsed(
    tool: Bench, bar: float
) -> None:
    spray_at(tool, bar)
    tool.to_execute(FILM)
    tool.spend(4.0)
    assert tool.state == EXECUTE
    tool.spend(3.0)
    assert tool.state == HELD
    assert LOW_FLOW in tool.alarms
    tool.spend(100.0)
    assert tool.real(8) < 6.0
    assert not tool.hazards


def test_a_drive_that_nobody_started_holds_the_job(tool: Bench) -> None:
    write(tool, 0xE8, 150)
    tool.to_execute(FILM)
    tool.until(HELD, 10)
    assert LOW_FLOW in tool.alarms


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("spray_pump", {"overload": 1.0}),
        ("carbonate_bath", {"empty": 1.0}),
    ],
)
def test_a_pump_that_fails_in_mid_step_holds_the_job(
    tool: Bench, role: str, fault: dict[str, float]
) -> None:
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(50.0)
    tool.plant.set_fault(role, fault)
    assert any(tool.registers("spray_pump").read(Table.HOLDING, ERRORS, 2))
    tool.until(HELD, 10)
    assert LOW_FLOW in tool.alarms
    assert not tool.hazards


def test_a_host_that_stops_the_pump_in_mid_step_holds_the_job(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(50.0)
    write(tool, START, 0)
    tool.until(HELD, 10)
    assert tool.real(8) == near(56.0, within=1.5)


@pytest.mark.parametrize(("bar", "wider"), [(1.1, False), (3.0, True)])
def test_another_pressure_opens_the_wall_less_or_more(tool: Bench, bar: float, wider: bool) -> None:
    spray_at(tool, bar)
    tool.to_execute(FILM)
    tool.until(COMPLETE, 300)
    assert (recess_um(tool) > 7.25) == wider
    assert (recess_um(tool) < 7.05) == (not wider)
    assert not tool.hazards


def test_a_pressure_changed_in_mid_step_moves_the_breakpoint_that_is_to_come(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(40.0)
    spray_at(tool, 3.0)
    tool.spend(140.0)
    assert 70.0 < tool.real(7) < 95.0


def test_a_clogged_nozzle_keeps_its_pressure_and_loses_its_flow(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(20.0)
    tool.plant.set_fault("plc", {"nozzle_share": 0.9})
    tool.spend(10.0)
    assert tool.real(3) == near(1.5, rel=1e-4)
    assert tool.real(4) == near(10.8, rel=1e-3)
    assert tool.state == EXECUTE


def test_a_pump_that_does_not_see_that_it_runs_dry_is_a_hazard(tool: Bench) -> None:
    tool.plant.set_fault("spray_pump", {"dry_run_unseen": 1.0})
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(20.0)
    tool.plant.set_fault("carbonate_bath", {"empty": 1.0})
    assert tool.hazards == ["spray pump runs dry"]


def test_after_a_dip_of_the_mains_the_drive_goes_on(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(20.0)
    tool.plant.set_fault("spray_pump", {"mains_failed": 1.0})
    tool.spend(10.0)
    assert tool.state == EXECUTE
    assert tool.real(3) == near(1.5, rel=1e-4)


def test_a_hung_controller_keeps_the_pump_running(tool: Bench) -> None:
    spray_at(tool, 1.5)
    tool.to_execute(FILM)
    tool.spend(150.0)
    tool.plant.set_fault("plc", {"halted": 1})
    tool.time.wait(80.0)
    assert read(tool, STATUS) & (TERMINAL | RUNS) == TERMINAL | RUNS
