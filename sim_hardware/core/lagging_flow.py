"""A flow that follows what is wanted, and how much has passed: gas lines, dispensing pumps."""

import math
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.rising import reached

SLACK_S: Final = 1e-6  # so that rounding does not make "just in time" into "never"


class LaggingFlow:
    """Settles with one time constant, or ramps when a rate is given; closed form in time.

    Amounts are in the unit of the flow times seconds.
    """

    def __init__(self, clock: LineClock, tau_s: float) -> None:
        self._clock, self.tau_s = clock, tau_s
        self._start, self._goal, self._since_s = 0.0, 0.0, clock.now_s()
        self._ramp: Ramp | None = None
        self._passed = 0.0  # until the last call of `aim`

    @property
    def goal(self) -> float:
        """Where it settles."""
        return self._goal

    def value(self) -> float:
        """Flow now."""
        return self.at(self._clock.now_s())

    def at(self, when_s: float) -> float:
        """Flow at a time of the clock after the last call of `aim`."""
        if self._ramp is not None:
            return self._ramp.at(when_s)
        left = math.exp(-(when_s - self._since_s) / self.tau_s)
        return self._goal + (self._start - self._goal) * left

    def settled_at_s(self) -> float:
        """When it is as good as there: within 0.005 % of the way, or at the end of the ramp."""
        return self._since_s + 10.0 * self.tau_s if self._ramp is None else self._ramp.end_s

    def passed(self) -> float:
        """Amount that has passed since the line was switched on."""
        return self._passed_at(self._clock.now_s())

    def aim(self, goal: float, per_s: float = math.inf) -> None:
        """Go to another flow from now on, at `per_s` if that is finite."""
        start, passed = self.value(), self.passed()
        self._start, self._passed, self._since_s = start, passed, self._clock.now_s()
        self._goal = goal
        self._ramp = Ramp(start, goal, per_s, self._since_s) if math.isfinite(per_s) else None

    def settle(self) -> None:
        """Be where it settles, at once."""
        self.aim(self._goal)
        self._start = self._goal

    def passes_in_s(self, amount: float) -> float:
        """Seconds until `amount` more has passed, if nobody changes the goal; inf for never."""
        if amount <= 0.0:
            return 0.0
        now_s, passed = self._clock.now_s(), self.passed()
        changing_s = 50.0 * self.tau_s if self._ramp is None else max(self._ramp.end_s - now_s, 0.0)
        latest_s = changing_s + (amount / self._goal if self._goal > 0.0 else 0.0) + SLACK_S
        if self._passed_at(now_s + latest_s) - passed < amount:
            return math.inf
        return reached(lambda s: self._passed_at(now_s + s) - passed, amount, latest_s)

    def _passed_at(self, when_s: float) -> float:
        if self._ramp is not None:
            return self._passed + self._ramp.area(when_s)
        elapsed_s = when_s - self._since_s
        settled = 1.0 - math.exp(-elapsed_s / self.tau_s)
        return (
            self._passed
            + self._goal * elapsed_s
            + (self._start - self._goal) * self.tau_s * settled
        )
