"""ProPar frames of Bronkhorst instruments, from the RS-232 manual: stuffed bytes in DLE pairs."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed

DLE, STX, ETX = 0x10, 0x02, 0x03
START, STOP = bytes((DLE, STX)), bytes((DLE, ETX))
HEAD = 3  # sequence, node, length
LONGEST = 2 * (HEAD + 255) + len(START + STOP)
KIND_BITS, NUMBER_BITS = 0x60, 0x1F
MOST_POSITIVE = 41942  # a measured word above this is a negative number
WORDS = 0x10000
OK = 0

STATUS_WORDS: Mapping[int, str] = {
    1: "process claimed by another master",
    2: "unknown command",
    3: "unknown process",
    4: "unknown parameter",
    5: "wrong parameter type",
    6: "wrong value",
    7: "network not active",
    8: "time-out waiting for a start character",
    9: "time-out on the serial line",
    11: "wrong node",
    13: "read only",
    25: "time-out waiting for an answer",
}
TIME_OUTS = frozenset({8, 9, 25})  # the instrument behind the interface may still act
ERROR_WORDS: Mapping[int, str] = {
    4: "protocol error",
    5: "message rejected by the node",
    9: "the node did not respond",
}
NO_RESPONSE = 9


class Command(IntEnum):
    """The commands of the protocol."""

    STATUS = 0
    WRITE = 1
    VALUE = 2
    REQUEST = 4


class Kind(IntEnum):
    """How a parameter lies in a message: the type in its number, and how its bits are meant."""

    BYTE = 0x00
    WORD = 0x20
    SIGNED_WORD = 0x21
    LONG = 0x40
    FLOAT = 0x41
    TEXT = 0x60

    @property
    def on_the_wire(self) -> int:
        """The type as a message carries it."""
        return self & KIND_BITS

    @property
    def layout(self) -> str:
        """The layout of a number; raise CodecError for a text."""
        match self:
            case Kind.BYTE:
                return ">B"
            case Kind.WORD | Kind.SIGNED_WORD:
                return ">H"
            case Kind.LONG:
                return ">I"
            case Kind.FLOAT:
                return ">f"
            case Kind.TEXT:
                raise CodecError("a text is no number")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its process, its number there, its type."""

    process: int
    number: int
    kind: Kind

    @property
    def typed(self) -> int:
        """The number with the type in its upper bits."""
        return self.number | self.kind.on_the_wire

    @property
    def head(self) -> bytes:
        """Process and typed number, as they begin a value."""
        return bytes((self.process, self.typed))


@dataclass(frozen=True, slots=True)
class Message:
    """What a frame carries."""

    sequence: int
    node: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Status:
    """The answer to a write, and to a request that failed."""

    code: int
    position: int

    @property
    def words(self) -> str:
        """What the code means."""
        return STATUS_WORDS.get(self.code, f"status {self.code}")


def encode(message: Message) -> bytes:
    """The binary frame; every DLE inside is doubled."""
    body = bytes((message.sequence, message.node, len(message.data))) + message.data
    return START + body.replace(bytes((DLE,)), bytes((DLE, DLE))) + STOP


def in_text(message: Message) -> str:
    """The same message in the text form of the manual, for people; it has no sequence number."""
    body = bytes((message.node,)) + message.data
    return f":{len(body):02X}{body.hex().upper()}"


def decode(frame: bytes) -> Message:
    """Read one whole binary frame; raise CodecError if it is damaged."""
    if not frame.startswith(START) or _end_of(frame) != len(frame):
        raise CodecError(f"{frame.hex(' ')} is not a frame")
    body = frame[len(START) : -len(STOP)].replace(bytes((DLE, DLE)), bytes((DLE,)))
    if len(body) <= HEAD or body[2] != len(body) - HEAD:
        raise CodecError(f"{frame.hex(' ')} has a wrong length")
    return Message(body[0], body[1], body[HEAD:])


def answers_to(asked: Message) -> Feed:
    """Cut frames; leave out those of another sequence, raise CodecError for another node.

    A late answer to an earlier message has another sequence, and so has a broadcast.
    """

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        frames: list[bytes] = []
        while (end := _end_of(buffer)) is not None:
            message = decode(buffer[:end])
            if message.sequence == asked.sequence:
                if message.node != asked.node:
                    raise CodecError(f"node {message.node} answers instead of {asked.node}")
                frames.append(buffer[:end])
            buffer = buffer[end:]
        return frames, buffer

    return feed


def request(parameter: Parameter) -> bytes:
    """The data that ask for a parameter; a text of any length."""
    data = bytes((Command.REQUEST,)) + parameter.head * 2
    return data + b"\x00" if parameter.kind is Kind.TEXT else data


def write(parameter: Parameter, number: float) -> bytes:
    """The data that set a parameter; raise CodecError if it cannot hold the number."""
    head = bytes((Command.WRITE,)) + parameter.head
    try:
        value = number if parameter.kind is Kind.FLOAT else round(number)
        return head + struct.pack(parameter.kind.layout, value)
    except (struct.error, OverflowError, ValueError):
        raise CodecError(f"{number!r} does not fit into {parameter.kind.name}") from None


def decode_status(data: bytes) -> Status | None:
    """The status in the data of an answer; None if it is none."""
    if len(data) != 3 or data[0] != Command.STATUS:
        return None
    return Status(data[1], data[2])


def decode_error(data: bytes) -> int | None:
    """The code of an error answer, which is all of it; None if it is none."""
    return data[0] if len(data) == 1 else None


def decode_number(data: bytes, parameter: Parameter) -> float:
    """The number in the answer to a request; raise CodecError if it is another parameter."""
    value = _value(data, parameter)
    try:
        (number,) = struct.unpack(parameter.kind.layout, value)
    except struct.error:
        raise CodecError(f"{data.hex(' ')} has a wrong length") from None
    if parameter.kind is Kind.SIGNED_WORD and number > MOST_POSITIVE:
        number -= WORDS
    return float(number)


def decode_text(data: bytes, parameter: Parameter) -> str:
    """The text in the answer to a request: counted, or ended by a zero byte."""
    value = _value(data, parameter)
    if not value:
        raise CodecError(f"{data.hex(' ')} has no length")
    count, text = value[0], value[1:]
    if count > len(text):
        raise CodecError(f"{data.hex(' ')} ends before its text")
    counted = text[:count] if count else text
    return counted.split(b"\x00", 1)[0].decode("ascii", "replace").strip()


def _value(data: bytes, parameter: Parameter) -> bytes:
    head = bytes((Command.VALUE,)) + parameter.head
    if not data.startswith(head):
        raise CodecError(f"{data.hex(' ')} is not the value of {head[1:].hex(' ')}")
    return data[len(head) :]


def _end_of(buffer: bytes) -> int | None:
    """Where the first frame ends; None if it has not arrived. Raises CodecError."""
    if not START.startswith(buffer[: len(START)]):
        raise CodecError(f"no frame begins with {buffer[: len(START)].hex(' ')}")
    place = len(START)
    while place + 1 < len(buffer):
        if buffer[place] != DLE:
            place += 1
        elif buffer[place + 1] == ETX:
            return place + 2
        elif buffer[place + 1] == DLE:
            place += 2
        else:
            raise CodecError(f"{buffer[place : place + 2].hex(' ')} means nothing in a frame")
    if len(buffer) > LONGEST:
        raise CodecError(f"{len(buffer)} bytes without an end")
    return None
