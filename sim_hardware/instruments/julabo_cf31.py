"""Julabo CF31 cryo-compact circulator, from the interface chapter of its manual.

4800 7E1. The host ends a line with CR (or CR LF), answers end with CR LF. Settings (`OUT...`) are
never answered, and whatever arrives within 250 ms after one, or 10 ms after a question, is lost.
A mistake shows in `STATUS` until the next valid command.

Chosen here, not stated by the source: all texts after the numbers of `STATUS`; two decimals; the
heater's percentage (it is proportional to the distance from the setpoint); that settings are
refused as invalid while the front panel has control; that setpoints survive a mains failure.
"""

import math
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.typed_lines import TypedLines
from sim_hardware.core.wire import Answer, StreamInstrument

AFTER_OUT_S, AFTER_IN_S = 0.250, 0.010
TURNAROUND_S = 0.010
LOWEST_C, HIGHEST_C = -30.0, 200.0
PCT_PER_C = 20.0
LOW_LEVEL, EXCESS_TEMPERATURE, SENSOR = (
    "-01 LOW LEVEL ALARM", "-03 EXCESS TEMPERATURE WARNING", "-05 WORKING SENSOR SHORT-CIRCUITED",
)  # fmt: skip
INVALID, TOO_SMALL, TOO_LARGE, ABOVE_LIMITS = (
    "-08 INVALID COMMAND", "-10 VALUE TOO SMALL", "-11 VALUE TOO LARGE",
    "-13 VALUE EXCEEDS TEMPERATURE LIMITS",
)  # fmt: skip
ABOVE_HIGH_LIMIT = "-12 WARNING: VALUE EXCEEDS HIGH LIMIT"


class Bath(Protocol):
    """The liquid the circulator works on."""

    def temperature_c(self) -> float:
        """Temperature of the bath."""
        ...

    def regulate(self, setpoint_c: float | None) -> None:
        """Regulate from now on; None when the circulator stands."""
        ...


class Mistake(Exception):
    """A line of `STATUS`."""


