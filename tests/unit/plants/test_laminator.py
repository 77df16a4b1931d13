"""The emulated laminator: the film it lays, what its controller shows, and what it guards."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.core.wire import Table
from sim_hardware.laminator import LaminatorPlant
from sim_hardware.physics.metrology import after_laminate
from sim_hardware.physics.wafer import Wafer
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    ACCEPTED,
    COMPLETE,
    EXECUTE,
    HELD,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    check_setpoint_limits,
    icd_rows,
)

NOMINAL = {101: 3.5, 102: 1.0, 103: 3.0, 104: 45.0}
REGISTERS = icd_rows("laminator", frozenset({"float32_low_first", "int16"}))
SETPOINTS = [row for row in REGISTERS if row["access"] == "rw"]


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(LaminatorPlant) as made:
        made.plant.load(Wafer("W1"))
        yield made


def step(tool: Bench) -> int:
    return tool.word(22)


def to_step(tool: Bench, number: int) -> None:
    for _ in range(200):
        if step(tool) == number:
            return
        tool.time.wait(0.5)
        tool.put(109, (tool.word(109) + 1) & 0x7FFF)
    raise AssertionError(f"step {number} never came")


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    tool: Bench, row: dict[str, str]
) -> None:
    check_register(tool, row)


@pytest.mark.parametrize("row", SETPOINTS, ids=lambda row: row["name"])
def test_a_setpoint_is_refused_outside_its_range(tool: Bench, row: dict[str, str]) -> None:
    check_setpoint_limits(tool, row)


def test_the_nominal_visit_leaves_the_nominal_film(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    seconds = tool.until(COMPLETE, 120)
    wafer = tool.plant.unload()
    found = after_laminate(wafer, 1800.0)
    assert found["T_um"] == near(119.898, rel=0.01)
    assert found["adhesion"] == near(0.984, rel=0.01)
    assert found["voids"] == near(0.026, rel=0.02)
    assert [visit.step for visit in wafer.history] == ["laminate_film"]
    assert 50.0 < seconds < 90.0
    assert tool.real(7) == near(199.76)
    assert not tool.hazards


def test_the_steps_follow_each_other_and_the_nip_is_closed_in_the_second_only(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    assert step(tool) == 1
    assert tool.bit(4)
    to_step(tool, 2)
    assert tool.real(3) == near(3.5)
    assert tool.real(8) < 3.01
    assert tool.real(9) == near(45.0, within=1.1)
    to_step(tool, 3)
    assert tool.real(3) == 0.0
    to_step(tool, 4)
    tool.until(COMPLETE, 30)
    assert tool.real(8) > 95.0


def test_a_hold_in_the_nip_waits_until_the_wafer_is_through(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    to_step(tool, 2)
    assert tool.order(4)[0] == ACCEPTED
    tool.until(HELD, 30)
    assert tool.plant.wafer is not None
    assert tool.plant.wafer.film is not None
    assert tool.plant.wafer.film.wrinkle_probability < 0.1
    with pytest.raises(PlantRefuses, match="vacuum"):
        tool.plant.unload()
    tool.order(5)
    tool.until(COMPLETE, 60)
    assert not tool.hazards


def test_an_emergency_stop_in_the_nip_opens_the_rolls_and_lets_the_wafer_out(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    to_step(tool, 2)
    tool.spend(5.0)
    tool.plant.set_fault("plc", {"emergency_stop": 1})
    tool.until(ABORTED, 5)
    assert tool.real(3) == 0.0
    assert not tool.bit(3)
    tool.spend(30.0)
    wafer = tool.plant.unload()
    assert wafer.film is not None
    assert wafer.film.wrinkle_probability == 1.0
    assert wafer.history == ()
    assert not tool.hazards


def test_a_silent_host_leaves_the_tool_held_and_the_wafer_well(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.time.wait(10.0)
    assert tool.state == HELD
    assert 2 in tool.alarms
    assert not tool.hazards


def test_cold_rolls_refuse_the_start_with_their_alarm(tool: Bench) -> None:
    tool.plant.set_fault("upper_roll", {"temperature_c": 60.0})
    assert tool.start(NOMINAL) == (REJECTED_STATE, 18)
    assert 18 in tool.alarms


def test_rolls_that_are_cold_behind_lying_sensors_are_a_hazard(tool: Bench) -> None:
    tool.plant.set_fault("lower_roll", {"sensor_offset_c": 40.0, "temperature_c": 65.0})
    tool.to_execute(NOMINAL)
    tool.until(COMPLETE, 120)
    assert tool.hazards == ["nip closed on cold rolls with a wafer"]


def test_a_second_film_over_the_first_is_a_hazard(tool: Bench) -> None:
    for _ in range(2):
        tool.to_execute(NOMINAL)
        tool.until(COMPLETE, 120)
    assert tool.hazards == ["film laminated over a film"]


def test_a_runaway_roll_trips_its_thermostat_and_aborts(tool: Bench) -> None:
    tool.to_execute(NOMINAL | {102: 0.1})
    tool.plant.set_fault("upper_roll", {"stuck_at_c": 300.0})
    tool.until(ABORTED, 120)
    assert tool.word(24588) >> 10 & 1 == 0
    assert 10 in tool.alarms
    assert tool.hazards == ["nip closed on overheated rolls with a wafer"]


@pytest.mark.parametrize(("fault", "alarm"), [("film_break", 17), ("misfeed", 20)])
def test_what_goes_wrong_with_the_film_aborts_with_its_alarm(
    tool: Bench, fault: str, alarm: int
) -> None:
    tool.to_execute(NOMINAL)
    tool.plant.set_fault("plc", {fault: 1})
    tool.until(ABORTED, 5)
    assert alarm in tool.alarms
    tool.plant.set_fault("plc", {fault: 0})


def test_a_weak_nip_opens_again_at_once(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"nip_share": 0.5})
    tool.to_execute(NOMINAL)
    tool.until(ABORTED, 60)
    assert 19 in tool.alarms
    assert tool.plant.wafer is not None
    assert tool.plant.wafer.film is None


def test_a_chamber_that_leaks_holds_the_job(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.plant.set_fault("plc", {"chamber_leak": 1})
    tool.until(HELD, 5)
    assert 13 in tool.alarms


def test_the_roll_runs_low_and_out(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"film_left_m": 2.1})
    tool.to_idle()
    tool.done(120, within_s=40)
    assert 201 in tool.alarms
    assert tool.real(7) == near(1.6)
    tool.done(121, 250)
    assert tool.real(7) == near(1.35)
    tool.plant.set_fault("plc", {"film_left_m": 0.1})
    assert tool.word(201) == 0


def test_the_film_on_the_unwinder_is_the_one_the_line_names() -> None:
    film = {"film_material": "negative_dry_film_opaque"}
    with bench(LaminatorPlant, film, {"plc": {"film_um": 77.4}}) as tool:
        assert tool.word(201) == 2
        assert tool.real(6) == near(77.4)
        tool.plant.load(Wafer("W1"))
        tool.to_execute(NOMINAL)
        tool.until(COMPLETE, 120)
        wafer = tool.plant.unload()
        assert wafer.film is not None
        assert wafer.film.opacity_per_um == 0.045


def test_a_wafer_is_not_put_in_while_the_tool_works(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    with pytest.raises(PlantRefuses, match="execute"):
        tool.plant.unload()
    with pytest.raises(PlantRefuses, match="already holds"):
        tool.plant.load(Wafer("W2"))
    assert tool.bit(0)
    assert tool.state == EXECUTE


def test_the_rolls_stand_warm_under_their_own_controllers(tool: Bench) -> None:
    for role, number in (("upper_roll", 1), ("lower_roll", 2)):
        assert tool.registers(role).read(Table.HOLDING, 0x2000, 1) == [1050]
        assert tool.real(number) == near(105.0)
    assert tool.plant.state()["state"] == "STOPPED"
