"""The simulated kinds of time, by name: an event loop and the clock that goes with it."""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sim_hardware.core.lockstep_loop import LockstepClock, LockstepLoop
from sim_hardware.core.scaled_loop import ScaledClock, ScaledLoop
from sim_hardware.core.simulated_clock import SimulatedClock
from sim_hardware.core.simulated_loop import SimulatedLoop
from sim_hardware.core.virtual_loop import VirtualSelector


class SimClock(Protocol):
    """What whoever waits or reads the time is given."""

    def now(self) -> datetime:
        """The date and time of day, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward; the origin means nothing."""
        ...

    async def sleep_until(self, at_s: float) -> None:
        """Wait until `monotonic()` is at least `at_s`."""
        ...

    def sent(self, count: int) -> None:
        """Note `count` bytes handed to a wire."""
        ...

    def received(self, count: int) -> None:
        """Note `count` bytes taken from a wire."""
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Hold time still while work goes on that the event loop cannot see."""
        ...


@dataclass(frozen=True, slots=True)
class TimeBase:
    """One kind of time: run everything on a loop of `loop_factory` and hand out `clock`."""

    mode: str
    loop_factory: Callable[[], AbstractEventLoop]
    clock: SimClock

    @property
    def ledger(self) -> SimClock:
        """What emulated ports tell what they send and receive: the clock itself."""
        return self.clock


def virtual(argument: str = "") -> TimeBase:  # noqa: ARG001 - all kinds are made alike
    """Time of one process that jumps to the next timer when nothing is left to do."""
    clock = SimulatedClock()
    return TimeBase("virtual", lambda: SimulatedLoop(VirtualSelector(clock)), clock)


def scaled(argument: str) -> TimeBase:
    """Real time, `argument` times as fast. ValueError if that is no number or above 20."""
    clock = ScaledClock(float(argument))
    return TimeBase("scaled", lambda: ScaledLoop(clock), clock)


def lockstep(argument: str) -> TimeBase:
    """Virtual time of several processes that share the page file `argument`, made if missing."""
    clock = LockstepClock(Path(argument))
    return TimeBase("lockstep", lambda: LockstepLoop(clock), clock)
