"""A value that settles to where it is aimed with one time constant: gas pressures, flows."""

import math

from sim_hardware.core.clock import LineClock


class Approach:
    """Exponential in time, so its value follows from the one at the last call of `aim`."""

    def __init__(self, clock: LineClock, start: float, tau_s: float) -> None:
        self._clock, self.tau_s = clock, tau_s
        self._from, self._since_s, self.goal = start, clock.now_s(), start

    def value(self) -> float:
        """Where it is now."""
        elapsed_s = self._clock.now_s() - self._since_s
        return self.goal + (self._from - self.goal) * math.exp(-elapsed_s / self.tau_s)

    def aim(self, goal: float) -> None:
        """Settle to `goal` from now on."""
        self._from, self._since_s, self.goal = self.value(), self._clock.now_s(), goal

    def settles_in_s(self, within: float) -> float:
        """Seconds until it is within `within` of its goal; 0 when it is already."""
        away = abs(self.value() - self.goal)
        return 0.0 if away <= within else self.tau_s * math.log(away / within)
