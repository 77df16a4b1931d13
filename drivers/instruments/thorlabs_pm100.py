"""Thorlabs PM100D/PM100USB power meter, from its SCPI command list, over VISA.

The meter knows power; the dose is integrated here from its samples, because the meter cannot
know the area nor when the shutter was open.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Garbled, LimitExceeded, Refused, Rejected, WrongDevice
from drivers.core.links.visa import VisaLink
from drivers.core.points import Limits, Quality, Reading, Sample, Setting

NO_VALUE = 9.0e37  # SCPI answers 9.9E37 for over range and 9.91E37 for not a number
MOST_ERRORS = 64  # more than the meter's queue can hold
SENSOR_FIELDS = 6
MW_PER_W = 1000.0


@dataclass(frozen=True, slots=True)
class Header:
    """What a number is asked for by, and set by where it can be set."""

    query: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Sensor:
    """The head that is plugged in, and what it can do."""

    name: str
    serial: str
    measures_power: bool
    measures_energy: bool
    wavelength_settable: bool


@dataclass(frozen=True, slots=True)
class DoseIntegrator:
    """Dose on `area_cm2` from samples of power, by trapezoids; each `add` makes a new one."""

    area_cm2: float
    dose_mj_cm2: float = 0.0
    last_at_s: float = math.nan
    last_w: float = math.nan

    def __post_init__(self) -> None:
        if not 0 < self.area_cm2 < math.inf:
            raise ValueError(f"an area of {self.area_cm2!r} cm2 receives no dose")

    def add(self, at_s: float, power_w: float) -> Self:
        """Take one sample; raise ValueError for one that is no number or older than the last."""
        if not (math.isfinite(at_s) and math.isfinite(power_w)) or at_s < self.last_at_s:
            raise ValueError(f"{power_w!r} W at {at_s!r} s cannot follow {self.last_at_s!r} s")
        if math.isnan(self.last_at_s):
            return replace(self, last_at_s=at_s, last_w=power_w)
        mean_mw = MW_PER_W * (self.last_w + power_w) / 2
        gained = mean_mw * (at_s - self.last_at_s) / self.area_cm2
        return replace(self, dose_mj_cm2=self.dose_mj_cm2 + gained, last_at_s=at_s, last_w=power_w)


class ThorlabsPm100:
    """One power meter with one head."""

    MODEL: ClassVar[str] = "Thorlabs PM100"
    TRANSPORT: ClassVar[str] = "visa"

    power_w = Reading(Header("MEAS:POW?"), unit="W")
    wavelength_nm = Setting(
        Header("SENSE:CORR:WAV?", "SENSE:CORR:WAV"),
        unit="nm",
        limits=Limits(185, 25_000),
        resolution=0.05,
    )

    def __init__(self, name: str, link: VisaLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return model and firmware; raise WrongDevice for another device."""
        text = (await self._link.query("*IDN?")).strip()
        if "PM100" not in text.upper():
            raise WrongDevice(f"{text!r} answers instead of a PM100", source=self.name)
        return text

    async def read_raw(self, ref: Header) -> float:
        """Ask for one number; raise DeviceFault if the meter has none, e.g. over range."""
        return self._good(await self._number(ref.query))

    async def write_raw(self, ref: Header, raw: float) -> None:
        """Set one number; raise Rejected with the meter's own errors."""
        if not ref.command:
            raise Refused(f"{ref.query} cannot be set", source=self.name)
        await self._drain()  # what stands there already is not about us
        await self._link.write(f"{ref.command} {raw:g}")
        if errors := await self._drain():
            raise Rejected(f"{ref.command} {raw:g}: {'; '.join(errors)}", source=self.name)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. A power that is no number is BAD."""
        power_w = await self._number(self.power_w.spec.ref.query)
        quality = Quality.GOOD if abs(power_w) < NO_VALUE else Quality.BAD
        return {
            "power_w": Sample(power_w, "W", self.clock.monotonic(), quality),
            "wavelength_nm": await self.wavelength_nm.read(),
        }

    async def sensor(self) -> Sensor:
        """The head that is plugged in; raise Garbled if the meter's answer has another form."""
        text = await self._link.query("SYST:SENSOR:IDN?")
        fields = [field.strip().strip('"') for field in text.split(",")]
        if len(fields) != SENSOR_FIELDS or not fields[5].isdecimal():
            raise Garbled(f"{text!r} describes no sensor", source=self.name)
        flags = int(fields[5])
        return Sensor(
            name=fields[0],
            serial=fields[1],
            measures_power=bool(flags & 1),
            measures_energy=bool(flags & 2),
            wavelength_settable=bool(flags & 32),
        )

    async def set_wavelength(self, nm: float) -> None:
        """Correct for light of `nm`; confirmed by read-back.

        Raises Refused if the head is not corrected by wavelength, LimitExceeded outside its range,
        which the meter would silently cut, Rejected and ReadBackDiffers.
        """
        if nm not in self.wavelength_nm.limits:
            raise LimitExceeded(f"wavelength_nm = {nm:g} nm is no light we know", source=self.name)
        sensor = await self.sensor()
        if not sensor.wavelength_settable:
            raise Refused(f"{sensor.name} is not corrected by wavelength", source=self.name)
        low = self._good(await self._number("SENS:CORR:WAV? MIN"))
        high = self._good(await self._number("SENS:CORR:WAV? MAX"))
        if not low <= nm <= high:
            raise LimitExceeded(
                f"wavelength_nm = {nm:g} nm is outside {low:g} to {high:g} nm of {sensor.name}",
                source=self.name,
            )
        await self.wavelength_nm.write_and_verify(nm)

    async def make_safe(self) -> None:
        """Leave it as it is: it only looks."""

    async def _number(self, query: str) -> float:
        text = await self._link.query(query)
        try:
            return float(text)
        except ValueError:
            raise Garbled(f"{text!r} for {query} is no number", source=self.name) from None

    def _good(self, value: float) -> float:
        if not abs(value) < NO_VALUE:
            raise DeviceFault(f"has no value ({value:g}): over range or no head", source=self.name)
        return value

    async def _drain(self) -> list[str]:
        """Take every error out of the meter's queue."""
        errors: list[str] = []
        for _ in range(MOST_ERRORS):
            text = (await self._link.query("SYST:ERR?")).strip()
            code, _, words = text.partition(",")
            if not code.lstrip("+-").isdecimal():
                raise Garbled(f"{text!r} is no error", source=self.name)
            if int(code) == 0:
                return errors
            errors.append(f"{int(code)} {words.strip().strip(chr(34))}")
        raise DeviceFault("its error queue has no end", source=self.name)

    async def _recheck(self) -> None:
        await self.identify()
