"""Trinamic TMCM-1640 spindle drive, from its TMCL firmware manual.

9600 8N1; the telegrams are those of all TMCL modules.

Chosen here, not stated by the source: the bit table of parameter 156 (it differs between module
generations), limits of the parameters, that a target above parameter 4 is an invalid value, that
an inhibited drive accepts commands and does not turn, and that a torque command runs the unloaded
spindle to its top speed.
"""

import math
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.mover import Mover
from sim_hardware.core.tmcl import (
    BAD_TYPE,
    BAD_VALUE,
    INT_MAX,
    NOT_AVAILABLE,
    OK,
    Limits,
    Result,
    TmclModule,
)


class StatusBit(IntEnum):
    """Bits of axis parameter 156."""

    OVERCURRENT = 0
    UNDERVOLTAGE = 1
    OVERVOLTAGE = 2
    OVERTEMPERATURE = 3
    HALTED = 4
    HALL_ERROR = 5
    ENCODER_ERROR = 6
    STOP_MODE = 8
    VELOCITY_MODE = 9
    POSITION_MODE = 10
    TORQUE_MODE = 11
    EMERGENCY_STOP = 12
    POSITION_END = 14
    INITIALISED = 15
    I2T_EXCEEDED = 17


TARGET_POSITION, ACTUAL_POSITION, TARGET_SPEED, ACTUAL_SPEED, TOP_SPEED = 0, 1, 2, 3, 4
ACCELERATION, RAMP_SPEED, I2T_SUM, CLEAR_I2T, REINITIALISE = 11, 13, 27, 29, 31
RAMP_ENABLED, TORQUE, TARGET_TORQUE, STATUS, ENCODER_STEPS, DRIVER_ENABLED = (
    146, 150, 155, 156, 250, 255,
)  # fmt: skip

# number: (value at power-up, lowest, highest); what can only be read is not in this table
SETTABLE: Mapping[int, Limits] = {
    TARGET_POSITION: (0, -INT_MAX, INT_MAX),
    ACTUAL_POSITION: (0, -INT_MAX, INT_MAX),
    TARGET_SPEED: (0, -200_000, 200_000),
    TOP_SPEED: (6000, 0, 200_000),
    6: (5000, 0, 20_000),  # highest current, mA
    7: (20, 0, 200_000),  # speed that counts as reached
    9: (5, 0, 200_000),  # speed that counts as halted
    ACCELERATION: (2000, 1, 100_000),
    26: (1000, 0, INT_MAX),  # I2t limit
    RAMP_ENABLED: (1, 0, 1),
    TARGET_TORQUE: (0, -20_000, 20_000),
    159: (6, 0, 8),  # commutation
    172: (500, 0, 32_767),  # torque P
    173: (500, 0, 32_767),  # torque I
    230: (100, 0, 32_767),  # position P
    234: (500, 0, 32_767),  # velocity P
    235: (500, 0, 32_767),  # velocity I
    ENCODER_STEPS: (4096, 0, 65_536),
    253: (8, 2, 254),  # poles
    DRIVER_ENABLED: (1, 0, 1),
    CLEAR_I2T: (0, 0, 1),
    REINITIALISE: (0, 0, 1),
    161: (0, 0, 2),  # clear on null
    163: (0, 0, 1),  # clear once
}
GLOBALS = {65: 0, 66: 1, 75: 0, 76: 2}  # baud code, own address, telegram pause, host address


class Spindle(Protocol):
    """The motor shaft and the chain that allows it to turn."""

    def permitted(self) -> bool:
        """Whether the drive may turn the shaft."""
        ...

    def on_speed(self, rpm: float, accel_rpm_s: float) -> None:
        """The shaft now ramps from where it is to `rpm`; the acceleration may be infinite."""
        ...


