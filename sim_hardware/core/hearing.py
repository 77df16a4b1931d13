"""How requests come from a wire to an instrument: at once, or as late as the faults say."""

import asyncio
from collections import deque
from collections.abc import Callable

from sim_hardware.core.clock import LineClock
from sim_hardware.core.faults import WireFaults


class Hearing:
    """Hands what a client sent to `heard`, in order; `back` is the wire to the client."""

    def __init__(
        self,
        clock: LineClock,
        faults: WireFaults,
        heard: Callable[[bytes], None],
        back: Callable[[bytes], None],
    ) -> None:
        self._clock, self._faults = clock, faults
        self._heard, self._back = heard, back
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        """Bytes came in."""
        if self._faults.echo:
            self._back(data)
        if self._faults.late_s <= 0.0 and not self._waiting:
            self._heard(data)
            return
        self._waiting.append((self._clock.now_s() + self._faults.late_s, data))
        if self._timer is None:
            self._timer = self._clock.at(self._waiting[0][0], self._release)

    def cancel(self) -> None:
        """Forget what is still on its way."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _release(self) -> None:
        self._timer = None
        self._heard(self._waiting.popleft()[1])
        if self._waiting:
            self._timer = self._clock.at(self._waiting[0][0], self._release)


MOST_QUESTIONS = 256  # that are remembered


class Habit:
    """What an instrument whose answers are frozen goes on saying to each question."""

    def __init__(self, faults: WireFaults) -> None:
        self._faults = faults
        self._said: dict[bytes, bytes] = {}

    def answer(self, question: bytes, data: bytes) -> bytes:
        """`data`, or what was answered to the same question before the answers froze."""
        if self._faults.frozen:
            return self._said.get(question, data)
        if len(self._said) >= MOST_QUESTIONS:
            self._said.clear()
        self._said[question] = data
        return data
