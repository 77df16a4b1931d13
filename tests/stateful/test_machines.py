"""Every table of the line: complete, reachable, and deaf to what it does not list."""

from collections.abc import Iterable
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linecontrol.machines.catalog import CHARTS
from linecontrol.machines.chart import Chart, Row, Unexpected
from linecontrol.machines.packml import TOOL, ToolEvent, ToolState
from linecontrol.machines.process_job import JOB, JobEvent, JobState

AnyChart = Chart[StrEnum, StrEnum]
charts = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


def reached_from(chart: AnyChart, start: StrEnum) -> set[StrEnum]:
    seen, fresh = {start}, [start]
    while fresh:
        here = fresh.pop()
        for row in chart.rows:
            if row.source == here and row.dest not in seen:
                seen.add(row.dest)
                fresh.append(row.dest)
    return seen


def events_of(chart: AnyChart) -> Iterable[StrEnum]:
    return type(chart.rows[0].event)


@charts
def test_every_state_can_be_reached(chart: AnyChart) -> None:
    assert reached_from(chart, chart.initial) == set(chart.states)


@charts
def test_every_event_is_used(chart: AnyChart) -> None:
    assert {row.event for row in chart.rows} == set(events_of(chart))


@charts
def test_an_event_that_is_not_listed_raises(chart: AnyChart) -> None:
    listed = {(row.event, row.source) for row in chart.rows}
    for state in chart.states:
        for event in events_of(chart):
            if (event, state) not in listed:
                with pytest.raises(Unexpected, match=str(event)):
                    chart.fire(state, event)


@charts
@given(data=st.data())
def test_a_random_walk_follows_the_table(chart: AnyChart, data: st.DataObject) -> None:
    state = chart.initial
    for _ in range(30):
        possible = chart.possible(state)
        if not possible:
            return
        event = data.draw(st.sampled_from(possible))
        row = chart.row(state, event)
        state = chart.fire(state, event)
        assert state == row.dest


def test_e40_has_its_eighteen_transitions() -> None:
    assert {row.number for row in JOB.rows} == set(range(1, 19))


def test_a_job_that_has_ended_takes_no_command() -> None:
    assert JOB.possible(JobState.ENDED) == ()
    with pytest.raises(Unexpected):
        JOB.fire(JobState.ENDED, JobEvent.ABORT_ASKED)


@pytest.mark.parametrize("state", [s for s in ToolState if s is not ToolState.ABORTED])
def test_abort_is_possible_wherever_a_tool_is(state: ToolState) -> None:
    if state is ToolState.ABORTING:
        assert TOOL.fire(state, ToolEvent.STATE_COMPLETED) is ToolState.ABORTED
    else:
        assert TOOL.fire(state, ToolEvent.ABORTED) is ToolState.ABORTING


def test_a_table_with_two_ways_out_is_refused() -> None:
    rows = (
        Row(ToolEvent.RESET, ToolState.IDLE, ToolState.STOPPED),
        Row(ToolEvent.RESET, ToolState.IDLE, ToolState.HELD),
    )
    with pytest.raises(ValueError, match="two places"):
        Chart("twisted", ToolState.IDLE, rows)
