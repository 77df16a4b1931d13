"""Gauges and relays of an MKS 937B controller: what a channel reads, and what its relays do.

Pressures are kept in Torr, the controller's own unit.

Chosen here, not stated by the source: the ranges of the gauges and what is printed at their ends;
an ion gauge starts 3 s after it is switched on; a gauge that protects itself stays off until it is
switched on again; a relay whose gauge has no number to compare is de-energised.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock

MBAR_PER_TORR: Final = 1.333224
PROTECT_TORR: Final = 5e-3
HIGHEST_DEGAS_TORR: Final = 1e-5
START_DELAY_S: Final = 3.0
HYSTERESIS: Final = 0.1  # the reset value follows a new setpoint at this distance


class VacuumGauge(Protocol):
    """The place where a gauge head sits."""

    def mbar(self) -> float:
        """Pressure there."""
        ...


class Kind(Enum):
    """Gauge types: lowest and highest reading in Torr, and what is printed beyond them."""

    COLD_CATHODE = ("CC", 1e-11, 1e-2, "LO<E-11", "PROTECT")
    HOT_CATHODE = ("HC", 1e-10, 1e-2, "LO<E-10", "PROTECT")
    PIRANI = ("PR", 4e-4, 450.0, "LO<E-4", "ATM")
    CONVECTION_PIRANI = ("CP", 1e-3, 1000.0, "LO<E-3", ">1.0E+3")
    MANOMETER = ("CM", 1e-1, 1100.0, "LO<E-1", ">1.1E+3")
    MANOMETER_100_MTORR = ("CM", 1e-5, 0.11, "LO<E-5", ">1.1E-1")

    def __init__(self, letters: str, low: float, high: float, below: str, above: str) -> None:
        self.letters, self.low_torr, self.high_torr = letters, low, high
        self.below, self.above = below, above

    @property
    def ion(self) -> bool:
        """Whether it has a discharge or a filament that must be switched on."""
        return self in {Kind.COLD_CATHODE, Kind.HOT_CATHODE}

    @property
    def setpoints_torr(self) -> tuple[float, float]:
        """From where to where a relay can be set; the manual narrows it for cold cathodes."""
        if self is Kind.COLD_CATHODE:
            return 2e-10, 5e-3
        return self.low_torr, self.high_torr

    @property
    def full_scale_torr(self) -> float | None:
        """Full scale of a capacitance manometer; it reads a tenth beyond. None for others."""
        return self.high_torr / 1.1 if self.letters == "CM" else None


class State(Enum):
    """Status letters of an ion gauge, and what is printed in place of a pressure."""

    WAIT = ("W", "WAIT")
    OFF = ("O", "OFF")
    PROTECT = ("P", "PROTECT")
    DEGAS = ("D", "")
    CONTROL = ("C", "CTRL_OFF")
    REAR_OFF = ("R", "OFF")
    FILAMENT = ("H", "OFF")
    NO_GAUGE = ("N", "MISCONN")
    GOOD = ("G", "")

    def __init__(self, letter: str, text: str) -> None:
        self.letter, self.text = letter, text


class Channel:
    """One gauge at one input. Look at it with `recheck` before anything is read."""

    def __init__(self, clock: LineClock, gauge: VacuumGauge, kind: Kind) -> None:
        self._clock, self._gauge, self.kind = clock, gauge, kind
        self.unplugged = False  # fault: the cable is out
        self.filament_broken = False  # fault: a hot cathode without filament
        self.rear_off = False  # a contact at the rear panel switches the gauge off
        self.powered, self.degassing, self.protected = True, False, False
        self.held_off = False  # by the gauge that controls this one
        self.protect_torr, self.start_delay_s = PROTECT_TORR, START_DELAY_S
        self._good_at_s = clock.now_s()

    def switch(self, *, on: bool) -> None:
        """Channel power; an ion gauge waits before it burns again."""
        if on and (not self.powered or self.protected):
            self.start()
        self.powered = on
        if not on:
            self.degassing = False

    def start(self) -> None:
        """Begin again: what protected the gauge is forgotten."""
        self.protected = self.degassing = False
        self._good_at_s = self._clock.now_s() + self.start_delay_s

    def recheck(self) -> None:
        """Look at the pressure: a burning ion gauge in bad vacuum protects itself."""
        if self.kind.ion and self.state() in {State.GOOD, State.DEGAS}:
            self.protected = self.torr() > self.protect_torr
            self.degassing = self.degassing and not self.protected

    def state(self) -> State:
        """The status letter."""
        reasons = (
            (self.unplugged, State.NO_GAUGE),
            (self.kind is Kind.HOT_CATHODE and self.filament_broken, State.FILAMENT),
            (self.rear_off, State.REAR_OFF),
            (not self.powered, State.OFF),
            (self.held_off, State.CONTROL),
            (self.protected, State.PROTECT),
            (self.kind.ion and self._clock.now_s() < self._good_at_s, State.WAIT),
            (self.degassing, State.DEGAS),
        )
        return next((state for holds, state in reasons if holds), State.GOOD)

    def torr(self) -> float:
        """Pressure at the head, whether it can be read or not."""
        return self._gauge.mbar() / MBAR_PER_TORR

    def reading(self) -> float | str:
        """Torr, or what is printed when there is no number."""
        if text := self.state().text:
            return text
        if self.torr() < self.kind.low_torr:
            return self.kind.below
        return self.kind.above if self.torr() > self.kind.high_torr else self.torr()

    def comparable_torr(self) -> float | None:
        """Pressure for a relay: what is beyond an end of the range counts as beyond it."""
        return None if self.state().text else self.torr()


@dataclass
class Relay:
    """One of the two relays of a channel."""

    setpoint_torr: float
    reset_torr: float
    above: bool = False
    mode: str = "CLEAR"
    energised: bool = False

    def move(self, setpoint_torr: float, *, above: bool) -> None:
        """A new setpoint or direction takes the reset value with it."""
        self.setpoint_torr, self.above = setpoint_torr, above
        self.reset_torr = setpoint_torr * (1.0 - HYSTERESIS if above else 1.0 + HYSTERESIS)

    def recheck(self, torr: float | None) -> None:
        """Compare; between setpoint and reset value nothing changes."""
        if self.mode != "ENABLE" or torr is None:
            self.energised = self.mode == "SET"
        elif (torr >= self.setpoint_torr) if self.above else (torr <= self.setpoint_torr):
            self.energised = True
        elif (torr <= self.reset_torr) if self.above else (torr >= self.reset_torr):
            self.energised = False
