"""The emulated plating cell: what the current leaves in the openings, and what guards it."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.layout import LayoutError
from sim_hardware.core.wire import Table
from sim_hardware.core.words import WordOrder, float_value
from sim_hardware.physics.metrology import after_plate
from sim_hardware.plating_cell import PlatingCellPlant
from tests.rigs.prepared import wafer_before
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    COMPLETE,
    REJECTED_RECIPE,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    icd_rows,
)

START, FREQUENCY, MODE, ACTUATOR_HZ, ERRORS = 0x31, 0x33, 0x8B, 0xEA, 0x12D
ACTUATOR = 3
PH_RECORD, PH_LENGTH = 2089, 10
FLOW_LOW = 18
REGISTERS = icd_rows("plating_cell", frozenset({"float32_low_first", "int16"}))


@pytest.fixture
def cell() -> Iterator[Bench]:
    with bench(PlatingCellPlant, {"bath": "cu"}) as made:
        made.plant.load(wafer_before("plate_cu", "W1"))
        yield made


def say(cell: Bench, text: str) -> str:
    answers = cell.stream("rectifier").receive(f"{text}\r".encode())
    return b"".join(answer.data for answer in answers).decode().strip()


def circulates(cell: Bench, hz: float = 40.0) -> None:
    cell.done(122, 1, 200)
    pump = cell.registers("pump")
    for register, value in ((MODE, ACTUATOR), (ACTUATOR_HZ, round(hz * 10)), (START, 1)):
        cell.time.wait(0.01)
        pump.write(Table.HOLDING, register, [value])
    cell.spend(5.0)


def immersed(cell: Bench) -> None:
    cell.to_execute()
    cell.done(120, 1)
    cell.done(121, 15)
    circulates(cell)
    cell.done(123)


def current(cell: Bench, amps: float) -> None:
    for text in ("ADR 6", "RMT REM", "PV 3.0", f"PC {amps:.2f}", "OUT 1"):
        assert say(cell, text) == "OK", text


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    cell: Bench, row: dict[str, str]
) -> None:
    check_register(cell, row)


def test_the_nominal_visit_grows_the_nominal_stud(cell: Bench) -> None:
    immersed(cell)
    assert cell.bit(6)
    current(cell, 4.64)
    cell.spend(174.0)
    assert say(cell, "OUT 0") == "OK"
    assert cell.real(7) == near(807.4, rel=0.01)
    cell.done(124)
    cell.done(125, 20)
    cell.done(120, 0)
    cell.order(10)
    cell.until(COMPLETE, 10)
    wafer = cell.plant.unload()
    reference = wafer_before("plate_ni", "W2")
    assert after_plate(wafer)["h_um"] == near(after_plate(reference)["h_um"], rel=0.01)
    assert [visit.step for visit in wafer.history][-1] == "plate_cu"
    assert not cell.hazards


def test_a_fixture_that_is_not_sealed_is_not_lowered(cell: Bench) -> None:
    cell.to_execute()
    assert cell.order(123)[0] == REJECTED_STATE
    assert not cell.bit(6)


@pytest.mark.parametrize(
    ("role", "fault"),
    [("plc", {"emergency_stop": 1.0}), ("pump", {"flow_share": 0.2}), ("pump", {"overload": 1.0})],
)
def test_trouble_cuts_the_current_and_lifts(
    cell: Bench, role: str, fault: dict[str, float]
) -> None:
    immersed(cell)
    current(cell, 4.64)
    cell.spend(60.0)
    cell.plant.set_fault(role, fault)
    cell.until(ABORTED, 10)
    counted = cell.real(7)
    cell.spend(120.0)
    assert cell.real(7) == counted == near(278.4, rel=0.06)
    assert not cell.bit(2)
    assert cell.plant.unload().deposit is not None
    assert not cell.hazards


def test_a_wafer_forgotten_in_the_bath_is_a_hazard(cell: Bench) -> None:
    immersed(cell)
    cell.spend(90.0)
    assert cell.hazards == ["wafer in the bath without current for 60 s"]


def test_a_leaking_seal_holds_the_job(cell: Bench) -> None:
    cell.plant.set_fault("plc", {"seal_drop_kpa": 9.0})
    cell.to_execute()
    cell.order(120, 1)
    cell.spend(10.0)
    assert 19 in cell.alarms
    assert not cell.bit(7)


# --- circulation ----------------------------------------------------------------------------------


def lpm(cell: Bench) -> float:
    return cell.real(2)


def test_the_shift_before_left_the_pump_standing(cell: Bench) -> None:
    assert lpm(cell) == 0.0
    assert cell.registers("pump").read(Table.HOLDING, FREQUENCY, 1) == [0]
    assert not cell.bit(4)


def test_the_flow_follows_the_pump_with_half_a_litre_for_each_hertz(cell: Bench) -> None:
    cell.to_execute()
    circulates(cell, hz=30.0)
    assert lpm(cell) == near(15.0)
    assert cell.registers("pump").read(Table.HOLDING, FREQUENCY, 1) == [300]
    assert cell.bit(4)
    cell.done(122, 0, 0)
    cell.spend(1.2)
    assert lpm(cell) == near(7.5, within=0.5)
    cell.spend(2.0)
    assert lpm(cell) == 0.0
    assert not cell.alarms


def test_without_its_terminal_the_pump_stands(cell: Bench) -> None:
    cell.to_execute()
    circulates(cell)
    cell.done(122, 0, 0)
    cell.spend(5.0)
    cell.registers("pump").write(Table.HOLDING, START, [1])
    cell.spend(5.0)
    assert lpm(cell) == 0.0


def test_circulation_that_never_comes_raises_its_alarm_after_a_while(cell: Bench) -> None:
    cell.to_execute()
    cell.done(122, 1, 200)
    cell.spend(14.0)
    assert not cell.alarms
    cell.spend(2.0)
    assert cell.alarms == {FLOW_LOW}
    assert not cell.bit(6)


def test_values_that_circulation_cannot_have_are_refused(cell: Bench) -> None:
    cell.to_execute()
    assert cell.order(122, 2, 200) == (REJECTED_RECIPE, 104)
    assert cell.order(122, 1, 401) == (REJECTED_RECIPE, 105)


def test_a_pump_that_slows_down_takes_the_permit_before_the_current_does_harm(cell: Bench) -> None:
    immersed(cell)
    current(cell, 4.64)
    cell.time.wait(0.01)
    cell.registers("pump").write(Table.HOLDING, START, [0])
    cell.spend(3.0)
    assert not cell.bit(6)
    assert cell.plant.state()["amps"] == 0.0
    cell.until(ABORTED, 10)
    assert not cell.hazards


def test_less_flow_brings_the_metal_nearer_to_its_limit(cell: Bench) -> None:
    immersed(cell)
    cell.plant.set_fault("pump", {"flow_share": 0.6})
    current(cell, 4.64)
    cell.spend(174.0)
    say(cell, "OUT 0")
    assert cell.plant.wafer is not None
    deposit = cell.plant.wafer.deposit
    assert deposit is not None
    assert float(deposit.limit_share.max()) > 0.6


def test_an_empty_bath_stops_the_pump_and_a_blind_drive_runs_it_dry(cell: Bench) -> None:
    cell.to_execute()
    circulates(cell)
    cell.plant.set_fault("plc", {"level_pct": 10.0})
    cell.spend(15.0)
    assert cell.registers("pump").read(Table.HOLDING, ERRORS, 2) == [0, 1 << 6]
    assert not cell.hazards
    cell.plant.set_fault("pump", {"dry_unnoticed": 1})
    cell.spend(20.0)
    assert cell.hazards == ["circulation pump runs dry"]


# --- the acid -------------------------------------------------------------------------------------


def shown_ph(cell: Bench) -> float:
    words = cell.registers("ph").read(Table.HOLDING, PH_RECORD, PH_LENGTH)
    return float_value(words[2:4], WordOrder.LOW_FIRST)


@pytest.mark.parametrize(("bath", "low", "high"), [("cu", 0.1, 1.5), ("ni", 3.5, 4.6)])
def test_each_bath_stands_within_its_window(bath: str, low: float, high: float) -> None:
    with bench(PlatingCellPlant, {"bath": bath}) as cell:
        assert low < shown_ph(cell) < high


def plated_um(cell: Bench) -> float:
    immersed(cell)
    current(cell, 4.64)
    cell.spend(50.0)
    say(cell, "OUT 0")
    assert cell.plant.wafer is not None
    return after_plate(cell.plant.wafer)["h_um"]


def test_a_bath_out_of_its_window_deposits_less(cell: Bench) -> None:
    cell.plant.set_fault("ph", {"bath_ph": 3.5})
    assert shown_ph(cell) == near(3.5)
    spoilt_um = plated_um(cell)
    with bench(PlatingCellPlant, {"bath": "cu"}) as other:
        other.plant.load(wafer_before("plate_cu", "W1"))
        assert spoilt_um < 0.8 * plated_um(other)
    assert not cell.hazards


def test_current_in_a_spoilt_bath_for_long_is_a_hazard_that_a_stuck_sensor_hides(
    cell: Bench,
) -> None:
    immersed(cell)
    current(cell, 4.64)
    cell.plant.set_fault("ph", {"stuck": 1})
    cell.plant.set_fault("ph", {"bath_ph": 3.5})
    assert shown_ph(cell) == near(0.7)
    cell.spend(50.0)
    assert not cell.hazards
    cell.spend(20.0)
    assert cell.hazards == ["current in a bath of the wrong pH for 60 s"]


def test_a_sensor_can_drift_and_break(cell: Bench) -> None:
    cell.plant.set_fault("ph", {"drift_ph": 0.4})
    assert shown_ph(cell) == near(1.1)
    cell.plant.set_fault("ph", {"glass_broken": 1})
    assert cell.registers("ph").read(Table.HOLDING, PH_RECORD, PH_LENGTH)[4] & 1 << 4


# --- the bipolar supply ---------------------------------------------------------------------------


@pytest.fixture
def bipolar() -> Iterator[Bench]:
    with bench(PlatingCellPlant, {"bath": "cu"}, models={"rectifier": "kepco_bop"}) as made:
        made.plant.load(wafer_before("plate_cu", "W1"))
        yield made


def scpi(cell: Bench, *lines: str) -> str:
    answers = [
        answer.data.decode()
        for line in lines
        for answer in cell.stream("rectifier").receive(f"{line}\n".encode())
    ]
    return "".join(answers).strip()


def amps(cell: Bench) -> float:
    return float(scpi(cell, "MEAS:CURR?"))


def test_the_bipolar_supply_grows_the_nominal_stud_too(bipolar: Bench) -> None:
    immersed(bipolar)
    scpi(bipolar, "FUNC:MODE CURR", "VOLT 3.0", "CURR 4.64", "OUTP ON")
    assert amps(bipolar) == near(4.64, rel=1e-3)
    bipolar.spend(174.0)
    scpi(bipolar, "OUTP OFF")
    assert bipolar.real(7) == near(807.4, rel=0.01)
    bipolar.done(124)
    assert bipolar.plant.wafer is not None
    reference = wafer_before("plate_ni", "W2")
    grown_um = after_plate(bipolar.plant.wafer)["h_um"]
    assert grown_um == near(after_plate(reference)["h_um"], rel=0.01)
    assert not bipolar.hazards


def test_pulses_with_short_reversals_count_by_their_mean(bipolar: Bench) -> None:
    immersed(bipolar)
    scpi(bipolar, "FUNC:MODE CURR", "VOLT 3.0", "LIST:CURR 5.6,-4.0", "LIST:DWEL 0.09,0.01",
         "LIST:COUN 0", "CURR:MODE LIST", "OUTP ON")  # fmt: skip
    bipolar.spend(174.0)
    scpi(bipolar, "OUTP OFF")
    assert bipolar.real(7) == near(4.64 * 174.0, rel=0.01)
    assert bipolar.plant.wafer is not None
    assert after_plate(bipolar.plant.wafer)["h_um"] > 1.0
    assert not bipolar.hazards


def test_a_list_that_ends_at_zero_leaves_the_wafer_idle(bipolar: Bench) -> None:
    immersed(bipolar)
    scpi(bipolar, "FUNC:MODE CURR", "VOLT 3.0", "LIST:CURR 4.64,0", "LIST:DWEL 10,0.1",
         "CURR:MODE LIST", "OUTP ON")  # fmt: skip
    bipolar.spend(60.0)
    assert bipolar.real(7) == near(46.4, rel=0.02)
    assert not bipolar.hazards
    bipolar.spend(20.0)
    assert bipolar.hazards == ["wafer in the bath without current for 60 s"]


def test_a_reversed_supply_takes_metal_from_the_wafer(bipolar: Bench) -> None:
    immersed(bipolar)
    scpi(bipolar, "FUNC:MODE CURR", "VOLT 3.0", "CURR -2.0", "OUTP ON")
    assert amps(bipolar) == near(-2.0, rel=1e-3)
    bipolar.spend(10.0)
    scpi(bipolar, "OUTP OFF")
    assert bipolar.real(7) == near(-20.0, rel=0.02)
    assert bipolar.hazards == ["wafer made the anode"]


def test_no_current_passes_the_contactor_without_the_controllers_permit(bipolar: Bench) -> None:
    bipolar.to_execute()
    scpi(bipolar, "FUNC:MODE CURR", "VOLT 3.0", "CURR 4.64", "OUTP ON")
    assert amps(bipolar) == 0.0
    assert not bipolar.hazards
    bipolar.done(120, 1)
    circulates(bipolar)
    bipolar.done(123)
    assert amps(bipolar) == near(4.64, rel=1e-3)
    bipolar.plant.set_fault("plc", {"emergency_stop": 1.0})
    assert amps(bipolar) == 0.0
    assert not bipolar.hazards


def test_a_rectifier_of_another_make_is_refused() -> None:
    with (
        pytest.raises(LayoutError, match=r"rectifier\.model: found 'ae_cesar'"),
        bench(PlatingCellPlant, models={"rectifier": "ae_cesar"}),
    ):
        pass
