"""What a person may ask of the line; every wish is checked, journalled, and then acted on."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from drivers.core.clock import Clock
from drivers.core.errors import DriverError
from linecontrol import __version__
from linecontrol.engine.dispatcher import Dispatcher
from linecontrol.engine.errors import Conflict, NotFound, Unacceptable
from linecontrol.engine.scheduler import CASSETTE
from linecontrol.engine.snapshot import flow_of
from linecontrol.engine.watching import watch_line
from linecontrol.journal.facts import (
    AnyFact,
    LineOpened,
    LotCreated,
    Measured,
    RecipeUsed,
    TransferConfirmed,
)
from linecontrol.journal.fold import LotView, TransferView, WaferView
from linecontrol.journal.journal import Journal
from linecontrol.machines.chart import Unexpected
from linecontrol.machines.control_job import LotEvent, LotState
from linecontrol.machines.substrate import NeedEvent, Place, PlaceEvent
from linecontrol.model.flow import Flow
from linecontrol.model.library import Library
from linecontrol.model.line import Line
from linecontrol.model.lot import lot_id, wafers_of
from linecontrol.model.metrics import metrics, metrics_after
from linecontrol.stations.alarms import Alarms
from linecontrol.stations.moves import lot_moves, wafer_need, wafer_place
from linecontrol.stations.order import CannotResume
from linecontrol.stations.station import Station


class Engine:
    """The line at work. Reads go to `journal.state`; everything that changes it is a verb here."""

    def __init__(
        self,
        line: Line,
        library: Library,
        stations: Mapping[str, Station],
        journal: Journal,
        clock: Clock,
    ) -> None:
        self.line, self.library, self.stations = line, library, stations
        self.journal, self.clock = journal, clock
        self.alarms = Alarms(journal)
        self._dispatcher = Dispatcher(line, stations, journal, clock)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Take the line into our hands: note it, pause what was under way, begin to watch."""
        tools = tuple(tool.id for tool in self.line.tools)
        await self.journal.append(
            LineOpened(
                line=self.line.name,
                simulated=self.line.simulated,
                software=__version__,
                tools=tools,
            )
        )
        for lot in list(self.journal.state.lots.values()):
            if lot.state is LotState.EXECUTING:
                await self.journal.append(*lot_moves(lot, LotEvent.PAUSED, by="restart"))
        self._tasks = [
            asyncio.create_task(self._dispatcher.run(), name="dispatcher"),
            asyncio.create_task(
                watch_line(self.stations, self.journal, self.alarms, self.clock), name="watch"
            ),
        ]

    async def close(self) -> None:
        """Stop deciding and watching; stations at work leave their outputs off."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def start_lot(self, flow_name: str, wafers: int, by: str) -> LotView:
        """Start a lot of `wafers` along the newest revision of a flow; return it."""
        flow = self._runnable(flow_name)
        if not 1 <= wafers <= 25:
            raise Unacceptable(f"wafers: found {wafers}; allowed: 1 to 25")
        lot = lot_id(len(self.journal.state.lots) + 1)
        ids = tuple(wafer.id for wafer in wafers_of(lot, wafers))
        created = LotCreated(
            lot=lot,
            flow=flow.name,
            revision=flow.revision,
            flow_hash=flow.hash,
            flow_text=flow.model_dump_json(by_alias=True),
            wafers=ids,
            by=by,
        )
        view = LotView(lot, flow.name, "", ids, LotState.NONE, "", by)
        facts: list[AnyFact] = [created, *self._recipes(lot, flow)]
        facts += lot_moves(view, LotEvent.CREATED, LotEvent.SELECTED, LotEvent.AUTO_STARTED, by=by)
        for wafer in ids:
            blank = WaferView(wafer, lot)
            facts.append(wafer_place(blank, PlaceEvent.ARRIVED, CASSETTE))
            facts.append(wafer_need(blank, NeedEvent.REGISTERED))
        await self.journal.append(*facts)
        return self.journal.state.lots[lot]

    async def hold_lot(self, lot: str, by: str) -> None:
        """Let nothing of the lot start any more; what runs is broken off at its safe point."""
        await self._move_lot(lot, LotEvent.PAUSED, by)
        self._ask_stations(lot, f"lot {lot} was held by {by}")

    async def resume_lot(self, lot: str, by: str) -> None:
        """Let the lot go on, and take up again every job of it that is held."""
        view = self._lot(lot)
        held = [s for s in self._stations_of(lot) if s.held]
        if view.state is not LotState.PAUSED and not held:
            raise Conflict(f"lot {lot} is {view.state}: there is nothing to resume")
        for station in held:
            try:
                await station.resume(by)
            except CannotResume as error:
                said = f"{station.tool} was not resumed, lot {lot} is as it was: {error}"
                raise Conflict(said) from error
        if view.state is LotState.PAUSED:
            await self._move_lot(lot, LotEvent.RESUMED, by)

    async def abort_lot(self, lot: str, by: str) -> None:
        """Give the lot up: what runs is broken off and aborted, nothing more is started."""
        await self._move_lot(lot, LotEvent.ABORTED, by)
        for station in self._stations_of(lot):
            await station.abort(by)

    async def abort_job(self, tool: str, by: str) -> None:
        """Give up the job on one tool; its wafer goes no further, the lot goes on."""
        station = self.stations.get(tool)
        if station is None:
            raise NotFound.among("tool", tool, self.stations)
        if not station.busy:
            raise Conflict(f"{tool} has no job")
        await station.abort(by)

    async def confirm_transfer(self, transfer: str, by: str) -> TransferView:
        """A person says that a wafer was carried; both tools' own sensors must agree."""
        view = self.journal.state.transfers.get(transfer)
        if view is None:
            raise NotFound.among("transfer", transfer, self.journal.state.transfers)
        if view.confirmed is not None:
            return view
        request = view.request
        await self._sensor(request.source, request.wafer, present=False)
        await self._sensor(request.destination, request.wafer, present=True)
        wafer = self.journal.state.wafers[request.wafer]
        event = PlaceEvent.LEFT_SOURCE if wafer.place is Place.AT_SOURCE else PlaceEvent.MOVED
        if request.destination == CASSETTE:
            event = PlaceEvent.DELIVERED
        await self.journal.append(
            TransferConfirmed(transfer=transfer, by=by),
            wafer_place(wafer, event, request.destination),
        )
        return self.journal.state.transfers[transfer]

    async def measure(
        self, wafer: str, step: str, values: Mapping[str, float], gauge: str, by: str
    ) -> None:
        """Enter what a person measured on a wafer after a step it has had."""
        view = self.journal.state.wafers.get(wafer)
        if view is None:
            raise NotFound.among("wafer", wafer, self.journal.state.wafers)
        if step not in view.steps_done:
            done = ", ".join(view.steps_done) or "none"
            raise Unacceptable(f"step: found {step!r}; allowed: a step {wafer} has had ({done})")
        self._require_measurable(view, step, values)
        known = metrics()
        await self.journal.append(
            *(
                Measured(
                    wafer=wafer, step=step, metric=name, value=value,
                    unit=known[name].unit, gauge=gauge, by=by,
                )
                for name, value in values.items()
            )
        )  # fmt: skip

    async def acknowledge(self, alarm: str, by: str) -> None:
        """Note that a person has seen an alarm."""
        if alarm not in self.journal.state.alarms:
            raise NotFound.among("alarm", alarm, self.journal.state.alarms)
        try:
            await self.alarms.acknowledge(alarm, by)
        except Unexpected as error:
            state = self.alarms.state(alarm)
            raise Conflict(f"alarm {alarm} is {state}: nobody has to acknowledge it") from error

    def _require_measurable(self, wafer: WaferView, step: str, values: Iterable[str]) -> None:
        flow = flow_of(self.journal.state.lots[wafer.lot])
        possible = [
            metric.name
            for made in flow.steps
            if made.id == step
            for metric in metrics_after(made.visit)
        ]
        names = list(values) or [""]
        for name in names:
            if name not in possible:
                allowed = ", ".join(possible) or "nothing"
                raise Unacceptable(f"values: found {name!r}; allowed after {step}: {allowed}")

    def _runnable(self, name: str) -> Flow:
        flow = self.library.flows.get(name)
        if flow is None:
            raise NotFound.among("flow", name, sorted(self.library.flows))
        lacking = [s for s in flow.steps if not self.line.able(s.tool, s.needs)]
        if lacking:
            step = lacking[0]
            needs = " ".join(f"{k}={v}" for k, v in step.needs.items())
            raise Unacceptable(
                f"flow {name}: step {step.id} needs a {step.tool} {needs} and line "
                f"{self.line.name} has none".replace("  ", " ")
            )
        return flow

    def _recipes(self, lot: str, flow: Flow) -> Sequence[RecipeUsed]:
        facts: list[RecipeUsed] = []
        for step in flow.steps:
            recipe = self.library.recipes[step.recipe]
            facts.append(
                RecipeUsed(
                    lot=lot, step=step.id, visit=step.visit, recipe=recipe.name,
                    revision=recipe.revision, hash=recipe.hash, text=recipe.model_dump_json(),
                )
            )  # fmt: skip
        return facts

    def _lot(self, lot: str) -> LotView:
        view = self.journal.state.lots.get(lot)
        if view is None:
            raise NotFound.among("lot", lot, self.journal.state.lots)
        return view

    async def _move_lot(self, lot: str, event: LotEvent, by: str) -> None:
        view = self._lot(lot)
        try:
            facts = lot_moves(view, event, by=by)
        except Unexpected as error:
            raise Conflict(f"lot {lot} is {view.state}: it cannot be {event}") from error
        await self.journal.append(*facts)

    def _stations_of(self, lot: str) -> list[Station]:
        state = self.journal.state
        return [
            station
            for tool, station in self.stations.items()
            if (job := state.job_on(tool)) is not None and job.lot == lot and station.busy
        ]

    def _ask_stations(self, lot: str, wish: str) -> None:
        for station in self._stations_of(lot):
            station.ask(wish)

    async def _sensor(self, place: str, wafer: str, *, present: bool) -> None:
        station = self.stations.get(place)
        if station is None:
            return
        try:
            seen = (await station.driver.condition()).wafer_present
        except DriverError as error:
            raise Conflict(f"{place} cannot be asked whether {wafer} is there: {error}") from error
        if seen is not present:
            says = "sees a wafer" if seen else "sees no wafer"
            raise Conflict(f"{place} {says}: {wafer} cannot be confirmed as carried")
