"""Trinamic TMCM-1110 stepper drive, from its TMCL firmware manual.

9600 8N1 (or USB); the telegrams are those of all TMCL modules. Speeds and accelerations are in the
units of its motion controller, 0 to 2047, which mean more or less depending on the two divisors.

Chosen here, not stated by the source: default values; that an inhibited drive accepts commands and
does not turn; that set-points beyond 2047 are refused and not cut; that an acceleration of 0 moves
nothing; that a search which needs a home switch, which is not wired, ends only at an end switch or
when it is stopped; that any motion command ends a search; end switches with a hysteresis of one
full step; that the counter is not kept without power.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
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
from sim_hardware.instruments.trinamic_tmcm1110_axis import (
    ACCELERATION,
    LEFT_OFF,
    MICROSTEPS,
    PULSE_DIVISOR,
    RAMP_DIVISOR,
    RIGHT_OFF,
    SEARCH_SPEED,
    SOFT_STOP,
    SWITCH_SPEED,
    TOP_SPEED,
    Axis,
    Shaft,
)
from sim_hardware.instruments.trinamic_tmcm1110_ends import End, Travel

TOP: Final = 2047
TARGET_POSITION, ACTUAL_POSITION, TARGET_SPEED, ACTUAL_SPEED = 0, 1, 2, 3
REACHED, HOME, RIGHT_SWITCH, LEFT_SWITCH = 8, 9, 10, 11
SEARCH_MODE, END_DISTANCE, LAST_REFERENCE = 193, 196, 197
POLARITY = 79  # global: bit 0 turns the sense of both end switches round
COORDINATES: Final = 21
SEARCH_MODES = {*range(1, 9), *range(65, 69), *range(133, 137)}

# number: (value at power-up, lowest, highest); what can only be read is not in this table
SETTABLE: Mapping[int, Limits] = {
    TARGET_POSITION: (0, -INT_MAX, INT_MAX),
    ACTUAL_POSITION: (0, -INT_MAX, INT_MAX),
    TARGET_SPEED: (0, -TOP, TOP),
    TOP_SPEED: (1000, 0, TOP),
    ACCELERATION: (500, 0, TOP),
    6: (128, 0, 255),  # current while it runs, 255 being all
    7: (8, 0, 255),  # current while it stands
    RIGHT_OFF: (0, 0, 1),
    LEFT_OFF: (0, 0, 1),
    130: (1, 0, TOP),  # lowest speed
    138: (0, 0, 2),  # kind of ramp
    MICROSTEPS: (8, 0, 8),  # 2 to this power per full step
    141: (0, 0, 4095),  # tolerance of the reference switch
    SOFT_STOP: (0, 0, 1),
    RAMP_DIVISOR: (7, 0, 13),
    PULSE_DIVISOR: (3, 0, 13),
    160: (0, 0, 1),  # interpolation to 256 microsteps
    **dict.fromkeys(range(161, 180), (0, 0, 65_535)),  # chopper, coolStep, stallGuard
    **dict.fromkeys(range(181, 185), (0, 0, 65_535)),
    SEARCH_MODE: (1, 1, 136),
    SEARCH_SPEED: (500, 0, TOP),
    SWITCH_SPEED: (100, 0, TOP),
    204: (0, 0, 65_535),  # delay before it runs free, 10 ms
    210: (25_600, 0, 65_535),  # encoder prescaler
    212: (0, 0, INT_MAX),  # highest deviation of the encoder
    214: (200, 1, 65_535),  # delay before the standing current, 10 ms
    254: (0, 0, 5),  # step and direction
}
GLOBALS = {65: 0, 66: 1, 75: 0, 76: 2, 77: 0, POLARITY: 0, 81: 0, 84: 0, 87: 0, 90: 0, 128: 0}


class DriverBit(IntEnum):
    """Bits of axis parameter 208."""

    STALLED = 0
    OVERTEMPERATURE = 1
    OVERTEMPERATURE_WARNING = 2
    SHORT_A = 3
    SHORT_B = 4
    OPEN_A = 5
    OPEN_B = 6
    STANDSTILL = 7


class TrinamicTmcm1110(TmclModule):
    """One drive; `travel` is where its end switches are, None for an endless belt."""

    def __init__(
        self, clock: LineClock, shaft: Shaft, *, travel: Travel | None = None, usb: bool = False
    ) -> None:
        super().__init__(clock, "1110V109", SETTABLE, GLOBALS, usb=usb)
        self.faults: set[DriverBit] = set()  # fault: bits of parameter 208 that are forced on
        self.inputs = 0  # digital inputs 0 to 6
        self.analogue = 0  # the analogue input
        self.axis = Axis(clock, shaft, travel, lambda number: self._values[number])
        self._coordinates = [0] * COORDINATES
        self._commands[30] = self._set_coordinate
        self._commands[31] = self._get_coordinate
        self._commands[32] = self._capture_coordinate

    @override
    def power_cycle(self) -> None:
        self.axis.rescale(self._stored[MICROSTEPS])
        super().power_cycle()

    @override
    def recheck(self) -> None:
        self.axis.switches_reversed = bool(self._globals[POLARITY] & 1)
        self.axis.recheck()

    # --- motion -----------------------------------------------------------------------------------

    @override
    def _rotate(self, motor: int, speed: int, value: int) -> Result:
        if motor != 0 or abs(speed) > TOP:
            return BAD_VALUE, value
        self.axis.turn(speed)
        return OK, value

    @override
    def _stop(self, motor: int, value: int) -> Result:
        return self._rotate(motor, 0, value)

    @override
    def _move(self, kind: int, motor: int, value: int) -> Result:
        if kind > 2:
            return BAD_TYPE, value
        if motor != 0 or (kind == 2 and not 0 <= value < COORDINATES):
            return BAD_VALUE, value
        here = round(self.axis.position())
        goal = (value, here + value, self._coordinates[value % COORDINATES])[kind]
        if abs(goal) > INT_MAX:
            return BAD_VALUE, value
        self.axis.go(goal)
        return OK, value

    @override
    def _search_reference(self, kind: int, motor: int, value: int) -> Result:
        if kind > 2:
            return BAD_TYPE, value
        if motor != 0:
            return BAD_VALUE, value
        if kind == 0:
            self.axis.start_search(self._values[SEARCH_MODE])
        elif kind == 1:
            self.axis.turn(0)
        else:
            return OK, len(self.axis.search)
        return OK, value

    # --- parameters -------------------------------------------------------------------------------

    @override
    def _changed(self, kind: int, value: int) -> Result:
        if kind == TARGET_SPEED:
            return self._rotate(0, value, value)
        if kind == TARGET_POSITION:
            return self._move(0, 0, value)
        if kind == SEARCH_MODE and value not in SEARCH_MODES:
            return BAD_VALUE, value
        if kind == ACTUAL_POSITION:
            self.axis.call_position(value)
        elif kind == MICROSTEPS:
            self.axis.rescale(value)
        self._values[kind] = value
        if kind in {LEFT_OFF, RIGHT_OFF}:
            self.recheck()
        return OK, value

    @override
    def _computed(self) -> Mapping[int, Callable[[], int]]:
        axis = self.axis
        return {
            TARGET_POSITION: lambda: axis.goal,
            ACTUAL_POSITION: lambda: round(axis.position()),
            TARGET_SPEED: lambda: axis.speed_goal,
            ACTUAL_SPEED: axis.speed,
            REACHED: lambda: int(axis.reached()),
            HOME: lambda: 0,
            RIGHT_SWITCH: lambda: axis.switch(End.RIGHT),
            LEFT_SWITCH: lambda: axis.switch(End.LEFT),
            135: lambda: self._values[ACCELERATION] if axis.speed() != axis.speed_goal else 0,
            180: lambda: self._values[6] >> 3,
            END_DISTANCE: lambda: axis.end_distance,
            LAST_REFERENCE: lambda: axis.reference,
            206: lambda: 0 if DriverBit.STALLED in self.faults else 512,
            207: lambda: int(DriverBit.STALLED in self.faults),
            208: self._driver_status,
            209: lambda: round(axis.position()),
        }

    def _driver_status(self) -> int:
        bits = set(self.faults)
        if not self.axis.full_steps_s():
            bits.add(DriverBit.STANDSTILL)
        return sum(1 << bit for bit in bits)

    @override
    def _halt(self) -> None:
        self.axis.halt()
        self._coordinates = [0] * COORDINATES

    # --- coordinates, inputs and outputs ----------------------------------------------------------

    def _set_coordinate(self, number: int, motor: int, value: int) -> Result:
        if number >= COORDINATES:
            return BAD_TYPE, value
        if motor != 0:
            return BAD_VALUE, value
        self._coordinates[number] = value
        return OK, value

    def _get_coordinate(self, number: int, motor: int, value: int) -> Result:
        if number >= COORDINATES:
            return BAD_TYPE, value
        return (BAD_VALUE, value) if motor != 0 else (OK, self._coordinates[number])

    def _capture_coordinate(self, number: int, motor: int, value: int) -> Result:
        status, _ = self._set_coordinate(number, motor, round(self.axis.position()))
        return status, value

    @override
    def _set_output(self, kind: int, bank: int, value: int) -> Result:
        if kind > 7 or bank != 2:
            return BAD_TYPE, value
        return super()._set_output(kind, bank, value)

    @override
    def _get_input(self, kind: int, bank: int, value: int) -> Result:
        readings: dict[int, tuple[int, int]] = {  # ports and what the asked one reads
            0: (7, self.inputs >> kind & 1),
            1: (1, self.analogue),
            2: (8, self._outputs.get(kind, 0)),
        }
        if bank not in readings:
            return BAD_TYPE, value
        ports, reading = readings[bank]
        return (OK, reading) if kind < ports else (NOT_AVAILABLE, value)
