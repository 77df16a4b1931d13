"""A body that approaches the temperature it is regulated to: first order, closed form in time."""

import math

from sim_hardware.core.clock import LineClock


class ThermalBody:
    """A heated mass; `regulate` says where it is driven, None lets it drift to ambient.

    Without `cools` nothing drives it below ambient, whatever the set-point.

    The approach is exponential with `tau_s`, so the temperature at any time follows from the one
    at the last call of `regulate`.
    """

    def __init__(
        self,
        clock: LineClock,
        start_c: float,
        ambient_c: float,
        tau_s: float,
        *,
        cools: bool = False,
    ) -> None:
        self._clock = clock
        self._from_c, self._since_s = start_c, clock.now_s()
        self.ambient_c, self.tau_s, self.cools = ambient_c, tau_s, cools
        self._setpoint_c: float | None = None

    @property
    def target_c(self) -> float:
        """Where the temperature ends if nothing changes."""
        if self._setpoint_c is None:
            return self.ambient_c
        return self._setpoint_c if self.cools else max(self._setpoint_c, self.ambient_c)

    def temperature_c(self) -> float:
        """The temperature now, in C."""
        elapsed_s = self._clock.now_s() - self._since_s
        left = math.exp(-elapsed_s / self.tau_s)
        return self.target_c + (self._from_c - self.target_c) * left

    def regulate(self, setpoint_c: float | None) -> None:
        """Drive to `setpoint_c` from now on; None switches the heater off."""
        self._settle()
        self._setpoint_c = setpoint_c

    def set_ambient(self, ambient_c: float) -> None:
        """Change what the body drifts to when it is not driven."""
        self._settle()
        self.ambient_c = ambient_c

    def put_at(self, temperature_c: float) -> None:
        """Put the body at a temperature at once, as a test or a fault does."""
        self._from_c, self._since_s = temperature_c, self._clock.now_s()

    def reaches_in_s(self, temperature_c: float, within_c: float) -> float:
        """Seconds until it is within `within_c` of `temperature_c` for good; inf if never."""
        final_c = abs(self.target_c - temperature_c)
        if final_c >= within_c:
            return math.inf
        now_c = self.temperature_c()
        # The side from which it comes decides which edge of the band is crossed.
        edge_c = temperature_c + math.copysign(within_c, now_c - self.target_c)
        away_c, edge_away_c = abs(now_c - self.target_c), abs(edge_c - self.target_c)
        return 0.0 if away_c <= edge_away_c else self.tau_s * math.log(away_c / edge_away_c)

    def _settle(self) -> None:
        self._from_c, self._since_s = self.temperature_c(), self._clock.now_s()
