"""Hotplate of the spin coater: how long a wafer has lain there."""

import asyncio
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.heater import Heater, Mass

PLATE_C: Final = 110.0
PLATE: Final = Mass(start_c=PLATE_C, tau_s=90.0, limit_c=140.0)
BURNT_C: Final = 130.0  # the resist decomposes above
LONGEST_BAKE_S: Final = 3600.0


class Hotplate:
    """The plate and its lift pins; `hazard` hears of resist that burns."""

    def __init__(
        self, clock: LineClock, hazard: Callable[[str], None], on_trip: Callable[[], None]
    ) -> None:
        self._clock, self._hazard = clock, hazard
        self.heater = Heater(clock, PLATE, on_trip)
        self._laid: tuple[float, float] | None = None  # since when, and how hot the plate was
        self._overdue: asyncio.TimerHandle | None = None

    @property
    def baking(self) -> bool:
        """Whether a wafer lies on the plate with the pins down."""
        return self._laid is not None

    def lying_s(self) -> float:
        """Seconds since the pins went down; 0 while they are up."""
        return 0.0 if self._laid is None else self._clock.now_s() - self._laid[0]

    def lower(self) -> None:
        """Pins down: the wafer bakes."""
        self._laid = (self._clock.now_s(), self.heater.true_c())
        self._judge()
        self._overdue = self._clock.after(
            LONGEST_BAKE_S, lambda: self._hazard("wafer left on the hotplate for an hour")
        )

    def lift(self) -> tuple[float, float] | None:
        """Pins up: seconds of bake and its mean temperature; None when they were up."""
        if self._laid is None:
            return None
        since_s, from_c = self._laid
        self._laid = None
        if self._overdue is not None:
            self._overdue.cancel()
        self._judge()
        return self._clock.now_s() - since_s, (from_c + self.heater.true_c()) / 2.0

    def _judge(self) -> None:
        if self.heater.true_c() > BURNT_C:
            self._hazard(f"wafer on the hotplate above {BURNT_C:g} C: the resist decomposes")
