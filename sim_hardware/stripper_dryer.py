"""The dryer of the stripper: nitrogen through a mass flow controller and the controller's valve.

Chosen here: a basket is dry after 400 L and still wet after half of it; the flow switch wants half
of the usual flow, 10 s after the valve was opened or 5 s after it was lost.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.metered_gas import SUPPLY_KPA, MeteredGas
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant_faults import Fault
from sim_hardware.instruments.alicat_mc import AlicatMc

FULL_SCCM: Final = 50_000.0
FLOW_TAU_S: Final = 0.5
USUAL_LPM, LEAST_LPM = 40.0, 20.0
WET_BELOW_L: Final = 200.0
STARTING_S, FAILING_S = 10.0, 5.0


class Dryer:
    """`low` is called when the flow switch has missed the nitrogen for too long."""

    def __init__(self, clock: LineClock, low: Callable[[], None]) -> None:
        self._low = low
        self._timers = NamedTimers(clock)
        self._gas = MeteredGas(clock, FULL_SCCM, FLOW_TAU_S, self._watch)
        self._from_l = 0.0
        self._switch_stuck = False  # fault: the flow switch always says that all is well
        self.controller = AlicatMc(clock, self._gas, full_scale_sccm=FULL_SCCM, gas="N2")

    def wet(self) -> None:
        """The basket comes from the water."""
        self._from_l = self._gas.passed_l()

    def dry_enough(self) -> bool:
        """Whether enough has been blown over the basket since."""
        return self._gas.passed_l() - self._from_l >= WET_BELOW_L

    def blow(self, *, on: bool) -> None:
        """Open or close the valve."""
        if on != self._gas.open:
            self._gas.open_valve(opened=on)
            self._timers.cancel("low")
            self._watch(STARTING_S)

    def shown_lpm(self) -> float:
        """What the flow switch says."""
        return USUAL_LPM if self._switch_stuck and self._gas.open else self._gas.lpm()

    def lpm(self) -> float:
        """Flow now."""
        return self._gas.lpm()

    def supply(self, *, there: bool) -> None:
        """The house has nitrogen, or none."""
        self._gas.supply(SUPPLY_KPA if there else 0.0)

    def faults(self) -> Mapping[str, Fault]:
        """Faults of the line by name."""
        return self._gas.faults()

    def stick_switch(self, stuck: float) -> None:
        """Fault: the flow switch always says that all is well."""
        self._switch_stuck = bool(stuck)
        self._watch()

    def _watch(self, patience_s: float = FAILING_S) -> None:
        well = self._switch_stuck or self._gas.goal_lpm >= LEAST_LPM
        if well or not self._gas.open:
            self._timers.cancel("low")
        elif "low" not in self._timers:
            self._timers.after("low", patience_s, self._low)
