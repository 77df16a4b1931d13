"""What a measurement gives: a number beside its goal; and how two sides are compared fairly."""

import statistics
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from drivers.core.clock import RealClock

HERE = Path(__file__).parent

CLOCK = RealClock()
"""The computer's own time: what is measured here is not simulated."""

Side = Callable[[], Awaitable[float]]
"""One round of one side: what it cost or how fast it was."""


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table. `at_most` says whether the goal is an upper or a lower bound."""

    what: str
    value: float
    goal: float
    unit: str
    note: str
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal was reached in this run."""
        return self.value <= self.goal if self.at_most else self.value >= self.goal


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides measured in turns: the median of each, and of their ratio round by round."""

    first: float
    second: float
    ratio: float


async def in_turns(rounds: int, first: Side, second: Side) -> Compared:
    """Run both sides `rounds` times, in turns, after one round of each that does not count."""
    await first()
    await second()
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            later = await second()
            pairs.append((await first(), later))
        else:
            pairs.append((await first(), await second()))
    return Compared(
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(one / other for one, other in pairs),
    )


@contextmanager
def scratch() -> Generator[Path]:
    """A folder on the disk of the project; the usual temporary one may be kept in memory."""
    (HERE / ".scratch").mkdir(exist_ok=True)
    with TemporaryDirectory(dir=HERE / ".scratch") as folder:
        yield Path(folder)
