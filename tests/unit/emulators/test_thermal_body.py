"""A body that is heated approaches its set-point by the first order law, at any time asked."""

import math
from collections.abc import Iterator

import pytest

from sim_hardware.core.thermal import ThermalBody
from tests.unit.emulators.passing_time import PassingTime, near, passing_time


@pytest.fixture
def time() -> Iterator[PassingTime]:
    with passing_time() as passing:
        yield passing


def test_after_one_time_constant_63_percent_of_the_way_is_gone(time: PassingTime) -> None:
    body = ThermalBody(time.clock, 20.0, 20.0, 100.0)
    body.regulate(120.0)
    time.wait(100.0)
    assert near(body.temperature_c(), 120.0 - 100.0 * math.exp(-1), within=1e-6)
    body.regulate(None)
    time.wait(1000.0)
    assert near(body.temperature_c(), 20.0, within=0.01)


def test_regulating_again_does_not_jump(time: PassingTime) -> None:
    body = ThermalBody(time.clock, 20.0, 20.0, 100.0)
    body.regulate(120.0)
    time.wait(37.0)
    before = body.temperature_c()
    body.regulate(60.0)
    body.set_ambient(25.0)
    assert near(body.temperature_c(), before)


def test_a_heater_cannot_cool_and_a_peltier_can(time: PassingTime) -> None:
    heater = ThermalBody(time.clock, 20.0, 20.0, 10.0)
    peltier = ThermalBody(time.clock, 20.0, 20.0, 10.0, cools=True)
    for body in (heater, peltier):
        body.regulate(5.0)
    time.wait(200.0)
    assert near(heater.temperature_c(), 20.0)
    assert near(peltier.temperature_c(), 5.0, within=0.01)


def test_the_time_to_reach_a_band_is_known_beforehand(time: PassingTime) -> None:
    body = ThermalBody(time.clock, 20.0, 20.0, 100.0)
    body.regulate(110.0)
    needs_s = body.reaches_in_s(110.0, 1.0)
    time.wait(needs_s)
    assert near(body.temperature_c(), 109.0, within=1e-3)
    assert body.reaches_in_s(110.0, 1.1) == 0.0
    assert body.reaches_in_s(60.0, 1.0) == math.inf
