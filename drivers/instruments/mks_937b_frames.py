"""MKS 937B messages `@253PR1?;FF` and what they carry, from its operation manual.

Chosen here, not stated by the source: a word in place of a pressure (`OFF`, `WAIT`, `PROTECT`,
`MISCONN`, ...) is no value whatever the word; `ATM` is read as one standard atmosphere, and
`LO<` and `>` as the end of the range that they name.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from drivers.core.framing import CodecError, Feed

ATTENTION = b"@"
TERMINATOR = b";FF"
EVERY_ADDRESS = 254  # a single controller on RS-232 answers to it with its own
LONGEST_MESSAGE = 200
ATMOSPHERE_MBAR = 1013.25

REFUSALS: Mapping[int, str] = {
    150: "wrong gauge",
    151: "no gauge",
    152: "not an ion gauge",
    153: "not a hot cathode",
    154: "not a cold cathode",
    155: "not a capacitance manometer",
    156: "not a Pirani",
    157: "neither a Pirani nor a capacitance manometer",
    158: "not a flow controller",
    159: "not a valve",
    160: "unknown message",
    161: "setting is locked",
    162: "the relay direction of an ion gauge is fixed",
    163: "no such channel",
    168: "not degassing",
    169: "illegal argument",
    172: "value out of range",
    175: "neither a query nor a command",
    178: "calibration is disabled",
    181: "combination is disabled",
    199: "pressure too high to degas",
}

WordT = TypeVar("WordT", bound=StrEnum)

_FRAME = re.compile(rb"@(\d{3})(ACK|NAK)([ -~]*)", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(E[-+]?\d+)?", re.IGNORECASE)
_LOWEST = re.compile(r"LO<(?P<digits>\d+(\.\d*)?)?(?P<power>E[-+]?\d+)", re.IGNORECASE)
_WORD = re.compile(r"[A-Z][A-Z_]*")


class PressureUnit(StrEnum):
    """In what the controller shows and takes pressures."""

    TORR = "TORR"
    MBAR = "mBAR"
    PASCAL = "PASCAL"
    MICRON = "MICRON"


MBAR_IN: Mapping[PressureUnit, float] = {
    PressureUnit.TORR: ATMOSPHERE_MBAR / 760,
    PressureUnit.MBAR: 1.0,
    PressureUnit.PASCAL: 0.01,
    PressureUnit.MICRON: ATMOSPHERE_MBAR / 760e3,
}


class Direction(StrEnum):
    """On which side of its setting a relay is energised."""

    ABOVE = "ABOVE"
    BELOW = "BELOW"


class Control(StrEnum):
    """What decides about a relay: always energised, never, or the pressure."""

    SET = "SET"
    CLEAR = "CLEAR"
    ENABLE = "ENABLE"


class IonGauge(StrEnum):
    """What an ion gauge is doing: the letter of its status."""

    WAIT = "W"
    OFF = "O"
    PROTECT = "P"
    DEGAS = "D"
    CONTROL = "C"
    REAR_PANEL_OFF = "R"
    FILAMENT_FAULT = "H"
    NO_GAUGE = "N"
    GOOD = "G"


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply: whether the message was accepted, and its text or the reason."""

    address: int
    accepted: bool
    text: str


def encode(address: int, message: str) -> bytes:
    """The frame that carries `message`, e.g. `PR1?`; raise CodecError if it cannot."""
    if not 1 <= address <= EVERY_ADDRESS:
        raise CodecError(f"{address} is no address")
    if not message.isascii() or not message.isprintable() or ";" in message:
        raise CodecError(f"{message!r} is no message")
    return b"@%03d%s%s" % (address, message.encode("ascii"), TERMINATOR)


def decode(frame: bytes) -> Answer:
    """Read one reply without its terminator; raise CodecError if it is none."""
    found = _FRAME.fullmatch(frame)
    if found is None:
        raise CodecError(f"{frame!r} is no reply")
    return Answer(int(found[1]), found[2] == b"ACK", found[3].decode("ascii"))


def replies_of(address: int) -> Feed:
    """Cut replies, without terminators; raise CodecError unless all come from `address`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *frames, rest = buffer.split(TERMINATOR)
        for frame in frames:
            if address not in {decode(frame).address, EVERY_ADDRESS}:
                raise CodecError(f"{frame!r} does not come from {address}")
        if rest[:1] not in {b"", ATTENTION} or len(rest) > LONGEST_MESSAGE:
            raise CodecError(f"no reply begins with {rest[:8]!r}")
        return frames, rest

    return feed


def reason(text: str) -> str:
    """Why a message was refused, from the code or the words behind NAK."""
    code = text.strip()
    words = REFUSALS.get(int(code)) if code.isdecimal() else None
    return f"{words} (code {code})" if words else f"reason {code}"


def encode_number(value: float) -> str:
    """A pressure as the controller writes it, e.g. `2.00E+0`."""
    if not math.isfinite(value):
        raise CodecError(f"{value!r} is no pressure")
    digits, power = f"{value:.2E}".split("E")
    return f"{digits}E{int(power):+d}"


def decode_pressure(text: str, unit: PressureUnit) -> float | None:
    """A pressure in mbar, None where a word says that there is none; raise CodecError."""
    text = text.strip()
    if text.upper() == "ATM":
        return ATMOSPHERE_MBAR
    if (lowest := _LOWEST.fullmatch(text)) is not None:
        text = f"{lowest['digits'] or '1'}{lowest['power']}"
    number = text.removeprefix(">")
    if _NUMBER.fullmatch(number):
        return float(number) * MBAR_IN[unit]
    if _WORD.fullmatch(text):
        return None
    raise CodecError(f"{text!r} is no pressure")


def decode_word(kind: type[WordT], text: str) -> WordT:
    """One of a few words, in capitals or not; raise CodecError for another."""
    for word in kind:
        if word.upper() == text.strip().upper():
            return word
    raise CodecError(f"{text!r} is none of {', '.join(kind)}")
