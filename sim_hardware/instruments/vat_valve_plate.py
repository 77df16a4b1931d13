"""The plate of a VAT pressure control valve: where it is, where it goes, and why.

Positions are shares of the stroke, 0 closed and 1 open; pressures are shares of the sensor's range.

Chosen here, not stated by the source: two seconds for a full stroke, half a second of
initialisation and three of synchronisation after power-up, sixty for a learn run, which ends open;
the pressure follows the plate, not a loop of its own; an interlock or a safety mode that ends
leaves the valve open or closed, where it was put.
"""

import asyncio
from enum import Enum
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp

STROKE_S: Final = 2.0
INITIALISING_S: Final = 0.5
SYNCHRONISING_S: Final = 3.0
LEARNING_S: Final = 60.0
TOO_MUCH_GAS: Final = 0.5  # of the sensor's range, with the valve open


class PumpedChamber(Protocol):
    """The chamber whose pressure the valve controls."""

    def sensor_share(self) -> float:
        """Reading of the pressure sensor now, as a share of its range; can be negative."""
        ...

    def opening_for(self, share: float) -> float:
        """Position at which the pressure settles to `share`, 0..1, with the gas that flows now."""
        ...

    def on_move(self, path: Ramp) -> None:
        """The plate now moves along `path`, in shares of the stroke."""
        ...


class Mode(Enum):
    """Letters of the control mode."""

    INITIALISATION = "0"
    SYNCHRONISATION = "1"
    POSITION = "2"
    CLOSED = "3"
    OPEN = "4"
    PRESSURE = "5"
    HOLD = "6"
    LEARN = "7"
    INTERLOCK_OPEN = "8"
    INTERLOCK_CLOSED = "9"
    POWER_FAILURE = "C"
    SAFETY = "D"
    ERROR = "E"


BUSY: Final = {
    Mode.INITIALISATION, Mode.SYNCHRONISATION, Mode.INTERLOCK_OPEN, Mode.INTERLOCK_CLOSED,
    Mode.POWER_FAILURE, Mode.SAFETY, Mode.ERROR,
}  # fmt: skip


class Plate:
    """The mechanics. `recheck` follows the gas while the pressure is controlled."""

    def __init__(self, clock: LineClock, chamber: PumpedChamber) -> None:
        self._clock, self._chamber = clock, chamber
        self.mode = Mode.CLOSED
        self.speed = 1000  # thousandths of the highest
        self.position_setpoint, self.pressure_setpoint = 0.0, 0.0
        self.offset = 0.0  # what ZERO takes off the sensor's reading
        self.learned, self.learn_trouble = True, "000000"
        self.learn_limit = 1.0
        self.travelled, self.closings = 0.0, 0  # strokes; times the plate went shut
        self.stuck = False  # fault: the plate does not move any more
        self._path = Ramp(0.0, 0.0, 1.0 / STROKE_S, clock.now_s())
        self._timer: asyncio.TimerHandle | None = None

    def position(self) -> float | None:
        """Where the plate is; None while it does not know."""
        if self.mode in {Mode.INITIALISATION, Mode.SYNCHRONISATION}:
            return None
        return self._path.at(self._clock.now_s())

    def pressure(self) -> float:
        """What the sensor says, offset taken off."""
        return self._chamber.sensor_share() - self.offset

    def close(self) -> None:
        """Shut, at the highest speed."""
        self._leave(Mode.CLOSED)
        self._go(0.0, 1000)

    def open(self) -> None:
        """Wide open, at the highest speed."""
        self._leave(Mode.OPEN)
        self._go(1.0, 1000)

    def hold(self) -> None:
        """Stop where it is."""
        self._leave(Mode.HOLD)
        self._go(self._path.at(self._clock.now_s()), 1000)

    def place(self, position: float) -> None:
        """Go to a position."""
        self._leave(Mode.POSITION)
        self.position_setpoint = position
        self._go(position, self.speed)

    def control(self, pressure: float) -> None:
        """Go where the pressure is this, and stay there when the gas changes."""
        self._leave(Mode.PRESSURE)
        self.pressure_setpoint = pressure
        self.recheck()

    def recheck(self) -> None:
        """Look at the chamber again."""
        if self.mode is Mode.PRESSURE:
            opening = self._chamber.opening_for(self.pressure_setpoint + self.offset)
            self._go(min(1.0, max(0.0, opening)), self.speed)

    def zero(self) -> None:
        """From now on the present reading is called zero."""
        self.offset = self._chamber.sensor_share()

    def learn(self, limit: float) -> None:
        """Open and close slowly under a constant flow; pressure control needs what it learns."""
        self._leave(Mode.LEARN)
        self.learned, self.learn_limit, self.learn_trouble = False, limit, "000000"
        self._go(1.0, 1000)
        self._timer = self._clock.after(LEARNING_S, self._learned)

    def put(self, mode: Mode, position: float | None = None) -> None:
        """An interlock, a safety function or an error takes the plate; None leaves it in place."""
        self._leave(mode)
        here = self._path.at(self._clock.now_s())
        self._go(here if position is None else position, 1000)

    def restart(self, position: float) -> None:
        """Power-up: find the end of the stroke, then go to `position`."""
        self._leave(Mode.INITIALISATION)
        self.speed = 1000
        self._go(position, 1000)
        self._timer = self._clock.after(INITIALISING_S, self._synchronise)

    def learn_status(self) -> str:
        """Eight characters: running, data missing, and what went wrong."""
        running = "1" if self.mode is Mode.LEARN else "0"
        return f"{running}{'0' if self.learned else '1'}{self.learn_trouble}"

    def _leave(self, mode: Mode) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.mode is Mode.LEARN:
            self.learn_trouble = "100000"  # interrupted
        self.mode = mode

    def _go(self, goal: float, thousandths: int) -> None:
        now_s = self._clock.now_s()
        here = self._path.at(now_s)
        if self.stuck:
            return
        per_s = max(thousandths, 1) / 1000.0 / STROKE_S
        if goal == self._path.goal and (per_s == self._path.per_s or here == goal):
            return
        self.travelled += abs(here - self._path.start)
        self.closings += goal == 0.0
        self._path = Ramp(here, goal, per_s, now_s)
        self._chamber.on_move(self._path)

    def strokes(self) -> float:
        """Way so far, in full strokes."""
        return self.travelled + abs(self._path.at(self._clock.now_s()) - self._path.start)

    def _synchronise(self) -> None:
        self.mode = Mode.SYNCHRONISATION
        self._timer = self._clock.after(SYNCHRONISING_S, self._synchronised)

    def _synchronised(self) -> None:
        self._timer = None
        self.mode = Mode.OPEN if self._path.goal else Mode.CLOSED

    def _learned(self) -> None:
        self._timer = None
        self.learned, trouble = True, "000000"
        if self.pressure() > TOO_MUCH_GAS:
            self.learned, trouble = False, "210000"  # stopped by the control unit: too much gas
        self.learn_trouble = trouble
        self.mode = Mode.OPEN
