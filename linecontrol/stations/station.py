"""One tool at work: it takes an order, runs its phases, and holds the wafer when one breaks."""

import asyncio

import structlog

from drivers.core.clock import Clock
from drivers.core.errors import DriverError, Effect
from drivers.core.tool import Job, Phase, Progress, Resume, Setpoints, ToolDriver
from linecontrol.journal.fold import JobView
from linecontrol.journal.journal import Journal
from linecontrol.machines.packml import ToolEvent, ToolState
from linecontrol.machines.process_job import JobEvent, JobState
from linecontrol.machines.substrate import NeedEvent
from linecontrol.stations.keeper import Keeper
from linecontrol.stations.moves import job_moves, tool_moves, wafer_need
from linecontrol.stations.order import CannotResume, Decision, Order, Verdict
from linecontrol.stations.performing import Interrupted, Visit, watched

log = structlog.get_logger(__name__)


class Station:
    """A tool with its driver; one order at a time. `progress` is for people, not for deciding."""

    def __init__(
        self, tool: str, driver: ToolDriver[Setpoints], journal: Journal, clock: Clock
    ) -> None:
        self.tool, self.driver = tool, driver
        self.progress: Progress | None = None
        self.phase: str = ""
        self._journal, self._clock = journal, clock
        self._keeper = Keeper(tool, driver, journal)
        self._wish: asyncio.Future[str] | None = None
        self._decision: asyncio.Future[Decision] | None = None
        self._broken: tuple[Phase, DriverError] | None = None
        self._order: Order | None = None
        self._abort_by = ""  # who asked for an abort while a phase was running
        self._by = ""  # who decided last

    @property
    def busy(self) -> bool:
        """Whether an order is being worked on or held here."""
        return self._wish is not None

    @property
    def held(self) -> bool:
        """Whether a wafer is held here for a person's decision."""
        return self._decision is not None

    async def run(self, order: Order) -> Verdict:
        """Carry out an order from its queued job to its end; a broken phase waits for a person."""
        self._wish = asyncio.get_running_loop().create_future()
        self._order = order
        try:
            if self._job(order).state is JobState.QUEUED:
                await self._begin(order)
            elif await self._taken_over(order) is Decision.ABORT:
                return await self._given_up(order)
            return await self._work(order)
        finally:
            self._wish = self._decision = self._broken = self.progress = None
            self.phase = self._abort_by = ""

    def ask(self, wish: str) -> None:
        """Ask for the running phase to be broken off at its next safe point."""
        if self._wish is not None and not self._wish.done():
            self._wish.set_result(wish)

    async def resume(self, by: str) -> None:
        """Take a held job up again; raise CannotResume with the reason if that is not safe."""
        decision = self._held_or_refuse()
        if self._broken is not None:
            phase, error = self._broken
            if phase.resume is Resume.NEVER and error.effect is not Effect.NONE:
                raise CannotResume(
                    f"{phase.name} cannot be taken up again: abort, then rework or scrap"
                )
        try:
            await self.driver.identify()
        except DriverError as error:
            raise CannotResume(str(error)) from error
        # An instrument that was out of reach may still believe that its output is on: it would
        # come back by itself as soon as the controller gives its permit.
        if unconfirmed := await self._keeper.make_safe():
            raise CannotResume("; ".join(unconfirmed))
        log.info("job_resumed", tool=self.tool, by=by)
        self._by = by
        assert self._order is not None  # noqa: S101 - a held job has one
        await self._keeper.release(self._order, by)
        decision.set_result(Decision.RESUME)

    async def abort(self, by: str) -> None:
        """Give a job up; the wafer is aborted and has to be taken out by a person."""
        log.info("job_abort_asked", tool=self.tool, by=by)
        self._by = by
        if self._decision is not None:
            if not self._decision.done():
                self._decision.set_result(Decision.ABORT)
        else:
            self._abort_by = by
            self.ask(f"abort asked by {by}")

    def _held_or_refuse(self) -> "asyncio.Future[Decision]":
        if self._decision is None or self._decision.done():
            raise CannotResume(f"{self.tool} holds no wafer that waits for a decision")
        return self._decision

    def _job(self, order: Order) -> JobView:
        return self._journal.state.jobs[order.job]

    def _state(self) -> ToolState:
        return self._journal.state.tools[self.tool]

    async def _begin(self, order: Order) -> None:
        wafer = self._journal.state.wafers[order.wafer]
        to_idle = {
            ToolState.STOPPED: (ToolEvent.RESET, ToolEvent.STATE_COMPLETED),
            ToolState.COMPLETE: (ToolEvent.RESET, ToolEvent.STATE_COMPLETED),
        }.get(self._state(), ())
        await self._journal.append(
            *job_moves(self._job(order), JobEvent.SELECTED, JobEvent.AUTO_STARTED),
            *tool_moves(
                self.tool, self._state(), *to_idle, ToolEvent.STARTED, ToolEvent.STATE_COMPLETED
            ),
            wafer_need(wafer, NeedEvent.STARTED, order.step),
        )

    async def _work(self, order: Order) -> Verdict:
        """Run what is left of the phases until they are done or a person gives up."""
        while True:
            try:
                await self._phases(order)
            except DriverError as error:
                if await self._held(order, error, str(error)) is Decision.ABORT:
                    return await self._given_up(order)
            else:
                return await self._finish(order)

    async def _given_up(self, order: Order) -> Verdict:
        await self._keeper.give_up(order, self._by)
        return Verdict.ABORTED

    async def _phases(self, order: Order) -> None:
        view = self._job(order)
        self._wish = asyncio.get_running_loop().create_future()
        job = Job(order.job, order.wafer, order.recipe, self._report, dict(view.delivered))
        visit = Visit(self._journal, self.tool, order)
        async with self.driver.controlling(job), visit:
            for phase in self.driver.procedure(order.setpoints, job):
                if phase.name in view.phases:
                    continue
                if self._wish.done():
                    raise Interrupted(
                        f"before {phase.name}: {self._wish.result()}", source=self.tool
                    )
                await self._one(visit, order, phase)

    async def _one(self, visit: Visit, order: Order, phase: Phase) -> None:
        wish = self._wish
        assert wish is not None  # noqa: S101 - set for the length of every order

        async def interruption() -> str:
            return await asyncio.shield(wish)

        self.phase, self.progress = phase.name, None
        log.info(
            "phase_started", tool=self.tool, wafer=order.wafer, job=order.job, phase=phase.name
        )
        try:
            await visit.perform(
                phase,
                lambda: watched(self.tool, self.driver, phase, self._clock, interruption),
            )
        except DriverError as error:
            self._broken = phase, error
            raise

    def _report(self, progress: Progress) -> None:
        self.progress = progress

    async def _finish(self, order: Order) -> Verdict:
        wafer = self._journal.state.wafers[order.wafer]
        event = NeedEvent.FINISHED if order.last else NeedEvent.STEP_FINISHED
        await self._journal.append(
            *job_moves(self._job(order), JobEvent.PROCESSED, JobEvent.DEPARTED),
            *tool_moves(
                self.tool, self._state(),
                ToolEvent.STATE_COMPLETED, ToolEvent.STATE_COMPLETED,
                ToolEvent.RESET, ToolEvent.STATE_COMPLETED,
            ),
            wafer_need(wafer, event, order.step),
            *self._keeper.taken(order),
        )  # fmt: skip
        return Verdict.DONE

    async def _held(self, order: Order, error: DriverError | None, reason: str) -> Decision:
        """Hold the wafer, then wait for a person; on resume, ask the hardware once more."""
        self._decision = asyncio.get_running_loop().create_future()
        await self._keeper.hold(order, error, reason)
        decision = Decision.ABORT if self._abort_by else await self._decision
        self._decision = None
        return decision

    async def _taken_over(self, order: Order) -> Decision:
        """Hold a job that was under way when the software stopped, and say what is known."""
        self._broken = await self._keeper.broken_off(order)
        error = None if self._broken is None else self._broken[1]
        reason = str(error or "the software stopped between two phases")
        return await self._held(order, error, reason)
