"""AutomationDirect CLICK controller of one tool, over Modbus TCP: CLICK tables and docs/icd."""

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import RegisterInstrument, Table
from sim_hardware.core.words import signed
from sim_hardware.instruments.click_engine import ToolEngine
from sim_hardware.instruments.click_mailbox import HostWatchdog, Mailbox, Verdict
from sim_hardware.instruments.click_map import map_controller, map_program
from sim_hardware.instruments.click_memory import ClickMemory, ds
from sim_hardware.instruments.click_orders import OrderDesk
from sim_hardware.instruments.click_packml import JOB_STATES, Ack, PackMl, UnitMode, WatchdogAction
from sim_hardware.instruments.click_program import Order, PlcProgram
from sim_hardware.instruments.click_recipe import RecipeBook

HEARTBEAT_S = 0.5
HEARTBEAT_WRAP = 32767
HOST_WATCHDOG_ALARM = 2
HOST_SEQ, CMD_CODE, MODE, RECIPE_NO, FIRST_ARG, HOST_HEARTBEAT, HB_TIMEOUT, REMOTE_REQUEST = (
    ds(number) for number in (100, 101, 102, 103, 104, 110, 111, 112)
)
DEFAULT_TIMEOUT = 30  # tenths of a second


class ClickPlc(RegisterInstrument):
    """One tool's controller: memory, command mailbox, PackML and the tool's own program.

    `halted_s` is a fault: with a time in it the program stands still, heartbeat and all, while
    the Ethernet port still answers. Set and cleared by `halt` and `run`.
    """

    turnaround_s: ClassVar[float] = 0.002

    def __init__(
        self, clock: LineClock, program: PlcProgram, *, start: PackMl = PackMl.STOPPED
    ) -> None:
        self._clock, self._program = clock, program
        self.memory = ClickMemory()
        self.boot_count, self._boot_s = 1, clock.now_s()
        self.halted_s: float | None = None
        self._watchdog = HostWatchdog(clock, self._host_lost)
        self._host_control = False
        self.recipes = RecipeBook(self.memory, program)
        self.mailbox = Mailbox()
        self.desk = OrderDesk(clock, program, self.mailbox, self.recipes)
        self.engine = ToolEngine(clock, program, self._moved, start)
        self.memory.put(HB_TIMEOUT, [DEFAULT_TIMEOUT])
        map_controller(self.memory, self)
        map_program(self.memory, program)
        program.attach(self)

    # --- the wire ---------------------------------------------------------------------------

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Words and bits as they are now; function 1 and 2, and 3 and 4, read the same."""
        if self.halted_s is None:
            self.engine.review()
        if table in {Table.COIL, Table.DISCRETE}:
            return self.memory.read_bits(address, count)
        return self.memory.read_words(address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Store what the host may write, and act on it within the same scan."""
        before = self._host_words()
        self.memory.write(table, address, values)
        if self.halted_s is None:
            self._scan(before)

    @override
    def power_cycle(self) -> None:
        """Lose everything but the counters that are retentive; come up Stopped."""
        self.boot_count = self.boot_count % HEARTBEAT_WRAP + 1
        self._boot_s, self.halted_s = self._clock.now_s(), None
        self._watchdog.disarm()
        self._host_control = False
        self.desk.forget()
        self.mailbox.start_up()
        self.memory.forget()
        self.memory.put(HB_TIMEOUT, [DEFAULT_TIMEOUT])
        self.recipes.start_up()
        self.engine.power_off()

    # --- faults of the controller itself -------------------------------------------------------

    def halt(self) -> None:
        """The program stops scanning: no heartbeat, no command is taken."""
        self.halted_s = self._clock.now_s()

    def run(self) -> None:
        """The program scans again."""
        if self.halted_s is not None:
            self._boot_s += self._clock.now_s() - self.halted_s
            self.halted_s = None
            self._scan(self._host_words())

    # --- what the program may ask ---------------------------------------------------------------

    @property
    def state(self) -> PackMl:
        """The PackML state now."""
        return self.engine.state

    @property
    def mode(self) -> UnitMode:
        """The unit mode now."""
        return self.desk.mode

    @property
    def permit(self) -> bool:
        """Whether energy is permitted now."""
        return self.engine.permit

    @property
    def job_id(self) -> str:
        """The id of the job that runs or ran last, without the padding."""
        return self.recipes.job_echo.rstrip()

    @property
    def step_no(self) -> int:
        """The step of the own sequence that runs or is held; 0 if none."""
        step = self.engine.runner.step
        return 0 if step is None else step.number

    def setpoint(self, number: int) -> float:
        """Set-point DF`number` as the last load_recipe latched it."""
        return self.recipes.setpoint(number)

    def set_word(self, number: int) -> int:
        """Set-point word DS`number` as it stands."""
        return self.recipes.set_word(number)

    def finish(self, seq: int, code: Ack = Ack.DONE, info: int = 0) -> None:
        """End the open command with this sequence number."""
        self.desk.finish(seq, code, info)

    def cancel_orders(self, code: Ack = Ack.REJECTED_STATE, info: int = 0) -> None:
        """End every open tool command."""
        self.desk.cancel(code, info)

    def end_step(self) -> None:
        """End the running step of the own sequence now."""
        self.engine.runner.end()

    def raise_alarm(self, number: int, *, standing: bool = False) -> None:
        """Latch an alarm or set a warning; `standing` survives Reset until clear_alarm."""
        self.engine.alarms.raise_(number, standing=standing)

    def clear_alarm(self, number: int) -> None:
        """The cause of an alarm or a warning is gone."""
        self.engine.alarms.clear(number)

    def set_interlock(self, bit: int, *, well: bool) -> None:
        """An interlock contact opened or closed."""
        self.engine.interlocks.set(bit, well=well)
        self.engine.review()

    def review(self) -> None:
        """Look again at the interlocks and permits."""
        self.engine.review()

    def hold(self) -> None:
        """Hold by the controller itself."""
        self.engine.hold()

    def abort(self) -> None:
        """Abort by the controller itself."""
        self.engine.abort()

    def heartbeat(self) -> int:
        """Half seconds since the controller came up; 32767 is followed by 1."""
        now_s = self._clock.now_s() if self.halted_s is None else self.halted_s
        beats = int((now_s - self._boot_s) / HEARTBEAT_S)
        return 0 if beats == 0 else (beats - 1) % HEARTBEAT_WRAP + 1

    # --- the scan ----------------------------------------------------------------------------

    def _host_words(self) -> list[int]:
        return [self.memory.word(each) for each in (HOST_SEQ, HOST_HEARTBEAT, HB_TIMEOUT)]

    def _scan(self, before: Sequence[int]) -> None:
        self._look_at_host(before)
        self.engine.review()
        seq = signed(self.memory.word(HOST_SEQ))
        match self.mailbox.judge(seq):
            case Verdict.BAD:
                self.mailbox.refuse_sequence()
            case Verdict.EXECUTE:
                self.desk.take(self.engine, self._latch(seq), host_control=self._host_control)
            case Verdict.IGNORE:
                pass

    def _latch(self, seq: int) -> Order:
        code, mode, recipe_no, *args = (
            signed(self.memory.word(each)) for each in range(CMD_CODE, HOST_HEARTBEAT)
        )
        return Order(seq, code, mode, recipe_no, tuple(args))

    def _look_at_host(self, before: Sequence[int]) -> None:
        waiting, beat, timeout = before
        wanted = self.memory.word(REMOTE_REQUEST) == 1
        if wanted and not self._host_control:
            self._host_control = True
            self.mailbox.resynchronise(waiting)
            self._watchdog.arm(self._timeout_s())
        elif not wanted:
            self._host_control = False
            self._watchdog.disarm()
        if self.memory.word(HOST_HEARTBEAT) != beat:
            self._watchdog.beat()
        if self.memory.word(HB_TIMEOUT) != timeout:
            self._watchdog.change_timeout(self._timeout_s())

    def _timeout_s(self) -> float:
        return max(self.memory.word(HB_TIMEOUT), 1) / 10

    def _host_lost(self) -> None:
        self._host_control = False
        self.memory.put(REMOTE_REQUEST, [0])
        self.engine.alarms.raise_(HOST_WATCHDOG_ALARM, standing=False)
        self._program.on_host_lost()
        if self._program.watchdog_action is WatchdogAction.HOLD:
            self.engine.hold()
        elif self.state in JOB_STATES:
            self.engine.abort()

    def _moved(self, state: PackMl) -> None:
        self.desk.moved(state)
