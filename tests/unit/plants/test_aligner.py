"""The emulated aligner: what light the wafer gets, where, and what guards it."""

import re
from collections.abc import Iterator

import pytest

from sim_hardware.aligner import AlignerPlant
from sim_hardware.core.placement import placed
from sim_hardware.core.plant import PlantRefuses
from sim_hardware.physics.metrology import after_expose1, after_expose2
from tests.rigs.prepared import wafer_before
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    COMPLETE,
    DONE,
    HELD,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    icd_rows,
)

REGISTERS = icd_rows("aligner", frozenset({"float32_low_first", "int16"}))
COMMANDS = icd_rows("aligner", frozenset({"command"}))
CHUCK, RETICLE, GAP = 120, 121, 122
SHUTTER_OPEN, PERMIT = 6, 7


@pytest.fixture
def empty() -> Iterator[Bench]:
    with bench(AlignerPlant) as made:
        yield made


@pytest.fixture
def aligner(empty: Bench) -> Bench:
    empty.plant.load(wafer_before("expose_film", "W1"))
    return empty


def say(aligner: Bench, role: str, text: str) -> str:
    answers = aligner.stream(role).receive(f"{text}\r".encode())
    return b"".join(answer.data for answer in answers).decode()


def measured_w(aligner: Bench) -> float:
    answers = aligner.stream("dose_meter").receive(b"MEAS:POW?\n")
    return float(answers[0].data)


def align(aligner: Bench) -> None:
    for axis in (1, 2, 3):
        left = aligner.real(axis)
        say(aligner, "stage", f"{axis}MO;{axis}PR{left / 1000:.5f}")
    aligner.spend(3.0)


def ready(aligner: Bench) -> None:
    aligner.to_execute()
    aligner.done(CHUCK, 1)
    aligner.done(RETICLE, 101, within_s=90)
    align(aligner)
    aligner.done(GAP, 200)


def expose(aligner: Bench, milliseconds: int) -> None:
    for text in ("mode=3", f"open={milliseconds}", "ens"):
        assert "error" not in say(aligner, "shutter", text)


def finish(aligner: Bench) -> None:
    aligner.done(GAP, 0)
    aligner.done(CHUCK, 0)
    aligner.order(10)
    aligner.until(COMPLETE, 10)


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    aligner: Bench, row: dict[str, str]
) -> None:
    ready(aligner)
    check_register(aligner, row)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row["name"])
def test_every_command_of_the_map_is_known(aligner: Bench, row: dict[str, str]) -> None:
    aligner.to_idle()
    assert aligner.order(int(row["address"]))[0] == DONE or aligner.ack == 1


def test_the_nominal_first_visit_prints_the_golden_pattern(aligner: Bench) -> None:
    aligner.plant.wafer = wafer_before("expose_film", "W1").visited("laminate_film", -1800.0)
    ready(aligner)
    assert aligner.bit(PERMIT)
    assert measured_w(aligner) * 1000 == near(22.46, rel=0.001)
    expose(aligner, 13357)
    assert aligner.bit(SHUTTER_OPEN)
    aligner.spend(14.0)
    assert not aligner.bit(SHUTTER_OPEN)
    finish(aligner)
    wafer = aligner.plant.unload()
    found = after_expose1(wafer)
    assert found["dose"] == near(295.47, rel=0.01)
    assert found["ov_um"] == near(0.361, within=0.03)
    assert wafer.film is not None
    assert wafer.film.gap_um == near(20.0)
    assert wafer.history[-1].step == "expose_film"
    assert not aligner.hazards


def test_the_second_visit_floods_without_a_reticle(empty: Bench) -> None:
    empty.plant.load(wafer_before("flood_expose", "W1"))
    empty.to_execute()
    empty.done(CHUCK, 1)
    empty.done(RETICLE, 0)
    expose(empty, 53428)
    empty.spend(54.0)
    finish(empty)
    wafer = empty.plant.unload()
    assert after_expose2(wafer)["dose"] == near(1181.88, rel=0.01)
    assert wafer.history[-1].step == "flood_expose"
    assert not empty.hazards


def test_the_marks_lie_where_the_wafer_was_put_and_follow_the_stage(aligner: Bench) -> None:
    aligner.to_execute()
    assert aligner.real(1) == 1000.0  # no reticle: nothing to see
    aligner.done(CHUCK, 1)
    aligner.done(RETICLE, 101, within_s=90)
    lies = placed("tool", "W1")
    assert [aligner.real(n) for n in (1, 2, 3)] == near(
        [lies.x_um, lies.y_um, lies.theta_mdeg], rel=1e-5
    )
    align(aligner)
    assert [aligner.real(n) for n in (1, 2, 3)] == near([0.0, 0.0, 0.0], within=0.02)


