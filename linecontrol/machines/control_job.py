"""A lot on its way through the line: the control job of SEMI E94, 13 transitions."""

from enum import StrEnum, auto
from typing import Final

from linecontrol.machines.chart import Chart, Row


class LotState(StrEnum):
    """Where the lot is; E94 has no state for stopping or aborting."""

    NONE = auto()
    QUEUED = auto()
    SELECTED = auto()
    WAITING_FOR_START = auto()
    EXECUTING = auto()
    PAUSED = auto()
    COMPLETED = auto()
    DELETED = auto()


class LotEvent(StrEnum):
    """What happened to it."""

    CREATED = auto()
    CANCELLED = auto()
    SELECTED = auto()
    DESELECTED = auto()
    AUTO_STARTED = auto()
    READY = auto()
    STARTED = auto()
    PAUSED = auto()
    RESUMED = auto()
    FINISHED = auto()
    STOPPED = auto()
    ABORTED = auto()
    REMOVED = auto()


S, E = LotState, LotEvent
ACTIVE: Final = (S.SELECTED, S.WAITING_FOR_START, S.EXECUTING, S.PAUSED)

# fmt: off
_ROWS: Final = (
    Row(E.CREATED,      S.NONE,              S.QUEUED,            1),
    Row(E.CANCELLED,    S.QUEUED,            S.DELETED,           2),
    Row(E.SELECTED,     S.QUEUED,            S.SELECTED,          3),
    Row(E.DESELECTED,   S.SELECTED,          S.QUEUED,            4),
    Row(E.AUTO_STARTED, S.SELECTED,          S.EXECUTING,         5),
    Row(E.READY,        S.SELECTED,          S.WAITING_FOR_START, 6),
    Row(E.STARTED,      S.WAITING_FOR_START, S.EXECUTING,         7),
    Row(E.PAUSED,       S.EXECUTING,         S.PAUSED,            8),
    Row(E.RESUMED,      S.PAUSED,            S.EXECUTING,         9),
    Row(E.FINISHED,     S.EXECUTING,         S.COMPLETED,         10),
    *(Row(E.STOPPED, state, S.COMPLETED, 11) for state in ACTIVE),
    *(Row(E.ABORTED, state, S.COMPLETED, 12) for state in ACTIVE),
    Row(E.REMOVED,      S.COMPLETED,         S.DELETED,           13),
)
# fmt: on

LOT: Final = Chart("E94 control job", S.NONE, _ROWS)
