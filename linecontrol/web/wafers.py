"""Wafers: where they are, who carries them, what was measured on them."""

from collections.abc import Sequence

from fastapi import APIRouter

from linecontrol.engine.errors import NotFound
from linecontrol.web.access import EngineIn, PagesIn, Person
from linecontrol.web.views import (
    MeasurementOut,
    MeasurementsIn,
    TransferOut,
    WaferOut,
    measurements_out,
    transfer_out,
    wafer_out,
)

router = APIRouter(tags=["wafers"])


@router.get("/wafers")
async def list_wafers(engine: EngineIn, lot: str | None = None) -> Sequence[WaferOut]:
    """Every wafer, or those of one lot."""
    state = engine.journal.state
    return [wafer_out(state, view) for view in state.wafers.values() if lot in {None, view.lot}]


@router.get("/wafers/{wafer}")
async def show_wafer(engine: EngineIn, wafer: str) -> WaferOut:
    """One wafer: where it is, what it has had, what somebody is asked to measure."""
    view = engine.journal.state.wafers.get(wafer)
    if view is None:
        raise NotFound.among("wafer", wafer, engine.journal.state.wafers)
    return wafer_out(engine.journal.state, view)


@router.get("/wafers/{wafer}/story")
async def tell_story(engine: EngineIn, pages: PagesIn, wafer: str) -> Sequence[str]:
    """What happened to a wafer, in plain sentences."""
    if wafer not in engine.journal.state.wafers:
        raise NotFound.among("wafer", wafer, engine.journal.state.wafers)
    return pages.story(wafer)


@router.get("/wafers/{wafer}/measurements")
async def list_measurements(engine: EngineIn, wafer: str) -> Sequence[MeasurementOut]:
    """What was measured on a wafer, judged by the windows."""
    view = engine.journal.state.wafers.get(wafer)
    if view is None:
        raise NotFound.among("wafer", wafer, engine.journal.state.wafers)
    return measurements_out(view)


@router.post("/wafers/{wafer}/measurements", status_code=201)
async def measure_wafer(
    engine: EngineIn, wafer: str, body: MeasurementsIn, person: Person = "unknown"
) -> WaferOut:
    """Enter what was measured after a step the wafer has had."""
    await engine.measure(wafer, body.step, body.values, body.gauge, person)
    return wafer_out(engine.journal.state, engine.journal.state.wafers[wafer])


@router.get("/transfers")
async def list_transfers(engine: EngineIn, *, open_only: bool = True) -> Sequence[TransferOut]:
    """Wafers that somebody is asked to carry, or all that were ever carried."""
    views = engine.journal.state.transfers.values()
    return [transfer_out(view) for view in views if view.confirmed is None or not open_only]


@router.get("/transfers/{transfer}")
async def show_transfer(engine: EngineIn, transfer: str) -> TransferOut:
    """One transfer."""
    view = engine.journal.state.transfers.get(transfer)
    if view is None:
        raise NotFound.among("transfer", transfer, engine.journal.state.transfers)
    return transfer_out(view)


@router.post("/transfers/{transfer}/confirm")
async def confirm_transfer(
    engine: EngineIn, transfer: str, person: Person = "unknown"
) -> TransferOut:
    """A person carried the wafer; both tools' sensors are asked before it counts."""
    return transfer_out(await engine.confirm_transfer(transfer, person))
