"""Records and bits of the Hamilton pH Arc sensor, from its Modbus RTU programmer's manual.

The manual counts registers from 1; addresses here are those on the wire, one lower. A record is
read from its start with its exact length or not at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from drivers.core.framing import CodecError
from drivers.core.registers import Kind, Register, decode, text_from

ALL_BITS = 0xFFFF_FFFF
KELVIN_AT_0_C = 273.15
FLOAT = Register(0, Kind.FLOAT32_LOW_FIRST)


@dataclass(frozen=True, slots=True)
class Record:
    """A run of registers that is read as a whole."""

    address: int
    length: int

    def __contains__(self, register: Register) -> bool:
        return self.address <= register.address < self.address + self.length


PH_NAME: Final = Record(2079, 8)
PH_UNITS: Final = Record(2087, 2)
PH: Final = Record(2089, 10)
TEMPERATURE: Final = Record(2409, 10)
MOVING_AVERAGE: Final = Record(3369, 8)
DEVICE_ADDRESS: Final = Record(4095, 2)
ADDRESS_LIMITS: Final = Record(4097, 4)
OPERATOR_LEVEL: Final = Record(4287, 4)
OPERATING_RANGE: Final = Record(4607, 4)
MEASURING_RANGE: Final = Record(4611, 4)
CALIBRATION_RANGE: Final = Record(4615, 4)
WARNINGS: Final = Record(4735, 8)
ERRORS: Final = Record(4799, 8)
RECORDS: Final = (
    *(PH_NAME, PH_UNITS, PH, TEMPERATURE, MOVING_AVERAGE, DEVICE_ADDRESS, ADDRESS_LIMITS),
    *(OPERATOR_LEVEL, OPERATING_RANGE, MEASURING_RANGE, CALIBRATION_RANGE, WARNINGS, ERRORS),
)


class CalibrationPoint(IntEnum):
    """The calibration points, by the address of their status record."""

    CP1 = 5157
    CP2 = 5189
    CP6 = 5317  # the product calibration


CALIBRATION_LENGTH: Final = 6


class Unit(IntEnum):
    """A physical unit: one bit."""

    NONE = 0x1
    KELVIN = 0x2
    CELSIUS = 0x4
    FAHRENHEIT = 0x8
    MICROSIEMENS_CM = 0x200
    MILLISIEMENS_CM = 0x400
    PH = 0x1000
    MILLIVOLT = 0x20_0000


class Level(IntEnum):
    """Who speaks to the sensor; it falls back to the user at power-up."""

    USER = 0x03
    ADMINISTRATOR = 0x0C
    SPECIALIST = 0x30


WARNING_BITS: Final[Mapping[tuple[int, int], str]] = {
    (1, 0): "calibration recommended",
    (1, 1): "last calibration not successful",
}
ERROR_BITS: Final[Mapping[tuple[int, int], str]] = {
    (0, 5): "glass resistance too high",
    (0, 6): "glass resistance too low",
    (0, 7): "reference resistance too high",
    (0, 8): "reference resistance too low",
    (0, 15): "auxiliary potential too high",
    (0, 16): "auxiliary potential too low",
    (0, 17): "auxiliary resistance too high",
    (0, 18): "auxiliary resistance too low",
    (0, 25): "temperature sensor defective",
    (1, 1): "sensor failure: quality below 15 %",
    (3, 24): "internal communication failed",
}
GROUPS: Final = ("measurement", "calibration", "interface", "hardware")
CALIBRATION_BITS: Final[Mapping[int, str]] = {
    0: "CP1: less than 1 pH from CP2",
    1: "CP1: no matching standard",
    2: "CP1: temperature too low",
    3: "CP1: temperature too high",
    4: "CP1: temperature not stable",
    5: "CP1: offset or slope too low",
    6: "CP1: offset or slope too high",
    7: "CP1: pH not stable",
    8: "CP2: less than 1 pH from CP1",
    9: "CP2: no matching standard",
    10: "CP2: temperature too low",
    11: "CP2: temperature too high",
    12: "CP2: temperature not stable",
    13: "CP2: offset or slope too low",
    14: "CP2: offset or slope too high",
    15: "CP2: pH not stable",
    24: "CP6: out of calibration range",
    25: "CP6: out of range",
    26: "CP6: active",
    27: "CP6: initial measurement",
    28: "CP6: assigned",
    30: "CP2: wrong unit",
    31: "CP1: wrong unit",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The status of a measured value; `frozen` means it is the last one before that."""

    frozen: bool
    out_of_operating_range: bool
    calibration: bool
    warning: bool
    error: bool

    @property
    def objections(self) -> tuple[str, ...]:
        """Why the value must not be used; empty if it may."""
        found = {
            "temperature out of the measuring range, value frozen": self.frozen,
            "temperature out of the operating range": self.out_of_operating_range,
            "sensor error": self.error,
        }
        return tuple(words for words, holds in found.items() if holds)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value with its status and the range that the sensor allows."""

    value: float
    unit: Unit
    status: Status
    low: float
    high: float

    def objections(self, expected: Unit) -> tuple[str, ...]:
        """Why the value must not be used as one in `expected`; empty if it may."""
        found = {
            f"measures in {self.unit.name.lower()}": self.unit is not expected,
            "no number": not math.isfinite(self.value),
        }
        return (*self.status.objections, *(words for words, holds in found.items() if holds))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the last calibration at one point came to."""

    messages: tuple[str, ...]
    ph: float


