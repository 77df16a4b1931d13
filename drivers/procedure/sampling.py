"""What was read while something went on: middle, lowest and highest value of every reading."""

import asyncio
import statistics
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, LinkLost
from drivers.instruments.click_plc import PlcMap

ReadAll = Callable[[], Awaitable[Mapping[str, float]]]


class Seen:
    """The values of some readings, by name, in the order in which they came."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def note(self, values: Mapping[str, float]) -> None:
        """Take one look."""
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)

    def middle(self, *names: str) -> dict[str, float]:
        """The median of each: a value at the edge of a step does not move it."""
        return {name: statistics.median(self._values[name]) for name in names}

    def all_middle(self) -> dict[str, float]:
        """The median of everything that was seen at all."""
        return self.middle(*self._values)

    def lowest(self, name: str) -> float:
        """The lowest value."""
        return min(self._values[name])

    def highest(self, name: str) -> float:
        """The highest value."""
        return max(self._values[name])


def process_of(plc_map: PlcMap) -> ReadAll:
    """Reads everything that a tool declares of its controller; a lost reply is asked for again."""

    async def read() -> Mapping[str, float]:
        try:
            samples = await plc_map.readings()
        except LinkLost:
            samples = await plc_map.readings()  # looking twice does nothing
        return {name: sample.value for name, sample in samples.items()}

    return read


@asynccontextmanager
async def sampling(read: ReadAll, clock: Clock, *, every_s: float) -> AsyncGenerator[Seen]:
    """Look at once and then every `every_s` while the work inside goes on.

    Only the first look raises: what fails later is met by the work inside as well.
    """
    seen = Seen()
    seen.note(await read())
    # A look is never broken off half-way: its link would take that for a lost reply.
    looking = asyncio.Lock()

    async def look_again() -> None:
        while True:
            await sleep(clock, every_s)
            async with looking:
                with suppress(DriverError):
                    seen.note(await read())

    task = asyncio.create_task(look_again())
    try:
        yield seen
    finally:
        async with looking:
            task.cancel()
        await asyncio.wait({task})
