"""The aligner's lamp behind its supply: what the wafer gets from it, and what guards it."""

from collections.abc import Iterator

import pytest

from sim_hardware.aligner import AlignerPlant
from sim_hardware.physics.metrology import after_expose1
from tests.rigs.prepared import wafer_before
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import EXECUTE, HELD, Bench, bench
from tests.unit.plants.test_aligner import (
    SHUTTER_OPEN,
    expose,
    finish,
    measured_w,
    ready,
)
from tests.unit.plants.test_aligner import say as said

STRUCK_OPEN = "lamp struck with the enclosure open"
LAMP_ON, FAULT, INTERLOCK = 0x80, 0x08, 0x01
LAMP_BIT, LAMP_ALARM = 5, 18


@pytest.fixture
def aligner() -> Iterator[Bench]:
    with bench(AlignerPlant) as made:
        made.plant.load(wafer_before("expose_film", "W1"))
        yield made


def say(aligner: Bench, text: str) -> str:
    answer = said(aligner, "lamp", text).strip()
    aligner.time.wait(0.05)
    return answer


def status(aligner: Bench) -> int:
    return int(say(aligner, "STB?").removeprefix("STB"), 16)


def dose(aligner: Bench) -> float:
    found = aligner.plant.state()["dose_mj_cm2"]
    assert isinstance(found, float)
    return found


def test_the_lamp_is_left_burning_warm_at_its_rating(aligner: Bench) -> None:
    assert status(aligner) & (LAMP_ON | FAULT | INTERLOCK) == LAMP_ON | INTERLOCK
    assert float(say(aligner, "WATTS?")) == near(1000.0, rel=0.002)
    assert int(say(aligner, "LAMP HRS?")) == 300
    assert say(aligner, "ESR?") == "ESR00"
    assert say(aligner, "IDN?") == "69920"
    assert aligner.bit(LAMP_BIT)
    assert aligner.real(6) == near(55.0)
    assert measured_w(aligner) * 1000 == near(22.46, rel=0.001)


def test_light_is_proportional_to_power(aligner: Bench) -> None:
    ready(aligner)
    assert say(aligner, "P-PRESET=800") == "ESR01"
    assert measured_w(aligner) * 1000 == near(22.46 * 0.8, rel=0.002)
    expose(aligner, 10000)
    aligner.spend(11.0)
    assert dose(aligner) == near(224.6 * 0.8, rel=0.01)


def test_a_change_of_power_in_the_light_counts_from_its_moment(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 10000)
    aligner.spend(5.0)
    say(aligner, "P-PRESET=500")
    aligner.spend(6.0)
    assert dose(aligner) == near(22.46 * 7.5, rel=0.01)


def test_light_falls_with_the_hours_of_the_lamp(aligner: Bench) -> None:
    aligner.plant.set_fault("lamp", {"hours": 1000.0})
    assert int(say(aligner, "LAMP HRS?")) == 1000
    assert measured_w(aligner) * 1000 == near(17.49, rel=0.002)


def test_hours_pass_while_it_burns_and_only_then(aligner: Bench) -> None:
    aligner.time.wait(7200.0)
    assert int(say(aligner, "LAMP HRS?")) == 302
    say(aligner, "STOP")
    aligner.time.wait(7200.0)
    assert int(say(aligner, "LAMP HRS?")) == 302
    assert aligner.real(6) < 23.0


def test_a_cold_lamp_gives_less_light_until_it_is_warm(aligner: Bench) -> None:
    say(aligner, "STOP")
    aligner.time.wait(300.0)
    assert say(aligner, "START") == "ESR01"
    aligner.time.wait(6.0)
    assert status(aligner) & LAMP_ON
    assert measured_w(aligner) * 1000 == near(22.46 * 0.6, rel=0.01)
    ready(aligner)
    expose(aligner, 60000)
    aligner.spend(61.0)
    assert 22.46 * 36.0 < dose(aligner) < 22.46 * 57.0
    aligner.spend(900.0)
    assert measured_w(aligner) * 1000 == near(22.46, rel=0.005)