def test_another_wafer_lies_differently() -> None:
    assert placed("aligner", "W1") == placed("aligner", "W1") != placed("aligner", "W2")


def test_a_wafer_that_was_not_aligned_is_printed_beside_its_place(aligner: Bench) -> None:
    aligner.to_execute()
    aligner.done(CHUCK, 1)
    aligner.done(RETICLE, 101, within_s=90)
    expose(aligner, 1000)
    aligner.spend(2.0)
    finish(aligner)
    assert after_expose1(aligner.plant.unload())["ov_um"] > 2.0


def test_a_hold_shuts_the_shutter_and_the_rest_of_the_dose_can_follow(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 13357)
    aligner.spend(5.0)
    aligner.order(4)
    assert not aligner.bit(SHUTTER_OPEN)
    aligner.until(HELD, 5)
    aligner.spend(60.0)
    aligner.order(5)
    aligner.spend(1.1)
    expose(aligner, 8357)
    aligner.spend(9.0)
    finish(aligner)
    wafer = aligner.plant.unload()
    assert after_expose1(wafer)["dose"] == near(295.47, rel=0.01)
    assert [visit.step for visit in wafer.history].count("expose_film") == 1
    assert not aligner.hazards


@pytest.mark.parametrize("fault", ["door", "emergency_stop", "exhaust"])
def test_an_interlock_shuts_the_shutter_and_the_wafer_can_be_taken(
    aligner: Bench, fault: str
) -> None:
    ready(aligner)
    expose(aligner, 13357)
    aligner.spend(5.0)
    aligner.plant.set_fault("plc", {fault: 1})
    assert not aligner.bit(SHUTTER_OPEN)
    aligner.until(ABORTED, 5)
    with pytest.raises(PlantRefuses, match="under the reticle"):
        aligner.plant.unload()
    aligner.spend(5.0)
    assert after_expose1(aligner.plant.unload())["dose"] == near(110.6, rel=0.01)
    assert not aligner.hazards


@pytest.mark.parametrize(
    ("role", "fault", "alarm"), [("lamp", {"out": 1.0}, 18), ("plc", {"chuck_share": 0.3}, 17)]
)
def test_trouble_in_the_light_holds_the_job(
    aligner: Bench, role: str, fault: dict[str, float], alarm: int
) -> None:
    ready(aligner)
    expose(aligner, 13357)
    aligner.spend(5.0)
    aligner.plant.set_fault(role, fault)
    assert alarm in aligner.alarms
    assert not aligner.bit(SHUTTER_OPEN)
    aligner.until(HELD, 5)
    assert not aligner.hazards


def test_a_host_that_falls_silent_holds_and_shuts_the_shutter(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 13357)
    aligner.time.wait(4.2)
    assert aligner.state == HELD
    assert not aligner.bit(SHUTTER_OPEN)
    assert 2 in aligner.alarms
    assert not aligner.hazards


def test_marks_that_cannot_be_read_raise_their_alarm(aligner: Bench) -> None:
    ready(aligner)
    aligner.plant.set_fault("plc", {"marks_dirty": 1})
    assert aligner.real(1) == 1000.0
    assert 19 in aligner.alarms


def test_a_stuck_shutter_in_an_open_enclosure_is_a_hazard(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 5000)
    aligner.plant.set_fault("shutter", {"stuck": 1})
    aligner.plant.set_fault("plc", {"door": 1})
    assert aligner.hazards == ["light with the enclosure open"]


def test_a_stage_that_moves_in_the_light_is_a_hazard(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 5000)
    say(aligner, "stage", "1PR0.5")
    assert aligner.hazards == ["stage moved in the light"]


def test_light_on_a_loose_wafer_needs_a_bridged_interlock(aligner: Bench) -> None:
    aligner.to_execute()
    expose(aligner, 1000)
    assert not aligner.bit(SHUTTER_OPEN)
    aligner.plant.set_fault("plc", {"interlock_bridged": 1})
    expose(aligner, 1000)
    assert aligner.hazards == [
        "light on a wafer that is not held",
        "film exposed without a reticle",
    ]


def test_nothing_moves_above_a_wafer_in_the_light(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 5000)
    for code, argument in ((CHUCK, 0), (RETICLE, 7), (GAP, 0)):
        assert aligner.order(code, argument)[0] == REJECTED_STATE


def test_the_shutter_says_that_its_interlock_is_open(aligner: Bench) -> None:
    assert re.search(r"\r1\r", say(aligner, "shutter", "interlock?"))
    ready(aligner)
    assert re.search(r"\r0\r", say(aligner, "shutter", "interlock?"))
