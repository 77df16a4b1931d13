"""Developer on a wafer: what it dissolves while it acts, and whether it is left there too long."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.plant import Plant
from sim_hardware.developer_sump import TMAH, Sump
from sim_hardware.physics.developer import (
    Spray,
    breakpoint_s,
    clearing_s,
    develop_film,
    develop_liquid,
    film_rate_um_s,
)

PUDDLE_BAR: Final = 0.1  # a still puddle dissolves like a very weak spray
MeanBar = Callable[[float], float]
LONGEST: Final = 1.2  # times the set time before developer ruins the openings


@dataclass(frozen=True, slots=True)
class Acting:
    """An interval that begins with the last change; temperature and pressure may go on moving.

    `mean_bar` is the mean pressure at the wafer since a time, `goal_bar` the one it settles at.
    """

    sump: Sump
    since_s: float
    bath_c: float
    mean_bar: MeanBar
    goal_bar: float

    def spray(self, bath_c: float, bar: float) -> Spray:
        """The developer as it reaches the wafer."""
        return Spray(bath_c, self.sump.wt_pct, max(bar, PUDDLE_BAR), self.sump.load)


class Wetting:
    """Developer on the plant's wafer; every `begin` and `end` integrates the interval before."""

    def __init__(self, clock: LineClock, plant: Plant) -> None:
        self._clock, self._plant = clock, plant
        self._acting: Acting | None = None
        self._developed_s = 0.0
        self._breaks_at_s = math.inf  # developed time at which the openings come clear
        self._overdue: asyncio.TimerHandle | None = None

    @property
    def acting(self) -> bool:
        """Whether developer is on the wafer."""
        return self._acting is not None

    def new_job(self) -> None:
        """The counters are zero."""
        self._developed_s, self._breaks_at_s = 0.0, math.inf

    def developed_s(self) -> float:
        """Seconds that developer has acted on this job."""
        acting = self._acting
        running_s = 0.0 if acting is None else self._clock.now_s() - acting.since_s
        return self._developed_s + running_s

    def breakpoint_s(self) -> float:
        """Developed time at which the camera saw the openings clear; 0 until then."""
        return self._breaks_at_s if self.developed_s() >= self._breaks_at_s else 0.0

    def begin(self, sump: Sump, mean_bar: MeanBar, goal_bar: float, set_s: float) -> None:
        """Act from now on, or go on with another pressure; `set_s` is the recipe's time."""
        self.integrate()
        self._acting = Acting(sump, self._clock.now_s(), sump.bath.true_c(), mean_bar, goal_bar)
        if self._developed_s < self._breaks_at_s:
            self._breaks_at_s = self._foreseen_s(self._acting)
        self._cancel_overdue()
        left_s = max(LONGEST * set_s - self._developed_s, 0.0)
        self._overdue = self._clock.after(left_s, self._too_long)

    def end(self) -> None:
        """Water has taken the developer off the wafer."""
        self.integrate()
        self._acting = None
        self._cancel_overdue()

    def integrate(self) -> None:
        """Give the wafer what has happened since the last event."""
        acting, wafer = self._acting, self._plant.wafer
        if acting is None:
            return
        now_s, now_c = self._clock.now_s(), acting.sump.bath.true_c()
        seconds, mean_c = now_s - acting.since_s, (acting.bath_c + now_c) / 2.0
        self._developed_s += seconds
        self._acting = replace(acting, since_s=now_s, bath_c=now_c)
        if wafer is None:
            return
        if acting.sump.chemistry is TMAH:
            self._plant.wafer = develop_liquid(wafer, seconds, mean_c, acting.sump.wt_pct)
        else:
            spray = acting.spray(mean_c, acting.mean_bar(acting.since_s))
            self._plant.wafer = develop_film(wafer, seconds, spray)

    def _foreseen_s(self, acting: Acting) -> float:
        """Developed time at which the openings will come clear, as things are."""
        wafer = self._plant.wafer
        if wafer is None:
            return math.inf
        if acting.sump.chemistry is TMAH:
            clear_s = float(clearing_s(wafer, acting.bath_c, acting.sump.wt_pct).mean())
            return math.inf if wafer.resist is None else clear_s
        spray = acting.spray(acting.bath_c, acting.goal_bar)
        depth_um = 0.0 if wafer.opening is None else float(wafer.opening.depth_um.mean())
        left_s = breakpoint_s(wafer, spray) - depth_um / film_rate_um_s(spray)
        return self._developed_s + max(left_s, 0.0)

    def _cancel_overdue(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _too_long(self) -> None:
        if self._plant.wafer is not None:
            self._plant.hazard(
                f"developer left on the wafer longer than {LONGEST:g} times the set time"
            )
