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
    EXECUTE,
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
START, FREQUENCY, REQUIRED, ERRORS = 0x31, 0x33, 0xE8, 0x12D
TOO_LONG = "wafer left in the solvent longer than 1.5 times the set time"


def sprays(tool: Bench, bar: float = 2.0) -> None:
    """Have the pump keep a pressure whenever its terminal is closed."""
    for register, value in ((REQUIRED, round(bar * 100)), (START, 1)):
        tool.time.wait(0.01)
        tool.registers("spray_pump").write(Table.HOLDING, register, [value])


def alicat(tool: Bench, line: str) -> str:
    tool.time.wait(0.01)
    answers = tool.stream("nitrogen").receive(f"{line}\r".encode())
    return b"".join(answer.data for answer in answers).decode().strip()


def blows(tool: Bench, lpm: float = 40.0) -> None:
    assert "?" not in alicat(tool, f"AS{lpm * 1000:.0f}")


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(StripperPlant) as made:
        made.plant.load(plated())
        sprays(made)
        blows(made)
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
    tool.spend(5.0)
    assert tool.real(3) == 0.0
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


# --- spray ----------------------------------------------------------------------------------------


def test_the_pump_turns_in_the_tanks_only_and_keeps_its_pressure(tool: Bench) -> None:
    assert tool.real(3) == 0.0
    tool.to_execute(NOMINAL)
    tool.spend(10.0)
    assert tool.real(3) == near(2.0, rel=0.01)
    assert tool.registers("spray_pump").read(Table.HOLDING, FREQUENCY, 1) == [354]
    tool.spend(1960.0)
    assert tool.real(3) == near(2.0, rel=0.01)
    tool.spend(30.0)
    assert tool.real(3) == 0.0


def residue_pct(tool: Bench) -> float:
    tool.until(COMPLETE, 3100)
    assert tool.plant.wafer is not None
    return after_strip(tool.plant.wafer)["residue_pct"]


def test_half_the_pressure_leaves_more_residue(tool: Bench) -> None:
    sprays(tool, bar=1.0)
    tool.to_execute(NOMINAL)
    assert residue_pct(tool) > 0.2


def test_a_pump_that_was_never_started_leaves_the_film(tool: Bench) -> None:
    tool.time.wait(0.01)
    tool.registers("spray_pump").write(Table.HOLDING, START, [0])
    tool.to_execute(NOMINAL)
    assert residue_pct(tool) > 20.0


@pytest.mark.parametrize(
    "fault", [{"overload": 1.0}, {"nozzles_share": 0.2}, {"head_share": 0.1}], ids=str
)
def test_a_spray_that_fails_leaves_the_film(tool: Bench, fault: dict[str, float]) -> None:
    tool.to_execute(NOMINAL)
    tool.spend(60.0)
    tool.plant.set_fault("spray_pump", fault)
    tool.spend(10.0)
    clogged = "nozzles_share" in fault
    assert (tool.real(3) == near(2.0, rel=0.01)) is clogged
    assert residue_pct(tool) > 5.0


def test_an_empty_tank_stops_the_pump_and_a_blind_drive_runs_it_dry(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"float_stuck": 1})
    tool.to_execute(NOMINAL)
    tool.spend(10.0)
    tool.plant.set_fault("plc", {"level_pct": 10.0})
    tool.spend(20.0)
    assert tool.registers("spray_pump").read(Table.HOLDING, ERRORS, 2) == [0, 1 << 6]
    assert tool.hazards == ["heater on without solvent over it"]
    tool.plant.set_fault("spray_pump", {"dry_unnoticed": 1})
    tool.spend(20.0)
    assert tool.hazards[-1] == "spray pump runs dry"


# --- nitrogen -------------------------------------------------------------------------------------


def at_the_dryer(tool: Bench) -> None:
    tool.to_execute({**NOMINAL, 103: 10.0})
    tool.spend(1500.0 + 480.0 + 5.0)
    assert tool.real(4) == 0.0
    tool.spend(12.0)


def test_nitrogen_flows_in_the_dryer_only(tool: Bench) -> None:
    assert alicat(tool, "A").split()[4] == "+000.00"
    at_the_dryer(tool)
    assert tool.real(4) == near(40.0, rel=0.01)
    assert float(alicat(tool, "A").split()[4]) == near(40_000.0, rel=0.01)
    tool.until(COMPLETE, 700)
    tool.spend(5.0)
    assert tool.real(4) == near(0.0, within=0.1)
    assert not tool.hazards


@pytest.mark.parametrize(
    ("role", "fault"),
    [("nitrogen", {"most_share": 0.2}), ("nitrogen", {"supply_kpa": 100.0}), ("plc", {"n2": 1.0})],
)
def test_nitrogen_that_fails_in_the_dryer_holds_and_can_be_made_good(
    tool: Bench, role: str, fault: dict[str, float]
) -> None:
    at_the_dryer(tool)
    tool.plant.set_fault(role, fault)
    tool.until(HELD, 10)
    assert 20 in tool.alarms
    mended = {"most_share": 1.0, "supply_kpa": 700.0, "n2": 0.0}
    tool.plant.set_fault(role, {name: mended[name] for name in fault})
    assert tool.order(5)[0] == ACCEPTED
    tool.until(COMPLETE, 700)
    assert not tool.hazards


def test_without_a_setpoint_the_dryer_holds_after_its_patience(tool: Bench) -> None:
    blows(tool, 0.0)
    at_the_dryer(tool)
    assert tool.state == EXECUTE
    tool.until(HELD, 5)
    assert 20 in tool.alarms


def test_a_flow_switch_that_sticks_lets_a_wet_wafer_out(tool: Bench) -> None:
    blows(tool, 5.0)
    tool.plant.set_fault("plc", {"flow_switch_stuck": 1})
    at_the_dryer(tool)
    assert tool.real(4) == near(40.0)
    tool.until(COMPLETE, 700)
    assert tool.hazards == ["wafer dried without nitrogen comes out wet"]


def test_a_valve_of_the_controller_that_sticks_keeps_its_flow(tool: Bench) -> None:
    at_the_dryer(tool)
    tool.plant.set_fault("nitrogen", {"valve_stuck": 1})
    blows(tool, 10.0)
    tool.spend(10.0)
    assert tool.real(4) == near(40.0, rel=0.01)
    tool.plant.set_fault("nitrogen", {"valve_stuck": 0})
    tool.spend(3.0)
    assert tool.real(4) == near(10.0, rel=0.01)
