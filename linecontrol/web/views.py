"""What the API sends: closed models, units in the names, times in ISO 8601 UTC."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from linecontrol.engine.engine import Engine
from linecontrol.engine.snapshot import flow_of, next_step, unmeasured
from linecontrol.journal.fold import AlarmView, LineState, LotView, TransferView, WaferView
from linecontrol.model.metrics import metrics
from linecontrol.stations.station import Station


class View(BaseModel):
    """Base of everything that is sent or taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LineOut(View):
    """The line. `simulated` is shown wherever anything of it is shown."""

    name: str
    simulated: bool
    software: str
    now: str
    tools: int
    lots: int


class LotOut(View):
    """A lot."""

    id: str
    flow: str
    state: str
    wafers: tuple[str, ...]
    steps: int
    steps_done: Mapping[str, int]
    held: Mapping[str, str]
    created_at: str
    by: str


class WaferOut(View):
    """A wafer. `unmeasured` is what a person is asked to enter before it goes on."""

    id: str
    lot: str
    place: str
    need: str
    location: str
    steps_done: tuple[str, ...]
    next_step: str | None
    unmeasured: tuple[str, ...]
    held_reason: str | None
    held_evidence: tuple[str, ...]


class ProgressOut(View):
    """How far the running phase is."""

    done: float
    total: float
    unit: str


class ToolOut(View):
    """A tool."""

    id: str
    kind: str
    state: str
    wafer: str | None
    job: str | None
    phase: str
    progress: ProgressOut | None
    held: bool


class PointOut(View):
    """One reading of one instrument."""

    value: float
    unit: str
    quality: str


class ToolDetail(ToolOut):
    """A tool with every reading, asked now; `unreachable` says why there is none."""

    points: Mapping[str, PointOut]
    interlocks: Mapping[str, bool]
    unreachable: str | None


class TransferOut(View):
    """A wafer to be carried, or carried."""

    id: str
    wafer: str
    source: str
    destination: str
    requested_at: str
    confirmed_at: str


class AlarmOut(View):
    """An alarm: what is wrong, and what the operator is asked to do."""

    id: str
    tool: str
    source: str
    state: str
    text: str
    action: str
    raised_at: str


class EventOut(View):
    """One fact of the journal."""

    seq: int
    at: str
    kind: str
    fact: Mapping[str, object]


class MeasurementOut(View):
    """One measured value, judged by its window."""

    wafer: str
    step: str
    metric: str
    value: float
    unit: str
    judgement: str
    allowed: str
    gauge: str
    by: str


class Wish(View):
    """Base of everything that is taken: a text is no number, and a number is finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class LotIn(Wish):
    """A lot to start."""

    flow: str
    wafers: int


class MeasurementsIn(Wish):
    """What a person measured: metric name to value, in the metric's unit."""

    step: str
    values: Mapping[str, float]
    gauge: str


class Problem(View):
    """RFC 9457: why nothing was changed."""

    type: str
    title: str
    status: int
    detail: str


def lot_out(state: LineState, lot: LotView) -> LotOut:
    """A lot as it is sent."""
    wafers = [state.wafers[wafer] for wafer in lot.wafers]
    return LotOut(
        id=lot.id,
        flow=lot.flow,
        state=lot.state,
        wafers=lot.wafers,
        steps=len(flow_of(lot).steps),
        steps_done={wafer.id: len(wafer.steps_done) for wafer in wafers},
        held={wafer.id: wafer.held.reason for wafer in wafers if wafer.held is not None},
        created_at=lot.created_at,
        by=lot.by,
    )


def wafer_out(state: LineState, wafer: WaferView) -> WaferOut:
    """A wafer as it is sent."""
    flow = flow_of(state.lots[wafer.lot])
    step = next_step(wafer, flow)
    return WaferOut(
        id=wafer.id,
        lot=wafer.lot,
        place=wafer.place,
        need=wafer.need,
        location=wafer.location,
        steps_done=wafer.steps_done,
        next_step=None if step is None else step.id,
        unmeasured=unmeasured(wafer, flow),
        held_reason=None if wafer.held is None else wafer.held.reason,
        held_evidence=() if wafer.held is None else wafer.held.evidence,
    )


def measurements_out(wafer: WaferView) -> list[MeasurementOut]:
    """What was measured on a wafer, in the order in which it was entered."""
    return [
        MeasurementOut(
            wafer=wafer.id,
            step=fact.step,
            metric=fact.metric,
            value=fact.value,
            unit=fact.unit,
            judgement=metrics()[fact.metric].judge(fact.value),
            allowed=metrics()[fact.metric].allowed,
            gauge=fact.gauge,
            by=fact.by,
        )
        for fact in wafer.measured.values()
    ]


def tool_out(engine: Engine, station: Station) -> ToolOut:
    """A tool as it is sent."""
    state = engine.journal.state
    kind = next(tool.kind for tool in engine.line.tools if tool.id == station.tool)
    job = state.job_on(station.tool)
    lying = [w.id for w in state.wafers.values() if w.location == station.tool]
    progress = station.progress
    return ToolOut(
        id=station.tool,
        kind=kind,
        state=state.tools[station.tool],
        wafer=lying[0] if lying else None,
        job=None if job is None else job.id,
        phase=station.phase,
        progress=None
        if progress is None
        else ProgressOut(done=progress.done, total=progress.total, unit=progress.unit),
        held=station.held,
    )


def transfer_out(view: TransferView) -> TransferOut:
    """A transfer as it is sent."""
    request = view.request
    return TransferOut(
        id=request.transfer,
        wafer=request.wafer,
        source=request.source,
        destination=request.destination,
        requested_at=view.at,
        confirmed_at=view.confirmed_at,
    )


def alarm_out(view: AlarmView) -> AlarmOut:
    """An alarm as it is sent."""
    last = view.last
    return AlarmOut(
        id=last.alarm,
        tool=last.tool,
        source=last.source,
        state=last.state,
        text=last.text,
        action=last.action,
        raised_at=view.raised_at,
    )
