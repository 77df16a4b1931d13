"""Turns decisions into requests to carry and orders to stations; driven by the journal alone.

Everything here is found again in the journal after a restart: a request to carry stays open, a
queued job waits for its wafer. Nothing starts by itself: a lot that was under way is paused.
"""

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog

from drivers.core.clock import Clock, sleep
from linecontrol.engine.scheduler import CASSETTE, Move, next_due, next_moves
from linecontrol.engine.snapshot import epoch_s, flow_of, free_racks, slots, waiting
from linecontrol.journal.chain import Record
from linecontrol.journal.facts import AnyFact, JobCreated, TransferRequested
from linecontrol.journal.fold import JobView, LineState
from linecontrol.journal.journal import Journal
from linecontrol.machines.control_job import LotEvent, LotState
from linecontrol.machines.process_job import JobEvent, JobState
from linecontrol.machines.substrate import Need, Place
from linecontrol.model.flow import Flow
from linecontrol.model.line import Line
from linecontrol.model.recipe import Recipe
from linecontrol.stations.moves import job_moves, lot_moves
from linecontrol.stations.order import Order
from linecontrol.stations.station import Station

GATHER_S = 0.05  # all facts of one instant are in before anything is decided on them

log = structlog.get_logger(__name__)


class Dispatcher:
    """Watches the journal; whenever something changed, decides what moves and what starts."""

    def __init__(
        self, line: Line, stations: Mapping[str, Station], journal: Journal, clock: Clock
    ) -> None:
        self._line, self._stations, self._journal, self._clock = line, stations, journal, clock
        self._changed = asyncio.Event()
        self._flows: dict[str, Flow] = {}
        self._running: dict[str, asyncio.Task[object]] = {}

    @property
    def _state(self) -> LineState:
        return self._journal.state

    async def run(self) -> None:
        """Decide until cancelled; stations that are at work are cancelled with it."""
        stop = self._journal.listen(self._note)
        try:
            while True:
                self._changed.clear()
                due_s = await self._decide()
                await self._wait(due_s)
        finally:
            stop()
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _note(self, _record: Record, _fact: AnyFact) -> None:
        self._changed.set()

    async def _wait(self, due_s: float | None) -> None:
        left_s = None if due_s is None else max(0.0, due_s - self._clock.now().timestamp())
        try:
            async with asyncio.timeout(left_s):
                await self._changed.wait()
        except TimeoutError:
            return
        await sleep(self._clock, GATHER_S)

    async def _decide(self) -> float | None:
        """Begin what can begin; return when the next shortest queue time ends."""
        self._start_jobs()
        now_s = self._clock.now().timestamp()
        for lot in self._state.lots.values():
            if lot.id not in self._flows:
                self._flows[lot.id] = flow_of(lot)
        queue = waiting(self._state, self._flows)
        tools = slots(self._state, self._line, self._accepting())
        for move in next_moves(queue, tools, free_racks(self._state, self._line), now_s):
            await self._begin(move)
        await self._finish_lots()
        return next_due(queue, now_s)

    def _accepting(self) -> dict[str, bool]:
        return {tool: not station.busy for tool, station in self._stations.items()}

    async def _begin(self, move: Move) -> None:
        facts: list[AnyFact] = []
        if move.step:
            wafer = self._state.wafers[move.wafer]
            job = JobView(
                f"J{len(self._state.jobs) + 1:06d}",
                move.destination,
                wafer.lot,
                move.wafer,
                move.step,
            )
            facts.append(
                JobCreated(tool=job.tool, job=job.id, lot=job.lot, wafer=job.wafer, step=job.step)
            )
            facts += job_moves(job, JobEvent.CREATED)
        if move.destination != move.source:
            facts.append(
                TransferRequested(
                    transfer=f"T{len(self._state.transfers) + 1:06d}",
                    wafer=move.wafer,
                    source=move.source,
                    destination=move.destination,
                )
            )
        await self._journal.append(*facts)
        log.info("move_decided", wafer=move.wafer, destination=move.destination, reason=move.reason)

    def _start_jobs(self) -> None:
        """Give every station the job whose wafer has arrived, or that was broken off."""
        for tool, station in self._stations.items():
            job = self._state.job_on(tool)
            if job is None or station.busy or tool in self._running:
                continue
            if self._state.wafers[job.wafer].location != tool:
                continue
            if self._state.lots[job.lot].state is not LotState.EXECUTING and (
                job.state is JobState.QUEUED
            ):
                continue
            task = asyncio.create_task(station.run(self._order(job)), name=f"station {tool}")
            self._running[tool] = task
            task.add_done_callback(partial(self._ended, tool))

    def _ended(self, tool: str, task: "asyncio.Task[object]") -> None:
        del self._running[tool]
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("station_failed", tool=tool, error=str(error))

    def _order(self, job: JobView) -> Order:
        lot = self._state.lots[job.lot]
        used = lot.recipes[job.step]
        recipe = Recipe.model_validate_json(used.text)
        last = self._flows.setdefault(lot.id, flow_of(lot)).steps[-1].id == job.step
        return Order(job.id, job.lot, job.wafer, job.step, recipe.reference, recipe.setpoints, last)

    async def _finish_lots(self) -> None:
        for lot in list(self._state.lots.values()):
            wafers = [self._state.wafers[wafer] for wafer in lot.wafers]
            if lot.state is LotState.EXECUTING and all(
                w.place is Place.AT_DESTINATION
                or (w.need not in {Need.NEEDS_PROCESSING, Need.IN_PROCESS, Need.PROCESSED}
                    and w.location not in self._stations)
                for w in wafers
            ):  # fmt: skip
                await self._journal.append(*lot_moves(lot, LotEvent.FINISHED))


def queue_excess_min(state: LineState, wafer: str, flow: Flow, now_s: float) -> float | None:
    """Minutes by which a wafer has outstayed its queue-time limit; None when it has not."""
    view = state.wafers[wafer]
    done = len(view.steps_done)
    if done in {0, len(flow.steps)} or view.location == CASSETTE:
        return None
    limit = flow.steps[done].queue_max_min
    waited_min = (now_s - epoch_s(view.ready_at)) / 60.0
    return None if limit is None or waited_min <= limit else waited_min - limit
