"""AJA DCXS-750 magnetron supply with gun shutters, from the command table of its manual.

38400 8N1. One letter is one command and nothing ends it: lower case asks and has an answer of
fixed length, upper case sets and has no answer at all.

Not stated by the source and chosen here: a setting with arguments that are no digits is ignored;
an unfinished setting is forgotten after `ARGUMENT_S`; the deposition time counts from the opening
of the shutter; an open interlock shows as `INTERLOCK_FAULT` until the next ON or OFF; with several
units in parallel the setpoint, like the readings of power and current, is one unit's share.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.rising import reached
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer

ARGUMENT_S = 0.5
INTERLOCK_FAULT = "1"
NO_FAULT = "0"
POWER, VOLTAGE, CURRENT = 0, 1, 2
UNIT_MAX_W = 750.0
SHORT_S = 0.002  # turnaround


class DcLoad(Protocol):
    """The magnetrons behind the supply: the interlock chain, the plasma and the shutters."""

    def permitted(self) -> bool:
        """Whether the interlock chain is closed."""
        ...

    def volts(self, watts: float) -> float:
        """Voltage of the discharge at a total power; rises with power."""
        ...

    def on_output(self, *, on: bool, watts: float, gun: int) -> None:
        """The total power into `gun` changed; while it ramps up, `watts` is the ramp's mean."""
        ...

    def on_shutter(self, *, opened: bool, gun: int) -> None:
        """A gun's shutter moved."""
        ...


