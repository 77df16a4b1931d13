"""ProPar messages: how parameters are asked for, answered and written, singly or chained."""

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

CHAINED, TYPE, NUMBER = 0x80, 0x60, 0x1F
STATUS, WRITE_ACKNOWLEDGED, WRITE, BROADCAST, REQUEST = range(5)


class Status(IntEnum):
    """Results of a message."""

    OK = 0
    PROCESS_CLAIMED = 1
    COMMAND = 2
    PROCESS = 3
    PARAMETER = 4
    TYPE = 5
    VALUE = 6
    NOT_ACTIVE = 7
    TIMEOUT_START = 8
    TIMEOUT_LINE = 9
    MEMORY = 10
    NODE = 11
    COMMUNICATION = 12
    READ_ONLY = 13
    WRITE_ONLY = 17
    TIMEOUT_ANSWER = 25
    PROTOCOL = 34


class Kind(IntEnum):
    """Types of values; a float has the type of a 32-bit number."""

    INT8 = 0x00
    INT16 = 0x20
    INT32 = 0x40
    TEXT = 0x60


Value = float | str
SIZES: Final = {Kind.INT8: 1, Kind.INT16: 2, Kind.INT32: 4}


class Refusal(Exception):
    """A status other than OK, and the byte of the message it is about."""

    def __init__(self, status: Status, position: int) -> None:
        super().__init__(status.name)
        self.status, self.position = status, position


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an instrument."""

    kind: Kind
    read: Callable[[], Value]
    write: Callable[[float], None] | None = None
    write_text: Callable[[str], None] | None = None
    low: float = 0.0
    high: float = 255.0
    allowed: frozenset[int] | None = None
    real: bool = False
    secured: bool = False

    @property
    def read_only(self) -> bool:
        """Whether nobody can write it."""
        return self.write is None and self.write_text is None

    def coded(self, length: int) -> bytes:
        """The value as it is sent; `length` is what was asked of a text, 0 for all of it."""
        value = self.read()
        if isinstance(value, str):
            text = value.encode("ascii", "replace")
            return (
                b"\0" + text + b"\0"
                if length == 0
                else bytes([length]) + text.ljust(length)[:length]
            )
        if self.real:
            return struct.pack(">f", value)
        size = SIZES[self.kind]
        return (round(value) % (1 << 8 * size)).to_bytes(size, "big")


Parameters = Mapping[tuple[int, int], Parameter]


class Message:
    """The bytes of one message, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data, self.position = data, 1

    def byte(self) -> int:
        """The next byte; Refusal if there is none."""
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        """The next bytes; Refusal if there are not so many."""
        taken = self._data[self.position : self.position + count]
        if len(taken) < count:
            raise Refusal(Status.PROTOCOL, len(self._data))
        self.position += count
        return taken

    def text(self) -> str:
        """The next text: a length and so many characters, or 0 and characters up to a zero."""
        length = self.byte()
        if length:
            return self.take(length).decode("latin-1")
        end = self._data.find(b"\0", self.position)
        if end < 0:
            raise Refusal(Status.PROTOCOL, len(self._data))
        text = self.take(end - self.position).decode("latin-1")
        self.position += 1
        return text

    def indices(self) -> Iterator[tuple[int | None, int]]:
        """Process bytes (None while it is the same as before) and parameter bytes, in turn."""
        process_chained = True
        while process_chained:
            process: int | None = self.byte()
            process_chained = bool((process or 0) & CHAINED)
            parameter_chained = True
            while parameter_chained:
                parameter = self.byte()
                parameter_chained = bool(parameter & CHAINED)
                yield process, parameter
                process = None


def found(parameters: Parameters, process: int, number: int, position: int) -> Parameter:
    """A parameter by its address, of the type that is named; Refusal otherwise."""
    if all(process != known for known, _ in parameters):
        raise Refusal(Status.PROCESS, position - 1)
    parameter = parameters.get((process, number & NUMBER))
    if parameter is None:
        raise Refusal(Status.PARAMETER, position)
    if number & TYPE != parameter.kind:
        raise Refusal(Status.TYPE, position)
    return parameter


def requested(parameters: Parameters, data: bytes) -> bytes:
    """The answer to a request: the host's own indices, then the values."""
    message, answer = Message(data), bytearray([WRITE])
    for process_index, index in message.indices():
        process, number = message.byte(), message.byte()
        if number & TYPE != index & TYPE:
            raise Refusal(Status.TYPE, message.position - 1)
        parameter = found(parameters, process & 0x7F, number, message.position - 1)
        length = message.byte() if parameter.kind is Kind.TEXT else 0
        answer += bytes([index] if process_index is None else [process_index, index])
        answer += parameter.coded(length)
    return bytes(answer)


def written(
    parameters: Parameters, data: bytes, *, unlocked: bool, claimed: frozenset[int] = frozenset()
) -> None:
    """Store the values of a message in their order, up to the first that is refused."""
    message, process = Message(data), 0
    for process_index, index in message.indices():
        process = process if process_index is None else process_index & 0x7F
        position = message.position - 1
        parameter = found(parameters, process, index, position)
        if process in claimed:
            raise Refusal(Status.PROCESS_CLAIMED, process)
        if parameter.read_only or (parameter.secured and not unlocked):
            raise Refusal(Status.READ_ONLY, position)
        _store(parameter, message)


def _store(parameter: Parameter, message: Message) -> None:
    position = message.position
    if parameter.write_text is not None:
        text = message.text()
        if len(text) > parameter.high:
            raise Refusal(Status.VALUE, position)
        parameter.write_text(text.rstrip())
    elif parameter.write is not None:
        value = _number(parameter, message.take(SIZES[parameter.kind]))
        allowed = parameter.allowed
        known = allowed is None or value in allowed
        if not (parameter.low <= value <= parameter.high and known):
            raise Refusal(Status.VALUE, position)
        parameter.write(value)


def _number(parameter: Parameter, data: bytes) -> float:
    if not parameter.real:
        return int.from_bytes(data, "big")
    value: float = struct.unpack(">f", data)[0]
    return value if math.isfinite(value) else math.inf
