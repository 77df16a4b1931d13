"""Lines of VAT 61x, 64x and 65x throttle valves ("IC protocol"), from their manuals.

A setting is acknowledged with its header, a question answered with its header and the value, and
what is refused with `E:` and six digits. Every line ends in CR LF; case matters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.core.framing import CodecError, Feed

END = b"\r\n"
ERROR = "E:"
LONGEST_LINE = 80
UNKNOWN_POSITION = 999999
HIGHEST_PRESSURE_RANGE = 1_000_000
POSITION_RANGES: Mapping[str, int] = {"0": 1000, "1": 10_000, "2": 100_000}

REFUSALS: Mapping[int, str] = {
    1: "parity",
    2: "input overflow",
    3: "framing",
    10: "CR LF missing",
    11: "colon missing",
    12: "wrong length",
    20: "unknown command",
    21: "unknown command",
    22: "invalid value",
    23: "invalid value",
    30: "value out of range",
    41: "not applicable to this valve",
    80: "the valve is in local operation",
    82: "synchronising, interlocked or in safety mode",
}
TRANSMISSION_ERRORS = frozenset({1, 2, 3, 10, 11, 12})  # the line was spoilt, not the command
WARNINGS = (
    "service is due",
    "no learned data",
    "power failure battery not ready",
    "compressed air missing",
)
ERRORS: Mapping[int, str] = {1: "converter of sensor 1", 3: "firmware memory"}


class Access(StrEnum):
    """Who may move the valve."""

    LOCAL = "0"
    REMOTE = "1"
    LOCKED_REMOTE = "2"


class Mode(StrEnum):
    """What the valve is doing."""

    INITIALISING = "0"
    SYNCHRONISING = "1"
    POSITION = "2"
    CLOSED = "3"
    OPEN = "4"
    PRESSURE = "5"
    HOLD = "6"
    LEARNING = "7"
    INTERLOCK_OPEN = "8"
    INTERLOCK_CLOSED = "9"
    POWER_FAILURE = "C"
    SAFETY = "D"
    ERROR = "E"


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """The answer to `i:30`."""

    access: Access
    mode: Mode
    power_failure_option: bool
    warning: bool
    simulation: bool


@dataclass(frozen=True, slots=True)
class Assembly:
    """The answer to `i:76`; counts are in the configured ranges."""

    position: int
    pressure: int
    access: Access
    mode: Mode
    warning: bool


@dataclass(frozen=True, slots=True)
class Ranges:
    """How many counts are the whole stroke, and the whole range of the sensor."""

    position: int
    pressure: int


def encode(header: str, data: str = "") -> bytes:
    """The line for a question or a setting; raise CodecError for what would break it."""
    text = header + data
    if ":" not in header or not text.isascii() or not text.isprintable():
        raise CodecError(f"{text!r} is no command")
    return text.encode("ascii") + END


def answers_to(header: str) -> Feed:
    """Cut lines without CR LF; raise CodecError unless each has this header or is an error."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *lines, rest = buffer.split(END)
        for line in lines:
            decode(line, header)
        if len(rest) > LONGEST_LINE:
            raise CodecError(f"{len(rest)} bytes without an end of line")
        return lines, rest

    return feed


def decode(line: bytes, header: str) -> tuple[int, str]:
    """The error number, 0 for none, and what stands behind the header; raise CodecError."""
    text = line.decode("ascii", "replace")
    if text.startswith(ERROR):
        digits = text.removeprefix(ERROR)
        return _whole(digits, 6), ""
    if not text.startswith(header) or not text.isascii():
        raise CodecError(f"{line!r} does not answer {header}")
    return 0, text.removeprefix(header)


def decode_count(text: str, length: int) -> int:
    """A number of `length` digits without a sign."""
    return _whole(text, length)


def decode_pressure(text: str) -> int:
    """Read a sign, `0` or `-`, and seven digits."""
    if text[:1] not in {"0", "-"}:
        raise CodecError(f"{text!r} is no pressure")
    return _whole(text[1:], 7) * (-1 if text[0] == "-" else 1)


def decode_status(text: str) -> DeviceStatus:
    """Read the eight characters of `i:30`."""
    if len(text) != 8:
        raise CodecError(f"{text!r} is no device status")
    return DeviceStatus(
        access=_access(text[0]),
        mode=_mode(text[1]),
        power_failure_option=_flag(text[2]),
        warning=_flag(text[3]),
        simulation=_flag(text[7]),
    )


def decode_assembly(text: str) -> Assembly:
    """Read the seventeen characters of `i:76`."""
    if len(text) != 17:
        raise CodecError(f"{text!r} is no assembly")
    return Assembly(
        position=_whole(text[:6], 6),
        pressure=decode_pressure(text[6:14]),
        access=_access(text[14]),
        mode=_mode(text[15]),
        warning=_flag(text[16]),
    )


def decode_ranges(text: str) -> Ranges:
    """Read one digit for the position and seven for the pressure."""
    position = POSITION_RANGES.get(text[:1])
    pressure = _whole(text[1:], 7)
    if position is None or not 1000 <= pressure <= HIGHEST_PRESSURE_RANGE:
        raise CodecError(f"{text!r} are no ranges")
    return Ranges(position, pressure)


def decode_warnings(text: str) -> tuple[str, ...]:
    """The warnings of `i:51` in words."""
    if len(text) < len(WARNINGS):
        raise CodecError(f"{text!r} are no warnings")
    return tuple(words for words, digit in zip(WARNINGS, text, strict=False) if _flag(digit))


def decode_errors(text: str) -> tuple[str, ...]:
    """The errors of `i:52` in words."""
    return tuple(
        ERRORS.get(place, f"error bit {place}") for place, digit in enumerate(text) if _flag(digit)
    )


def _whole(text: str, length: int) -> int:
    if re.fullmatch(rf"[0-9]{{{length}}}", text) is None:
        raise CodecError(f"{text!r} are not {length} digits")
    return int(text)


def _flag(digit: str) -> bool:
    if digit not in {"0", "1"}:
        raise CodecError(f"{digit!r} is neither 0 nor 1")
    return digit == "1"


def _access(letter: str) -> Access:
    if letter not in set(Access):
        raise CodecError(f"{letter!r} is no access")
    return Access(letter)


def _mode(letter: str) -> Mode:
    if letter not in set(Mode):
        raise CodecError(f"{letter!r} is no control mode")
    return Mode(letter)
