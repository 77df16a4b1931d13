"""The counter of a Bronkhorst instrument: adds up mass, and notices when a batch is complete."""

import asyncio
import math
from collections.abc import Callable
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock

OFF, COUNTING, BATCH = 0, 1, 2
CLOSE_G: Final = 1e-6


class Liquid(Protocol):
    """What flows through the instrument, and the pump or valve that makes it flow."""

    def flow_g_s(self) -> float:
        """Flow now."""
        ...

    def passed_g(self) -> float:
        """Mass that has passed since the line was switched on."""
        ...

    def passes_in_s(self, grams: float) -> float:
        """Seconds until so much more has passed; inf for never."""
        ...

    def temperature_c(self) -> float:
        """Temperature of the sensor."""
        ...

    def pressure_kpa(self) -> float:
        """Absolute pressure at the inlet."""
        ...

    def on_flow(self, wanted_g_s: float, per_s: float) -> None:
        """The pump now works towards a flow, at a rate that may be infinite."""
        ...


class BatchCounter:
    """Counts while its mode says so; `reached` is set at the very moment and stays until reset."""

    def __init__(self, clock: LineClock, liquid: Liquid, at_limit: Callable[[], None]) -> None:
        self._clock, self._liquid, self._at_limit = clock, liquid, at_limit
        self.mode, self.limit_g, self.reached = OFF, 0.0, False
        self._counted_g, self._from_g = 0.0, 0.0
        self._timer: asyncio.TimerHandle | None = None

    def value_g(self) -> float:
        """What is counted."""
        if self.mode == OFF:
            return self._counted_g
        return self._counted_g + self._liquid.passed_g() - self._from_g

    def set_value(self, grams: float) -> None:
        """Count on from here; a batch that was complete is forgotten."""
        self._counted_g, self._from_g = grams, self._liquid.passed_g()
        self.reached = False
        self.watch()

    def set_mode(self, mode: int) -> None:
        """Off, counting, or counting up to the limit."""
        self._counted_g, self._from_g = self.value_g(), self._liquid.passed_g()
        self.mode, self.reached = mode, False
        self.watch()

    def set_limit(self, grams: float) -> None:
        """How much makes a batch; 0 for no limit."""
        self.limit_g = grams
        self.watch()

    def watch(self) -> None:
        """Come back when the limit is reached; again whenever the flow was changed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.mode != BATCH or self.reached or self.limit_g <= 0.0:
            return
        missing_g = self.limit_g - self.value_g()
        if missing_g <= CLOSE_G:
            self.reached = True
            self._at_limit()
            return
        wait_s = self._liquid.passes_in_s(missing_g)
        if math.isfinite(wait_s):
            self._timer = self._clock.after(wait_s, self.watch)
