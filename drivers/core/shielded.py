"""Work that is finished even if whoever asked for it is cancelled: switching things off."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from drivers.core.errors import DriverError


async def to_the_end(work: Coroutine[object, object, None]) -> None:
    """Run `work` to its end, however often the caller is cancelled meanwhile.

    If `work` fails, its error is raised even over a cancellation: an output that may still be
    on matters more than who wanted to stop waiting.
    """
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancellation = error
    task.result()
    if cancellation is not None:
        raise cancellation


async def insist(act: Callable[[], Awaitable[None]], *, attempts: int = 3) -> None:
    """Do `act` again while it fails with a DriverError; raise the last error.

    Only for acts that lead to one absolute state, such as off.
    """
    for _ in range(attempts - 1):
        try:
            await act()
        except DriverError:
            continue
        return
    await act()
