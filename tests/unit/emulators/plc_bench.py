"""A small tool behind a controller, and a host that knows the map by its numbers."""

from typing_extensions import override

from sim_hardware.core.wire import Table
from sim_hardware.core.words import WordOrder, float_value, float_words, text_value, text_words
from sim_hardware.instruments.click_packml import Ack, PackMl
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    Order,
    Outcome,
    PlcProgram,
    Refused,
    SetPoint,
    SetWord,
    Step,
    ToolCommand,
)
from tests.unit.emulators.passing_time import PassingTime


class Diary(PlcProgram):
    """Writes down what it is told; commands 120 to 124 end in every way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.vacuum_lost = False
        self.process_values = {1: lambda: 21.5, 3: lambda: -0.25}
        self.setpoints = [SetPoint(101, 0.5, 6.0, 2.0), SetPoint(102, 1.0, 600.0, 10.0)]
        self.words = {202: lambda: 2}
        self.set_words = [SetWord(201, 1, 2, 1)]
        self.tool_bits = {0: lambda: True, 6: lambda: True, 7: lambda: False}
        self.alarms = frozenset({17, 201})
        self.commands = {
            120: ToolCommand(lambda _: Done()),
            121: ToolCommand(self._slow),
            122: ToolCommand(lambda _: Accepted()),
            123: ToolCommand(lambda _: Refused(Ack.REJECTED_INTERLOCK, 3)),
            124: ToolCommand(lambda _: Done(), states=frozenset({PackMl.HELD})),
        }

    def _slow(self, order: Order) -> Outcome:
        seconds = order.args[0]
        return Accepted(seconds, then=lambda: self.told.append(f"moved in {seconds} s"))

    @override
    def interlocks(self) -> frozenset[int]:
        return frozenset({8}) if self.vacuum_lost else frozenset()

    @override
    def on_energy(self, permit: bool) -> None:
        self.told.append("energy on" if permit else "energy off")

    @override
    def on_start(self) -> None:
        self.told.append("start")

    @override
    def on_execute(self) -> None:
        self.told.append("execute")

    @override
    def on_hold(self) -> None:
        self.told.append("hold")

    @override
    def on_abort(self) -> None:
        self.told.append("abort")

    @override
    def on_stop(self) -> None:
        self.told.append("stop")

    @override
    def on_host_lost(self) -> None:
        self.told.append("host lost")


class Washer(Diary):
    """Owns its sequence: ten seconds as set by DF102, then four."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once = True
        self.own_sequence = [
            Step(1, lambda: self.plc.setpoint(102), self._begin, self._end),
            Step(2, lambda: 4.0),
        ]

    @override
    def hold_at_once(self, step: Step) -> bool:
        return self.at_once or step.number > 1

    def _begin(self, left_s: float) -> None:
        self.told.append(f"wash {left_s:.1f} s")

    def _end(self, finished: bool) -> None:
        self.told.append("washed" if finished else "wash broken off")


class Host:
    """Writes and reads registers as a host does; `ack` is (ack_seq, ack_code, reject_info)."""

    def __init__(self, time: PassingTime, program: PlcProgram) -> None:
        self.time, self.program = time, program
        self.plc = ClickPlc(time.clock, program)
        self.seq = 0

    def word(self, address: int) -> int:
        return self.plc.read(Table.HOLDING, address, 1)[0]

    def real(self, address: int) -> float:
        return float_value(self.plc.read(Table.HOLDING, address, 2), WordOrder.LOW_FIRST)

    def text(self, address: int, characters: int) -> str:
        return text_value(self.plc.read(Table.HOLDING, address, characters // 2))

    def put(self, address: int, *words: int) -> None:
        self.plc.write(Table.HOLDING, address, words)

    def put_real(self, address: int, value: float) -> None:
        self.put(address, *float_words(value, WordOrder.LOW_FIRST))

    @property
    def state(self) -> int:
        return self.word(19)

    @property
    def ack(self) -> tuple[int, int, int]:
        seq, code, info = self.plc.read(Table.HOLDING, 9, 3)
        return seq, code, info

    def take_control(self) -> None:
        self.put(111, 1)

    def beat(self) -> None:
        self.put(109, (self.word(109) + 1) & 0x7FFF)

    def order(self, code: int, *args: int, recipe: int = 0, mode: int = 0) -> tuple[int, int]:
        """Send one command with the next number; return its code and reject_info at once."""
        self.seq += 1
        self.put(100, code, mode, recipe, *args)
        self.put(99, self.seq)
        seq, ack, info = self.ack
        assert seq == self.seq
        return ack, info

    def spend(self, seconds: float) -> None:
        """Let time pass with the heart beating."""
        self.beat()
        left_s = seconds
        while left_s > 0:
            self.time.wait(min(left_s, 1.0))
            self.beat()
            left_s -= 1.0

    def to_idle(self) -> None:
        self.take_control()
        assert self.order(1)[0] == 1
        self.spend(1.1)
        assert self.state == 4

    def to_execute(self) -> None:
        self.to_idle()
        self.put(36864, *text_words("LOT7.W03", 16))
        assert self.order(100, recipe=12) == (2, 0)
        assert self.order(2)[0] == 1
        self.spend(1.1)
        assert self.state == 6
