"""Lots: start, watch, hold, resume, abort, report."""

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from linecontrol.engine.engine import Engine
from linecontrol.engine.errors import NotFound
from linecontrol.web.access import EngineIn, PagesIn, Person
from linecontrol.web.views import LotIn, LotOut, lot_out

router = APIRouter(prefix="/lots", tags=["lots"])


@router.get("")
async def list_lots(engine: EngineIn) -> Sequence[LotOut]:
    """Every lot this line has had, oldest first."""
    state = engine.journal.state
    return [lot_out(state, view) for view in state.lots.values()]


@router.post("", status_code=201)
async def start_lot(engine: EngineIn, body: LotIn, person: Person = "unknown") -> LotOut:
    """Start a lot along the newest revision of a flow."""
    view = await engine.start_lot(body.flow, body.wafers, person)
    return lot_out(engine.journal.state, view)


@router.get("/{lot}")
async def show_lot(engine: EngineIn, lot: str) -> LotOut:
    """One lot: how far each wafer is, and which are held, and why."""
    return _lot(engine, lot)


@router.post("/{lot}/hold")
async def hold_lot(engine: EngineIn, lot: str, person: Person = "unknown") -> LotOut:
    """Nothing of it starts any more; what runs is broken off at its next safe point."""
    await engine.hold_lot(lot, person)
    return _lot(engine, lot)


@router.post("/{lot}/resume")
async def resume_lot(engine: EngineIn, lot: str, person: Person = "unknown") -> LotOut:
    """Let it go on, and take up again what of it is held."""
    await engine.resume_lot(lot, person)
    return _lot(engine, lot)


@router.post("/{lot}/abort")
async def abort_lot(engine: EngineIn, lot: str, person: Person = "unknown") -> LotOut:
    """Give it up: what runs is aborted, nothing more is started."""
    await engine.abort_lot(lot, person)
    return _lot(engine, lot)


@router.get("/{lot}/report", response_class=HTMLResponse)
async def report_lot(engine: EngineIn, pages: PagesIn, lot: str) -> HTMLResponse:
    """One self-contained page: traveler, claim chart, pictures, metrology."""
    _lot(engine, lot)
    return HTMLResponse(pages.report(lot))


def _lot(engine: Engine, lot: str) -> LotOut:
    view = engine.journal.state.lots.get(lot)
    if view is None:
        raise NotFound.among("lot", lot, engine.journal.state.lots)
    return lot_out(engine.journal.state, view)
