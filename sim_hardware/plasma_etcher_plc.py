"""The ladder program of the plasma etcher's controller: docs/icd/click_plc_plasma_etcher.csv.

Chosen here: a clamp takes two seconds and a release five, helium off included; RF must be off for
a release. Venting first releases the wafer. Gas valves close on abort and venting; Reset and
pump-down open them. The throttle valve is the host's; its digital output says when the pressure
that it controls is out of band.
"""

import asyncio
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
from sim_hardware.plasma_etcher_chamber import EtchChamber
from sim_hardware.plasma_etcher_chuck import Chuck
from sim_hardware.plasma_etcher_pumping import ARG_1, SCAN_S, VACUUM_LOST, Pumping

PRESSURE_BAND: Final = 17
BAND_S: Final = 5.0  # out of band for so long is an alarm
HELIUM_FLOW, WAFER_HOT, WATER_LOW = 18, 19, 20
WATER_BIT: Final = 9
LINE_SELECTED: Final = 201
CLAMP_S, RELEASE_S = 2.0, 5.0
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

    def pressure_out_of_band(self) -> bool:
        """What the digital output of the throttle valve says."""
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
    """Roughing, gate, gas valves, helium and clamp; the host owns the sequence."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.ABORT

    def __init__(
        self, clock: LineClock, deck: EtcherDeck, chamber: EtchChamber, chuck: Chuck
    ) -> None:
        super().__init__()
        self._clock, self._deck, self._chamber, self._chuck = clock, deck, chamber, chuck
        self._pumping = Pumping(clock, chamber, lambda: self.plc, deck.changed)
        self._band_timer: asyncio.TimerHandle | None = None
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
            4: lambda: chamber.pumping,
            6: self.rf_permit,
        }
        self.alarms = frozenset({PRESSURE_BAND, HELIUM_FLOW, WAFER_HOT, WATER_LOW})
        self.interlock_alarms = {WATER_BIT: WATER_LOW}
        self.commands = self._commands()

    def _commands(self) -> Mapping[int, ToolCommand]:
        return {
            120: ToolCommand(self._pump_down),
            121: ToolCommand(self._high_vacuum),
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
        self._watch_band()
        self._pumping.watch()
        # The chamber is open between wafers: only under a plasma its pressure ends the job.
        if self._burning and not self._chamber.under_vacuum():
            self._clock.after(SCAN_S, self._vacuum_lost)
        self._burning = self._deck.rf_on()
        if self._chuck.leak_by_goal_sccm() > MAX_LEAK_BY_SCCM:
            self._clock.after(SCAN_S, self._helium_leaks)

    def _watch_band(self) -> None:
        out_of_band = self._deck.rf_on() and self._deck.pressure_out_of_band()
        if out_of_band and self._band_timer is None:
            self._band_timer = self._clock.after(BAND_S, self._still_out_of_band)
        elif not out_of_band and self._band_timer is not None:
            self._band_timer.cancel()
            self._band_timer = None

    def _still_out_of_band(self) -> None:
        self._band_timer = None
        if self._deck.rf_on() and self._deck.pressure_out_of_band():
            self.plc.raise_alarm(PRESSURE_BAND)
            self.plc.hold()

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
        self._chamber.open_gas_valves(opened=not self._venting)

    @override
    def on_start(self) -> None:
        self._deck.job_began(self.plc.job_id)

    @override
    def on_stop(self) -> None:
        self._make_safe()

    @override
    def on_abort(self) -> None:
        self._chamber.open_gas_valves(opened=False)
        self._make_safe()

    @override
    def on_power_loss(self) -> None:
        self._chuck.clamped = False
        self._chamber.open_gas_valves(opened=False)
        self._pumping.isolate()
        self._make_safe()

    @override
    def on_complete(self) -> None:
        self._deck.visit_ended()

    def _make_safe(self) -> None:
        self._chuck.helium_torr.aim(0.0)
        self._deck.changed()

    # --- pump -----------------------------------------------------------------------------------

    def _pump_down(self, order: Order) -> Outcome:
        return Refused() if self._venting else self._pumping.take(order)

    def _high_vacuum(self, order: Order) -> Outcome:
        if self._venting and order.args[0] == 1:
            return Refused()
        return self._pumping.gate(order)

    # --- vent, helium, clamp --------------------------------------------------------------------

    def _vent(self, order: Order) -> Outcome:
        if self._deck.rf_on() or self._venting:
            return Refused()
        if self._chamber.vented():
            return Done()
        self.bring_out(order.seq)
        return Accepted()

    def bring_out(self, order: int | None = None) -> None:
        """Let go of the wafer and let nitrogen in; a person's button does the same."""
        if self._venting:
            return
        self._venting, self._vent_order = True, order
        self._pumping.isolate()
        self._chamber.open_gas_valves(opened=False)
        wait_s = RELEASE_S if self._chuck.clamped else 0.0
        self._begin_release()
        self._clock.after(wait_s, self._let_nitrogen_in)

    def _let_nitrogen_in(self) -> None:
        self._end_release()
        self._chamber.vent()
        self._clock.after(self._chamber.vented_in_s() + SCAN_S, self._vented)

    def _vented(self) -> None:
        self._venting = False
        self._chamber.close()
        if self._vent_order is not None:
            self.plc.finish(self._vent_order)
            self._vent_order = None

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
