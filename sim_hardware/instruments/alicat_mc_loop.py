"""The valve of an Alicat MC: what it is regulated to, how fast, and when it is held."""

import math
from enum import IntEnum
from typing import ClassVar, Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.instruments.alicat_mc_tables import TIMES

KPA_PER_PSI: Final = 6.894757
FULL_PSI: Final = 160.0
ZERO_C: Final = 273.15


class Loop(IntEnum):
    """What is regulated, as register 122 numbers it."""

    ABSOLUTE_PRESSURE = 34
    VOLUME_FLOW = 36
    MASS_FLOW = 37
    GAUGE_PRESSURE = 38
    DIFFERENTIAL_PRESSURE = 39


class GasLine(Protocol):
    """The gas at the controller; the two settings say what its valve now works towards."""

    def flow_sccm(self) -> float:
        """Mass flow now."""
        ...

    def pressure_kpa(self) -> float:
        """Absolute pressure in the controller."""
        ...

    def temperature_c(self) -> float:
        """Temperature of the gas."""
        ...

    def on_flow(self, wanted_sccm: float, per_s: float) -> None:
        """The valve now works towards a flow, at a rate that may be infinite."""
        ...

    def on_pressure(self, wanted_kpa: float, per_s: float) -> None:
        """The valve now works towards an absolute pressure, at a rate that may be infinite."""
        ...


class ValveLoop:
    """The regulation; set-points are in sccm or PSI, as the loop variable says."""

    ATMOSPHERE_PSI: ClassVar[float] = 14.69595
    STANDARD_C: ClassVar[float] = 25.0

    def __init__(self, clock: LineClock, line: GasLine, full_sccm: float) -> None:
        self._clock, self._line, self._full_sccm = clock, line, full_sccm
        self.variable = Loop.MASS_FLOW
        self.held = False
        self.rate: tuple[float, int] = (0.0, 4)  # of the ramp, and its time; 0 for none
        self.ramping: tuple[bool, ...] = (True, True, True, True)  # up, down, to zero, at power-up
        self.commanded = 0.0
        self._ramp = Ramp(0.0, 0.0, math.inf, clock.now_s())

    def setpoint(self) -> float:
        """What is regulated to now, on the ramp."""
        return self._ramp.at(self._clock.now_s())

    def flow_sccm(self) -> float:
        """Mass flow."""
        return self._line.flow_sccm()

    def pressure_psi(self) -> float:
        """Absolute pressure."""
        return self._line.pressure_kpa() / KPA_PER_PSI

    def volume(self, flow_sccm: float) -> float:
        """A mass flow as a volume flow at the pressure and temperature in the controller."""
        warmth = (self._line.temperature_c() + ZERO_C) / (self.STANDARD_C + ZERO_C)
        return flow_sccm * warmth * self.ATMOSPHERE_PSI / max(self.pressure_psi(), 0.01)

    def command(self, setpoint: float) -> bool:
        """Go to a set-point; False if it is out of range."""
        if not 0.0 <= setpoint <= self._full():
            return False
        self._go(setpoint, self._per_s(setpoint))
        return True

    def regulate_by(self, variable: Loop) -> None:
        """Regulate something else from now on, to the same number."""
        self.variable = variable
        self._go(min(self.commanded, self._full()), math.inf)

    def limit_rate(self, rate: float, time: int) -> None:
        """Let set-points change at no more than `rate` per time; 0 for no limit."""
        self.rate = (rate, time)

    def hold(self) -> None:
        """Leave the valve where it is."""
        self.held = True
        self._line.on_flow(self._line.flow_sccm(), math.inf)

    def close(self) -> None:
        """Close the valve, whatever the set-point."""
        self.held = True
        self._line.on_flow(0.0, math.inf)

    def release(self) -> None:
        """Regulate again."""
        if self.held:
            self.held = False
            self._tell(math.inf)

    def restart(self, *, keep: bool) -> None:
        """Come back after a loss of power, to the set-point only if it was kept."""
        self.held = False
        kept = self.commanded if keep else 0.0
        self._ramp = Ramp(0.0, 0.0, math.inf, self._clock.now_s())
        self._go(kept, self._rate_per_s() if self.ramping[3] else math.inf)

    def _go(self, setpoint: float, per_s: float) -> None:
        self.commanded = setpoint
        self._ramp = Ramp(self.setpoint(), setpoint, per_s, self._clock.now_s())
        if not self.held:
            self._tell(per_s)

    def _tell(self, per_s: float) -> None:
        if self.variable is Loop.MASS_FLOW:
            self._line.on_flow(self.commanded, per_s)
        elif self.variable is Loop.VOLUME_FLOW:
            per_volume = 1.0 / self.volume(1.0)
            self._line.on_flow(self.commanded * per_volume, per_s * per_volume)
        else:
            above_psi = 0.0 if self.variable is Loop.ABSOLUTE_PRESSURE else self.ATMOSPHERE_PSI
            wanted_kpa = (self.commanded + above_psi) * KPA_PER_PSI
            self._line.on_pressure(wanted_kpa, per_s * KPA_PER_PSI)

    def _full(self) -> float:
        flows = {Loop.MASS_FLOW, Loop.VOLUME_FLOW}
        return self._full_sccm if self.variable in flows else FULL_PSI

    def _per_s(self, setpoint: float) -> float:
        up, down, to_zero, _ = self.ramping
        moves = to_zero if setpoint == 0.0 else down
        limited = up if setpoint > self.setpoint() else moves
        return self._rate_per_s() if limited else math.inf

    def _rate_per_s(self) -> float:
        rate, time = self.rate
        return rate / TIMES[time][1] if rate else math.inf
