"""Facts about moves: each asks its table first, so no illegal move is ever written down."""

from linecontrol.journal.facts import JobMoved, LotMoved, ToolMoved, WaferChanged, WaferPlaced
from linecontrol.journal.fold import JobView, LotView, WaferView
from linecontrol.machines.control_job import LOT, LotEvent
from linecontrol.machines.packml import TOOL, ToolEvent, ToolState
from linecontrol.machines.process_job import JOB, JobEvent
from linecontrol.machines.substrate import NEED, PLACE, NeedEvent, PlaceEvent


def job_moves(job: JobView, *events: JobEvent, by: str = "") -> list[JobMoved]:
    """The facts of a job going through `events`, in order."""
    state, facts = job.state, list[JobMoved]()
    for event in events:
        state = JOB.fire(state, event)
        facts.append(JobMoved(tool=job.tool, job=job.id, event=event, state=state, by=by))
    return facts


def tool_moves(tool: str, state: ToolState, *events: ToolEvent) -> list[ToolMoved]:
    """The facts of a tool going through `events`, in order."""
    facts = list[ToolMoved]()
    for event in events:
        state = TOOL.fire(state, event)
        facts.append(ToolMoved(tool=tool, event=event, state=state))
    return facts


def lot_moves(lot: LotView, *events: LotEvent, by: str = "") -> list[LotMoved]:
    """The facts of a lot going through `events`, in order."""
    state, facts = lot.state, list[LotMoved]()
    for event in events:
        state = LOT.fire(state, event)
        facts.append(LotMoved(lot=lot.id, event=event, state=state, by=by))
    return facts


def wafer_place(wafer: WaferView, event: PlaceEvent, location: str) -> WaferPlaced:
    """The fact of a wafer that is now at `location`."""
    place = PLACE.fire(wafer.place, event)
    return WaferPlaced(wafer=wafer.id, event=event, place=place, location=location)


def wafer_need(wafer: WaferView, event: NeedEvent, step: str = "") -> WaferChanged:
    """The fact of a wafer to which `event` happened in flow step `step`."""
    need = NEED.fire(wafer.need, event)
    return WaferChanged(wafer=wafer.id, event=event, need=need, step=step)
