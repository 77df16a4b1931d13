"""The heated mass behind a contactor, and the rough vacuum: closed form, and what guards them."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.rough_vacuum import RoughVacuum
from tests.unit.emulators.passing_time import PassingTime, near, passing_time

MASS = Mass(start_c=100.0, tau_s=100.0, limit_c=140.0, over_c=25.0)


@pytest.fixture
def time() -> Iterator[PassingTime]:
    with passing_time() as made:
        yield made


def test_the_past_can_be_asked_for_across_changes(time: PassingTime) -> None:
    heater = Heater(time.clock, MASS)
    heater.regulate(100.0)
    seen: list[tuple[float, float]] = []
    for setpoint_c in (120.0, 80.0, 110.0):
        heater.regulate(setpoint_c)
        time.wait(37.0)
        seen.append((time.clock.now_s(), heater.true_c()))
    assert all(near(heater.at_c(when_s), celsius, 1e-6) for when_s, celsius in seen)
    assert near(heater.at_c(-1.0), 100.0)


def test_a_lying_sensor_moves_the_true_temperature_the_other_way(time: PassingTime) -> None:
    heater = Heater(time.clock, MASS)
    heater.regulate(100.0)
    heater.mislead(10.0)
    time.wait(2000.0)
    assert near(heater.temperature_c(), 100.0, 0.01)
    assert near(heater.true_c(), 90.0, 0.01)


def test_the_thermostat_opens_on_the_way_up_and_stays_open(time: PassingTime) -> None:
    trips: list[float] = []
    heater = Heater(time.clock, MASS, lambda: trips.append(heater.true_c()))
    heater.regulate(110.0)
    heater.stick(300.0)
    time.wait(500.0)
    assert len(trips) == 1
    assert near(trips[0], 135.0, 0.01)
    assert not heater.on
    assert heater.true_c() < 60.0
    heater.stick(0.0)
    heater_faults(heater)["thermostat_reset"](1)
    assert heater.on


def test_cooling_to_a_lower_setpoint_trips_nothing(time: PassingTime) -> None:
    heater = Heater(time.clock, MASS)
    heater.regulate(100.0)
    heater.regulate(40.0)
    time.wait(500.0)
    assert not heater.tripped


def test_a_chamber_reaches_its_setpoint_when_it_says_and_stays_there(time: PassingTime) -> None:
    chamber = RoughVacuum(time.clock, 4.0, 0.3)
    time.wait(chamber.pump(3.0))
    assert near(chamber.kpa(), 3.0, 1e-6)
    time.wait(60.0)
    assert chamber.kpa() == 3.0
    chamber.close()
    time.wait(60.0)
    assert near(chamber.kpa(), 3.0, 1e-6)
    time.wait(chamber.vent() + 1e-6)
    assert chamber.vented


def test_a_leaking_chamber_never_gets_there(time: PassingTime) -> None:
    chamber = RoughVacuum(time.clock, 4.0, 0.3)
    chamber.leak(leaks=True)
    assert chamber.pump(3.0) == float("inf")
    time.wait(100.0)
    assert near(chamber.kpa(), 20.0, 0.01)
