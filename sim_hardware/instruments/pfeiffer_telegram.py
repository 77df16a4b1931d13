"""Telegrams of the Pfeiffer Vacuum protocol for RS-485, and the nodes that answer them.

9600 8N1. Three digits of address, two of action (00 read, 10 write, 11 describe), three of
parameter, two of length, data, the sum of all bytes modulo 256 in three digits, CR. A node answers
with action 10 and the value, or with `NO_DEF`, `_RANGE` or `_LOGIC` in its place.

Chosen here, not stated by the source: a bad sum, a wrong length and another address are met with
silence; writing what can only be read is `_LOGIC`; data that do not fit the type are `_RANGE`;
address 000 is obeyed by all and answered by none; a description carries type and access in two
digits and no more than six digits of limits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from typing_extensions import override

from sim_hardware.core.wire import Answer, StreamInstrument

TURNAROUND_S: Final = 0.026  # the median of captured traffic
LONGEST: Final = 60
EVERYBODY: Final = 0
READ, WRITE, DESCRIBE = "00", "10", "11"
ASKING: Final = "=?"


class DataType(IntEnum):
    """How a value is written."""

    BOOLEAN_OLD = 0
    U_INTEGER = 1
    U_REAL = 2
    STRING = 4
    BOOLEAN_NEW = 6
    U_SHORT = 7
    U_EXPO = 10
    STRING_16 = 11


class PfeifferError(Exception):
    """What is answered in place of a value."""


NO_DEF, OUT_OF_RANGE, LOGIC = "NO_DEF", "_RANGE", "_LOGIC"
Value = float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a node; without `store` it can only be read."""

    name: str
    kind: DataType
    read: Callable[[], Value]
    store: Callable[[float], None] | None = None
    low: float = 0
    high: float = 1


class PfeifferNode:
    """One address on the bus with its parameters."""

    def __init__(self, address: int, parameters: Mapping[int, Parameter]) -> None:
        self.address, self.parameters = address, parameters
        self.absent = False  # fault: the node is off the bus

    def act(self, action: str, number: int, data: str) -> str:
        """The data of the answer."""
        parameter = self.parameters.get(number)
        if parameter is None:
            return NO_DEF
        try:
            if action == DESCRIBE:
                return _described(parameter)
            if action == READ:
                return encoded(parameter.kind, parameter.read())
            self._write(parameter, data)
        except PfeifferError as error:
            return str(error)
        return data

    @staticmethod
    def _write(parameter: Parameter, data: str) -> None:
        if parameter.store is None:
            raise PfeifferError(LOGIC)
        value = decoded(parameter.kind, data)
        if not parameter.low <= value <= parameter.high:
            raise PfeifferError(OUT_OF_RANGE)
        parameter.store(value)


class PfeifferBus(StreamInstrument):
    """The pair of wires with its nodes: each answers to its own address only."""

    def __init__(self, nodes: Sequence[PfeifferNode]) -> None:
        self._nodes = nodes
        self._buffer = bytearray()

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers: list[Answer] = []
        for byte in data:
            if byte == 0x0D:
                answers += self._answer(self._buffer.decode("latin-1"))
                self._buffer.clear()
            elif len(self._buffer) < LONGEST:
                self._buffer.append(byte)
        return answers

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()

    def recheck(self) -> None:
        """Look at the world before anything is answered."""

    def _answer(self, telegram: str) -> list[Answer]:
        body, digits = telegram[:-3], telegram[-3:]
        numbers = body[:10] + digits
        if len(body) < 10 or not (numbers.isascii() and numbers.isdigit()):
            return []
        action, data = body[3:5], body[10:]
        sound = int(digits) == checksum(body) and len(data) == int(body[8:10])
        if not sound or action not in {READ, WRITE, DESCRIBE} or not data.isascii():
            return []
        if action != WRITE and data != ASKING:
            return []
        self.recheck()
        return self._ask_nodes(int(body[:3]), action, body[5:8], data)

    def _ask_nodes(self, address: int, action: str, number: str, data: str) -> list[Answer]:
        answers: list[Answer] = []
        for node in self._nodes:
            if node.absent or address not in {node.address, EVERYBODY}:
                continue
            result = node.act(action, int(number), data)
            if address != EVERYBODY:
                reply = WRITE if action == READ else action
                answers.append(_telegram(address, reply, number, result))
        return answers


