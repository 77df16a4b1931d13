"""The state of one phase of a recipe on a tool: ISA-88's procedural states."""

from enum import StrEnum, auto
from typing import Final

from linecontrol.machines.chart import Chart, Row


class PhaseState(StrEnum):
    """Where the phase is; the -ING states act, the others rest."""

    IDLE = auto()
    RUNNING = auto()
    PAUSING = auto()
    PAUSED = auto()
    HOLDING = auto()
    HELD = auto()
    RESTARTING = auto()
    STOPPING = auto()
    STOPPED = auto()
    ABORTING = auto()
    ABORTED = auto()
    COMPLETE = auto()


class PhaseEvent(StrEnum):
    """What happened to it; `acting_done` ends every acting state but running."""

    STARTED = auto()
    FINISHED = auto()
    PAUSED = auto()
    RESUMED = auto()
    HELD = auto()
    RESTARTED = auto()
    STOPPED = auto()
    ABORTED = auto()
    ACTING_DONE = auto()
    RESET = auto()


S, E = PhaseState, PhaseEvent
HOLDABLE: Final = (S.RUNNING, S.PAUSING, S.PAUSED, S.RESTARTING)
STOPPABLE: Final = (*HOLDABLE, S.HOLDING, S.HELD)

# fmt: off
_ROWS: Final = (
    Row(E.STARTED,     S.IDLE,       S.RUNNING),
    Row(E.FINISHED,    S.RUNNING,    S.COMPLETE),
    Row(E.PAUSED,      S.RUNNING,    S.PAUSING),
    Row(E.ACTING_DONE, S.PAUSING,    S.PAUSED),
    Row(E.RESUMED,     S.PAUSED,     S.RUNNING),
    *(Row(E.HELD, state, S.HOLDING) for state in HOLDABLE),
    Row(E.ACTING_DONE, S.HOLDING,    S.HELD),
    Row(E.RESTARTED,   S.HELD,       S.RESTARTING),
    Row(E.ACTING_DONE, S.RESTARTING, S.RUNNING),
    *(Row(E.STOPPED, state, S.STOPPING) for state in STOPPABLE),
    Row(E.ACTING_DONE, S.STOPPING,   S.STOPPED),
    *(Row(E.ABORTED, state, S.ABORTING) for state in (*STOPPABLE, S.STOPPING, S.STOPPED)),
    Row(E.ACTING_DONE, S.ABORTING,   S.ABORTED),
    *(Row(E.RESET, state, S.IDLE) for state in (S.COMPLETE, S.STOPPED, S.ABORTED)),
)
# fmt: on

PHASE: Final = Chart("ISA-88 phase", S.IDLE, _ROWS)
