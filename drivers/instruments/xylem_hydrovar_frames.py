"""What the registers of a Xylem Hydrovar HVL mean, from a public driver and its parameter table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError

FAULT_BITS: Mapping[int, str] = {
    0: "overcurrent",
    1: "overload",
    2: "overvoltage",
    3: "phase lost",
    4: "inverter too hot",
    5: "motor too hot",
    6: "lack of water",
    7: "minimum not reached",
    8: "sensor 1 failed",
    9: "sensor 2 failed",
    10: "set-point 1 below 4 mA",
    11: "set-point 2 below 4 mA",
}


class Mode(IntEnum):
    """What the drive regulates."""

    CONTROLLER = 0  # the pressure
    ACTUATOR = 3  # the frequency


@dataclass(frozen=True, slots=True)
class Status:
    """The device status, bit by bit."""

    preset: bool
    ready: bool
    error: bool
    warning: bool
    terminal_enabled: bool
    start_enabled: bool
    motor_running: bool
    started: bool


def decode_status(word: int) -> Status:
    """Read the device status."""
    return Status(
        preset=bool(word & 1),
        ready=bool(word >> 1 & 1),
        error=bool(word >> 2 & 1),
        warning=bool(word >> 3 & 1),
        terminal_enabled=bool(word >> 4 & 1),
        start_enabled=bool(word >> 5 & 1),
        motor_running=bool(word >> 6 & 1),
        started=bool(word >> 15 & 1),
    )


def decode_long(words: Sequence[int]) -> int:
    """Two registers as an unsigned number, high word first."""
    if len(words) != 2:
        raise CodecError(f"{len(words)} registers instead of 2")
    return words[0] << 16 | words[1]


def decode_short(word: int) -> int:
    """The signed byte that a register holds, whatever its upper half."""
    return (word & 0xFF) - 0x100 if word & 0x80 else word & 0xFF


def faults_in(register: int) -> tuple[str, ...]:
    """The errors of the error register in words; bits without a name by their number."""
    return tuple(
        FAULT_BITS.get(bit, f"error bit {bit}") for bit in range(32) if register >> bit & 1
    )
