"""A clock for emulators without wires: time passes when a test says so, timers included."""

import asyncio
import math
from collections.abc import Generator
from contextlib import contextmanager

from sim_hardware.core.clock import LineClock
from sim_hardware.core.timebase import virtual


class PassingTime:
    """`clock` is given to the emulator; `wait` lets simulated time pass."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.clock = LineClock(loop)

    def wait(self, seconds: float) -> None:
        self._loop.run_until_complete(asyncio.sleep(seconds))


@contextmanager
def passing_time() -> Generator[PassingTime, None, None]:
    loop = virtual().loop_factory()
    try:
        yield PassingTime(loop)
    finally:
        loop.close()


def near(value: float, wanted: float, within: float | None = None) -> bool:
    """Whether two numbers agree: within an absolute distance, or to six digits."""
    if within is None:
        return math.isclose(value, wanted, rel_tol=1e-6)
    return abs(value - wanted) <= within
