"""The sputter's vacuum: turbopump at speed, base pressure, argon trimmed to what is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import InterlockOpen, NotReached, Tripped
from drivers.core.waiting import until
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.leybold_turbovac_frames import Status
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.mks_937b_frames import Control, Direction, IonGauge
from drivers.sputter_map import Order

BASE_CHANNEL: Final = 1
PERMIT_RELAY: Final = 5  # closed below its setting on the manometer; an input of the plasma permit
LOCK_RELAY: Final = 9  # the same for the Pirani of the lock
PERMIT_MBAR: Final = 0.02
LOCK_MBAR: Final = 1e-3
RELAY_WITHIN: Final = 0.05
CONTROLLED: Final[Mapping[Control, str]] = {
    Control.ENABLE: "enabled",
    Control.SET: "always closed, not",
    Control.CLEAR: "always open, not",
}
MBAR_PER_MTORR: Final = 1.01325 / 760
SCCM_PER_MTORR: Final = 8.0  # at full pumping speed, to begin with
MOST_SCCM: Final = 200.0
SHUT_SCCM: Final = 0.5  # less does not come through an open valve
FLOW_WITHIN: Final = 0.02
FLOW_DWELL_S: Final = 1.0
FLOW_S: Final = 20.0
SETTLED_S: Final = 5.0  # from a steady flow to a steady pressure
TRIMS: Final = 6
GOOD_PART: Final = 0.02  # of the pressure asked for: not trimmed any more
LOST_PART: Final = 0.1  # of the pressure asked for: beyond, the film is another one
LOOKS_TO_LOSE: Final = 2
RUN_UP_MBAR: Final = 0.1  # above it a turbopump is not started
RUN_UP_S: Final = 1200.0
BASE_S: Final = 2700.0
VALVE_S: Final = 30.0
GAUGE_POLL_S: Final = 4.0


@dataclass
class Held:
    """A pressure of argon that is held, from what base and by what flow."""

    vacuum: "Vacuum"
    wanted_mtorr: float
    least_hz: float
    mtorr: float
    sccm: float
    strayed: int = 0

    async def look(self) -> None:
        """Look once, trim the flow if the pressure strays.

        Raises Tripped if the turbopump is below its speed or two looks find another pressure,
        DeviceFault for a fault of pump or flow controller.
        """
        vacuum = self.vacuum
        await vacuum.refuse_slow(self.least_hz)
        await vacuum.argon.check()
        self.mtorr = await vacuum.mtorr()
        part = self.mtorr / self.wanted_mtorr - 1
        self.strayed = self.strayed + 1 if abs(part) > LOST_PART else 0
        if self.strayed >= LOOKS_TO_LOSE:
            raise Tripped(
                f"argon is at {self.mtorr:.2f} mTorr instead of {self.wanted_mtorr:g} mTorr",
                source=vacuum.gauges.name,
            )
        if GOOD_PART < abs(part) <= LOST_PART:
            self.sccm = min(self.sccm / (1 + part), MOST_SCCM)
            await vacuum.argon.setpoint_sccm.write(self.sccm)


@dataclass(frozen=True)
class Vacuum:
    """Gauges, turbopump and argon of one sputter, with the controller's shut-off valve."""

    plc: ClickPlc
    gauges: Mks937b
    turbo: LeyboldTurbovac
    argon: AlicatMc

    @property
    def clock(self) -> Clock:
        """The controller's clock."""
        return self.plc.clock

    async def ready(self) -> float:
        """Check the relays, bring the turbopump to speed; return its speed in Hz.

        Raises InterlockOpen if a relay that guards the plasma is set otherwise than it must be,
        or for a pump that stands in a chamber with too much pressure; errors as its `run_up`.
        """
        await self._guarded(PERMIT_RELAY, PERMIT_MBAR)
        await self._guarded(LOCK_RELAY, LOCK_MBAR)
        speed_hz = (await self.turbo.condition()).frequency_hz
        if speed_hz >= await self._least_hz():
            await self.turbo.check()
            return speed_hz
        if not (mbar := await self.gauges.pressure_3_mbar.value()) < RUN_UP_MBAR:
            words = f"the chamber is at {mbar:g} mbar: the turbopump is not started"
            raise InterlockOpen(words, source=self.gauges.name)
        speed_hz = await self.turbo.run_up(deadline_s=RUN_UP_S)
        await self.turbo.release()  # its start contact keeps it running
        return speed_hz

    async def lock_is_low(self) -> bool:
        """Whether the gauge of the lock sees a vacuum, as its relay says."""
        return (await self.gauges.relay(LOCK_RELAY)).energised

    async def base(self, limit_mbar: float) -> float:
        """Wait for the base pressure without argon; return it.

        Raises NotReached, and DeviceFault for a broken gauge.
        """
        if await self.gauges.ion_gauge(BASE_CHANNEL) not in {IonGauge.GOOD, IonGauge.WAIT}:
            # One that protected itself stays off until it is switched again.
            await self.gauges.switch_channel(BASE_CHANNEL, on=False)
            await self.gauges.switch_channel(BASE_CHANNEL, on=True)
        await until(
            lambda: self._below(limit_mbar),
            deadline_s=BASE_S,
            clock=self.clock,
            what=f"{self.gauges.name}: chamber below {limit_mbar:g} mbar",
            poll_s=GAUGE_POLL_S,
        )
        return await self.gauges.pressure_1_mbar.value()

    async def mtorr(self) -> float:
        """What the manometer of the chamber reads."""
        return await self.gauges.pressure_3_mbar.value() / MBAR_PER_MTORR

    async def shut(self) -> bool:
        """Whether no argon flows."""
        return await self.argon.flow_sccm.value() < SHUT_SCCM

    async def let_in(self, base_mbar: float) -> float:
        """Open the argon's valve, only from base pressure; return the base pressure found.

        Raises Tripped with a turbopump below its speed, NotReached above `base_mbar`.
        """
        await self.refuse_slow(await self._least_hz())
        await self.argon.make_safe()
        await self.plc.perform(Order.GAS, 0, deadline_s=VALVE_S)
        found_mbar = await self.base(base_mbar)
        # The plasma's pressure is not this gauge's: it would only protect itself.
        await self.gauges.switch_channel(BASE_CHANNEL, on=False)
        await self.plc.perform(Order.GAS, 1, deadline_s=VALVE_S)
        return found_mbar

    async def hold(self, mtorr: float) -> Held:
        """Trim the flow until the manometer reads `mtorr`; the valve must be open.

        Raises Tripped with a turbopump below its speed, NotReached if the flow does not come or
        does not make that pressure.
        """
        least_hz = await self._least_hz()
        await self.refuse_slow(least_hz)
        sccm = SCCM_PER_MTORR * mtorr
        found = 0.0
        for _ in range(TRIMS):
            sccm = min(sccm, MOST_SCCM)
            await self.argon.flow(
                sccm, within_sccm=FLOW_WITHIN * sccm, dwell_s=FLOW_DWELL_S, deadline_s=FLOW_S
            )
            await sleep(self.clock, SETTLED_S)
            found = await self.mtorr()
            if abs(found - mtorr) <= GOOD_PART * mtorr:
                return Held(self, mtorr, least_hz, found, sccm)
            sccm *= min(max(mtorr / max(found, 1e-3), 0.5), 2.0)
        raise NotReached(
            f"{found:.2f} mTorr of argon instead of {mtorr:g} mTorr, at {sccm:.0f} sccm",
            source=self.gauges.name,
        )

    async def shut_off(self) -> None:
        """No argon: none asked for, and its valve closed."""
        await self.argon.make_safe()
        await self.plc.perform(Order.GAS, 0, deadline_s=VALVE_S)

    async def refuse_slow(self, least_hz: float) -> None:
        """Raise Tripped with a turbopump below `least_hz`, DeviceFault if it is in error."""
        condition = await self.turbo.condition()
        if Status.ERROR in condition.status or Status.OPERATION not in condition.status:
            await self.turbo.check()
        if not condition.frequency_hz >= least_hz:
            raise Tripped(
                f"turns at {condition.frequency_hz:g} Hz, below {least_hz:g} Hz",
                source=self.turbo.name,
            )

    async def _least_hz(self) -> float:
        part = await self.turbo.normal_operation_pct.value() / 100
        return part * await self.turbo.setpoint_hz.value()

    async def _below(self, limit_mbar: float) -> bool:
        state = await self.gauges.ion_gauge(BASE_CHANNEL)
        if state is not IonGauge.GOOD:
            if state is not IonGauge.WAIT:
                await self.gauges.check(BASE_CHANNEL)
            return False
        return await self.gauges.pressure_1_mbar.value() <= limit_mbar

    async def _guarded(self, number: int, mbar: float) -> None:
        relay = await self.gauges.relay(number)
        well = (
            abs(relay.setpoint_mbar - mbar) <= RELAY_WITHIN * mbar
            and relay.direction is Direction.BELOW
            and relay.control is Control.ENABLE
        )
        if not well:
            raise InterlockOpen(
                f"relay {number} is {CONTROLLED[relay.control]} {relay.direction.lower()} "
                f"{relay.setpoint_mbar:.3g} mbar instead of enabled below {mbar:g} mbar",
                source=self.gauges.name,
            )
