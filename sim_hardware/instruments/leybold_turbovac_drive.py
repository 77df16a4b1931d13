"""The drive of a Leybold TURBOVAC i/iX: it runs the rotor, watches it, and stops it with an error.

Chosen here, not stated by the source: an error holds the switch-on lock until the start bit has
been zero; warnings of P227 stay until a reset or a write; the motor takes its nominal current while
it accelerates; 116 comes when the speed has been below normal operation for 300 s;
a loss of the mains is remembered as a failure of the supply, and is no error once they are back.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.turbo_rotor import TurboRotor, TurboSurroundings

CRITICAL_HZ: Final = 60.0  # from here to P20 the rotor must pass within P183
TURNING_HZ: Final = 0.5
LINGER_S: Final = 300.0
LOWEST_VOLTS: Final = 20.0
SUPPLY_FAILED, OVERLOADED = 103, 106


class Warn(IntFlag):
    """Bits of P227."""

    MOTOR_HOT = 1 << 0
    CONVERTER_HOT = 1 << 1
    BEARING_HOT = 1 << 2
    COLD = 1 << 3
    OVERSPEED = 1 << 6
    OVERLOAD = 1 << 11
    SUPPLY = 1 << 14

    @property
    def hot(self) -> bool:
        """Whether it is about a temperature."""
        return bool(self & (Warn.MOTOR_HOT | Warn.CONVERTER_HOT | Warn.BEARING_HOT | Warn.COLD))


@dataclass(frozen=True, slots=True)
class PumpError:
    """One entry of the error memory."""

    code: int
    hz: int
    centihours: int


Read = Callable[[int], int]  # value of a parameter


class TurbovacDrive:
    """Start, stop, and everything that stops by itself. `value` reads a parameter."""

    def __init__(
        self,
        clock: LineClock,
        surroundings: TurboSurroundings,
        value: Read,
        *,
        up_hz_s: float,
        down_hz_s: float,
    ) -> None:
        self._clock, self._around, self._value = clock, surroundings, value
        self.rotor = TurboRotor(
            clock, surroundings, self.look, up_hz_s=up_hz_s, down_hz_s=down_hz_s
        )
        self.on, self.locked, self.error = False, False, 0
        self.running_a, self.run_up_a = 1.0, 5.0
        self.supply_v = 24.0
        self.starts, self.errors, self.overloads = 0, 0, 0
        self.memory: list[PumpError] = []
        self.warnings = Warn(0)
        self._setpoint_hz: float = 0.0
        self._was_normal = False
        self._ran_s, self._on_since_s = 0.0, 0.0
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def normal(self) -> bool:
        """Whether the speed is above the threshold of normal operation."""
        return self.on and self.rotor.hz() >= self.threshold_hz

    @property
    def turning(self) -> bool:
        """Whether the rotor turns."""
        return self.rotor.hz() > TURNING_HZ

    @property
    def centihours(self) -> int:
        """Hours of operation, times 100."""
        running_s = self._clock.now_s() - self._on_since_s if self.on else 0.0
        return int((self._ran_s + running_s) / 36.0)

    def amps(self) -> float:
        """Motor current."""
        if not self.on:
            return 0.0
        return self.run_up_a if self.rotor.slope() > 0.0 else self.running_a

    def run(self, setpoint_hz: float) -> None:
        """Run at a speed; nothing happens while the switch-on lock holds."""
        if self.locked or self.error:
            return
        self._setpoint_hz = setpoint_hz
        if not self.on:
            self.on, self._was_normal = True, False
            self.starts = (self.starts + 1) & 0xFFFF
            self._on_since_s = self._clock.now_s()
            self._watch_run_up()
        self.look()

    def stop(self) -> None:
        """Run down. This is also what opens the switch-on lock once the error is gone."""
        if not self.error:
            self.locked = False
        if self.on:
            self._end_run()
            self.look()

    def reset(self) -> None:
        """Acknowledge an error; what still has a cause comes back at once."""
        self.error, self.warnings = 0, Warn(0)
        self.look()

    def trip(self, code: int) -> None:
        """An error: noted in the memory, and the pump stops."""
        if self.error:
            return
        self.error, self.locked = code, True
        self._remember(code)
        if self.on:
            self._end_run()
        self.rotor.aim(0.0)

    def mains_failed(self) -> None:
        """The rotor runs down; hours, counters and the error memory remain, with one entry more."""
        self._remember(SUPPLY_FAILED)
        if self.on:
            self._end_run()
        self.error, self.locked, self.warnings = 0, False, Warn(0)
        self.rotor.aim(0.0)

    def _remember(self, code: int) -> None:
        self.errors = (self.errors + 1) & 0xFFFF
        self.overloads += code == OVERLOADED
        self.memory.insert(0, PumpError(code, round(self.rotor.hz()), self.centihours))
        del self.memory[254:]

    def look(self) -> None:
        """Look at load, temperatures and speed again."""
        self._look_at_temperatures()
        self._look_at_speed()
        marks_hz = (self.threshold_hz, float(self._value(20)), CRITICAL_HZ)
        self.rotor.aim(self._setpoint_hz if self.on else 0.0, *marks_hz)

    @property
    def threshold_hz(self) -> float:
        """Speed of normal operation: P25 percent of what is asked for."""
        return self._setpoint_hz * self._value(25) / 100.0

    def _end_run(self) -> None:
        self._ran_s += self._clock.now_s() - self._on_since_s
        self.on = False
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _watch_run_up(self) -> None:
        to_critical_s = max(0.0, CRITICAL_HZ - self.rotor.hz()) / self.rotor.up_hz_s
        self._timers = [
            self._clock.after(self._value(32), self._run_up_over),
            self._clock.after(to_critical_s + self._value(183), self._passing_over),
        ]

    def _run_up_over(self) -> None:
        if not self._was_normal and not self.normal:
            self.trip(6)

    def _passing_over(self) -> None:
        if CRITICAL_HZ <= self.rotor.hz() < self._value(20):
            self.trip(2)

    def _look_at_temperatures(self) -> None:
        motor_c, bearing_c = self._around.motor_c(), self._around.bearing_c()
        converter_c = self._around.converter_c()
        for bit, holds in (
            (Warn.MOTOR_HOT, motor_c > self._value(16)),
            (Warn.CONVERTER_HOT, converter_c > self._value(1101)),
            (Warn.BEARING_HOT, bearing_c > self._value(126)),
            (Warn.COLD, motor_c < self._value(128)),
            (Warn.SUPPLY, self.supply_v < LOWEST_VOLTS),
        ):
            self.warnings |= bit if holds else Warn(0)
        for code, holds in (
            (3, bearing_c > self._value(132)),
            (5, converter_c > self._value(1102)),
            (7, motor_c > self._value(133)),
            (111, motor_c < self._value(131)),
        ):
            if holds:
                self.trip(code)

    def _look_at_speed(self) -> None:
        hz = self.rotor.hz()
        if hz > self._setpoint_hz + 10.0 and self.on and self.rotor.slope() >= 0.0:
            self.warnings |= Warn.OVERSPEED
        if self.normal:
            self._was_normal = True
        elif self.on and self._was_normal and self._around.highest_hz() < self.threshold_hz:
            if not self.warnings & Warn.OVERLOAD:
                self._timers.append(self._clock.after(LINGER_S, self._lingered))
            self.warnings |= Warn.OVERLOAD
            if hz < self._value(20):
                self.trip(106)

    def _lingered(self) -> None:
        if self.on and not self.normal:
            self.trip(116)
