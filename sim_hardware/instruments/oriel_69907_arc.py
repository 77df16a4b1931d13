"""The arc behind an Oriel 69907 supply: striking, burning within limits, going out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.rising import reached

IGNITION_S = 5.5
ROUNDING = 1e-9  # an output on its limit is not held by it


class ArcLamp(Protocol):
    """The lamp in its housing, and the chain that allows it to burn."""

    def interlock_closed(self) -> bool:
        """Whether housing, cooling and lid allow the lamp to burn."""
        ...

    def strikes(self) -> bool:
        """Whether a strike would light it."""
        ...

    def volts_for(self, amps: float) -> float:
        """Voltage of the arc; `amps` times it rises with `amps`."""
        ...

    def on_arc(self, amps: float) -> None:
        """The arc now carries another current; 0 when it is out."""
        ...


class Phase(StrEnum):
    """Where the lamp is."""

    DARK = auto()
    IGNITING = auto()
    LIT = auto()
    STOPPING = auto()


@dataclass(frozen=True, slots=True)
class Settings:
    """What is kept without mains."""

    amps: float
    watts: float
    most_amps: float
    most_watts: float
    power_mode: bool = True


class ArcStage:
    """The output of the supply; `failed` is called when the lamp does not light or goes out."""

    def __init__(
        self,
        clock: LineClock,
        lamp: ArcLamp,
        *,
        rated_amps: float,
        rated_watts: float,
        burnt_h: float,
        stop_s: float,
    ) -> None:
        self._clock, self._lamp = clock, lamp
        self.rated_amps, self.rated_watts, self.stop_s = rated_amps, rated_watts, stop_s
        self.failing_strikes = 0
        self.phase = Phase.DARK
        self.set = self.factory()
        self.amps, self.limited = 0.0, False
        self.failed: Callable[[], None] = _nothing
        self._burnt_h, self._lit_since_s = burnt_h, 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def burns(self) -> bool:
        """Whether there is an arc."""
        return self.phase in {Phase.LIT, Phase.STOPPING}

    def burnt_h(self) -> float:
        """Hours the lamp has burnt."""
        now_s = self._clock.now_s()
        return self._burnt_h + ((now_s - self._lit_since_s) / 3600.0 if self.burns else 0.0)

    def volts(self) -> float:
        """Voltage of the arc now."""
        return self._lamp.volts_for(self.amps) if self.amps else 0.0

    def interlock_closed(self) -> bool:
        """Whether the lamp may burn."""
        return self._lamp.interlock_closed()

    def factory(self) -> Settings:
        """Settings at delivery."""
        return Settings(0.0, 0.0, self.rated_amps, self.rated_watts)

    def change(self, settings: Settings) -> None:
        """Burn with other settings."""
        self.set = settings
        self.settle()

    def left_burning(self, watts: float) -> None:
        """Be as a shift leaves it: lit, at constant power."""
        self.set = replace(self.set, watts=watts, power_mode=True)
        self.phase, self._lit_since_s = Phase.LIT, self._clock.now_s()
        self.settle()

    def count_from_h(self, hours: float) -> None:
        """Another lamp with so many hours is in the housing."""
        self._burnt_h, self._lit_since_s = hours, self._clock.now_s()

    def start(self) -> None:
        """Strike a dark lamp; a lit one stays as it is."""
        if self.phase is Phase.DARK:
            self._go(Phase.IGNITING, IGNITION_S, self._struck)

    def stop(self) -> None:
        """Let the lamp go out; a dark one stays as it is."""
        if self.phase is Phase.IGNITING:
            self.go_dark()
        elif self.phase is Phase.LIT:
            self._go(Phase.STOPPING, self.stop_s, self.go_dark)

    def go_dark(self) -> None:
        """The arc is gone at once."""
        self._forget_timer()
        self._burnt_h = self.burnt_h()
        self.phase = Phase.DARK
        self.settle()

    def lose(self) -> None:
        """The lamp goes out by itself."""
        self.go_dark()
        self.failed()

    def settle(self) -> None:
        """Find the current again and tell the lamp when it changed."""
        if self.phase is not Phase.DARK and not self._lamp.interlock_closed():
            self.lose()
            return
        self.limited = False
        amps = self._working_amps() if self.burns else 0.0
        if amps != self.amps:
            self.amps = amps
            self._lamp.on_arc(amps)

    def _struck(self) -> None:
        failing, self.failing_strikes = self.failing_strikes, max(0, self.failing_strikes - 1)
        if failing or not self._lamp.interlock_closed() or not self._lamp.strikes():
            self.lose()
            return
        self.phase, self._timer = Phase.LIT, None
        self._lit_since_s = self._clock.now_s()
        self.settle()

    def _go(self, phase: Phase, delay_s: float, then: Callable[[], None]) -> None:
        self._forget_timer()
        self.phase = phase
        self._timer = self._clock.after(delay_s, then)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _working_amps(self) -> float:
        wanted = self.set
        aims = self._amps_for(wanted.watts) if wanted.power_mode else wanted.amps
        allowed = min(wanted.most_amps, self._amps_for(wanted.most_watts))
        self.limited = aims > allowed + ROUNDING
        return min(aims, allowed)

    def _amps_for(self, watts: float) -> float:
        return reached(lambda amps: amps * self._lamp.volts_for(amps), watts, self.rated_amps)


def _nothing() -> None:
    """Nobody watches."""
