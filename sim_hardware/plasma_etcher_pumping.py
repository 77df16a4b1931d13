"""How the plasma etcher's controller pumps its chamber down and guards the gate to the turbopump.

Chosen here: the gate takes a second and is shut by its spring; it closes by itself above 100 mTorr;
a pump-down that is not done in three minutes holds for a lost vacuum.
"""

from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.instruments.click_packml import Ack
from sim_hardware.instruments.click_program import Accepted, Done, Order, Outcome, Plc, Refused
from sim_hardware.plasma_etcher_chamber import BASE_MTORR, CROSSOVER_MTORR, Doing, EtchChamber

VACUUM_LOST: Final = 13
ARG_1: Final = 104  # the register named in a refusal
GATE_S: Final = 1.0
DEADLINE_S: Final = 180.0
SCAN_S: Final = 0.01


class Pumping:
    """One pump-down is open at a time. `changed` is told when a valve has moved."""

    def __init__(
        self,
        clock: LineClock,
        chamber: EtchChamber,
        plc: Callable[[], Plc],
        changed: Callable[[], None],
    ) -> None:
        self._chamber, self._plc, self._changed = chamber, plc, changed
        self._timers = NamedTimers(clock)
        self._order: int | None = None

    def take(self, order: Order) -> Outcome:
        """Rough, open the gate, and be done at base pressure."""
        self.give_up()
        self._chamber.open_gas_valves(opened=True)
        if self._chamber.at_base():
            self._changed()
            return Done()
        self._order = order.seq
        self._timers.after("deadline", DEADLINE_S, self._late)
        if not self._chamber.under_vacuum():
            self._chamber.rough()
        elif not self._chamber.gate_open:
            self._timers.after("gate", GATE_S, self._open)
        self._changed()
        return Accepted()

    def gate(self, order: Order) -> Outcome:
        """Open or close the gate to throttle valve and turbopump."""
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, ARG_1)
        if order.args[0] == 1:
            return self._ask_open()
        self.give_up()
        if not self._chamber.gate_open:
            return Done()
        return Accepted(GATE_S, then=self._close)

    def isolate(self) -> None:
        """Let the gate fall shut and stop roughing; what was ordered is not done."""
        self.give_up()
        self._timers.cancel("gate")
        self._chamber.close()

    def give_up(self) -> None:
        """What was ordered is not done."""
        self._timers.cancel("deadline")
        if self._order is not None:
            seq, self._order = self._order, None
            self._plc().finish(seq, Ack.REJECTED_STATE)

    def watch(self) -> None:
        """Look at the pressure after something has changed."""
        chamber = self._chamber
        if chamber.gate_open and not chamber.under_vacuum():
            chamber.close()
        if chamber.doing is Doing.ROUGHING:
            within_s = chamber.below_in_s(CROSSOVER_MTORR)
            self._timers.after("gate", within_s + GATE_S, self._open)
        elif self._order is not None and chamber.gate_open:
            self._timers.after("base", chamber.below_in_s(BASE_MTORR), self._look)

    def _ask_open(self) -> Outcome:
        if self._chamber.gate_open:
            return Done()
        if self._chamber.doing is Doing.ROUGHING or not self._chamber.under_vacuum():
            return Refused()
        return Accepted(GATE_S, then=self._open)

    def _open(self) -> None:
        if self._chamber.under_vacuum():
            self._chamber.open_gate()
            self._changed()

    def _close(self) -> None:
        self._chamber.close()
        self._changed()

    def _look(self) -> None:
        if self._order is None:
            return
        if not self._chamber.at_base():
            self.watch()
            return
        self._timers.cancel("deadline")
        seq, self._order = self._order, None
        self._plc().finish(seq)

    def _late(self) -> None:
        if self._order is not None:
            self._plc().raise_alarm(VACUUM_LOST)
            self._plc().hold()
