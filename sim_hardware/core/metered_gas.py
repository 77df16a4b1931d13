"""A gas line with an Alicat mass flow controller and a shut-off valve behind it."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.lagging_flow import LaggingFlow
from sim_hardware.core.plant_faults import Fault

SUPPLY_KPA, EMPTY_KPA = 700.0, 110.0  # absolute; below the second nothing flows
GAS_C: Final = 23.0
SCC_PER_L: Final = 1000.0


class MeteredGas:
    """What the controller regulates; `changed` is called when the flow goes elsewhere.

    The flow stops at the shut-off valve, whatever the controller asks for.
    """

    def __init__(
        self, clock: LineClock, full_sccm: float, tau_s: float, changed: Callable[[], None]
    ) -> None:
        self._full_sccm, self._changed = full_sccm, changed
        self._flow = LaggingFlow(clock, tau_s)
        self._wanted_sccm = self._valve_sccm = 0.0
        self._supply_kpa, self._most_share = SUPPLY_KPA, 1.0
        self._stuck = False
        self.open = False  # the shut-off valve

    @property
    def goal_lpm(self) -> float:
        """Where the flow settles."""
        return self._flow.goal / SCC_PER_L

    def lpm(self) -> float:
        """Flow now."""
        return self.flow_sccm() / SCC_PER_L

    def passed_l(self) -> float:
        """What has passed so far."""
        return self._flow.passed() / SCC_PER_L / 60.0

    def flow_sccm(self) -> float:
        """Mass flow now."""
        return self._flow.value()

    def pressure_kpa(self) -> float:
        """Absolute pressure in the controller."""
        return self._supply_kpa

    def temperature_c(self) -> float:
        """Temperature of the gas."""
        return GAS_C

    def on_flow(self, wanted_sccm: float, per_s: float) -> None:
        """The controller's valve now works towards a flow, at a rate that may be infinite."""
        self._wanted_sccm = wanted_sccm
        if not self._stuck:
            self._valve_sccm = wanted_sccm
            self._aim(per_s)

    def on_pressure(self, wanted_kpa: float, per_s: float) -> None:
        """Behind the valve is the room: it opens fully for any pressure above that."""
        del per_s
        self.on_flow(self._full_sccm if wanted_kpa > EMPTY_KPA else 0.0, math.inf)

    def open_valve(self, *, opened: bool) -> None:
        """Move the shut-off valve."""
        if opened != self.open:
            self.open = opened
            self._aim(math.inf)

    def settle(self) -> None:
        """Flow as it will, at once: the line has been open for long."""
        self._flow.settle()

    def supply(self, kpa: float) -> None:
        """Have another absolute pressure in front."""
        self._supply_kpa = kpa
        self._aim(math.inf)

    def faults(self) -> Mapping[str, Fault]:
        """Faults of line and controller by name."""
        return {"supply_kpa": self.supply, "most_share": self._throttle, "valve_stuck": self._stick}

    def _throttle(self, share: float) -> None:
        """No more than this share of full scale passes."""
        self._most_share = share
        self._aim(math.inf)

    def _stick(self, stuck: float) -> None:
        """The controller's own valve stays as it is."""
        self._stuck = bool(stuck)
        if not stuck:
            self.on_flow(self._wanted_sccm, math.inf)

    def _aim(self, per_s: float) -> None:
        flows = self.open and self._supply_kpa >= EMPTY_KPA
        wanted_sccm = min(self._valve_sccm, self._most_share * self._full_sccm)
        goal_sccm = wanted_sccm if flows else 0.0
        if goal_sccm != self._flow.goal or math.isfinite(per_s):
            self._flow.aim(goal_sccm, per_s)
            self._changed()
