"""The plasma etcher's numbers: when a film is gone, and how it is told from noise."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.plasma_endpoint import QUIET_S, TIME_OUT, WINDOW_S, EndPoint, Found, slope

SITES = 25
SMOOTHED_S = 3.0


def emission(
    clear_s: float, spread: float, base: float, height: float, noise: float
) -> list[float]:
    """One sample per second of a film of 25 sites that clear around `clear_s`."""
    dice = random.Random(7)  # noqa: S311 - a trace that can be repeated
    lag, shown, trace = 1 - math.exp(-1 / SMOOTHED_S), base + height, list[float]()
    for second in range(1, int(2 * clear_s)):
        places = (2 * site / (SITES - 1) - 1 for site in range(SITES))
        covered = sum(second < clear_s * (1 + spread * place) for place in places)
        shown += (base + height * covered / SITES - shown) * lag
        trace.append(shown * (1 + noise * dice.gauss(0, 1)))
    return trace


def found_in(trace: list[float], expected_s: float, already_s: float = 0.0) -> Found | None:
    end_point = EndPoint(expected_s, already_s)
    for second, value in enumerate(trace, start=1):
        end_point.add(float(second), value)
    return end_point.found


@given(
    clear_s=st.floats(40, 400),
    spread=st.floats(0.005, 0.05),
    base=st.floats(0, 30),
    noise=st.floats(0, 0.01),
)
def test_the_end_point_comes_when_the_last_sites_are_clear(
    clear_s: float, spread: float, base: float, noise: float
) -> None:
    found = found_in(emission(clear_s, spread, base, 60.0, noise), clear_s)
    assert found is not None
    last_site_s = clear_s * (1 + spread)
    assert clear_s * (1 - spread) < found.at_s < last_site_s + 5 * SMOOTHED_S
    assert not found.too_early


@given(level=st.floats(0, 120), noise=st.floats(0, 0.01), seed=st.integers(0, 99))
def test_a_signal_that_does_not_fall_has_no_end_point(
    level: float, noise: float, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a trace that can be repeated
    trace = [level * (1 + noise * dice.gauss(0, 1)) for _ in range(300)]
    assert found_in(trace, 200.0) is None


@given(st.lists(st.floats(0, 150), min_size=1, max_size=200))
def test_whatever_the_signal_does_an_end_point_is_found_once_and_stays(trace: list[float]) -> None:
    end_point, first = EndPoint(100.0), None
    for second, value in enumerate(trace, start=1):
        now = end_point.add(float(second), value)
        first = first or now
        assert now is first
    assert first is None or 0 < first.at_s < len(trace) - QUIET_S - WINDOW_S / 2 + 1


def test_an_end_point_long_before_it_was_expected_is_one_but_is_flagged() -> None:
    found = found_in(emission(100.0, 0.02, 10.0, 80.0, 0.0), expected_s=190.0)
    assert found is not None
    assert found.too_early


def test_an_etch_that_is_taken_up_again_is_not_early_for_the_rest() -> None:
    found = found_in(emission(100.0, 0.02, 10.0, 80.0, 0.0), expected_s=190.0, already_s=90.0)
    assert found is not None
    assert not found.too_early


def test_an_overdue_end_point_counts_what_was_etched_before() -> None:
    fresh, resumed = EndPoint(100.0), EndPoint(100.0, already_s=60.0)
    assert not fresh.timed_out(TIME_OUT * 100.0)
    assert fresh.timed_out(TIME_OUT * 100.0 + 1.0)
    assert resumed.timed_out(TIME_OUT * 100.0 - 59.0)


def test_a_plasma_that_lights_slowly_is_no_end_point() -> None:
    trace = [90.0 * (1 - math.exp(-second / 4)) for second in range(1, 100)]
    assert found_in(trace, 190.0) is None


@given(gradient=st.floats(-5, 5), start=st.floats(-50, 50), count=st.integers(2, 20))
def test_the_slope_of_a_straight_line_is_its_gradient(
    gradient: float, start: float, count: int
) -> None:
    line = [(float(place), start + gradient * place) for place in range(count)]
    assert math.isclose(slope(line), gradient, abs_tol=1e-9)


@pytest.mark.parametrize("expected_s", [0.0, -1.0, math.nan])
def test_an_end_point_is_expected_at_some_time(expected_s: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        EndPoint(expected_s)


def test_samples_come_in_order() -> None:
    end_point = EndPoint(100.0)
    end_point.add(1.0, 50.0)
    with pytest.raises(ValueError, match="does not follow"):
        end_point.add(1.0, 50.0)
