"""Lock and chamber of the sputter tool, their pressures, and where the wafer is between them."""

import math
from collections.abc import Callable
from enum import StrEnum, auto
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.pumped_volume import PumpedVolume
from sim_hardware.physics.sputter import CHAMBER, CROSSOVER_MBAR, LOCK, process_mtorr
from sim_hardware.sputter_gas import ArgonLine
from sim_hardware.sputter_pump import NOMINAL_HZ, VISCOUS_MBAR, ChamberPump

MBAR_PER_MTORR: Final = 1.333e-3
LOCK_BASE_MBAR: Final = 5e-5
PLASMA_MAX_MTORR: Final = 50.0
TRANSFER_S: Final = 20.0
ALREADY_PUMPED_S: Final = 3100.0  # a warm line: the chamber is near 3e-7 mbar
AIR_S: Final = 0.1  # until the gauges have seen an inrush of air
_HALVINGS: Final = 40


class Place(StrEnum):
    """Where a wafer would be."""

    LOCK = auto()
    ON_THE_WAY = auto()
    CHAMBER = auto()


class SputterVacuum:
    """Two pumped volumes and a carrier between them; the lock begins open to the room.

    `changed` is called when the pressure begins to change, when it passes one of the marks that
    `marks_mbar` names, and when the turbopump becomes fast enough or too slow.
    """

    def __init__(
        self,
        clock: LineClock,
        changed: Callable[[], None],
        marks_mbar: Callable[[], frozenset[float]],
    ) -> None:
        self._clock, self._changed, self._marks_mbar = clock, changed, marks_mbar
        self._timers = NamedTimers(clock)
        self.lock = PumpedVolume(clock, LOCK)
        self.chamber = PumpedVolume(clock, CHAMBER)
        self.chamber.pump(already_s=ALREADY_PUMPED_S)
        self.argon = ArgonLine(clock, self._moved)
        self.pump = ChamberPump(clock, self.chamber.mbar, self._moved)
        self.place = Place.LOCK

    def chamber_mbar(self) -> float:
        """Total pressure in the chamber."""
        return self._mbar_at(self._clock.now_s())

    def base_mbar(self) -> float:
        """Pressure of everything but argon: what a slow turbopump leaves is more."""
        return self._base_at(self._clock.now_s())

    def argon_mtorr(self) -> float:
        """Pressure of argon in the chamber."""
        return self._argon_at(self._clock.now_s())

    def mean_mtorr(self, sccm_s: float, since_s: float) -> float:
        """Mean argon pressure of a stretch until now in which so much gas has passed."""
        now_s = self._clock.now_s()
        l_s = (self.pump.argon_l_s(since_s) + self.pump.argon_l_s(now_s)) / 2
        return process_mtorr(sccm_s / (now_s - since_s), l_s, 0.0)

    @property
    def gas_comes(self) -> bool:
        """Whether argon flows, or is about to."""
        return self.argon.flow.goal > 0.0

    def too_high_for_plasma(self) -> bool:
        """Whether a discharge would turn into an arc."""
        return self.chamber_mbar() > PLASMA_MAX_MTORR * MBAR_PER_MTORR

    def lock_at_base(self) -> bool:
        """Whether the lock may be opened to the chamber."""
        return self.lock.mbar() <= LOCK_BASE_MBAR * 1.0001

    def let_air_in(self, value: float) -> None:
        """Air rushes into the chamber, or it is pumped again."""
        if value:
            self.chamber.vent()
        else:
            self.chamber.pump()
        self._timers.after("air", AIR_S, self._moved)
        self._timers.after("viscous", self.chamber.below_in_s(VISCOUS_MBAR), self._moved)

    def watch(self) -> None:
        """Come back when the pressure passes a mark, or the pump its normal speed."""
        marks_mbar = {*self._marks_mbar(), PLASMA_MAX_MTORR * MBAR_PER_MTORR}
        wait_s = min(self._crosses_in_s(mark) for mark in marks_mbar)
        self._timers.after("mark", wait_s, self._moved)
        self._timers.after("speed", self.pump.normal_in_s(), self._moved)

    def _moved(self) -> None:
        self._changed()

    def _argon_at(self, when_s: float) -> float:
        return process_mtorr(self.argon.flow.at(when_s), self.pump.argon_l_s(when_s), 0.0)

    def _base_at(self, when_s: float) -> float:
        at_speed_mbar = self.chamber.mbar()
        if at_speed_mbar >= CROSSOVER_MBAR:
            return at_speed_mbar
        slowness = NOMINAL_HZ / max(self.pump.hz(when_s), 1e-3)
        return min(at_speed_mbar * slowness, CROSSOVER_MBAR)

    def _mbar_at(self, when_s: float) -> float:
        return self._base_at(when_s) + self._argon_at(when_s) * MBAR_PER_MTORR

    def _crosses_in_s(self, mbar: float) -> float:
        """Seconds until the pressure passes `mbar`, as things are; infinite if it does not."""
        now_s = self._clock.now_s()
        end_s = max(self.argon.flow.settled_at_s(), self.pump.settled_at_s())
        above = self._mbar_at(now_s) > mbar
        if end_s <= now_s or (self._mbar_at(end_s) > mbar) == above:
            return math.inf
        low_s, high_s = now_s, end_s
        for _ in range(_HALVINGS):
            middle_s = (low_s + high_s) / 2
            if (self._mbar_at(middle_s) > mbar) == above:
                low_s = middle_s
            else:
                high_s = middle_s
        return high_s - now_s
