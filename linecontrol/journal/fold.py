"""The state of the line: what all facts so far amount to. Nothing else is remembered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from linecontrol.journal import facts as f
from linecontrol.journal.facts import AnyFact, Fact
from linecontrol.machines.alarm import AlarmEvent, AlarmState
from linecontrol.machines.control_job import LotState
from linecontrol.machines.packml import ToolState
from linecontrol.machines.process_job import JobState
from linecontrol.machines.substrate import Need, NeedEvent, Place


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot as it stands."""

    id: str
    flow: str
    flow_text: str
    wafers: tuple[str, ...]
    state: LotState
    created_at: str
    by: str
    recipes: Mapping[str, f.RecipeUsed] = field(default_factory=dict[str, f.RecipeUsed])


@dataclass(frozen=True, slots=True)
class WaferView:
    """A wafer as it stands. `steps_done` are flow steps, `ready_at` when the last one ended."""

    id: str
    lot: str
    place: Place = Place.NONE
    need: Need = Need.NONE
    location: str = ""
    steps_done: tuple[str, ...] = ()
    ready_at: str = ""
    held: f.WaferHeld | None = None
    measured: Mapping[str, f.Measured] = field(default_factory=dict[str, f.Measured])


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands. `phases` are those that ended well, `delivered` what evidence found."""

    id: str
    tool: str
    lot: str
    wafer: str
    step: str
    state: JobState = JobState.NONE
    phases: tuple[str, ...] = ()
    delivered: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One try of one phase. Without an outcome it is the record of what is not known."""

    intent: f.Intent
    at: str
    outcome: f.Done | f.Failed | None = None
    ended_at: str = ""


