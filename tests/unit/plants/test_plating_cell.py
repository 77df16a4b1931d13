"""The emulated plating cell: what the current leaves in the openings, and what guards it."""

from collections.abc import Iterator

import pytest

from sim_hardware.physics.metrology import after_plate
from sim_hardware.plating_cell import PlatingCellPlant
from tests.rigs.prepared import wafer_before
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    COMPLETE,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    icd_rows,
)

REGISTERS = icd_rows("plating_cell", frozenset({"float32_low_first", "int16"}))


@pytest.fixture
def cell() -> Iterator[Bench]:
    with bench(PlatingCellPlant, {"bath": "cu"}) as made:
        made.plant.load(wafer_before("plate_cu", "W1"))
        yield made


def say(cell: Bench, text: str) -> str:
    answers = cell.stream("rectifier").receive(f"{text}\r".encode())
    return b"".join(answer.data for answer in answers).decode().strip()


def immersed(cell: Bench) -> None:
    cell.to_execute()
    cell.done(120, 1)
    cell.done(121, 15)
    cell.done(122, 200)
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


@pytest.mark.parametrize("fault", [{"emergency_stop": 1.0}, {"pump_share": 0.2}])
def test_trouble_cuts_the_current_and_lifts(cell: Bench, fault: dict[str, float]) -> None:
    immersed(cell)
    current(cell, 4.64)
    cell.spend(60.0)
    cell.plant.set_fault("plc", fault)
    counted = cell.real(7)
    cell.until(ABORTED, 10)
    cell.spend(120.0)
    assert cell.real(7) == counted == near(278.4, rel=0.02)
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
