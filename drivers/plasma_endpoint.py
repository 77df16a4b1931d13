"""The optical end-point of a film: its emission has fallen and falls no more."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 5.0  # the slope is that of a straight line through so much of the signal
FULL_PART: Final = 0.7  # of the window: fewer samples make a slope of noise
QUIET_S: Final = 5.0
QUIET_PART: Final = 0.1  # of the steepest fall: slower than this is no fall any more
LEAST_FALL: Final = 0.2  # of the level before: less is noise or a lamp getting dim
TIME_OUT: Final = 1.5  # of the expected time
TOO_EARLY: Final = 0.6  # of the expected time


@dataclass(frozen=True, slots=True)
class Found:
    """The end-point: when it came, in seconds of etching, and whether that is suspiciously soon."""

    at_s: float
    too_early: bool


class EndPoint:
    """Finds the end-point in samples of emission, about one per second.

    The signal is flat while the film is whole, falls while it opens, and is flat again when it
    is gone. The end-point is the first second at which the fall was slower than a tenth of its
    steepest, once it has stayed so for five seconds. A fall is only believed if it took away a
    fifth of the level before.
    """

    def __init__(self, expected_s: float, already_s: float = 0.0) -> None:
        if not expected_s > 0:
            raise ValueError(f"an end-point expected at {expected_s!r} s makes no sense")
        self._expected_s, self._already_s = expected_s, already_s
        self._recent: deque[tuple[float, float]] = deque()
        self._level = 0.0
        self._steepest = 0.0
        self._quiet_since_s: float | None = None
        self.found: Found | None = None

    def add(self, at_s: float, emission: float) -> Found | None:
        """Take one sample, `at_s` from the start of this etch; return the end-point once found.

        Raises ValueError for a sample that is not later than the last one.
        """
        if self._recent and at_s <= self._recent[-1][0]:
            raise ValueError(f"{at_s!r} s does not follow {self._recent[-1][0]!r} s")
        self._recent.append((at_s, emission))
        while at_s - self._recent[0][0] > WINDOW_S:
            self._recent.popleft()
        if self.found is None and at_s - self._recent[0][0] >= FULL_PART * WINDOW_S:
            self._judge(at_s)
        return self.found

    def timed_out(self, at_s: float) -> bool:
        """Whether the end-point is overdue, with what was etched before counted in."""
        return self.found is None and at_s + self._already_s > TIME_OUT * self._expected_s

    def _judge(self, at_s: float) -> None:
        mean = sum(value for _, value in self._recent) / len(self._recent)
        fall = -slope(self._recent)
        self._level = max(self._level, mean)
        self._steepest = max(self._steepest, fall)
        fallen = self._level - mean >= LEAST_FALL * self._level
        if not fallen or fall >= QUIET_PART * self._steepest:
            self._quiet_since_s = None
        elif self._quiet_since_s is None:
            self._quiet_since_s = at_s
        elif at_s - self._quiet_since_s >= QUIET_S:
            since_s = self._quiet_since_s - WINDOW_S / 2  # the slope is that of its middle
            early = since_s + self._already_s < TOO_EARLY * self._expected_s
            self.found = Found(since_s, early)


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """The slope of the straight line through `samples`, in signal per second; 0 for one sample."""
    mean_s = sum(at_s for at_s, _ in samples) / len(samples)
    mean = sum(value for _, value in samples) / len(samples)
    spread = sum((at_s - mean_s) ** 2 for at_s, _ in samples)
    if spread == 0:
        return 0.0
    return sum((at_s - mean_s) * (value - mean) for at_s, value in samples) / spread
