"""Xylem Hydrovar HVL pump drive over Modbus RTU, from the maker's Modbus parameter list.

9600 8N1 as delivered, 115200 possible; functions 3, 6 and 16. Pressures count in 0.01 bar,
frequencies in 0.1 Hz, 32-bit values have the high word first. Asked for the nominal motor current
the drive announces eight data bytes and sends four. Before a message the bus must be silent for
1.75 ms.

Chosen here, not stated by the source: a message that comes while the one before is worked on or
within that silence is not heard; the motor ramps at 12.5 Hz/s; as a controller the drive finds the
frequency for the required pressure at once, never below the minimum frequency, and rests at 0 bar;
only modes 0 and 3 are fitted; required value 2 and frequency 2 follow those of 1 by one address;
required value 1 counts only when it is digital; reset mode 0 keeps an error until its cause is
gone and the drive is stopped or disabled, mode 1 takes it back by itself five times; without
water the motor stops at once; settings are kept, and with `autostart` a drive that was started
runs again after a mains failure; the bus address cannot be changed here.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import IntFlag
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.registers import (
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    ROUNDING,
    Entry,
    RegisterMap,
    bits,
    long_number,
    number,
)
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Silence, Table
from sim_hardware.core.words import WordOrder, signed
from sim_hardware.instruments.xylem_hydrovar_drive import (
    Fault,
    Mode,
    PumpDrive,
    PumpedCircuit,
    Register,
)

BUS_SILENCE_S = 0.00175
BAR, HZ, AMPERE = 0.01, 0.1, 0.01
HIGHEST_BAR, HIGHEST_HZ, LOWEST_MAXIMUM_HZ = 16.0, 70.0, 30.0
MAINS_VOLTS, AMBIENT_C, WARMTH_C = 400.0, 25.0, 30.0
READ_HOLDING, WRONG_COUNT = 3, 8


class Status(IntFlag):
    """Bits of the device status."""

    PRESET = 1 << 0
    READY = 1 << 1
    ERROR = 1 << 2
    WARNING = 1 << 3
    TERMINAL_CLOSED = 1 << 4
    STARTED = 1 << 5
    MOTOR_RUNS = 1 << 6
    SOLO_RUN = 1 << 14
    INVERTER_ON = 1 << 15


class XylemHydrovar(RegisterInstrument):
    """One drive. The plant calls `recheck` when the terminal, the water or the pipes change.

    `warning` is what it says; errors come by `trip` and their causes go by `clear`.
    """

    turnaround_s: ClassVar[float] = 0.005
    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 10

    def __init__(
        self,
        clock: LineClock,
        circuit: PumpedCircuit,
        *,
        address: int = 1,
        nominal_amps: float = 4.7,
        autostart: bool = True,
    ) -> None:
        self._clock = clock
        self.drive = PumpDrive(clock, circuit)
        self.address, self.nominal_amps, self.autostart = address, nominal_amps, autostart
        self.warning = False
        self._deaf_until_s = clock.now_s()
        self._asked = 0
        self._map = RegisterMap()
        self._map_readings()
        self._map_settings()

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Function 3."""
        self._hear(table)
        self._asked = address
        return self._map.read(address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Functions 6 and 16."""
        self._hear(table)
        self._map.write(address, values)

    @override
    def as_sent(self, reply: bytes) -> bytes:
        """The nominal current goes out with the wrong count of bytes."""
        if reply[0] == READ_HOLDING and self._asked == Register.NOMINAL_CURRENT:
            return reply[:1] + bytes([WRONG_COUNT]) + reply[2:]
        return reply

    @override
    def power_cycle(self) -> None:
        """Settings are kept; the drive runs again by itself if it was started and may."""
        self._deaf_until_s = self._clock.now_s()
        self.drive.mains_failed(autostart=self.autostart)

    def recheck(self) -> None:
        """Look at terminal, water and pipes again."""
        self.drive.settle()

    def trip(self, fault: Fault) -> None:
        """Something goes wrong: the motor runs down."""
        self.drive.causes |= fault
        self.drive.errors |= fault
        self.drive.settle()

    def clear(self, fault: Fault) -> None:
        """The cause is gone; whether the error goes too depends on the reset mode."""
        self.drive.causes &= ~fault
        self.drive.settle()

    def status(self) -> Status:
        """The device status."""
        drive = self.drive
        flags = {
            Status.PRESET: True,
            Status.READY: not drive.errors,
            Status.ERROR: bool(drive.errors),
            Status.WARNING: self.warning,
            Status.TERMINAL_CLOSED: drive.enabled(),
            Status.STARTED: drive.started,
            Status.MOTOR_RUNS: drive.frequency_hz() > 0.0,
            Status.INVERTER_ON: drive.goal_hz > 0.0,
        }
        return Status(sum(flag for flag, on in flags.items() if on))

    def _hear(self, table: Table) -> None:
        now_s = self._clock.now_s()
        if now_s < self._deaf_until_s:
            raise Silence
        self._deaf_until_s = now_s + self.turnaround_s + BUS_SILENCE_S
        if table is not Table.HOLDING:
            raise ModbusFault(ILLEGAL_FUNCTION)
        self.drive.settle()

    # --- the map ---

    def _effective(self) -> float:
        """What is driven to, as a raw number in the unit of the mode."""
        drive = self.drive
        return drive.goal_hz / HZ if drive.actuator else drive.required_bar() / BAR

    def _inverter_c(self) -> int:
        """A signed byte in the low half of the word."""
        return round(AMBIENT_C + WARMTH_C * self.drive.load()) & 0xFF

    def _volts(self) -> float:
        return MAINS_VOLTS * self.drive.frequency_hz() / self.drive.kept[Register.MAXIMUM_HZ]

    def _map_readings(self) -> None:
        add, drive = self._map.add, self.drive
        high_first = WordOrder.HIGH_FIRST
        add(Register.ACTUAL_PRESSURE, number(drive.pressure_bar, scale=BAR))
        add(Register.FREQUENCY, number(drive.frequency_hz, scale=HZ))
        add(Register.EFFECTIVE_REQUIRED, number(self._effective))
        add(Register.INVERTER_C, bits(self._inverter_c))
        add(Register.CURRENT, number(lambda: self.nominal_amps * drive.load(), scale=AMPERE))
        add(Register.VOLTAGE, number(self._volts))
        add(Register.ADDRESS, number(lambda: self.address))
        add(
            Register.NOMINAL_CURRENT,
            long_number(lambda: self.nominal_amps, order=high_first, scale=AMPERE),
        )
        add(Register.ERRORS, long_number(lambda: int(drive.errors), order=high_first))
        add(Register.STATUS, bits(lambda: int(self.status())))

    def _map_settings(self) -> None:
        drive = self.drive
        self._map.add(Register.START, number(lambda: drive.started, drive.start, low=0, high=1))
        for register in (Register.ENABLE, Register.ERROR_RESET, Register.SWITCH):
            self._map.add(register, self._setting(register, high=1))
        for register in (Register.DIGITAL_1, Register.DIGITAL_2):
            self._map.add(register, self._setting(register, high=3))
        for register in (Register.START_VALUE, Register.TEST_RUN):
            self._map.add(register, self._setting(register, high=100))
        for register in (Register.REQUIRED_1, Register.REQUIRED_2):
            self._map.add(register, self._setting(register, high=HIGHEST_BAR, scale=BAR))
        for register in (
            Register.MAXIMUM_HZ, Register.MINIMUM_HZ, Register.ACTUATOR_HZ_1, Register.ACTUATOR_HZ_2
        ):  # fmt: skip
            self._map.add(register, self._setting(register, high=HIGHEST_HZ, scale=HZ))
        self._map.add(Register.MODE, self._setting(Register.MODE, high=Mode.ACTUATOR))

    def _setting(self, register: Register, *, high: float, scale: float = 1.0) -> Entry:
        def decode(words: Sequence[int]) -> float:
            return self._allowed(register, signed(words[0]) * scale)

        def store(value: float) -> None:
            self.drive.keep(register, value)

        def read() -> float:
            return self.drive.kept[register]

        entry = number(read, store, scale=scale, low=0, high=high)
        return replace(entry, decode=decode)

    def _allowed(self, register: Register, value: float) -> float:
        """Frequencies stay between minimum and maximum, and these in order; two modes exist."""
        if register is Register.MODE and value not in set(Mode):
            raise ModbusFault(ILLEGAL_VALUE)
        kept = self.drive.kept
        least_hz, most_hz = kept[Register.MINIMUM_HZ], kept[Register.MAXIMUM_HZ]
        low, high = {
            Register.MAXIMUM_HZ: (max(least_hz, LOWEST_MAXIMUM_HZ), HIGHEST_HZ),
            Register.MINIMUM_HZ: (0.0, most_hz),
            Register.ACTUATOR_HZ_1: (least_hz, most_hz),
            Register.ACTUATOR_HZ_2: (least_hz, most_hz),
        }.get(register, (value, value))
        if not low - ROUNDING <= value <= high + ROUNDING:
            raise ModbusFault(ILLEGAL_VALUE)
        return value
