"""The ladder program of the sputter tool's controller, from docs/icd/click_plc_sputter.csv."""

import asyncio
import math
from collections.abc import Callable
from typing import ClassVar, Protocol

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
    ToolCommand,
)
from sim_hardware.sputter_vacuum import LOCK_BASE_MBAR, TRANSFER_S, Place, SputterVacuum

PRESSURE_HIGH, WATER_LOW, LOCK_NOT_AT_BASE, TURBO_NOT_AT_SPEED = 17, 18, 19, 20
VACUUM_BIT, WATER_BIT = 8, 9
LOCK_DEADLINE_S = 360.0
MAX_PRECLEAN_W = 1000
LEAST_ARGON_MTORR = 1.0  # for the pre-clean
VALVE_S = 0.5
ARG_1, ARG_2 = 104, 105  # registers named in a refusal
SCAN_S = 0.01


class SputterDeck(Protocol):
    """What the program moves and measures besides the vacuum."""

    rf_w: float

    def wafer_present(self) -> bool:
        """Whether a wafer is in the tool."""
        ...

    def plasma_on(self) -> bool:
        """Whether anything burns in the chamber."""
        ...

    def water_lpm(self) -> float:
        """Target cooling water."""
        ...

    def water_well(self) -> bool:
        """What the flow switch says."""
        ...

    def chuck_c(self) -> float:
        """Chuck temperature."""
        ...

    def precleaned_s(self) -> float:
        """Seconds of RF delivered to this job."""
        ...

    def strike_rf(self, watts: float) -> None:
        """RF of the pre-clean from now on; 0 = off."""
        ...

    def process_mtorr(self) -> float:
        """What the analogue output of the manometer says."""
        ...

    def plasma_relay(self) -> bool:
        """Whether the gauge controller's relay for plasma is closed."""
        ...

    def energy_changed(self) -> None:
        """The permit of the DC supply changed."""
        ...

    def job_began(self, job_id: str) -> None:
        """A job starts."""
        ...

    def visit_ended(self) -> None:
        """The essential work of the visit is over."""
        ...


