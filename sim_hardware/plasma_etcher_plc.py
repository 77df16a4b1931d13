"""The ladder program of the plasma etcher's controller: docs/icd/click_plc_plasma_etcher.csv.

Chosen here: a clamp takes two seconds and a release five, helium off included; a pump-down that
is not done in three minutes holds for a lost vacuum; RF must be off for a release. Venting first
releases the wafer. Gas valves close on abort and venting; Reset and pump-down open them.
"""

import math
from collections.abc import Mapping
from typing import ClassVar, Final, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.click_packml import Ack, WatchdogAction
from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    Order,
    Outcome,
    PlcProgram,
    Refused,
    SetWord,
    ToolCommand,
)
from sim_hardware.plasma_etcher_chamber import Chuck, EtchChamber
from sim_hardware.plasma_etcher_pressure import ARG_1, PRESSURE_BAND, SCAN_S, PressureControl

VACUUM_LOST: Final = 13
HELIUM_FLOW, WAFER_HOT, WATER_LOW = 18, 19, 20
WATER_BIT: Final = 9
LINE_SELECTED: Final = 201
CLAMP_S, RELEASE_S = 2.0, 5.0
PUMP_DEADLINE_S: Final = 180.0
MAX_HELIUM_TORR, MAX_LEAK_BY_SCCM = 20.0, 15.0
HOT_C: Final = 150.0


class EtcherDeck(Protocol):
    """What the program sees and moves besides chamber and chuck."""

    def wafer_present(self) -> bool:
        """Whether a wafer lies on the chuck."""
        ...

    def rf_on(self) -> bool:
        """Whether a generator is on."""
        ...

    def water_well(self) -> bool:
        """What the flow switch says."""
        ...

    def emission_pct(self) -> float:
        """Light of the selected line."""
        ...

    def wafer_c(self) -> float:
        """Wafer temperature."""
        ...

    def rf_s(self) -> float:
        """Seconds of RF on this job."""
        ...

    def rf_hours_h(self) -> float:
        """RF hours since the last clean."""
        ...

    def changed(self) -> None:
        """Permit, chamber or chuck changed."""
        ...

    def job_began(self, job_id: str) -> None:
        """A job starts."""
        ...

    def visit_ended(self) -> None:
        """The essential work of the visit is over."""
        ...


