"""Omron E5CC temperature controller over Modbus RTU, from communications manual H175.

9600 8E1; functions 3, 6, 16 and 17. Two-byte addresses 0x2000 and up, and the double words of the
four-byte mode (high word first) where a host needs them. Errors: 2 address, 3 data out of range or
an operation command that does not exist, 4 operation error (writing by communications is off,
auto-tuning runs, not possible in this state).

Chosen here, not stated by the source: the output is proportional to the distance from the
set-point; auto-tuning takes a minute; alarm 1 is of the type upper and lower limit and off while
both limits are 0; writing by communications is off after power-up (the harder case), RUN or STOP
stay as they were.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.registers import (
    DEVICE_FAILURE,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    RegisterMap,
    bits,
    long_number,
    number,
)
from sim_hardware.core.thermal_load import ThermalLoad, demand_pct
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Silence, Table
from sim_hardware.core.words import WordOrder

TENTH = 0.1
AUTO_TUNING_S = 60.0
MODEL = b"E5CC-QX2ASM-800"
COMMAND_ADDRESSES = frozenset({0x0000, 0xFFFF})
(
    WRITING, RUN_STOP, AUTO_TUNING, WRITE_MODE, SAVE, SOFTWARE_RESET, AUTO_MANUAL, LATCH_CANCEL,
) = (0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x09, 0x0C)  # fmt: skip
ALWAYS_TAKEN = frozenset({WRITING, SOFTWARE_RESET})


class OmronE5cc(RegisterInstrument):
    """One controller on one thermal load.

    `sensor_broken` is a fault: the process value runs to the top of the range and the output
    falls; set it by `break_sensor`. `eeprom_writes` is what wears the memory out.
    """

    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 11

    def __init__(
        self, clock: LineClock, load: ThermalLoad, *, low_c: float = 0.0, high_c: float = 400.0
    ) -> None:
        self._clock, self._load = clock, load
        self.low_c, self.high_c = low_c, high_c
        self.running = False
        self.writing = self.ram_mode = self.manual = False
        self.sensor_broken = False
        self.eeprom_writes = 0
        self._kept: dict[str, float] = {"setpoint_c": low_c, "upper_c": 0.0, "lower_c": 0.0}
        self._now = dict(self._kept)
        self._tuned_until_s = clock.now_s()
        self._commands: Mapping[int, Mapping[int, Callable[[], None]]] = self._command_table()
        self._map = RegisterMap(longest=106)
        self._build_map()

    @property
    def setpoint_c(self) -> float:
        """The set-point in use."""
        return self._now["setpoint_c"]

    @property
    def tuning(self) -> bool:
        """Whether auto-tuning runs."""
        return self._clock.now_s() < self._tuned_until_s

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Function 3; the controller knows no other way to read."""
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        return self._map.read(address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Functions 6 and 16: an operation command at 0x0000 or 0xFFFF, else a variable."""
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        if address in COMMAND_ADDRESSES and len(values) == 1:
            self._operate(values[0] >> 8, values[0] & 0xFF)
            return
        if not self.writing or self.tuning:
            self._map.read(address, len(values))  # a wrong address is found before the state
            raise ModbusFault(DEVICE_FAILURE)
        self._map.write(address, values)

    @override
    def server_id(self) -> bytes:
        """Function 17: identifier, running, model."""
        return b"\x01\xff" + MODEL

    @override
    def power_cycle(self) -> None:
        """What was written in RAM mode is lost."""
        self._now = dict(self._kept)
        self.writing = self.ram_mode = False
        self._tuned_until_s = self._clock.now_s()
        self._drive()

    def break_sensor(self, *, broken: bool) -> None:
        """Cut or mend the sensor's wires."""
        self.sensor_broken = broken
        self._drive()

    def process_value_c(self) -> float:
        """What the controller believes the temperature to be."""
        return self.high_c * 1.05 if self.sensor_broken else self._load.temperature_c()

    def output_pct(self) -> float:
        """The manipulated variable: heating positive, cooling negative."""
        if not self.running or self.sensor_broken or self.manual:
            return 0.0
        return demand_pct(self._load, self.setpoint_c)

    def status(self) -> int:
        """The 32 status bits."""
        output_pct = self.output_pct()
        flags = {
            6: self.sensor_broken,
            8: output_pct > 0,
            9: output_pct < 0,
            12: self._alarm(),
            20: self.ram_mode,
            21: self._now != self._kept,
            23: self.tuning,
            24: not self.running,
            25: self.writing,
            26: self.manual,
        }
        return sum(1 << bit for bit, on in flags.items() if on)

    def _alarm(self) -> bool:
        upper_c, lower_c = self._now["upper_c"], self._now["lower_c"]
        if upper_c == 0 and lower_c == 0:
            return False
        over_c = self.process_value_c() - self.setpoint_c
        return over_c >= upper_c or over_c <= -lower_c

    def _build_map(self) -> None:
        def double(read: Callable[[], float], scale: float = TENTH) -> None:
            self._map.add(next(doubles), long_number(read, order=WordOrder.HIGH_FIRST, scale=scale))

        def heating() -> float:
            return max(self.output_pct(), 0.0)

        def cooling() -> float:
            return max(-self.output_pct(), 0.0)

        def setpoint() -> float:
            return self.setpoint_c

        doubles = iter((0x0000, 0x0002, 0x0004, 0x0006, 0x0008, 0x000A))
        double(self.process_value_c)
        double(self.status, 1)
        double(setpoint)
        double(lambda: 0.0)
        double(heating)
        double(cooling)
        for address, read in {
            0x2000: self.process_value_c, 0x2002: setpoint, 0x2003: lambda: 0.0,
            0x2004: heating, 0x2005: cooling, 0x2402: self.process_value_c, 0x2403: setpoint,
        }.items():  # fmt: skip
            self._map.add(address, number(read, scale=TENTH))
        self._map.add(0x2001, bits(self.status))
        self._map.add(0x2406, bits(self.status))
        self._map.add(0x2407, bits(lambda: self.status() >> 16))
        self._map.add(0x2410, number(lambda: 1))
        low_c, high_c = self.low_c, self.high_c
        self._map.add(
            0x0106,
            long_number(
                setpoint, self._setter("setpoint_c"), order=WordOrder.HIGH_FIRST, scale=TENTH,
                low=low_c, high=high_c,
            ),
        )  # fmt: skip
        self._map.add(
            0x2103,
            number(setpoint, self._setter("setpoint_c"), scale=TENTH, low=low_c, high=high_c),
        )
        for address, key in {0x2105: "upper_c", 0x2106: "lower_c"}.items():
            self._map.add(
                address,
                number(self._getter(key), self._setter(key), scale=TENTH, low=-199.9, high=999.9),
            )

    def _getter(self, key: str) -> Callable[[], float]:
        return lambda: self._now[key]

    def _setter(self, key: str) -> Callable[[float], None]:
        def store(value: float) -> None:
            self._now[key] = value
            if not self.ram_mode:
                self._keep()
            self._drive()

        return store

    def _keep(self) -> None:
        self._kept = dict(self._now)
        self.eeprom_writes += 1

    def _drive(self) -> None:
        on = self.running and not self.sensor_broken and not self.manual
        self._load.regulate(self.setpoint_c if on else None)

    # --- operation commands ---

    def _operate(self, code: int, info: int) -> None:
        known = self._commands.get(code)
        if known is None or info not in known:
            raise ModbusFault(ILLEGAL_VALUE)
        stop_tuning = code == AUTO_TUNING and info == 0
        if code not in ALWAYS_TAKEN and not self.writing:
            raise ModbusFault(DEVICE_FAILURE)
        if self.tuning and code not in {WRITING, RUN_STOP, SOFTWARE_RESET} and not stop_tuning:
            raise ModbusFault(DEVICE_FAILURE)
        known[info]()

    def _command_table(self) -> Mapping[int, Mapping[int, Callable[[], None]]]:
        return {
            WRITING: {
                0: lambda: self._set_writing(on=False),
                1: lambda: self._set_writing(on=True),
            },
            RUN_STOP: {0: lambda: self._run(on=True), 1: lambda: self._run(on=False)},
            AUTO_TUNING: {0: self._end_tuning, 1: self._tune, 2: self._tune},
            WRITE_MODE: {0: self._backup_mode, 1: self._to_ram_mode},
            SAVE: {0: self._keep},
            SOFTWARE_RESET: {0: self._restart},
            AUTO_MANUAL: {0: lambda: self._hand(on=False), 1: lambda: self._hand(on=True)},
            LATCH_CANCEL: dict.fromkeys((0, 1, 2, 3, 4, 5, 15), self._nothing),
        }

    def _restart(self) -> None:
        self.power_cycle()
        raise Silence

    def _set_writing(self, *, on: bool) -> None:
        self.writing = on

    def _run(self, *, on: bool) -> None:
        self.running = on
        self._end_tuning()
        self._drive()

    def _hand(self, *, on: bool) -> None:
        self.manual = on
        self._drive()

    def _tune(self) -> None:
        if not self.running or self.manual:
            raise ModbusFault(DEVICE_FAILURE)
        self._tuned_until_s = self._clock.now_s() + AUTO_TUNING_S

    def _end_tuning(self) -> None:
        self._tuned_until_s = self._clock.now_s()

    def _backup_mode(self) -> None:
        self.ram_mode = False
        if self._now != self._kept:
            self._keep()

    def _to_ram_mode(self) -> None:
        self.ram_mode = True

    def _nothing(self) -> None:
        """No alarm of this controller is latched."""
