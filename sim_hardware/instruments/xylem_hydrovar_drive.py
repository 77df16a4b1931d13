"""What a Hydrovar drive does with its pump: regulation, ramps, errors and how they go."""

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.rising import reached

RAMP_HZ_S = 12.5
AUTOMATIC_RESETS = 5


class Register(IntEnum):
    """Addresses, as the parameter list has them."""

    START = 0x0031
    ACTUAL_PRESSURE = 0x0032
    FREQUENCY = 0x0033
    EFFECTIVE_REQUIRED = 0x0037
    START_VALUE = 0x0038
    ENABLE = 0x0061
    INVERTER_C = 0x0085
    CURRENT = 0x0087
    VOLTAGE = 0x0088
    MODE = 0x008B
    MAXIMUM_HZ = 0x009D
    MINIMUM_HZ = 0x009E
    ERROR_RESET = 0x00D3
    DIGITAL_1 = 0x00E5
    DIGITAL_2 = 0x00E6
    SWITCH = 0x00E7
    REQUIRED_1 = 0x00E8
    REQUIRED_2 = 0x00E9
    ACTUATOR_HZ_1 = 0x00EA
    ACTUATOR_HZ_2 = 0x00EB
    TEST_RUN = 0x00F9
    ADDRESS = 0x010D
    NOMINAL_CURRENT = 0x011A
    ERRORS = 0x012D
    STATUS = 0x01C1


class Mode(IntEnum):
    """What the drive regulates."""

    CONTROLLER = 0
    ACTUATOR = 3


class Fault(IntFlag):
    """Error bits; the display shows 11 to 16 and 21 to 26 for them."""

    OVER_CURRENT = 1 << 0
    OVERLOAD = 1 << 1
    OVER_VOLTAGE = 1 << 2
    PHASE_LOSS = 1 << 3
    INVERTER_HOT = 1 << 4
    MOTOR_HOT = 1 << 5
    LACK_OF_WATER = 1 << 6
    MINIMUM = 1 << 7
    SENSOR_1 = 1 << 8
    SENSOR_2 = 1 << 9
    SETPOINT_1_LOW = 1 << 10
    SETPOINT_2_LOW = 1 << 11


class PumpedCircuit(Protocol):
    """The pump and the pipes behind it."""

    def enabled(self) -> bool:
        """Whether the on/off terminal is closed."""
        ...

    def has_water(self) -> bool:
        """Whether there is water to pump."""
        ...

    def pressure_bar(self, hz: float) -> float:
        """Pressure at the sensor with the motor at `hz`; rises with `hz`."""
        ...

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        """The motor now ramps from where it is to `hz`."""
        ...


DELIVERED: Final[Mapping[Register, float]] = {
    Register.START_VALUE: 100,
    Register.ENABLE: 1,
    Register.MODE: Mode.CONTROLLER,
    Register.MAXIMUM_HZ: 50.0,
    Register.MINIMUM_HZ: 20.0,
    Register.ERROR_RESET: 1,
    Register.DIGITAL_1: 1,
    Register.DIGITAL_2: 0,
    Register.SWITCH: 0,
    Register.REQUIRED_1: 0.0,
    Register.REQUIRED_2: 0.0,
    Register.ACTUATOR_HZ_1: 20.0,
    Register.ACTUATOR_HZ_2: 20.0,
    Register.TEST_RUN: 100,
}


class PumpDrive:
    """Motor, regulator and error memory; `kept` holds the settings in bar, Hz and numbers."""

    def __init__(self, clock: LineClock, circuit: PumpedCircuit) -> None:
        self._clock, self._circuit = clock, circuit
        self.kept: dict[Register, float] = dict(DELIVERED)
        self.started = False
        self.causes, self.errors = Fault(0), Fault(0)
        self.memory_writes = 0
        self._resets_left = AUTOMATIC_RESETS
        self._ramp = Ramp(0.0, 0.0, RAMP_HZ_S, clock.now_s())

    @property
    def goal_hz(self) -> float:
        """Where the motor is driven to."""
        return self._ramp.goal

    @property
    def actuator(self) -> bool:
        """Whether the frequency is fixed and no pressure regulated."""
        return self.kept[Register.MODE] == Mode.ACTUATOR

    def frequency_hz(self) -> float:
        """Frequency of the motor now."""
        return self._ramp.at(self._clock.now_s())

    def load(self) -> float:
        """Share of the nominal current."""
        return (self.frequency_hz() / self.kept[Register.MAXIMUM_HZ]) ** 2

    def enabled(self) -> bool:
        """Whether the on/off terminal is closed."""
        return self._circuit.enabled()

    def pressure_bar(self) -> float:
        """What the sensor says; a broken one says nothing."""
        if self.causes & Fault.SENSOR_1:
            return 0.0
        return self._circuit.pressure_bar(self.frequency_hz())

    def required_bar(self) -> float:
        """The pressure that is regulated to."""
        if self.kept[Register.SWITCH]:
            return self.kept[Register.REQUIRED_2] if self.kept[Register.DIGITAL_2] == 1 else 0.0
        return self.kept[Register.REQUIRED_1] if self.kept[Register.DIGITAL_1] == 1 else 0.0

    def keep(self, register: Register, value: float) -> None:
        """Store a setting, which lasts."""
        if value != self.kept[register]:
            self.memory_writes += 1
        self.kept[register] = value
        if register is Register.ENABLE and not value:
            self._forgive()
        self.settle()

    def start(self, value: float) -> None:
        """Start with 1, stop with 0."""
        self.started = bool(value)
        if not self.started:
            self._forgive()
        self.settle()

    def mains_failed(self, *, autostart: bool) -> None:
        """The motor runs down; errors whose cause is gone are forgotten."""
        self.started = self.started and autostart
        self._forgive()
        self._drive_to(0.0)
        self.settle()

    def settle(self) -> None:
        """Look at terminal, water and pipes again, and drive the motor accordingly."""
        self._look_at_water()
        gone = self.errors & ~self.causes
        if gone and self.kept[Register.ERROR_RESET] and self._resets_left:
            self._resets_left -= 1
            self.errors &= self.causes
        goal_hz = self._wanted_hz()
        if goal_hz != self.goal_hz:
            self._drive_to(goal_hz)

    def _drive_to(self, goal_hz: float) -> None:
        self._ramp = Ramp(self.frequency_hz(), goal_hz, RAMP_HZ_S, self._clock.now_s())
        self._circuit.on_speed(goal_hz, RAMP_HZ_S)

    def _look_at_water(self) -> None:
        if self._circuit.has_water():
            self.causes &= ~Fault.LACK_OF_WATER
        elif self.goal_hz > 0.0:
            self.causes |= Fault.LACK_OF_WATER
            self.errors |= Fault.LACK_OF_WATER

    def _wanted_hz(self) -> float:
        if not self.started or self.errors or not self._circuit.enabled():
            return 0.0
        least_hz, most_hz = self.kept[Register.MINIMUM_HZ], self.kept[Register.MAXIMUM_HZ]
        if self.actuator:
            second = self.kept[Register.SWITCH]
            wanted_hz = self.kept[Register.ACTUATOR_HZ_2 if second else Register.ACTUATOR_HZ_1]
        elif not self.kept[Register.ENABLE] or self.required_bar() <= 0.0:
            return 0.0
        else:
            wanted_hz = reached(self._circuit.pressure_bar, self.required_bar(), most_hz)
        return min(max(wanted_hz, least_hz), most_hz)

    def _forgive(self) -> None:
        self.errors &= self.causes
        self._resets_left = AUTOMATIC_RESETS
