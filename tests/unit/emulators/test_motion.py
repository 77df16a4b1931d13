"""Movements as functions of time: where they start, end and how fast they are in between."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.motion import Braking, Ramp, Trapezoid
from sim_hardware.core.rising import reached

place = st.floats(-100.0, 100.0)
positive = st.floats(0.1, 50.0)
share = st.floats(0.0, 1.0)


@given(place, place, positive, positive, share)
def test_a_trapezoid_never_leaves_its_way_nor_its_limits(
    start: float, goal: float, top: float, acceleration: float, part: float
) -> None:
    path = Trapezoid(start, goal, top, acceleration, 5.0)
    now_s = 5.0 + part * (path.end_s - 5.0)
    assert min(start, goal) - 1e-6 <= path.at(now_s) <= max(start, goal) + 1e-6
    assert abs(path.speed(now_s)) <= top
    assert path.at(path.end_s) == goal
    assert path.speed(path.end_s) == 0.0


@given(place, place, positive, positive, share)
def test_the_speed_of_a_trapezoid_is_the_slope_of_its_place(
    start: float, goal: float, top: float, acceleration: float, part: float
) -> None:
    path = Trapezoid(start, goal, top, acceleration, 0.0)
    now_s, step_s = part * path.end_s, 1e-4
    slope = (path.at(now_s + step_s) - path.at(now_s)) / step_s
    assert abs(slope - path.speed(now_s)) <= acceleration * step_s * 2 + 1e-6


@given(place, st.floats(-50.0, 50.0), positive)
def test_braking_ends_at_rest_after_the_way_of_the_textbook(
    start: float, speed: float, deceleration: float
) -> None:
    path = Braking(start, speed, deceleration, 1.0)
    way = math.copysign(speed * speed / (2 * deceleration), speed)
    assert abs(path.goal - start - way) <= 1e-6
    assert abs(path.at(1.0) - start) <= 1e-6
    assert path.speed(path.end_s) == 0.0


@given(place, place, positive, st.floats(0.0, 100.0))
def test_the_area_of_a_ramp_is_its_integral(
    start: float, goal: float, per_s: float, passed_s: float
) -> None:
    ramp = Ramp(start, goal, per_s, 2.0)
    steps = 2000
    width_s = passed_s / steps
    area = sum(ramp.at(2.0 + (step + 0.5) * width_s) for step in range(steps)) * width_s
    assert abs(area - ramp.area(2.0 + passed_s)) <= 0.5 + 1e-3 * abs(area)


@given(positive, st.floats(0.0, 100.0))
def test_a_working_point_is_where_the_load_reaches_the_limit(slope: float, limit: float) -> None:
    found = reached(lambda amps: slope * amps, limit, 1000.0)
    assert abs(slope * found - min(limit, slope * 1000.0)) <= 1e-6
