"""The state of one tool: PackML's seventeen states (ISA-TR88.00.02)."""

from enum import StrEnum, auto
from typing import Final

from linecontrol.machines.chart import Chart, Row


class ToolState(StrEnum):
    """What the tool is doing."""

    STOPPED = auto()
    RESETTING = auto()
    IDLE = auto()
    STARTING = auto()
    EXECUTE = auto()
    COMPLETING = auto()
    COMPLETE = auto()
    HOLDING = auto()
    HELD = auto()
    UNHOLDING = auto()
    SUSPENDING = auto()
    SUSPENDED = auto()
    UNSUSPENDING = auto()
    STOPPING = auto()
    ABORTING = auto()
    ABORTED = auto()
    CLEARING = auto()


class ToolEvent(StrEnum):
    """What happened to it; `state_completed` ends every acting state."""

    RESET = auto()
    STARTED = auto()
    STATE_COMPLETED = auto()
    HELD = auto()
    UNHELD = auto()
    SUSPENDED = auto()
    UNSUSPENDED = auto()
    STOPPED = auto()
    ABORTED = auto()
    CLEARED = auto()


S, E = ToolState, ToolEvent
ABORT_FAMILY: Final = (S.ABORTING, S.ABORTED, S.CLEARING)
STOP_FAMILY: Final = (S.STOPPING, S.STOPPED)

# fmt: off
_ROWS: Final = (
    Row(E.RESET,           S.STOPPED,       S.RESETTING),
    Row(E.RESET,           S.COMPLETE,      S.RESETTING),
    Row(E.STATE_COMPLETED, S.RESETTING,     S.IDLE),
    Row(E.STARTED,         S.IDLE,          S.STARTING),
    Row(E.STATE_COMPLETED, S.STARTING,      S.EXECUTE),
    Row(E.STATE_COMPLETED, S.EXECUTE,       S.COMPLETING),
    Row(E.STATE_COMPLETED, S.COMPLETING,    S.COMPLETE),
    Row(E.HELD,            S.EXECUTE,       S.HOLDING),
    Row(E.STATE_COMPLETED, S.HOLDING,       S.HELD),
    Row(E.UNHELD,          S.HELD,          S.UNHOLDING),
    Row(E.STATE_COMPLETED, S.UNHOLDING,     S.EXECUTE),
    Row(E.SUSPENDED,       S.EXECUTE,       S.SUSPENDING),
    Row(E.STATE_COMPLETED, S.SUSPENDING,    S.SUSPENDED),
    Row(E.UNSUSPENDED,     S.SUSPENDED,     S.UNSUSPENDING),
    Row(E.STATE_COMPLETED, S.UNSUSPENDING,  S.EXECUTE),
    *(Row(E.STOPPED, state, S.STOPPING) for state in S if state not in ABORT_FAMILY + STOP_FAMILY),
    Row(E.STATE_COMPLETED, S.STOPPING,      S.STOPPED),
    *(Row(E.ABORTED, state, S.ABORTING) for state in S if state not in (S.ABORTING, S.ABORTED)),
    Row(E.STATE_COMPLETED, S.ABORTING,      S.ABORTED),
    Row(E.CLEARED,         S.ABORTED,       S.CLEARING),
    Row(E.STATE_COMPLETED, S.CLEARING,      S.STOPPED),
)
# fmt: on

TOOL: Final = Chart("PackML tool", S.STOPPED, _ROWS)
