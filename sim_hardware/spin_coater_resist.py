"""Resist of the spin coater: bottle, dispenser's line, and the nozzle with its valve."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.lagging_flow import LaggingFlow
from sim_hardware.core.motion import Ramp
from sim_hardware.core.named_timers import NamedTimers

CAPACITY_G_MIN: Final = 120.0
RESIST_G_ML: Final = 1.05
RESIST_C: Final = 22.0
FEED_KPA, EMPTY_KPA = 300.0, 101.3
FLOW_TAU_S: Final = 0.15
SHUT_G_S2: Final = 1e6  # a shut valve or an empty bottle ends the flow at once
BOTTLE_ML, LOW_ML = 4000.0, 100.0
PARKED_MM, NOZZLE_MM_S = 150.0, 100.0
ROUNDING_MM: Final = 1e-6


class ResistLine:
    """The liquid in a mini CORI-FLOW, from its bottle to an open valve or not at all.

    `changed` is called when the flow will be another, and when the bottle is low or empty.
    """

    def __init__(self, clock: LineClock, changed: Callable[[], None]) -> None:
        self._changed, self._timers = changed, NamedTimers(clock)
        self._flow = LaggingFlow(clock, FLOW_TAU_S)
        self.open = False  # the nozzle's valve
        self._wanted_g_s, self._clear_share = 0.0, 1.0
        self._bottle_g, self._bottle_from_g = BOTTLE_ML * RESIST_G_ML, 0.0

    # --- what the dispenser asks and says ---------------------------------------------------------

    def flow_g_s(self) -> float:
        """Flow now."""
        return self._flow.value()

    def passed_g(self) -> float:
        """Mass that has passed since the line was switched on."""
        return self._flow.passed()

    def passes_in_s(self, grams: float) -> float:
        """Seconds until so much more has passed; inf for never."""
        return math.inf if grams > self._left_g() else self._flow.passes_in_s(grams)

    def temperature_c(self) -> float:
        """Temperature of the sensor."""
        return RESIST_C

    def pressure_kpa(self) -> float:
        """Absolute pressure at the inlet."""
        return EMPTY_KPA if self._empty else FEED_KPA

    def on_flow(self, wanted_g_s: float, per_s: float) -> None:
        """The pump now works towards a flow, at a rate that may be infinite."""
        self._wanted_g_s = wanted_g_s
        self._aim(per_s)

    # --- what the tool does -----------------------------------------------------------------------

    def switch_valve(self, *, opened: bool) -> None:
        """Open or shut the nozzle's valve."""
        if opened != self.open:
            self.open = opened
            self._aim()

    def bottle_ml(self) -> float:
        """What is left in the bottle."""
        return self._left_g() / RESIST_G_ML

    @property
    def low(self) -> bool:
        """Whether the bottle has to be changed."""
        return self.bottle_ml() < LOW_ML

    def change_bottle(self, millilitres: float) -> None:
        """A bottle with so much in it."""
        self._bottle_g, self._bottle_from_g = millilitres * RESIST_G_ML, self._flow.passed()
        self._aim()

    def clog(self, clear_share: float) -> None:
        """Fault: the nozzle lets only a share of the dispenser's capacity through."""
        self._clear_share = clear_share
        self._aim()

    @property
    def _empty(self) -> bool:
        return self._left_g() <= 0.0

    def _left_g(self) -> float:
        return max(self._bottle_g + self._bottle_from_g - self._flow.passed(), 0.0)

    def _aim(self, per_s: float = math.inf) -> None:
        most_g_s = self._clear_share * CAPACITY_G_MIN / 60.0
        if self.open and not self._empty:
            self._flow.aim(min(self._wanted_g_s, most_g_s), per_s)
        else:
            self._flow.aim(0.0, SHUT_G_S2)
        low_g = self._left_g() - LOW_ML * RESIST_G_ML
        self._timers.after("low", self._due_s(low_g), self._changed)
        self._timers.after("empty", self._due_s(self._left_g()), self._aim)
        self._changed()

    def _due_s(self, grams: float) -> float:
        return self._flow.passes_in_s(grams) if grams > 0.0 else math.inf


class Nozzle:
    """The arm of the nozzle: parked, or over the centre of the chuck."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self._way = Ramp(PARKED_MM, PARKED_MM, NOZZLE_MM_S, clock.now_s())
        self._arrival: asyncio.TimerHandle | None = None

    def mm(self) -> float:
        """Distance from the centre."""
        return self._way.at(self._clock.now_s())

    @property
    def parked(self) -> bool:
        """Whether it is out of the way of everything else."""
        return self.mm() >= PARKED_MM - ROUNDING_MM

    def go(self, mm: float, then: Callable[[], None]) -> None:
        """Move; `then` is called on arrival, unless another movement begins before."""
        if self._arrival is not None:
            self._arrival.cancel()
        now_s = self._clock.now_s()
        self._way = Ramp(self.mm(), mm, NOZZLE_MM_S, now_s)
        self._arrival = self._clock.at(self._way.end_s, then)


class Poured:
    """How much resist has come out for one job."""

    def __init__(self, resist: ResistLine) -> None:
        self._resist = resist
        self._from_g = self._begun_g = 0.0

    def begin(self) -> None:
        """Count from here."""
        self._from_g = self._begun_g = self._resist.passed_g()

    def since_ml(self) -> float:
        """Resist that has come out since this was asked last."""
        from_g, self._from_g = self._from_g, self._resist.passed_g()
        return (self._from_g - from_g) / RESIST_G_ML

    def job_ml(self) -> float:
        """Resist that has come out for this job."""
        return (self._resist.passed_g() - self._begun_g) / RESIST_G_ML
