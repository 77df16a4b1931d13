"""Lumel RE72 controller over Modbus RTU, from the register tables of its user's manual.

9600 8N2; functions 3, 6, 16 and 17. Integers with one decimal place from 4000, floats in two
registers (high word first) from 7000.

Chosen here, not stated by the source: the output is proportional to the distance from the active
set-point; a broken sensor shows 5 % above the range and takes the output away.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.registers import ILLEGAL_FUNCTION, RegisterMap, number, real
from sim_hardware.core.thermal_load import ThermalLoad, demand_pct
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Table
from sim_hardware.core.words import WordOrder

TENTH = 0.1
MODEL = b"RE72-122200E0"
SETPOINTS = 4
PROCESS_VALUE, ACTIVE, INDEX, FIRST_SETPOINT = 4006, 4008, 4042, 4084
FLOAT_PROCESS_VALUE, FLOAT_ACTIVE, FLOAT_OUTPUT_1, FLOAT_OUTPUT_2 = 7000, 7004, 7006, 7008
FLOAT_SETPOINT_0 = 7008  # set-point n follows at 7008 + 2n


class LumelRe72(RegisterInstrument):
    """One controller on one thermal load; `sensor_broken` is a fault, set by `break_sensor`."""

    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 11

    def __init__(
        self, clock: LineClock, load: ThermalLoad, *, low_c: float = -50.0, high_c: float = 400.0
    ) -> None:
        self._clock, self._load = clock, load
        self.low_c, self.high_c = low_c, high_c
        self.sensor_broken = False
        self.index = 0
        self.setpoints_c = [0.0] * SETPOINTS
        self.eeprom_writes = 0
        self._map = RegisterMap()
        self._build_map()
        self._drive()

    @property
    def setpoint_c(self) -> float:
        """The active set-point."""
        return self.setpoints_c[self.index]

    def process_value_c(self) -> float:
        """What the controller believes the temperature to be."""
        return self.high_c * 1.05 if self.sensor_broken else self._load.temperature_c()

    def output_pct(self) -> float:
        """Output 1, heating."""
        return 0.0 if self.sensor_broken else max(demand_pct(self._load, self.setpoint_c), 0.0)

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Function 3."""
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        return self._map.read(address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Functions 6 and 16."""
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        self._map.write(address, values)

    @override
    def server_id(self) -> bytes:
        """Function 17: identifier, running, model."""
        return b"\x01\xff" + MODEL

    @override
    def power_cycle(self) -> None:
        """Set-points are kept; control goes on by itself."""
        self._drive()

    def break_sensor(self, *, broken: bool) -> None:
        """Cut or mend the sensor's wires."""
        self.sensor_broken = broken
        self._drive()

    def _build_map(self) -> None:
        def active() -> float:
            return self.setpoint_c

        self._map.add(PROCESS_VALUE, number(self.process_value_c, scale=TENTH))
        self._map.add(ACTIVE, number(active, scale=TENTH))
        self._map.add(INDEX, number(lambda: self.index, self._select, low=0, high=SETPOINTS - 1))
        high_first = WordOrder.HIGH_FIRST
        self._map.add(FLOAT_PROCESS_VALUE, real(self.process_value_c, order=high_first))
        self._map.add(FLOAT_ACTIVE, real(active, order=high_first))
        self._map.add(FLOAT_OUTPUT_1, real(self.output_pct, order=high_first))
        self._map.add(FLOAT_OUTPUT_2, real(lambda: 0.0, order=high_first))
        for index in range(SETPOINTS):
            self._map_setpoint(index)

    def _map_setpoint(self, index: int) -> None:
        def read() -> float:
            return self.setpoints_c[index]

        store = self._setter(index)
        low_c, high_c = self.low_c, self.high_c
        self._map.add(
            FIRST_SETPOINT + index, number(read, store, scale=TENTH, low=low_c, high=high_c)
        )
        self._map.add(
            FLOAT_SETPOINT_0 + 2 * (index + 1),
            real(read, store, order=WordOrder.HIGH_FIRST, low=low_c, high=high_c),
        )

    def _setter(self, index: int) -> Callable[[float], None]:
        def store(value: float) -> None:
            self.setpoints_c[index] = value
            self.eeprom_writes += 1
            self._drive()

        return store

    def _select(self, index: float) -> None:
        self.index = int(index)
        self._drive()

    def _drive(self) -> None:
        self._load.regulate(None if self.sensor_broken else self.setpoint_c)
