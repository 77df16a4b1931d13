"""The page of shared memory on which processes agree on one simulated time.

Eight-byte words: a header, then one slot per process. A process is running, or it rests until a
deadline. Time moves to the earliest deadline when all rest, no byte is under way and the sockets
of each were looked at while all rested, with nothing found: a peer may have sent after a process
lay down. That is what makes TCP right without counting. A process looks at the sockets of another
through that one's epoll descriptor, handed over when they met; where it has none it rings, and the
other looks itself and *confirms*.
"""

import array
import contextlib
import fcntl
import math
import mmap
import os
import select
import socket
import weakref
from collections.abc import Callable, Generator
from enum import Enum, auto
from pathlib import Path
from typing import Final

_BYTES: Final = 4096
_MAGIC: Final = 0x4C4F434B53544550  # "LOCKSTEP"
# header words
_MAGIC_WORD, _TIME, _EPOCH, _BALANCE, _SLOTS, _SERIAL = range(6)
# words of a slot
_OWNER, _RUNNING, _DEADLINE, _UNDER_WAY, _CONFIRMED = range(5)
_FIRST_SLOT, _SLOT_WORDS = 8, 8
_MOST_SLOTS: Final = (_BYTES // 8 - _FIRST_SLOT) // _SLOT_WORDS


class Verdict(Enum):
    """What a resting process has to do next."""

    RUN = auto()  # time has come, or there is something to do
    WAIT = auto()  # somebody else runs or has still to confirm
    DELIVER = auto()  # all rest, but bytes are under way
    SLEEP = auto()  # nobody waits for any time


class LockstepPage:
    """One process's view of the page; `join` before anything but `time_s` is used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        weakref.finalize(self, os.close, self._file)
        self._base = 0
        self._slot = -1
        self._bell: socket.socket | None = None
        self._epoll = -1
        self._peers: dict[int, int] = {}  # owner of a slot -> its epoll descriptor
        self._peers_poll = select.poll()
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
        return self._slot >= 0

    @property
    def bell(self) -> int:
        """The descriptor that is readable when another process has rung."""
        assert self._bell is not None
        return self._bell.fileno()

    def join(self, epoll: int = -1) -> None:
        """Take a slot, running: time stands still until this process rests.

        `epoll` is readable when this process has something to do; -1 if there is no such thing.
        """
        with self._locked():
            slot = next((s for s in range(_MOST_SLOTS) if not self._words[self._word(s)]), -1)
            if slot < 0:
                raise RuntimeError(f"{_MOST_SLOTS} processes share one time already")
            self._words[_SERIAL] += 1
            owner = self._words[_SERIAL]
            self._bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._bell.settimeout(0)
            self._bell.bind(self._address(owner))
            self._slot, self._base, self._epoll = slot, self._word(slot), epoll
            for other in self._living():
                self._introduce(self._words[other], b"+")
            self._words[self._base + _OWNER] = owner
            self._words[self._base + _UNDER_WAY] = 0
            self._words[_SLOTS] = max(self._words[_SLOTS], slot + 1)
            self._run()

    def leave(self) -> None:
        """Give the slot back; the others go on without this process."""
        with self._locked():
            self._drop(self._base)
        assert self._bell is not None
        self._bell.close()
        self._slot, self._bell = -1, None
        self._forget(set())

    def listen(self) -> None:
        """Take what others rang for; a newcomer hands over its epoll and gets ours."""
        assert self._bell is not None
        with contextlib.suppress(BlockingIOError):
            while True:
                message, descriptors, _, _ = socket.recv_fds(self._bell, 32, 1)
                if not descriptors:
                    continue
                owner = int(message[1:])
                self._peers[owner] = descriptors[0]
                self._peers_poll.register(descriptors[0], select.POLLIN)
                if message[:1] == b"+":
                    self._introduce(owner, b"=")

    def run(self) -> None:
        """Go on: there is something to do before time may move."""
        with self._locked():
            self._run()

    def rest(self, deadline_s: float, under_way: int) -> None:
        """Lie down until `deadline_s` (infinity for no deadline)."""
        with self._locked():
            self._times[self._base + _DEADLINE] = deadline_s
            self._words[self._base + _UNDER_WAY] = under_way
            self._words[self._base + _RUNNING] = 0

    def consider(self, anything_to_do: Callable[[], bool]) -> Verdict:
        """Confirm if all rest and there is nothing to do here; move time if all have confirmed."""
        words = self._words
        with self._locked():
            if words[self._base + _RUNNING]:
                return Verdict.RUN
            slots = self._living()
            if any(words[slot + _RUNNING] for slot in slots):
                return Verdict.WAIT
            if self._under_way(slots) > 0:
                return Verdict.DELIVER
            soonest_s = min(self._times[slot + _DEADLINE] for slot in slots)
            if math.isinf(soonest_s):
                return Verdict.SLEEP
            if anything_to_do():
                self._run()
                return Verdict.RUN
            return self._confirm(slots, soonest_s)

    def write_off(self) -> None:
        """Count every byte under way as lost, if all rest."""
        with self._locked():
            slots = self._living()
            if not any(self._words[slot + _RUNNING] for slot in slots):
                self._words[_BALANCE] -= self._under_way(slots)

    def under_way(self) -> int:
        """Bytes sent and not received by all processes together."""
        with self._locked():
            return self._under_way(self._living())

    def bury(self) -> None:
        """Drop every process that no longer lives: nobody holds its bell."""
        with self._locked():
            for slot in self._living():
                if slot != self._base and not self._ring(slot):
                    self._drop(slot)
            self._forget({self._words[slot] for slot in self._living()})

    def _confirm(self, slots: list[int], soonest_s: float) -> Verdict:
        """Move time if nobody has anything to do; ring for those who have to look themselves."""
        words = self._words
        owners = {words[slot] for slot in slots}
        if not self._peers.keys() <= owners:
            self._forget(owners)
        if self._peers_poll.poll(0):
            return Verdict.WAIT  # who has something to do wakes by itself
        epoch = words[_EPOCH]
        asked = [slot for slot in slots if slot != self._base and words[slot] not in self._peers]
        first = not any(words[slot + _CONFIRMED] == epoch for slot in slots)
        words[self._base + _CONFIRMED] = epoch
        missing = [slot for slot in asked if words[slot + _CONFIRMED] != epoch]
        if missing:
            if first:
                for slot in missing:
                    self._ring(slot)
            return Verdict.WAIT
        self._move(slots, soonest_s)
        return Verdict.RUN if words[self._base + _RUNNING] else Verdict.WAIT

    def _move(self, slots: list[int], time_s: float) -> None:
        """Set the time and wake those who waited for it."""
        self._words[_BALANCE] -= self._under_way(slots)  # below zero when somebody does not count
        self._times[_TIME] = time_s
        self._words[_EPOCH] += 1
        for slot in slots:
            if self._times[slot + _DEADLINE] <= time_s:
                self._words[slot + _RUNNING] = 1
                if slot != self._base:
                    self._ring(slot)

    def _run(self) -> None:
        self._words[self._base + _RUNNING] = 1
        self._words[_EPOCH] += 1  # whatever was confirmed is no longer true

    def _drop(self, base: int) -> None:
        self._words[_BALANCE] += self._words[base + _UNDER_WAY]
        self._words[base + _OWNER] = 0
        self._words[_EPOCH] += 1
        for other in self._living():
            if other != self._base:
                self._ring(other)

    def _ring(self, base: int) -> bool:
        """Wake the process of a slot; False if it no longer lives."""
        assert self._bell is not None
        try:
            self._bell.sendto(b"!", self._address(self._words[base]))
        except BlockingIOError:
            return True  # it has been rung often enough
        except OSError:
            return False
        return True

    def _introduce(self, owner: int, greeting: bytes) -> None:
        """Hand our epoll to another process, so that it need not ring to see that we are idle."""
        assert self._bell is not None
        if self._epoll < 0:
            return
        message = greeting + str(self._words[self._base] or self._words[_SERIAL]).encode()
        with contextlib.suppress(OSError):  # without it the other rings, and that is all
            # not send_fds: up to Python 3.13 it loses the address
            rights = array.array("i", [self._epoll])
            self._bell.sendmsg(
                [message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)], 0, self._address(owner)
            )

    def _forget(self, living: set[int]) -> None:
        """Close the epolls of processes that left."""
        for owner in set(self._peers) - living:
            self._peers_poll.unregister(self._peers[owner])
            os.close(self._peers.pop(owner))

    def _address(self, owner: int) -> bytes:
        """Return the name of a bell: abstract, so that it goes with its process."""
        status = os.fstat(self._file)
        return f"\0linecontrol-time-{status.st_dev}-{status.st_ino}-{owner}".encode()

    def _under_way(self, slots: list[int]) -> int:
        return self._words[_BALANCE] + sum(self._words[slot + _UNDER_WAY] for slot in slots)

    def _living(self) -> list[int]:
        words = self._words
        bases = range(_FIRST_SLOT, self._word(words[_SLOTS]), _SLOT_WORDS)
        return [base for base in bases if words[base]]

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
