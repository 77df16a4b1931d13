"""Pressures of a pumped volume and of a regulated gas, as functions of time."""

import math
from collections.abc import Iterator

import pytest

from sim_hardware.core.approach import Approach
from sim_hardware.core.pumped_volume import PumpedVolume
from sim_hardware.physics.sputter import CHAMBER, LOCK
from tests.unit.emulators.passing_time import PassingTime, passing_time
from tests.unit.physics.near import near


@pytest.fixture
def time() -> Iterator[PassingTime]:
    with passing_time() as passing:
        yield passing


@pytest.mark.parametrize(("after_s", "mbar"), [(10, 83.0), (60, 4.4e-5), (120, 1.1e-5)])
def test_a_vented_chamber_pumps_down_as_the_reference_does(
    time: PassingTime, after_s: float, mbar: float
) -> None:
    chamber = PumpedVolume(time.clock, CHAMBER)
    chamber.pump()
    time.wait(after_s)
    assert chamber.mbar() == near(mbar, rel=0.03)


def test_it_is_below_a_pressure_when_it_says_so(time: PassingTime) -> None:
    lock = PumpedVolume(time.clock, LOCK)
    assert lock.below_in_s(5e-5) == math.inf
    lock.pump()
    time.wait(7.0)
    time.wait(lock.below_in_s(5e-5))
    assert lock.mbar() == near(5e-5, rel=1e-3)
    assert lock.below_in_s(1e-4) == 0.0


def test_a_leak_keeps_it_from_its_base_for_ever(time: PassingTime) -> None:
    lock = PumpedVolume(time.clock, LOCK)
    lock.pump()
    lock.spring_leak(1.0)
    assert lock.below_in_s(5e-5) == math.inf


def test_it_is_vented_when_it_says_so(time: PassingTime) -> None:
    lock = PumpedVolume(time.clock, LOCK)
    lock.pump(already_s=600.0)
    assert lock.vented_in_s() == math.inf
    lock.vent()
    wait_s = lock.vented_in_s()
    assert wait_s == near(25.0, rel=0.01)
    time.wait(wait_s / 2)
    assert not lock.vented
    time.wait(wait_s / 2)
    assert lock.vented


def test_a_value_has_settled_when_it_says_so(time: PassingTime) -> None:
    gas = Approach(time.clock, 5.0, tau_s=1.5)
    gas.aim(7.0)
    time.wait(gas.settles_in_s(0.35))
    assert gas.value() == near(6.65)
    assert gas.settles_in_s(0.5) == 0.0
