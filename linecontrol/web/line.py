"""The line as a whole: what it is, its alarms, and every fact as it happens."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from linecontrol import __version__
from linecontrol.web.access import EngineIn, Person, StreamsIn
from linecontrol.web.views import AlarmOut, LineOut, alarm_out

router = APIRouter(tags=["line"])


@router.get("/line")
async def show_line(engine: EngineIn) -> LineOut:
    """Which line this is, and whether it is simulated."""
    return LineOut(
        name=engine.line.name,
        simulated=engine.line.simulated,
        software=__version__,
        now=engine.clock.now().isoformat(timespec="milliseconds"),
        tools=len(engine.stations),
        lots=len(engine.journal.state.lots),
    )


@router.get("/events", response_class=StreamingResponse)
async def follow_events(
    streams: StreamsIn,
    last_event_id: Annotated[int, Header(alias="Last-Event-ID", ge=0)] = 0,
    after: Annotated[int, Query(ge=0)] = 0,
) -> StreamingResponse:
    """Facts as server-sent events, after the number given."""
    start = max(last_event_id, after)
    return StreamingResponse(streams.follow(start), media_type="text/event-stream")


@router.get("/alarms")
async def list_alarms(engine: EngineIn, *, standing: bool = True) -> Sequence[AlarmOut]:
    """Alarms that stand, or all that were ever raised."""
    views = engine.journal.state.alarms.values()
    return [alarm_out(view) for view in views if view.standing or not standing]


@router.post("/alarms/{alarm}/acknowledge")
async def acknowledge_alarm(engine: EngineIn, alarm: str, person: Person = "unknown") -> AlarmOut:
    """A person has seen it; what raised it stays until it is gone."""
    await engine.acknowledge(alarm, person)
    return alarm_out(engine.journal.state.alarms[alarm])
