"""The aligner's lamp: lit in a closed enclosure, at the recipe's power, steady, not too old."""

from dataclasses import dataclass
from typing import Final

from drivers.aligner_light import Meter
from drivers.aligner_map import AlignerMap
from drivers.core.clock import Clock, sleep
from drivers.core.errors import NotReached, Refused, Tripped
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.oriel_69907_lamp import LampSettings, Mode
from drivers.procedure import visit

RATED_W: Final = 1000.0  # of the lamp; the supply could give more
RATED_A: Final = 26.0  # of the lamp at its rated power, and a little more
POWER_PART: Final = 0.05  # of the power asked for: beyond, the lamp is not under control
PRESET_W: Final = 0.5
RESTRIKE_S: Final = 120.0  # a lamp that has just gone out does not strike again before
STEADY_PART: Final = 0.004  # of the light, between two looks
STEADY_LOOK_S: Final = 60.0
STEADY_LOOKS: Final = 3
WARM_UP_S: Final = 1800.0  # a strike is steady in half of that
LIGHT_S: Final = WARM_UP_S + 2 * RESTRIKE_S


@dataclass(frozen=True)
class Lamp:
    """The lamp with its supply, and the meter that sees its light."""

    supply: Oriel69907
    meter: Meter
    map: AlignerMap

    @property
    def clock(self) -> Clock:
        """The meter's clock."""
        return self.meter.clock

    async def burn(self, watts: float, longest_h: float, wavelength_nm: float) -> float:
        """Burn at `watts` and steadily; return the lamp's hours. A lamp that burns so goes on.

        Raises Refused for a lamp that burnt more than `longest_h`, InterlockOpen without the
        controller's permit, which tells that the enclosure is closed, Tripped if the power is
        another one, NotReached if the lamp does not light or its light does not get steady.
        """
        hours = await self.supply.lamp_hours_h.value()
        if not hours <= longest_h:
            raise Refused(
                f"the lamp has burnt {hours:g} h, more than {longest_h:g} h: change it",
                source=self.supply.name,
            )
        if await self._changed(watts):
            await self._steady(wavelength_nm)
        await self._at(watts)
        return hours

    async def look(self) -> None:
        """Raise Tripped unless the lamp burns within its limits, DeviceFault for a fault."""
        await self.supply.check()

    async def dark_if_lit(self) -> None:
        """Put the lamp out if light falls on the wafer: the last thing where a shutter fails."""
        if await self.map.shutter_open.value():
            await self.supply.make_safe()

    async def _changed(self, watts: float) -> bool:
        """Light the lamp or set its power; return whether its light is another one now."""
        lamp = LampSettings(Mode.POWER, watts, RATED_A, RATED_W)
        if (await self.supply.status()).lamp_on:
            held_w = await self.supply.power_preset_w.value()
            await self.supply.ignite(lamp)
            return abs(held_w - watts) > PRESET_W
        words = "the lamp is out and the controller does not say that the enclosure is closed"
        await visit.require(self.map.exposure_permit, words)
        try:
            await self.supply.ignite(lamp)
        except NotReached:
            await sleep(self.clock, RESTRIKE_S)
            await visit.require(self.map.exposure_permit, words)
            await self.supply.ignite(lamp)
        return True

    async def _steady(self, wavelength_nm: float) -> None:
        """Wait until the light has stayed the same over some looks."""
        end_s = self.clock.monotonic() + WARM_UP_S
        before, alike = await self.meter.lamp_mw_cm2(wavelength_nm), 0
        while alike < STEADY_LOOKS:
            if self.clock.monotonic() >= end_s:
                raise NotReached(
                    f"the light is not steady after {WARM_UP_S:g} s: {before:.2f} mW/cm2",
                    source=self.meter.instrument.name,
                )
            await sleep(self.clock, STEADY_LOOK_S)
            await self.look()
            now = await self.meter.lamp_mw_cm2(wavelength_nm)
            alike = alike + 1 if abs(now - before) <= STEADY_PART * before else 0
            before = now

    async def _at(self, watts: float) -> None:
        await self.look()
        actual_w = await self.supply.power_w.value()
        if not abs(actual_w - watts) <= POWER_PART * watts:
            raise Tripped(
                f"the lamp burns at {actual_w:g} W instead of {watts:g} W", source=self.supply.name
            )
