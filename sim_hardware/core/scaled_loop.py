"""An event loop whose seconds are shorter than real ones, for people who watch."""

import asyncio
import selectors
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from typing_extensions import override

FASTEST: Final = 20.0  # above it heartbeats and time-outs begin to fire falsely


class ScaledClock:
    """The computer's own time, `speed` times as fast from the moment this is made."""

    def __init__(self, speed: float) -> None:
        if not 0 < speed <= FASTEST:
            raise ValueError(f"time can run up to {FASTEST:g} times as fast, not {speed:g}")
        self.speed = speed
        self._started = datetime.now(UTC)
        self._origin_s = time.monotonic()

    def now(self) -> datetime:
        """The date and time of day, UTC, from the real start on."""
        return self._started + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Scaled seconds since the start."""
        return (time.monotonic() - self._origin_s) * self.speed

    async def sleep_until(self, at_s: float) -> None:
        """Wait until `monotonic()` is at least `at_s`."""
        while (left_s := at_s - self.monotonic()) > 0:  # noqa: ASYNC110 - time, not an event
            await asyncio.sleep(left_s)

    def sent(self, count: int) -> None:
        """Scaled time does not care what is under way."""

    def received(self, count: int) -> None:
        """Scaled time does not care what is under way."""

    @contextmanager
    def busy(self) -> Generator[None]:
        """Scaled time cannot be held."""
        yield


class _ScaledSelector(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._speed)


class ScaledLoop(asyncio.SelectorEventLoop):
    """An event loop on a scaled clock."""

    def __init__(self, clock: ScaledClock) -> None:
        self._scaled = clock
        super().__init__(_ScaledSelector(clock.speed))

    @override
    def time(self) -> float:
        """Return the scaled seconds."""
        return self._scaled.monotonic()
