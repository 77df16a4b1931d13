"""The sputter's numbers: a layer is waited for, not polled for, at its end."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sputter import LAST_WAIT_S, POLL_S, wait_s


@given(left_nm=st.floats(0.01, 2000), rate_nm_s=st.floats(0.1, 20))
def test_no_wait_lets_a_layer_grow_too_thick(left_nm: float, rate_nm_s: float) -> None:
    assert 0 < wait_s(left_nm, rate_nm_s) * rate_nm_s <= left_nm * (1 + 1e-9)


@given(rate_nm_s=st.floats(0.1, 20), part=st.floats(0.01, 1))
def test_the_last_wait_ends_exactly_with_the_layer(rate_nm_s: float, part: float) -> None:
    left_nm = part * LAST_WAIT_S * rate_nm_s * 0.999
    assert math.isclose(wait_s(left_nm, rate_nm_s) * rate_nm_s, left_nm, rel_tol=1e-6)


@pytest.mark.parametrize("rate_nm_s", [0.0, -0.4])
def test_a_film_that_does_not_grow_yet_is_looked_at_again(rate_nm_s: float) -> None:
    assert wait_s(200.0, rate_nm_s) == POLL_S
