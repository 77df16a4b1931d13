"""The emulated spin coater: the nominal coat, the chain that lets the spindle turn, hazards."""

import struct
from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.core.wire import Table
from sim_hardware.physics.metrology import after_spincoat
from sim_hardware.spin_coater import SpinCoaterPlant
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
    icd_rows,
)
from tests.unit.plants.wafers import opened

REGISTERS = icd_rows("spin_coater", frozenset({"float32_low_first", "bit6", "bit7", "bit8"}))
CHUCK, LID, NOZZLE, EDGE_BEAD, DEGAS, TO_PLATE, TO_CHUCK = range(120, 127)
WITHOUT_VACUUM = "spindle turning without chuck vacuum"


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(SpinCoaterPlant) as made:
        made.plant.load(opened())
        yield made


def telegram(tool: Bench, command: int, kind: int, value: int) -> tuple[int, int]:
    """Status and value of the drive's answer."""
    head = struct.pack(">BBBBi", 1, command, kind, 0, value)
    (answer,) = tool.stream("spindle").receive(head + bytes([sum(head) & 0xFF]))
    _, _, status, _, result = struct.unpack(">BBBBi", answer.data[:8])
    return status, result


def turn(tool: Bench, rpm: int) -> None:
    telegram(tool, 5, 11, 1000)
    assert telegram(tool, 1, 0, rpm)[0] == 100


def speed(tool: Bench) -> int:
    return telegram(tool, 6, 3, 0)[1]


def parameter(tool: Bench, process: int, number: int, kind: str, value: float) -> None:
    """Write one parameter of the dispenser: kind b, H or f as in struct."""
    code = {"B": 0x00, "H": 0x20, "f": 0x40}[kind]
    chain = bytes([1, process, number | code]) + struct.pack(
        f">{kind}", value if kind == "f" else int(value)
    )
    message = f":{len(chain) + 1:02X}03{chain.hex().upper()}\r\n".encode()
    (answer,) = tool.stream("dispenser").receive(message)
    assert answer.data[5:9] == b"0000", answer.data


def dispense(tool: Bench, millilitres: float, seconds: float) -> None:
    """A batch by the dispenser's own counter, as a host has it done."""
    grams = millilitres * 1.05
    parameter(tool, 104, 3, "f", grams)
    parameter(tool, 104, 5, "B", 1)
    parameter(tool, 104, 6, "H", 0)
    parameter(tool, 104, 8, "B", 2)
    parameter(tool, 115, 8, "B", 1)
    tool.done(NOZZLE, 1)
    parameter(tool, 1, 1, "H", round(grams / seconds * 60.0 / 120.0 * 32000))
    tool.spend(seconds + 2.0)
    parameter(tool, 1, 1, "H", 0)
    tool.done(NOZZLE, 0)


def ready_to_spin(tool: Bench) -> None:
    tool.to_execute()
    tool.done(CHUCK, 1)
    tool.done(LID, 1)


def spun(tool: Bench) -> None:
    """Dispense, spin and stop, as the nominal recipe does."""
    ready_to_spin(tool)
    dispense(tool, 5.0, 15.0)
    turn(tool, 1500)
    tool.spend(41.5)
    turn(tool, 0)
    tool.spend(1.5)


def baked(tool: Bench) -> None:
    spun(tool)
    tool.spend(10.0)
    tool.done(DEGAS, 50, 10)
    tool.done(CHUCK, 0)
    tool.done(TO_PLATE)
    tool.spend(300.0)
    tool.done(TO_CHUCK)


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    tool: Bench, row: dict[str, str]
) -> None:
    check_register(tool, row)


def test_the_nominal_visit_leaves_the_nominal_coat(tool: Bench) -> None:
    baked(tool)
    assert tool.plant.state()["poured_ml"] == near(5.0, rel=0.02)
    assert tool.real(7) == near(300.0, within=1.0)
    tool.order(10)
    tool.until(COMPLETE, 5)
    wafer = tool.plant.unload()
    found = after_spincoat(wafer)
    for name, value in {"h_flat": 10.162, "floor_um": 20.91, "fill": 0.994}.items():
        assert found[name] == near(value, rel=0.01), name
    assert found["solvent"] == near(0.005, within=0.0006)
    assert [visit.step for visit in wafer.history] == ["coat_liquid"]
    assert not tool.hazards


