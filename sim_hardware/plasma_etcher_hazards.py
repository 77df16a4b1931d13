"""What harms people, wafer or pumps in the plasma etcher: looked at after every change."""

import asyncio
import math
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.plasma_etcher_chamber import EtchChamber
from sim_hardware.plasma_etcher_chuck import Chuck
from sim_hardware.plasma_etcher_plc import HOT_C
from sim_hardware.plasma_etcher_pumps import TurboPump

RUINED_C: Final = 155.0  # solder; the controller ends the plasma five degrees before
EMPTY_S: Final = 10.0  # RF into a chamber without gas harms the generators after that
INRUSH_MTORR: Final = 750.0  # a rotor at speed stands less than 1 mbar


class Reactor(Protocol):
    """What else is looked at."""

    def hazard(self, text: str) -> None:
        """Note something that would ruin a wafer or hurt a person."""
        ...

    def rf_on(self) -> bool:
        """Whether a generator is on."""
        ...

    def lit(self) -> bool:
        """Whether there is something to burn."""
        ...

    def water_well(self) -> bool:
        """What the flow switch says."""
        ...

    def wafer_present(self) -> bool:
        """Whether a wafer lies on the chuck."""
        ...

    def wafer_hot(self) -> None:
        """The wafer's sensor has passed the controller's limit."""
        ...


class EtcherHazards:
    """Judges the state of things, and foresees what time will make of it."""

    def __init__(
        self,
        clock: LineClock,
        reactor: Reactor,
        chamber: EtchChamber,
        chuck: Chuck,
        turbo: TurboPump,
    ) -> None:
        self._clock, self._reactor = clock, reactor
        self._chamber, self._chuck, self._turbo = chamber, chuck, turbo
        self._hot_timers: list[asyncio.TimerHandle] = []
        self._empty_timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Something has changed, or has settled since."""
        self._watch_heat()
        self._watch_gas()
        if self._reactor.rf_on():
            self._judge_plasma()
        if self._chamber.gate_open and self._chamber.mtorr() > INRUSH_MTORR:
            self._judge_inrush()

    def _judge_plasma(self) -> None:
        wrong = {
            "RF without vacuum": not self._chamber.under_vacuum(),
            "RF without cooling water": not self._reactor.water_well(),
            "RF without a clamped wafer": not self._chuck.clamped,
            "RF without the turbopump at speed": not self._turbo.at_speed(),
        }
        for text, there in wrong.items():
            if there:
                self._reactor.hazard(text)

    def _judge_inrush(self) -> None:
        if self._turbo.at_speed():
            self._reactor.hazard("turbopump at speed open to the air")

    def _watch_heat(self) -> None:
        for timer in self._hot_timers:
            timer.cancel()
        self._hot_timers = []
        if not self._reactor.wafer_present() or not self._reactor.rf_on():
            return
        for limit_c, action in ((HOT_C, self._reactor.wafer_hot), (RUINED_C, self._ruined)):
            passes_in_s = self._chuck.wafer_passes_in_s(limit_c)
            if math.isfinite(passes_in_s):
                self._hot_timers.append(self._clock.after(passes_in_s, action))

    def _ruined(self) -> None:
        self._reactor.hazard("solder wafer above 150 C")

    def _watch_gas(self) -> None:
        empty = self._empty()
        if empty and self._empty_timer is None:
            self._empty_timer = self._clock.after(EMPTY_S, self._still_empty)
        elif not empty and self._empty_timer is not None:
            self._empty_timer.cancel()
            self._empty_timer = None

    def _still_empty(self) -> None:
        self._empty_timer = None
        if self._empty():
            self._reactor.hazard("RF without gas")

    def _empty(self) -> bool:
        return self._reactor.rf_on() and not self._reactor.lit()
