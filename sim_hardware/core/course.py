"""A value that settles with one time constant, as a function of time: its past can be asked."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Course:
    """From `start` at `since_s` towards `goal`; valid from then until the next change."""

    start: float
    goal: float
    since_s: float
    tau_s: float

    def at(self, when_s: float) -> float:
        """The value at a time of the clock."""
        return self.goal + (self.start - self.goal) * math.exp(
            -(when_s - self.since_s) / self.tau_s
        )

    def covered(self, when_s: float) -> float:
        """Its integral over time since it began, in the value's unit times seconds."""
        elapsed_s = when_s - self.since_s
        gone = -math.expm1(-elapsed_s / self.tau_s)
        return self.goal * elapsed_s + (self.start - self.goal) * self.tau_s * gone

    def aimed(self, goal: float, now_s: float) -> Self:
        """The course that leads to another goal from now on."""
        return type(self)(self.at(now_s), goal, now_s, self.tau_s)

    def put(self, value: float, now_s: float) -> Self:
        """The course that leads to the same goal from another value now."""
        return type(self)(value, self.goal, now_s, self.tau_s)

    def settles_in_s(self, share: float) -> float:
        """Seconds from its beginning until it is near its goal: within a share of it.

        Where the goal is 0, within that share of the start.
        """
        away, within = abs(self.start - self.goal), share * abs(self.goal or self.start)
        return 0.0 if away <= within else self.tau_s * math.log(away / within)

    def rises_to_in_s(self, level: float) -> float:
        """Seconds from its beginning until it rises through `level`; infinite if it does not."""
        if not self.start < level < self.goal:
            return math.inf
        return self.tau_s * math.log((self.goal - self.start) / (self.goal - level))
