"""The page of shared memory on which processes agree on one simulated time.

One process at a time has the turn: only it runs, all others rest. When it has nothing left to do
it looks at the sockets of the others through their epoll descriptors, which were handed over when
they met, and passes the turn to the next one with something to do; if nobody has, it moves time to
the earliest deadline. So whatever one process sends is there, whole, before another one looks, and
two runs of the same seed see the same things in the same order, however busy the machine is.

Eight-byte words: a header, then one slot per process. A slot without a loop only holds time still.
"""

import contextlib
import fcntl
import math
import mmap
import os
import weakref
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim_hardware.core.lockstep_bell import Bell
from sim_hardware.core.thread_work import ThreadWork

_BYTES: Final = 4096
_MAGIC: Final = 0x4C4F434B53544550  # "LOCKSTEP"
# header words
_MAGIC_WORD, _TIME, _TURN, _LOST, _SLOTS, _SERIAL, _CHANGES = range(7)
# words of a slot
_OWNER, _DEADLINE, _UNDER_WAY, _WAITS, _WORKS, _HOLDS = range(6)
_FIRST_SLOT, _SLOT_WORDS = 8, 8
_MOST_SLOTS: Final = (_BYTES // 8 - _FIRST_SLOT) // _SLOT_WORDS
_ALIVE_S: Final = 0.25  # real seconds between two looks whether who has the turn still lives
_NOBODY: Final = 0


@dataclass(frozen=True, slots=True)
class _Members:
    """Who takes part, as it was when so many processes had come or gone."""

    changes: int = -1
    living: Sequence[int] = ()
    others: Sequence[int] = ()


class LockstepPage:
    """One process's view of the page; `join` or `hold` before anything but `time_s` is used."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        weakref.finalize(self, os.close, self._file)
        status = os.fstat(self._file)
        self._prefix = f"\0linecontrol-time-{status.st_dev}-{status.st_ino}-"
        self._base = 0
        self._bell: Bell | None = None
        self._members = _Members()
        with self._locked():
            if os.fstat(self._file).st_size < _BYTES:
                os.ftruncate(self._file, _BYTES)
            view = memoryview(mmap.mmap(self._file, _BYTES))
            self._words = view.cast("q")
            self._times = view.cast("d")
            if self._words[_MAGIC_WORD] == 0:
                self._words[_MAGIC_WORD] = _MAGIC
        if self._words[_MAGIC_WORD] != _MAGIC:
            raise ValueError(f"{path} is not a page of simulated time")

    @property
    def time_s(self) -> float:
        """The simulated seconds."""
        return self._times[_TIME]

    @property
    def joined(self) -> bool:
        """Whether this process has a slot."""
        return self._bell is not None

    @property
    def others(self) -> int:
        """How many other processes have a loop on this time."""
        return len(self._others())

    def join(self, epoll: int) -> None:
        """Take a slot and wait for the turn; `epoll` is readable when there is something to do."""
        with self._locked():
            bell = self._take_slot(epoll)
            for other in self._others():
                bell.meet(self._words[other])
            if self._words[_TURN] == _NOBODY:
                self._words[_TURN] = self._base
        self.wait_for_turn()

    def hold(self) -> None:
        """Take a slot that keeps time still; needs no turn."""
        with self._locked():
            self._take_slot(None)

    def leave(self) -> None:
        """Give the slot back; the others go on without this process."""
        with self._locked():
            self._drop(self._base)
        self._rings.close()
        self._bell = None

    def report(self, deadline_s: float, under_way: int, work: ThreadWork) -> None:
        """Say until when there is nothing to do here, and what must be over before time moves."""
        self._times[self._base + _DEADLINE] = deadline_s
        self._words[self._base + _UNDER_WAY] = under_way
        self._words[self._base + _WAITS] = work.waiting
        self._words[self._base + _WORKS] = work.outstanding

    def pass_on(self) -> bool:
        """Give the turn to the next process with something to do; False if there is none."""
        found = self._rings.who_has_something()
        return self._pass_to(lambda slot: self._is_due(slot) or self._words[slot] in found)

    def pass_to_waiting(self) -> bool:
        """Give the turn to a process whose threads want it; False if there is none."""
        return self._pass_to(lambda slot: bool(self._words[slot + _WAITS]))

    def _pass_to(self, wants: Callable[[int], bool]) -> bool:
        """Give the turn to the first process after ours that wants it."""
        for other in filter(wants, self._others()):
            self._words[_TURN] = other  # without the lock: whoever has the turn may give it away
            if self._rings.ring(self._words[other]):
                return True
            with self._locked():
                self._words[_TURN] = self._base
                self._drop(other)
        return False

    def wait_for_turn(self) -> None:
        """Rest until the turn comes; it is taken from a process that no longer lives."""
        while self._words[_TURN] != self._base or self._strangers():
            if not self._rings.wait(_ALIVE_S):
                self._bury()

    def wait_for_anybody(self, seconds: float) -> None:
        """Wait in real time until some process has something to do, or a newcomer rings."""
        if not self._rings.wait_for_anybody(seconds):
            self._bury()

    def under_way(self) -> int:
        """Bytes sent and not received by all processes together."""
        words = self._words
        return sum(words[slot + _UNDER_WAY] for slot in self._living()) - words[_LOST]

    def write_off(self) -> None:
        """Count every byte under way as lost."""
        self._words[_LOST] += self.under_way()

    def held(self) -> bool:
        """Whether some process keeps time still."""
        words = self._words
        return any(words[slot + _WORKS] or words[slot + _HOLDS] for slot in self._living())

    def move(self) -> bool:
        """Move time to the earliest deadline; False if nobody has one."""
        soonest_s = min(self._times[slot + _DEADLINE] for slot in self._living())
        if math.isinf(soonest_s):
            return False
        self.write_off()  # below zero when somebody sends who does not count
        self._times[_TIME] = max(soonest_s, self.time_s)
        return True

    @property
    def _rings(self) -> Bell:
        assert self._bell is not None
        return self._bell

    def _is_due(self, slot: int) -> bool:
        return self._times[slot + _DEADLINE] <= self.time_s

    def _strangers(self) -> bool:
        """Whether the epoll of a process that takes part is still missing."""
        return any(not self._rings.knows(self._words[slot]) for slot in self._others())

    def _bury(self) -> None:
        """Forget every process that no longer lives."""
        with self._locked():
            for slot in self._living():
                if slot != self._base and not self._rings.ring(self._words[slot]):
                    self._drop(slot)

    def _take_slot(self, epoll: int | None) -> Bell:
        words = self._words
        slot = next((s for s in range(_MOST_SLOTS) if not words[self._word(s)]), -1)
        if slot < 0:
            raise RuntimeError(f"{_MOST_SLOTS} processes share one time already")
        words[_SERIAL] += 1
        self._bell = Bell(words[_SERIAL], self._address, epoll)
        self._base = self._word(slot)
        self._times[self._base + _DEADLINE] = math.inf if epoll is None else -math.inf
        for word in (_UNDER_WAY, _WAITS, _WORKS):
            words[self._base + word] = 0
        words[self._base + _HOLDS] = epoll is None
        words[self._base + _OWNER] = words[_SERIAL]
        words[_SLOTS] = max(words[_SLOTS], slot + 1)
        words[_CHANGES] += 1
        return self._bell

    def _drop(self, base: int) -> None:
        """Forget a process; the turn, if it had it, goes to the next one."""
        words = self._words
        words[_LOST] -= words[base + _UNDER_WAY]
        words[base + _OWNER] = 0
        words[_CHANGES] += 1
        if words[_TURN] == base:
            loops = [slot for slot in self._living() if not words[slot + _HOLDS]]
            words[_TURN] = next((slot for slot in loops if slot > base), min(loops, default=0))
        if words[_TURN] != _NOBODY:
            self._rings.ring(words[words[_TURN]])

    def _address(self, owner: int) -> str:
        """Return the name of a bell."""
        return f"{self._prefix}{owner}"

    def _living(self) -> Sequence[int]:
        """The slots that are taken."""
        return self._now().living

    def _others(self) -> Sequence[int]:
        """The slots of the other processes that have a loop, from the one after ours."""
        return self._now().others

    def _now(self) -> "_Members":
        """Who takes part; asked for all the time, so it is only made anew when that changed."""
        words = self._words
        if words[_CHANGES] != self._members.changes:
            changes = words[_CHANGES]
            bases = range(_FIRST_SLOT, self._word(words[_SLOTS]), _SLOT_WORDS)
            living = [base for base in bases if words[base]]
            others = [b for b in living if b != self._base and not words[b + _HOLDS]]
            others.sort(key=lambda base: (base < self._base, base))
            self._members = _Members(changes, living, others)
            if self._bell is not None:
                self._bell.forget_all_but(words[other] for other in others)
        return self._members

    @staticmethod
    def _word(slot: int) -> int:
        return _FIRST_SLOT + slot * _SLOT_WORDS

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
