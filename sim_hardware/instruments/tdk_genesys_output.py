"""The power stage of a TDK-Lambda Genesys supply: working point, limits and protections."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.rising import reached

FOLDBACK_S, FOLDBACK_STEP_S = 0.25, 0.1
ROUNDING = 1e-9  # a value on a limit is inside it


class Fault(IntFlag):
    """Bits of `FLT?`."""

    AC = 0x02
    OVER_TEMPERATURE = 0x04
    FOLDBACK = 0x08
    OVER_VOLTAGE = 0x10
    SHUT_OFF = 0x20
    OUTPUT_OFF = 0x40
    ENABLE_OPEN = 0x80


LATCHED = Fault.FOLDBACK | Fault.OVER_VOLTAGE | Fault.OUTPUT_OFF  # until the output is asked for


class ElectroLoad(Protocol):
    """What is connected to the terminals, and the enable contact at the back."""

    def enabled(self) -> bool:
        """Whether the enable contact is closed."""
        ...

    def volts_for(self, amps: float) -> float:
        """Voltage that drives `amps`; rises with `amps`, infinite where no current can flow."""
        ...

    def on_output(self, amps: float) -> None:
        """The delivered current changed."""
        ...


class Refusal(Exception):
    """An error code as it is printed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `SAV` keeps."""

    volts: float
    amps: float
    over_volts: float
    under_volts: float = 0.0
    foldback: bool = False
    foldback_steps: int = 0
    restart: bool = False
    on: bool = False


class PowerStage:
    """Constant voltage or constant current, whichever the load reaches first."""

    def __init__(self, clock: LineClock, load: ElectroLoad, volts: float, amps: float) -> None:
        self._clock, self._load = clock, load
        self.rated_volts, self.rated_amps = volts, amps
        self.set = Settings(0.0, 0.0, self.highest_over_volts)
        self.saved = self.set
        self.faults = Fault(0)
        self.delivered_amps = 0.0
        self.changed: Callable[[], None] = _nothing
        self._interrupted = False  # a fault that can pass took the output away
        self._fold_timer: asyncio.TimerHandle | None = None

    @property
    def highest_over_volts(self) -> float:
        """Where over-voltage protection ends."""
        return 1.2 * self.rated_volts

    def mode(self) -> str:
        """CV, CC or OFF."""
        if not self.set.on:
            return "OFF"
        return "CC" if self._load.volts_for(self.set.amps) <= self.set.volts else "CV"

    def measured_volts(self) -> float:
        """Voltage at the terminals."""
        if not self.set.on:
            return 0.0
        if self.mode() == "CV":
            return self.set.volts
        return self._load.volts_for(self.set.amps)

    def change(self, settings: Settings) -> None:
        """Take settings; Refusal E07 if the output may not go on."""
        self._interrupted = False
        if settings.on and not self.set.on:
            self.faults &= ~LATCHED
            self._look_at_enable()
            if self.faults:
                raise Refusal("E07")
        self.set = settings
        self.settle()

    def settle(self) -> None:
        """Find the working point again and tell the load when the current changed."""
        self._look_at_enable()
        if self.faults and self.set.on:
            self._interrupted = self.set.restart and not self.faults & LATCHED
            self.set = replace(self.set, on=False)
        elif self._interrupted and not self.faults:
            self._interrupted = False
            self.set = replace(self.set, on=True)
        amps = self._working_amps()
        self._fold()
        if amps != self.delivered_amps:
            self.delivered_amps = amps
            self._load.on_output(amps)
        self.changed()

    def set_volts(self, volts: float) -> None:
        """Refusal E01 or E02 outside the rating and the protections."""
        if volts > min(1.05 * self.rated_volts, 0.95 * self.set.over_volts) + ROUNDING:
            raise Refusal("E01")
        if volts < self.set.under_volts:
            raise Refusal("E02")
        self.change(replace(self.set, volts=volts))

    def set_amps(self, amps: float) -> None:
        """Refusal C05 above the rating."""
        if amps > 1.05 * self.rated_amps + ROUNDING:
            raise Refusal("C05")
        self.change(replace(self.set, amps=amps))

    def set_over_volts(self, volts: float) -> None:
        """Refusal C05 above the range, E04 too near the voltage setpoint."""
        if volts > self.highest_over_volts:
            raise Refusal("C05")
        if volts < 1.05 * self.set.volts - ROUNDING:
            raise Refusal("E04")
        self.change(replace(self.set, over_volts=volts))

    def set_under_volts(self, volts: float) -> None:
        """Refusal E06 too near the voltage setpoint."""
        if volts > 0.95 * self.set.volts + ROUNDING:
            raise Refusal("E06")
        self.change(replace(self.set, under_volts=volts))

    def reset(self) -> None:
        """Everything off and at zero."""
        self.change(Settings(0.0, 0.0, self.highest_over_volts))

    def save(self) -> None:
        """Keep the settings for a recall."""
        self.saved = self.set

    def mains_failed(self) -> None:
        """Come back with the settings; the output only with auto-restart."""
        on = self.set.on and self.set.restart
        self.set = replace(self.set, on=False)
        self.settle()
        self.faults, self._interrupted = Fault(0), on
        self.settle()

    def _look_at_enable(self) -> None:
        if self._load.enabled():
            self.faults &= ~Fault.ENABLE_OPEN
        else:
            self.faults |= Fault.ENABLE_OPEN

    def _working_amps(self) -> float:
        if not self.set.on:
            return 0.0
        if self.mode() == "CC":
            return self.set.amps
        return reached(self._load.volts_for, self.set.volts, self.set.amps)

    def _fold(self) -> None:
        folding = self.set.foldback and self.mode() == "CC"
        if folding and self._fold_timer is None:
            delay_s = FOLDBACK_S + FOLDBACK_STEP_S * self.set.foldback_steps
            self._fold_timer = self._clock.after(delay_s, self._folded)
        elif not folding and self._fold_timer is not None:
            self._fold_timer.cancel()
            self._fold_timer = None

    def _folded(self) -> None:
        self._fold_timer = None
        self.trip(Fault.FOLDBACK)

    def trip(self, fault: Fault) -> None:
        """Note a fault; the output goes off."""
        self.faults |= fault
        self.settle()

    def clear(self, fault: Fault) -> None:
        """Forget a fault whose cause is gone; with auto-restart the output comes back."""
        self.faults &= ~fault
        self.settle()


def _nothing() -> None:
    """Nobody watches."""