class PfeifferGauge(PfeifferNode):
    """A gauge at its own address: pressure at 740, a correction factor at 742."""

    def __init__(self, mbar: Callable[[], float], *, address: int) -> None:
        self.correction = 1.0
        self.error = "000000"  # fault: Err001 defective transmitter, Err002 defective memory
        super().__init__(
            address,
            {
                303: Parameter("Error code", DataType.STRING, lambda: self.error),
                312: Parameter("FW version", DataType.STRING, lambda: "010100"),
                349: Parameter("ElecDevName", DataType.STRING, lambda: "   A3"),
                740: Parameter("Pressure", DataType.U_EXPO, lambda: mbar() * self.correction),
                742: Parameter(
                    "Correction",
                    DataType.U_REAL,
                    lambda: self.correction,
                    self._set_correction,
                    0.1,
                    8.0,
                ),
            },
        )

    def _set_correction(self, factor: float) -> None:
        self.correction = factor


def checksum(text: str) -> int:
    """Sum of the bytes, modulo 256."""
    return sum(text.encode("latin-1")) % 256


def encoded(kind: DataType, value: Value) -> str:
    """A value in its type's notation; too large a number is cut to the largest."""
    if isinstance(value, str):
        width = 16 if kind is DataType.STRING_16 else 6
        return value[:width].rjust(width) if kind is DataType.STRING else value[:width].ljust(width)
    if kind in {DataType.BOOLEAN_OLD, DataType.BOOLEAN_NEW}:
        return ("1" if value else "0") * (6 if kind is DataType.BOOLEAN_OLD else 1)
    if kind is DataType.U_EXPO:
        return _exponential(value)
    width = 3 if kind is DataType.U_SHORT else 6
    scaled = round(value * 100 if kind is DataType.U_REAL else value)
    return f"{min(max(scaled, 0), 10**width - 1):0{width}d}"


def decoded(kind: DataType, data: str) -> float:
    """The number behind the notation; PfeifferError `_RANGE`."""
    if not data.isdigit():
        raise PfeifferError(OUT_OF_RANGE)
    if kind in {DataType.BOOLEAN_OLD, DataType.BOOLEAN_NEW}:
        width = 6 if kind is DataType.BOOLEAN_OLD else 1
        if data not in {"0" * width, "1" * width}:
            raise PfeifferError(OUT_OF_RANGE)
        return float(data[0])
    if len(data) != (3 if kind is DataType.U_SHORT else 6):
        raise PfeifferError(OUT_OF_RANGE)
    if kind is DataType.U_EXPO:
        return int(data[:4]) / 1000.0 * 10.0 ** (int(data[4:]) - 20)
    return int(data) / 100.0 if kind is DataType.U_REAL else float(data)


def _exponential(value: float) -> str:
    """Four digits of mantissa and an exponent shifted by 20."""
    if value <= 0.0:
        return "000000"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{round(float(mantissa) * 1000):04d}{min(max(int(exponent) + 20, 0), 99):02d}"


def _described(parameter: Parameter) -> str:
    access = 3 if parameter.store is not None else 1
    low, high = (encoded(parameter.kind, limit).zfill(6)[-6:] for limit in _limits(parameter))
    return f"{parameter.name[:14]:<14}{parameter.kind % 10}{access}{low}{high}"


def _limits(parameter: Parameter) -> tuple[float, float]:
    if parameter.store is None and parameter.kind not in {
        DataType.BOOLEAN_OLD,
        DataType.BOOLEAN_NEW,
    }:
        return 0.0, 999_999.0
    return parameter.low, parameter.high


def _telegram(address: int, action: str, number: str, data: str) -> Answer:
    body = f"{address:03d}{action}{number}{len(data):02d}{data}"
    return Answer(f"{body}{checksum(body):03d}\r".encode("latin-1"), TURNAROUND_S)
