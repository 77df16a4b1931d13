"""How the plasma etcher's controller carries out a pressure order and watches the pressure."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.click_packml import Ack
from sim_hardware.instruments.click_program import Accepted, Done, Order, Outcome, Plc, Refused
from sim_hardware.plasma_etcher_chamber import EtchChamber

PRESSURE_BAND: Final = 17
ARG_1: Final = 104  # the register named in a refusal
MAX_MTORR: Final = 100.0
BAND_S: Final = 5.0  # out of band for so long is an alarm
SCAN_S: Final = 0.01


class PressureControl:
    """One order is open at a time; it waits for gas. `changed` is told of a new set-point."""

    def __init__(
        self,
        clock: LineClock,
        chamber: EtchChamber,
        plc: Callable[[], Plc],
        rf_on: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._clock, self._chamber, self._plc = clock, chamber, plc
        self._rf_on, self._changed = rf_on, changed
        self._order: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._band_timer: asyncio.TimerHandle | None = None

    def take(self, order: Order) -> Outcome:
        """Throttle to a pressure; opening the valve fully is always possible."""
        mtorr = order.args[0] / 100
        if not 0.0 <= mtorr <= MAX_MTORR:
            return Refused(Ack.REJECTED_RECIPE, ARG_1)
        if mtorr > 0.0 and not self._chamber.volume.pumping:
            return Refused()
        self.give_up()
        self._chamber.regulate(mtorr)
        self._changed()
        if mtorr == 0.0:
            return Done()
        self._order = order.seq
        self._time()
        return Accepted()

    def open_valve(self) -> None:
        """No set-point any more; what was ordered is not done."""
        self._chamber.regulate(0.0)
        self.give_up()

    def give_up(self) -> None:
        """What was ordered is not done."""
        if self._order is not None:
            seq, self._order = self._order, None
            self._plc().finish(seq, Ack.REJECTED_STATE)

    def watch(self) -> None:
        """Look at the pressure after something has changed."""
        self._time()
        out_of_band = self._rf_on() and self._chamber.out_of_band()
        if out_of_band and self._band_timer is None:
            self._band_timer = self._clock.after(BAND_S, self._still_out_of_band)
        elif not out_of_band and self._band_timer is not None:
            self._band_timer.cancel()
            self._band_timer = None

    def _time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wait_s = self._chamber.settles_in_s()
        if self._order is not None and math.isfinite(wait_s):
            self._timer = self._clock.after(wait_s + SCAN_S, self._reached)

    def _reached(self) -> None:
        self._timer = None
        if self._order is not None:
            seq, self._order = self._order, None
            self._plc().finish(seq)

    def _still_out_of_band(self) -> None:
        self._band_timer = None
        if self._rf_on() and self._chamber.out_of_band():
            self._plc().raise_alarm(PRESSURE_BAND)
            self._plc().hold()
