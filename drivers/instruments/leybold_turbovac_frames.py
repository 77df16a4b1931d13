"""USS telegrams of the Leybold TURBOVAC i and iX, from its manual of the serial interfaces.

24 bytes each way: one parameter, the control or status word, the process data, and the exclusive
or of all that as the last byte.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.core.framing import CodecError, Feed

LENGTH = 24
START = bytes((0x02, 22))  # STX, and how many bytes follow the length byte
HIGHEST_ADDRESS = 31
HIGHEST_NUMBER = 0x7FF

_BODY = struct.Struct(">2sBHxB4sHHHHxxH")

REFUSALS: Mapping[int, str] = {
    0: "no such parameter",
    1: "the parameter cannot be changed",
    2: "below the minimum or above the maximum",
    3: "no such index",
    5: "the access does not match the parameter",
    18: "another error",
    102: "the parameter is being saved",
}
ERRORS: Mapping[int, str] = {
    1: "overspeed",
    2: "the critical speeds were not passed in time",
    3: "bearing too warm",
    5: "converter too warm",
    6: "not run up in time",
    7: "motor too warm",
    101: "overload",
    103: "supply voltage",
    106: "overload: below the minimum speed",
    111: "motor too cold",
    116: "too long below normal operation",
    117: "motor did not start",
    126: "bearing temperature sensor defective",
    128: "motor temperature sensor defective",
    143: "overspeed",
    240: "EEPROM",
    252: "electronics do not belong together",
    **dict.fromkeys(range(600, 613), "gauge head"),
}
WARNINGS: Mapping[int, str] = {
    0: "pump temperature 1",
    1: "pump temperature 2",
    2: "pump temperature 3",
    3: "ambient temperature too low",
    6: "overspeed",
    7: "pump temperature 4",
    11: "overload",
    12: "pump temperature 5",
    13: "pump temperature 6",
    14: "supply voltage",
}
DEVICE_TYPES: Mapping[int, str] = {
    180: "TURBOVAC 350/450 i",
    181: "TURBOVAC 350/450 i with interface",
    182: "TURBOVAC 350/450 iX",
    190: "TURBOVAC 80/200 i",
    191: "TURBOVAC 80/200 i with interface",
    192: "TURBOVAC 80/200 iX",
}


class Access(IntEnum):
    """What is asked about a parameter."""

    NONE = 0
    READ = 1
    WRITE_16 = 2
    WRITE_32 = 3
    READ_FIELD = 6
    WRITE_FIELD_16 = 7
    WRITE_FIELD_32 = 8


class Response(IntEnum):
    """What was said about a parameter."""

    NONE = 0
    VALUE_16 = 1
    VALUE_32 = 2
    FIELD_16 = 4
    FIELD_32 = 5
    ERROR = 7
    NO_WRITE_ACCESS = 8


class Control(IntFlag):
    """The control word: nothing in it is obeyed without COMMAND."""

    ON = 1 << 0
    FAN_X201 = 1 << 5
    SETPOINT = 1 << 6
    RESET_ERROR = 1 << 7
    STANDBY = 1 << 8
    COMMAND = 1 << 10
    WARNING_RELAY = 1 << 13
    BACKING_PUMP_X202 = 1 << 14
    VENT_X203 = 1 << 15


class Status(IntFlag):
    """The status word."""

    READY = 1 << 0
    OPERATION = 1 << 2
    ERROR = 1 << 3
    ACCELERATING = 1 << 4
    DECELERATING = 1 << 5
    SWITCH_ON_LOCK = 1 << 6
    TEMPERATURE_WARNING = 1 << 7
    PARAMETER_CHANNEL = 1 << 9
    NORMAL_OPERATION = 1 << 10
    TURNING = 1 << 11
    OVERLOAD_WARNING = 1 << 13
    WARNING = 1 << 14
    PROCESS_CHANNEL = 1 << 15


@dataclass(frozen=True, slots=True)
class Request:
    """One telegram to the pump."""

    address: int = 0
    access: int = Access.NONE
    number: int = 0
    index: int = 0
    value: int = 0
    control: int = 0
    setpoint_hz: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One telegram from the pump. `value` is unsigned; `current_da` counts tenths of an ampere."""

    address: int
    response: int
    number: int
    index: int
    value: int
    status: Status
    frequency_hz: int
    converter_c: int
    current_da: int
    voltage_v: int


def checksum(content: bytes) -> int:
    """The exclusive or of all bytes."""
    result = 0
    for byte in content:
        result ^= byte
    return result


def encode(request: Request) -> bytes:
    """The telegram; raise CodecError for what it cannot hold."""
    if not 0 <= request.number <= HIGHEST_NUMBER or not 0 <= request.address <= HIGHEST_ADDRESS:
        raise CodecError(f"{request} has no place in a telegram")
    try:
        body = _BODY.pack(
            START,
            request.address,
            request.access << 12 | request.number,
            request.index,
            request.value.to_bytes(4, "big"),
            request.control,
            request.setpoint_hz,
            0,
            0,
            0,
        )
    except (struct.error, OverflowError) as error:
        raise CodecError(f"{request} has no place in a telegram: {error}") from None
    return body + bytes((checksum(body),))


def decode(frame: bytes) -> Reply:
    """Read one telegram of the pump; raise CodecError if it is damaged."""
    if len(frame) != LENGTH or frame[:2] != START:
        raise CodecError(f"{frame.hex(' ')} is no telegram")
    if checksum(frame[:-1]) != frame[-1]:
        raise CodecError(f"{frame.hex(' ')} has a wrong checksum")
    _, address, parameter, index, value, status, hertz, celsius, tenths, volts = _BODY.unpack(
        frame[:-1]
    )
    return Reply(
        address=address,
        response=parameter >> 12,
        number=parameter & HIGHEST_NUMBER,
        index=index,
        value=int.from_bytes(value, "big"),
        status=Status(status),
        frequency_hz=hertz,
        converter_c=_signed(celsius, 16),
        current_da=tenths,
        voltage_v=volts,
    )


def reply_to(request: Request) -> Feed:
    """Cut telegrams; raise CodecError unless each is about the parameter of `request`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        frames: list[bytes] = []
        while len(buffer) >= LENGTH:
            reply = decode(buffer[:LENGTH])
            asked = (request.address, request.number, request.index)
            if (reply.address, reply.number, reply.index) != asked:
                raise CodecError(f"{buffer[:LENGTH].hex(' ')} does not answer {request}")
            frames.append(buffer[:LENGTH])
            buffer = buffer[LENGTH:]
        if not START.startswith(buffer[:2]):
            raise CodecError(f"no telegram begins with {buffer[:2].hex(' ')}")
        return frames, buffer

    return feed


def value_of(reply: Reply, *, signed: bool) -> int:
    """The number in an answer; raise CodecError if it holds none."""
    match reply.response:
        case Response.VALUE_16 | Response.FIELD_16:
            value, bits = reply.value & 0xFFFF, 16
        case Response.VALUE_32 | Response.FIELD_32:
            value, bits = reply.value, 32
        case other:
            raise CodecError(f"response {other} to parameter {reply.number} holds no value")
    return _signed(value, bits) if signed else value


def words_for(known: Mapping[int, str], word: int) -> tuple[str, ...]:
    """What the bits of a word say."""
    return tuple(known.get(bit, f"bit {bit}") for bit in range(16) if word >> bit & 1)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value
