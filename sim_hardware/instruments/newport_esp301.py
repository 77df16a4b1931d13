"""Newport ESP301 three-axis motion controller, from the command and error lists of its manual.

19200 8N1. Commands end with CR (a line feed is white space), `;` separates several on a line, and
answers end with CR LF. A bad command is answered with nothing: its error waits in a queue of ten
for `TB?` or `TE?`.

Chosen here, not stated by the source: a full queue loses its oldest error; stamps count 0.4 ms; an
emergency stop cuts motor power; bit 6 of `TS` is always set; homing runs at a tenth of the top
speed; five decimals; `TP?` without an axis lists all axes. Places come back after a mains failure
as zero wherever the axis stands, because the encoders only count.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Braking, Path, Ramp, Trapezoid
from sim_hardware.core.typed_lines import TypedLines
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer

TURNAROUND_S = 0.004
TICK_S = 0.0004
GENERAL = {
    0: "NO ERROR DETECTED",
    4: "EMERGENCY STOP ACTIVATED",
    6: "COMMAND DOES NOT EXIST",
    7: "PARAMETER OUT OF RANGE",
    8: "CABLE INTERLOCK ERROR",
    9: "AXIS NUMBER OUT OF RANGE",
    37: "AXIS NUMBER MISSING",
    38: "COMMAND PARAMETER MISSING",
}
OF_AXIS = {
    1: "PARAMETER OUT OF RANGE",
    2: "AMPLIFIER FAULT DETECTED",
    3: "FOLLOWING ERROR THRESHOLD EXCEEDED",
    4: "POSITIVE HARDWARE LIMIT DETECTED",
    5: "NEGATIVE HARDWARE LIMIT DETECTED",
    6: "POSITIVE SOFTWARE LIMIT DETECTED",
    7: "NEGATIVE SOFTWARE LIMIT DETECTED",
    8: "MOTOR / STAGE NOT CONNECTED",
    9: "FEEDBACK SIGNAL FAULT DETECTED",
    10: "MAXIMUM VELOCITY EXCEEDED",
    13: "MOTOR NOT ENABLED",
    20: "HOMING ABORTED",
    29: "DIGITAL I/O INTERLOCK DETECTED",
    30: "COMMAND NOT ALLOWED DURING HOMING",
}
ZERO_IF_MISSING = {"WS", "OR", "DH"}
COMMAND = re.compile(r"(\d*)\s*([A-Z]{2})\s*(\?|.*)", re.DOTALL)


class Stage(Protocol):
    """What the axes carry. Places are true ones, from the stage's home switch."""

    def on_motion(self, axis: int, *, moving: bool) -> None:
        """An axis started or came to rest."""
        ...

    def on_position(self, axis: int, value: float) -> None:
        """Where an axis came to rest, in its units."""
        ...


@dataclass(frozen=True, slots=True)
class AxisKind:
    """What the stage of an axis is: units as in `SN` (2 mm, 3 um, 7 degrees), speeds and ends."""

    units: int = 2
    top_speed: float = 10.0
    acceleration: float = 40.0
    negative_end: float = -25.0
    positive_end: float = 25.0


MASK_ALIGNER = (AxisKind(), AxisKind(), AxisKind(7, 5.0, 20.0, -10.0, 10.0))


class EspError(Exception):
    """A code for the queue."""

    def __init__(self, code: int) -> None:
        super().__init__(f"error {code}")
        self.code = code


