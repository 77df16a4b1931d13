"""ThermoFlex frames, from the appendix on serial communication: lead, command, length, sum."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed

LEAD = b"\xca\x00\x01"  # an RS-232 message, to the one device on the line
LENGTH_AT = 4
DATA_AT = 5
ERROR = 0x0F
REFUSALS: Mapping[int, str] = {1: "unknown command", 2: "bad data", 3: "wrong checksum"}
WRONG_CHECKSUM = 3
TENTHS = 0.1
MOST_DECIMALS = 4


class Command(IntEnum):
    """The commands of the table; those from 0xF0 on set what their reading gives."""

    ACKNOWLEDGE = 0x00
    DISPLAY = 0x07
    STATUS = 0x09
    FLOW = 0x10
    TEMPERATURE = 0x20
    SUPPLY_PRESSURE = 0x28
    SUCTION_PRESSURE = 0x29
    LOW_FLOW = 0x30
    LOW_TEMPERATURE = 0x40
    LOW_PRESSURE = 0x48
    HIGH_FLOW = 0x50
    HIGH_TEMPERATURE = 0x60
    HIGH_PRESSURE = 0x68
    SETPOINT = 0x70
    PROPORTIONAL = 0x74
    INTEGRAL = 0x75
    DERIVATIVE = 0x76
    ON_OFF = 0x81
    SET_SETPOINT = 0xF0


class OnOff(IntEnum):
    """What is asked of the first switch of the on/off command."""

    OFF = 0
    ON = 1
    QUERY = 2


class Unit(IntEnum):
    """The units that a qualifier can name."""

    NONE = 0
    CELSIUS = 1
    FAHRENHEIT = 2
    LITRES_MIN = 3
    GALLONS_MIN = 4
    SECONDS = 5
    PSI = 6
    BAR = 7
    MEGOHM_CM = 8
    PERCENT = 9
    VOLT = 10
    KILOPASCAL = 11


RUNNING, POWERING_UP, POWERING_DOWN = (0, 0), (3, 1), (3, 2)
# (byte, bit) of the status; the sensors 2 and 3 are options, and open where they are not fitted.
FAULT_BITS: Mapping[tuple[int, int], str] = {
    (0, 1): "temperature sensor 1 open",
    (0, 4): "temperature above the fixed limit",
    (0, 5): "temperature below the fixed limit",
    (0, 6): "high temperature",
    (0, 7): "low temperature",
    (1, 0): "high pressure",
    (1, 1): "low pressure",
    (1, 2): "drip pan full",
    (1, 3): "high level",
    (1, 4): "wrong phases",
    (1, 5): "motor overload",
    (1, 6): "low refrigerant pressure",
    (1, 7): "high refrigerant pressure",
    (2, 0): "external emergency stop",
    (2, 1): "local emergency stop",
    (2, 2): "low flow",
    (2, 3): "low level",
    (2, 4): "5 V supply",
    (2, 5): "invalid level",
    (2, 7): "pressure above the factory limit",
    (3, 0): "pressure below the factory limit",
}
WARNING_BITS: Mapping[tuple[int, int], str] = {
    (0, 2): "temperature sensor 2 open",
    (0, 3): "temperature sensor 3 open",
    (2, 6): "low flow warning",
}
STATUS_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: the command it answers, or `ERROR`, and its data."""

    command: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit in which the chiller gave it."""

    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Status:
    """The four status bytes in words."""

    running: bool
    powering_up: bool
    powering_down: bool
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def checksum(content: bytes) -> int:
    """The complement of the sum of everything but the first byte."""
    return ~sum(content[1:]) & 0xFF


def encode(command: int, data: bytes = b"") -> bytes:
    """The request frame."""
    content = LEAD + bytes((command, len(data))) + data
    return content + bytes((checksum(content),))


def encode_celsius(celsius: float) -> bytes:
    """A temperature to set, in tenths; raise CodecError if it does not fit."""
    try:
        return struct.pack(">h", round(celsius / TENTHS))
    except (struct.error, ValueError, OverflowError):
        raise CodecError(f"{celsius!r} is no temperature to set") from None


def decode(frame: bytes) -> Reply:
    """Read one whole reply frame; raise CodecError if it is damaged."""
    if frame[: len(LEAD)] != LEAD or len(frame) < DATA_AT + 1:
        raise CodecError(f"{frame.hex(' ')} is not a frame")
    if len(frame) != DATA_AT + frame[LENGTH_AT] + 1:
        raise CodecError(f"{frame.hex(' ')} has a wrong length")
    if checksum(frame[:-1]) != frame[-1]:
        raise CodecError(f"{frame.hex(' ')} has a wrong checksum")
    return Reply(frame[len(LEAD)], frame[DATA_AT:-1])


def reply_to(command: int) -> Feed:
    """Cut frames; raise CodecError unless each answers `command` or refuses it."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        frames: list[bytes] = []
        while len(buffer) > DATA_AT and len(buffer) > (end := DATA_AT + buffer[LENGTH_AT]):
            reply = decode(buffer[: end + 1])
            if not _answers(reply, command):
                raise CodecError(f"{buffer[: end + 1].hex(' ')} does not answer {command:#04x}")
            frames.append(buffer[: end + 1])
            buffer = buffer[end + 1 :]
        if not LEAD.startswith(buffer[: len(LEAD)]):
            raise CodecError(f"no frame begins with {buffer[: len(LEAD)].hex(' ')}")
        return frames, buffer

    return feed


