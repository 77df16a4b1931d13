"""An event loop whose time jumps to the next timer as soon as nothing is left to do before it."""

import asyncio
import fcntl
import os
import selectors
import sys
import termios
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from typing_extensions import override

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

Events = list[tuple[selectors.SelectorKey, int]]
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

SWITCHED_ON: Final = datetime(2026, 1, 5, 6, tzinfo=UTC)  # when every simulation begins
LOST_AFTER_S: Final = 0.25  # real seconds without progress after which bytes count as lost
LOOK_AGAIN_S: Final = 0.05  # real seconds between two looks at work the loop cannot see
PAUSE_S: Final = 0.0002  # real seconds given to the kernel to deliver what is under way


class SimulatedClock:
    """Simulated time, and everything that must be over before it may move."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.under_way = 0  # bytes handed to a wire and not yet taken from it
        self.jobs = 0  # executor jobs whose result the loop has not seen
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
        """Hold time still while work goes on that the event loop cannot see; from any thread."""
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
        """Whether a job or a token keeps time still."""
        return self._tokens > 0 or self.jobs > 0

    def driven_by(self, wake: Callable[[], None] | None) -> None:
        """Say how to wake the loop that moves this clock, or that there is none any more."""
        self._wake = wake
        self._thread = threading.get_ident()


class Watch:
    """Decides when bytes that do not arrive are lost, in real time."""

    def __init__(self) -> None:
        self._seen: int = 0
        self._since_s = -1.0

    def lost(self, under_way: int) -> bool:
        """Tell whether the count has stood still for too long; call it while waiting."""
        now_s = time.monotonic()
        if self._since_s < 0 or under_way != self._seen:
            self._seen, self._since_s = under_way, now_s
            return False
        return now_s - self._since_s > LOST_AFTER_S

    def clear(self) -> None:
        """Nothing is waited for any more."""
        self._since_s = -1.0


class SimulatedSelector(selectors.EpollSelector):
    """A selector that is asked what is ready, and decides itself how to wait."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self.clock = clock

    def ready(self, wait_s: float | None = 0.0) -> Events:
        """Return what is ready, waiting for it at most `wait_s` of real time."""
        return super().select(wait_s)


class VirtualSelector(SimulatedSelector):
    """Moves time when one process has nothing left to do.

    Terminals are given out in a fixed order, all at once, when every byte under way has arrived:
    the kernel delivers them from a work queue of its own, in no order that repeats.
    """

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__(clock)
        self._terminals: set[int] = set()
        self._watch = Watch()
        self._pause = threading.Event()  # never set: a wait on it is a short real pause

    @override
    def register(
        self, fileobj: "FileDescriptorLike", events: int, data: object = None
    ) -> selectors.SelectorKey:
        """Watch a descriptor, noting whether it is a terminal."""
        key = super().register(fileobj, events, data)
        if os.isatty(key.fd):
            self._terminals.add(key.fd)
        return key

    @override
    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        """Stop watching a descriptor."""
        key = super().unregister(fileobj)
        self._terminals.discard(key.fd)
        return key

    @override
    def select(self, timeout: float | None = None) -> Events:
        """Return what is ready; if nothing is and nothing is awaited, move time by `timeout`."""
        if timeout is not None and timeout <= 0:
            return self.ready()
        while True:
            settled = not self.clock.held and self.clock.under_way <= 0  # before looking
            events = self.ready(0.0 if settled else LOOK_AGAIN_S)
            if events:
                self._watch.clear()
                return events
            if settled:
                return self._move(timeout)
            self._write_off()

    @override
    def ready(self, wait_s: float | None = 0.0) -> Events:
        """Return what is ready, terminals last and only when all their bytes have arrived."""
        events = super().ready(wait_s)
        if not any(key.fd in self._terminals for key, _ in events):
            return events
        if self._arrived() < self.clock.under_way:
            others = [event for event in events if event[0].fd not in self._terminals]
            if not others and wait_s != 0.0:
                self._pause.wait(PAUSE_S)
            return others
        # again, because some may have arrived between the first look and the count
        return sorted(super().ready(), key=self._terminals_last)

    def _move(self, timeout: float | None) -> Events:
        self._watch.clear()
        self.clock.under_way = 0  # below zero when somebody sends who does not count
        if timeout is None:
            return self.ready(None)
        self.clock.time_s += timeout
        return []

    def _write_off(self) -> None:
        if self.clock.under_way > 0 and self._watch.lost(self.clock.under_way):
            self.clock.under_way = min(self.clock.under_way, self._arrived())
            self._watch.clear()

    def _terminals_last(self, event: tuple[selectors.SelectorKey, int]) -> int:
        return event[0].fd if event[0].fd in self._terminals else -1

    def _arrived(self) -> int:
        return sum(_readable(descriptor) for descriptor in self._terminals)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop on simulated time."""

    def __init__(self, selector: SimulatedSelector) -> None:
        self.clock = selector.clock
        super().__init__(selector)
        self.clock.driven_by(self._look)

    @override
    def time(self) -> float:
        """Return the simulated seconds."""
        return self.clock.time_s

    @override
    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """Run in a thread; time stands still until the loop has seen the result."""
        self.clock.jobs += 1
        try:
            future = super().run_in_executor(executor, func, *args)
        except BaseException:
            self.clock.jobs -= 1
            raise
        future.add_done_callback(self._job_done)
        return future

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads to end; a `timeout` in simulated seconds would be over at once."""
        with self.clock.busy():
            await super().shutdown_default_executor()

    @override
    def close(self) -> None:
        """Let go of the clock and close."""
        self.clock.driven_by(None)
        super().close()

    def _job_done(self, _: object) -> None:
        self.clock.jobs -= 1

    def _look(self) -> None:
        self.call_soon_threadsafe(lambda: None)


def _readable(descriptor: int) -> int:
    """Return how many bytes can be read from a terminal at once."""
    answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    return int.from_bytes(answer, sys.byteorder)
