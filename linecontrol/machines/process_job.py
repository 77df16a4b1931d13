"""A run of one recipe on one batch of wafers: the process job of SEMI E40, 18 transitions."""

from enum import StrEnum, auto
from typing import Final

from linecontrol.machines.chart import Chart, Row


class JobState(StrEnum):
    """Where the job is; `ended` stands for a job that has left the equipment's list."""

    NONE = auto()
    QUEUED = auto()
    SETTING_UP = auto()
    WAITING_FOR_START = auto()
    PROCESSING = auto()
    PROCESS_COMPLETE = auto()
    PAUSING = auto()
    PAUSED = auto()
    STOPPING = auto()
    ABORTING = auto()
    ENDED = auto()


class JobEvent(StrEnum):
    """What happened to it; a pause returns to the substate it left, one event for each."""

    CREATED = auto()
    SELECTED = auto()
    READY = auto()
    AUTO_STARTED = auto()
    STARTED = auto()
    PROCESSED = auto()
    DEPARTED = auto()
    PAUSE_ASKED = auto()
    PAUSED = auto()
    RESUMED_SETTING_UP = auto()
    RESUMED_WAITING = auto()
    RESUMED_PROCESSING = auto()
    STOP_ASKED = auto()
    ABORT_ASKED = auto()
    STOPPED = auto()
    ABORTED = auto()
    DEQUEUED = auto()


S, E = JobState, JobEvent
EXECUTING: Final = (S.SETTING_UP, S.WAITING_FOR_START, S.PROCESSING, S.PROCESS_COMPLETE)
PAUSABLE: Final = EXECUTING[:3]
PAUSE: Final = (S.PAUSING, S.PAUSED)

# fmt: off
_ROWS: Final = (
    Row(E.CREATED,            S.NONE,              S.QUEUED,            1),
    Row(E.SELECTED,           S.QUEUED,            S.SETTING_UP,        2),
    Row(E.READY,              S.SETTING_UP,        S.WAITING_FOR_START, 3),
    Row(E.AUTO_STARTED,       S.SETTING_UP,        S.PROCESSING,        4),
    Row(E.STARTED,            S.WAITING_FOR_START, S.PROCESSING,        5),
    Row(E.PROCESSED,          S.PROCESSING,        S.PROCESS_COMPLETE,  6),
    Row(E.DEPARTED,           S.PROCESS_COMPLETE,  S.ENDED,             7),
    *(Row(E.PAUSE_ASKED, state, S.PAUSING, 8) for state in PAUSABLE),
    Row(E.PAUSED,             S.PAUSING,           S.PAUSED,            9),
    Row(E.RESUMED_SETTING_UP, S.PAUSED,            S.SETTING_UP,        10),
    Row(E.RESUMED_WAITING,    S.PAUSED,            S.WAITING_FOR_START, 10),
    Row(E.RESUMED_PROCESSING, S.PAUSED,            S.PROCESSING,        10),
    *(Row(E.STOP_ASKED, state, S.STOPPING, 11) for state in EXECUTING),
    *(Row(E.STOP_ASKED, state, S.STOPPING, 12) for state in PAUSE),
    *(Row(E.ABORT_ASKED, state, S.ABORTING, 13) for state in EXECUTING),
    Row(E.ABORT_ASKED,        S.STOPPING,          S.ABORTING,          14),
    *(Row(E.ABORT_ASKED, state, S.ABORTING, 15) for state in PAUSE),
    Row(E.ABORTED,            S.ABORTING,          S.ENDED,             16),
    Row(E.STOPPED,            S.STOPPING,          S.ENDED,             17),
    Row(E.DEQUEUED,           S.QUEUED,            S.ENDED,             18),
)
# fmt: on

JOB: Final = Chart("E40 process job", S.NONE, _ROWS)
