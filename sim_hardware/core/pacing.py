"""When an answer arrives: after its request, the instrument's turnaround and its own wire time."""

import asyncio
from collections import deque
from collections.abc import Callable

from sim_hardware.core.clock import LineClock
from sim_hardware.core.faults import WireFaults


class Pacer:
    """Hands answers to a wire in order, each when its last byte would have arrived.

    One timer at a time: timers that are due at the same instant have no order of their own.
    """

    def __init__(
        self,
        clock: LineClock,
        write: Callable[[bytes], None],
        faults: WireFaults,
        *,
        byte_s: float = 0.0,
        spoilt_byte: int | None = None,
    ) -> None:
        self._clock = clock
        self._write = write
        self._faults = faults
        self._byte_s = byte_s
        self._spoilt_byte = spoilt_byte
        self._heard_s = 0.0  # when the last byte of what was heard is off the wire
        self._free_s = 0.0  # when the last byte of what was answered is off the wire
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, count: int) -> None:
        """Note `count` bytes of a request: they came at once, a real wire takes its time."""
        self._heard_s = max(self._heard_s, self._clock.now_s()) + count * self._byte_s

    def answer(self, data: bytes, after_s: float) -> None:
        """Send `data`, `after_s` after the request was complete, and after all answers before."""
        ready_s = max(self._heard_s, self._clock.now_s()) + after_s + self._faults.delay_s
        for pause_s, part in self._faults.parts(data, position=self._spoilt_byte):
            ready_s = max(ready_s, self._free_s) + pause_s
            self._send(part, ready_s)

    def _send(self, data: bytes, ready_s: float) -> None:
        """Put bytes on the wire when they are ready and the wire is free."""
        self._free_s = max(ready_s, self._free_s) + len(data) * self._byte_s
        if self._free_s <= self._clock.now_s() and not self._waiting:
            self._write(data)
            return
        self._waiting.append((self._free_s, data))
        if self._timer is None:
            self._timer = self._clock.at(self._free_s, self._release)

    def cancel(self) -> None:
        """Forget every answer that is still on its way."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _release(self) -> None:
        self._write(self._waiting.popleft()[1])
        self._timer = None
        if self._waiting:
            self._timer = self._clock.at(self._waiting[0][0], self._release)
