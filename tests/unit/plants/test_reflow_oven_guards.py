"""The emulated reflow oven: what its controller guards, and what a person may do."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.core.wire import Table
from sim_hardware.reflow_oven import ReflowOvenPlant
from tests.unit.physics.near import near
from tests.unit.plants.oven_rig import (
    ACTUAL_SPEED,
    AT_EXIT,
    BELT,
    FORMIC,
    GET,
    HEATER,
    INSIDE,
    LOAD,
    WAITING,
    etched_wafer,
    found,
    inside,
    ready,
    tmcl,
    to_the_exit,
    turn,
    zones_c,
)
from tests.unit.plants.plant_bench import (
    ABORTED,
    ACCEPTED,
    COMPLETE,
    EXECUTE,
    HELD,
    REJECTED_INTERLOCK,
    REJECTED_STATE,
    STOPPED,
    Bench,
    bench,
)

DRIVER_STATUS = 208
STOPPED_INSIDE = "belt stopped with a wafer inside for 5 s"


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(ReflowOvenPlant) as made:
        made.plant.load(etched_wafer())
        yield made


def test_a_hold_stops_the_load_and_the_belt_runs_on(tool: Bench) -> None:
    ready(tool)
    assert tool.order(LOAD)[0] == ACCEPTED
    tool.order(4)
    tool.until(HELD, 5)
    tool.spend(5.0)
    assert tool.bit(WAITING)
    assert tool.real(1) == near(0.7, rel=0.01)
    tool.order(5)
    tool.until(EXECUTE, 5)
    tool.done(LOAD)


def test_a_silent_host_leaves_the_tool_held_and_the_wafer_comes_out_well(tool: Bench) -> None:
    inside(tool)
    tool.time.wait(400.0)
    assert tool.state == HELD
    assert 2 in tool.alarms
    assert tool.bit(AT_EXIT)
    assert found(tool)["tal"] == near(60.0, within=1.0)
    tool.plant.unload()
    assert not tool.hazards


@pytest.mark.parametrize("fault", ["emergency_stop", "door", "n2", "exhaust", "water"])
def test_an_interlock_in_mid_travel_ends_safe_and_lets_the_wafer_out(
    tool: Bench, fault: str
) -> None:
    inside(tool)
    tool.spend(100.0)
    tool.plant.set_fault("plc", {fault: 1})
    tool.until(ABORTED, 5)
    with pytest.raises(PlantRefuses, match="in the tunnel"):
        tool.plant.unload()
    to_the_exit(tool)
    assert tool.real(4) < 0.01
    assert tool.plant.unload().history[-1].step == "reflow"
    assert not tool.hazards


def test_the_emergency_stop_takes_the_heat_away_until_it_is_released(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"emergency_stop": 1})
    assert not tool.bit(HEATER)
    tool.spend(300.0)
    assert max(zones_c(tool)) < 100.0
    tool.plant.set_fault("plc", {"emergency_stop": 0})
    assert tool.bit(HEATER)


def test_an_abort_shuts_the_vapour_and_an_open_order_fails(tool: Bench) -> None:
    tool.to_execute()
    assert tool.order(FORMIC, 200)[0] == ACCEPTED
    tool.spend(5.0)
    tool.plant.set_fault("plc", {"exhaust": 1})
    assert tool.ack == REJECTED_STATE
    tool.until(ABORTED, 5)
    assert tool.order(FORMIC, 200) == (REJECTED_INTERLOCK, 5)
    assert not tool.hazards


def test_a_restart_of_the_controller_leaves_belt_and_nitrogen_as_they_were(tool: Bench) -> None:
    inside(tool)
    tool.spend(100.0)
    tool.plant.set_fault("plc", {"power_cycle": 1})
    assert tool.state == STOPPED
    assert tool.real(1) == near(0.7, rel=0.01)
    to_the_exit(tool)
    tool.plant.unload()
    assert not tool.hazards


@pytest.mark.parametrize("by_order", [True, False])
def test_a_belt_that_stands_with_a_wafer_inside_is_a_hazard_and_takes_the_heat_away(
    tool: Bench, *, by_order: bool
) -> None:
    inside(tool)
    tool.spend(200.0)
    if by_order:
        turn(tool, 0)
    else:
        tool.plant.set_fault("belt", {"jam": 1})
    tool.until(ABORTED, 10)
    assert tool.hazards == [STOPPED_INSIDE]
    assert 19 in tool.alarms
    assert not tool.bit(HEATER)
    with pytest.raises(PlantRefuses, match="hot"):
        tool.plant.unload()
    tool.spend(600.0)
    scrapped = tool.plant.unload()
    assert scrapped.bump is not None
    assert scrapped.history[-1].step == "etch_ubm"
    assert not tool.bit(INSIDE)


def test_the_heat_comes_back_with_a_reset(tool: Bench) -> None:
    inside(tool)
    turn(tool, 0)
    tool.until(ABORTED, 10)
    tool.order(9)
    tool.until(STOPPED, 5)
    assert not tool.bit(HEATER)
    tool.to_idle()
    assert tool.bit(HEATER)
    assert tool.hazards == [STOPPED_INSIDE]


def test_a_belt_that_stands_shortly_is_no_hazard(tool: Bench) -> None:
    inside(tool)
    tool.plant.set_fault("belt", {"jam": 1})
    tool.spend(4.0)
    tool.plant.set_fault("belt", {"jam": 0})
    tool.spend(30.0)
    assert not tool.hazards
    assert tool.state == EXECUTE


def test_a_jammed_belt_shows_on_its_encoder_and_not_on_the_motor(tool: Bench) -> None:
    tool.plant.set_fault("belt", {"jam": 1})
    tool.to_execute()
    tool.done(BELT, 1)
    turn(tool, 700)
    assert tool.real(1) == 0.0
    assert tmcl(tool, GET, ACTUAL_SPEED) > 0
    assert tmcl(tool, GET, DRIVER_STATUS) & 1
    assert tool.order(LOAD) == (REJECTED_STATE, 1)


def test_without_its_permit_the_motor_stands(tool: Bench) -> None:
    tool.to_execute()
    turn(tool, 700)
    assert tool.real(1) == 0.0
    tool.done(BELT, 1)
    turn(tool, 700)
    assert tool.real(1) == near(0.7, rel=0.01)
    tool.done(BELT, 0)
    tool.spend(3.0)
    assert tool.real(1) == 0.0


def test_the_permit_is_not_taken_back_while_a_wafer_is_inside(tool: Bench) -> None:
    inside(tool)
    assert tool.order(BELT, 0) == (REJECTED_STATE, 14)
    tool.spend(10.0)
    assert tool.real(1) == near(0.7, rel=0.01)


@pytest.mark.parametrize("fault", ["dead", "overtemperature"])
def test_a_drive_that_gives_up_with_a_wafer_inside_is_a_hazard_unless_it_comes_back_soon(
    tool: Bench, fault: str
) -> None:
    inside(tool)
    tool.spend(100.0)
    tool.plant.set_fault("belt", {fault: 1})
    tool.spend(3.0)
    tool.plant.set_fault("belt", {fault: 0})
    turn(tool, 700)
    assert not tool.hazards
    tool.plant.set_fault("belt", {fault: 1})
    tool.until(ABORTED, 10)
    assert tool.hazards == [STOPPED_INSIDE]


def test_a_drive_that_restarts_forgets_its_speed(tool: Bench) -> None:
    inside(tool)
    tool.spend(100.0)
    tool.stream("belt").power_cycle()
    tool.spend(2.0)
    assert tool.real(1) == 0.0
    turn(tool, 700)
    to_the_exit(tool)
    assert not tool.hazards


def test_a_belt_that_slips_melts_longer_and_only_its_encoder_tells(tool: Bench) -> None:
    inside(tool)
    tool.plant.set_fault("belt", {"slip_share": 0.7})
    assert tool.real(1) == near(0.49, rel=0.01)
    to_the_exit(tool)
    assert tool.real(8) > 80.0
    assert not tool.hazards


def test_a_belt_that_runs_backwards_with_a_wafer_is_a_hazard(tool: Bench) -> None:
    inside(tool)
    tool.spend(60.0)
    turn(tool, -700)
    assert tool.real(1) == near(0.7, rel=0.01)
    assert tool.hazards == ["belt runs backwards with a wafer inside"]


def test_a_runaway_zone_trips_and_aborts_without_stopping_the_belt(tool: Bench) -> None:
    inside(tool)
    tool.plant.set_fault("zones", {"zone_7_stuck_at_c": 400.0})
    tool.until(ABORTED, 120)
    assert 17 in tool.alarms
    assert not tool.word(24588) >> 10 & 1
    assert not tool.bit(HEATER)
    to_the_exit(tool)
    assert not tool.hazards
    tool.plant.set_fault("zones", {"zone_7_stuck_at_c": 0, "zone_7_thermostat_reset": 1})
    assert tool.word(24588) >> 10 & 1
    assert tool.bit(HEATER)


def test_an_overheated_wafer_is_a_hazard(tool: Bench) -> None:
    for number in (7, 8):
        tool.plant.set_fault("zones", {f"zone_{number}_sensor_offset_c": -22.0})
    tool.spend(1500.0)
    inside(tool)
    to_the_exit(tool)
    assert tool.hazards == ["wafer above 260 C"]


def test_too_much_vapour_shuts_the_bubbler_and_holds(tool: Bench) -> None:
    ready(tool)
    tool.plant.set_fault("plc", {"formic_share": 3.0})
    tool.until(HELD, 60)
    assert 20 in tool.alarms
    tool.spend(200.0)
    assert tool.real(4) < 0.1


@pytest.mark.parametrize(
    ("fault", "hazard"),
    [
        ("exhaust", "formic acid let in without exhaust"),
        ("door", "formic acid let in under an open hood"),
    ],
)
def test_a_hung_controller_that_leaves_the_vapour_on_is_a_hazard(
    tool: Bench, fault: str, hazard: str
) -> None:
    ready(tool)
    tool.plant.set_fault("plc", {"halted": 1})
    tool.plant.set_fault("plc", {fault: 1})
    assert tool.hazards == [hazard]


def test_a_broken_thermocouple_lets_its_zone_go_cold(tool: Bench) -> None:
    tool.plant.set_fault("zones", {"zone_3_sensor_open": 1})
    assert tool.registers("zones").read(Table.HOLDING, 2 * 5000 + 362, 1) == [65]
    tool.spend(600.0)
    assert zones_c(tool)[2] < 40.0


def test_a_wafer_can_go_back_before_it_was_sent(tool: Bench) -> None:
    assert tool.plant.unload().bump is None
    assert not tool.bit(0)
    with pytest.raises(PlantRefuses, match="no wafer"):
        tool.plant.unload()


def test_a_new_job_starts_the_logger_anew(tool: Bench) -> None:
    inside(tool)
    to_the_exit(tool)
    tool.order(10)
    tool.until(COMPLETE, 5)
    tool.plant.unload()
    tool.plant.load(etched_wafer())
    tool.to_execute()
    assert (tool.real(7), tool.real(8)) == (0.0, 0.0)
    tool.done(LOAD)
    to_the_exit(tool)
    assert tool.real(8) == near(60.0, within=1.0)


def test_an_unknown_fault_is_refused_and_changes_nothing(tool: Bench) -> None:
    with pytest.raises(KeyError, match="moon"):
        tool.plant.set_fault("zones", {"zone_1_temperature_c": 20.0, "moon": 1.0})
    assert tool.plant.state()["wafer_inside"] is False
    assert tool.plant.state()["zones_c"] == near([105, 145, 165, 172, 185, 228, 255, 250])
