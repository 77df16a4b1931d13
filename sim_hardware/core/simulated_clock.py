"""Simulated time of one process, and what keeps it still."""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

SWITCHED_ON: Final = datetime(2026, 1, 5, 6, tzinfo=UTC)  # when every simulation begins


class SimulatedClock:
    """Simulated time, and everything that must be over before it may move."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.under_way = 0  # bytes handed to a wire and not yet taken from it
        self._tokens = 0
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None
        self._thread = 0

    def now(self) -> datetime:
        """The simulated date and time of day, UTC."""
        return SWITCHED_ON + timedelta(seconds=self.time_s)

    def monotonic(self) -> float:
        """Simulated seconds since the line was switched on."""
        return self.time_s

    async def sleep_until(self, at_s: float) -> None:
        """Wait until `monotonic()` is at least `at_s`."""
        while (left_s := at_s - self.time_s) > 0:  # noqa: ASYNC110 - time, not an event
            await asyncio.sleep(left_s)

    def sent(self, count: int) -> None:
        """Note `count` bytes handed to a wire."""
        self.under_way += count

    def received(self, count: int) -> None:
        """Note `count` bytes taken from a wire."""
        self.under_way -= count

    @contextmanager
    def busy(self) -> Generator[None]:
        """Hold time and wires still while a thread works; from any thread.

        What the thread does must not need the wires of this process.
        """
        with self._lock:
            self._tokens += 1
        try:
            yield
        finally:
            with self._lock:
                self._tokens -= 1
            if threading.get_ident() != self._thread and self._wake is not None:
                self._wake()

    @property
    def held(self) -> bool:
        """Whether a token keeps time still."""
        return self._tokens > 0

    def driven_by(self, wake: Callable[[], None] | None) -> None:
        """Say how to wake the loop that moves this clock, or that there is none any more."""
        self._wake = wake
        self._thread = threading.get_ident()
