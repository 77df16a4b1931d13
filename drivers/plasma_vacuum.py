"""The etcher's vacuum and cooling: what gauge, throttle valve, turbopump and chiller decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import InterlockOpen, Tripped
from drivers.core.waiting import until
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110, Switch
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.vat_valve import VatValve
from drivers.plasma_etcher_map import Order

MBAR_PER_MTORR: Final = 1.333224e-3
FULL_SCALE_MTORR: Final = 100.0  # of the throttle valve's own manometer
BASE_MTORR: Final = 1.0
ZERO_WITHIN_MTORR: Final = 0.5  # between gauge and manometer at base pressure
GATE_MTORR: Final = 90.0  # the controller opens the gate below 100
ATMOSPHERE_MBAR: Final = 900.0
NORMAL_SPEED: Final = 0.95  # of the nominal speed; below it the pump is overloaded
RUN_UP_S: Final = 600.0
VALVE_S: Final = 20.0
PUMP_S: Final = 900.0
GATE_S: Final = 60.0
AGREE_S: Final = 60.0  # how long the gauge may take to see what the controller says
REGULATING_S: Final = 60.0
PRESSURE_WITHIN: Final = 0.05
PRESSURE_DWELL_S: Final = 2.0
PRESSURE_LOST: Final = 0.15
COOLANT_WITHIN_C: Final = 1.0
COOLANT_DWELL_S: Final = 5.0
COOLANT_LOST_C: Final = 3.0


def percent_of(mtorr: float) -> float:
    """A pressure as the throttle valve takes it."""
    return 100 * mtorr / FULL_SCALE_MTORR


@dataclass(frozen=True)
class Vacuum:
    """Chamber, throttle valve and turbopump behind it."""

    plc: ClickPlc
    gauge: ThyracontVsr
    throttle: VatValve
    turbo: PfeifferTc110
    clock: Clock

    async def pump_down(self) -> Mapping[str, float]:
        """Below 1 mTorr, by the gauge.

        Raises InterlockOpen unless the turbopump comes to its speed and the throttle valve's
        manometer shows the same, NotReached if the gauge sees no vacuum, and whatever the
        instruments raise.
        """
        turbo_hz = await self._turbo_at_speed()
        await self.throttle.open(deadline_s=VALVE_S)
        await self.plc.perform(Order.PUMP_DOWN, deadline_s=PUMP_S)
        await until(
            self._is_at_base,
            deadline_s=AGREE_S,
            clock=self.clock,
            what=f"{self.gauge.name} below {BASE_MTORR:g} mTorr",
        )
        base_mtorr = await self._gauge_mtorr()
        zero_mtorr = await self._held_mtorr() - base_mtorr
        if not abs(zero_mtorr) <= ZERO_WITHIN_MTORR:
            raise InterlockOpen(
                f"its manometer is {zero_mtorr:+.2f} mTorr off at base pressure: zero it first",
                source=self.throttle.name,
            )
        return {"chamber_mtorr": base_mtorr, "zero_mtorr": zero_mtorr, "turbo_hz": turbo_hz}

    async def ready_for_gas(self) -> None:
        """Turbopump at speed, throttle valve wide open, gate open. Errors as `pump_down`."""
        if not await self._gauge_mtorr() < GATE_MTORR:
            await self.pump_down()
            return
        await self._turbo_at_speed()
        await self.throttle.open(deadline_s=VALVE_S)
        await self.plc.perform(Order.HIGH_VACUUM, 1, deadline_s=GATE_S)

    async def regulate(self, mtorr: float) -> None:
        """Let the throttle valve keep a pressure; raise NotReached if it cannot."""
        await self.throttle.regulate(
            percent_of(mtorr),
            within_pct=PRESSURE_WITHIN * percent_of(mtorr),
            dwell_s=PRESSURE_DWELL_S,
            deadline_s=REGULATING_S,
        )

    async def check(self, mtorr: float) -> Mapping[str, float]:
        """What matters while plasma burns; raise Tripped if speed or pressure are lost.

        Raises DeviceFault for an error of turbopump, valve or gauge.
        """
        await self.turbo.check()
        turbo_hz = await self.turbo.actual_hz.value()
        if not turbo_hz >= NORMAL_SPEED * await self.turbo.nominal_hz.value():
            raise Tripped(f"fell to {turbo_hz:g} Hz", source=self.turbo.name)
        await self.throttle.check()
        held_mtorr = await self._held_mtorr()
        if not abs(held_mtorr - mtorr) <= PRESSURE_LOST * mtorr:
            raise Tripped(
                f"pressure is {held_mtorr:.2f} instead of {mtorr:g} mTorr",
                source=self.throttle.name,
            )
        return {
            "chamber_mtorr": held_mtorr,
            "gauge_mtorr": await self._gauge_mtorr(),
            "throttle_pct": await self.throttle.position_pct.value(),
            "turbo_hz": turbo_hz,
        }

    async def vent(self) -> None:
        """At atmosphere, by the gauge; the turbopump is shut off from it and goes on turning."""
        await self.throttle.close(deadline_s=VALVE_S)
        await self.plc.perform(Order.HIGH_VACUUM, 0, deadline_s=GATE_S)
        await self.plc.perform(Order.VENT, deadline_s=PUMP_S)
        await until(
            self._is_vented,
            deadline_s=AGREE_S,
            clock=self.clock,
            what=f"{self.gauge.name} at atmosphere",
        )

    async def _turbo_at_speed(self) -> float:
        """The speed of a pump that turns as fast as it should; run it up if it does not."""
        if await self.turbo.switched(Switch.STANDBY):
            await self.turbo.take_control()
            await self.turbo.switch(Switch.STANDBY, on=False)
        nominal_hz = await self.turbo.nominal_hz.value()
        status = await self.turbo.status()
        hertz = await self.turbo.actual_hz.value()
        if not (status.pumping and hertz >= NORMAL_SPEED * nominal_hz):
            await self.turbo.take_control()
            hertz = await self.turbo.run_up(deadline_s=RUN_UP_S)
        if not hertz >= NORMAL_SPEED * nominal_hz:
            raise InterlockOpen(f"turns at {hertz:g} of {nominal_hz:g} Hz", source=self.turbo.name)
        await self.turbo.check()
        return hertz

    async def _gauge_mtorr(self) -> float:
        return await self.gauge.pressure_mbar.value() / MBAR_PER_MTORR

    async def _held_mtorr(self) -> float:
        return await self.throttle.pressure_pct.value() / 100 * FULL_SCALE_MTORR

    async def _is_at_base(self) -> bool:
        return await self._gauge_mtorr() < BASE_MTORR

    async def _is_vented(self) -> bool:
        return await self.gauge.pressure_mbar.value() >= ATMOSPHERE_MBAR


@dataclass(frozen=True)
class Cooling:
    """The chuck's water at one temperature."""

    chiller: Thermoflex
    chuck_c: float
    clock: Clock

    async def bring(self, deadline_s: float) -> float:
        """Run the chiller until its water is at the temperature; errors as `Thermoflex.hold`."""
        return await self.chiller.hold(
            self.chuck_c,
            deadline_s=deadline_s,
            within_c=COOLANT_WITHIN_C,
            dwell_s=COOLANT_DWELL_S,
        )

    async def check(self) -> Mapping[str, float]:
        """Raise Tripped if the water is not cold or does not run, DeviceFault for a fault."""
        await self.chiller.check()
        if not (await self.chiller.status()).running:
            raise Tripped("the chiller does not run", source=self.chiller.name)
        water_c = await self.chiller.temperature_c.value()
        if not abs(water_c - self.chuck_c) <= COOLANT_LOST_C:
            raise Tripped(
                f"water is at {water_c:.1f} instead of {self.chuck_c:g} C",
                source=self.chiller.name,
            )
        return {"coolant_c": water_c, "coolant_lpm": await self.chiller.flow_lpm.value()}
