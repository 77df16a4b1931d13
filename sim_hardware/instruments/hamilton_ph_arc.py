"""Hamilton pH Arc sensor over Modbus RTU, from the programmer's manuals EPHUM011 to EPHUM031.

19200 8N2; functions 3, 4 and 16. The manual counts registers from 1, so the address on the wire is
one less. Every value has 32 bits, low word first. A record is read or written from its first
register and whole; anything else is an illegal address. Who may write depends on the operator
level, which falls back to user at power-up. Outside the measuring range of temperature, values are
frozen as they were read last.

Chosen here, not stated by the source: text has the low byte first; a level that is too low is
met with exception 2, a wrong password or value with 3; writing one register is an unknown function;
measuring -20 to 130 C, operating -10 to 130 C, calibrating 5 to 50 C; a buffer further than 0.5 pH
from the reading is no known standard; a change of the address is stored and shown only; the moving
average is stored only; the product calibration can be read only.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.registers import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Table
from sim_hardware.core.words import WordOrder, float_value, float_words, text_words
from sim_hardware.instruments.hamilton_ph_arc_calibration import Calibration, ProcessLiquid

RECALL = 732255
WORST_QUALITY_PCT = 15.0
LOWEST_PH, HIGHEST_PH = 0.0, 14.0
MEASURING_C, OPERATING_C, CALIBRATING_C = (-20.0, 130.0), (-10.0, 130.0), (5.0, 50.0)
LAST_ADDRESS, LONGEST_AVERAGE = 32, 16


class Level(IntEnum):
    """Operator levels."""

    USER = 0x03
    ADMINISTRATOR = 0x0C
    SPECIALIST = 0x30


class Unit(IntFlag):
    """Physical units."""

    NONE = 0x1
    KELVIN = 0x2
    CELSIUS = 0x4
    FAHRENHEIT = 0x8
    PH = 0x1000


class State(IntFlag):
    """Status of a measured value."""

    OUT_OF_MEASURING = 1 << 0
    OUT_OF_OPERATING = 1 << 1
    CALIBRATION = 1 << 2
    WARNING = 1 << 3
    ERROR = 1 << 4


class MeasurementError(IntFlag):
    """Errors of the measurement."""

    GLASS_HIGH = 1 << 5
    GLASS_LOW = 1 << 6
    REFERENCE_HIGH = 1 << 7
    REFERENCE_LOW = 1 << 8
    AUXILIARY_POTENTIAL_HIGH = 1 << 15
    AUXILIARY_POTENTIAL_LOW = 1 << 16
    AUXILIARY_HIGH = 1 << 17
    AUXILIARY_LOW = 1 << 18
    TEMPERATURE_SENSOR = 1 << 25


CALIBRATION_RECOMMENDED, LAST_CALIBRATION_FAILED = 1 << 0, 1 << 1
SENSOR_FAILURE = 1 << 1
INTERNAL_COMMUNICATION = 1 << 24


@dataclass
class Groups:
    """Warnings or errors in the four groups of the sensor."""

    measurement: int = 0
    calibration: int = 0
    interface: int = 0
    hardware: int = 0

    def words(self) -> list[int]:
        """The record of them."""
        return _longs(self.measurement, self.calibration, self.interface, self.hardware)


Read = Callable[[], list[int]]
Store = Callable[[Sequence[int]], None]


class HamiltonPhArc(RegisterInstrument):
    """One sensor. `warnings` and `errors` are faults; `quality_pct` below 15 is one too."""

    line_baud: ClassVar[int] = 19200
    char_bits: ClassVar[int] = 11

    def __init__(self, liquid: ProcessLiquid, *, address: int = 1) -> None:
        self._liquid = liquid
        self.address = address
        self.calibration = Calibration(liquid)
        self.warnings, self.errors = Groups(), Groups()
        self.quality_pct = 100.0
        self.memory_writes = 0
        self.level = Level.USER
        self._calibration_failed = False
        self._frozen_ph, self._frozen_c = 7.0, 25.0
        self._factory()
        self._records = self._reading_table()
        self._writers = self._writing_table()

    def _factory(self) -> None:
        self._passwords = {Level.ADMINISTRATOR: 18111978, Level.SPECIALIST: 16021966}
        self._temperature_unit = Unit.CELSIUS
        self._average = 2

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Functions 3 and 4, of whole records."""
        if table not in {Table.HOLDING, Table.INPUT}:
            raise ModbusFault(ILLEGAL_FUNCTION)
        record = self._records.get(address)
        if record is None or record[0] != count:
            raise ModbusFault(ILLEGAL_ADDRESS)
        return record[1]()

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Function 16, of whole records."""
        if table is not Table.HOLDING or len(values) == 1:
            raise ModbusFault(ILLEGAL_FUNCTION)
        writer = self._writers.get(address)
        if writer is None or writer[0] != len(values) or self.level not in writer[1]:
            raise ModbusFault(ILLEGAL_ADDRESS)
        writer[2](values)

    @override
    def power_cycle(self) -> None:
        """Back to the user level; everything else is kept."""
        self.level = Level.USER

    def ph(self) -> float:
        """What is shown for the pH."""
        self._measure()
        return self._frozen_ph

    def temperature_c(self) -> float:
        """What is shown for the temperature, in C."""
        self._measure()
        return self._frozen_c

    def state(self) -> State:
        """Status of both measured values."""
        celsius = self._liquid.temperature_c()
        warnings, errors = self._all_warnings(), self._all_errors()
        bits = {
            State.OUT_OF_MEASURING: not _within(celsius, MEASURING_C),
            State.OUT_OF_OPERATING: not _within(celsius, OPERATING_C),
            State.CALIBRATION: bool(self.calibration.status),
            State.WARNING: warnings != Groups(),
            State.ERROR: errors != Groups(),
        }
        return State(sum(bit for bit, on in bits.items() if on))

    def _measure(self) -> None:
        celsius = self._liquid.temperature_c()
        if self.errors.measurement & MeasurementError.TEMPERATURE_SENSOR:
            return
        if _within(celsius, MEASURING_C):
            self._frozen_c = celsius
            self._frozen_ph = min(max(self.calibration.ph(), LOWEST_PH), HIGHEST_PH)

    def _all_warnings(self) -> Groups:
        failed = LAST_CALIBRATION_FAILED if self._calibration_failed else 0
        return replace(self.warnings, calibration=self.warnings.calibration | failed)

    def _all_errors(self) -> Groups:
        failure = SENSOR_FAILURE if self.quality_pct < WORST_QUALITY_PCT else 0
        return replace(self.errors, calibration=self.errors.calibration | failure)

    # --- records, by the manual's register numbers ---

    def _reading_table(self) -> dict[int, tuple[int, Read]]:
        records: dict[int, tuple[int, Read]] = {
            2080: (8, lambda: text_words("pH", 16)),
            2088: (2, lambda: _longs(Unit.PH)),
            2090: (10, self._ph_record),
            2400: (8, lambda: text_words("T", 16)),
            2408: (2, lambda: _longs(Unit.KELVIN | Unit.CELSIUS | Unit.FAHRENHEIT)),
            2410: (10, self._temperature_record),
            3360: (8, lambda: text_words("Moving average", 16)),
            3368: (2, lambda: _longs(Unit.NONE)),
            3370: (8, lambda: _longs(Unit.NONE, self._average, 1, LONGEST_AVERAGE)),
            4096: (2, lambda: _longs(self.address)),
            4098: (4, lambda: _longs(1, LAST_ADDRESS)),
            4288: (4, lambda: _longs(self.level, 0)),
            4608: (4, lambda: _reals(*OPERATING_C)),
            4612: (4, lambda: _reals(*MEASURING_C)),
            4616: (4, lambda: _reals(*CALIBRATING_C)),
            4736: (8, lambda: self._all_warnings().words()),
            4800: (8, lambda: self._all_errors().words()),
            4872: (2, lambda: _reals(self.quality_pct)),
            5158: (6, lambda: self._point_record(self.calibration.points[1].buffer_ph)),
            5190: (6, lambda: self._point_record(self.calibration.points[2].buffer_ph)),
            5318: (6, lambda: self._point_record(self.calibration.product_ph)),
        }
        return {register - 1: record for register, record in records.items()}

    def _writing_table(self) -> dict[int, tuple[int, frozenset[Level], Store]]:
        anyone, specialist = frozenset(Level), frozenset({Level.SPECIALIST})
        trained = anyone - {Level.USER}
        writers: dict[int, tuple[int, frozenset[Level], Store]] = {
            2090: (2, specialist, self._set_ph_unit),
            2410: (2, specialist, self._set_temperature_unit),
            3370: (4, specialist, self._set_average),
            4096: (2, specialist, self._set_address),
            4288: (4, anyone, self._set_level),
            4292: (4, specialist, self._set_password),
            5162: (2, trained, lambda words: self._calibrate(1, words)),
            5194: (2, trained, lambda words: self._calibrate(2, words)),
            8192: (2, specialist, self._recall),
        }
        return {register - 1: writer for register, writer in writers.items()}

    def _ph_record(self) -> list[int]:
        return [
            *_longs(Unit.PH),
            *_reals(self.ph()),
            *_longs(self.state()),
            *_reals(LOWEST_PH, HIGHEST_PH),
        ]

    def _temperature_record(self) -> list[int]:
        low, high = (self._in_unit(celsius) for celsius in MEASURING_C)
        return [
            *_longs(self._temperature_unit),
            *_reals(self._in_unit(self.temperature_c())),
            *_longs(self.state()),
            *_reals(low, high),
        ]

    def _in_unit(self, celsius: float) -> float:
        if self._temperature_unit is Unit.KELVIN:
            return celsius + 273.15
        return celsius * 1.8 + 32.0 if self._temperature_unit is Unit.FAHRENHEIT else celsius

    def _point_record(self, buffer_ph: float) -> list[int]:
        return [*_longs(self.calibration.status, Unit.PH), *_reals(buffer_ph)]

    def _set_ph_unit(self, words: Sequence[int]) -> None:
        if _long_values(words) != (Unit.PH,):
            raise ModbusFault(ILLEGAL_VALUE)
        self.memory_writes += 1

    def _set_temperature_unit(self, words: Sequence[int]) -> None:
        (value,) = _long_values(words)
        if value not in {Unit.KELVIN, Unit.CELSIUS, Unit.FAHRENHEIT}:
            raise ModbusFault(ILLEGAL_VALUE)
        self._temperature_unit = Unit(value)
        self.memory_writes += 1

    def _set_average(self, words: Sequence[int]) -> None:
        unit, value = _long_values(words)
        if unit != Unit.NONE or not 1 <= value <= LONGEST_AVERAGE:
            raise ModbusFault(ILLEGAL_VALUE)
        self._average = value
        self.memory_writes += 1

    def _set_address(self, words: Sequence[int]) -> None:
        (value,) = _long_values(words)
        if not 1 <= value <= LAST_ADDRESS:
            raise ModbusFault(ILLEGAL_VALUE)
        self.address = value
        self.memory_writes += 1

    def _set_level(self, words: Sequence[int]) -> None:
        value, password = _long_values(words)
        if value not in set(Level) or password != self._passwords.get(Level(value), 0):
            raise ModbusFault(ILLEGAL_VALUE)
        self.level = Level(value)

    def _set_password(self, words: Sequence[int]) -> None:
        value, password = _long_values(words)
        if value not in {Level.ADMINISTRATOR, Level.SPECIALIST}:
            raise ModbusFault(ILLEGAL_VALUE)
        self._passwords[Level(value)] = password
        self.memory_writes += 1

    def _calibrate(self, point: int, words: Sequence[int]) -> None:
        buffer_ph = float_value(words, WordOrder.LOW_FIRST)
        if not LOWEST_PH <= buffer_ph <= HIGHEST_PH:
            raise ModbusFault(ILLEGAL_VALUE)
        self._calibration_failed = not self.calibration.calibrate(point, buffer_ph)
        self.memory_writes += 1

    def _recall(self, words: Sequence[int]) -> None:
        if _long_values(words) != (RECALL,):
            raise ModbusFault(ILLEGAL_VALUE)
        self._factory()
        self.calibration.recall()
        self._calibration_failed = False
        self.memory_writes += 1


def _within(celsius: float, span: tuple[float, float]) -> bool:
    return span[0] <= celsius <= span[1]


def _reals(*values: float) -> list[int]:
    return [word for value in values for word in float_words(value, WordOrder.LOW_FIRST)]


def _longs(*values: int) -> list[int]:
    return [half for value in values for half in (value & 0xFFFF, value >> 16 & 0xFFFF)]


def _long_values(words: Sequence[int]) -> tuple[int, ...]:
    return struct.unpack(f"<{len(words) // 2}I", struct.pack(f"<{len(words)}H", *words))
