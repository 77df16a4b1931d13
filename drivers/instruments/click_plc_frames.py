"""The map of a tool's CLICK controller (docs/icd/click_plc.csv): addresses, codes, status.

The areas are AutomationDirect's: DS and DH one register each, DD and DF two with the low word
first, TXT two characters to a register.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

from drivers.core.framing import CodecError
from drivers.core.registers import Kind, Register, bits_of, int16_to

MAP_ID: Final = 0x5742
MAP_REV: Final = 1
LAST_SEQUENCE: Final = 32767
MOST_ARGUMENTS: Final = 6
JOB_ID_CHARACTERS: Final = 16
HEADER_WORDS: Final = 32  # DS1 to DS32
ALARM_BLOCK_WORDS: Final = 14  # DH1 to DH14
HEAD_WORDS: Final = 12  # DS1 to DS12: all that a handshake looks at
FIRST_WARNING: Final = 201


def ds(number: int) -> Register:
    """DS registers: signed 16 bits."""
    return Register(number - 1)


def dh(number: int, bit: int | None = None) -> Register:
    """DH registers: unsigned 16 bits, or one bit of them."""
    return Register(24576 + number - 1, Kind.UINT16, bit)


def dd(number: int) -> Register:
    """DD registers: signed 32 bits."""
    return Register(16384 + 2 * (number - 1), Kind.INT32_LOW_FIRST)


def df(number: int) -> Register:
    """DF registers: floating point."""
    return Register(28672 + 2 * (number - 1), Kind.FLOAT32_LOW_FIRST)


def txt(number: int) -> int:
    """The address of the register that holds TXT `number`, an odd number, in its low byte."""
    return 36864 + (number - 1) // 2


class PackMl(IntEnum):
    """The states of PackML (ISA-TR88.00.02)."""

    UNDEFINED = 0
    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17


class UnitMode(IntEnum):
    """What the tool is set to."""

    INVALID = 0
    PRODUCTION = 1
    MAINTENANCE = 2
    MANUAL = 3
    DRY_RUN = 4


class Blocking(IntEnum):
    """What the tool waits for."""

    NONE = 0
    NO_MATERIAL = 1
    DOWNSTREAM = 2
    OPERATOR = 3
    UTILITY = 4


class Ack(IntEnum):
    """What became of the last command."""

    NONE = 0
    ACCEPTED = 1
    DONE = 2
    REJECTED_STATE = 3
    REJECTED_MODE = 4
    REJECTED_INTERLOCK = 5
    REJECTED_RECIPE = 6
    BAD_SEQ = 7
    UNKNOWN_CMD = 8


class Command(IntEnum):
    """Commands that every tool knows; its own begin at 120."""

    RESET = 1
    START = 2
    STOP = 3
    HOLD = 4
    UNHOLD = 5
    SUSPEND = 6
    UNSUSPEND = 7
    ABORT = 8
    CLEAR = 9
    COMPLETE = 10
    LOAD_RECIPE = 100
    ABORT_RECIPE = 101


INTERLOCKS: Final = (
    "emergency_stop",
    "doors",
    "guard",
    "n2",
    "cda",
    "exhaust",
    "di_or_chemical",
    "leak_clear",
    "vacuum",
    "water",
    "high_temperature_clear",
    "over_level_clear",
)

ALARMS: Final[Mapping[int, str]] = {
    1: "emergency_stop",
    2: "host_watchdog",
    3: "module_fault",
    4: "door_open",
    5: "n2_low",
    6: "cda_low",
    7: "exhaust_low",
    8: "chemical_leak",
    9: "drain_full",
    10: "over_temperature",
    11: "under_temperature",
    12: "fan",
    13: "vacuum_lost",
    14: "sensor_break",
    15: "power_dip",
    16: "battery",
}


@dataclass(frozen=True, slots=True)
class Head:
    """Who the controller is, whether it lives, and what became of the last command."""

    map_id: int
    map_rev: int
    heartbeat: int
    boot_count: int
    ack_seq: int
    ack: Ack
    reject_info: int


@dataclass(frozen=True, slots=True)
class Status:
    """All that the controller says of itself, as of `at_s` of the clock.

    `alarms` and `warnings` are the numbers that stand; `interlocks` are True where all is well;
    `tool_bits` are the bits of the tool word that are set.
    """

    at_s: float
    head: Head
    state: PackMl
    mode: UnitMode
    state_requested: int
    step_no: int
    step_s: int
    step_total_s: int
    blocking: Blocking
    alarm_count: int
    first_alarm_id: int
    alarm_event_seq: int
    alarms: frozenset[int]
    warnings: frozenset[int]
    interlocks: Mapping[str, bool]
    tool_bits: frozenset[int]

    @property
    def boot_count(self) -> int:
        """How often the controller was powered up."""
        return self.head.boot_count

    @property
    def heartbeat(self) -> int:
        """The controller's own heartbeat."""
        return self.head.heartbeat

    @property
    def ack_seq(self) -> int:
        """The last command executed."""
        return self.head.ack_seq

    @property
    def ack(self) -> Ack:
        """What became of the last command."""
        return self.head.ack

    def says(self) -> str:
        """The state and why, for the end of a sentence."""
        if not self.first_alarm_id:
            return self.state.name.lower()
        return f"{self.state.name.lower()}, first alarm {alarm_name(self.first_alarm_id)}"


