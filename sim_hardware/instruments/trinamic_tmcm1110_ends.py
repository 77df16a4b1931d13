"""End switches of a TMCM-1110 axis: where they are, when they change, how a search uses them."""

import itertools
import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from sim_hardware.core.mover import Mover

HYSTERESIS: Final = 1.0  # full steps
CLOSE: Final = 1e-6  # full steps, or even microsteps, within which a switch has been met
_HALVINGS: Final = 60


class End(Enum):
    """The two end switches."""

    LEFT = auto()
    RIGHT = auto()


@dataclass(frozen=True, slots=True)
class Travel:
    """Where the end switches are pressed, in full steps from where the axis stands at first."""

    left: float
    right: float

    def pressed(self, at: float, before: AbstractSet[End]) -> set[End]:
        """The switches that are pressed at a place, reached with those of `before` pressed."""
        found: set[End] = set()
        depths = {End.LEFT: self.left - at, End.RIGHT: at - self.right}
        for end, depth in depths.items():
            edge = -HYSTERESIS + CLOSE if end in before else -CLOSE
            if depth >= edge:
                found.add(end)
        return found

    def changes(self, pressed: AbstractSet[End]) -> list[tuple[float, int]]:
        """Places at which a switch changes, and the way on which it does."""
        left = (self.left + HYSTERESIS, 1) if End.LEFT in pressed else (self.left, -1)
        right = (self.right - HYSTERESIS, -1) if End.RIGHT in pressed else (self.right, 1)
        return [left, right]


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of a search: go that way until the switch is pressed, or until it is released."""

    way: int
    end: End | None  # None: a switch that is not there
    press: bool

    def over(self, pressed: AbstractSet[End]) -> bool:
        """Whether the switch is as wanted."""
        return self.end is not None and (self.end in pressed) == self.press


def legs(mode: int) -> list[Leg]:
    """What a search mode does; the modes above 64 are the mirror images of those below.

    A switch that stands at the end of the way cannot be approached from both sides: modes 3 and 4
    are those of 2 and 1 here.
    """
    base = mode & 0x3F
    if base > 4 or mode & 0x80:
        return [Leg(1 if mode & 0x7F in {6, 7} else -1, None, press=True)]
    first, way = (End.RIGHT, 1) if mode & 0x40 else (End.LEFT, -1)
    other = End.LEFT if first is End.RIGHT else End.RIGHT
    before = [Leg(-way, other, press=True)] if base in {2, 3} else []
    return [*before, Leg(way, first, press=True), Leg(-way, first, press=False)]


def first_meeting(mover: Mover, now_s: float, place: float, way: int) -> float:
    """When a mover first comes to `place` on its way up (1) or down (-1); inf for never."""
    for start_s, end_s in itertools.pairwise(_turning_points(mover, now_s, place)):
        if way * (mover.position_at(end_s) - place) >= -CLOSE:
            return _bisected(mover, start_s, end_s, place, way)
    return math.inf


def _turning_points(mover: Mover, now_s: float, place: float) -> list[float]:
    """Times between which it goes one way only, the last late enough to come to `place`."""
    if mover.travel is not None:
        return [now_s, max(now_s, mover.travel.end_s)]
    ramp = mover.ramp
    points = [now_s]
    if ramp.start * ramp.goal < 0.0:
        points.append(max(now_s, ramp.since_s + abs(ramp.start) / ramp.per_s))
    points.append(max(now_s, ramp.end_s))
    if ramp.goal:
        left = (place - mover.position_at(points[-1])) / (ramp.goal * mover.scale)
        points.append(points[-1] + max(0.0, left))
    return points


def _bisected(mover: Mover, early_s: float, late_s: float, place: float, way: int) -> float:
    for _ in range(_HALVINGS):
        middle_s = (early_s + late_s) / 2
        if way * (mover.position_at(middle_s) - place) >= -CLOSE:
            late_s = middle_s
        else:
            early_s = middle_s
    return late_s
