"""Argon of the sputter tool: supply, mass flow controller's valve and shut-off valve."""

import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.lagging_flow import LaggingFlow

FULL_SCALE_SCCM: Final = 200.0
SUPPLY_KPA: Final = 240.0  # absolute, behind the pressure reducer
EMPTY_KPA: Final = 110.0  # below, nothing flows
GAS_C: Final = 23.0
ARGON_TAU_S: Final = 1.0  # flow controller and chamber together


class ArgonLine:
    """What an Alicat MC regulates; `changed` is called when the flow will be another."""

    def __init__(self, clock: LineClock, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.flow = LaggingFlow(clock, ARGON_TAU_S)
        self.open = False  # the shut-off valve
        self._supply_kpa = SUPPLY_KPA
        self._wanted_sccm = 0.0

    def flow_sccm(self) -> float:
        """Mass flow now."""
        return self.flow.value()

    def pressure_kpa(self) -> float:
        """Absolute pressure in the controller."""
        return self._supply_kpa

    def temperature_c(self) -> float:
        """Temperature of the gas."""
        return GAS_C

    def on_flow(self, wanted_sccm: float, per_s: float) -> None:
        """The valve now works towards a flow, at a rate that may be infinite."""
        self._wanted_sccm = wanted_sccm
        self._aim(per_s)

    def on_pressure(self, wanted_kpa: float, per_s: float) -> None:
        """Behind the valve is vacuum: any pressure but none that is asked for opens it fully."""
        del per_s
        self.on_flow(FULL_SCALE_SCCM if wanted_kpa > 0.0 else 0.0, math.inf)

    def open_valve(self, *, opened: bool) -> None:
        """Move the shut-off valve."""
        if opened != self.open:
            self.open = opened
            self._aim(math.inf)

    def supply(self, kpa: float) -> None:
        """Have another pressure in front."""
        self._supply_kpa = kpa
        self._aim(math.inf)

    def _aim(self, per_s: float) -> None:
        flows = self.open and self._supply_kpa >= EMPTY_KPA
        self.flow.aim(self._wanted_sccm if flows else 0.0, per_s)
        self._changed()
