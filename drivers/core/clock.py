"""The one way to know the time and to wait: real here, simulated where a simulation says so."""

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Final, Protocol

_NOTHING_HELD: Final = nullcontext()


class Clock(Protocol):
    """Time, passed in.

    Links tell it what they sent and received, so that a simulated clock never jumps while
    bytes are under way.
    """

    def now(self) -> datetime:
        """The date and time of day, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward; the origin means nothing."""
        ...

    async def sleep_until(self, at_s: float) -> None:
        """Wait until `monotonic()` is at least `at_s`."""
        ...

    def sent(self, count: int) -> None:
        """Note `count` bytes handed to a wire."""
        ...

    def received(self, count: int) -> None:
        """Note `count` bytes taken from a wire."""
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Hold time still while work goes on that the event loop cannot see."""
        ...


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait `seconds` of the given clock's time."""
    await clock.sleep_until(clock.monotonic() + seconds)


class RealClock:
    """The computer's own time."""

    def now(self) -> datetime:
        """The date and time of day, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """The computer's monotonic seconds."""
        return time.monotonic()

    async def sleep_until(self, at_s: float) -> None:
        """Wait until `monotonic()` is at least `at_s`."""
        left_s = at_s - time.monotonic()
        if left_s > 0:
            await asyncio.sleep(left_s)

    def sent(self, count: int) -> None:
        """Real time does not care what is under way."""

    def received(self, count: int) -> None:
        """Real time does not care what is under way."""

    def busy(self) -> AbstractContextManager[None]:
        """Real time cannot be held."""
        return _NOTHING_HELD
