"""A serial line: one request at a time, exact byte counts, no late reply taken for the next."""

import asyncio
import os
import termios
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal

from serial_asyncio_fast import SerialTransport, create_serial_connection
from typing_extensions import override

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Garbled, LinkLost, NoReply, Refused, Rejected
from drivers.core.framing import CodecError, Feed, first_frame
from drivers.core.links.base import LinkBase, checked, pause_until

BUFFER_LIMIT = 65536  # far above any frame: a device that never stops talking is broken
REOPEN_S = 1.0  # how long a use that has no time-out of its own waits for a lost port
ANSWER_CHARACTERS = 64  # of the longest answer to a check
BABBLE = 40  # how many times the quiet time a drain lasts at most


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How characters are sent on a line."""

    baud: int = 9600
    bits: int = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: int = 1
    rtscts: bool = False

    @property
    def character_s(self) -> float:
        """How long one character takes: start, data, parity and stop bits."""
        return (1 + self.bits + (self.parity != "N") + self.stop_bits) / self.baud


class Conversation:
    """The line for one exchange of several parts; nobody else speaks meanwhile."""

    def __init__(self, wire: "_Wire") -> None:
        self._wire = wire

    async def send(self, data: bytes) -> None:
        """Send `data`; raises LinkLost if the line is gone."""
        self._wire.write(data)

    async def receive(self, feed: Feed, *, timeout_s: float) -> bytes:
        """The next frame. Raises NoReply, Garbled or LinkLost.

        What came after the frame is kept for the next `receive` of this conversation.
        """
        return await self._wire.frame(feed, timeout_s)


class SerialLink(LinkBase):
    """One serial port, opened when needed and again after it was lost."""

    def __init__(
        self,
        name: str,
        path: str,
        settings: SerialSettings,
        *,
        clock: Clock,
        quiet_s: float = 0.05,
    ) -> None:
        super().__init__(name, clock)
        self.path, self.settings, self.quiet_s = path, settings, quiet_s
        self._lock = asyncio.Lock()
        self._wire: _Wire | None = None
        self._closed = False
        self._suspect = False
        self._free_at_s = -1.0
        self._checks: list[Callable[[Conversation], Awaitable[None]]] = []

    def on_suspect(self, check: Callable[[Conversation], Awaitable[None]]) -> None:
        """Run `check` on the drained line before the next request after anything went wrong.

        Several instruments on one line each add theirs. A check that raises runs again.
        """
        self._checks.append(check)

    def distrust(self) -> None:
        """Drain and check the line before its next use."""
        self._suspect = True

    def garbled(self, said: str, *, source: str) -> Garbled:
        """The error for a reply that is no answer to what was asked; the line is distrusted."""
        self.stats.garbled += 1
        self.distrust()
        return Garbled(said, source=source)

    async def open(self) -> None:
        """Open the port, one attempt; raises LinkLost."""
        self._closed = False
        async with self._lock:
            if self._wire is None:
                await self._open()

    async def close(self) -> None:
        """Give the port back; a pending request gets LinkLost. Only `open` opens it again."""
        self._closed = True
        if (wire := self._wire) is not None:
            await wire.hang_up()

    async def ready(self, *, within_s: float) -> None:
        """Open the port again if it was lost; raises LinkLost after `within_s`."""
        async with self._lock:
            await self._up(within_s)

    async def exchange(
        self, request: bytes, feed: Feed, *, timeout_s: float = 1.0, gap_s: float = 0.0
    ) -> bytes:
        """Send `request` and return the first frame that comes back.

        `gap_s` is the silence kept before and after. A lost port is opened again first, for at
        most `timeout_s`. Raises NoReply, Garbled or LinkLost.
        """
        async with self._lock:
            wire = await self._quiet_wire(timeout_s, gap_s)
            self._suspect = True  # until the reply is here: whatever ends this, also cancelling
            sent_s = wire.write(request)
            reply = await wire.frame(feed, timeout_s)
            self._suspect = False
            self._free_at_s = wire.last_byte_s + gap_s
            self.stats.latency_s = wire.last_byte_s - sent_s
        return reply

    async def send(self, data: bytes, *, gap_s: float = 0.0) -> None:
        """Send `data` that nobody answers; the line stays silent for `gap_s` afterwards."""
        async with self._lock:
            wire = await self._quiet_wire(REOPEN_S, gap_s)
            wire.write(data)
            on_the_way_s = len(data) * self.settings.character_s
            self._free_at_s = wire.last_byte_s + on_the_way_s + gap_s

    def conversation(self) -> AbstractAsyncContextManager[Conversation]:
        """Hold the line for an exchange of several parts."""
        return self._conversation()

    @asynccontextmanager
    async def _conversation(self) -> AsyncGenerator[Conversation]:
        async with self._lock:
            wire = await self._quiet_wire(REOPEN_S, 0.0)
            self._suspect = True
            try:
                yield Conversation(wire)
            except (Refused, Rejected, DeviceFault):
                self._suspect = False  # the device spoke, and clearly
                raise
            self._suspect = False

    async def _quiet_wire(self, timeout_s: float, gap_s: float) -> "_Wire":
        """The open, trusted wire, with nothing unread and silent for long enough."""
        wire = self._wire
        if wire is None or self._suspect:
            wire = await self._trusted(timeout_s)
        while (free_at_s := max(self._free_at_s, wire.last_byte_s + gap_s)) > (
            self.clock.monotonic()
        ):  # again if something came meanwhile
            await pause_until(self.clock, free_at_s)
        wire.forget()
        return wire

    async def _trusted(self, timeout_s: float) -> "_Wire":
        wire = await self._up(timeout_s)
        if self._suspect:
            for check in self._checks:
                await checked(partial(self._check, wire, check), self.distrust)
            if not self._checks:
                await self._drain(wire, self.quiet_s)
            self._suspect = False
        return wire

    async def _check(self, wire: "_Wire", check: Callable[[Conversation], Awaitable[None]]) -> None:
        await self._drain(wire, self.quiet_s)
        await check(Conversation(wire))
        await self._refuse_one_more(wire)

    async def listen(self) -> None:
        """Stay quiet for as long as an answer takes; raise Garbled if there was one too many.

        A late answer that could pass for the one to a check leaves that one to come.
        """
        async with self._lock:
            if self._wire is not None:
                await self._refuse_one_more(self._wire)

    async def _refuse_one_more(self, wire: "_Wire") -> None:
        answer_s = ANSWER_CHARACTERS * self.settings.character_s
        if await self._drain(wire, max(self.quiet_s, answer_s)):
            raise self.garbled("an answer too many: one of them was late", source=self.name)

    async def _drain(self, wire: "_Wire", quiet_s: float) -> bool:
        """Read away what still comes, until nothing came for `quiet_s`; whether anything did."""
        heard = wire.unread
        end_s = self.clock.monotonic() + BABBLE * quiet_s
        quiet_from_s = self.clock.monotonic()
        while (now_s := self.clock.monotonic()) < quiet_from_s + quiet_s:
            if now_s > end_s:
                self.stats.garbled += 1
                raise Garbled("the device does not stop talking", source=self.name)
            await self.clock.sleep_until(quiet_from_s + quiet_s)
            quiet_from_s = max(quiet_from_s, wire.last_byte_s)
        heard = heard or wire.unread
        wire.forget()
        return heard

    async def _up(self, within_s: float) -> "_Wire":
        if self._wire is None and not self._closed:
            await self.backoff.connect(self._open, within_s)
        if self._wire is None:
            said = "is closed" if self._closed else "was lost as soon as it was opened"
            raise LinkLost(said, source=self.name)
        return self._wire

    async def _open(self) -> None:
        again = self._was_up
        wire = _Wire(self)
        try:
            wire.transport = await _open_port(wire, self.path, self.settings)
        except (OSError, ValueError, termios.error) as error:
            number = error.errno if isinstance(error, OSError) else None
            words = os.strerror(number) if number else str(error)  # the library's repeat the path
            self.note_down(words)
            raise LinkLost(f"cannot open {self.path}: {words}", source=self.name) from error
        self._wire = wire
        self._suspect = self._suspect or again
        self.note_up()

    def wire_lost(self, wire: "_Wire", reason: str) -> None:
        """Take note that the port is gone; the next use opens it again."""
        if self._wire is wire:
            self._wire = None
            if self._closed:
                self.note_closed()
            else:
                self.note_down(reason)


async def _open_port(wire: "_Wire", path: str, settings: SerialSettings) -> SerialTransport:
    bits, parity = settings.bits, settings.parity
    if _is_pseudo_terminal(path):
        # A pseudo-terminal has no parity and no 7-bit characters: asking for them works once
        # and is refused when the port is opened again. Nothing is lost by not asking.
        bits, parity = 8, "N"
    transport, _ = await create_serial_connection(
        asyncio.get_running_loop(),
        lambda: wire,
        path,
        baudrate=settings.baud,
        bytesize=bits,
        parity=parity,
        stopbits=settings.stop_bits,
        rtscts=settings.rtscts,
        exclusive=True,
    )
    return transport


def _is_pseudo_terminal(path: str) -> bool:
    return os.path.realpath(path).startswith("/dev/pts/")


class _Wire(asyncio.Protocol):
    """One opening of the port, from open to lost."""

    def __init__(self, link: SerialLink) -> None:
        self._link, self._clock, self._stats = link, link.clock, link.stats
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._feed: Feed | None = None
        self._reply: asyncio.Future[bytes] | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self.transport: SerialTransport | None = None
        self.last_byte_s = -1.0

    def write(self, data: bytes) -> float:
        """Send `data` now; return the time. Raises LinkLost."""
        if self.transport is None or self.transport.is_closing():
            raise LinkLost("the port is gone", source=self._link.name)
        self._clock.sent(len(data))
        self._stats.requests += 1
        self._link.note_sent(data)
        self.last_byte_s = self._clock.monotonic()
        self.transport.write(data)
        return self.last_byte_s

    @property
    def unread(self) -> bool:
        """Whether something was received and not asked for."""
        return bool(self._buffer)

    def forget(self) -> None:
        """Drop what was received and not asked for."""
        self._buffer = b""

    async def frame(self, feed: Feed, timeout_s: float) -> bytes:
        """The next frame; raises NoReply, Garbled or LinkLost."""
        reply: asyncio.Future[bytes] = self._loop.create_future()
        self._feed, self._reply = feed, reply
        timer = self._loop.call_later(timeout_s, self._expire, reply, timeout_s)
        if self._buffer:
            self._cut(feed, reply)
        elif self._gone.done():
            reply.set_exception(LinkLost("the port is gone", source=self._link.name))
        try:
            return await reply
        finally:
            timer.cancel()
            self._feed = self._reply = None

    @override
    def data_received(self, data: bytes) -> None:
        """Count what came, and hand on a frame if it is complete."""
        self._clock.received(len(data))
        self._link.note_received(data)
        self.last_byte_s = self._clock.monotonic()
        self._buffer += data
        if self._feed is not None and self._reply is not None:
            self._cut(self._feed, self._reply)
        elif len(self._buffer) > BUFFER_LIMIT:
            self._buffer = b""

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits, at once."""
        reason = str(exc) if exc else "closed"
        self._link.wire_lost(self, reason)
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(
                LinkLost(f"the port is gone: {reason}", source=self._link.name)
            )
        if not self._gone.done():
            self._gone.set_result(None)

    async def hang_up(self) -> None:
        """Close the port; return when it is closed."""
        if self.transport is not None and not self._gone.done():
            self.transport.abort()
            await self._gone

    def _cut(self, feed: Feed, reply: asyncio.Future[bytes]) -> None:
        if reply.done():
            return
        try:
            frame, self._buffer = first_frame(feed, self._buffer)
        except CodecError as error:
            self._garbled(reply, str(error))
            return
        if frame is not None:
            self._stats.replies += 1
            reply.set_result(frame)
        elif len(self._buffer) > BUFFER_LIMIT:
            self._garbled(reply, f"{len(self._buffer)} bytes without an end")

    def _garbled(self, reply: asyncio.Future[bytes], said: str) -> None:
        self._stats.garbled += 1
        reply.set_exception(Garbled(said, source=self._link.name))

    def _expire(self, reply: asyncio.Future[bytes], timeout_s: float) -> None:
        if reply.done():
            return
        if self._buffer:
            begin = self._buffer[:40].hex(" ")
            self._garbled(reply, f"{begin} is no frame, {timeout_s:g} s after the request")
            return
        self._stats.timeouts += 1
        reply.set_exception(NoReply(f"no reply in {timeout_s:g} s", source=self._link.name))
