"""The aligner's light: the lamp measured through the pick-off, and one opening of the shutter."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from drivers.aligner_dose import PowerSample, dose_mj_cm2, irradiance_mw_cm2
from drivers.aligner_map import AlignerMap
from drivers.core.clock import Clock, sleep
from drivers.core.errors import DeviceFault, DriverError, NotReached, Refused
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10

LAMP_SAMPLES: Final = 5
LAMP_EVERY_S: Final = 0.5
DIMMEST_MW_CM2: Final = 1.0  # less and the lamp is off or the pick-off is blocked
BLADE_POLL_S: Final = 0.1
SAMPLE_S: Final = 1.0


@dataclass(frozen=True)
class Meter:
    """The dose meter, which sees the lamp whether the shutter is open or not."""

    instrument: ThorlabsPm100
    area_cm2: float
    clock: Clock

    async def sample(self) -> PowerSample:
        """One reading with its time."""
        power_w = await self.instrument.power_w.value()
        return PowerSample(self.clock.monotonic(), power_w)

    async def lamp_mw_cm2(self, wavelength_nm: float) -> float:
        """The mean irradiance; raise Refused if the lamp is too dim to expose by."""
        await self.instrument.set_wavelength(wavelength_nm)
        samples: list[PowerSample] = []
        for _ in range(LAMP_SAMPLES):
            samples.append(await self.sample())
            await sleep(self.clock, LAMP_EVERY_S)
        found = irradiance_mw_cm2(samples, self.area_cm2)
        if not found >= DIMMEST_MW_CM2:
            raise Refused(
                f"the lamp gives {found:.2f} mW/cm2: no exposure by that",
                source=self.instrument.name,
            )
        return found


class Opening:
    """One opening of the shutter; the meter is read and the blade's sensor looked at meanwhile.

    `lit_s` is how long light fell on the wafer; `known` is False if that could not be seen.
    """

    def __init__(self, shutter: ThorlabsSc10, meter: Meter, plc_map: AlignerMap) -> None:
        self._shutter, self._meter, self._map = shutter, meter, plc_map
        self._clock = meter.clock
        self._samples: list[PowerSample] = []
        self._opened_at_s: float | None = None
        self.lit_s = 0.0
        self.known = True

    async def shine(self, seconds: float) -> None:
        """Open for `seconds`, timed by the shutter controller; errors as its `expose`.

        `lit_s` and `dose` are right however this ends, or `known` is False.
        """
        looking = asyncio.create_task(self._look())
        try:
            await self._shutter.expose(seconds)
            self.lit_s, self.known = seconds, True
        except BaseException as error:
            if self._opened_at_s is not None:
                self.lit_s = min(self._clock.monotonic() - self._opened_at_s, seconds)
            if isinstance(error, NotReached):  # not seen to close: light may fall on it still
                self.known = False
            raise
        finally:
            looking.cancel()
            await asyncio.wait({looking})
        if await self._map.shutter_open.value():
            self.known = False
            raise DeviceFault("the blade is open after the exposure", source=self._map.name)

    async def dose(self) -> float:
        """The dose so far, in mJ/cm2."""
        seconds = self.lit_s
        if not seconds and self._opened_at_s is not None:
            seconds = self._clock.monotonic() - self._opened_at_s
        return dose_mj_cm2(self._samples, self._meter.area_cm2, seconds) if self._samples else 0.0

    async def _look(self) -> None:
        """Note when the blade opens, then read the meter once per second."""
        while self._opened_at_s is None:
            await self._look_at_blade()
            await sleep(self._clock, BLADE_POLL_S)
        while True:
            with suppress(DriverError):  # a sample less; a meter that is lost shows elsewhere
                self._samples.append(await self._meter.sample())
            await sleep(self._clock, SAMPLE_S)

    async def _look_at_blade(self) -> None:
        try:
            opened = await self._map.shutter_open.value()
        except DriverError:
            self.known = False
            return
        self.known = True
        if opened:
            self._opened_at_s = self._clock.monotonic()
