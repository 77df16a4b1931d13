"""Watlow EZ-ZONE controllers behind their gateway, over Modbus TCP or RTU, from the map-1 tables.

Zone z, register r is at address (z - 1) * 5000 + r. As delivered, 32-bit values come low word
first and temperatures in degrees F; both can be set.

Chosen here, not stated by the source: the heater power is proportional to the distance from the
set-point; registers 40 to 279 (block pointers and the block) are absent; the alarms 1 and 2 are
high and low deviation alarms at `alarm_c`, all others do not exist; MANUAL holds the output at 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.registers import (
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    Entry,
    RegisterMap,
    bits,
    real,
)
from sim_hardware.core.thermal_load import ThermalLoad, demand_pct
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Table
from sim_hardware.core.words import WordOrder, float_value, float_words

ZONE_STRIDE = 5000
(
    PROCESS_VALUE, INPUT_STATUS, ALARM_1, MODE_REQUESTED, MODE_ACTIVE, HEAT, COOL, OUTPUT,
    SETPOINT, ACTIVE_SETPOINT, UNITS,
) = (360, 362, 1496, 1880, 1882, 1904, 1906, 1908, 2160, 2172, 2490)  # fmt: skip
ALARM_STRIDE, ALARMS = 50, 4
INPUT_GOOD, INPUT_OPEN = 61, 65
FACTORY_SETPOINT_C = (75.0 - 32.0) / 1.8
ALARM_NONE, ALARM_LOW, ALARM_HIGH = 61, 8, 7


class Mode(IntEnum):
    """Control modes by Watlow's numbers."""

    AUTO = 10
    OFF = 62
    MANUAL = 54


class Units(IntEnum):
    """Display units of the communications by Watlow's numbers."""

    FAHRENHEIT = 30
    CELSIUS = 15


@dataclass
class Zone:
    """One controller: its load, its set-point and its faults.

    `sensor_open` is a fault, set by `WatlowEzzone.break_sensor`.
    """

    load: ThermalLoad
    setpoint_c: float = FACTORY_SETPOINT_C
    mode: Mode = Mode.AUTO
    sensor_open: bool = False

    def drive(self) -> None:
        """Tell the load what this zone does."""
        on = self.mode is Mode.AUTO and not self.sensor_open
        self.load.regulate(self.setpoint_c if on else None)

    def output_pct(self) -> float:
        """Heater power."""
        on = self.mode is Mode.AUTO and not self.sensor_open
        return max(demand_pct(self.load, self.setpoint_c), 0.0) if on else 0.0

    def alarm_state(self, index: int, alarm_c: float) -> int:
        """State of an alarm: the first is high deviation, the second low."""
        if self.sensor_open or self.mode is Mode.OFF or index > 1:
            return ALARM_NONE
        over_c = self.load.temperature_c() - self.setpoint_c
        if index == 0:
            return ALARM_HIGH if over_c > alarm_c else ALARM_NONE
        return ALARM_LOW if over_c < -alarm_c else ALARM_NONE


class WatlowEzzone(RegisterInstrument):
    """A gateway with one controller per load, the first being zone 1 (at most 16)."""

    turnaround_s: ClassVar[float] = 0.010
    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 10

    def __init__(
        self,
        clock: LineClock,
        loads: Sequence[ThermalLoad],
        *,
        word_order: WordOrder = WordOrder.LOW_FIRST,
        units: Units = Units.FAHRENHEIT,
        low_c: float = 0.0,
        high_c: float = 400.0,
        alarm_c: float = 25.0,
    ) -> None:
        self._clock = clock
        self._order, self.units = word_order, units
        self.low_c, self.high_c, self.alarm_c = low_c, high_c, alarm_c
        self.eeprom_writes = 0  # of set-points: each wears the memory
        self.zones = [Zone(load) for load in loads]
        self._map = RegisterMap()
        for index, zone in enumerate(self.zones):
            self._map_zone(index * ZONE_STRIDE, zone)
            zone.drive()

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Functions 3 and 4 read the same registers."""
        if table not in {Table.HOLDING, Table.INPUT}:
            raise ModbusFault(ILLEGAL_FUNCTION)
        return self._map.read(address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Functions 6 and 16; half a set-point is refused."""
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        self._map.write(address, values)

    @override
    def power_cycle(self) -> None:
        """Everything is kept: control goes on by itself."""
        for zone in self.zones:
            zone.drive()

    def break_sensor(self, zone: int, *, broken: bool) -> None:
        """Cut or mend the thermocouple of zone 1 and up."""
        self.zones[zone - 1].sensor_open = broken
        self.zones[zone - 1].drive()

    def _map_zone(self, base: int, zone: Zone) -> None:
        def temperature_c() -> float:
            return zone.load.temperature_c()

        def setpoint_c() -> float:
            return zone.setpoint_c

        add, order = self._map.add, self._order
        add(base + PROCESS_VALUE, self._shown(temperature_c))
        add(base + INPUT_STATUS, bits(lambda: INPUT_OPEN if zone.sensor_open else INPUT_GOOD))
        add(
            base + MODE_REQUESTED,
            _choice(lambda: zone.mode, self._mode_setter(zone), frozenset(Mode)),
        )
        add(base + MODE_ACTIVE, bits(lambda: zone.mode))
        add(base + HEAT, real(zone.output_pct, order=order))
        add(base + COOL, real(lambda: 0.0, order=order))
        add(base + OUTPUT, real(zone.output_pct, order=order))
        add(base + SETPOINT, self._shown(setpoint_c, self._setpoint_setter(zone)))
        add(base + ACTIVE_SETPOINT, self._shown(setpoint_c))
        add(base + UNITS, _choice(lambda: self.units, self._set_units, frozenset(Units)))
        for index in range(ALARMS):
            add(base + ALARM_1 + index * ALARM_STRIDE, bits(self._alarm(zone, index)))

    def _shown(
        self, read_c: Callable[[], float], store_c: Callable[[float], None] | None = None
    ) -> Entry:
        """A temperature in the units of the communications; the range is kept in C."""
        return Entry(
            2,
            lambda value_c: float_words(self._to_shown(value_c), self._order),
            lambda words: self._from_shown(float_value(words, self._order)),
            read_c,
            store_c,
            self.low_c,
            self.high_c,
        )

    def _to_shown(self, celsius: float) -> float:
        return celsius if self.units is Units.CELSIUS else celsius * 1.8 + 32.0

    def _from_shown(self, value: float) -> float:
        return value if self.units is Units.CELSIUS else (value - 32.0) / 1.8

    def _setpoint_setter(self, zone: Zone) -> Callable[[float], None]:
        def store(value_c: float) -> None:
            zone.setpoint_c = value_c
            self.eeprom_writes += 1
            zone.drive()

        return store

    def _mode_setter(self, zone: Zone) -> Callable[[float], None]:
        def store(value: float) -> None:
            zone.mode = Mode(int(value))
            zone.drive()

        return store

    def _set_units(self, value: float) -> None:
        self.units = Units(int(value))

    def _alarm(self, zone: Zone, index: int) -> Callable[[], int]:
        return lambda: zone.alarm_state(index, self.alarm_c)


def _choice(
    read: Callable[[], int], store: Callable[[float], None], allowed: frozenset[int]
) -> Entry:
    """A register that takes some numbers only."""

    def decode(words: Sequence[int]) -> float:
        if words[0] not in allowed:
            raise ModbusFault(ILLEGAL_VALUE)
        return words[0]

    return Entry(1, lambda value: (int(value),), decode, read, store)