class _Axis:
    """One axis: where it is as a function of time, and what it refuses."""

    def __init__(self, number: int, kind: AxisKind, clock: LineClock, stage: Stage) -> None:
        self.number, self.kind, self._clock, self._stage = number, kind, clock, stage
        self._path: Path = Ramp(0.0, 0.0, math.inf, 0.0)  # true places
        self.powered, self.homing = False, False
        self.fault = 0  # fault: code of OF_AXIS that refuses every move
        self.restart()

    def restart(self) -> None:
        """Forget settings and where home is."""
        self.speed, self.acceleration = self.kind.top_speed / 2, self.kind.acceleration
        self.deceleration, self.units = self.kind.acceleration, self.kind.units
        self.negative_limit, self.positive_limit = self.kind.negative_end, self.kind.positive_end
        self.halt()
        self.powered = False
        self.origin = self.true_place()

    def true_place(self) -> float:
        return self._path.at(self._clock.now_s())

    def place(self) -> float:
        return self.true_place() - self.origin

    @property
    def moving(self) -> bool:
        return self._clock.now_s() < self._path.end_s

    def still_s(self) -> float:
        """Seconds until it stands."""
        return max(0.0, self._path.end_s - self._clock.now_s())

    def target(self) -> float:
        return self._path.goal - self.origin

    def go(self, goal: float) -> None:
        """Start towards a place; EspError if it may not."""
        self.refuse()
        if goal > self.positive_limit:
            raise EspError(self.number * 100 + 6)
        if goal < self.negative_limit:
            raise EspError(self.number * 100 + 7)
        self._start(goal + self.origin, self.speed)

    def home(self) -> None:
        self.refuse()
        self.homing = True
        self._start(0.0, self.kind.top_speed / 10)

    def stop(self) -> None:
        if not self.moving:
            return
        now_s = self._clock.now_s()
        self._follow(Braking(self.true_place(), self._path.speed(now_s), self.deceleration, now_s))
        if self.homing:
            self.homing = False
            raise EspError(self.number * 100 + 20)

    def halt(self) -> None:
        """Stand at once."""
        here, was_moving = self.true_place(), self.moving
        self._path, self.homing = Ramp(here, here, math.inf, self._clock.now_s()), False
        if was_moving:
            self._arrived()

    def refuse(self) -> None:
        """EspError if the axis cannot start now."""
        code = self.fault or (13 if not self.powered else 30 if self.homing else 0)
        if code:
            raise EspError(self.number * 100 + code)

    def _start(self, true_goal: float, speed: float) -> None:
        here, now_s = self.true_place(), self._clock.now_s()
        self._follow(Trapezoid(here, true_goal, speed, self.acceleration, now_s))

    def _follow(self, path: Path) -> None:
        self._path = path
        self._stage.on_motion(self.number, moving=True)
        self._clock.at(path.end_s, lambda: self._arrived() if self._path is path else None)

    def _arrived(self) -> None:
        if self.homing:
            self.homing, self.origin = False, 0.0
        self._stage.on_motion(self.number, moving=False)
        self._stage.on_position(self.number, self.true_place())