class PlasmaEtcherPlc(PlcProgram):
    """Pumps, throttle valve, helium and clamp; the host owns the sequence."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.ABORT

    def __init__(
        self, clock: LineClock, deck: EtcherDeck, chamber: EtchChamber, chuck: Chuck
    ) -> None:
        super().__init__()
        self._clock, self._deck, self._chamber, self._chuck = clock, deck, chamber, chuck
        self._pump_order: int | None = None
        self._pressure_control = PressureControl(
            clock, chamber, lambda: self.plc, deck.rf_on, deck.changed
        )
        self._vent_order: int | None = None
        self._venting = self._releasing = self._burning = False
        self.process_values = {
            1: chamber.mtorr,
            2: chuck.helium_torr.value,
            3: chuck.body.temperature_c,
            4: deck.emission_pct,
            5: deck.wafer_c,
            6: chuck.leak_by_sccm,
            7: deck.rf_s,
            8: deck.rf_hours_h,
        }
        self.set_words = [SetWord(LINE_SELECTED, 0, 9, 1)]
        self.tool_bits = {
            0: deck.wafer_present,
            1: lambda: chuck.clamped,
            2: deck.wafer_present,
            4: lambda: chamber.volume.pumping,
            6: self.rf_permit,
        }
        self.alarms = frozenset({PRESSURE_BAND, HELIUM_FLOW, WAFER_HOT, WATER_LOW})
        self.interlock_alarms = {WATER_BIT: WATER_LOW}
        self.commands = self._commands()

    def _commands(self) -> Mapping[int, ToolCommand]:
        return {
            120: ToolCommand(self._pump_down),
            121: ToolCommand(self._pressure),
            122: ToolCommand(self._vent),
            123: ToolCommand(self._helium),
            124: ToolCommand(self._clamp),
        }

    # --- what protects wafer and people ---------------------------------------------------------

    def rf_permit(self) -> bool:
        """Whether both generators are enabled."""
        held = self._chuck.clamped and not self._releasing
        return self.plc.permit and held and self._chamber.under_vacuum()

    @override
    def interlocks(self) -> frozenset[int]:
        return frozenset(() if self._deck.water_well() else {WATER_BIT})

    def watch(self) -> None:
        """Look at pressure, helium and open orders after something has changed."""
        self._pressure_control.watch()
        # The chamber is open between wafers: only under a plasma its pressure ends the job.
        if self._burning and not self._chamber.under_vacuum():
            self._clock.after(SCAN_S, self._vacuum_lost)
        self._burning = self._deck.rf_on()
        if self._chuck.leak_by_goal_sccm() > MAX_LEAK_BY_SCCM:
            self._clock.after(SCAN_S, self._helium_leaks)

    def wafer_hot(self) -> None:
        """The wafer's sensor has passed its limit."""
        self.plc.raise_alarm(WAFER_HOT)
        self.plc.abort()

    def clamp_lost(self) -> None:
        """The wafer came loose: no helium behind it, no RF on it."""
        self._chuck.let_go()
        self.plc.raise_alarm(HELIUM_FLOW)
        self._deck.changed()
        self.plc.hold()

    def _vacuum_lost(self) -> None:
        self.plc.raise_alarm(VACUUM_LOST)
        self.plc.abort()

    def _helium_leaks(self) -> None:
        if self._chuck.leak_by_goal_sccm() > MAX_LEAK_BY_SCCM:
            self.plc.raise_alarm(HELIUM_FLOW)
            self.plc.hold()

    # --- hooks ----------------------------------------------------------------------------------

    @override
    def on_energy(self, permit: bool) -> None:
        self._deck.changed()

    @override
    def on_reset(self) -> None:
        self._chamber.gas_valves_open = not self._venting

    @override
    def on_start(self) -> None:
        self._deck.job_began(self.plc.job_id)

    @override
    def on_stop(self) -> None:
        self._make_safe()

    @override
    def on_abort(self) -> None:
        self._chamber.gas_valves_open = False
        self._make_safe()

    @override
    def on_power_loss(self) -> None:
        self._chuck.clamped = False
        self._chamber.gas_valves_open = False
        self._make_safe()

    @override
    def on_complete(self) -> None:
        self._deck.visit_ended()

    def _make_safe(self) -> None:
        self._chuck.helium_torr.aim(0.0)
        self._pressure_control.open_valve()
        self._deck.changed()

    # --- pump and vent --------------------------------------------------------------------------

    def _pump_down(self, order: Order) -> Outcome:
        if self._venting:
            return Refused()
        self._give_up_pump()
        self._chamber.gas_valves_open = True
        self._pressure_control.open_valve()
        self._chamber.volume.pump()
        self._deck.changed()
        if self._chamber.at_base():
            return Done()
        self._pump_order = order.seq
        self._clock.after(PUMP_DEADLINE_S, lambda: self._pumped_late(order.seq))
        wait_s = self._chamber.at_base_in_s()
        if math.isinf(wait_s):
            return Accepted()
        return Accepted(wait_s + SCAN_S, then=self._pumped)

    def _pumped(self) -> None:
        self._pump_order = None

    def _pumped_late(self, seq: int) -> None:
        if self._pump_order == seq:
            self.plc.raise_alarm(VACUUM_LOST)
            self.plc.hold()

    def _give_up_pump(self) -> None:
        if self._pump_order is not None:
            self.plc.finish(self._pump_order, Ack.REJECTED_STATE)
            self._pump_order = None

    def _vent(self, order: Order) -> Outcome:
        if self._deck.rf_on() or self._venting:
            return Refused()
        if self._chamber.volume.vented:
            return Done()
        self.bring_out(order.seq)
        return Accepted()

    def bring_out(self, order: int | None = None) -> None:
        """Let go of the wafer and let nitrogen in; a person's button does the same."""
        if self._venting:
            return
        self._give_up_pump()
        self._venting, self._vent_order = True, order
        self._chamber.gas_valves_open = False
        self._pressure_control.open_valve()
        wait_s = RELEASE_S if self._chuck.clamped else 0.0
        self._begin_release()
        self._clock.after(wait_s, self._let_nitrogen_in)

    def _let_nitrogen_in(self) -> None:
        self._end_release()
        self._chamber.volume.vent()
        self._clock.after(self._chamber.volume.vented_in_s() + SCAN_S, self._vented)

    def _vented(self) -> None:
        self._venting = False
        if self._vent_order is not None:
            self.plc.finish(self._vent_order)
            self._vent_order = None

    # --- pressure, helium, clamp ----------------------------------------------------------------

    def _pressure(self, order: Order) -> Outcome:
        if self._venting and order.args[0] > 0:
            return Refused()
        return self._pressure_control.take(order)

    def _helium(self, order: Order) -> Outcome:
        torr = order.args[0] / 10
        if not 0.0 <= torr <= MAX_HELIUM_TORR:
            return Refused(Ack.REJECTED_RECIPE, ARG_1)
        if torr > 0.0 and (self._releasing or not self._chuck.clamped):
            return Refused()
        self._chuck.helium_torr.aim(torr)
        self._deck.changed()
        return Accepted(self._chuck.helium_torr.settles_in_s(max(0.05 * torr, 0.05)) + SCAN_S)

    def _clamp(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, ARG_1)
        wanted = order.args[0] == 1
        if wanted == self._chuck.clamped and not self._releasing:
            return Done()
        busy = self._releasing or self._venting
        if busy or not self._chamber.under_vacuum():
            return Refused()
        return self._take() if wanted else self._release()

    def _take(self) -> Outcome:
        if not self._deck.wafer_present():
            return Refused()
        return Accepted(CLAMP_S, then=self._clamped)

    def _release(self) -> Outcome:
        if self._deck.rf_on():
            return Refused()
        self._begin_release()
        return Accepted(RELEASE_S, then=self._end_release)

    def _clamped(self) -> None:
        self._chuck.clamped = self._deck.wafer_present() and not self._venting
        self._deck.changed()

    def _begin_release(self) -> None:
        self._releasing = True
        self._chuck.helium_torr.aim(0.0)
        self._deck.changed()

    def _end_release(self) -> None:
        self._releasing = False
        self._chuck.let_go()
        self._deck.changed()
