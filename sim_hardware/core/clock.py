"""The time of the emulated line: whatever the running event loop says it is."""

import asyncio
from collections.abc import Callable


class LineClock:
    """Seconds since the line was switched on, and actions at a time. Nothing here ticks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._start_s = loop.time()

    def now_s(self) -> float:
        """Seconds since the line was switched on."""
        return self._loop.time() - self._start_s

    def at(self, when_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Run `action` at a time of this clock; cancel the handle to forget it."""
        return self._loop.call_at(self._start_s + when_s, action)

    def after(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Run `action` in `delay_s` seconds; cancel the handle to forget it."""
        return self._loop.call_later(delay_s, action)
