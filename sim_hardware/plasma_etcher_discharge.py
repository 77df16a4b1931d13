"""The discharge of the plasma etcher: generators and gas lines as loads, and what they do in time.

Chosen here: a matched plasma sends back 0.2 % and without a plasma everything comes back; the
electrode biases with two volts for three watts.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.ae_cesar import AeCesar
from sim_hardware.instruments.sensirion_sfc5500 import Calibration, SensirionSfc5500
from sim_hardware.physics.plasma_etcher import Plasma
from sim_hardware.plasma_etcher_chamber import EtchChamber
from sim_hardware.plasma_etcher_chuck import Chuck

REFLECTED_SHARE: Final = 0.002
BIAS_V_W: Final = 1.0 / 1.5
LEAST_SCCM: Final = 1.0
FULL_SCALE_SCCM: Final = 200.0
RF_HOURS: Final = 50.0  # on a line that has been running
# After a change everything has settled by the last of these; between them it hardly moves.
RIPPLES_S: Final = (0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 4.0, 8.0)
SLOW_RIPPLES: Final = 40  # while a turbopump or a chuck takes its time


class Follower(Protocol):
    """What looks at the chamber again after a change."""

    def recheck(self) -> None:
        """Look again."""
        ...


class RfFeed:
    """What one generator is wired to; `changed` is called when it has switched or been set."""

    def __init__(
        self, discharge: "Discharge", permitted: Callable[[], bool], volts_per_w: float
    ) -> None:
        self._discharge, self._permitted, self._volts_per_w = discharge, permitted, volts_per_w
        self.on = False
        self.reflected_share = REFLECTED_SHARE

    def interlock_closed(self) -> bool:
        """Whether the interlock loop is closed."""
        return self._permitted()

    def reflected_w(self, forward_w: float) -> float:
        """Power that comes back."""
        return forward_w * (self.reflected_share if self._discharge.lit() else 1.0)

    def dc_bias_v(self, forward_w: float) -> float:
        """Self-bias of the electrode."""
        return forward_w * self._volts_per_w if self._discharge.lit() else 0.0

    def watts_for_bias(self, volts: float) -> float:
        """Forward power that makes a self-bias; none where there is no electrode."""
        return volts / self._volts_per_w if self._volts_per_w else 0.0

    def on_rf(self, *, on: bool, setpoint: float, regulation: int) -> None:
        """RF went on or off, or its setpoint changed."""
        del setpoint, regulation
        self.on = on
        self._discharge.change()


class GasFeed:
    """One gas from its bottle to the chamber."""

    def __init__(self, discharge: "Discharge") -> None:
        self._discharge = discharge
        self.bottle_ok = True
        self.goal_sccm = 0.0

    def supply_ok(self) -> bool:
        """Whether there is pressure at the inlet and the valve behind is open."""
        return self.bottle_ok and self._discharge.chamber.takes_gas()

    def on_flow(self, setpoint_sccm: float) -> None:
        """The flow now settles to a new value."""
        self.goal_sccm = setpoint_sccm
        self._discharge.gas_changed()


class Discharge:
    """Brings `etched` up to date at every change: it gets each stretch and the mean plasma in it.

    `looked` is called after every change and some seconds on, when its effects have settled.
    """

    def __init__(
        self,
        clock: LineClock,
        chamber: EtchChamber,
        chuck: Chuck,
        permitted: Callable[[], bool],
        etched: Callable[[float, Plasma, Plasma], None],
        looked: Callable[[], None],
    ) -> None:
        self._clock, self.chamber, self._chuck = clock, chamber, chuck
        self._etched, self._looked = etched, looked
        self._ripples: list[asyncio.TimerHandle] = []
        self._slow_ripples: list[asyncio.TimerHandle] = []
        self._rechecking = False
        self.followers: Sequence[Follower] = ()
        self.rf_hours = RF_HOURS
        self.source_feed = RfFeed(self, permitted, 0.0)
        self.bias_feed = RfFeed(self, permitted, BIAS_V_W)
        self.argon_feed, self.sf6_feed = GasFeed(self), GasFeed(self)
        self.source, self.bias = (
            AeCesar(clock, feed) for feed in (self.source_feed, self.bias_feed)
        )
        self.argon = _flow_controller(clock, self.argon_feed, 1, "Argon")
        self.sf6 = _flow_controller(clock, self.sf6_feed, 2, "SF6")
        self._since_s, self._since = clock.now_s(), self.now()

    def rf_on(self) -> bool:
        """Whether a generator is on."""
        return self.source_feed.on or self.bias_feed.on

    def lit(self) -> bool:
        """Whether there is something to burn."""
        return self._sccm() > LEAST_SCCM and self.chamber.under_vacuum()

    def now(self) -> Plasma:
        """The plasma as it is."""
        argon, sf6 = self.argon.flow_sccm(), self.sf6.flow_sccm()
        return Plasma(
            gas="SF6" if sf6 > argon else "Ar",
            watts=self.source.rf.load_w(),
            bias_v=self.bias.rf.bias_v(),
            mtorr=self.chamber.mtorr(),
            sccm=max(argon, sf6),
            chuck_c=self._chuck.body.temperature_c(),
            rf_hours=self.rf_hours,
            helium_torr=self._chuck.helium_torr.value(),
        )

    def since_s(self) -> float:
        """How long ago `etched` was last told."""
        return self._clock.now_s() - self._since_s

    def change(self) -> None:
        """Something has just changed: account for what was, and look again while it settles.

        Generators and flow controllers look at permit, match and supply again.
        """
        self._settle()
        for ripple in self._ripples:
            ripple.cancel()
        self._ripples = [self._clock.after(seconds, self._ripple) for seconds in RIPPLES_S]
        if not self._rechecking:
            self._recheck()
            self._looked()

    def change_slowly(self, seconds: float) -> None:
        """Something changes from now on and takes its time: look again and again meanwhile."""
        self.change()
        if seconds > RIPPLES_S[-1]:
            for ripple in self._slow_ripples:
                ripple.cancel()
            self._slow_ripples = [
                self._clock.after(seconds * (part + 1) / SLOW_RIPPLES, self._ripple)
                for part in range(SLOW_RIPPLES)
            ]

    def gas_changed(self) -> None:
        """A flow settles to a new value."""
        self.chamber.admit(self.argon_feed.goal_sccm + self.sf6_feed.goal_sccm)
        self.change()

    def _ripple(self) -> None:
        self._settle()
        self._recheck()
        self._looked()

    def _recheck(self) -> None:
        # One of them may go out: nobody is to look before the others have seen why.
        self._rechecking = True
        for unit in (*self.followers, self.source, self.bias, self.argon, self.sf6):
            unit.recheck()
        self._rechecking = False

    def _settle(self) -> None:
        seconds, before, now = self.since_s(), self._since, self.now()
        self._since_s, self._since = self._clock.now_s(), now
        if before.watts > 0.0 or now.watts > 0.0:
            self.rf_hours += seconds / 3600.0
        self._etched(seconds, _mean(before, now), now)

    def _sccm(self) -> float:
        return self.argon.flow_sccm() + self.sf6.flow_sccm()


def _mean(before: Plasma, now: Plasma) -> Plasma:
    """The plasma between two looks. One that has just gone out burned until now."""
    return Plasma(
        gas=before.gas,
        watts=_middle(before.watts, now.watts),
        bias_v=_middle(before.bias_v, now.bias_v),
        mtorr=(before.mtorr + now.mtorr) / 2.0,
        sccm=(before.sccm + now.sccm) / 2.0,
        chuck_c=(before.chuck_c + now.chuck_c) / 2.0,
        rf_hours=before.rf_hours,
        helium_torr=(before.helium_torr + now.helium_torr) / 2.0,
    )


def _middle(before: float, now: float) -> float:
    return (before + now) / 2.0 if now > 0.0 else before


def _flow_controller(clock: LineClock, feed: GasFeed, address: int, gas: str) -> SensirionSfc5500:
    calibrations: Sequence[Calibration] = (Calibration(gas, FULL_SCALE_SCCM),)
    serial = f"2205{address:04d}"
    return SensirionSfc5500(clock, feed, address=address, calibrations=calibrations, serial=serial)
