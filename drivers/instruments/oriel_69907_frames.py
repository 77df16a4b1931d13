"""Lines and registers of the Oriel 69907 and 69920 lamp supplies, from public drivers for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.core.framing import CodecError

LONGEST_LINE = 40
POWER_ON = 0x80
USER_REQUEST = 0x40
DEVICE_ERROR = 0x08
OPERATION_COMPLETE = 0x01

REFUSALS: Mapping[int, str] = {
    0x20: "command not understood",
    0x10: "command cannot be carried out",
    0x04: "query failed",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The status register: what the supply does now."""

    lamp_on: bool
    external: bool
    power_mode: bool
    calibrating: bool
    fault: bool
    panel_locked: bool
    limit_reached: bool
    interlock_closed: bool


@dataclass(frozen=True, slots=True)
class Events:
    """The event register: what happened since it was last told."""

    power_on: bool
    user_request: bool
    device_error: bool
    operation_complete: bool
    refusals: tuple[str, ...]


def encode(command: str) -> bytes:
    """The line that carries a command; raise CodecError for one that no line can hold."""
    if not command or not command.isascii() or not command.isprintable():
        raise CodecError(f"{command!r} is no command")
    return f"{command}\r".encode("ascii")


def answers(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut lines ended by CR; raise CodecError for bytes that no line holds."""
    *lines, rest = buffer.replace(b"\n", b"").split(b"\r")
    for line in (*lines, rest):
        if len(line) > LONGEST_LINE or any(not 0x20 <= byte < 0x7F for byte in line):
            raise CodecError(f"{line[:LONGEST_LINE].hex(' ')} is no line")
    return [line for line in lines if line.strip()], rest


def decode_register(name: str, text: str) -> int:
    """The byte in e.g. `STB85`; raise CodecError for another text."""
    found = re.fullmatch(rf"{re.escape(name)}([0-9A-Fa-f]{{2}})", text)
    if found is None:
        raise CodecError(f"{text!r} is no {name} register")
    return int(found[1], 16)


def decode_status(register: int) -> Status:
    """Read the status register."""
    return Status(
        lamp_on=bool(register & 0x80),
        external=bool(register & 0x40),
        power_mode=bool(register & 0x20),
        calibrating=bool(register & 0x10),
        fault=bool(register & 0x08),
        panel_locked=bool(register & 0x04),
        limit_reached=bool(register & 0x02),
        interlock_closed=bool(register & 0x01),
    )


def decode_events(register: int) -> Events:
    """Read the event register."""
    return Events(
        power_on=bool(register & POWER_ON),
        user_request=bool(register & USER_REQUEST),
        device_error=bool(register & DEVICE_ERROR),
        operation_complete=bool(register & OPERATION_COMPLETE),
        refusals=tuple(words for bit, words in REFUSALS.items() if register & bit),
    )


def outage(status: Status) -> str:
    """Why a lamp that should burn does not burn as it should; empty if it does."""
    if not status.interlock_closed:
        return "the interlock is open"
    if not status.lamp_on:
        return "the lamp is out"
    return "the limit of current or power is reached" if status.limit_reached else ""


def decode_number(text: str) -> float:
    """A plain decimal number such as `0095` or `7.5`; raise CodecError for another text."""
    if re.fullmatch(r"[+-]?\d{1,8}(\.\d{0,6})?", text) is None:
        raise CodecError(f"{text!r} is no number")
    return float(text)
