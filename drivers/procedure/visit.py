"""One visit of one wafer: holding the controller, its sequence, and how phases are declared."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, InterlockOpen, Tripped
from drivers.core.points import BoundReading
from drivers.core.registers import Register
from drivers.core.tool import Done, Job, Phase, Progress, Resume, SafeAction
from drivers.core.waiting import until
from drivers.instruments.click_plc import ClickPlc, PackMl, Status

RECIPE_NO: Final = 1  # the job id says the rest
TO_IDLE_S: Final = 120.0
START_S: Final = 60.0
FINISH_S: Final = 120.0
REPORT_EVERY_S: Final = 5.0
STEP_POLL_S: Final = 1.0

AT_WORK: Final = frozenset({PackMl.STARTING, PackMl.EXECUTE, PackMl.COMPLETING})
ENDED_WELL: Final = frozenset({PackMl.COMPLETING, PackMl.COMPLETE})


@dataclass(frozen=True, slots=True)
class Manner:
    """What hold, abort and a lost link do to a phase, and how it may be taken up again."""

    on_hold: SafeAction
    on_abort: SafeAction
    on_link_lost: SafeAction
    resume: Resume
    longest_hold_s: float

    def phase(
        self, name: str, act: Callable[[], Awaitable[Done]], deadline_s: float, dose_unit: str = ""
    ) -> Phase:
        """A phase of this manner."""
        return Phase(
            name=name,
            act=act,
            deadline_s=deadline_s,
            on_hold=self.on_hold,
            on_abort=self.on_abort,
            on_link_lost=self.on_link_lost,
            longest_hold_s=self.longest_hold_s,
            resume=self.resume,
            dose_unit=dose_unit,
        )


class Reporter:
    """Tells people how far a phase is, at most once in five seconds of the clock's time."""

    def __init__(self, job: Job, clock: Clock, total: float, unit: str) -> None:
        self._job, self._clock = job, clock
        self._total, self._unit = total, unit
        self._next_s = clock.monotonic()

    def note(self, done: float) -> None:
        """Say that `done` of the total is done, unless something was said a moment ago."""
        now_s = self._clock.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + REPORT_EVERY_S
            self._job.report(Progress(done, self._total, self._unit))


@asynccontextmanager
async def reporting(
    job: Job, clock: Clock, read: Callable[[], Awaitable[float]], total: float, unit: str
) -> AsyncGenerator[None]:
    """Tell people every five seconds how far a wait inside is, as `read` says."""

    async def tell() -> None:
        while True:
            with suppress(DriverError):  # whoever waits inside meets the same error
                job.report(Progress(await read(), total, unit))
            await sleep(clock, REPORT_EVERY_S)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait({telling})


async def require(permit: BoundReading[Register], words: str) -> None:
    """Raise InterlockOpen with `words` unless the controller's bit is set."""
    if not await permit.value():
        raise InterlockOpen(words, source=permit.host.name)


async def nothing() -> None:
    """Prepare nothing."""


@asynccontextmanager
async def host_sequence(
    plc: ClickPlc, job: Job, prepare: Callable[[], Awaitable[None]] = nothing
) -> AsyncGenerator[None]:
    """Control a tool whose sequence is ours: in Execute with our job inside, control back after.

    A visit that is resumed finds its job running and goes on. `prepare` is done in Idle before
    the recipe is loaded, only for a job that the controller has not run yet.
    """
    async with plc.host_control(job.id):
        await _to_execute(plc, job, prepare)
        yield


@asynccontextmanager
async def plc_sequence(plc: ClickPlc, job: Job) -> AsyncGenerator[None]:
    """Control a tool that runs its own sequence: in Idle inside, unless our job is at work."""
    async with plc.host_control(job.id):
        status = await plc.look()
        if not (await ours(plc, job) and status.state in AT_WORK | {PackMl.COMPLETE}):
            await plc.to_idle(TO_IDLE_S)
        yield


async def ours(plc: ClickPlc, job: Job) -> bool:
    """Whether the job that the controller runs or ran last is this one."""
    return await plc.job_id_echo() == job.id


async def begin(plc: ClickPlc, job: Job) -> None:
    """Load the recipe from the tool's registers and start; nothing if our job is at work."""
    if (await plc.look()).state in AT_WORK and await ours(plc, job):
        return
    await plc.load_recipe(RECIPE_NO)
    await plc.start(job.id, START_S)


async def until_step(plc: ClickPlc, job: Job, step: int, *, deadline_s: float) -> Status:
    """Wait until the controller's own sequence has come to `step`, or is complete.

    Raises Tripped if it left its sequence, NotReached after `deadline_s`.
    """
    return await _followed(
        plc,
        job,
        lambda status: status.state in ENDED_WELL or status.step_no >= step,
        deadline_s,
        f"step {step}",
    )


async def until_complete(plc: ClickPlc, job: Job, *, deadline_s: float) -> Status:
    """Wait until the controller's own sequence is Complete; errors as `until_step`."""
    return await _followed(
        plc, job, lambda status: status.state is PackMl.COMPLETE, deadline_s, "complete"
    )


async def to_rest(plc: ClickPlc, deadline_s: float = FINISH_S) -> None:
    """From Complete to Idle; nothing if it is there."""
    await plc.reset(deadline_s)


async def finish(plc: ClickPlc) -> Done:
    """End our sequence: Execute to Complete to Idle; a part of the way may be behind us."""
    if (await plc.look()).state is PackMl.EXECUTE:
        await plc.complete(FINISH_S)
    await plc.reset(FINISH_S)
    return Done()


async def _to_execute(plc: ClickPlc, job: Job, prepare: Callable[[], Awaitable[None]]) -> None:
    known = await ours(plc, job)
    state = (await plc.look()).state
    if known and state in {PackMl.STARTING, PackMl.EXECUTE}:
        await plc.reach(frozenset({PackMl.EXECUTE}), deadline_s=START_S)
        return
    if known and state is PackMl.HELD:
        await plc.unhold(START_S)
        return
    if known and state is PackMl.SUSPENDED:
        await plc.unsuspend(START_S)
        return
    await plc.to_idle(TO_IDLE_S)
    if not known:
        await prepare()
    await plc.load_recipe(RECIPE_NO)
    await plc.start(job.id, START_S)


async def _followed(
    plc: ClickPlc, job: Job, there: Callable[[Status], bool], deadline_s: float, what: str
) -> Status:
    status = await plc.look()
    clock, next_s = plc.clock, plc.clock.monotonic()

    async def reached() -> bool:
        nonlocal status, next_s
        status = await plc.look()
        if there(status):
            return True
        if status.state not in AT_WORK:
            raise Tripped(f"went to {status.says()} before {what}", source=plc.name)
        if status.step_total_s and clock.monotonic() >= next_s:
            next_s = clock.monotonic() + REPORT_EVERY_S
            job.report(Progress(status.step_s, status.step_total_s, "s"))
        return False

    await until(
        reached,
        deadline_s=deadline_s,
        clock=clock,
        what=f"{plc.name}: {what}",
        poll_s=STEP_POLL_S,
    )
    return status
