"""A wafer: where it is and what it still needs (SEMI E90, location and processing)."""

from enum import StrEnum, auto
from typing import Final

from linecontrol.machines.chart import Chart, Row


class Place(StrEnum):
    """Where the wafer is, seen from its cassette."""

    NONE = auto()
    AT_SOURCE = auto()
    AT_WORK = auto()
    AT_DESTINATION = auto()
    GONE = auto()


class PlaceEvent(StrEnum):
    """What was done with it."""

    ARRIVED = auto()
    LEFT_SOURCE = auto()
    RETURNED = auto()
    MOVED = auto()
    DELIVERED = auto()
    TAKEN_BACK = auto()
    SHIPPED = auto()
    BYPASSED = auto()
    REMOVED = auto()


class Need(StrEnum):
    """What the wafer still needs; the last six are the ways in which it can be finished."""

    NONE = auto()
    NEEDS_PROCESSING = auto()
    IN_PROCESS = auto()
    PROCESSED = auto()
    ABORTED = auto()
    STOPPED = auto()
    REJECTED = auto()
    LOST = auto()
    SKIPPED = auto()


class NeedEvent(StrEnum):
    """What a tool or a person made of it."""

    REGISTERED = auto()
    STARTED = auto()
    STEP_FINISHED = auto()
    FINISHED = auto()
    ABORTED = auto()
    STOPPED = auto()
    REJECTED = auto()
    LOST = auto()
    SKIPPED = auto()


P, PE, N, NE = Place, PlaceEvent, Need, NeedEvent
FINAL: Final = {
    NE.ABORTED: N.ABORTED,
    NE.STOPPED: N.STOPPED,
    NE.REJECTED: N.REJECTED,
    NE.LOST: N.LOST,
    NE.SKIPPED: N.SKIPPED,
}

# fmt: off
_PLACES: Final = (
    Row(PE.ARRIVED,     P.NONE,           P.AT_SOURCE,      1),
    Row(PE.LEFT_SOURCE, P.AT_SOURCE,      P.AT_WORK,        2),
    Row(PE.RETURNED,    P.AT_WORK,        P.AT_SOURCE,      3),
    Row(PE.MOVED,       P.AT_WORK,        P.AT_WORK,        4),
    Row(PE.DELIVERED,   P.AT_WORK,        P.AT_DESTINATION, 5),
    Row(PE.TAKEN_BACK,  P.AT_DESTINATION, P.AT_WORK,        6),
    Row(PE.SHIPPED,     P.AT_DESTINATION, P.GONE,           7),
    Row(PE.BYPASSED,    P.AT_SOURCE,      P.AT_DESTINATION, 8),
    *(Row(PE.REMOVED, place, P.GONE, 9) for place in (P.AT_SOURCE, P.AT_WORK, P.AT_DESTINATION)),
)
_NEEDS: Final = (
    Row(NE.REGISTERED,    N.NONE,             N.NEEDS_PROCESSING, 10),
    Row(NE.STARTED,       N.NEEDS_PROCESSING, N.IN_PROCESS,       11),
    Row(NE.FINISHED,      N.IN_PROCESS,       N.PROCESSED,        12),
    *(Row(event, N.IN_PROCESS, final, 12) for event, final in FINAL.items()),
    Row(NE.STEP_FINISHED, N.IN_PROCESS,       N.NEEDS_PROCESSING, 13),
    *(Row(event, N.NEEDS_PROCESSING, final, 14) for event, final in FINAL.items()),
)
# fmt: on

PLACE: Final = Chart("E90 location", P.NONE, _PLACES)
NEED: Final = Chart("E90 processing", N.NONE, _NEEDS)
