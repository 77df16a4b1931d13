"""One phase at work: intent, act, outcome; with an eye on the tool while it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, Effect, NotReached, Tripped
from drivers.core.tool import Done, Phase, SafeAction, Setpoints, ToolDriver
from linecontrol.journal.facts import Done as DoneFact
from linecontrol.journal.facts import Failed, Intent
from linecontrol.journal.journal import Journal
from linecontrol.stations.order import Order

WATCH_S = 1.0  # how often the controller is looked at while a phase runs
PULSE_EVERY = 5  # looks between two signs of life of every other instrument


class Interrupted(DriverError):
    """A person asked for a hold or an abort while the phase was running."""

    code = "LIN-100"
    effect = Effect.PARTIAL


class Stopped(DriverError):
    """The software itself stopped while the phase was running."""

    code = "LIN-200"


class Visit:
    """One order at work on one tool: each phase between its intent and its outcome.

    An intent is durable before the phase acts. That a phase is done becomes durable together with
    the intent of the next one, in one commit, or when the visit is left: at no time does the disk
    know of an intent and not of what was done before it. A failure is written down at once.
    """

    def __init__(self, journal: Journal, tool: str, order: Order) -> None:
        self._journal, self._tool, self._order = journal, tool, order
        self._done: tuple[DoneFact, ...] = ()  # what is not handed to the journal yet

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if done := self._taken():
            await self._journal.append(*done)

    async def perform(self, phase: Phase, act: Callable[[], Awaitable[Done]]) -> Done:
        """Write the intent, act, note the outcome; a crash at any point leaves a readable trace.

        Raises the DriverError after it is on record; anything unforeseen is one of unknown effect.
        """
        activity = f"{self._order.job}.{len(self._journal.state.activities) + 1}"
        await self._journal.append(*self._taken(), self._intent(activity, phase))
        try:
            done = await act()
        except DriverError as error:
            await self._journal.append(failed(self._tool, activity, error))
            raise
        except Exception as error:
            surprise = DriverError(f"{type(error).__name__}: {error}", source=self._tool)
            await self._journal.append(failed(self._tool, activity, surprise))
            raise surprise from error
        self._done = (DoneFact(tool=self._tool, activity=activity, readings=done.readings),)
        return done

    def _intent(self, activity: str, phase: Phase) -> Intent:
        return Intent(
            tool=self._tool,
            activity=activity,
            job=self._order.job,
            wafer=self._order.wafer,
            phase=phase.name,
            deadline_s=phase.deadline_s,
        )

    def _taken(self) -> tuple[DoneFact, ...]:
        """What is to be written next. Never twice: the journal writes for a caller who is gone."""
        done, self._done = self._done, ()
        return done


async def watched(
    tool: str,
    driver: ToolDriver[Setpoints],
    phase: Phase,
    clock: Clock,
    interruption: Callable[[], Awaitable[str]],
) -> Done:
    """Run a phase within its deadline while the tool stays well and nobody interrupts it.

    `interruption` returns when a person wants the phase broken off. Whatever ends the wait,
    the phase has left its dangerous outputs off before this returns or raises.
    """
    act = asyncio.ensure_future(_within(phase, tool))
    watch = asyncio.ensure_future(_watch(tool, driver, clock))
    wish = asyncio.ensure_future(interruption())
    try:
        await asyncio.wait({act, watch, wish}, return_when=asyncio.FIRST_COMPLETED)
        if act.done():
            return act.result()
        if phase.on_hold is SafeAction.FINISH and wish.done() and not watch.done():
            await asyncio.wait({act, watch}, return_when=asyncio.FIRST_COMPLETED)
            if act.done():
                return act.result()
        await _stopped(act)
        if watch.done():
            watch.result()
        raise Interrupted(f"{phase.name} was broken off: {wish.result()}", source=tool)
    finally:
        for task in (act, watch, wish):
            await _stopped(task)


async def _within(phase: Phase, tool: str) -> Done:
    try:
        async with asyncio.timeout(phase.deadline_s):
            return await phase.act()
    except TimeoutError:
        raise NotReached(
            f"{phase.name} was not done after {phase.deadline_s:g} s", source=tool
        ) from None


async def _watch(tool: str, driver: ToolDriver[Setpoints], clock: Clock) -> None:
    """Raise as soon as an instrument is lost or the controller stands in alarm."""
    looks = 0
    while True:
        await sleep(clock, WATCH_S)
        condition = await driver.condition()
        if condition.alarms:
            names = ", ".join(name.replace("_", " ") for name in condition.alarms.values())
            raise Tripped(f"the controller is in alarm: {names}", source=tool)
        looks += 1
        if looks % PULSE_EVERY == 0:
            await driver.pulse()


async def _stopped(task: "asyncio.Task[Done] | asyncio.Task[None] | asyncio.Task[str]") -> None:
    """Cancel a task and wait until it has left its context managers."""
    if not task.done():
        task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # taken, so that it is not reported as lost


def failed(tool: str, activity: str, error: DriverError) -> Failed:
    """The fact that an activity failed, with what it did to the world."""
    return Failed(
        tool=tool,
        activity=activity,
        code=error.code,
        effect=error.effect,
        message=str(error),
        source=error.source or tool,
    )
