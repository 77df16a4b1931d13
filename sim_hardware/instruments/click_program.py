"""The ladder program of one tool's CLICK controller: what a plant declares and is told.

A plant subclasses `PlcProgram` once and hands the instance to `ClickPlc`:

    class OvenPlc(PlcProgram):
        watchdog_action = WatchdogAction.HOLD

        def __init__(self, tunnel: Tunnel) -> None:
            super().__init__()
            self._tunnel = tunnel
            # DF1 and DF2; DF101; DS202 read only; DS201 written by the host; DH14.6
            self.process_values = {1: tunnel.belt_m_min, 2: tunnel.oxygen_ppm}
            self.setpoints = [SetPoint(101, low=0.1, high=2.0, initial=1.0)]
            self.words = {202: lambda: tunnel.film}
            self.set_words = [SetWord(201, low=1, high=2, initial=1)]
            self.tool_bits = {6: tunnel.wafer_inside}
            self.alarms = frozenset({17, 18, 201})  # beyond the sixteen common ones
            self.commands = {
                120: ToolCommand(self._belt, states=frozenset({PackMl.IDLE, PackMl.EXECUTE})),
            }
            self.own_sequence = [Step(1, lambda: self.plc.setpoint(102), begin=self._develop)]

        def _belt(self, order: Order) -> Outcome:
            if not self._tunnel.has_nitrogen():
                return Refused(Ack.REJECTED_INTERLOCK, 3)
            ramp_s = self._tunnel.drive_belt(order.args[0] / 1000)
            return Accepted(ramp_s)            # acknowledged now, done in ramp_s seconds

        @override
        def on_energy(self, permit: bool) -> None:  # noqa: FBT001 - one flag is the whole message
            self._tunnel.heater_contactor(permit)

Everything is an event: handlers and hooks are called at the moment it happens; a reading is a
callable that answers for now. `self.plc` (after ClickPlc took the program) raises alarms, opens
interlocks, finishes commands and ends steps. Hooks may call it at any time, also from timers.

`Accepted(None)` leaves the command open until `plc.finish(order.seq)`; `Accepted(s, then=f)` calls
`f` at the end first. Stop, Abort and loss of an interlock do not end a tool command by themselves
(a lift goes on through an abort): call `plc.cancel_orders(...)` in the hook where they must end.
Set-points are checked and latched by load_recipe: `plc.setpoint(n)` is the latched value;
`plc.set_word(n)` is the register as it is now.

Interlock bits: a contact is opened with `plc.set_interlock(bit, well=False)`; a bit that follows
from the plant's state is returned by `interlocks()` while it is open. Any open bit takes the
energy permit away and bars Start. When one opens it raises its alarm and, while a job runs, aborts
it (or as `interlock_reactions` says); doors and guard do so only while energised, the emergency
stop always. Call `plc.review()` when something that `interlocks()` looks at has changed, or leave
it to the next request of the host. Loads that energy flows to must follow `on_energy`: it is told
that the permit fell before any other hook hears of the state that caused it.

Order of hooks on a Start: on_start, (1 s) on_energy(True), on_execute, begin of step 1. On Hold:
on_energy(False), end of a step that stops at once, on_hold; on Unhold: on_unhold, (1 s)
on_energy(True), on_execute, begin of the step with what it has left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sim_hardware.instruments.click_packml import Ack, PackMl, Reaction, WatchdogAction

ANY_STATE = frozenset(PackMl)


@dataclass(frozen=True, slots=True)
class SetPoint:
    """A float set-point register DF`number`; load_recipe refuses it outside low..high."""

    number: int
    low: float
    high: float
    initial: float


@dataclass(frozen=True, slots=True)
class SetWord:
    """An integer set-point register DS`number`; load_recipe refuses it outside low..high."""

    number: int
    low: int
    high: int
    initial: int


@dataclass(frozen=True, slots=True)
class Order:
    """One command as latched; `mode` is the unit mode asked for with it, 0 for none."""

    seq: int
    code: int
    mode: int
    recipe_no: int
    args: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The command was done at once."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command has begun; done `after_s` from now, or when the plant calls plc.finish."""

    after_s: float | None = None
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The command does nothing; `code` and `info` are what the host reads."""

    code: Ack = Ack.REJECTED_STATE
    info: int = 0


Outcome = Done | Accepted | Refused


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """A command of 120 and up, and the states in which the controller takes it."""

    run: Callable[[Order], Outcome]
    states: frozenset[PackMl] = ANY_STATE


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence that the controller owns.

    `length_s` is asked when the step begins (math.inf: until plc.end_step). `begin` gets the
    seconds still to run, also when a hold ends; `end` gets whether the step ran to its end.
    """

    number: int
    length_s: Callable[[], float]
    begin: Callable[[float], None] | None = None
    end: Callable[[bool], None] | None = None


