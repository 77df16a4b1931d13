"""Work that goes on only while what it depends on holds: another instrument's pressure or lamp."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from drivers.core.clock import Clock, sleep
from drivers.core.errors import LinkLost
from drivers.core.shielded import to_the_end

WorkT = TypeVar("WorkT")
Look = Callable[[], Awaitable[None]]


async def while_well(
    work: Coroutine[object, object, WorkT], look: Look, clock: Clock, *, every_s: float
) -> WorkT:
    """Do `work`; whatever `look` raises breaks it off and is raised here.

    Looks every `every_s`, for the first time after that long. A lost reply is asked for again.
    The work has left its context managers before this returns or raises.
    """
    asking = asyncio.Lock()  # a question is never broken off half-way, only between two
    looking = asyncio.create_task(_look_on(look, asking, clock, every_s))
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({working, looking}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await to_the_end(_ended(working))
            # An output that could not be switched off matters more than why it had to be.
            if not working.cancelled() and (error := working.exception()) is not None:
                raise error from looking.exception()
            looking.result()
        return await working
    finally:
        await to_the_end(_ended(working))
        async with asking:
            looking.cancel()
        await _ended(looking)


async def _look_on(look: Look, asking: asyncio.Lock, clock: Clock, every_s: float) -> None:
    while True:
        await sleep(clock, every_s)
        async with asking:
            try:
                await look()
            except LinkLost:
                await look()


async def _ended(task: "asyncio.Task[WorkT] | asyncio.Task[None]") -> None:
    """Cancel a task and wait until it has left its context managers."""
    if not task.done():
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # taken, so that it is not reported as lost
