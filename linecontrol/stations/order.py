"""What a station is asked to do, and how it ended."""

from dataclasses import dataclass
from enum import StrEnum, auto

from drivers.core.tool import Setpoints


@dataclass(frozen=True, slots=True)
class Order:
    """One visit of one wafer: the job it runs under and the set-points of its recipe."""

    job: str
    lot: str
    wafer: str
    step: str
    recipe: str
    setpoints: Setpoints
    last: bool  # whether the wafer is finished after this step


class Verdict(StrEnum):
    """How a visit ended."""

    DONE = auto()
    ABORTED = auto()


class Decision(StrEnum):
    """What a person decides about a held wafer."""

    RESUME = auto()
    ABORT = auto()


class CannotResume(Exception):
    """The wafer stays held; the sentence says why."""
