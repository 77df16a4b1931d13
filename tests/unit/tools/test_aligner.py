"""The aligner's numbers: doses of light, residuals of marks, and which way the stage moves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.aligner_dose import PowerSample, Residual, Senses, dose_mj_cm2, irradiance_mw_cm2

# Less than this is within the overlay limit and is not moved for.
residuals = st.floats(2.5, 100).flatmap(lambda size: st.sampled_from((size, -size)))


@given(power_w=st.floats(1e-4, 1), area_cm2=st.floats(0.1, 10), seconds=st.floats(0.01, 900))
def test_a_steady_lamp_gives_irradiance_times_time(
    power_w: float, area_cm2: float, seconds: float
) -> None:
    samples = [PowerSample(float(second), power_w) for second in range(5)]
    irradiance = irradiance_mw_cm2(samples, area_cm2)
    assert math.isclose(irradiance, 1000 * power_w / area_cm2, rel_tol=1e-6)
    assert math.isclose(dose_mj_cm2(samples, area_cm2, seconds), irradiance * seconds, rel_tol=1e-6)


def test_a_lamp_that_gets_dim_is_taken_at_its_mean() -> None:
    samples = [PowerSample(0.0, 0.020), PowerSample(1.0, 0.015), PowerSample(2.0, 0.010)]
    assert math.isclose(dose_mj_cm2(samples, 1.0, 2.0), 30.0, rel_tol=1e-6)


def test_one_sample_is_enough_for_a_short_exposure() -> None:
    assert math.isclose(dose_mj_cm2([PowerSample(3.0, 0.020)], 1.0, 0.4), 8.0, rel_tol=1e-6)


@pytest.mark.parametrize("area_cm2", [0.0, -1.0, math.nan, math.inf])
def test_a_sensor_without_area_measures_no_irradiance(area_cm2: float) -> None:
    with pytest.raises(ValueError, match="no irradiance"):
        irradiance_mw_cm2([PowerSample(0.0, 0.02)], area_cm2)


def test_no_samples_are_no_irradiance() -> None:
    with pytest.raises(ValueError, match="no irradiance"):
        irradiance_mw_cm2([], 1.0)


@pytest.mark.parametrize("place", range(3))
def test_marks_that_are_not_seen_are_not_aligned_to(place: int) -> None:
    values = [1.0, 1.0, 1.0]
    values[place] = 1000.0
    assert not Residual(*values).seen
    assert Residual(1.0, 1.0, 1.0).seen


def test_a_rotation_counts_at_the_edge_of_the_wafer() -> None:
    assert math.isclose(Residual(0.0, 0.0, 1.0).overlay_um, 1.69, abs_tol=0.01)
    assert math.isclose(Residual(3.0, 4.0, 0.0).overlay_um, 5.0, rel_tol=1e-6)


@given(
    x=residuals, y=residuals, theta=residuals,
    camera=st.tuples(*(st.sampled_from((1.0, -1.0)) for _ in range(3))),
)  # fmt: skip
def test_three_moves_align_however_the_camera_is_mounted(
    x: float, y: float, theta: float, camera: tuple[float, float, float]
) -> None:
    residual, senses = Residual(x, y, theta), Senses()
    for _ in range(3):
        moved = (senses.x * residual.x_um, senses.y * residual.y_um)
        turned = senses.theta * residual.theta_mdeg
        after = Residual(
            residual.x_um - camera[0] * moved[0],
            residual.y_um - camera[1] * moved[1],
            residual.theta_mdeg - camera[2] * turned,
        )
        senses, residual = senses.learned(residual, after), after
    assert residual.overlay_um < 1e-6
