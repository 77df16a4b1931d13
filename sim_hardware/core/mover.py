"""A motor's shaft or a carriage as a function of time: a speed ramp, or a move to a position."""

import math
from collections.abc import Callable

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp, Trapezoid


class Mover:
    """Position and speed follow from the last order given.

    `scale` is how far one unit of speed carries it in a second; `on_speed` hears the speed aimed at
    and the acceleration, which may be infinite.
    """

    def __init__(
        self, clock: LineClock, on_speed: Callable[[float, float], None], scale: float = 1.0
    ) -> None:
        self._clock, self._on_speed, self.scale = clock, on_speed, scale
        self.ramp = Ramp(0.0, 0.0, math.inf, 0.0)  # of the speed
        self.travel: Trapezoid | None = None
        self._origin = 0.0  # where the present ramp began to count

    def speed(self) -> float:
        """Speed now, signed."""
        now_s = self._clock.now_s()
        if self.travel is not None:
            return self.travel.speed(now_s) / self.scale
        return self.ramp.at(now_s)

    def position(self) -> float:
        """Position now."""
        return self.position_at(self._clock.now_s())

    def position_at(self, when_s: float) -> float:
        """Position at a time after the last order, if no other comes."""
        if self.travel is not None:
            return self.travel.at(when_s)
        return self._origin + self.ramp.area(when_s) * self.scale

    def moving(self) -> bool:
        """Whether it moves or is about to."""
        return bool(self.speed() or self.ramp.goal)

    def arrived(self) -> bool:
        """Whether the last order was a move, and it is over."""
        return self.travel is not None and self._clock.now_s() >= self.travel.end_s

    def call_position(self, position: float) -> None:
        """Give the present place another name."""
        if self.travel is not None:
            self.turn(self.speed(), math.inf)
        self._origin += position - self.position()

    def turn(self, speed: float, acceleration: float) -> None:
        """Ramp from the present speed to another."""
        now_speed, self._origin = self.speed(), self.position()
        self.travel = None
        self.ramp = Ramp(now_speed, speed, acceleration, self._clock.now_s())
        self._on_speed(speed, acceleration)

    def go(self, goal: float, top_speed: float, acceleration: float) -> None:
        """Move to a position; what turns is taken as standing where it is."""
        start, now_s = self.position(), self._clock.now_s()
        self.ramp = Ramp(0.0, 0.0, math.inf, now_s)
        self.travel = Trapezoid(
            start, goal, top_speed * self.scale, acceleration * self.scale, now_s
        )
        if goal != start:
            self._on_speed(math.copysign(top_speed, goal - start), acceleration)
        self._clock.at(self.travel.end_s, self._came_to_rest)

    def _came_to_rest(self) -> None:
        if self.arrived():
            self._on_speed(0.0, math.inf)
