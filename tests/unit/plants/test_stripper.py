"""The emulated stripper: the nominal strip, the lift nobody has to ask for, and a dry heater."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.core.wire import Table
from sim_hardware.physics.metrology import after_strip
from sim_hardware.stripper import StripperPlant
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
from tests.unit.plants.wafers import plated

NOMINAL = {101: 1500.0, 102: 480.0, 103: 360.0, 104: 600.0, 105: 100.0}
REGISTERS = icd_rows("stripper", frozenset({"float32_low_first", "int16"}))
SETPOINTS = [row for row in REGISTERS if row["access"] == "rw"]
TOO_LONG = "wafer left in the solvent longer than 1.5 times the set time"


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(StripperPlant) as made:
        made.plant.load(plated())
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
    tool.to_execute(NOMINAL)
    tool.until(COMPLETE, 3100)
    assert tool.real(6) == near(1980.0, rel=1e-3)
    wafer = tool.plant.unload()
    found = after_strip(wafer)
    assert found["residue_pct"] == near(0.08241, rel=0.02)
    assert found["sn_loss"] == near(0.25, rel=0.01)
    assert wafer.resist is None
    assert [visit.step for visit in wafer.history] == ["strip"]
    assert not tool.hazards


def test_a_hold_lifts_the_basket_and_the_rest_of_the_time_follows(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.spend(600.0)
    assert tool.order(4)[0] == ACCEPTED
    tool.until(HELD, 5)
    assert tool.real(3) > 0.0
    with pytest.raises(PlantRefuses, match="basket"):
        tool.plant.unload()
    tool.spend(2000.0)
    assert tool.bit(2)
    tool.order(5)
    tool.until(COMPLETE, 3100)
    assert tool.plant.wafer is not None
    assert after_strip(tool.plant.wafer)["residue_pct"] == near(0.08241, rel=0.02)
    assert not tool.hazards


@pytest.mark.parametrize("fault", ["emergency_stop", "leak", "exhaust"])
def test_an_interlock_in_mid_step_lifts_the_wafer_out(tool: Bench, fault: str) -> None:
    tool.to_execute(NOMINAL)
    tool.spend(100.0)
    tool.plant.set_fault("plc", {fault: 1})
    tool.until(ABORTED, 5)
    tool.spend(3000.0)
    assert tool.real(6) == near(100.0, within=1.5)
    assert tool.plant.unload().history == ()
    assert not tool.hazards


def test_a_silent_host_leaves_the_wafer_rinsed(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.time.wait(3000.0)
    assert tool.state == HELD
    assert tool.real(6) < 5.0
    assert not tool.hazards


def test_a_person_can_have_the_basket_lifted_after_a_stop(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.spend(10.0)
    assert tool.order(3)[0] == ACCEPTED
    tool.spend(1.5)
    assert tool.done(122, within_s=140) == near(130.0, within=1.0)
    tool.plant.unload()


def test_less_agitation_leaves_more_residue(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.spend(100.0)
    assert tool.order(120, 0) == (DONE, 0)
    assert not tool.bit(4)
    tool.until(COMPLETE, 3100)
    assert tool.plant.wafer is not None
    assert after_strip(tool.plant.wafer)["residue_pct"] > 20.0


def test_a_hung_controller_leaves_the_wafer_in_the_solvent(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.spend(100.0)
    tool.plant.set_fault("plc", {"halted": 1})
    tool.time.wait(2140.0)
    assert not tool.hazards
    tool.time.wait(20.0)
    assert tool.hazards == [TOO_LONG]


def test_a_low_tank_takes_the_heaters_power_and_aborts(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.plant.set_fault("plc", {"level_pct": 60.0})
    tool.until(ABORTED, 5)
    assert 17 in tool.alarms
    assert not tool.bit(3)
    assert not tool.hazards


def test_a_float_that_sticks_lets_the_heater_run_dry(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"float_stuck": 1})
    tool.plant.set_fault("plc", {"level_pct": 10.0})
    assert tool.hazards == ["heater on without solvent over it"]


def test_a_welded_relay_trips_the_thermostat_below_the_flash_point(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.plant.set_fault("tank_heater", {"stuck_at_c": 200.0})
    tool.until(ABORTED, 600)
    assert {18, 21} <= tool.alarms
    assert tool.plant.state()["tank_c"] == near(80.0, within=0.2)
    assert tool.word(24588) >> 10 & 1 == 0


def test_solvent_vapour_aborts_and_forbids_a_start(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.plant.set_fault("plc", {"vapour": 1})
    tool.until(ABORTED, 5)
    assert 19 in tool.alarms
    tool.plant.set_fault("plc", {"vapour": 0})
    assert tool.order(9)[0] == ACCEPTED
    tool.spend(1.5)
    assert tool.start(NOMINAL)[0] == ACCEPTED


def test_lost_nitrogen_holds_with_the_alarm_of_this_tool(tool: Bench) -> None:
    tool.to_execute(NOMINAL)
    tool.plant.set_fault("plc", {"n2": 1})
    tool.until(HELD, 5)
    assert 20 in tool.alarms


def test_a_tank_is_drained_with_its_heater_off_only(tool: Bench) -> None:
    tool.to_idle()
    assert tool.order(121) == (REJECTED_STATE, 3)
    tool.registers("tank_heater").write(Table.HOLDING, 4084, [0])
    tool.done(121, within_s=200)
    assert tool.real(2) == 0.0
    assert not tool.hazards


def test_the_tank_stands_warm_under_its_controller(tool: Bench) -> None:
    assert tool.registers("tank_heater").read(Table.HOLDING, 4006, 1) == [650]
    assert tool.real(1) == near(65.0)
    assert tool.plant.state()["basket"] == "out"
