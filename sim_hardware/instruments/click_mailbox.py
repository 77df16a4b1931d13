"""The command mailbox of a tool controller: sequence numbers, answers, and the host's heartbeat."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.click_packml import Ack

SEQ_NUMBERS = 32767  # 1..32767; 0 is reserved


class Verdict(Enum):
    """What a sequence number means to the controller."""

    IGNORE = auto()
    EXECUTE = auto()
    BAD = auto()


class Mailbox:
    """Which sequence numbers are executed, and what the host reads about the last one.

    A number is newer when it lies less than half the circle ahead of the last one executed.
    """

    def __init__(self) -> None:
        self.ack_seq, self.ack_code, self.reject_info = 0, Ack.NONE, 0
        self._any_next, self._locked, self._stale = True, False, 0

    def start_up(self) -> None:
        """Forget everything, as after a power failure."""
        self.ack_seq, self.ack_code, self.reject_info = 0, Ack.NONE, 0
        self._any_next, self._locked, self._stale = True, False, 0

    def judge(self, seq: int) -> Verdict:
        """Whether the command with this number is to be executed."""
        if seq in {0, self._stale} or (seq == self.ack_seq and not self._locked):
            return Verdict.IGNORE
        if self._locked or not (self._any_next or self._newer(seq)):
            return Verdict.BAD
        return Verdict.EXECUTE

    def answer(self, seq: int, code: Ack, info: int = 0) -> None:
        """Record a command as executed."""
        self.ack_seq, self.ack_code, self.reject_info = seq, code, info
        self._any_next, self._stale = False, 0

    def refuse_sequence(self) -> None:
        """Answer bad_seq to everything until `resynchronise`; ack_seq keeps the last executed."""
        self.ack_code, self.reject_info, self._locked = Ack.BAD_SEQ, 0, True

    def finish(self, seq: int, code: Ack, info: int = 0) -> None:
        """Turn accepted into the final code; nothing if a later command has been answered."""
        if self.ack_seq == seq and self.ack_code is Ack.ACCEPTED:
            self.ack_code, self.reject_info = code, info

    def resynchronise(self, waiting: int) -> None:
        """Accept any next number: the host has taken control anew.

        What was `waiting` in the mailbox before is an old order; it is never carried out.
        """
        self._any_next, self._locked, self._stale = True, False, waiting

    def _newer(self, seq: int) -> bool:
        ahead = (seq - self.ack_seq) % SEQ_NUMBERS
        return 0 < ahead <= SEQ_NUMBERS // 2


class HostWatchdog:
    """Calls `lost` once when the host's heartbeat is older than the time-out.

    A beat only notes the time; the timer, when it fires early, is set again for what is left.
    """

    def __init__(self, clock: LineClock, lost: Callable[[], None]) -> None:
        self._clock, self._lost = clock, lost
        self._timer: asyncio.TimerHandle | None = None
        self._beat_s = self._timeout_s = 0.0

    def arm(self, timeout_s: float) -> None:
        """Watch from now on."""
        self.disarm()
        self._beat_s, self._timeout_s = self._clock.now_s(), timeout_s
        self._wait(timeout_s)

    def change_timeout(self, timeout_s: float) -> None:
        """Watch with another time-out, counted from the last beat."""
        if self._timer is not None:
            self._timer.cancel()
            self._timeout_s = timeout_s
            self._wait(max(self._beat_s + timeout_s - self._clock.now_s(), 0.0))

    def disarm(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def beat(self) -> None:
        """The host is alive."""
        self._beat_s = self._clock.now_s()

    def _wait(self, left_s: float) -> None:
        self._timer = self._clock.after(left_s, self._look)

    def _look(self) -> None:
        left_s = self._beat_s + self._timeout_s - self._clock.now_s()
        # Less than a millisecond is rounding of the loop's clock, not a beat that came meanwhile.
        if left_s > 0.001:
            self._wait(left_s)
        else:
            self._timer = None
            self._lost()