@dataclass(frozen=True, slots=True)
class TransferView:
    """A wafer to be carried, or carried."""

    request: f.TransferRequested
    at: str
    confirmed: f.TransferConfirmed | None = None
    confirmed_at: str = ""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm as it stands."""

    last: f.AlarmMoved
    raised_at: str

    @property
    def standing(self) -> bool:
        """Whether an operator still has something to do about it."""
        return self.last.state is not AlarmState.NORMAL


@dataclass(slots=True)
class LineState:
    """Everything the line knows, by id. Only `apply` changes it."""

    opened: f.LineOpened | None = None
    lots: dict[str, LotView] = field(default_factory=dict[str, LotView])
    wafers: dict[str, WaferView] = field(default_factory=dict[str, WaferView])
    jobs: dict[str, JobView] = field(default_factory=dict[str, JobView])
    tools: dict[str, ToolState] = field(default_factory=dict[str, ToolState])
    activities: dict[str, ActivityView] = field(default_factory=dict[str, ActivityView])
    transfers: dict[str, TransferView] = field(default_factory=dict[str, TransferView])
    alarms: dict[str, AlarmView] = field(default_factory=dict[str, AlarmView])
    links: dict[str, bool] = field(default_factory=dict[str, bool])
    restarts: int = 0

    def apply(self, at: str, fact: AnyFact) -> None:
        """Take one fact in, in the order of the journal."""
        _APPLY[type(fact)](self, at, fact)

    def open_intents(self) -> list[ActivityView]:
        """Activities that were begun and of which no outcome is known."""
        return [view for view in self.activities.values() if view.outcome is None]

    def open_transfers(self) -> list[TransferView]:
        """Wafers that a person has been asked to carry."""
        return [view for view in self.transfers.values() if view.confirmed is None]

    def job_on(self, tool: str) -> JobView | None:
        """The job that has the tool, if any."""
        live = [j for j in self.jobs.values() if j.tool == tool and j.state is not JobState.ENDED]
        return live[0] if live else None


def _line_opened(state: LineState, _at: str, fact: f.LineOpened) -> None:
    state.restarts += state.opened is not None
    state.opened = fact
    for tool in fact.tools:
        state.tools.setdefault(tool, ToolState.STOPPED)


def _lot_created(state: LineState, at: str, fact: f.LotCreated) -> None:
    state.lots[fact.lot] = LotView(
        fact.lot, fact.flow, fact.flow_text, fact.wafers, LotState.NONE, at, fact.by
    )
    for wafer in fact.wafers:
        state.wafers[wafer] = WaferView(wafer, fact.lot)


def _recipe_used(state: LineState, _at: str, fact: f.RecipeUsed) -> None:
    lot = state.lots[fact.lot]
    state.lots[fact.lot] = replace(lot, recipes={**lot.recipes, fact.step: fact})


def _lot_moved(state: LineState, _at: str, fact: f.LotMoved) -> None:
    state.lots[fact.lot] = replace(state.lots[fact.lot], state=fact.state)


def _job_created(state: LineState, _at: str, fact: f.JobCreated) -> None:
    state.jobs[fact.job] = JobView(fact.job, fact.tool, fact.lot, fact.wafer, fact.step)


def _job_moved(state: LineState, _at: str, fact: f.JobMoved) -> None:
    state.jobs[fact.job] = replace(state.jobs[fact.job], state=fact.state)


def _tool_moved(state: LineState, _at: str, fact: f.ToolMoved) -> None:
    state.tools[fact.tool] = fact.state


def _wafer_placed(state: LineState, _at: str, fact: f.WaferPlaced) -> None:
    state.wafers[fact.wafer] = replace(
        state.wafers[fact.wafer], place=fact.place, location=fact.location
    )


def _wafer_changed(state: LineState, at: str, fact: f.WaferChanged) -> None:
    wafer = replace(state.wafers[fact.wafer], need=fact.need)
    if fact.event in {NeedEvent.STEP_FINISHED, NeedEvent.FINISHED}:
        wafer = replace(wafer, steps_done=(*wafer.steps_done, fact.step), ready_at=at)
    state.wafers[fact.wafer] = wafer


def _wafer_held(state: LineState, _at: str, fact: f.WaferHeld) -> None:
    state.wafers[fact.wafer] = replace(state.wafers[fact.wafer], held=fact)


def _wafer_released(state: LineState, _at: str, fact: f.WaferReleased) -> None:
    state.wafers[fact.wafer] = replace(state.wafers[fact.wafer], held=None)


def _transfer_requested(state: LineState, at: str, fact: f.TransferRequested) -> None:
    state.transfers[fact.transfer] = TransferView(fact, at)


def _transfer_confirmed(state: LineState, at: str, fact: f.TransferConfirmed) -> None:
    view = state.transfers[fact.transfer]
    state.transfers[fact.transfer] = replace(view, confirmed=fact, confirmed_at=at)


def _intent(state: LineState, at: str, fact: f.Intent) -> None:
    state.activities[fact.activity] = ActivityView(fact, at)


def _ended(state: LineState, at: str, fact: f.Done | f.Failed) -> None:
    view = state.activities[fact.activity]
    state.activities[fact.activity] = ActivityView(view.intent, view.at, fact, at)
    if isinstance(fact, f.Done):
        job = state.jobs[view.intent.job]
        state.jobs[job.id] = replace(job, phases=(*job.phases, view.intent.phase))


def _evidence_found(state: LineState, _at: str, fact: f.EvidenceFound) -> None:
    job = state.jobs[fact.job]
    state.jobs[fact.job] = replace(job, delivered=fact.delivered)


def _link_changed(state: LineState, _at: str, fact: f.LinkChanged) -> None:
    state.links[fact.instrument] = fact.up


def _alarm_moved(state: LineState, at: str, fact: f.AlarmMoved) -> None:
    before = state.alarms.get(fact.alarm)
    raised = at if before is None or fact.event is AlarmEvent.RAISED else before.raised_at
    state.alarms[fact.alarm] = AlarmView(fact, raised)


def _measured(state: LineState, _at: str, fact: f.Measured) -> None:
    wafer = state.wafers[fact.wafer]
    key = f"{fact.step}.{fact.metric}"
    state.wafers[fact.wafer] = replace(wafer, measured={**wafer.measured, key: fact})


def _remembered(_state: LineState, _at: str, _fact: Fact) -> None:
    """Facts that tell a story and change no state."""


_APPLY: Mapping[type[Fact], Callable[..., None]] = {
    f.LineOpened: _line_opened,
    f.RecipeUsed: _recipe_used,
    f.LotCreated: _lot_created,
    f.LotMoved: _lot_moved,
    f.JobCreated: _job_created,
    f.JobMoved: _job_moved,
    f.ToolMoved: _tool_moved,
    f.WaferPlaced: _wafer_placed,
    f.WaferChanged: _wafer_changed,
    f.WaferHeld: _wafer_held,
    f.WaferReleased: _wafer_released,
    f.TransferRequested: _transfer_requested,
    f.TransferConfirmed: _transfer_confirmed,
    f.Intent: _intent,
    f.Done: _ended,
    f.Failed: _ended,
    f.MadeSafe: _remembered,
    f.EvidenceFound: _evidence_found,
    f.LinkChanged: _link_changed,
    f.AlarmMoved: _alarm_moved,
    f.Measured: _measured,
}
