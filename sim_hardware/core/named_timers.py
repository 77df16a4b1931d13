"""Timers of a plant by name: at most one is set under each."""

import asyncio
import math
from collections.abc import Callable

from sim_hardware.core.clock import LineClock

JUST_AFTER_S = 0.01  # what is foreseen to be reached then has been reached


class NamedTimers:
    """`after` puts a new action in the place of the one that was to come."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._timers

    def after(self, name: str, delay_s: float, action: Callable[[], None]) -> None:
        """Do `action` after so many seconds; never if infinite."""

        def due() -> None:
            del self._timers[name]
            action()

        self.cancel(name)
        if math.isfinite(delay_s):
            self._timers[name] = self._clock.after(delay_s + JUST_AFTER_S, due)

    def cancel(self, name: str) -> None:
        """Forget what was to come under this name."""
        if name in self._timers:
            self._timers.pop(name).cancel()
