"""PackML (ISA-TR88.00.02) as the tool controllers run it: one table, and the clock between."""

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum, IntEnum, auto

from sim_hardware.core.clock import LineClock

TRANSITION_S = 1.0  # every acting state but Execute lasts this long


class PackMl(IntEnum):
    """The seventeen states, numbered as PackTags do, and Undefined."""

    UNDEFINED = 0
    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17


class UnitMode(IntEnum):
    """Unit modes by their numbers."""

    INVALID = 0
    PRODUCTION = 1
    MAINTENANCE = 2
    MANUAL = 3
    DRY_RUN = 4


class StateCommand(IntEnum):
    """Commands 1 to 10, in the numbers of cmd_code."""

    RESET = 1
    START = 2
    STOP = 3
    HOLD = 4
    UNHOLD = 5
    SUSPEND = 6
    UNSUSPEND = 7
    ABORT = 8
    CLEAR = 9
    COMPLETE = 10


class Ack(IntEnum):
    """Values of ack_code."""

    NONE = 0
    ACCEPTED = 1
    DONE = 2
    REJECTED_STATE = 3
    REJECTED_MODE = 4
    REJECTED_INTERLOCK = 5
    REJECTED_RECIPE = 6
    BAD_SEQ = 7
    UNKNOWN_CMD = 8


class Reaction(Enum):
    """What the controller does with the job when an interlock opens."""

    ABORT = auto()
    HOLD = auto()
    NONE = auto()


class WatchdogAction(Enum):
    """What the controller does with the job when the host's heartbeat stops."""

    HOLD = auto()
    ABORT = auto()


# A job is under way: the wafer has been touched and is not finished.
JOB_STATES = frozenset(
    {
        PackMl.STARTING,
        PackMl.EXECUTE,
        PackMl.HOLDING,
        PackMl.HELD,
        PackMl.UNHOLDING,
        PackMl.SUSPENDING,
        PackMl.SUSPENDED,
        PackMl.UNSUSPENDING,
        PackMl.COMPLETING,
    }
)
RESTING = frozenset({PackMl.IDLE, PackMl.STOPPED, PackMl.COMPLETE})
ABORT_FAMILY = frozenset({PackMl.ABORTING, PackMl.ABORTED})

FROM: Mapping[StateCommand, frozenset[PackMl]] = {
    StateCommand.RESET: frozenset({PackMl.STOPPED, PackMl.COMPLETE}),
    StateCommand.START: frozenset({PackMl.IDLE}),
    StateCommand.STOP: JOB_STATES | {PackMl.IDLE, PackMl.RESETTING, PackMl.COMPLETE},
    StateCommand.HOLD: frozenset({PackMl.EXECUTE}),
    StateCommand.UNHOLD: frozenset({PackMl.HELD}),
    StateCommand.SUSPEND: frozenset({PackMl.EXECUTE}),
    StateCommand.UNSUSPEND: frozenset({PackMl.SUSPENDED}),
    StateCommand.ABORT: frozenset(PackMl) - ABORT_FAMILY,
    StateCommand.CLEAR: frozenset({PackMl.ABORTED}),
    StateCommand.COMPLETE: frozenset({PackMl.EXECUTE}),
}

ACTING: Mapping[StateCommand, PackMl] = {
    StateCommand.RESET: PackMl.RESETTING,
    StateCommand.START: PackMl.STARTING,
    StateCommand.STOP: PackMl.STOPPING,
    StateCommand.HOLD: PackMl.HOLDING,
    StateCommand.UNHOLD: PackMl.UNHOLDING,
    StateCommand.SUSPEND: PackMl.SUSPENDING,
    StateCommand.UNSUSPEND: PackMl.UNSUSPENDING,
    StateCommand.ABORT: PackMl.ABORTING,
    StateCommand.CLEAR: PackMl.CLEARING,
    StateCommand.COMPLETE: PackMl.COMPLETING,
}

AFTER: Mapping[PackMl, PackMl] = {
    PackMl.RESETTING: PackMl.IDLE,
    PackMl.STARTING: PackMl.EXECUTE,
    PackMl.STOPPING: PackMl.STOPPED,
    PackMl.HOLDING: PackMl.HELD,
    PackMl.UNHOLDING: PackMl.EXECUTE,
    PackMl.SUSPENDING: PackMl.SUSPENDED,
    PackMl.UNSUSPENDING: PackMl.EXECUTE,
    PackMl.ABORTING: PackMl.ABORTED,
    PackMl.CLEARING: PackMl.STOPPED,
    PackMl.COMPLETING: PackMl.COMPLETE,
}


class PackMlMachine:
    """The state, and the timer that ends an acting state; `entered` hears of every new state."""

    def __init__(
        self, clock: LineClock, entered: Callable[[PackMl], None], start: PackMl = PackMl.STOPPED
    ) -> None:
        self._clock, self._entered = clock, entered
        self.state = start
        self._timer: asyncio.TimerHandle | None = None

    def allows(self, command: StateCommand) -> bool:
        """Whether the table has a way out of this state by `command`."""
        return self.state in FROM[command]

    def fire(self, command: StateCommand) -> None:
        """Take the way of `command`; ValueError where the table has none."""
        if not self.allows(command):
            raise ValueError(f"{command.name} is not possible in {self.state.name}")
        self._enter(ACTING[command])

    def linger(self) -> None:
        """Stay in this acting state until `leave` is called."""
        self._cancel()

    def leave(self) -> None:
        """End this acting state now."""
        self._enter(AFTER[self.state])

    def restart(self, state: PackMl) -> None:
        """Begin in `state` after a power failure; nobody is told."""
        self._cancel()
        self.state = state

    def _enter(self, state: PackMl) -> None:
        self._cancel()
        self.state = state
        if state in AFTER:
            self._timer = self._clock.after(TRANSITION_S, self.leave)
        self._entered(state)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
