"""Eurotherm 3216 controller over Modbus RTU, from the parameter list of its engineering manual.

9600 8N1; functions 3, 4, 6 and 16. Parameter p is at register p as an integer with one decimal
place, and again at 2p + 32768 as an IEEE float in two registers, high word first.

Chosen here, not stated by the source: the output is proportional to the distance from the
set-point; a sensor break shows 10 % above the range; function 17 is not known to it; the remote
set-point falls to 0 at power-up; the error is process value minus set-point.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.registers import (
    ILLEGAL_FUNCTION,
    RegisterMap,
    bits,
    number,
    real,
)
from sim_hardware.core.thermal_load import ThermalLoad, demand_pct
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Table
from sim_hardware.core.words import WordOrder

TENTH = 0.1
FLOAT_AREA = 32768
PROCESS_VALUE, TARGET, OUTPUT, WORKING_OUTPUT, WORKING_SETPOINT = 1, 2, 3, 4, 5
SELECT, PROGRAM, SETPOINT_1, SETPOINT_2, REMOTE_SETPOINT = 15, 23, 24, 25, 26
RAMP_RATE, ERROR, STATUS, RATE_DISABLED = 35, 39, 75, 78
MANUAL, REMOTE, PROCESS_VALUE_ALIAS, END_TYPE, CYCLES, RAMP_UNITS = 273, 276, 289, 328, 332, 531
SECONDS_PER_UNIT = (60.0, 3600.0, 1.0)  # ramp units 0 minutes, 1 hours, 2 seconds


class Eurotherm3216(RegisterInstrument):
    """One controller on one thermal load.

    `sensor_broken` is a fault, set by `break_sensor`. `eeprom_writes` counts what wears the
    memory out: every write of SP1, SP2 or of the target that stands for them.
    """

    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 10

    def __init__(
        self, clock: LineClock, load: ThermalLoad, *, low_c: float = 0.0, high_c: float = 500.0
    ) -> None:
        self._clock, self._load = clock, load
        self.low_c, self.high_c = low_c, high_c
        self.sensor_broken = False
        self.eeprom_writes = 0
        self._kept: dict[int, float] = {
            SELECT: 0, SETPOINT_1: low_c, SETPOINT_2: low_c, RAMP_RATE: 0.0, RATE_DISABLED: 0,
            END_TYPE: 0, CYCLES: 1, RAMP_UNITS: 0, MANUAL: 0, REMOTE: 0, PROGRAM: 0,
        }  # fmt: skip
        self._remote_c, self._manual_pct = 0.0, 0.0
        self._ramp_from_c, self._ramp_since_s = self.target_c, clock.now_s()
        self._map = RegisterMap()
        self._build_map()
        self._drive()

    @property
    def target_c(self) -> float:
        """The set-point that is selected."""
        if self._kept[REMOTE]:
            return self._remote_c
        return self._kept[SETPOINT_2 if self._kept[SELECT] else SETPOINT_1]

    def working_c(self) -> float:
        """The set-point that the loop works on: it walks to the target at the ramp rate."""
        rate = self._kept[RAMP_RATE]
        if rate == 0 or self._kept[RATE_DISABLED]:
            return self.target_c
        per_s = rate / SECONDS_PER_UNIT[int(self._kept[RAMP_UNITS])]
        walked_c = per_s * (self._clock.now_s() - self._ramp_since_s)
        way_c = self.target_c - self._ramp_from_c
        return self.target_c if walked_c >= abs(way_c) else (
            self._ramp_from_c + (walked_c if way_c > 0 else -walked_c)
        )  # fmt: skip

    def process_value_c(self) -> float:
        """What the controller believes the temperature to be."""
        span_c = self.high_c - self.low_c
        return self.high_c + 0.1 * span_c if self.sensor_broken else self._load.temperature_c()

    def output_pct(self) -> float:
        """The working output."""
        if self._kept[MANUAL]:
            return self._manual_pct
        return 0.0 if self.sensor_broken else max(demand_pct(self._load, self.working_c()), 0.0)

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Functions 3 and 4 read the same registers."""
        if table not in {Table.HOLDING, Table.INPUT}:
            raise ModbusFault(ILLEGAL_FUNCTION)
        return self._map.read(address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Functions 6 and 16."""
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        self._map.write(address, values)

    @override
    def power_cycle(self) -> None:
        """The remote set-point is lost; everything else is kept."""
        self._remote_c = 0.0
        self._restart_ramp(self.process_value_c())

    def break_sensor(self, *, broken: bool) -> None:
        """Cut or mend the sensor's wires."""
        self.sensor_broken = broken
        self._drive()

    def _build_map(self) -> None:
        readings: dict[int, Callable[[], float]] = {
            PROCESS_VALUE: self.process_value_c,
            PROCESS_VALUE_ALIAS: self.process_value_c,
            WORKING_SETPOINT: self.working_c,
            ERROR: lambda: self.process_value_c() - self.working_c(),
        }
        for parameter, read in readings.items():
            self._add(parameter, read)
        low_c, high_c = self.low_c, self.high_c
        self._add(TARGET, lambda: self.target_c, self._store_target, low=low_c, high=high_c)
        self._add(OUTPUT, self.output_pct, self._store_output, low=0.0, high=100.0)
        self._add(WORKING_OUTPUT, self.output_pct, self._store_output, low=0.0, high=100.0)
        self._add(REMOTE_SETPOINT, lambda: self._remote_c, self._store_remote, low=low_c,
                  high=high_c)  # fmt: skip
        for parameter in (SETPOINT_1, SETPOINT_2):
            self._add(parameter, self._getter(parameter), self._setter(parameter), low=low_c,
                      high=high_c)  # fmt: skip
        self._add(RAMP_RATE, self._getter(RAMP_RATE), self._setter(RAMP_RATE), low=0.0, high=300.0)
        for parameter, highest in {
            SELECT: 1, PROGRAM: 3, RATE_DISABLED: 1, MANUAL: 1, REMOTE: 1, END_TYPE: 3,
            CYCLES: 100, RAMP_UNITS: 2,
        }.items():  # fmt: skip
            self._add(parameter, self._getter(parameter), self._setter(parameter), low=0,
                      high=highest, scale=1.0)  # fmt: skip
        self._map.add(STATUS, bits(self._status))
        self._map.add(2 * STATUS + FLOAT_AREA, real(self._status, order=WordOrder.HIGH_FIRST))

    def _add(
        self,
        parameter: int,
        read: Callable[[], float],
        store: Callable[[float], None] | None = None,
        *,
        low: float = 0.0,
        high: float = 0.0,
        scale: float = TENTH,
    ) -> None:
        self._map.add(parameter, number(read, store, scale=scale, low=low, high=high))
        self._map.add(
            2 * parameter + FLOAT_AREA,
            real(read, store, order=WordOrder.HIGH_FIRST, low=low, high=high),
        )

    def _status(self) -> int:
        flags = {
            4: self._kept[MANUAL] != 0,
            5: self.sensor_broken,
            13: self._kept[PROGRAM] == 1,
        }
        return sum(1 << bit for bit, on in flags.items() if on)

    def _getter(self, parameter: int) -> Callable[[], float]:
        return lambda: self._kept[parameter]

    def _setter(self, parameter: int) -> Callable[[float], None]:
        def store(value: float) -> None:
            working_c = self.working_c()
            self._kept[parameter] = value
            self.eeprom_writes += parameter in {SETPOINT_1, SETPOINT_2}
            self._restart_ramp(working_c)

        return store

    def _store_target(self, value: float) -> None:
        if self._kept[REMOTE]:
            self._store_remote(value)
        else:
            self._setter(SETPOINT_2 if self._kept[SELECT] else SETPOINT_1)(value)

    def _store_remote(self, value: float) -> None:
        working_c, self._remote_c = self.working_c(), value
        self._restart_ramp(working_c)

    def _store_output(self, value: float) -> None:
        self._manual_pct = value  # without effect until the controller is in manual

    def _restart_ramp(self, from_c: float) -> None:
        self._ramp_from_c, self._ramp_since_s = from_c, self._clock.now_s()
        self._drive()

    def _drive(self) -> None:
        if self._kept[MANUAL] or self.sensor_broken:
            self._load.regulate(None)
        else:
            self._load.regulate(self.target_c)
