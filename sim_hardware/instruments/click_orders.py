"""How a tool controller takes the host's commands: conditions, answers, and what is still open."""

import asyncio
from collections.abc import Callable, Mapping

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.click_engine import ToolEngine
from sim_hardware.instruments.click_interlocks import EMERGENCY_STOP
from sim_hardware.instruments.click_mailbox import Mailbox
from sim_hardware.instruments.click_packml import (
    ABORT_FAMILY,
    ACTING,
    AFTER,
    RESTING,
    Ack,
    PackMl,
    StateCommand,
    UnitMode,
)
from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    Order,
    Outcome,
    PlcProgram,
    Refused,
)
from sim_hardware.instruments.click_recipe import RecipeBook

LOAD_RECIPE, ABORT_RECIPE = 100, 101
MODE_CHANGE_STATES = RESTING | {PackMl.ABORTED}
# reject_info of the common refusals: the number of the register that stands in the way.
INFO_MODE, INFO_HOST_CONTROL = 21, 112


class OrderDesk:
    """Executes latched commands and ends them; `ack_code` 1 turns to 2 when they have finished."""

    def __init__(
        self, clock: LineClock, program: PlcProgram, mailbox: Mailbox, recipes: RecipeBook
    ) -> None:
        self._clock, self._program, self._mailbox = clock, program, mailbox
        self._recipes = recipes
        self.mode = UnitMode.PRODUCTION
        self.state_requested = 0
        self._open: dict[int, asyncio.TimerHandle | None] = {}
        self._acting: tuple[int, StateCommand] | None = None
        self._common: Mapping[int, Callable[[ToolEngine, Order], Outcome]] = {
            LOAD_RECIPE: self._load_recipe,
            ABORT_RECIPE: self._abort_recipe,
        }

    def take(self, engine: ToolEngine, order: Order, *, host_control: bool) -> None:
        """Execute one command and answer it."""
        if order.code in set(StateCommand):
            self.state_requested = order.code
        refusal = self._refuse_mode(engine, order.mode, host_control=host_control)
        outcome = refusal or self._execute(engine, order)
        match outcome:
            case Done():
                self._mailbox.answer(order.seq, Ack.DONE)
            case Refused(code, info):
                self._mailbox.answer(order.seq, code, info)
            case Accepted():
                self._accept(order.seq, outcome)
            case StateCommand():
                self._begin(engine, order.seq, outcome)

    def _begin(self, engine: ToolEngine, seq: int, command: StateCommand) -> None:
        if command is StateCommand.START:
            self._recipes.echo_job()
        # Answered before it acts: a hook may already end what it begins.
        self._mailbox.answer(seq, Ack.ACCEPTED)
        self._acting = (seq, command)
        engine.command(command)

    def _accept(self, seq: int, outcome: Accepted) -> None:
        self._mailbox.answer(seq, Ack.ACCEPTED)
        after_s = outcome.after_s
        self._open[seq] = (
            None if after_s is None else self._clock.after(after_s, self._ending(seq, outcome.then))
        )

    def _ending(self, seq: int, then: Callable[[], None] | None) -> Callable[[], None]:
        def end() -> None:
            if then is not None:
                then()
            self.finish(seq, Ack.DONE)

        return end

    def finish(self, seq: int, code: Ack, info: int = 0) -> None:
        """End an open tool command; nothing if it is not open."""
        if seq in self._open:
            timer = self._open.pop(seq)
            if timer is not None:
                timer.cancel()
            self._mailbox.finish(seq, code, info)

    def cancel(self, code: Ack, info: int = 0) -> None:
        """End every open tool command."""
        for seq in list(self._open):
            self.finish(seq, code, info)

    def forget(self) -> None:
        """Power failure: nothing is open any more."""
        self.cancel(Ack.NONE)
        self._acting = None
        self.mode, self.state_requested = UnitMode.PRODUCTION, 0

    def moved(self, state: PackMl) -> None:
        """Answer the state command that led to `state`, or that something else overtook."""
        if self._acting is None:
            return
        seq, command = self._acting
        acting = ACTING[command]
        if state is acting:
            return
        self._acting = None
        reached = state is AFTER[acting]
        self._mailbox.finish(seq, Ack.DONE if reached else Ack.REJECTED_STATE)

    def _refuse_mode(self, engine: ToolEngine, mode: int, *, host_control: bool) -> Refused | None:
        if not host_control:
            return Refused(Ack.REJECTED_MODE, INFO_HOST_CONTROL)
        changes = mode not in {0, self.mode}
        if changes and (engine.state not in MODE_CHANGE_STATES or mode not in set(UnitMode)):
            return Refused(Ack.REJECTED_MODE, INFO_MODE)
        return None

    def _execute(self, engine: ToolEngine, order: Order) -> Outcome | StateCommand:
        self.mode = UnitMode(order.mode) if order.mode else self.mode
        if order.code in set(StateCommand):
            return self._state_command(engine, StateCommand(order.code))
        if order.code in self._common:
            return self._common[order.code](engine, order)
        command = self._program.commands.get(order.code)
        if command is not None:
            return command.run(order) if engine.state in command.states else Refused()
        return Done() if order.code == 0 and order.mode else Refused(Ack.UNKNOWN_CMD)

    def _state_command(self, engine: ToolEngine, command: StateCommand) -> Outcome | StateCommand:
        if command is StateCommand.ABORT and engine.state in ABORT_FAMILY:
            return Done()
        return self._refuse_state(engine, command) or command

    def _refuse_state(self, engine: ToolEngine, command: StateCommand) -> Refused | None:
        owns = bool(self._program.own_sequence)
        if not engine.machine.allows(command) or (command is StateCommand.COMPLETE and owns):
            return Refused(Ack.REJECTED_STATE)
        if command is StateCommand.START:
            return self._refuse_start(engine)
        if command is StateCommand.CLEAR and EMERGENCY_STOP in engine.interlocks.open_bits:
            return Refused(Ack.REJECTED_INTERLOCK, EMERGENCY_STOP)
        return None

    def _refuse_start(self, engine: ToolEngine) -> Refused | None:
        if self.mode is not UnitMode.PRODUCTION:
            return Refused(Ack.REJECTED_MODE, INFO_MODE)
        open_bits = engine.interlocks.open_bits
        if open_bits:
            return Refused(Ack.REJECTED_INTERLOCK, min(open_bits))
        return self._recipes.refuse_start() or self._program.start_check()

    def _load_recipe(self, engine: ToolEngine, order: Order) -> Outcome:
        if engine.state not in RESTING:
            return Refused()
        refusal = self._recipes.refuse_load(order) or self._program.load_check(order)
        if refusal is not None:
            return refusal
        self._recipes.load(order)
        return Done()

    def _abort_recipe(self, engine: ToolEngine, order: Order) -> Outcome:
        del order
        if engine.state not in RESTING:
            return Refused()
        self._recipes.forget_recipe()
        return Done()