def decode_refusal(data: bytes) -> tuple[int, str]:
    """The number and the words of an error reply; raise CodecError for another length."""
    if len(data) != 2:
        raise CodecError(f"{data.hex(' ')} is no error")
    return data[1], REFUSALS.get(data[1], f"error {data[1]}")


def decode_quantity(data: bytes) -> Quantity:
    """Decimals, unit and a signed number of two or four bytes; raise CodecError otherwise."""
    if len(data) not in {3, 5}:
        raise CodecError(f"{data.hex(' ')} is no value")
    decimals, unit = data[0] >> 4, data[0] & 0x0F
    if decimals > MOST_DECIMALS or unit > max(Unit):
        raise CodecError(f"{data[0]:#04x} is no known qualifier")
    count = int.from_bytes(data[1:], "big", signed=True)
    return Quantity(count / 10**decimals, Unit(unit))


def decode_status(data: bytes) -> Status:
    """Read the status bytes; raise CodecError for another length."""
    if len(data) != STATUS_LENGTH:
        raise CodecError(f"{data.hex(' ')} is no status")
    return Status(
        running=_is_set(data, RUNNING),
        powering_up=_is_set(data, POWERING_UP),
        powering_down=_is_set(data, POWERING_DOWN),
        faults=tuple(_words(data, FAULT_BITS)),
        warnings=tuple(_words(data, WARNING_BITS)),
    )


def decode_on(data: bytes) -> bool:
    """What the first switch is now; raise CodecError unless it is on or off."""
    if not data or data[0] not in {OnOff.OFF, OnOff.ON}:
        raise CodecError(f"{data.hex(' ')} is neither on nor off")
    return data[0] == OnOff.ON


def _answers(reply: Reply, command: int) -> bool:
    if reply.command != ERROR:
        return reply.command == command
    number, _ = decode_refusal(reply.data)
    # Of a damaged request the chiller cannot say which command it was.
    return reply.data[0] == command or number == WRONG_CHECKSUM


def _is_set(data: bytes, where: tuple[int, int]) -> bool:
    byte, bit = where
    return bool(data[byte] >> bit & 1)


def _words(data: bytes, table: Mapping[tuple[int, int], str]) -> Iterable[str]:
    return (words for where, words in table.items() if _is_set(data, where))