class NewportEsp301(SpeaksUnasked):
    """A controller. `trip` puts a fault of an axis into the queue, as the hardware would."""

    line_baud: ClassVar[int] = 19200

    def __init__(
        self, clock: LineClock, stage: Stage, *, axes: Sequence[AxisKind] = MASK_ALIGNER
    ) -> None:
        super().__init__()
        self._clock = clock
        self._axes = [_Axis(n, kind, clock, stage) for n, kind in enumerate(axes, start=1)]
        self.interlock_open = False  # fault: the motor cable's interlock
        self._errors: deque[tuple[int, int]] = deque(maxlen=10)
        self._lines = TypedLines(80)
        self._waiting: list[str] = []
        self._free_s = 0.0
        self._plain = self._plain_table()
        self._queries = self._query_table()
        self._settings = self._setting_table()

    def _plain_table(self) -> dict[str, Callable[[], str]]:
        return {
            "TB": self._error_text,
            "TE": lambda: str(self._next_error()[0]),
            "VE": lambda: "ESP301 Version 3.0.1 6/1/99",
            "TS": self._status,
        }

    def _query_table(self) -> dict[str, Callable[[_Axis], str]]:
        return {
            "TP": lambda axis: f"{axis.place():.5f}",
            "PA": lambda axis: f"{axis.target():.5f}",
            "DH": lambda axis: f"{axis.origin:.5f}",
            "MD": lambda axis: str(int(not axis.moving)),
            "MO": lambda axis: str(int(axis.powered)),
            "MF": lambda axis: str(int(axis.powered)),
            "VA": lambda axis: f"{axis.speed:.5f}",
            "AC": lambda axis: f"{axis.acceleration:.5f}",
            "AG": lambda axis: f"{axis.deceleration:.5f}",
            "SL": lambda axis: f"{axis.negative_limit:.5f}",
            "SR": lambda axis: f"{axis.positive_limit:.5f}",
            "SN": lambda axis: str(axis.units),
            "ID": lambda axis: f"STAGE{axis.number}, SN{1000 + axis.number}",
        }

    def _setting_table(self) -> dict[str, Callable[[_Axis, float], None]]:
        return {
            "PA": lambda axis, value: axis.go(value),
            "PR": lambda axis, value: axis.go(axis.place() + value),
            "OR": self._home,
            "DH": self._define_home,
            "VA": self._set_speed,
            "AC": self._set_acceleration,
            "AG": self._set_deceleration,
            "SL": self._set_negative_limit,
            "SR": self._set_positive_limit,
            "SN": self._set_units,
            "WS": self._wait_for_stop,
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        for line in self._lines.feed(data):
            for command in line.upper().split(";"):
                if command.strip() == "AB":
                    self._abort()
                elif command.strip():
                    self._waiting.append(command.strip())
        return self._work()

    @override
    def power_cycle(self) -> None:
        self._lines.forget()
        self._waiting.clear()
        self._errors.clear()
        self._free_s = 0.0
        for axis in self._axes:
            axis.restart()

    def place(self, axis: int) -> float:
        """True place of an axis now, from its home switch."""
        return self._axes[axis - 1].true_place()

    def trip(self, axis: int, code: int) -> None:
        """An axis stops and loses power with a code of `OF_AXIS`."""
        self._axes[axis - 1].halt()
        self._axes[axis - 1].powered = False
        self._note(axis * 100 + code)

    def _work(self) -> list[Answer]:
        answers: list[Answer] = []
        while self._waiting and self._clock.now_s() >= self._free_s:
            reply = self._obey(self._waiting.pop(0))
            if reply:
                answers.append(Answer(reply.encode("latin-1") + b"\r\n", TURNAROUND_S))
        return answers

    def _work_late(self) -> None:
        for answer in self._work():
            self.unasked(answer)

    def _obey(self, text: str) -> str:
        try:
            return self._act(text)
        except EspError as error:
            self._note(error.code)
            return ""

    def _act(self, text: str) -> str:
        match = COMMAND.fullmatch(text)
        if match is None:
            raise EspError(6)
        digits, name, argument = match.groups()
        if name in self._plain:
            return self._plain[name]()
        if argument == "?" or (name == "TP" and not argument):
            return self._ask(digits, name)
        self._command(digits, name, argument)
        return ""

    def _ask(self, digits: str, name: str) -> str:
        query = self._queries.get(name)
        if query is None:
            raise EspError(6)
        if not digits and name == "TP":
            return ", ".join(query(axis) for axis in self._axes)
        return query(self._axis(digits))

    def _command(self, digits: str, name: str, argument: str) -> None:
        if name == "ST" and not digits:
            for axis in self._axes:
                axis.stop()
            return
        if name in {"MO", "MF", "ST"}:
            self._switch(self._axis(digits), name)
            return
        setting = self._settings.get(name)
        if setting is None:
            raise EspError(6)
        axis = self._axis(digits)
        if not argument and name not in ZERO_IF_MISSING:
            raise EspError(38)
        setting(axis, _value(argument or "0"))

    def _switch(self, axis: _Axis, name: str) -> None:
        if name == "ST":
            axis.stop()
        elif name == "MF":
            axis.halt()
            axis.powered = False
        elif self.interlock_open:
            raise EspError(8)
        else:
            axis.powered = True

    def _axis(self, digits: str) -> _Axis:
        if not digits:
            raise EspError(37)
        if not 1 <= int(digits) <= len(self._axes):
            raise EspError(9)
        return self._axes[int(digits) - 1]

    def _home(self, axis: _Axis, mode: float) -> None:
        if mode not in {0, 1, 2, 3, 4, 5, 6}:
            raise EspError(axis.number * 100 + 1)
        axis.home()

    def _define_home(self, axis: _Axis, value: float) -> None:
        axis.origin = axis.true_place() - value

    def _set_speed(self, axis: _Axis, value: float) -> None:
        if value > axis.kind.top_speed:
            raise EspError(axis.number * 100 + 10)
        axis.speed = _positive(axis, value)

    def _set_acceleration(self, axis: _Axis, value: float) -> None:
        axis.acceleration = _positive(axis, value)

    def _set_deceleration(self, axis: _Axis, value: float) -> None:
        axis.deceleration = _positive(axis, value)

    def _set_negative_limit(self, axis: _Axis, value: float) -> None:
        axis.negative_limit = value

    def _set_positive_limit(self, axis: _Axis, value: float) -> None:
        axis.positive_limit = value

    def _set_units(self, axis: _Axis, value: float) -> None:
        if value not in range(11):
            raise EspError(axis.number * 100 + 1)
        axis.units = int(value)

    def _wait_for_stop(self, axis: _Axis, milliseconds: float) -> None:
        if not 0 <= milliseconds <= 60_000:
            raise EspError(axis.number * 100 + 1)
        self._free_s = self._clock.now_s() + axis.still_s() + milliseconds / 1000
        self._clock.at(self._free_s, self._work_late)

    def _abort(self) -> None:
        self._waiting.clear()
        self._free_s = self._clock.now_s()
        for axis in self._axes:
            axis.halt()
            axis.powered = False
        self._note(4)

    def _status(self) -> str:
        bits = 0x40 | (0x10 if any(axis.powered for axis in self._axes) else 0)
        return chr(bits | sum(1 << (axis.number - 1) for axis in self._axes if axis.moving))

    def _note(self, code: int) -> None:
        self._errors.append((code, round(self._clock.now_s() / TICK_S)))

    def _next_error(self) -> tuple[int, int]:
        if self._errors:
            return self._errors.popleft()
        return 0, round(self._clock.now_s() / TICK_S)

    def _error_text(self) -> str:
        code, ticks = self._next_error()
        if code < 100:
            return f"{code}, {ticks}, {GENERAL[code]}"
        return f"{code}, {ticks}, AXIS-{code // 100} {OF_AXIS[code % 100]}"


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise EspError(7) from None
    if not math.isfinite(value):
        raise EspError(7)
    return value


def _positive(axis: _Axis, value: float) -> float:
    if value <= 0:
        raise EspError(axis.number * 100 + 1)
    return value