CodeT = TypeVar("CodeT", bound=IntEnum)


def decode_head(words: Sequence[int]) -> Head:
    """Read DS1 to DS12, or more from DS1 on; raise CodecError for a code that does not exist."""
    return Head(
        map_id=words[0],
        map_rev=words[1],
        heartbeat=words[2],
        boot_count=words[3],
        ack_seq=words[9],
        ack=_known(Ack, words[10]),
        reject_info=words[11],
    )


def decode_status(header: Sequence[int], alarm_block: Sequence[int], at_s: float) -> Status:
    """Read DS1 to DS32 and DH1 to DH14; raise CodecError for a code that does not exist."""
    return Status(
        at_s=at_s,
        head=decode_head(header),
        state=_known(PackMl, header[19]),
        mode=_known(UnitMode, header[20]),
        state_requested=header[21],
        step_no=header[22],
        step_s=header[23],
        step_total_s=header[24],
        blocking=_known(Blocking, header[25]),
        alarm_count=header[29],
        first_alarm_id=header[30],
        alarm_event_seq=header[31],
        alarms=frozenset(bit + 1 for bit in bits_of(alarm_block[:8])),
        warnings=frozenset(bit + FIRST_WARNING for bit in bits_of(alarm_block[8:12])),
        interlocks={name: bool(alarm_block[12] >> bit & 1) for bit, name in enumerate(INTERLOCKS)},
        tool_bits=bits_of(alarm_block[13:14]),
    )


def following(sequence: int) -> int:
    """The sequence number after `sequence`; 0 is never used."""
    return sequence % LAST_SEQUENCE + 1


def arguments_block(code: int, mode: int, recipe: int, arguments: Sequence[int]) -> list[int]:
    """DS101 to DS109 of a command; raise CodecError if something does not fit."""
    if len(arguments) > MOST_ARGUMENTS:
        raise CodecError(f"{len(arguments)} arguments instead of {MOST_ARGUMENTS} or fewer")
    padded = [*arguments, *(0,) * (MOST_ARGUMENTS - len(arguments))]
    return [int16_to(value) for value in (code, mode, recipe, *padded)]


def rejection(head: Head) -> str:
    """Why a command was rejected, in words."""
    if head.ack is Ack.REJECTED_INTERLOCK and head.reject_info < len(INTERLOCKS):
        return f"rejected_interlock: {INTERLOCKS[head.reject_info]} is open"
    detail = f" (detail {head.reject_info})" if head.reject_info else ""
    return f"{head.ack.name.lower()}{detail}"


def alarm_name(number: int) -> str:
    """The number of an alarm with its name, where every tool has it."""
    return f"{number} {ALARMS[number]}" if number in ALARMS else str(number)


def command_name(code: int) -> str:
    """The name of a command, or its number if it is a tool's own."""
    return Command(code).name.lower() if code in set(Command) else f"command {code}"


def _known(codes: type[CodeT], word: int) -> CodeT:
    try:
        return codes(word)
    except ValueError:
        raise CodecError(f"{word} is no {codes.__name__}") from None