def long_from(words: Sequence[int], place: int = 0) -> int:
    """The unsigned 32-bit number at `place`, low word first; CodecError if there is none."""
    if len(words) < place + 2:
        raise CodecError(f"{len(words)} registers hold no number at {place}")
    return words[place] | words[place + 1] << 16


def long_to(value: int) -> list[int]:
    """An unsigned 32-bit number, low word first; CodecError if it does not fit."""
    if not 0 <= value <= ALL_BITS:
        raise CodecError(f"{value} does not fit into two registers")
    return [value & 0xFFFF, value >> 16]


def float_from(words: Sequence[int], place: int) -> float:
    """The IEEE 754 number at `place`, low word first."""
    return decode(FLOAT, words[place : place + 2])


def celsius_from(value: float, unit: Unit) -> float:
    """A temperature in Celsius; any other unit leaves it as it is."""
    match unit:
        case Unit.KELVIN:
            return value - KELVIN_AT_0_C
        case Unit.FAHRENHEIT:
            return (value - 32) / 1.8
        case _:
            return value


def decode_status(word: int) -> Status:
    """Read the status of a measured value; all zero is good."""
    return Status(
        frozen=bool(word & 1),
        out_of_operating_range=bool(word >> 1 & 1),
        calibration=bool(word >> 2 & 1),
        warning=bool(word >> 3 & 1),
        error=bool(word >> 4 & 1),
    )


def decode_measurement(words: Sequence[int]) -> Measurement:
    """Read a measurement record; temperatures come out in Celsius whatever their unit.

    Raises CodecError for another length or a unit that is none.
    """
    if len(words) != PH.length:
        raise CodecError(f"{len(words)} registers are no measurement")
    code = long_from(words)
    try:
        unit = Unit(code)
    except ValueError:
        raise CodecError(f"{code:#x} is no unit") from None
    numbers = [float_from(words, place) for place in (2, 6, 8)]
    value, low, high = (celsius_from(number, unit) for number in numbers)
    if unit in {Unit.KELVIN, Unit.FAHRENHEIT}:
        unit = Unit.CELSIUS
    return Measurement(value, unit, decode_status(long_from(words, 4)), low, high)


def decode_messages(words: Sequence[int], names: Mapping[tuple[int, int], str]) -> tuple[str, ...]:
    """The messages in a record of four groups of bits; a bit without a name by its number."""
    return tuple(
        names.get((place, bit), f"{group} bit {bit}")
        for place, group in enumerate(GROUPS)
        for bit in range(32)
        if long_from(words, 2 * place) >> bit & 1
    )


def decode_calibration(words: Sequence[int]) -> Calibration:
    """Read a calibration status record; raise CodecError for another length."""
    if len(words) != CALIBRATION_LENGTH:
        raise CodecError(f"{len(words)} registers are no calibration status")
    register = long_from(words)
    found = tuple(
        CALIBRATION_BITS.get(bit, f"bit {bit}") for bit in range(32) if register >> bit & 1
    )
    return Calibration(found, float_from(words, 4))


def is_ph(words: Sequence[int]) -> bool:
    """Whether a description says pH, with either character of a register first."""
    swapped = [(word & 0xFF) << 8 | word >> 8 for word in words]
    return "pH" in {text_from(words).strip(), text_from(swapped).strip()}
