"""Time moved by hand, for emulators looked at without a port."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import Context
from typing import TypeVarTuple, Unpack

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import StreamInstrument

Arguments = TypeVarTuple("Arguments")


class _HandLoop(asyncio.SelectorEventLoop):
    """An event loop that only keeps a list of what is due."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.due: list[tuple[float, int, asyncio.TimerHandle]] = []

    @override
    def time(self) -> float:
        return self.now_s

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self.due, (when, len(self.due), handle))
        return handle


class HandClock:
    """A LineClock and the hand that moves it."""

    def __init__(self, loop: _HandLoop) -> None:
        self._loop = loop
        self.line = LineClock(loop)

    def pass_s(self, seconds: float) -> None:
        """Let time pass; what falls due happens at its own time, in order."""
        end_s = self._loop.now_s + seconds
        while self._loop.due and self._loop.due[0][0] <= end_s:
            when_s, _, handle = heapq.heappop(self._loop.due)
            self._loop.now_s = max(self._loop.now_s, when_s)
            if not handle.cancelled():
                handle._run()
        self._loop.now_s = end_s


@contextmanager
def hand_clock() -> Generator[HandClock]:
    """A clock at zero; its loop is closed afterwards."""
    loop = _HandLoop()
    try:
        yield HandClock(loop)
    finally:
        loop.close()


def say(instrument: StreamInstrument, data: bytes) -> bytes:
    """All bytes an instrument sends for `data`."""
    return b"".join(answer.data for answer in instrument.receive(data))


def say_in_pieces(instrument: StreamInstrument, data: bytes, cuts: list[int]) -> bytes:
    """All bytes an instrument sends for `data` that arrives cut at `cuts`."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[left:right] for left, right in itertools.pairwise(edges)]
    return b"".join(say(instrument, piece) for piece in pieces)
