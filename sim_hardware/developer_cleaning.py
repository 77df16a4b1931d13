"""Rinse and dry in one: what the emulated developer does with a wafer it must not leave wet."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock

DRY_S: Final = 20.0


class Bowl(Protocol):
    """What rinses and dries."""

    def rinse(self) -> None:
        """Rinse the wafer."""
        ...

    def dry(self) -> None:
        """Spin the wafer dry."""
        ...

    def stand(self) -> None:
        """Stop spin and water."""
        ...


class Cleaning:
    """Rinse for a while, then dry."""

    def __init__(self, clock: LineClock, bowl: Bowl) -> None:
        self._clock, self._bowl = clock, bowl
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, rinse_s: float, then: Callable[[], None]) -> None:
        """Rinse for so long, then dry; `then` is called at the end."""

        def dried() -> None:
            self._timer = None
            self._bowl.stand()
            then()

        def rinsed() -> None:
            self._bowl.dry()
            self._timer = self._clock.after(DRY_S, dried)

        self.stop()
        self._bowl.rinse()
        self._timer = self._clock.after(rinse_s, rinsed)

    def stop(self) -> None:
        """Break off what `begin` began."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._bowl.stand()
