"""Telegrams of Thyracont Smartline V2 transmitters, from the description of their protocol.

`aaa` address, one digit of access, two letters of command, two digits of length, data, one
checksum character, CR.

Chosen here, not stated by the source: bytes of 0 and above 127, which RS-485 drivers leave where
the line changes its direction, are left out, as a well-known client does.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed
from drivers.core.points import Limits

END = b"\r"
NOISE = bytes((0, *range(128, 256)))
LONGEST_DATA = 99
HIGHEST_ADDRESS = 16
LONGEST_LINE = 8 + LONGEST_DATA + 1

REFUSALS: Mapping[str, str] = {
    "NO_DEF": "no such command",
    "_LOGIC": "access not possible",
    "_RANGE": "value out of range",
    "SYNTAX": "wrong syntax, or not possible here",
    "LENGTH": "wrong length of data",
    "_UNSUP": "not supported",
    "_SEDIS": "the sensor is disabled",
}
FAULTS: Mapping[str, str] = {
    "ERROR1": "the sensor is defective or not plugged in",
    "_CD_RE": "its calibration data cannot be read",
    "_EP_RE": "its EEPROM cannot be read",
}

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"H({_NUMBER})L({_NUMBER})")
_WEAR = re.compile(r"W([-+]?\d+)A(\d+)")
_RELAY = re.compile(rf"T({_NUMBER})F({_NUMBER})")
_BLEND = re.compile(rf"F({_NUMBER})T({_NUMBER})")
_SWITCH = re.compile(rf"D({_NUMBER})")


class Access(IntEnum):
    """What is to be done; an answer is one higher."""

    READ = 0
    WRITE = 2
    DEFAULT = 4
    BINARY = 8


ERROR = 7


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram in either direction."""

    address: int
    access: int
    command: str
    data: str = ""


@dataclass(frozen=True, slots=True)
class Wear:
    """How far the Pirani has aged: corrosion below 0 %, dirt above; hours since adjustment."""

    wear_pct: int
    quarter_hours: int


@dataclass(frozen=True, slots=True)
class Relay:
    """The pressures at which a relay is switched on and off."""

    on_mbar: float
    off_mbar: float


@dataclass(frozen=True, slots=True)
class Transition:
    """From where to where the Pirani hands over to the piezo sensor; at once if both are one."""

    low_mbar: float
    high_mbar: float


TRANSITIONS: Mapping[str, Transition] = {"0": Transition(1, 1), "1": Transition(5, 15)}


def checksum(text: bytes) -> bytes:
    """The one character that ends a telegram before CR."""
    return bytes((sum(text) % 64 + 64,))


def encode(telegram: Telegram) -> bytes:
    """The bytes on the wire; raise CodecError for what does not fit."""
    data = telegram.data
    if not 0 <= telegram.address <= 999 or not 0 <= telegram.access <= 9:
        raise CodecError(f"{telegram} has an address or access that does not fit")
    if len(telegram.command) != 2 or not telegram.command.isascii():
        raise CodecError(f"{telegram.command!r} is no command")
    if len(data) > LONGEST_DATA or not data.isascii() or not (data.isprintable() or not data):
        raise CodecError(f"{data!r} does not fit")
    text = f"{telegram.address:03d}{telegram.access:d}{telegram.command}{len(data):02d}{data}"
    content = text.encode("ascii")
    return content + checksum(content) + END


def decode(line: bytes) -> Telegram:
    """Read one telegram without its CR; raise CodecError if it is damaged."""
    content, received = line[:-1], line[-1:]
    head = content[:4] + content[6:8]
    if len(content) < 8 or not head.isdigit() or not content.isascii():
        raise CodecError(f"{line!r} is no telegram")
    if checksum(content) != received:
        raise CodecError(f"{line!r} has a wrong checksum")
    if int(content[6:8]) != len(content) - 8:
        raise CodecError(f"{line!r} has a wrong length")
    text = content.decode("ascii")
    return Telegram(int(text[:3]), int(text[3]), text[4:6], text[8:])


def answers_to(request: Telegram) -> Feed:
    """Cut telegrams without CR; raise CodecError unless each answers `request`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *lines, rest = buffer.translate(None, NOISE).split(END)
        for line in lines:
            reply = decode(line)
            if (reply.address, reply.command) != (request.address, request.command) or (
                reply.access not in {request.access + 1, ERROR}
            ):
                raise CodecError(f"{line!r} does not answer {request.command}")
        if len(rest) > LONGEST_LINE:
            raise CodecError(f"{len(rest)} bytes without an end")
        return lines, rest

    return feed


def encode_number(value: float) -> str:
    """A number as the transmitter writes it, e.g. `0.1` or `1e-4`; raise CodecError."""
    if not math.isfinite(value):
        raise CodecError(f"{value!r} is no number")
    digits, mark, power = f"{value:g}".partition("e")
    return f"{digits}e{int(power)}" if mark else digits


def decode_number(text: str) -> float:
    """A number; raise CodecError for anything else."""
    if re.fullmatch(_NUMBER, text) is None:
        raise CodecError(f"{text!r} is no number")
    return float(text)


def decode_range(text: str) -> Limits:
    """Read e.g. `H1.2e3L1e-4`, in mbar."""
    high, low = _numbers(_RANGE, text)
    return Limits(low, high)


def decode_wear(text: str) -> Wear:
    """Read e.g. `W0A382`."""
    wear, age = _numbers(_WEAR, text)
    return Wear(int(wear), int(age))


def encode_relay(relay: Relay) -> str:
    """E.g. `T0.1F1.5`."""
    return f"T{encode_number(relay.on_mbar)}F{encode_number(relay.off_mbar)}"


def decode_relay(text: str) -> Relay:
    """Read e.g. `T0.1F1.5`."""
    return Relay(*_numbers(_RELAY, text))


def encode_transition(transition: Transition) -> str:
    """E.g. `F5T15`, or `D1` if there is no blending."""
    low, high = encode_number(transition.low_mbar), encode_number(transition.high_mbar)
    return f"D{low}" if low == high else f"F{low}T{high}"


def decode_transition(text: str) -> Transition:
    """Read e.g. `0`, `1`, `D1.5` or `F5T15`."""
    if (known := TRANSITIONS.get(text)) is not None:
        return known
    if _SWITCH.fullmatch(text):
        (at,) = _numbers(_SWITCH, text)
        return Transition(at, at)
    return Transition(*_numbers(_BLEND, text))


def _numbers(form: re.Pattern[str], text: str) -> tuple[float, ...]:
    found = form.fullmatch(text)
    if found is None:
        raise CodecError(f"{text!r} has another form than expected")
    return tuple(float(part) for part in found.groups())
