"""The tool controller at work: PackML, alarms, interlocks, energy permit and own sequence."""

from collections.abc import Callable, Mapping

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.click_alarms import AlarmBook
from sim_hardware.instruments.click_interlocks import EMERGENCY_STOP, ENCLOSURE, Interlocks
from sim_hardware.instruments.click_packml import (
    JOB_STATES,
    PackMl,
    PackMlMachine,
    Reaction,
    StateCommand,
)
from sim_hardware.instruments.click_program import PlcProgram
from sim_hardware.instruments.click_sequence import StepRunner

NOT_BLOCKED, BLOCKED_DOWNSTREAM, BLOCKED_OPERATOR, BLOCKED_UTILITY = 0, 2, 3, 4
PAUSING = frozenset({PackMl.HOLDING, PackMl.SUSPENDING})
ENDING = frozenset({PackMl.STOPPING, PackMl.ABORTING})
ON_THE_WAY_TO_EXECUTE = frozenset({PackMl.STARTING, PackMl.UNHOLDING, PackMl.UNSUSPENDING})


class ToolEngine:
    """State, permit and alarms of one tool; `moved` hears of each new state after the hooks' turn.

    The permit falls before anything else is told that the state has changed.
    """

    def __init__(
        self,
        clock: LineClock,
        program: PlcProgram,
        moved: Callable[[PackMl], None],
        start: PackMl = PackMl.STOPPED,
    ) -> None:
        self._program, self._moved = program, moved
        self.machine = PackMlMachine(clock, self._entered, start)
        self.alarms = AlarmBook(program.alarms)
        self.interlocks = Interlocks(program)
        self.runner = StepRunner(clock, program.own_sequence, self._step_ended)
        self.permit = False
        self.blocking_reason = NOT_BLOCKED
        self.produced = self.spoilt = 0
        self._job_open = self._hold_wanted = False
        self._hooks: Mapping[PackMl, Callable[[], None]] = {
            PackMl.RESETTING: program.on_reset,
            PackMl.STARTING: program.on_start,
            PackMl.HOLDING: program.on_hold,
            PackMl.SUSPENDING: program.on_hold,
            PackMl.UNHOLDING: program.on_unhold,
            PackMl.UNSUSPENDING: program.on_unhold,
            PackMl.STOPPING: program.on_stop,
            PackMl.ABORTING: program.on_abort,
            PackMl.COMPLETING: program.on_complete,
        }

    @property
    def state(self) -> PackMl:
        """The PackML state now."""
        return self.machine.state

    def command(self, command: StateCommand) -> None:
        """Carry out a state command of the host that the table allows."""
        self.blocking_reason = {
            StateCommand.HOLD: BLOCKED_OPERATOR,
            StateCommand.SUSPEND: BLOCKED_DOWNSTREAM,
        }.get(command, NOT_BLOCKED)
        self.machine.fire(command)

    def hold(self) -> None:
        """Hold for a reason of the tool; before Execute is reached it is kept for then."""
        if self.state is PackMl.EXECUTE:
            self.blocking_reason = BLOCKED_UTILITY
            self.machine.fire(StateCommand.HOLD)
        elif self.state in ON_THE_WAY_TO_EXECUTE:
            self._hold_wanted = True

    def abort(self) -> None:
        """Abort for a reason of the tool."""
        if self.machine.allows(StateCommand.ABORT):
            self.machine.fire(StateCommand.ABORT)

    def review(self) -> None:
        """Look at the interlocks: permit first, then alarms, then what becomes of the job."""
        opened, closed = self.interlocks.changes()
        was_permitted = self.permit
        self._update_permit()
        for bit in sorted(closed):
            self._bit_closed(bit)
        for bit in sorted(opened):
            self._bit_opened(bit, energised=was_permitted)

    def power_off(self) -> None:
        """Everything that is not in the controller's memory falls."""
        self.runner.give_up()
        self.machine.restart(PackMl.STOPPED)
        self._set_permit(permit=False)
        interrupted, self._hold_wanted = self._job_open, False
        self._close_job()
        self.blocking_reason = NOT_BLOCKED
        self.alarms = AlarmBook(self._program.alarms)
        if interrupted:
            self.alarms.raise_(15, standing=False)
        self._program.on_power_loss()
        self.interlocks.changes()
        self._raise_standing()

    def _entered(self, state: PackMl) -> None:
        if state in ENDING:
            self.runner.give_up()
            self._close_job()
        if state is PackMl.EXECUTE and self._hold_wanted:
            self._hold_wanted = False
            self._moved(state)
            self.hold()
            return
        self._update_permit()
        self._keep_books(state)
        if state in self._hooks:
            self._hooks[state]()
        elif state is PackMl.EXECUTE:
            self._program.on_execute()
        self._moved(state)
        if state is PackMl.EXECUTE and self.state is state:
            self.blocking_reason = NOT_BLOCKED
            self._continue_sequence()

    def _keep_books(self, state: PackMl) -> None:
        if state in {PackMl.RESETTING, PackMl.CLEARING}:
            self.alarms.acknowledge()
        elif state is PackMl.STARTING:
            self._job_open, self._hold_wanted = True, False
            self.runner.rewind()
        elif state is PackMl.COMPLETE and self._job_open:
            self._job_open = False
            self.produced += 1
        elif state in PAUSING:
            self._pause_sequence()

    def _close_job(self) -> None:
        if self._job_open:
            self._job_open = False
            self.spoilt += 1

    def _pause_sequence(self) -> None:
        step = self.runner.step
        if step is None or not self.runner.running:
            return
        if self._program.hold_at_once(step):
            self.runner.freeze()
        else:
            self.machine.linger()

    def _continue_sequence(self) -> None:
        if not self._program.own_sequence:
            return
        if self.runner.frozen:
            self.runner.resume()
        elif self.runner.more:
            self.runner.begin_next()
        else:
            self.machine.fire(StateCommand.COMPLETE)

    def _step_ended(self) -> None:
        if self.state is PackMl.EXECUTE:
            self._continue_sequence()
        elif self.state in PAUSING:
            self.machine.leave()

    def _bit_closed(self, bit: int) -> None:
        alarm = self.interlocks.alarm_of(bit)
        others = {self.interlocks.alarm_of(each) for each in self.interlocks.open_bits}
        if alarm is not None and alarm not in others:
            self.alarms.clear(alarm)

    def _bit_opened(self, bit: int, *, energised: bool) -> None:
        if bit in ENCLOSURE and not energised:
            return
        alarm = self.interlocks.alarm_of(bit)
        if alarm is not None:
            self.alarms.raise_(alarm, standing=True)
        reaction = self.interlocks.reaction_to(bit)
        if bit == EMERGENCY_STOP or (reaction is Reaction.ABORT and self.state in JOB_STATES):
            self.abort()
        elif reaction is Reaction.HOLD:
            self.hold()

    def _raise_standing(self) -> None:
        for bit in sorted(self.interlocks.open_bits - ENCLOSURE):
            alarm = self.interlocks.alarm_of(bit)
            if alarm is not None:
                self.alarms.raise_(alarm, standing=True)

    def _update_permit(self) -> None:
        well = not self.interlocks.open_bits
        self._set_permit(permit=well and self.state in self._program.energy_states)

    def _set_permit(self, *, permit: bool) -> None:
        if permit != self.permit:
            self.permit = permit
            self._program.on_energy(permit)