class SputterPlc(PlcProgram):
    """Lock, transport, gas valve and RF pre-clean; the host owns the sequence."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.ABORT

    def __init__(self, clock: LineClock, deck: SputterDeck, vacuum: SputterVacuum) -> None:
        super().__init__()
        self._clock, self._deck, self._vacuum = clock, deck, vacuum
        self._lock_order: int | None = None
        self._lock_alarm: asyncio.TimerHandle | None = None
        self._preclean_order: int | None = None
        self._preclean_timer: asyncio.TimerHandle | None = None
        self._preclean_ends_s = 0.0
        self._venting = False
        self.process_values = self._values()
        self.tool_bits = self._bits()
        self.alarms = frozenset({PRESSURE_HIGH, WATER_LOW, LOCK_NOT_AT_BASE, TURBO_NOT_AT_SPEED})
        self.interlock_alarms = {VACUUM_BIT: PRESSURE_HIGH, WATER_BIT: WATER_LOW}
        self.commands = {
            120: ToolCommand(self._pump_lock),
            121: ToolCommand(self._vent_lock),
            122: ToolCommand(self._gas),
            123: ToolCommand(self._preclean),
            124: ToolCommand(self._to_chamber),
        }

    def _values(self) -> dict[int, Callable[[], float]]:
        vacuum, deck = self._vacuum, self._deck
        return {
            1: vacuum.chamber_mbar,
            2: vacuum.lock.mbar,
            3: deck.process_mtorr,
            4: deck.water_lpm,
            5: deck.chuck_c,
            6: self._preclean_left_s,
            7: lambda: deck.rf_w,
            8: deck.precleaned_s,
        }

    def _bits(self) -> dict[int, Callable[[], bool]]:
        vacuum, deck = self._vacuum, self._deck
        return {
            0: deck.wafer_present,
            1: self._in_chamber,
            2: self._in_chamber,
            4: lambda: vacuum.lock.pumping,
            6: self.plasma_permit,
            7: vacuum.lock_at_base,
            8: self._in_chamber,
        }

    @override
    def interlocks(self) -> frozenset[int]:
        open_bits = {VACUUM_BIT} if self._vacuum.too_high_for_plasma() else set[int]()
        return frozenset(open_bits if self._deck.water_well() else open_bits | {WATER_BIT})

    @override
    def on_energy(self, permit: bool) -> None:
        del permit
        self.look_at_plasma()

    def plasma_permit(self) -> bool:
        """The chain to the DC supply, which the pre-clean needs too."""
        return self.plc.permit and self._deck.plasma_relay() and self._vacuum.pump.at_speed

    def look_at_plasma(self) -> None:
        """Something in the chain has changed; without the pump at speed no gas comes either."""
        self._deck.energy_changed()
        if self._preclean_order is not None and not self.plasma_permit():
            self._end_preclean(Ack.REJECTED_INTERLOCK)
        if self._vacuum.argon.open and not self._vacuum.pump.at_speed:
            self.plc.raise_alarm(TURBO_NOT_AT_SPEED)
            self.plc.hold()
            self._vacuum.argon.open_valve(opened=False)

    @override
    def on_start(self) -> None:
        self._deck.job_began(self.plc.job_id)

    @override
    def on_stop(self) -> None:
        self._vacuum.argon.open_valve(opened=False)

    @override
    def on_abort(self) -> None:
        self._vacuum.argon.open_valve(opened=False)

    @override
    def on_power_loss(self) -> None:
        self._end_preclean(Ack.NONE)
        self._vacuum.argon.open_valve(opened=False)

    @override
    def on_complete(self) -> None:
        self._deck.visit_ended()

    def bring_out(self, order: int | None = None) -> None:
        """Wafer back to the lock, then nitrogen into it; a person's button does the same."""
        if self._venting:
            return
        self._give_up_lock_order()
        self._lock_order, self._venting = order, True
        if self._vacuum.place is Place.CHAMBER:
            self._vacuum.place = Place.ON_THE_WAY
            self._clock.after(TRANSFER_S, self._open_lock)
        else:
            self._open_lock()

    def _open_lock(self) -> None:
        self._vacuum.place = Place.LOCK
        self._vacuum.lock.vent()
        self._clock.after(self._vacuum.lock.vented_in_s() + SCAN_S, self._lock_open)

    def _lock_open(self) -> None:
        self._venting = False
        if self._lock_order is not None:
            self.plc.finish(self._lock_order)
            self._lock_order = None

    def _pump_lock(self, order: Order) -> Outcome:
        if self._venting or self._vacuum.place is Place.ON_THE_WAY:
            return Refused()
        self._give_up_lock_order()
        self._vacuum.lock.pump()
        wait_s = self._vacuum.lock.below_in_s(LOCK_BASE_MBAR)
        if wait_s == 0.0:
            return Done()
        self._lock_order = order.seq
        self._lock_alarm = self._clock.after(LOCK_DEADLINE_S, self._lock_late)
        return Accepted(wait_s + SCAN_S if math.isfinite(wait_s) else None)

    def _lock_late(self) -> None:
        if not self._vacuum.lock_at_base():
            self.plc.raise_alarm(LOCK_NOT_AT_BASE)
            self.plc.hold()

    def _give_up_lock_order(self) -> None:
        if self._lock_alarm is not None:
            self._lock_alarm.cancel()
        if self._lock_order is not None:
            self.plc.finish(self._lock_order, Ack.REJECTED_STATE)
            self._lock_order = None

    def _vent_lock(self, order: Order) -> Outcome:
        if self._deck.plasma_on() or self._venting or self._vacuum.place is Place.ON_THE_WAY:
            return Refused()
        self.bring_out(order.seq)
        return Accepted()

    def _to_chamber(self, _: Order) -> Outcome:
        if self._in_chamber():
            return Done()
        ready = self._deck.wafer_present() and self._vacuum.lock_at_base()
        if self._venting or self._vacuum.place is not Place.LOCK or not ready:
            return Refused()
        self._vacuum.place = Place.ON_THE_WAY
        return Accepted(TRANSFER_S, then=self._arrive)

    def _arrive(self) -> None:
        self._vacuum.place = Place.CHAMBER

    def _gas(self, order: Order) -> Outcome:
        opened = order.args[0] == 1
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, ARG_1)
        if opened and not self._vacuum.pump.at_speed:
            return Refused(info=TURBO_NOT_AT_SPEED)
        if opened == self._vacuum.argon.open:
            return Done()
        self._vacuum.argon.open_valve(opened=opened)
        return Accepted(VALVE_S)

    def _preclean(self, order: Order) -> Outcome:
        watts, seconds = order.args[:2]
        if not 0 < watts <= MAX_PRECLEAN_W:
            return Refused(Ack.REJECTED_RECIPE, ARG_1)
        if seconds <= 0:
            return Refused(Ack.REJECTED_RECIPE, ARG_2)
        ready = self._in_chamber() and self._deck.process_mtorr() >= LEAST_ARGON_MTORR
        if not (ready and self.plasma_permit()) or self._preclean_order is not None:
            return Refused()
        self._preclean_order = order.seq
        self._preclean_ends_s = self._clock.now_s() + seconds
        self._preclean_timer = self._clock.after(seconds, lambda: self._end_preclean(Ack.DONE))
        self._deck.strike_rf(watts)
        return Accepted()

    def _end_preclean(self, code: Ack) -> None:
        if self._preclean_timer is not None:
            self._preclean_timer.cancel()
            self._preclean_timer = None
        self._deck.strike_rf(0.0)
        if self._preclean_order is not None:
            seq, self._preclean_order = self._preclean_order, None
            self.plc.finish(seq, code)

    def _preclean_left_s(self) -> float:
        if self._preclean_order is None:
            return 0.0
        return max(self._preclean_ends_s - self._clock.now_s(), 0.0)

    def _in_chamber(self) -> bool:
        return self._vacuum.place is Place.CHAMBER and self._deck.wafer_present()
