"""What every link has: counters, a trace of frames, a back-off, and exact silences."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import structlog

from drivers.core.clock import Clock
from drivers.core.errors import DriverError, Garbled, LinkLost, WrongDevice
from drivers.core.framing import CodecError, Feed

__all__ = ["Backoff", "CodecError", "Direction", "Feed", "FrameTrace", "LinkBase", "LinkStats"]

Direction = Literal["tx", "rx"]
Heard = Callable[[float, Direction, bytes], None]
"""Who is handed each frame: monotonic seconds, direction, bytes."""

FIRST_DELAY_S = 0.05
LONGEST_DELAY_S = 1.0  # an exchange with the usual time-out of 1 s always gets one attempt
EARLY_S = 0.0015  # how late a timer of the event loop may be; the last part is not left to it
LOOKS = 20  # a clock that shows the same time so often in a row is a simulated one

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# The link whose own check runs in this context: only the check may use it until it is over.
link_under_check: ContextVar[object | None] = ContextVar("link_under_check", default=None)

# The role for which a wire is used in this context: on a shared one a recording needs to know.
asked_for: ContextVar[str] = ContextVar("asked_for", default="")


@dataclass(slots=True)
class LinkStats:
    """What a link went through since it was made. `latency_s` is that of the last reply."""

    requests: int = 0
    replies: int = 0
    timeouts: int = 0
    garbled: int = 0
    reconnects: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    up: bool = False
    latency_s: float = math.nan


class FrameTrace:
    """The last frames of a link, kept only while `on` is true."""

    def __init__(self, keep: int = 1000) -> None:
        self.on = False
        self._frames: deque[tuple[float, Direction, bytes]] = deque(maxlen=keep)
        self._heard: Heard | None = None

    def follow(self, heard: Heard | None) -> None:
        """Hand every frame on to `heard` from now on, and keep it; None ends both."""
        self._heard = heard
        self.on = heard is not None

    def record(self, at_s: float, direction: Direction, data: bytes) -> None:
        """Keep one frame; the oldest makes room."""
        if self.on:
            self._frames.append((at_s, direction, bytes(data)))
            if self._heard is not None:
                self._heard(at_s, direction, bytes(data))

    def clear(self) -> None:
        """Forget every frame."""
        self._frames.clear()

    def lines(self) -> list[str]:
        """One line a frame: monotonic seconds, direction, hexadecimal, printable characters."""
        return [
            f"{at_s:14.6f} {direction} {data.hex(' ')} |{printable(data)}|"
            for at_s, direction, data in self._frames
        ]


def printable(data: bytes) -> str:
    """The characters of a frame, a full stop for each that cannot be shown."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


class LinkBase:
    """Name, clock, counters and trace; says once when the link goes up or down."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.stats = LinkStats()
        self.trace = FrameTrace()
        self.backoff = Backoff(name, clock)
        self._said_up: bool | None = None
        self._was_up = False

    def note_up(self) -> None:
        """Count a reconnect unless it is the first connect, and log the change."""
        if self._was_up:
            self.stats.reconnects += 1
        self._was_up = self.stats.up = True
        if self._said_up is not True:
            self._said_up = True
            log.info("link up", link=self.name, reconnects=self.stats.reconnects)

    def note_down(self, reason: str) -> None:
        """Log the change, once."""
        self.stats.up = False
        if self._said_up is not False:
            self._said_up = False
            log.warning("link down", link=self.name, reason=reason)

    def note_closed(self) -> None:
        """Log that the link was closed on purpose, unless it was down."""
        self.stats.up = False
        if self._said_up:
            self._said_up = False
            log.info("link closed", link=self.name)

    def note_sent(self, data: bytes) -> None:
        """Count and trace bytes on their way out."""
        self.stats.bytes_sent += len(data)
        if self.trace.on:
            self.trace.record(self.clock.monotonic(), "tx", data)

    def note_received(self, data: bytes) -> None:
        """Count and trace bytes that came in."""
        self.stats.bytes_received += len(data)
        if self.trace.on:
            self.trace.record(self.clock.monotonic(), "rx", data)


class Backoff:
    """Attempts to connect that come at growing distances while they fail."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self._delay_s = FIRST_DELAY_S
        self._next_s = -math.inf

    async def connect(self, attempt: Callable[[], Awaitable[None]], within_s: float) -> None:
        """Run `attempt` until it does not raise LinkLost; let its error out after `within_s`."""
        end_s = self._clock.monotonic() + within_s
        while True:
            if self._next_s > end_s:
                raise LinkLost("is down and was tried a moment ago", source=self._name)
            if self._next_s > self._clock.monotonic():
                await self._clock.sleep_until(self._next_s)
            try:
                await attempt()
            except LinkLost:
                self._next_s = self._clock.monotonic() + self._delay_s
                self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)
                if self._next_s > end_s:
                    raise
            else:
                self._delay_s, self._next_s = FIRST_DELAY_S, -math.inf
                return


async def pause_until(clock: Clock, at_s: float) -> None:
    """Wait until `at_s` to within some 20 microseconds, which no timer of the loop can.

    A simulated clock stands still while code runs: there the loop's own timer is exact.
    """
    left_s = at_s - clock.monotonic()
    if left_s <= 0:
        return
    if not _moves(clock):
        await clock.sleep_until(at_s)
        return
    if left_s > EARLY_S:
        await clock.sleep_until(at_s - EARLY_S)
    while clock.monotonic() < at_s:  # noqa: ASYNC110 - time is what is waited for, no event
        await asyncio.sleep(0)  # lets the other links work meanwhile


def _moves(clock: Clock) -> bool:
    before_s = clock.monotonic()
    return any(clock.monotonic() != before_s for _ in range(LOOKS))


async def checked(check: Callable[[], Awaitable[None]], start_over: Callable[[], None]) -> None:
    """Run the check of an instrument; once more if a late answer may have got in between.

    The first question after a time-out may be answered by the reply that was given up. So a
    wrong answer counts only the second time, after `start_over` has had the line drained.
    """
    try:
        await check()
    except (WrongDevice, Garbled):
        start_over()
        await check()


def owned(error: DriverError, link: str, owner: str) -> DriverError:
    """The same error with the instrument that hangs on a shared link as its source."""
    if error.source != link or link == owner:
        return error
    return type(error)(str(error).removeprefix(f"{link}: "), source=owner)
