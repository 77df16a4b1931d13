"""What the oven's controller is told, and how long a wafer is inside."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.reflow_atmosphere import hundredths
from drivers.reflow_belt import m_min, microsteps_s
from drivers.reflow_oven import transit_s


def test_a_wafer_at_the_usual_speed_is_inside_for_five_and_a_half_minutes() -> None:
    assert abs(transit_s(0.7) - 330.0) < 1e-6


@given(st.floats(0.2, 2))
def test_a_belt_speed_is_so_many_microsteps_of_its_motor_and_back(belt_m_min: float) -> None:
    assert abs(m_min(microsteps_s(belt_m_min)) - belt_m_min) < 1e-9


def test_a_metre_of_belt_is_forty_thousand_full_steps() -> None:
    assert abs(microsteps_s(60.0) / 16 - 40_000) < 1e-6


@given(st.floats(0, 4.5))
def test_a_concentration_is_told_to_half_a_hundredth(formic_pct: float) -> None:
    assert abs(hundredths(formic_pct) / 100 - formic_pct) < 0.0051
