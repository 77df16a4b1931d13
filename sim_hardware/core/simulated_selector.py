"""What a simulated loop does when it has nothing to do: the part all kinds of it share.

Descriptors are given out in the order in which they were registered, and only when everything that
was sent to them has arrived, so that neither the kernel nor the load of the machine chooses who
comes first.
"""

import fcntl
import os
import select
import selectors
import stat
import sys
import termios
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from sim_hardware.core.simulated_clock import SimulatedClock
from sim_hardware.core.thread_work import ThreadWork

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

Events = list[tuple[selectors.SelectorKey, int]]

LOOK_AGAIN_S: Final = 0.05  # real seconds between two looks at work the loop cannot see
PAUSE_S: Final = 0.0002  # real seconds given to the kernel to deliver what is under way
YIELDS: Final = 100  # times the processor is offered before such a pause
LOST_AFTER: Final = YIELDS + 1000  # looks without progress after which bytes count as lost


class Watch:
    """Decides when bytes that do not arrive are lost: by looks, for a busy machine is just slow."""

    def __init__(self) -> None:
        self.looks: int = 0  # in a row, since the count last changed
        self._seen: int = 0

    def lost(self, under_way: int) -> bool:
        """Tell whether the count has stood still for too long; call it at each pause."""
        self.looks = self.looks + 1 if under_way == self._seen else 0
        self._seen = under_way
        return self.looks > LOST_AFTER

    def clear(self) -> None:
        """Nothing is waited for any more."""
        self.looks = 0


class SimulatedSelector(selectors.EpollSelector):
    """A selector that knows order, terminals and threads; `select` is up to the kind of time."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self.clock = clock
        self.work = ThreadWork()
        self.watch = Watch()
        self._order: dict[int, int] = {}
        self._registered = 0
        self._terminals: set[int] = set()
        self._threads: dict[int, selectors.SelectorKey] = {}  # on which they speak
        self._threads_poll = select.poll()

    @override
    def register(
        self, fileobj: "FileDescriptorLike", events: int, data: object = None
    ) -> selectors.SelectorKey:
        """Watch a descriptor. The first one is how the loop is woken; pipes are for threads too."""
        key = super().register(fileobj, events, data)
        if not self._registered or stat.S_ISFIFO(os.fstat(key.fd).st_mode):
            self._threads[key.fd] = key
            self._threads_poll.register(key.fd, select.POLLIN)
        self._order[key.fd] = self._registered
        self._registered += 1
        if os.isatty(key.fd):
            self._terminals.add(key.fd)
        return key

    @override
    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        """Stop watching a descriptor."""
        key = super().unregister(fileobj)
        self._terminals.discard(key.fd)
        del self._order[key.fd]
        if self._threads.pop(key.fd, None) is not None:
            self._threads_poll.unregister(key.fd)
        return key

    def from_threads(self) -> Events | None:
        """What to return to the loop while a token holds everything; None when none does."""
        if not self.clock.held:
            return None
        if self.work.hand_over():
            return []
        spoke = self._threads_poll.poll(1000 * LOOK_AGAIN_S)
        return [(self._threads[descriptor], selectors.EVENT_READ) for descriptor, _ in spoke]

    def ready(self, expected: int) -> Events | None:
        """What has come, in order; None while some of `expected` bytes are on their way here.

        `expected` is at most zero when nothing counted is on its way.
        """
        events = super().select(0)
        if expected > 0 and self.arrived(events) < expected:
            return None
        return sorted(events, key=lambda event: self._order[event[0].fd])

    def arrived(self, events: Events) -> int:
        """Bytes that can be read from terminals at once."""
        found = self._terminals.intersection(key.fd for key, _ in events)
        return sum(_readable(descriptor) for descriptor in found)

    def pause(self) -> None:
        """Give the kernel a moment: its worker usually needs nothing but a free processor."""
        if self.watch.looks < YIELDS:
            os.sched_yield()
        else:
            select.select((), (), (), PAUSE_S)


def _readable(descriptor: int) -> int:
    """Return how many bytes can be read from a terminal at once."""
    answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    return int.from_bytes(answer, sys.byteorder)
