"""How long the stripper's basket has been in solvent, how warm and how agitated that was."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.heater import Heater

STILL_SHARE: Final = 0.4  # how fast a still bath works against an agitated one
LONGEST: Final = 1.5  # times the set time before the solvent has eaten too much metal


@dataclass(frozen=True, slots=True)
class _Moment:
    """Since when the present stretch runs, and how the tank was then."""

    since_s: float
    tank_c: float
    agitation: float


class Soaking:
    """`stripped` is told of every stretch in the first tank: seconds, mean C, mean agitation.

    `overdue` is called when a basket has been in solvent for much too long.
    """

    def __init__(
        self,
        clock: LineClock,
        tank: Heater,
        moved: Callable[[], float],
        stripped: Callable[[float, float, float], None],
        overdue: Callable[[], None],
    ) -> None:
        self._clock, self._tank, self._moved = clock, tank, moved
        self._stripped, self._overdue = stripped, overdue
        self._moment: _Moment | None = None
        self._first = False
        self._seconds = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def there(self) -> bool:
        """Whether the basket is in solvent."""
        return self._moment is not None

    def seconds(self) -> float:
        """How long this job has been in solvent."""
        moment = self._moment
        return self._seconds + (0.0 if moment is None else self._clock.now_s() - moment.since_s)

    def new_job(self) -> None:
        """Count anew."""
        self._seconds = 0.0

    def begin(self, *, first: bool, set_s: float) -> None:
        """The basket comes into a tank; the recipe leaves it in solvent for `set_s` in all."""
        self.end()
        self._first, self._moment = first, self._now()
        left_s = max(LONGEST * set_s - self._seconds, 0.0)
        self._timer = self._clock.after(left_s, self._overdue)

    def end(self) -> None:
        """The basket comes out."""
        self.integrate()
        self._moment = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def integrate(self) -> None:
        """Something changes: account for what was."""
        before = self._moment
        if before is None:
            return
        self._moment = now = self._now()
        seconds = now.since_s - before.since_s
        self._seconds += seconds
        # The second tank is cold and clean: it takes away what has lifted, and dissolves nothing.
        if self._first:
            mean_c = (before.tank_c + now.tank_c) / 2.0
            self._stripped(seconds, mean_c, (before.agitation + now.agitation) / 2.0)

    def restart(self) -> None:
        """What was changed at once counts from now on."""
        if self._moment is not None:
            self._moment = self._now()

    def _now(self) -> _Moment:
        agitation = STILL_SHARE + (1.0 - STILL_SHARE) * self._moved()
        return _Moment(self._clock.now_s(), self._tank.true_c(), agitation)