class AjaDcxs(SpeaksUnasked):
    """One supply. The plant calls `recheck` when its interlock chain or its plasma changes."""

    line_baud: ClassVar[int] = 38400

    def __init__(
        self, clock: LineClock, load: DcLoad, *, units_in_parallel: int = 1, guns: int = 4
    ) -> None:
        super().__init__()
        self._clock, self._load = clock, load
        self._units, self._guns = units_in_parallel, guns
        self.model, self.revision = "DCXS750-4", "01.10"
        self.fault = NO_FAULT
        self.shutter_stuck = False  # fault: the active gun's shutter does not follow
        self.display_gain = 1.0  # fault: the power reading is wrong by this factor
        self._mode, self._setpoint, self._gun = POWER, 0, 1
        # seconds of ramp and shutter delay, minutes and seconds of deposition
        self._program = {"E": 0, "F": 0, "G": 0, "H": 0}
        self._material = " " * 8
        self._pending, self._heard_s = "", 0.0
        self._power: Ramp | None = None
        self._announced: tuple[float, int] | None = None
        self._ends_s: float | None = None
        self._open_guns: set[int] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._queries = self._query_table()
        self._settings = self._setting_table()

    def _query_table(self) -> dict[str, Callable[[], str]]:
        return {
            "?": lambda: self.model,
            "z": lambda: self.revision,
            "a": lambda: "1" if self.on else "0",
            "b": lambda: f"{self._setpoint:04d}",
            "c": lambda: str(self._mode),
            "d": lambda: _digits(self.watts() * self.display_gain / self._units, 4),
            "e": lambda: _digits(self.volts(), 4),
            "f": lambda: _digits(self.milliamps() / self._units, 4),
            "g": lambda: f"{self._program['E']:02d}",
            "h": lambda: f"{self._program['F']:02d}",
            "i": lambda: f"{self._program['G']:03d}",
            "j": lambda: f"{self._program['H']:02d}",
            "k": lambda: f"{self._remaining_s() // 60:03d}",
            "l": lambda: f"{self._remaining_s() % 60:02d}",
            "n": lambda: self._material,
            "o": lambda: self.fault,
            "p": lambda: chr(sum(1 << (gun - 1) for gun in self._open_guns)),
            "y": lambda: str(self._gun),
        }

    def _setting_table(self) -> dict[str, tuple[int, Callable[[str], None]]]:
        return {
            "A": (0, lambda _: self._switch_on()),
            "B": (0, lambda _: self._switch_off(NO_FAULT)),
            "C": (4, self._set_setpoint),
            "D": (1, self._set_mode),
            "E": (2, self._program_step("E", 99)),
            "F": (2, self._program_step("F", 99)),
            "G": (3, self._program_step("G", 999)),
            "H": (2, self._program_step("H", 59)),
            "I": (8, self._set_material),
            "Z": (1, self._set_gun),
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        now_s = self._clock.now_s()
        if now_s - self._heard_s > ARGUMENT_S:
            self._pending = ""
        self._heard_s = now_s
        self.recheck()
        return [
            Answer(reply.encode("latin-1"), SHORT_S)
            for byte in data
            if (reply := self._take(chr(byte)))
        ]

    @override
    def power_cycle(self) -> None:
        self._switch_off(NO_FAULT)
        self._pending, self._setpoint, self._mode, self._gun = "", 0, POWER, 1
        self.unasked(Answer(b">>>"))

    @property
    def on(self) -> bool:
        """Whether the output is on."""
        return self._power is not None

    def watts(self) -> float:
        """Total power delivered now."""
        return 0.0 if self._power is None else self._power.at(self._clock.now_s())

    def volts(self) -> float:
        """Voltage of the discharge now."""
        return self._load.volts(self.watts()) if self.on else 0.0

    def milliamps(self) -> float:
        """Total current now."""
        return 1000.0 * self.watts() / self.volts() if self.volts() else 0.0

    def recheck(self) -> None:
        """Look at the interlock chain and the plasma again."""
        if self._power is None:
            return
        if not self._load.permitted():
            self._switch_off(INTERLOCK_FAULT)
        elif self._clock.now_s() >= self._power.end_s:
            self._deliver(ramp_s=0.0)

    def trip(self, code: str) -> None:
        """Switch the output off with a one-character fault code."""
        self._switch_off(code)

    def _take(self, letter: str) -> str:
        if not self._pending and letter in self._queries:
            return self._queries[letter]()
        if not self._pending and letter not in self._settings:
            return ""
        self._pending += letter
        width, action = self._settings[self._pending[0]]
        if len(self._pending) == 1 + width:
            arguments, self._pending = self._pending[1:], ""
            action(arguments)
        return ""

    def _set_setpoint(self, text: str) -> None:
        value = _number(text, 0, 1000)
        if value is not None:
            self._setpoint = value
            self._redeliver()

    def _set_mode(self, text: str) -> None:
        value = _number(text, POWER, CURRENT)
        if value is not None:
            self._mode = value
            self._redeliver()

    def _set_gun(self, text: str) -> None:
        value = _number(text, 1, self._guns)
        if value is None or value == self._gun:
            return
        was_open = self._gun in self._open_guns
        self._shut()
        if self._power is not None:
            self._load.on_output(on=False, watts=0.0, gun=self._gun)
        self._gun = value
        self._redeliver()
        if was_open:
            self._open_shutter()

    def _program_step(self, letter: str, highest: int) -> Callable[[str], None]:
        def store(text: str) -> None:
            value = _number(text, 0, highest)
            if value is not None and not self.on:
                self._program[letter] = value

        return store

    def _set_material(self, text: str) -> None:
        self._material = text

    def _switch_on(self) -> None:
        if self.on:
            return
        self.fault = NO_FAULT
        if not self._load.permitted():
            self.fault = INTERLOCK_FAULT
            return
        ramp_s, delay_s = self._program["E"], self._program["F"]
        self._deliver(ramp_s=ramp_s)
        self._timers = [
            self._clock.after(ramp_s, self.recheck),
            self._clock.after(ramp_s + delay_s, self._start_deposition),
        ]

    def _switch_off(self, code: str) -> None:
        self.fault = code
        for timer in self._timers:
            timer.cancel()
        self._timers, self._ends_s, self._announced = [], None, None
        self._shut()
        if self._power is not None:
            self._power = None
            self._load.on_output(on=False, watts=0.0, gun=self._gun)

    def _redeliver(self) -> None:
        if self._power is not None:
            self._deliver(ramp_s=max(0.0, self._power.end_s - self._clock.now_s()))

    def _deliver(self, *, ramp_s: float) -> None:
        start_w, goal_w = self.watts(), self._goal_w()
        rate = abs(goal_w - start_w) / ramp_s if ramp_s > 0.0 else math.inf
        self._power = Ramp(start_w, goal_w, rate or math.inf, self._clock.now_s())
        announced = ((start_w + goal_w) / 2 if ramp_s > 0.0 else goal_w, self._gun)
        if announced != self._announced:
            self._announced = announced
            self._load.on_output(on=True, watts=announced[0], gun=self._gun)

    def _goal_w(self) -> float:
        highest_w = UNIT_MAX_W * self._units
        if self._mode == POWER:
            return min(float(self._setpoint * self._units), highest_w)
        if self._setpoint == 0:
            return 0.0
        if self._mode == VOLTAGE:
            return reached(self._load.volts, self._setpoint, highest_w)
        return reached(self._milliamps_at, self._setpoint * self._units, highest_w)

    def _milliamps_at(self, watts: float) -> float:
        volts = self._load.volts(watts)
        return 1000.0 * watts / volts if volts else 0.0

    def _start_deposition(self) -> None:
        self._open_shutter()
        length_s = self._program["G"] * 60 + self._program["H"]
        if length_s:
            self._ends_s = self._clock.now_s() + length_s
            self._timers.append(self._clock.after(length_s, lambda: self._switch_off(NO_FAULT)))

    def _remaining_s(self) -> int:
        if self._ends_s is None:
            return self._program["G"] * 60 + self._program["H"]
        return max(0, math.ceil(self._ends_s - self._clock.now_s()))

    def _open_shutter(self) -> None:
        if self._gun not in self._open_guns and not self.shutter_stuck:
            self._open_guns.add(self._gun)
            self._load.on_shutter(opened=True, gun=self._gun)

    def _shut(self) -> None:
        if self.shutter_stuck:
            return
        for gun in sorted(self._open_guns):
            self._load.on_shutter(opened=False, gun=gun)
        self._open_guns.clear()


def _number(text: str, lowest: int, highest: int) -> int | None:
    """Digits within limits, or None: there is no way to say no on this wire."""
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if lowest <= int(text) <= highest else None


def _digits(value: float, count: int) -> str:
    """A reading in a fixed number of digits; more than fits shows as nines."""
    highest = 10**count - 1
    return f"{highest if not value <= highest else max(0, round(value)):0{count}d}"
