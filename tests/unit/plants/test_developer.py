"""The emulated developer: both developments, the rinse nobody has to ask for, and its alarms."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.core.wire import Table
from sim_hardware.developer import DeveloperPlant
from sim_hardware.physics.metrology import after_develop1, after_develop2
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    ACCEPTED,
    COMPLETE,
    DONE,
    HELD,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    check_setpoint_limits,
    icd_rows,
)
from tests.unit.plants.wafers import exposed, flooded

FILM = {101: 1.5, 102: 200.0, 103: 40.0, 104: 25.0}
LIQUID = {101: 0.0, 102: 140.0, 103: 30.0, 104: 25.0}
REGISTERS = icd_rows("developer", frozenset({"float32_low_first", "int16"}))
SETPOINTS = [row for row in REGISTERS if row["access"] == "rw"]
START, REQUIRED_1, STATUS, HZ = 0x31, 0xE8, 0x1C1, 0x33  # of the spray pump's drive
TOO_LONG = "developer left on the wafer longer than 1.2 times the set time"


def write(tool: Bench, address: int, value: int) -> None:
    tool.registers("spray_pump").write(Table.HOLDING, address, [value])
    tool.time.wait(0.05)


def read(tool: Bench, address: int) -> int:
    (value,) = tool.registers("spray_pump").read(Table.HOLDING, address, 1)
    tool.time.wait(0.05)
    return value


def spray_at(tool: Bench, bar: float) -> None:
    """The drive started at this pressure; it waits for its terminal."""
    write(tool, REQUIRED_1, round(bar * 100))
    write(tool, START, 1)


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(DeveloperPlant) as made:
        made.plant.load(exposed())
        spray_at(made, 1.5)
        yield made


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    tool: Bench, row: dict[str, str]
) -> None:
    check_register(tool, row)


@pytest.mark.parametrize("row", SETPOINTS, ids=lambda row: row["name"])
def test_a_setpoint_is_refused_outside_its_range(tool: Bench, row: dict[str, str]) -> None:
    check_setpoint_limits(tool, row)


def test_the_carbonate_visit_leaves_the_nominal_opening(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.until(COMPLETE, 300)
    assert tool.real(7) == near(99.915, rel=0.01)
    assert tool.real(8) == near(200.0, rel=1e-3)
    wafer = tool.plant.unload()
    found = after_develop1(wafer)
    for name, value in {"CD_wall": 100.69, "wr": 7.134, "hr": 11.086, "scum_um": 0.0}.items():
        assert found[name] == near(value, rel=0.01)
    assert [visit.step for visit in wafer.history] == ["develop_film"]
    assert not tool.hazards


def test_the_tmah_visit_leaves_the_nominal_plug() -> None:
    with bench(DeveloperPlant, {"chemistry": "tmah"}) as tool:
        tool.plant.load(flooded())
        tool.to_execute(LIQUID)
        tool.spend(80.0)
        assert tool.real(7) == 0.0
        tool.until(COMPLETE, 300)
        assert tool.real(7) == near(83.753, rel=0.01)
        wafer = tool.plant.unload()
        found = after_develop2(wafer)
        assert found["f_res"] == near(0.828, rel=0.01)
        assert found["pull_um"] == near(1.189, rel=0.02)
        assert [visit.step for visit in wafer.history] == ["develop_liquid"]
        assert not tool.hazards


def test_the_chemistry_is_the_one_the_host_writes(tool: Bench) -> None:
    assert tool.real(1) == near(30.0)
    tool.put(200, 2)
    assert tool.real(1) == near(23.0)
    assert tool.real(2) == near(2.38 * 24.0)


def test_the_spray_and_the_spin_follow_the_steps(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.spend(5.0)
    assert tool.word(22) == 1
    assert tool.real(3) == near(1.5, rel=1e-4)
    assert tool.real(4) == near(12.0, rel=1e-4)
    assert tool.real(5) == 60.0
    tool.spend(200.0)
    assert tool.word(22) == 2
    assert (tool.real(3), tool.real(5)) == (0.0, 300.0)
    tool.spend(40.0)
    assert tool.word(22) == 3
    assert tool.real(5) == 2500.0


def test_a_hold_rinses_and_dries_and_the_rest_of_the_time_follows(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.spend(80.0)
    assert tool.order(4)[0] == ACCEPTED
    tool.until(HELD, 5)
    assert tool.real(5) == 300.0
    with pytest.raises(PlantRefuses, match="spins"):
        tool.plant.unload()
    tool.spend(300.0)
    assert tool.real(5) == 0.0
    assert tool.order(5)[0] == ACCEPTED
    tool.until(COMPLETE, 300)
    assert tool.real(7) == near(99.915, rel=0.02)  # the pump runs up twice
    assert tool.plant.wafer is not None
    assert after_develop1(tool.plant.wafer)["wr"] == near(7.134, rel=0.01)
    assert not tool.hazards


@pytest.mark.parametrize("fault", ["emergency_stop", "door", "leak"])
def test_an_interlock_in_mid_step_ends_rinsed_and_dry(tool: Bench, fault: str) -> None:
    tool.to_execute(FILM)
    tool.spend(50.0)
    tool.plant.set_fault("plc", {fault: 1})
    tool.until(ABORTED, 5)
    tool.spend(400.0)
    assert tool.real(8) == near(50.0, within=1.5)
    assert tool.plant.unload().history == ()
    assert not tool.hazards


def test_a_silent_host_leaves_the_wafer_rinsed(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.time.wait(600.0)
    assert tool.state == HELD
    assert 2 in tool.alarms
    assert tool.real(8) < 5.0
    assert not tool.hazards


def test_a_person_can_have_the_wafer_rinsed_after_a_stop(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.spend(10.0)
    assert tool.order(3)[0] == ACCEPTED
    tool.spend(1.5)
    assert tool.done(122, 20) == near(40.0, within=0.5)
    tool.plant.unload()


def test_a_rinse_is_refused_while_the_sequence_runs(tool: Bench) -> None:
    tool.to_execute(FILM)
    assert tool.order(122, 20) == (REJECTED_STATE, 0)


def test_a_hung_controller_leaves_developer_on_the_wafer(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.spend(100.0)
    tool.plant.set_fault("plc", {"halted": 1})
    tool.time.wait(139.0)
    assert not tool.hazards
    tool.time.wait(5.0)
    assert tool.hazards == [TOO_LONG]
    tool.plant.set_fault("plc", {"halted": 0})
    assert not tool.real(4)


def test_a_valve_that_sticks_leaves_developer_on_the_wafer(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.plant.set_fault("plc", {"valve_stuck": 1})
    tool.until(COMPLETE, 300)
    assert tool.hazards == [TOO_LONG]
    tool.plant.set_fault("plc", {"valve_stuck": 0})
    assert tool.plant.wafer is not None
    assert after_develop1(tool.plant.wafer)["wr"] > 7.5


@pytest.mark.parametrize(
    ("role", "fault", "alarm"),
    [
        ("carbonate_bath", {"temperature_c": 26.0}, 20),
        ("carbonate_bath", {"wt_pct": 0.7}, 18),
        ("plc", {"rinse_mohm": 2.0}, 21),
    ],
)
def test_a_start_is_refused_with_the_alarm_of_what_is_wrong(
    tool: Bench, role: str, fault: dict[str, float], alarm: int
) -> None:
    tool.plant.set_fault(role, fault)
    assert tool.start(FILM) == (REJECTED_STATE, alarm)
    assert alarm in tool.alarms


def test_a_clogged_nozzle_holds_and_the_wafer_is_rinsed(tool: Bench) -> None:
    tool.to_execute(FILM)
    tool.spend(20.0)
    tool.plant.set_fault("plc", {"nozzle_share": 0.5})
    tool.until(HELD, 10)
    assert 17 in tool.alarms
    tool.spend(100.0)
    assert tool.real(8) == near(25.0, within=1.0)
    assert not tool.hazards


def test_a_drained_sump_stops_its_circulator_and_forbids_a_start(tool: Bench) -> None:
    tool.to_idle()
    tool.done(120, 1, within_s=130)
    assert tool.stream("carbonate_bath").receive(b"STATUS\r")[0].data == b"-01 LOW LEVEL ALARM\r\n"
    assert tool.real(2) == 0.0
    assert tool.order(3)[0] == ACCEPTED
    tool.spend(1.5)
    assert tool.start(FILM) == (REJECTED_STATE, 19)


def test_a_filled_sump_is_cold_until_somebody_starts_its_circulator(tool: Bench) -> None:
    tool.to_idle()
    tool.done(120, 2, within_s=130)
    tool.done(121, 2, within_s=190)
    tool.put(200, 2)
    assert tool.real(1) == near(20.0, within=1.0)
    assert tool.stream("tmah_bath").receive(b"STATUS\r")[0].data == b"02 REMOTE STOP\r\n"


def test_the_circulators_stand_warm_and_run(tool: Bench) -> None:
    bath = tool.stream("carbonate_bath")
    assert bath.receive(b"IN_PV_00\r")[0].data == b"30.00\r\n"
    tool.time.wait(0.1)
    assert bath.receive(b"IN_MODE_05\r")[0].data == b"1\r\n"
    assert tool.plant.state()["action"] == "stand"


def test_a_load_of_recipe_is_done_at_once(tool: Bench) -> None:
    tool.to_idle()
    assert tool.order(100, recipe=3) == (DONE, 0)