class Plc(Protocol):
    """What a program may ask of the controller that runs it."""

    @property
    def state(self) -> PackMl:
        """The PackML state now."""
        ...

    @property
    def permit(self) -> bool:
        """Whether energy is permitted now."""
        ...

    @property
    def job_id(self) -> str:
        """The id of the job that runs or ran last, without the padding."""
        ...

    @property
    def step_no(self) -> int:
        """The step of the own sequence that runs or is held; 0 if none."""
        ...

    def setpoint(self, number: int) -> float:
        """Set-point DF`number` as the last load_recipe latched it."""
        ...

    def set_word(self, number: int) -> int:
        """Set-point word DS`number` as it stands."""
        ...

    def finish(self, seq: int, code: Ack = Ack.DONE, info: int = 0) -> None:
        """End the open command with this sequence number."""
        ...

    def cancel_orders(self, code: Ack = Ack.REJECTED_STATE, info: int = 0) -> None:
        """End every open tool command; what they had begun is the caller's business."""
        ...

    def end_step(self) -> None:
        """End the running step of the own sequence now, as if its time were over."""
        ...

    def raise_alarm(self, number: int, *, standing: bool = False) -> None:
        """Latch an alarm or set a warning; `standing` survives Reset until clear_alarm."""
        ...

    def clear_alarm(self, number: int) -> None:
        """The cause is gone; an alarm stays latched until Reset or Clear, a warning goes."""
        ...

    def set_interlock(self, bit: int, *, well: bool) -> None:
        """An interlock contact opened or closed."""
        ...

    def review(self) -> None:
        """Look again at the interlocks and permits: something the program computes changed."""
        ...

    def hold(self) -> None:
        """Hold by the controller itself, as for a tool alarm; nothing unless a job runs."""
        ...

    def abort(self) -> None:
        """Abort by the controller itself; nothing when it is aborting or aborted."""
        ...


class PlcProgram:
    """Base of the nine programs: empty declarations and hooks that do nothing."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD
    energy_states: ClassVar[frozenset[PackMl]] = frozenset({PackMl.EXECUTE})

    def __init__(self) -> None:
        self.process_values: Mapping[int, Callable[[], float]] = {}
        self.setpoints: Sequence[SetPoint] = ()
        self.words: Mapping[int, Callable[[], int]] = {}
        self.set_words: Sequence[SetWord] = ()
        self.tool_bits: Mapping[int, Callable[[], bool]] = {}
        self.alarms: frozenset[int] = frozenset()
        self.commands: Mapping[int, ToolCommand] = {}
        self.own_sequence: Sequence[Step] = ()
        # What opening a bit does while a job runs, and the alarm it raises; both override the
        # common table (6 and 9 have no common alarm, a tool names its own).
        self.interlock_reactions: Mapping[int, Reaction] = {}
        self.interlock_alarms: Mapping[int, int] = {}
        self._plc: Plc | None = None

    @property
    def plc(self) -> Plc:
        """The controller that runs this program; RuntimeError before it took the program."""
        if self._plc is None:
            raise RuntimeError("no controller has taken this program yet")
        return self._plc

    def attach(self, plc: Plc) -> None:
        """Called once by the controller."""
        self._plc = plc

    def interlocks(self) -> frozenset[int]:
        """Numbers of interlock bits that are open now for a reason the program computes."""
        return frozenset()

    def start_check(self) -> Refused | None:
        """Refuse Start for a reason of this tool; all common conditions hold when asked."""
        return None

    def load_check(self, order: Order) -> Refused | None:
        """Refuse load_recipe for a reason of this tool; every set-point is in its range."""
        del order
        return None

    def hold_at_once(self, step: Step) -> bool:
        """Whether Hold stops this step where it is; False: Holding lasts until the step ends."""
        del step
        return True

    def on_energy(self, permit: bool) -> None:  # noqa: FBT001 - one flag is the whole message
        """The energy permit changed."""

    def on_reset(self) -> None:
        """Resetting began."""

    def on_start(self) -> None:
        """Starting began: the job id is echoed."""

    def on_execute(self) -> None:
        """Execute began, or goes on after a hold or a suspension."""

    def on_hold(self) -> None:
        """Holding or Suspending began."""

    def on_unhold(self) -> None:
        """Unholding or Unsuspending began."""

    def on_stop(self) -> None:
        """Stopping began."""

    def on_abort(self) -> None:
        """Aborting began."""

    def on_complete(self) -> None:
        """Completing began."""

    def on_host_lost(self) -> None:
        """The host's heartbeat is stale; hold or abort follows by watchdog_action."""

    def on_power_loss(self) -> None:
        """The controller lost its supply: every output fell."""
