"""One alarm: the nine states of ISA-18.2 / IEC 62682."""

from enum import StrEnum, auto
from typing import Final

from linecontrol.machines.chart import Chart, Row


class AlarmState(StrEnum):
    """What the operator is told; the standard's letters A to I in order."""

    NORMAL = auto()
    UNACKNOWLEDGED = auto()
    ACKNOWLEDGED = auto()
    RETURNED_UNACKNOWLEDGED = auto()
    LATCHED_UNACKNOWLEDGED = auto()
    LATCHED_ACKNOWLEDGED = auto()
    SHELVED = auto()
    SUPPRESSED_BY_DESIGN = auto()
    OUT_OF_SERVICE = auto()


class AlarmEvent(StrEnum):
    """What the condition or a person did; `..._active` says that the condition still stands."""

    RAISED = auto()
    ACKNOWLEDGED = auto()
    CLEARED = auto()
    LATCHED = auto()
    RESET = auto()
    SHELVED = auto()
    UNSHELVED_NORMAL = auto()
    UNSHELVED_ACTIVE = auto()
    SUPPRESSED = auto()
    RELEASED_NORMAL = auto()
    RELEASED_ACTIVE = auto()
    TAKEN_OUT = auto()
    RETURNED_NORMAL = auto()
    RETURNED_ACTIVE = auto()


S, E = AlarmState, AlarmEvent
ASIDE: Final = (S.SHELVED, S.SUPPRESSED_BY_DESIGN, S.OUT_OF_SERVICE)
IN_SERVICE: Final = tuple(state for state in S if state not in ASIDE)

# fmt: off
_ROWS: Final = (
    Row(E.RAISED,           S.NORMAL,                  S.UNACKNOWLEDGED),
    Row(E.ACKNOWLEDGED,     S.UNACKNOWLEDGED,          S.ACKNOWLEDGED),
    Row(E.CLEARED,          S.UNACKNOWLEDGED,          S.RETURNED_UNACKNOWLEDGED),
    Row(E.CLEARED,          S.ACKNOWLEDGED,            S.NORMAL),
    Row(E.ACKNOWLEDGED,     S.RETURNED_UNACKNOWLEDGED, S.NORMAL),
    Row(E.RAISED,           S.RETURNED_UNACKNOWLEDGED, S.UNACKNOWLEDGED),
    Row(E.LATCHED,          S.UNACKNOWLEDGED,          S.LATCHED_UNACKNOWLEDGED),
    Row(E.LATCHED,          S.ACKNOWLEDGED,            S.LATCHED_ACKNOWLEDGED),
    Row(E.ACKNOWLEDGED,     S.LATCHED_UNACKNOWLEDGED,  S.LATCHED_ACKNOWLEDGED),
    Row(E.RESET,            S.LATCHED_ACKNOWLEDGED,    S.NORMAL),
    Row(E.RAISED,           S.LATCHED_UNACKNOWLEDGED,  S.UNACKNOWLEDGED),
    Row(E.RAISED,           S.LATCHED_ACKNOWLEDGED,    S.UNACKNOWLEDGED),
    *(Row(E.SHELVED, state, S.SHELVED) for state in IN_SERVICE),
    Row(E.UNSHELVED_NORMAL, S.SHELVED,                 S.NORMAL),
    Row(E.UNSHELVED_ACTIVE, S.SHELVED,                 S.UNACKNOWLEDGED),
    *(Row(E.SUPPRESSED, state, S.SUPPRESSED_BY_DESIGN) for state in IN_SERVICE),
    Row(E.RELEASED_NORMAL,  S.SUPPRESSED_BY_DESIGN,    S.NORMAL),
    Row(E.RELEASED_ACTIVE,  S.SUPPRESSED_BY_DESIGN,    S.UNACKNOWLEDGED),
    *(Row(E.TAKEN_OUT, state, S.OUT_OF_SERVICE) for state in S if state is not S.OUT_OF_SERVICE),
    Row(E.RETURNED_NORMAL,  S.OUT_OF_SERVICE,          S.NORMAL),
    Row(E.RETURNED_ACTIVE,  S.OUT_OF_SERVICE,          S.UNACKNOWLEDGED),
)
# fmt: on

ALARM: Final = Chart("ISA-18.2 alarm", S.NORMAL, _ROWS)
