"""What a lamp on an Oriel supply may be asked for: its settings and the ratings of the models.

Chosen here, not stated by the source: the ratings, as the users of either model have set them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto

from drivers.core.points import Limits


@dataclass(frozen=True, slots=True)
class Rating:
    """The most that a model may be asked for."""

    current_a: float
    power_w: float


RATINGS: Mapping[str, Rating] = {"69907": Rating(12.0, 200.0), "69920": Rating(50.0, 1200.0)}
SMALLEST = RATINGS["69907"]
LARGEST = RATINGS["69920"]


class Mode(StrEnum):
    """What the supply holds constant."""

    POWER = auto()
    CURRENT = auto()


MODE_CODES: Mapping[Mode, int] = {Mode.POWER: 0, Mode.CURRENT: 1}


@dataclass(frozen=True, slots=True)
class LampSettings:
    """How a lamp is to burn: `preset` is in W in power mode and in A in current mode."""

    mode: Mode
    preset: float
    current_limit_a: float
    power_limit_w: float

    @property
    def preset_limit(self) -> float:
        """The limit in the unit of the preset."""
        return self.power_limit_w if self.mode is Mode.POWER else self.current_limit_a


def objection(lamp: LampSettings, rating: Rating) -> str:
    """Why a supply of `rating` must not burn a lamp so; empty if it may. NaN is never allowed."""
    if lamp.current_limit_a not in Limits(0, rating.current_a):
        return f"current limit {lamp.current_limit_a:g} A is outside 0 to {rating.current_a:g} A"
    if lamp.power_limit_w not in Limits(0, rating.power_w):
        return f"power limit {lamp.power_limit_w:g} W is outside 0 to {rating.power_w:g} W"
    if lamp.preset not in Limits(0, lamp.preset_limit):
        return f"preset {lamp.preset:g} is outside 0 to the lamp's limit {lamp.preset_limit:g}"
    return ""
