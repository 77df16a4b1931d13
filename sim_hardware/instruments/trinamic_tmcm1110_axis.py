"""The axis of a TMCM-1110: its units, its motion, its end switches and the reference search."""

import asyncio
import math
from collections.abc import Callable
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.mover import Mover
from sim_hardware.instruments.trinamic_tmcm1110_ends import End, Leg, Travel, first_meeting, legs

CLOCK_HZ: Final = 16_000_000.0
TOP_SPEED, ACCELERATION, RIGHT_OFF, LEFT_OFF = 4, 5, 12, 13
MICROSTEPS, SOFT_STOP, RAMP_DIVISOR, PULSE_DIVISOR = 140, 149, 153, 154
SEARCH_SPEED, SWITCH_SPEED = 194, 195


class Shaft(Protocol):
    """What the motor turns, and the chain that allows it to."""

    def permitted(self) -> bool:
        """Whether the drive has power and may turn."""
        ...

    def on_speed(self, full_steps_s: float, full_steps_s2: float) -> None:
        """The speed now ramps to `full_steps_s`; the acceleration may be infinite."""
        ...


class Axis:
    """The motor; `value` reads an axis parameter, positions and goals are those of the counter."""

    def __init__(
        self, clock: LineClock, shaft: Shaft, travel: Travel | None, value: Callable[[int], int]
    ) -> None:
        self._clock, self._shaft, self._travel, self._value = clock, shaft, travel, value
        self.goal, self.speed_goal = 0, 0  # as the host set them, in counts and speed units
        self.switches_reversed = False
        self.reference, self.end_distance = 0, 0  # what the last search found
        self.search: list[Leg] = []  # what is left of a search; the first is being travelled
        self._found: dict[End, float] = {}
        self._mover = Mover(clock, self._tell)  # microsteps from where it stood at first
        self._named_zero = 0.0  # where the counter is zero, in the same
        self._pressed: set[End] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._press()

    def position(self) -> float:
        """The position counter."""
        return self._mover.position() - self._named_zero

    def full_steps(self) -> float:
        """How far it is from where it stood at first."""
        return self._mover.position() / self._per_full_step()

    def full_steps_s(self) -> float:
        """Speed now."""
        return self._mover.speed() / self._per_full_step()

    def speed(self) -> int:
        """Speed now, in the drive's units."""
        return round(self._mover.speed() / self._speed_unit())

    def reached(self) -> bool:
        """Whether it stands at its goal."""
        return not self._mover.speed() and round(self.position()) == self.goal

    def switch(self, end: End) -> int:
        """An end switch as the drive reads it."""
        return int((end in self._pressed) != self.switches_reversed)

    def call_position(self, counts: float) -> None:
        """Give the present place another name."""
        self._named_zero = self._mover.position() - counts

    def rescale(self, power: int) -> None:
        """Stay where it is with 2**`power` microsteps; the counter stays as it is."""
        counter = self.position()
        self._mover.call_position(self.full_steps() * (1 << power))
        self.call_position(counter)

    def turn(self, units: int) -> None:
        """Ramp to a speed."""
        self.search, self.speed_goal = [], units
        self._turn(units)

    def go(self, counts: int) -> None:
        """Move to a position."""
        self.search, self.goal = [], counts
        place = counts + self._named_zero
        acceleration, units = self._acceleration(), self._value(TOP_SPEED)
        if acceleration and units and not self._hindered(place - self._mover.position()):
            self._mover.go(place, units * self._speed_unit(), acceleration)
            self._watch()

    def start_search(self, mode: int) -> None:
        """Search the reference; it is over when `search` is empty."""
        self.turn(0)
        self.search, self._found = legs(mode), {}
        self._travel_leg()
        self.recheck()

    def halt(self) -> None:
        """Be without power for a moment."""
        self.search, self.goal, self.speed_goal = [], 0, 0
        self._mover.turn(0.0, math.inf)
        self.call_position(0.0)
        self.reference = self.end_distance = 0

    def recheck(self) -> None:
        """Look at switches and permission again."""
        self._press()
        if self.search:
            self._proceed()
        if not self._shaft.permitted() and self._mover.moving():
            self._rest(self._acceleration())
        headings = (self._mover.speed(), self._mover.ramp.goal)
        if any(speed and self._blocked(speed) for speed in headings):
            self._rest(self._acceleration() if self._value(SOFT_STOP) else math.inf)

    # --- units ------------------------------------------------------------------------------------

    def _per_full_step(self) -> float:
        return float(1 << self._value(MICROSTEPS))

    def _speed_unit(self) -> float:
        """Microsteps per second of one unit of speed."""
        return CLOCK_HZ / ((1 << self._value(PULSE_DIVISOR)) * 2048 * 32)

    def _acceleration(self) -> float:
        divisors = self._value(PULSE_DIVISOR) + self._value(RAMP_DIVISOR)
        return self._value(ACCELERATION) * CLOCK_HZ**2 / float(1 << (divisors + 29))

    def _tell(self, speed: float, acceleration: float) -> None:
        per = self._per_full_step()
        self._shaft.on_speed(speed / per, acceleration / per)

    # --- motion -----------------------------------------------------------------------------------

    def _turn(self, units: int) -> None:
        acceleration = self._acceleration()
        if acceleration and not self._hindered(units):
            self._mover.turn(units * self._speed_unit(), acceleration)
            self._watch()

    def _rest(self, acceleration: float) -> None:
        self.speed_goal = 0
        if self._mover.ramp.goal or self._mover.travel is not None or math.isinf(acceleration):
            self._mover.turn(0.0, acceleration or math.inf)
            self._watch()

    def _hindered(self, way: float) -> bool:
        return bool(way) and (not self._shaft.permitted() or self._blocked(way))

    # --- end switches -----------------------------------------------------------------------------

    def _blocked(self, way: float) -> bool:
        """Whether an end switch that is heeded forbids to go that way."""
        end, off = (End.LEFT, LEFT_OFF) if way < 0 else (End.RIGHT, RIGHT_OFF)
        return bool(self.switch(end)) and not self._value(off)

    def _press(self) -> None:
        if self._travel is not None:
            self._pressed = self._travel.pressed(self.full_steps(), self._pressed)

    def _watch(self) -> None:
        """Come back when the next switch changes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._travel is None:
            return
        per, now_s = self._per_full_step(), self._clock.now_s()
        places = [(place * per, way) for place, way in self._travel.changes(self._pressed)]
        when_s = min(first_meeting(self._mover, now_s, place, way) for place, way in places)
        if math.isfinite(when_s):
            self._timer = self._clock.at(when_s, self._met)

    def _met(self) -> None:
        self._timer = None
        self.recheck()
        if self._timer is None:
            self._watch()

    # --- reference search -------------------------------------------------------------------------

    def _travel_leg(self) -> None:
        leg = self.search[0]
        self.speed_goal = leg.way * self._value(SEARCH_SPEED if leg.press else SWITCH_SPEED)
        self._turn(self.speed_goal)

    def _proceed(self) -> None:
        while self.search and self.search[0].over(self._pressed):
            leg = self.search.pop(0)
            if leg.end is not None:
                self._found[leg.end] = self._mover.position()
            self._mover.turn(0.0, math.inf)
            if self.search:
                self._travel_leg()
        if not self.search:
            self._conclude()

    def _conclude(self) -> None:
        if len(self._found) == len(End):
            self.end_distance = round(abs(self._found[End.RIGHT] - self._found[End.LEFT]))
        self.reference = round(self.position())
        self.call_position(0.0)
        self.goal = self.speed_goal = 0
