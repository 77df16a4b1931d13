"""How a flow follows what is wanted, and how much has passed."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.lagging_flow import LaggingFlow
from tests.rigs.hand_clock import hand_clock


def test_it_settles_with_its_time_constant_and_loses_that_much() -> None:
    with hand_clock() as time:
        flow = LaggingFlow(time.line, 2.0)
        flow.aim(3.0)
        time.pass_s(2.0)
        assert math.isclose(flow.value(), 3.0 * (1 - math.exp(-1)))
        time.pass_s(98.0)
        assert math.isclose(flow.value(), 3.0)
        assert math.isclose(flow.passed(), 3.0 * (100.0 - 2.0))


def test_a_ramp_is_straight() -> None:
    with hand_clock() as time:
        flow = LaggingFlow(time.line, 2.0)
        flow.aim(4.0, 2.0)
        time.pass_s(1.0)
        assert (flow.value(), flow.passed()) == (2.0, 1.0)
        time.pass_s(2.0)
        assert (flow.value(), flow.passed()) == (4.0, 8.0)


def test_what_runs_out_never_passes_more() -> None:
    with hand_clock() as time:
        flow = LaggingFlow(time.line, 2.0)
        assert flow.passes_in_s(1.0) == math.inf
        flow.aim(1.0)
        time.pass_s(100.0)
        flow.aim(0.0)
        assert flow.passes_in_s(2.1) == math.inf
        assert math.isclose(flow.passes_in_s(1.0), 2.0 * math.log(2.0), rel_tol=1e-9)
        assert flow.passes_in_s(0.0) == 0.0


@given(
    st.floats(0.01, 100.0),
    st.floats(0.01, 50.0),
    st.floats(0.0, 20.0),
    st.sampled_from([math.inf, 0.1, 10.0]),
)
def test_an_amount_has_passed_when_it_said(
    goal: float, amount: float, later_s: float, rate: float
) -> None:
    with hand_clock() as time:
        flow = LaggingFlow(time.line, 0.5)
        flow.aim(goal, rate)
        time.pass_s(later_s)
        passed = flow.passed()
        time.pass_s(flow.passes_in_s(amount))
        assert math.isclose(flow.passed() - passed, amount, rel_tol=1e-6, abs_tol=1e-9)


def test_its_future_can_be_asked() -> None:
    with hand_clock() as time:
        flow = LaggingFlow(time.line, 2.0)
        flow.aim(3.0)
        assert math.isclose(flow.at(2.0), 3.0 * (1 - math.exp(-1)))
        assert math.isclose(flow.at(flow.settled_at_s()), 3.0, rel_tol=1e-4)
        flow.aim(4.0, 2.0)
        assert (flow.at(1.0), flow.settled_at_s()) == (2.0, 2.0)
