"""When the openings cleared, as part of the developing time."""

import pytest

from drivers.developer import breakpoint_pct


@pytest.mark.parametrize(
    ("breakpoint_s", "develop_s", "pct"),
    [(100.0, 200.0, 50.0), (0.0, 200.0, 0.0), (84.0, 140.0, 60.0)],
)
def test_the_breakpoint_is_a_part_of_the_time(
    breakpoint_s: float, develop_s: float, pct: float
) -> None:
    assert abs(breakpoint_pct(breakpoint_s, develop_s) - pct) < 1e-9
