"""Movement as a function of time: ramps, trapezoids and braking, never stepped."""

import math
from dataclasses import dataclass
from typing import Protocol


class Path(Protocol):
    """A movement: where it is and how fast at any time, and when it ends."""

    @property
    def goal(self) -> float:
        """Where the movement ends."""
        ...

    @property
    def end_s(self) -> float:
        """When the movement ends."""
        ...

    def at(self, now_s: float) -> float:
        """Where it is."""
        ...

    def speed(self, now_s: float) -> float:
        """How fast it moves, signed."""
        ...


@dataclass(frozen=True, slots=True)
class Ramp:
    """From `start` to `goal` at a constant rate of `per_s`; an infinite rate is a jump."""

    start: float
    goal: float
    per_s: float
    since_s: float

    @property
    def end_s(self) -> float:
        """When `goal` is reached."""
        return self.since_s + abs(self.goal - self.start) / self.per_s

    def at(self, now_s: float) -> float:
        """Value at `now_s`."""
        if now_s >= self.end_s:
            return self.goal
        return self.start + math.copysign(self.per_s, self.goal - self.start) * (
            now_s - self.since_s
        )

    def speed(self, now_s: float) -> float:
        """Rate at `now_s`: zero once arrived."""
        return 0.0 if now_s >= self.end_s else math.copysign(self.per_s, self.goal - self.start)

    def area(self, now_s: float) -> float:
        """Integral of the value from `since_s` to `now_s`."""
        moving_s = min(now_s, self.end_s) - self.since_s
        held_s = max(0.0, now_s - self.end_s)
        return (self.start + self.at(now_s)) / 2 * moving_s + self.goal * held_s


@dataclass(frozen=True, slots=True)
class Trapezoid:
    """From rest at `start` to rest at `goal`, with a top speed and one acceleration."""

    start: float
    goal: float
    top_speed: float
    acceleration: float
    since_s: float

    @property
    def _peak(self) -> float:
        reachable = math.sqrt(abs(self.goal - self.start) * self.acceleration)
        return min(self.top_speed, reachable)

    @property
    def end_s(self) -> float:
        """When it comes to rest."""
        if self.goal == self.start:
            return self.since_s
        return (
            self.since_s
            + abs(self.goal - self.start) / self._peak
            + self._peak / (self.acceleration)
        )

    def at(self, now_s: float) -> float:
        """Place at `now_s`."""
        if now_s >= self.end_s:
            return self.goal
        way, passed_s = self.goal - self.start, now_s - self.since_s
        return self.start + math.copysign(self._covered(passed_s), way)

    def speed(self, now_s: float) -> float:
        """Signed speed at `now_s`."""
        if now_s >= self.end_s:
            return 0.0
        nearest_end_s = min(now_s - self.since_s, self.end_s - now_s)
        return math.copysign(
            min(self._peak, self.acceleration * nearest_end_s), self.goal - self.start
        )

    def _covered(self, passed_s: float) -> float:
        rise_s = self._peak / self.acceleration
        left_s = self.end_s - self.since_s - passed_s
        if passed_s < rise_s:
            return self.acceleration * passed_s**2 / 2
        if left_s < rise_s:
            return abs(self.goal - self.start) - self.acceleration * left_s**2 / 2
        return self._peak * (passed_s - rise_s / 2)


@dataclass(frozen=True, slots=True)
class Braking:
    """From `start` at `entry_speed` to rest with one deceleration."""

    start: float
    entry_speed: float
    deceleration: float
    since_s: float

    @property
    def end_s(self) -> float:
        """When it comes to rest."""
        return self.since_s + abs(self.entry_speed) / self.deceleration

    @property
    def goal(self) -> float:
        """Where it comes to rest."""
        return self.start + self.entry_speed * (self.end_s - self.since_s) / 2

    def at(self, now_s: float) -> float:
        """Place at `now_s`."""
        if now_s >= self.end_s:
            return self.goal
        left_s = self.end_s - now_s
        return self.goal - math.copysign(self.deceleration, self.entry_speed) * left_s**2 / 2

    def speed(self, now_s: float) -> float:
        """Signed speed at `now_s`."""
        left_s = max(0.0, self.end_s - now_s)
        return math.copysign(self.deceleration * left_s, self.entry_speed)
