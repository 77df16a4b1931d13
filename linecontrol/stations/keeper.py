"""What happens to a tool and its wafer when a job breaks: safe state, evidence, hold, release."""

import asyncio

import structlog

from drivers.core.errors import DriverError, Effect
from drivers.core.tool import Evidence, Job, Phase, Progress, Setpoints, ToolDriver
from linecontrol.journal.facts import Done as DoneFact
from linecontrol.journal.facts import (
    EvidenceFound,
    Failed,
    JobMoved,
    MadeSafe,
    Measured,
    ToolMoved,
    WaferHeld,
    WaferReleased,
)
from linecontrol.journal.fold import ActivityView, JobView
from linecontrol.journal.journal import Journal
from linecontrol.machines.packml import ToolEvent, ToolState
from linecontrol.machines.process_job import JobEvent, JobState
from linecontrol.machines.substrate import NeedEvent
from linecontrol.model.metrics import metrics
from linecontrol.stations.alarms import Alarms
from linecontrol.stations.moves import job_moves, tool_moves, wafer_need
from linecontrol.stations.order import Decision, Order
from linecontrol.stations.performing import Interrupted, Stopped, failed
from linecontrol.stations.texts import alarm_of

SAFE_DEADLINE_S = 60.0  # how long making a tool safe may take before we say that it did not

log = structlog.get_logger(__name__)


class Keeper:
    """Keeps one tool and its wafer while nothing may go on."""

    def __init__(self, tool: str, driver: ToolDriver[Setpoints], journal: Journal) -> None:
        self.tool, self.driver = tool, driver
        self._journal = journal
        self._alarms = Alarms(journal)

    async def hold(self, order: Order, error: DriverError | None, reason: str) -> None:
        """Alarm, safe state, evidence; then the wafer waits here for a person."""
        log.warning("job_held", tool=self.tool, wafer=order.wafer, reason=reason)
        await self._alarms.raise_(alarm_of(self.tool, error, reason))
        await self.make_safe()
        evidence = await self._evidence(order.job)
        view = self._job(order)
        facts = list[JobMoved | ToolMoved]()
        if view.state is not JobState.PAUSED:
            facts += job_moves(view, *_to_paused(view.state))
        if self._state() is ToolState.EXECUTE:
            facts += tool_moves(self.tool, self._state(), ToolEvent.HELD, ToolEvent.STATE_COMPLETED)
        await self._journal.append(
            *facts,
            WaferHeld(
                tool=self.tool,
                wafer=order.wafer,
                job=order.job,
                reason=reason,
                evidence=evidence.words,
            ),
        )

    async def broken_off(self, order: Order) -> tuple[Phase, DriverError] | None:
        """Close as unknown what the software left open; return the phase that broke, if one did."""
        for view in self._journal.state.open_intents():
            if view.intent.job == order.job:
                stopped = Stopped(f"the software stopped during {view.intent.phase}")
                await self._journal.append(failed(self.tool, view.intent.activity, stopped))
        tries = self._tries(order.job)
        if not tries or not isinstance(tries[-1].outcome, Failed):
            return None
        job = Job(order.job, order.wafer, order.recipe, _unseen)
        phases = {phase.name: phase for phase in self.driver.procedure(order.setpoints, job)}
        outcome = tries[-1].outcome
        known = outcome.effect is not Effect.UNKNOWN
        error = Interrupted(outcome.message) if known else Stopped(outcome.message)
        return phases[tries[-1].intent.phase], error

    async def release(self, order: Order, by: str) -> None:
        """A person lets the job go on: ask the hardware once more what was delivered."""
        await self._evidence(order.job)
        await self._journal.append(
            *job_moves(self._job(order), JobEvent.RESUMED_PROCESSING),
            *tool_moves(self.tool, self._state(), ToolEvent.UNHELD, ToolEvent.STATE_COMPLETED),
            WaferReleased(wafer=order.wafer, by=by, decision=Decision.RESUME.value),
        )
        await self._clear_alarms()

    async def give_up(self, order: Order, by: str) -> None:
        """A person gives the job up: the tool is made safe, the wafer is aborted."""
        await self.make_safe()
        wafer = self._journal.state.wafers[order.wafer]
        await self._journal.append(
            *job_moves(self._job(order), JobEvent.ABORT_ASKED, JobEvent.ABORTED),
            *tool_moves(
                self.tool, self._state(),
                ToolEvent.ABORTED, ToolEvent.STATE_COMPLETED,
                ToolEvent.CLEARED, ToolEvent.STATE_COMPLETED,
                ToolEvent.RESET, ToolEvent.STATE_COMPLETED,
            ),
            wafer_need(wafer, NeedEvent.ABORTED, order.step),
            WaferReleased(wafer=order.wafer, by=by, decision=Decision.ABORT.value),
        )  # fmt: skip
        await self._clear_alarms()

    def taken(self, order: Order) -> list[Measured]:
        """What the tool itself measured on the wafer, as measurements."""
        readings: dict[str, float] = {}
        for view in self._tries(order.job):
            if isinstance(view.outcome, DoneFact):
                readings.update(view.outcome.readings)
        return [
            Measured(
                wafer=order.wafer,
                step=order.step,
                metric=name,
                value=readings[name],
                unit=metric.unit,
                gauge=metric.gauge,
                by=self.tool,
            )
            for name, metric in metrics().items()
            if metric.by_tool and name in readings
        ]

    async def make_safe(self) -> tuple[str, ...]:
        """Bring the tool to its safe state; return sentences for what could not be confirmed."""
        try:
            async with asyncio.timeout(SAFE_DEADLINE_S):
                unconfirmed = tuple(await self.driver.make_safe())
        except TimeoutError:
            unconfirmed = (f"{self.tool} could not be made safe within {SAFE_DEADLINE_S:g} s",)
        await self._journal.append(MadeSafe(tool=self.tool, unconfirmed=unconfirmed))
        return unconfirmed

    async def _evidence(self, job: str) -> Evidence:
        try:
            found = await self.driver.evidence(job)
        except DriverError as error:
            known = self._journal.state.jobs[job].delivered
            found = Evidence(job, "", known, (f"nothing could be asked: {error}",))
        await self._journal.append(
            EvidenceFound(
                tool=self.tool,
                job=job,
                job_on_tool=found.job_id_on_tool,
                delivered=dict(found.delivered),
                words=found.words,
            )
        )
        return found

    async def _clear_alarms(self) -> None:
        """The conditions that held the job are gone; what an operator has not seen stays."""
        for alarm in [a for a, v in self._journal.state.alarms.items() if v.last.tool == self.tool]:
            await self._alarms.clear(alarm)

    def _job(self, order: Order) -> JobView:
        return self._journal.state.jobs[order.job]

    def _state(self) -> ToolState:
        return self._journal.state.tools[self.tool]

    def _tries(self, job: str) -> list[ActivityView]:
        return [v for v in self._journal.state.activities.values() if v.intent.job == job]


def _unseen(_progress: Progress) -> None:
    """Nobody looks."""


def _to_paused(state: JobState) -> tuple[JobEvent, ...]:
    return (
        (JobEvent.PAUSED,) if state is JobState.PAUSING else (JobEvent.PAUSE_ASKED, JobEvent.PAUSED)
    )