def test_edge_bead_while_the_wafer_stands_does_not_count_as_rest(tool: Bench) -> None:
    spun(tool)
    tool.done(EDGE_BEAD, 25)
    tool.spend(10.0)
    tool.done(DEGAS, 50, 10)
    assert tool.plant.wafer is not None
    assert after_spincoat(tool.plant.wafer)["floor_um"] == near(20.91, rel=0.01)


def test_without_a_degas_air_stays_in_the_recess(tool: Bench) -> None:
    spun(tool)
    tool.done(CHUCK, 0)
    tool.done(TO_PLATE)
    tool.spend(300.0)
    tool.done(TO_CHUCK)
    assert tool.plant.wafer is not None
    assert after_spincoat(tool.plant.wafer)["fill"] < 0.9


def test_the_chuck_is_done_above_its_limit_and_permits_with_the_lid_only(tool: Bench) -> None:
    tool.to_execute()
    tool.done(CHUCK, 1)
    assert tool.real(1) > 60.0
    assert not tool.bit(8)
    tool.done(LID, 1)
    assert tool.bit(7)
    assert tool.bit(8)


def test_the_chuck_never_gets_good_without_a_wafer() -> None:
    with bench(SpinCoaterPlant) as tool:
        tool.to_execute()
        assert tool.order(CHUCK, 1)[0] == ACCEPTED
        tool.spend(30.0)
        assert tool.ack == ACCEPTED
        assert tool.real(1) < 30.0


def test_the_spindle_does_not_turn_with_the_lid_open(tool: Bench) -> None:
    tool.to_execute()
    tool.done(CHUCK, 1)
    turn(tool, 1500)
    tool.spend(5.0)
    assert speed(tool) == 0


def test_a_spindle_outside_execute_does_not_turn(tool: Bench) -> None:
    tool.to_idle()
    tool.done(CHUCK, 1)
    tool.done(LID, 1)
    turn(tool, 1500)
    tool.spend(5.0)
    assert speed(tool) == 0


@pytest.mark.parametrize(
    ("code", "args", "info"), [(NOZZLE, (1,), 1), (EDGE_BEAD, (5,), 1), (DEGAS, (50, 5), 7)]
)
def test_liquids_and_vacuum_are_refused_on_a_tool_that_is_not_ready(
    tool: Bench, code: int, args: tuple[int, ...], info: int
) -> None:
    tool.to_execute()
    assert tool.order(code, *args) == (REJECTED_STATE, info)


def test_the_chuck_keeps_a_turning_wafer_and_the_lid_stays_closed(tool: Bench) -> None:
    ready_to_spin(tool)
    turn(tool, 1000)
    tool.spend(3.0)
    assert tool.order(CHUCK, 0) == (REJECTED_STATE, 8)
    assert tool.order(LID, 0) == (REJECTED_STATE, 8)
    assert tool.order(TO_PLATE) == (REJECTED_STATE, 1)
    assert speed(tool) == 1000


@pytest.mark.parametrize("fault", ["emergency_stop", "door", "exhaust"])
def test_an_interlock_while_it_spins_brakes_and_lets_the_wafer_out(tool: Bench, fault: str) -> None:
    ready_to_spin(tool)
    dispense(tool, 5.0, 15.0)
    turn(tool, 1500)
    tool.spend(10.0)
    tool.plant.set_fault("plc", {fault: 1})
    tool.until(ABORTED, 5)
    tool.spend(2.0)
    assert speed(tool) == 0
    tool.plant.unload()
    assert not tool.hazards


def test_an_abort_in_mid_dispense_shuts_the_nozzle(tool: Bench) -> None:
    ready_to_spin(tool)
    tool.done(NOZZLE, 1)
    parameter(tool, 1, 1, "H", 8400)  # 0.5 mL each second
    tool.spend(4.0)
    assert tool.order(8)[0] == ACCEPTED
    tool.spend(20.0)
    assert tool.plant.state()["poured_ml"] == near(1.925, rel=0.01)
    assert tool.real(3) == near(150.0)
    assert tool.plant.unload().resist is None


def test_an_abort_under_vacuum_vents_the_chamber(tool: Bench) -> None:
    ready_to_spin(tool)
    tool.order(DEGAS, 50, 60)
    tool.spend(20.0)
    assert tool.real(4) == near(5.0, within=0.1)
    tool.order(8)
    tool.spend(1.5)
    tool.spend(20.0)
    assert tool.real(4) > 95.0
    tool.plant.unload()


