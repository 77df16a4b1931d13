"""A plating cell's numbers: charge by trapezoids, and waits that end on the charge."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.plating_cell import PlatingCell
from drivers.plating_cell_map import CHEMISTRY
from drivers.plating_charge import ChargeIntegrator, agree, is_last, wait_s
from drivers.setpoints import PlatingCellSetpoints


@given(amps=st.floats(0.01, 300), seconds=st.floats(0.1, 5000), count=st.integers(2, 50))
def test_a_steady_current_gives_current_times_time(amps: float, seconds: float, count: int) -> None:
    integral = ChargeIntegrator()
    for place in range(count):
        integral = integral.add(seconds * place / (count - 1), amps)
    assert math.isclose(integral.charge_c, amps * seconds, rel_tol=1e-6)


def test_a_ramp_counts_half() -> None:
    integral = ChargeIntegrator().add(0.0, 0.0).add(2.0, 5.0)
    assert math.isclose(integral.charge_c, 5.0, rel_tol=1e-6)


@pytest.mark.parametrize(("at_s", "amps"), [(0.5, 1.0), (math.nan, 1.0), (2.0, math.inf)])
def test_a_sample_that_makes_no_sense_is_refused(at_s: float, amps: float) -> None:
    integral = ChargeIntegrator().add(1.0, 1.0)
    with pytest.raises(ValueError, match="cannot follow"):
        integral.add(at_s, amps)


@given(left_c=st.floats(0.001, 50_000), amps=st.floats(0.01, 300))
def test_waiting_as_told_delivers_exactly_what_is_left(left_c: float, amps: float) -> None:
    looks, delivered_c = 0, 0.0
    while looks < 100_000:
        left = left_c - delivered_c
        pause_s = wait_s(left, amps)
        delivered_c += pause_s * amps
        if is_last(left, amps):
            break
        looks += 1
        if pause_s > 1.5:  # far away: the rest of the way there is not walked in the test
            delivered_c = max(delivered_c, left_c - 60 * amps)
    assert math.isclose(delivered_c, left_c, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("counted_c", "integrated_c", "same"),
    [(808.0, 800.0, True), (808.0, 770.0, False), (3.0, 0.5, True), (0.0, 400.0, False)],
)
def test_two_counts_of_a_charge_agree_within_three_percent(
    counted_c: float, integrated_c: float, *, same: bool
) -> None:
    assert agree(counted_c, integrated_c, within=0.03, floor_c=5.0) is same


def test_every_bath_of_a_recipe_has_a_number_at_the_controller() -> None:
    field = PlatingCellSetpoints.model_fields["bath"]
    for bath in CHEMISTRY:
        assert bath in str(field.annotation)
    assert sorted(CHEMISTRY.values()) == [1, 2, 3]


def test_a_cell_names_every_instrument_it_needs() -> None:
    assert PlatingCell.roles == {
        "plc": "click_plc",
        "rectifier": "tdk_genesys",
        "bath": "julabo_cf31",
        "pump": "xylem_hydrovar",
        "ph": "hamilton_ph_arc",
    }
    assert PlatingCell.alternatives == {"rectifier": ("kepco_bop",)}
