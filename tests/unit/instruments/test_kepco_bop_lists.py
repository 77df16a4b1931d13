"""The lists of the bipolar supply: handed over whole, within what its card can take."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.framing import CodecError
from drivers.core.points import Limits
from drivers.instruments.kepco_bop_lists import (
    LONGEST_COMMAND,
    MOST_STEPS,
    TEST_BITS,
    Step,
    commands,
    failures_in,
    mean_current_a,
    objection,
    pulse_reverse,
)

RATED = Limits(-12, 12)
NUMBERS = st.floats(-12, 12)


@given(st.lists(NUMBERS, max_size=MOST_STEPS))
def test_a_list_of_any_length_is_handed_over_whole_in_commands_the_card_can_take(
    values: list[float],
) -> None:
    handed = commands("LIST:CURR", values)
    assert all(len(command) <= LONGEST_COMMAND for command in handed)
    texts = [text for command in handed for text in command.split(" ")[1].split(",")]
    assert [float(text) for text in texts] == pytest.approx(values, rel=1e-5)
    assert len(handed) <= 1 + len(values) // 18


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_not_handed_over(value: float) -> None:
    with pytest.raises(CodecError):
        commands("LIST:CURR", [value])


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "0 steps"),
        ([Step(1, 0.01)] * (MOST_STEPS + 1), "1003 steps"),
        ([Step(12.1, 0.01)], "12.1 A"),
        ([Step(math.nan, 0.01)], "nan A"),
        ([Step(1, 0.0004)], "0.0004 s"),
        ([Step(1, 10.1)], "10.1 s"),
        ([Step(1, math.nan)], "nan s"),
    ],
)
def test_a_list_the_supply_cannot_run_through_is_objected_to(steps: list[Step], words: str) -> None:
    assert words in objection(steps, RATED)


def test_a_list_within_the_limits_is_not_objected_to() -> None:
    assert objection([Step(12, 0.0005), Step(-12, 10)] * (MOST_STEPS // 2), RATED) == ""


@given(st.floats(0, 12), st.floats(0.0005, 10), st.floats(0, 12), st.floats(0.0005, 10))
def test_the_mean_current_lies_between_stripping_and_plating(
    forward_a: float, forward_s: float, reverse_a: float, reverse_s: float
) -> None:
    mean_a = mean_current_a(pulse_reverse(forward_a, forward_s, reverse_a, reverse_s))
    assert -reverse_a - 1e-9 <= mean_a <= forward_a + 1e-9


def test_the_mean_current_of_a_pulse_is_its_charge_over_its_time() -> None:
    pulses = pulse_reverse(2.0, 0.02, 6.0, 0.001)
    assert mean_current_a(pulses) == pytest.approx((2.0 * 20 - 6.0 * 1) / 21)


@given(st.integers(0, 1023))
def test_every_bit_of_a_self_test_is_a_failure(register: int) -> None:
    assert len(failures_in(register)) == register.bit_count()
    assert failures_in(512) == (TEST_BITS[512],)