class TrinamicTmcm1640(TmclModule):
    """One drive. The plant calls `recheck` when permission changes; `faults` are bits forced on."""

    def __init__(self, clock: LineClock, spindle: Spindle) -> None:
        super().__init__(clock, "1640V208", SETTABLE, GLOBALS)
        self._spindle = spindle
        self.faults: set[StatusBit] = set()  # fault: bits of parameter 156 that are forced on
        self.torque_ma = 300  # what the plant's load takes at speed
        self.supply_v, self.temperature_c = 24.0, 35
        self._mode = StatusBit.STOP_MODE
        self._shaft = Mover(clock, spindle.on_speed)  # speed in rpm, position in encoder steps
        self._shaft.scale = SETTABLE[ENCODER_STEPS][0] / 60.0

    @override
    def recheck(self) -> None:
        if not self._may_turn() and self._shaft.moving():
            self._mode, self._values[TARGET_SPEED] = StatusBit.STOP_MODE, 0
            if self._shaft.ramp.goal or self._shaft.travel is not None:
                self._shaft.turn(0.0, self._acceleration())

    def rpm(self) -> float:
        """Speed of the shaft now."""
        return self._shaft.speed()

    def position(self) -> float:
        """Position in encoder steps."""
        return self._shaft.position()

    def status(self) -> int:
        """Axis parameter 156 as it stands."""
        bits = {StatusBit.INITIALISED, self._mode, *self.faults}
        if abs(self.rpm()) <= self._values[9]:
            bits.add(StatusBit.HALTED)
        if not self._spindle.permitted():
            bits.add(StatusBit.EMERGENCY_STOP)
        if self._shaft.arrived():
            bits.add(StatusBit.POSITION_END)
        return sum(1 << bit for bit in bits)

    @override
    def _halt(self) -> None:
        self._mode = StatusBit.STOP_MODE
        self._shaft.turn(0.0, math.inf)
        self._shaft.call_position(0.0)

    @override
    def _rotate(self, motor: int, speed: int, value: int) -> Result:
        if motor != 0 or abs(speed) > self._values[TOP_SPEED]:
            return BAD_VALUE, value
        self._mode, self._values[TARGET_SPEED] = StatusBit.VELOCITY_MODE, speed
        self._turn(float(speed))
        return OK, value

    @override
    def _stop(self, motor: int, value: int) -> Result:
        if motor != 0:
            return BAD_VALUE, value
        self._mode, self._values[TARGET_SPEED] = StatusBit.STOP_MODE, 0
        self._turn(0.0)
        return OK, value

    @override
    def _move(self, kind: int, motor: int, value: int) -> Result:
        if kind == 2:  # coordinates are a memory this module does not have
            return NOT_AVAILABLE, value
        if kind > 2:
            return BAD_TYPE, value
        goal = value if kind == 0 else round(self.position()) + value
        if motor != 0 or not -INT_MAX <= goal <= INT_MAX:
            return BAD_VALUE, value
        self._values[TARGET_POSITION] = goal
        self._mode = StatusBit.POSITION_MODE
        top_rpm, steps = self._values[TOP_SPEED], self._values[ENCODER_STEPS]
        if self._may_turn() and top_rpm and steps:
            self._shaft.go(float(goal), float(top_rpm), float(self._values[ACCELERATION]))
        return OK, value

    @override
    def _changed(self, kind: int, value: int) -> Result:
        if kind == TARGET_SPEED:
            return self._rotate(0, value, value)
        if kind == TARGET_POSITION:
            return self._move(0, 0, value)
        self._values[kind] = value
        self._act_on(kind, value)
        return OK, value

    def _act_on(self, kind: int, value: int) -> None:
        if kind == ACTUAL_POSITION:
            self._shaft.call_position(float(value))
        elif kind == TARGET_TORQUE:
            self._mode = StatusBit.TORQUE_MODE
            self._turn(math.copysign(self._values[TOP_SPEED], value) if value else 0.0)
        elif kind == DRIVER_ENABLED:
            self.recheck()
        elif kind in {CLEAR_I2T, REINITIALISE}:
            self.faults.discard(StatusBit.I2T_EXCEEDED)
            self._values[kind] = 0
        elif kind == ENCODER_STEPS:
            self._shaft.scale = (value or 1) / 60.0

    @override
    def _computed(self) -> Mapping[int, Callable[[], int]]:
        return {
            ACTUAL_POSITION: lambda: round(self.position()),
            ACTUAL_SPEED: lambda: round(self.rpm()),
            RAMP_SPEED: lambda: round(self.rpm()),
            I2T_SUM: lambda: 0,
            TORQUE: lambda: self.torque_ma if self._shaft.moving() else 0,
            151: lambda: round(self.supply_v * 10),
            152: lambda: self.temperature_c,
            STATUS: self.status,
        }

    def _may_turn(self) -> bool:
        return bool(self._values[DRIVER_ENABLED]) and self._spindle.permitted()

    def _acceleration(self) -> float:
        return float(self._values[ACCELERATION]) if self._values[RAMP_ENABLED] else math.inf

    def _turn(self, rpm: float) -> None:
        self._shaft.turn(rpm if self._may_turn() else 0.0, self._acceleration())
