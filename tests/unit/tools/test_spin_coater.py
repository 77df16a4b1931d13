"""A spin that cannot be what the recipe says is found before any resist is dispensed."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.instruments.trinamic_tmcm1640 import SPEED_LIMITS_RPM
from drivers.setpoints.spin_coater import SpinCoaterSetpoints
from drivers.spin_coater import check_spin


def setpoints(rpm: float, seconds: float, rpm_s: float) -> SpinCoaterSetpoints:
    return SpinCoaterSetpoints(
        tool="spin_coater",
        resist="positive_thick_400cst",
        resist_tone="positive",
        resist_g_ml=1.05,
        dispense_ml=5.0,
        dispense_s=15.0,
        spin_rpm=rpm,
        spin_s=seconds,
        accel_rpm_s=rpm_s,
        edge_bead_s=25.0,
        rest_s=10.0,
        degas_kpa=5.0,
        degas_s=10.0,
        bake_c=110.0,
        bake_s=300.0,
        deadline_min=60.0,
    )


def test_the_usual_spin_is_possible() -> None:
    assert check_spin(setpoints(1500.0, 40.0, 1000.0)) == ""


def test_a_speed_that_the_spindle_does_not_have_is_named() -> None:
    assert "spin_rpm = 6000" in check_spin(setpoints(6000.0, 40.0, 5000.0))


def test_a_spin_that_ends_in_its_ramp_is_named() -> None:
    assert "ends before the speed is reached in 40 s" in check_spin(setpoints(2000.0, 30.0, 50.0))


@given(
    st.floats(100, 6000),
    st.floats(1, 300),
    st.floats(50, 5000),
)
def test_what_passes_reaches_its_speed_in_time(rpm: float, seconds: float, rpm_s: float) -> None:
    if not check_spin(setpoints(rpm, seconds, rpm_s)):
        assert rpm in SPEED_LIMITS_RPM
        assert rpm / rpm_s < seconds
