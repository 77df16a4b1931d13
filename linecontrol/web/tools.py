"""Tools: what they are doing, and every reading on request."""

from collections.abc import Sequence

from fastapi import APIRouter

from drivers.core.errors import DriverError
from linecontrol.engine.errors import NotFound
from linecontrol.web.access import EngineIn, Person
from linecontrol.web.views import PointOut, ToolDetail, ToolOut, tool_out

router = APIRouter(prefix="/tools", tags=["tools"])


@router.get("")
async def list_tools(engine: EngineIn) -> Sequence[ToolOut]:
    """Every tool, as the journal knows it; no instrument is asked."""
    return [tool_out(engine, station) for station in engine.stations.values()]


@router.get("/{tool}")
async def show_tool(engine: EngineIn, tool: str) -> ToolDetail:
    """One tool with every reading, asked now; changes nothing."""
    station = engine.stations.get(tool)
    if station is None:
        raise NotFound.among("tool", tool, engine.stations)
    points: dict[str, PointOut] = {}
    interlocks: dict[str, bool] = {}
    unreachable = None
    try:
        interlocks = dict(await station.driver.interlocks())
        for name, sample in (await station.driver.snapshot()).items():
            points[name] = PointOut(value=sample.value, unit=sample.unit, quality=sample.quality)
    except DriverError as error:
        unreachable = str(error)
    base = tool_out(engine, station)
    return ToolDetail(**dict(base), points=points, interlocks=interlocks, unreachable=unreachable)


@router.post("/{tool}/abort")
async def abort_job(engine: EngineIn, tool: str, person: Person = "unknown") -> ToolOut:
    """Give up the job on this tool; the rest of its lot goes on."""
    await engine.abort_job(tool, person)
    return tool_out(engine, engine.stations[tool])
