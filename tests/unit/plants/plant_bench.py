"""One emulated tool on a clock that a test lets pass, and a host that knows its registers."""

import csv
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim_hardware.core.hazards import HazardLog
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, StreamInstrument, Table
from sim_hardware.core.words import WordOrder, float_value, float_words, text_words
from tests.unit.emulators.passing_time import PassingTime, passing_time

ICD = Path(__file__).parents[3] / "docs" / "icd"
WIDTH = {"int16": 1, "uint16": 1, "float32_low_first": 2, "bit6": 1, "bit7": 1, "bit8": 1}
STOPPED, IDLE, EXECUTE, ABORTED, HELD, COMPLETE = 2, 4, 6, 9, 11, 17
DONE, ACCEPTED, REJECTED_STATE, REJECTED_INTERLOCK, REJECTED_RECIPE = 2, 1, 3, 5, 6


@dataclass
class Bench:
    """The plant under test with its clock and its hazards; `seq` numbers the orders.

    A test that ends with a hazard it did not look at has failed.
    """

    time: PassingTime
    plant: Plant
    log: HazardLog
    seq: int = 0
    looked_at: int = 0

    @property
    def hazards(self) -> list[str]:
        self.looked_at = len(self.log.entries)
        return [entry.text for entry in self.log.entries]

    def no_surprise(self) -> None:
        assert [entry.text for entry in self.log.entries[self.looked_at :]] == []

    def registers(self, role: str) -> RegisterInstrument:
        instrument = self.plant.instruments[role]
        assert isinstance(instrument, RegisterInstrument)
        return instrument

    def stream(self, role: str) -> StreamInstrument:
        instrument = self.plant.instruments[role]
        assert isinstance(instrument, StreamInstrument)
        return instrument

    def word(self, address: int) -> int:
        return self.registers("plc").read(Table.HOLDING, address, 1)[0]

    def real(self, number: int) -> float:
        words = self.registers("plc").read(Table.HOLDING, 28672 + 2 * (number - 1), 2)
        return float_value(words, WordOrder.LOW_FIRST)

    def bit(self, number: int) -> bool:
        return bool(self.word(24589) >> number & 1)

    def put(self, address: int, *words: int) -> None:
        self.registers("plc").write(Table.HOLDING, address, words)

    def put_real(self, number: int, value: float) -> None:
        self.put(28672 + 2 * (number - 1), *float_words(value, WordOrder.LOW_FIRST))

    @property
    def state(self) -> int:
        return self.word(19)

    @property
    def alarms(self) -> set[int]:
        words = self.registers("plc").read(Table.HOLDING, 24576, 12)
        firsts = (*range(1, 129, 16), *range(201, 265, 16))
        return {
            first + bit
            for word, first in zip(words, firsts, strict=True)
            for bit in range(16)
            if word >> bit & 1
        }

    def order(self, code: int, *args: int, recipe: int = 0) -> tuple[int, int]:
        """Send one command; its code and reject_info at once."""
        self.seq += 1
        self.put(100, code, 0, recipe, *args)
        self.put(99, self.seq)
        seq, ack, info = self.registers("plc").read(Table.HOLDING, 9, 3)
        assert seq == self.seq
        return ack, info

    @property
    def ack(self) -> int:
        return self.word(10)

    def spend(self, seconds: float) -> None:
        """Let time pass with the host's heart beating."""
        self.put(109, (self.word(109) + 1) & 0x7FFF)
        left_s = seconds
        while left_s > 1e-9:
            self.time.wait(min(left_s, 1.0))
            self.put(109, (self.word(109) + 1) & 0x7FFF)
            left_s -= 1.0

    def until(self, state: int, within_s: float) -> float:
        """Let time pass until the controller is in `state`; the seconds it took."""
        for second in range(int(within_s)):
            if self.state == state:
                return float(second)
            self.spend(1.0)
        assert self.state == state
        return within_s

    def done(self, code: int, *args: int, within_s: float = 60.0) -> float:
        """Send one command and wait until it is done; the seconds it took."""
        assert self.order(code, *args)[0] in {ACCEPTED, DONE}
        for tenth in range(int(within_s * 10)):
            if self.ack == DONE:
                return tenth / 10
            assert self.ack == ACCEPTED
            self.time.wait(0.1)
            self.put(109, (self.word(109) + 1) & 0x7FFF)
        raise AssertionError(f"command {code} was not done in {within_s} s")

    def to_idle(self) -> None:
        self.put(111, 1)
        assert self.order(1)[0] == ACCEPTED
        self.spend(1.1)
        assert self.state == IDLE

    def start(self, setpoints: Mapping[int, float] | None = None) -> tuple[int, int]:
        """From Stopped: reset, job, set-points, load the recipe, start; the answer to Start."""
        self.to_idle()
        self.put(36864, *text_words("LOT7.W03", 16))
        for number, value in (setpoints or {}).items():
            self.put_real(number, value)
        assert self.order(100, recipe=12) == (DONE, 0)
        return self.order(2)

    def to_execute(self, setpoints: Mapping[int, float] | None = None) -> None:
        assert self.start(setpoints)[0] == ACCEPTED
        self.spend(1.1)
        assert self.state == EXECUTE


@contextmanager
def bench(
    kind: type[Plant],
    capabilities: Mapping[str, str | tuple[str, ...]] | None = None,
    options: Mapping[str, Mapping[str, object]] | None = None,
    models: Mapping[str, str] | None = None,
) -> Generator[Bench, None, None]:
    """A plant that has stood warm for a moment."""
    with passing_time() as time:
        log = HazardLog(time.clock)
        setup = PlantSetup("tool", time.clock, log, capabilities or {}, options or {}, models or {})
        tool = Bench(time, kind(setup), log)
        yield tool
        tool.no_surprise()


def icd_rows(tool: str, kinds: frozenset[str]) -> list[dict[str, str]]:
    """Rows of the tool's own map of these types."""
    with (ICD / f"click_plc_{tool}.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["type"] in kinds]


def check_register(tool: Bench, row: Mapping[str, str]) -> None:
    """The register is there, with the access and the range that its row names."""
    address, count = int(row["address"]), WIDTH[row["type"]]
    plc = tool.registers("plc")
    words = plc.read(Table.HOLDING, address, count)
    if count == 2:
        value = float_value(words, WordOrder.LOW_FIRST)
        assert float(row["low"]) <= value <= float(row["high"]), row["name"]
    if row["access"] == "r":
        with pytest.raises(ModbusFault) as refusal:
            plc.write(Table.HOLDING, address, words)
        assert refusal.value.code == 2
    else:
        plc.write(Table.HOLDING, address, words)


def check_setpoint_limits(tool: Bench, row: Mapping[str, str]) -> None:
    """load_recipe takes both ends of the range and refuses what lies beyond, by its number."""
    number = int(row["click"][2:])
    tool.to_idle()
    low, high = float(row["low"]), float(row["high"])

    def write(value: float) -> None:
        if row["type"] == "int16":
            tool.put(int(row["address"]), int(value) & 0xFFFF)
        else:
            tool.put_real(number, value)

    for value in (low, high):
        write(value)
        assert tool.order(100, recipe=1)[0] == DONE, row["name"]
    for value in (low - 1.0, high + 1.0):
        write(value)
        assert tool.order(100, recipe=1) == (REJECTED_RECIPE, number)
