"""Trinamic TMCM-1640 spindle drive, from its TMCL firmware manual.

9600 8N1, nine bytes both ways: address, command, type, motor, 32-bit value (high byte first), sum.
A wrong sum is answered with status 1; another address is answered with silence; a telegram that
stops for 20 ms is forgotten.

Chosen here, not stated by the source: the bit table of parameter 156 (it differs between module
generations), limits of the parameters, that a target above parameter 4 is an invalid value, that
an inhibited drive accepts commands and does not turn, and that a torque command runs the unloaded
spindle to its top speed.
"""

import math
import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp, Trapezoid
from sim_hardware.core.wire import Answer, StreamInstrument

PAUSE_S = 0.020  # silence after which an unfinished telegram is forgotten
TURNAROUND_S = 0.002
OK, IN_EEPROM, BAD_SUM, BAD_COMMAND = 100, 101, 1, 2
BAD_TYPE, BAD_VALUE, EEPROM_LOCKED, NOT_AVAILABLE = 3, 4, 5, 6
INT_MAX = 0x7FFFFFFF


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
SETTABLE = {
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


class _Shaft:
    """The shaft as a function of time: a speed ramp, or a positioning move in encoder steps."""

    def __init__(self, clock: LineClock, spindle: Spindle) -> None:
        self._clock, self._spindle = clock, spindle
        self.ramp = Ramp(0.0, 0.0, math.inf, 0.0)  # rpm
        self.travel: Trapezoid | None = None
        self._origin_steps = 0.0  # where the present ramp or move began to count
        self.steps = 4096  # per revolution

    def rpm(self) -> float:
        now_s = self._clock.now_s()
        if self.travel is not None:
            return self.travel.speed(now_s) * 60.0 / self.steps
        return self.ramp.at(now_s)

    def position(self) -> float:
        now_s = self._clock.now_s()
        if self.travel is not None:
            return self.travel.at(now_s)
        return self._origin_steps + self.ramp.area(now_s) / 60.0 * self.steps

    def moving(self) -> bool:
        return bool(self.rpm() or self.ramp.goal)

    def arrived(self) -> bool:
        return self.travel is not None and self._clock.now_s() >= self.travel.end_s

    def call_position(self, steps: float) -> None:
        """Give the present place another name."""
        if self.travel is not None:
            self.turn(self.rpm(), math.inf)
        self._origin_steps += steps - self.position()

    def turn(self, rpm: float, accel_rpm_s: float) -> None:
        now_rpm, self._origin_steps = self.rpm(), self.position()
        self.travel = None
        self.ramp = Ramp(now_rpm, rpm, accel_rpm_s, self._clock.now_s())
        self._spindle.on_speed(rpm, accel_rpm_s)

    def go(self, goal: int, top_rpm: int, accel_rpm_s: int) -> None:
        """Move to a position; a shaft that turns is taken as standing where it is."""
        per_rpm, start = self.steps / 60.0, self.position()
        self.ramp = Ramp(0.0, 0.0, math.inf, self._clock.now_s())
        self.travel = Trapezoid(
            start, float(goal), top_rpm * per_rpm, accel_rpm_s * per_rpm, self._clock.now_s()
        )
        if goal != start:
            self._spindle.on_speed(math.copysign(top_rpm, goal - start), float(accel_rpm_s))
        self._clock.at(self.travel.end_s, self._came_to_rest)

    def _came_to_rest(self) -> None:
        if self.arrived():
            self._spindle.on_speed(0.0, math.inf)


class TrinamicTmcm1640(StreamInstrument):
    """One drive. The plant calls `recheck` when permission changes; `faults` are bits forced on."""

    def __init__(self, clock: LineClock, spindle: Spindle) -> None:
        self._clock, self._spindle = clock, spindle
        self.version = "1640V208"
        self.faults: set[StatusBit] = set()  # fault: bits of parameter 156 that are forced on
        self.torque_ma = 300  # what the plant's load takes at speed
        self.supply_v, self.temperature_c = 24.0, 35
        self._values = {number: row[0] for number, row in SETTABLE.items()}
        self._stored = dict(self._values)
        self._globals = dict(GLOBALS)
        self._outputs: dict[int, int] = {}
        self._mode = StatusBit.STOP_MODE
        self._shaft = _Shaft(clock, spindle)
        self._buffer, self._heard_s = bytearray(), 0.0
        self._commands: dict[int, Callable[[int, int, int], tuple[int, int]]] = {
            1: lambda _kind, motor, value: self._rotate(motor, value, value),
            2: lambda _kind, motor, value: self._rotate(motor, -value, value),
            3: lambda _kind, motor, value: self._stop(motor, value),
            4: self._move,
            5: self._set,
            6: self._get,
            7: self._store,
            8: self._restore,
            9: self._set_global,
            10: self._get_global,
            13: lambda _kind, _motor, value: (NOT_AVAILABLE, value),
            14: self._set_output,
            15: lambda kind, _bank, _value: (OK, self._outputs.get(kind, 0)),
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        now_s = self._clock.now_s()
        if now_s - self._heard_s > PAUSE_S:
            self._buffer.clear()
        self._heard_s = now_s
        self._buffer += data
        self.recheck()
        answers: list[Answer] = []
        while len(self._buffer) >= 9:
            telegram = bytes(self._buffer[:9])
            del self._buffer[:9]
            if telegram[0] == self._globals[66]:
                answers.append(Answer(self._answer(telegram), TURNAROUND_S))
        return answers

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()
        self._values = dict(self._stored)
        self._mode = StatusBit.STOP_MODE
        self._shaft.turn(0.0, math.inf)
        self._shaft.call_position(0.0)

    def recheck(self) -> None:
        """Look at the permission again: without it the shaft brakes to a stand."""
        if not self._may_turn() and self._shaft.moving():
            self._mode, self._values[TARGET_SPEED] = StatusBit.STOP_MODE, 0
            if self._shaft.ramp.goal or self._shaft.travel is not None:
                self._shaft.turn(0.0, self._acceleration())

    def rpm(self) -> float:
        """Speed of the shaft now."""
        return self._shaft.rpm()

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

    def _answer(self, telegram: bytes) -> bytes:
        command, kind, motor, value = struct.unpack(">BBBi", telegram[1:8])
        if sum(telegram[:8]) & 0xFF != telegram[8]:
            return self._reply(BAD_SUM, command, value)
        if command == 136:
            return self._version(kind, value)
        action = self._commands.get(command)
        if action is None:
            return self._reply(BAD_COMMAND, command, value)
        status, result = action(kind, motor, value)
        return self._reply(status, command, result)

    def _reply(self, status: int, command: int, value: int) -> bytes:
        head = struct.pack(
            ">BBBBi", self._globals[76], self._globals[66], status, command, _signed(value)
        )
        return head + bytes([sum(head) & 0xFF])

    def _version(self, kind: int, value: int) -> bytes:
        if kind == 0:
            return bytes([self._globals[76]]) + self.version.encode("ascii")
        if kind == 1:
            module, firmware = self.version.split("V")
            major, minor = divmod(int(firmware), 100)
            return self._reply(OK, 136, int(module) << 16 | major << 8 | minor)
        return self._reply(BAD_TYPE, 136, value)

    def _rotate(self, motor: int, rpm: int, value: int) -> tuple[int, int]:
        if motor != 0 or abs(rpm) > self._values[TOP_SPEED]:
            return BAD_VALUE, value
        self._mode, self._values[TARGET_SPEED] = StatusBit.VELOCITY_MODE, rpm
        self._turn(float(rpm))
        return OK, value

    def _stop(self, motor: int, value: int) -> tuple[int, int]:
        if motor != 0:
            return BAD_VALUE, value
        self._mode, self._values[TARGET_SPEED] = StatusBit.STOP_MODE, 0
        self._turn(0.0)
        return OK, value

    def _move(self, kind: int, motor: int, value: int) -> tuple[int, int]:
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
            self._shaft.go(goal, top_rpm, self._values[ACCELERATION])
        return OK, value

    def _set(self, kind: int, motor: int, value: int) -> tuple[int, int]:
        if kind not in SETTABLE:
            return BAD_TYPE, value
        _, lowest, highest = SETTABLE[kind]
        if motor != 0 or not lowest <= value <= highest:
            return BAD_VALUE, value
        if kind == TARGET_SPEED:
            return self._rotate(motor, value, value)
        if kind == TARGET_POSITION:
            return self._move(0, motor, value)
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
            self._shaft.steps = value or 1

    def _get(self, kind: int, motor: int, value: int) -> tuple[int, int]:
        if motor != 0:
            return BAD_VALUE, value
        computed = {
            ACTUAL_POSITION: lambda: round(self.position()),
            ACTUAL_SPEED: lambda: round(self.rpm()),
            RAMP_SPEED: lambda: round(self.rpm()),
            I2T_SUM: lambda: 0,
            TORQUE: lambda: self.torque_ma if self._shaft.moving() else 0,
            151: lambda: round(self.supply_v * 10),
            152: lambda: self.temperature_c,
            STATUS: self.status,
        }
        if kind in computed:
            return OK, computed[kind]()
        return (OK, self._values[kind]) if kind in self._values else (BAD_TYPE, value)

    def _store(self, kind: int, _motor: int, value: int) -> tuple[int, int]:
        if kind not in SETTABLE:
            return BAD_TYPE, value
        self._stored[kind] = self._values[kind]
        return OK, value

    def _restore(self, kind: int, motor: int, value: int) -> tuple[int, int]:
        if kind not in SETTABLE:
            return BAD_TYPE, value
        return self._set(kind, motor, self._stored[kind])

    def _set_global(self, kind: int, bank: int, value: int) -> tuple[int, int]:
        if bank != 0 or kind not in self._globals:
            return BAD_TYPE, value
        if not 0 <= value <= 255:
            return BAD_VALUE, value
        self._globals[kind] = value
        return OK, value

    def _get_global(self, kind: int, bank: int, value: int) -> tuple[int, int]:
        if bank != 0 or kind not in self._globals:
            return BAD_TYPE, value
        return OK, self._globals[kind]

    def _set_output(self, kind: int, _bank: int, value: int) -> tuple[int, int]:
        if value not in {0, 1}:
            return BAD_VALUE, value
        self._outputs[kind] = value
        return OK, value

    def _may_turn(self) -> bool:
        return bool(self._values[DRIVER_ENABLED]) and self._spindle.permitted()

    def _acceleration(self) -> float:
        return float(self._values[ACCELERATION]) if self._values[RAMP_ENABLED] else math.inf

    def _turn(self, rpm: float) -> None:
        self._shaft.turn(rpm if self._may_turn() else 0.0, self._acceleration())


def _signed(value: int) -> int:
    """Wrap into 32 bits, as the drive's own arithmetic does."""
    return (value + 0x80000000) % 0x100000000 - 0x80000000
