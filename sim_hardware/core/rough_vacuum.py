"""A small chamber that a pump takes to a set-point and a valve keeps there: rough vacuum only."""

import math

from sim_hardware.core.approach import Approach
from sim_hardware.core.clock import LineClock

ATMOSPHERE_KPA = 101.3
VENTED_KPA = 95.0  # a lid opens


class RoughVacuum:
    """Pressure as closed form in time; `leaks` is a fault: the pump gets no lower than 20 kPa."""

    def __init__(self, clock: LineClock, tau_s: float, lowest_kpa: float) -> None:
        self._clock, self._tau_s, self._lowest_kpa = clock, tau_s, lowest_kpa
        self._gas = Approach(clock, ATMOSPHERE_KPA, tau_s)
        self._wanted_kpa = ATMOSPHERE_KPA
        self.pumping = self._leaks = False

    @property
    def vented(self) -> bool:
        """Whether the lid can be opened."""
        return self.kpa() >= VENTED_KPA

    def kpa(self) -> float:
        """Pressure now."""
        kpa = self._gas.value()
        return max(kpa, self._wanted_kpa) if self.pumping else kpa

    def pump(self, kpa: float) -> float:
        """Pump to a pressure and stay there; seconds until it is reached, infinite if never."""
        self.pumping, self._wanted_kpa = True, kpa
        self._gas.aim(20.0 if self._leaks else self._lowest_kpa)
        margin_kpa = kpa - self._gas.goal
        return self._gas.settles_in_s(margin_kpa) if margin_kpa > 0.0 else math.inf

    def close(self) -> None:
        """Neither pump nor vent; a leak goes on."""
        if self.pumping:
            reached_kpa = self.kpa()
            self.pumping = False
            self._gas = Approach(self._clock, reached_kpa, self._tau_s)
            if self._leaks:
                self._gas.aim(ATMOSPHERE_KPA)

    def vent(self) -> float:
        """Let air in; seconds until the lid can be opened."""
        self.close()
        self._gas.aim(ATMOSPHERE_KPA)
        return self._gas.settles_in_s(ATMOSPHERE_KPA - VENTED_KPA)

    def leak(self, *, leaks: bool) -> None:
        """Leak from now on, or no more."""
        self._leaks = leaks
        if self.pumping:
            self.pump(self._wanted_kpa)