def test_a_hot_lamp_does_not_strike_and_a_cooled_one_does(aligner: Bench) -> None:
    aligner.plant.set_fault("lamp", {"out": 1.0})
    say(aligner, "START")
    aligner.time.wait(6.0)
    assert status(aligner) & (LAMP_ON | FAULT) == FAULT
    aligner.time.wait(120.0)
    say(aligner, "START")
    aligner.time.wait(6.0)
    assert status(aligner) & (LAMP_ON | FAULT) == LAMP_ON
    assert not aligner.hazards


@pytest.mark.parametrize("fault", ["out", "house_open", "mains_failed"])
def test_a_lamp_that_goes_out_in_mid_exposure_holds_the_job(aligner: Bench, fault: str) -> None:
    ready(aligner)
    expose(aligner, 13357)
    aligner.spend(5.0)
    aligner.plant.set_fault("lamp", {fault: 1.0})
    assert not aligner.bit(SHUTTER_OPEN)
    assert LAMP_ALARM in aligner.alarms
    aligner.until(HELD, 5)
    aligner.spend(30.0)
    assert dose(aligner) == near(22.46 * 5.0, rel=0.01)
    assert not aligner.hazards


def test_a_dark_lamp_behind_a_closed_shutter_is_no_alarm(aligner: Bench) -> None:
    ready(aligner)
    aligner.plant.set_fault("lamp", {"out": 1.0})
    aligner.spend(5.0)
    assert aligner.state == EXECUTE
    assert LAMP_ALARM not in aligner.alarms
    expose(aligner, 5000)
    assert LAMP_ALARM in aligner.alarms
    aligner.until(HELD, 5)
    assert dose(aligner) == 0.0


def test_a_hold_leaves_the_lamp_alone(aligner: Bench) -> None:
    ready(aligner)
    expose(aligner, 13357)
    aligner.order(4)
    aligner.until(HELD, 5)
    assert status(aligner) & LAMP_ON


def test_a_lamp_struck_in_an_open_enclosure_is_a_hazard(aligner: Bench) -> None:
    say(aligner, "STOP")
    aligner.time.wait(300.0)
    aligner.plant.set_fault("plc", {"door": 1})
    say(aligner, "START")
    aligner.time.wait(6.0)
    assert aligner.hazards == [STRUCK_OPEN]


def test_an_open_lamp_house_does_not_let_it_strike(aligner: Bench) -> None:
    say(aligner, "STOP")
    aligner.time.wait(300.0)
    aligner.plant.set_fault("lamp", {"house_open": 1.0})
    assert status(aligner) & INTERLOCK == 0
    assert say(aligner, "START") == "ESR10"


def test_more_power_than_the_lamp_is_made_for_is_a_hazard(aligner: Bench) -> None:
    say(aligner, "P-PRESET=1040")
    assert not aligner.hazards
    say(aligner, "P-PRESET=1150")
    assert aligner.hazards == ["lamp driven above its rated power"]


def test_dirty_optics_are_seen_by_the_meter_and_not_by_the_supply(aligner: Bench) -> None:
    aligner.plant.set_fault("lamp", {"clean_share": 0.7})
    assert float(say(aligner, "WATTS?")) == near(1000.0, rel=0.002)
    assert measured_w(aligner) * 1000 == near(22.46 * 0.7, rel=0.002)


def test_a_warm_enclosure_prints_the_pattern_out_of_scale(aligner: Bench) -> None:
    aligner.plant.set_fault("plc", {"enclosure_c": 27.0})
    aligner.time.wait(7200.0)
    assert aligner.real(5) == near(27.0, rel=0.01)
    ready(aligner)
    expose(aligner, 13357)
    aligner.spend(14.0)
    finish(aligner)
    assert after_expose1(aligner.plant.unload())["ov_um"] > 0.6
