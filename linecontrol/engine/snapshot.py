"""The line as the scheduler sees it: what lies where, what each wafer needs, what is free."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from linecontrol.engine.scheduler import Fit, Slot, Waiting
from linecontrol.journal.fold import LineState, LotView, WaferView
from linecontrol.machines.control_job import LotState
from linecontrol.machines.substrate import Need, Place
from linecontrol.model.flow import Flow, Step
from linecontrol.model.line import Line


def epoch_s(at: str) -> float:
    """Seconds since 1970 of a time as the journal writes it."""
    return datetime.fromisoformat(at).astimezone(UTC).timestamp()


def flow_of(lot: LotView) -> Flow:
    """The flow of a lot as it was on the day the lot was started."""
    return Flow.model_validate_json(lot.flow_text)


def next_step(wafer: WaferView, flow: Flow) -> Step | None:
    """The step the wafer needs next, or None when the route is done."""
    done = len(wafer.steps_done)
    return flow.steps[done] if done < len(flow.steps) else None


def unmeasured(wafer: WaferView, flow: Flow) -> tuple[str, ...]:
    """The metrics of the step last done that nobody has entered yet."""
    if not wafer.steps_done:
        return ()
    step = next(step for step in flow.steps if step.id == wafer.steps_done[-1])
    return tuple(m for m in step.measure if f"{step.id}.{m}" not in wafer.measured)


def waiting(state: LineState, flows: Mapping[str, Flow]) -> list[Waiting]:
    """Every wafer that lies still, of lots at work or ended with wafers still in tools."""
    return [
        _waiting(state.lots[wafer.lot], wafer, flows[wafer.lot], order)
        for order, wafer in enumerate(_still(state))
    ]


def slots(state: LineState, line: Line, accepting: Mapping[str, bool]) -> list[Slot]:
    """Every tool; one is free when nothing lies in it, nothing is coming and it is well."""
    lying = {w.location: w.id for w in state.wafers.values() if w.place is Place.AT_WORK}
    coming = {view.request.destination for view in state.open_transfers()}
    return [
        Slot(
            tool.id,
            tool.kind,
            tool.abilities,
            free=tool.id not in lying
            and tool.id not in coming
            and state.job_on(tool.id) is None
            and accepting[tool.id],
            wafer=lying.get(tool.id, ""),
        )
        for tool in line.tools
    ]


def free_racks(state: LineState, line: Line) -> list[str]:
    """Rack slots in which nothing lies and to which nothing is coming, in order."""
    taken = {wafer.location for wafer in state.wafers.values()}
    taken |= {view.request.destination for view in state.open_transfers()}
    every = [f"{rack.id}.{n:02d}" for rack in line.racks for n in range(1, rack.slots + 1)]
    return [slot for slot in every if slot not in taken]


def _still(state: LineState) -> Iterator[WaferView]:
    moving = {view.request.wafer for view in state.open_transfers()}
    working = {job.wafer for tool in state.tools if (job := state.job_on(tool)) is not None}
    for wafer in state.wafers.values():
        ended = state.lots[wafer.lot].state is LotState.COMPLETED
        if (ended or state.lots[wafer.lot].state is LotState.EXECUTING) and (
            wafer.id not in moving | working and wafer.held is None
        ):
            yield wafer


def _waiting(lot: LotView, wafer: WaferView, flow: Flow, order: int) -> Waiting:
    since_s = epoch_s(wafer.ready_at or lot.created_at)
    fit, step = _fit(lot, wafer, flow), next_step(wafer, flow)
    if step is None or fit is not Fit.NEXT_STEP:
        return Waiting(wafer.id, wafer.location, since_s, order, fit)
    return Waiting(
        wafer.id,
        wafer.location,
        since_s,
        order,
        fit,
        step=step.id,
        kind=step.tool,
        needs=tuple(step.needs.items()),
        not_before_s=since_s + (step.queue_min_min or 0.0) * 60.0,
    )


def _fit(lot: LotView, wafer: WaferView, flow: Flow) -> Fit:
    if wafer.place is Place.AT_DESTINATION:
        return Fit.STAYS
    if lot.state is LotState.COMPLETED and wafer.need is not Need.PROCESSED:
        return Fit.DISCARDED  # the lot was given up: a person clears the tool
    if unmeasured(wafer, flow):
        return Fit.STAYS
    if wafer.need is Need.PROCESSED:
        return Fit.FINISHED
    return Fit.NEXT_STEP if wafer.need is Need.NEEDS_PROCESSING else Fit.DISCARDED
