"""What the journal knows of one lot, arranged as the report tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from linecontrol.journal import facts as f
from linecontrol.journal.fold import ActivityView, AlarmView, LineState, LotView
from linecontrol.machines.control_job import LotState
from linecontrol.machines.substrate import Need
from linecontrol.model.flow import Flow, Step
from linecontrol.model.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Try:
    """One try of one phase; without an outcome nobody knows how it ended."""

    phase: str
    began: datetime
    ended: datetime | None
    outcome: f.Done | f.Failed | None


@dataclass(frozen=True, slots=True)
class StepRun:
    """One step of one wafer: where it was done, with which recipe, every try of every phase."""

    step: Step
    tool: str
    recipe: f.RecipeUsed | None
    tries: tuple[Try, ...]
    done: bool

    @property
    def began(self) -> datetime | None:
        """When its first phase began."""
        return self.tries[0].began if self.tries else None

    @property
    def ended(self) -> datetime | None:
        """When its last phase ended; nothing while the step is not done."""
        ends = [one.ended for one in self.tries if one.ended is not None]
        return max(ends) if self.done and ends else None

    @property
    def broken(self) -> tuple[Try, ...]:
        """The tries that failed or whose end is not known."""
        return tuple(one for one in self.tries if not isinstance(one.outcome, f.Done))


@dataclass(frozen=True, slots=True)
class WaferRecord:
    """One wafer; `runs` has one entry per step of the flow, `measured` is by `step.metric`."""

    id: str
    need: Need
    location: str
    runs: tuple[StepRun, ...]
    measured: Mapping[str, f.Measured]
    held: f.WaferHeld | None

    def waited(self, place: int) -> timedelta | None:
        """The time between the step at `place` and the one before it."""
        before = self.runs[place - 1].ended if place else None
        began = self.runs[place].began
        return None if before is None or began is None else began - before

    def last(self, metric: str) -> float | None:
        """The value of a metric, of the last step after which it was measured."""
        values = [
            one.value
            for run in self.runs
            if (one := self.measured.get(f"{run.step.id}.{metric}")) is not None
        ]
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class LotRecord:
    """One lot with everything that the report says about it."""

    id: str
    flow: Flow
    recipes: Mapping[str, Recipe]  # by step
    wafers: tuple[WaferRecord, ...]
    line: str
    software: str
    simulated: bool
    state: LotState
    created: datetime
    by: str
    alarms: tuple[AlarmView, ...]

    @property
    def finished(self) -> bool:
        """Whether nothing more will be done with it."""
        return self.state in {LotState.COMPLETED, LotState.DELETED}

    @property
    def last_work(self) -> datetime | None:
        """The end of the last phase of any of its wafers."""
        ends = _ends(self.wafers)
        return max(ends) if ends else None


def lot_record(state: LineState, lot: str) -> LotRecord:
    """Gather a lot from the state of the line; raises KeyError if there is no such lot."""
    view = state.lots[lot]
    flow = Flow.model_validate_json(view.flow_text)
    tries = _tries(state, lot)
    wafers = tuple(_wafer(state, view, flow, wafer, tries) for wafer in view.wafers)
    opened = state.opened
    return LotRecord(
        id=lot,
        flow=flow,
        recipes={s: Recipe.model_validate_json(used.text) for s, used in view.recipes.items()},
        wafers=wafers,
        line="" if opened is None else opened.line,
        software="" if opened is None else opened.software,
        simulated=opened is not None and opened.simulated,
        state=view.state,
        created=datetime.fromisoformat(view.created_at),
        by=view.by,
        alarms=_alarms(state, view, wafers),
    )


_Tries = Mapping[tuple[str, str], list[Try]]


def _tries(state: LineState, lot: str) -> _Tries:
    """Every try by wafer and step, in the order of the journal."""
    found: dict[tuple[str, str], list[Try]] = {}
    for view in state.activities.values():
        job = state.jobs[view.intent.job]
        if job.lot == lot:
            found.setdefault((job.wafer, job.step), []).append(_try(view))
    return found


def _try(view: ActivityView) -> Try:
    ended = datetime.fromisoformat(view.ended_at) if view.ended_at else None
    return Try(view.intent.phase, datetime.fromisoformat(view.at), ended, view.outcome)


def _wafer(state: LineState, lot: LotView, flow: Flow, wafer: str, tries: _Tries) -> WaferRecord:
    view = state.wafers[wafer]
    tools = {job.step: job.tool for job in state.jobs.values() if job.wafer == wafer}
    runs = tuple(
        StepRun(
            step=step,
            tool=tools.get(step.id, ""),
            recipe=lot.recipes.get(step.id),
            tries=tuple(tries.get((wafer, step.id), ())),
            done=step.id in view.steps_done,
        )
        for step in flow.steps
    )
    return WaferRecord(wafer, view.need, view.location, runs, view.measured, view.held)


def _alarms(
    state: LineState, lot: LotView, wafers: tuple[WaferRecord, ...]
) -> tuple[AlarmView, ...]:
    """Alarms of the tools that had the lot, raised while it was on its way."""
    tools = {job.tool for job in state.jobs.values() if job.lot == lot.id}
    over = lot.state in {LotState.COMPLETED, LotState.DELETED}
    ends = _ends(wafers)
    begin = datetime.fromisoformat(lot.created_at)
    end = max(ends) if over and ends else None
    found = [
        view
        for view in state.alarms.values()
        if view.last.tool in tools
        and begin <= (raised := datetime.fromisoformat(view.raised_at))
        and (end is None or raised <= end)
    ]
    return tuple(sorted(found, key=lambda view: view.raised_at))


def _ends(wafers: tuple[WaferRecord, ...]) -> list[datetime]:
    return [
        one.ended
        for wafer in wafers
        for run in wafer.runs
        for one in run.tries
        if one.ended is not None
    ]