class JulaboCf31(StreamInstrument):
    """One circulator."""

    line_baud: ClassVar[int] = 4800
    char_bits: ClassVar[int] = 10

    def __init__(
        self, clock: LineClock, bath: Bath, *, drops_first: bool = False, sends_xon: bool = False
    ) -> None:
        self._clock, self._bath = clock, bath
        self._drops_first, self._sends_xon = drops_first, sends_xon
        self._first_lost = not drops_first
        self.version = "JULABO CRYOCOMPACT CF31 VERSION 4.0"
        self.remote = True  # fault: False when someone switched to manual control at the panel
        self.sensor_offset_c = 0.0  # fault: the working sensor reads wrong by this much
        self.safety_sensor_offset_c = 0.0  # fault: the same for the safety sensor
        self._alarm = ""
        self._mistake = ""
        self._setpoints_c = {0: 25.0, 1: 25.0, 2: 25.0, 3: 100.0, 4: -20.0}
        self._screw_c = 120.0  # excess temperature protection, set with a screwdriver
        self._pump_stage, self._active, self._external, self._running = 2, 0, 0, False
        self._lines = TypedLines(60)
        self._deaf_until_s = 0.0
        self._queries = self._query_table()
        self._settings = self._setting_table()

    def _query_table(self) -> dict[str, Callable[[], str]]:
        return {
            "VERSION": lambda: self.version,
            "STATUS": self._status,
            "IN_PV_00": lambda: _decimal(self._working_c()),
            "IN_PV_01": lambda: _decimal(self._heater_pct()),
            "IN_PV_02": lambda: _decimal(self._bath.temperature_c()),
            "IN_PV_03": lambda: _decimal(self._bath.temperature_c() + self.safety_sensor_offset_c),
            "IN_PV_04": lambda: _decimal(self._screw_c),
            **{f"IN_SP_0{number}": self._setpoint_text(number) for number in self._setpoints_c},
            "IN_SP_06": lambda: "0",  # degrees Celsius
            "IN_SP_07": lambda: str(self._pump_stage),
            "IN_MODE_01": lambda: str(self._active),
            "IN_MODE_04": lambda: str(self._external),
            "IN_MODE_05": lambda: str(int(self._running)),
        }

    def _setting_table(self) -> dict[str, Callable[[float], None]]:
        return {
            **{f"OUT_SP_0{number}": self._setpoint_store(number) for number in self._setpoints_c},
            "OUT_SP_07": self._set_pump_stage,
            "OUT_MODE_01": self._set_active,
            "OUT_MODE_04": self._set_external,
            "OUT_MODE_05": self._set_running,
        }

    def _setpoint_text(self, number: int) -> Callable[[], str]:
        return lambda: _decimal(self._setpoints_c[number])

    def _setpoint_store(self, number: int) -> Callable[[float], None]:
        return lambda value: self._set_setpoint(number, value)

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers: list[Answer] = []
        for line in self._lines.feed(data):
            if line.strip() and self._clock.now_s() >= self._deaf_until_s:
                answers += self._obey(line.strip().upper())
        return answers

    @override
    def power_cycle(self) -> None:
        self._lines.forget()
        self._mistake, self._first_lost = "", not self._drops_first
        self._deaf_until_s = 0.0
        self._switch(on=False)

    def left_running(self, setpoint_c: float) -> None:
        """Regulate at a set-point, as the shift before left it."""
        self._setpoints_c[self._active] = setpoint_c
        self._switch(on=True)

    def alarm(self, text: str) -> None:
        """Stop with one of the alarms above; an empty text ends the alarm."""
        self._alarm = text
        if text:
            self._switch(on=False)

    def _obey(self, line: str) -> list[Answer]:
        if line.startswith("OUT"):
            self._deaf_until_s = self._clock.now_s() + AFTER_OUT_S
            self._set(line)
            return []
        if not self._first_lost:
            self._first_lost = True
            return []
        self._deaf_until_s = self._clock.now_s() + AFTER_IN_S
        query = self._queries.get(line)
        if query is None:
            self._mistake = INVALID
            return []
        if line != "STATUS":
            self._mistake = ""
        xon = b"\x11" if self._sends_xon else b""
        return [Answer(xon + query().encode("ascii") + b"\r\n", TURNAROUND_S)]

    def _set(self, line: str) -> None:
        name, _, argument = line.partition(" ")
        setting = self._settings.get(name)
        if setting is None or not self.remote:
            self._mistake = INVALID
            return
        try:
            setting(_number(argument))
        except Mistake as mistake:
            self._mistake = str(mistake)
        else:
            self._mistake = ""

    def _set_setpoint(self, number: int, value_c: float) -> None:
        _limited(value_c, LOWEST_C, HIGHEST_C)
        if number < 3 and not self._setpoints_c[4] <= value_c <= self._setpoints_c[3]:
            raise Mistake(ABOVE_LIMITS)
        if number == 3 and value_c > self._screw_c:
            raise Mistake(ABOVE_HIGH_LIMIT)
        self._setpoints_c[number] = value_c
        self._regulate()

    def _set_pump_stage(self, value: float) -> None:
        self._pump_stage = round(_limited(value, 1, 4))

    def _set_active(self, value: float) -> None:
        self._active = round(_limited(value, 0, 2))
        self._regulate()

    def _set_external(self, value: float) -> None:
        self._external = round(_limited(value, 0, 1))

    def _set_running(self, value: float) -> None:
        self._switch(on=_limited(value, 0, 1) >= 0.5 and not self._alarm)

    def _switch(self, *, on: bool) -> None:
        was_running, self._running = self._running, on
        if on:
            self._regulate()
        elif was_running:
            self._bath.regulate(None)

    def _regulate(self) -> None:
        if self._running:
            self._bath.regulate(self._setpoints_c[self._active] - self.sensor_offset_c)

    def _working_c(self) -> float:
        return self._bath.temperature_c() + self.sensor_offset_c

    def _heater_pct(self) -> float:
        if not self._running:
            return 0.0
        distance_c = self._setpoints_c[self._active] - self._working_c()
        return max(-100.0, min(100.0, PCT_PER_C * distance_c))

    def _status(self) -> str:
        if self._alarm or self._mistake:
            return self._alarm or self._mistake
        number = 2 * self.remote + self._running
        place = "REMOTE" if self.remote else "MANUAL"
        return f"0{number} {place} {'START' if self._running else 'STOP'}"


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Mistake(INVALID) from None
    if not math.isfinite(value):
        raise Mistake(INVALID)
    return value


def _limited(value: float, lowest: float, highest: float) -> float:
    if value < lowest:
        raise Mistake(TOO_SMALL)
    if value > highest:
        raise Mistake(TOO_LARGE)
    return value


def _decimal(value: float) -> str:
    return f"{value:.2f}"