def test_a_silent_host_ends_the_bake_and_the_host_can_take_it_up_again(tool: Bench) -> None:
    spun(tool)
    tool.spend(10.0)
    tool.done(DEGAS, 50, 10)
    tool.done(CHUCK, 0)
    tool.done(TO_PLATE)
    tool.spend(100.0)
    tool.time.wait(60.0)
    assert tool.state == HELD
    assert tool.bit(6)
    assert tool.real(7) == near(103.5, within=1.0)
    tool.put(111, 0)
    tool.put(111, 1)
    tool.order(5)
    tool.spend(1.5)
    tool.done(TO_PLATE)
    tool.spend(196.0)
    tool.done(TO_CHUCK)
    assert tool.real(7) == near(300.0, within=2.0)
    assert tool.plant.wafer is not None
    assert after_spincoat(tool.plant.wafer)["solvent"] == near(0.005, within=0.0006)
    assert not tool.hazards


def test_a_leaking_chuck_brakes_before_the_wafer_comes_off(tool: Bench) -> None:
    ready_to_spin(tool)
    turn(tool, 1500)
    tool.spend(5.0)
    tool.plant.set_fault("plc", {"chuck_leak": 1})
    tool.until(ABORTED, 10)
    tool.spend(10.0)
    assert 17 in tool.alarms
    assert speed(tool) == 0
    assert not tool.hazards


def test_a_switch_that_lies_lets_a_loose_wafer_turn(tool: Bench) -> None:
    tool.plant.set_fault("plc", {"chuck_switch_stuck": 1})
    tool.to_execute()
    tool.done(LID, 1)
    turn(tool, 1500)
    assert tool.hazards == [WITHOUT_VACUUM]


def test_a_leak_behind_a_switch_that_lies_throws_the_wafer(tool: Bench) -> None:
    ready_to_spin(tool)
    turn(tool, 1500)
    tool.spend(5.0)
    tool.plant.set_fault("plc", {"chuck_switch_stuck": 1, "chuck_leak": 1})
    tool.spend(10.0)
    assert tool.hazards == [WITHOUT_VACUUM]


def test_a_plate_that_is_far_too_hot_burns_the_resist(tool: Bench) -> None:
    tool.to_execute()
    tool.plant.set_fault("hotplate", {"sensor_offset_c": -25.0, "temperature_c": 135.0})
    tool.done(TO_PLATE)
    assert tool.hazards == ["wafer on the hotplate above 130 C: the resist decomposes"]


def test_a_wafer_forgotten_on_the_plate_is_a_hazard(tool: Bench) -> None:
    tool.to_execute()
    tool.done(TO_PLATE)
    with pytest.raises(PlantRefuses):
        tool.plant.unload()
    tool.spend(3700.0)
    assert tool.hazards == ["wafer left on the hotplate for an hour"]


def test_low_cup_exhaust_aborts_and_a_low_bottle_warns(tool: Bench) -> None:
    tool.to_execute()
    tool.plant.set_fault("plc", {"resist_ml": 50.0})
    assert 201 in tool.alarms
    tool.plant.set_fault("plc", {"exhaust_pct": 60.0})
    tool.until(ABORTED, 5)
    assert 18 in tool.alarms
    tool.plant.set_fault("plc", {"exhaust_pct": 100.0, "resist_ml": 4000.0})
    assert 201 not in tool.alarms


def test_a_runaway_plate_trips_its_thermostat(tool: Bench) -> None:
    tool.plant.set_fault("hotplate", {"stuck_at_c": 300.0})
    tool.to_execute()
    tool.until(ABORTED, 60)
    assert tool.word(24588) >> 10 & 1 == 0


def test_an_arm_on_its_way_goes_on_through_an_abort(tool: Bench) -> None:
    tool.to_execute()
    assert tool.order(TO_PLATE)[0] == ACCEPTED
    tool.spend(1.0)
    tool.order(8)
    tool.spend(10.0)
    assert tool.bit(6)
    assert tool.done(TO_CHUCK) == near(21.0, within=0.5)
    assert not tool.bit(6)
    tool.plant.unload()


def test_the_plate_stands_warm_under_its_controller(tool: Bench) -> None:
    assert tool.registers("hotplate").read(Table.HOLDING, 1, 1) == [1100]
    assert tool.plant.state()["plate_c"] == near(110.0)
    assert tool.order(CHUCK, 1)[0] != DONE
