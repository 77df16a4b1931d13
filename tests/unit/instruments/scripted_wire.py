"""The far end of a pty that knows one conversation by heart, and a driver talking to it."""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TypeVar

from typing_extensions import override

from drivers.core.clock import RealClock
from drivers.core.framing import Feed
from drivers.core.links.serial import SerialLink, SerialSettings

InstrumentT = TypeVar("InstrumentT")

Script = Sequence[tuple[bytes, bytes]]


class ImpatientClock(RealClock):
    """The computer's time, except that whoever waits finds that the time has already passed."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self._skipped_s

    @override
    async def sleep_until(self, at_s: float) -> None:
        self._skipped_s += max(0.0, at_s - self.monotonic())
        await asyncio.sleep(0)


class ScriptedWire:
    """Answers each expected request with its reply, in order, and remembers what was wrong."""

    def __init__(self, script: Script) -> None:
        self.left = list(script)
        self.heard = b""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def _read(self) -> None:
        self.heard += os.read(self._master, 4096)
        while self.left and self.heard.startswith(self.left[0][0]):
            request, reply = self.left.pop(0)
            self.heard = self.heard[len(request) :]
            os.write(self._master, reply)

    def close(self) -> None:
        """Hang up."""
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)


@asynccontextmanager
async def talking(
    build: Callable[[SerialLink, ImpatientClock], InstrumentT], script: Script
) -> AsyncGenerator[InstrumentT]:
    """A driver on a pty whose far end follows `script`; all of it, and no more, must be said."""
    wire = ScriptedWire(script)
    clock = ImpatientClock()
    link = SerialLink("test", wire.path, SerialSettings(), clock=clock)
    try:
        await link.open()
        yield build(link, clock)
        await asyncio.sleep(0.01)  # what is sent without waiting for a reply is still under way
        assert (wire.heard, wire.left) == (b"", [])
    finally:
        await link.close()
        wire.close()


def cut_into(feed: Feed, stream: bytes, cuts: Sequence[int]) -> list[bytes]:
    """All frames that `feed` finds in `stream` when it arrives cut at `cuts`."""
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    frames: list[bytes] = []
    rest = b""
    for left, right in pairwise(edges):
        found, rest = feed(rest + stream[left:right])
        frames += found
    assert rest == b""
    return frames
