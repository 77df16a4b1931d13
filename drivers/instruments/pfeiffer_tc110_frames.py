"""Telegrams of the Pfeiffer RS-485 protocol, from the manual of the TC 110 drive unit.

Address, action, parameter, two digits of length, data, the sum of all that modulo 256, CR.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed

END = b"\r"
QUESTION = "=?"
LONGEST_DATA = 99
LONGEST_LINE = 13 + LONGEST_DATA
HEAD, TAIL = 10, 3

REFUSALS: Mapping[str, str] = {
    "NO_DEF": "no such parameter",
    "_RANGE": "value out of range",
    "_LOGIC": "not possible in this state",
}


class Action(IntEnum):
    """What is to be done; every answer that is not a description has the action of a write."""

    READ = 0
    WRITE = 10
    DESCRIBE = 11


class DataType(IntEnum):
    """How a value stands in the data."""

    BOOLEAN_OLD = 0  # 111111 or 000000
    U_INTEGER = 1
    U_REAL = 2  # hundredths
    STRING = 4  # six characters
    BOOLEAN_NEW = 6  # 1 or 0
    U_SHORT = 7
    U_EXPO = 10  # four digits of a number in thousandths, two of its power of ten above -20
    STRING_16 = 11


LENGTHS: Mapping[DataType, int] = {
    DataType.BOOLEAN_OLD: 6,
    DataType.U_INTEGER: 6,
    DataType.U_REAL: 6,
    DataType.STRING: 6,
    DataType.BOOLEAN_NEW: 1,
    DataType.U_SHORT: 3,
    DataType.U_EXPO: 6,
    DataType.STRING_16: 16,
}
TEXTS = frozenset({DataType.STRING, DataType.STRING_16})
BOOLEANS = frozenset({DataType.BOOLEAN_OLD, DataType.BOOLEAN_NEW})
LOWEST_POWER = -20


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram in either direction."""

    address: int
    action: int
    parameter: int
    data: str


@dataclass(frozen=True, slots=True)
class Malfunction:
    """What parameter 303 reports: an error has stopped the pump, a warning has not."""

    number: int
    is_error: bool


def checksum(text: bytes) -> bytes:
    """Three digits: the sum of all bytes modulo 256."""
    return b"%03d" % (sum(text) % 256)


def encode(telegram: Telegram) -> bytes:
    """The bytes on the wire; raise CodecError for what does not fit."""
    data = telegram.data
    numbers = ((telegram.address, 999), (telegram.action, 99), (telegram.parameter, 999))
    if any(not 0 <= number <= highest for number, highest in numbers):
        raise CodecError(f"{telegram} has a number that does not fit")
    if len(data) > LONGEST_DATA or not data.isascii() or not (data.isprintable() or not data):
        raise CodecError(f"{data!r} does not fit")
    head = f"{telegram.address:03d}{telegram.action:02d}{telegram.parameter:03d}{len(data):02d}"
    content = (head + data).encode("ascii")
    return content + checksum(content) + END


def question(address: int, parameter: int) -> Telegram:
    """The telegram that asks for a parameter."""
    return Telegram(address, Action.READ, parameter, QUESTION)


def decode(line: bytes) -> Telegram:
    """Read one telegram without its CR; raise CodecError if it is damaged."""
    content, received = line[:-TAIL], line[-TAIL:]
    if len(content) < HEAD or not content[:HEAD].isdigit() or not content.isascii():
        raise CodecError(f"{line!r} is no telegram")
    if checksum(content) != received:
        raise CodecError(f"{line!r} has a wrong checksum")
    if int(content[8:HEAD]) != len(content) - HEAD:
        raise CodecError(f"{line!r} has a wrong length")
    text = content.decode("ascii")
    return Telegram(int(text[:3]), int(text[3:5]), int(text[5:8]), text[HEAD:])


def answers_to(request: Telegram) -> Feed:
    """Cut telegrams without CR; raise CodecError unless each answers `request`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *lines, rest = buffer.split(END)
        for line in lines:
            reply = decode(line)
            asked = (request.address, request.parameter)
            if (reply.address, reply.parameter) != asked or reply.action == Action.READ:
                raise CodecError(f"{line!r} does not answer {request.parameter}")
        if len(rest) > LONGEST_LINE:
            raise CodecError(f"{len(rest)} bytes without an end")
        return lines, rest

    return feed


def encode_value(kind: DataType, value: float) -> str:
    """A number as data; raise CodecError if it does not fit or `kind` is a text."""
    if kind in TEXTS or not math.isfinite(value) or value < 0:
        raise CodecError(f"{value!r} does not fit {kind.name}")
    if kind in BOOLEANS:
        return ("1" if value else "0") * LENGTHS[kind]
    digits = _exponential(value) if kind is DataType.U_EXPO else f"{round(value)}"
    text = digits.rjust(LENGTHS[kind], "0")
    if len(text) > LENGTHS[kind]:
        raise CodecError(f"{value!r} does not fit {kind.name}")
    return text


def decode_value(kind: DataType, data: str) -> float:
    """The number in data; U_REAL in hundredths, U_EXPO in hPa. Raises CodecError."""
    if len(data) != LENGTHS[kind] or kind in TEXTS or not (data.isascii() and data.isdecimal()):
        raise CodecError(f"{data!r} is no {kind.name}")
    if kind is DataType.U_EXPO:
        return int(data[:4]) / 1000 * 10.0 ** (int(data[4:]) + LOWEST_POWER)
    if kind not in BOOLEANS:
        return float(data)
    if len(set(data)) > 1 or data[0] not in "01":
        raise CodecError(f"{data!r} is no {kind.name}")
    return float(data[0])


def decode_malfunction(data: str) -> Malfunction | None:
    """Read e.g. `000000`, `Err002` or `Wrn007`; raise CodecError for another form."""
    kind, number = data[:3].lower(), data[3:]
    if len(data) != 6 or not (number.isascii() and number.isdecimal()):
        raise CodecError(f"{data!r} reports nothing known")
    if kind == "000" and int(number) == 0:
        return None
    if kind not in {"err", "wrn"}:
        raise CodecError(f"{data!r} reports nothing known")
    return Malfunction(int(number), is_error=kind == "err")


def _exponential(value: float) -> str:
    if not value:
        return ""
    power = math.floor(math.log10(value))
    digits = round(value / 10.0**power * 1000)
    if digits == 10_000:
        digits, power = 1000, power + 1
    if not 0 <= power - LOWEST_POWER <= 99:
        raise CodecError(f"{value!r} does not fit U_EXPO")
    return f"{digits:04d}{power - LOWEST_POWER:02d}"
