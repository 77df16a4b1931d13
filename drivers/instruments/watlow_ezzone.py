"""Watlow EZ-ZONE zones behind their gateway, from its Modbus register list: Modbus TCP.

A zone's registers lie 5000 apart. As delivered, numbers have the low word first and temperatures
are in Fahrenheit; both can be configured there and must then be said here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    DriverError,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import Limits, Quality, Reading, Sample, Setting
from drivers.core.registers import WordOrder, declared, float32_from, float32_to
from drivers.core.waiting import settle

ZONE_STEP: Final = 5000
MOST_ZONES: Final = 8
MEASURING: Final = 61
AUTO: Final = 10
OFF: Final = 62
UNIT_CODES: Final = {"F": 30, "C": 15}
INPUT_FAULTS: Final[Mapping[int, str]] = {
    9: "ambient error",
    14: "RTD error",
    32: "failed",
    65: "sensor open",
    127: "sensor shorted",
    140: "measurement error",
}
ALARM_STANDING: Final[Mapping[int, str]] = {7: "high", 8: "low"}
PLAUSIBLE_SETPOINT: Final = Limits(-500, 5000)
SMALLEST_PLAUSIBLE: Final = 1e-6  # a round number with its words exchanged is far below
DEGREES: Final = Limits(0, 300)  # the oven's own over-temperature trip is above
POLL_S = 1.0

Units = Literal["F", "C"]


@dataclass(frozen=True, slots=True)
class ZoneRegister:
    """Where a zone keeps a value; temperatures are in the gateway's unit on the wire."""

    number: int
    kind: Literal["word", "number", "temperature"] = "word"


def celsius_from(value: float, units: Units) -> float:
    """A temperature from the wire."""
    return (value - 32) / 1.8 if units == "F" else value


def celsius_to(celsius: float, units: Units) -> float:
    """A temperature for the wire."""
    return celsius * 1.8 + 32 if units == "F" else celsius


class WatlowZone:
    """One zone: its sensor, its heater, its set-point."""

    temperature_c = Reading(ZoneRegister(360, "temperature"), unit="C")
    input_status = Reading(ZoneRegister(362), unit="")
    active_mode = Reading(ZoneRegister(1882), unit="")
    heating_pct = Reading(ZoneRegister(1904, "number"), unit="%")
    cooling_pct = Reading(ZoneRegister(1906, "number"), unit="%")
    active_setpoint_c = Reading(ZoneRegister(2172, "temperature"), unit="C")
    units = Reading(ZoneRegister(2490), unit="")
    alarm_1 = Reading(ZoneRegister(1496), unit="")
    alarm_2 = Reading(ZoneRegister(1546), unit="")
    alarm_3 = Reading(ZoneRegister(1596), unit="")
    alarm_4 = Reading(ZoneRegister(1646), unit="")
    # 10 automatic, 54 manual, 62 off
    mode = Setting(ZoneRegister(1880), unit="", limits=Limits(AUTO, OFF), resolution=0)
    setpoint_c = Setting(
        ZoneRegister(2160, "temperature"), unit="C", limits=DEGREES, resolution=0.01
    )

    def __init__(self, gateway: "WatlowEzzone", zone: int) -> None:
        self.name = f"{gateway.name}.zone_{zone}"
        self.clock = gateway.clock
        self.zone = zone
        self._gateway = gateway

    async def read_raw(self, ref: ZoneRegister) -> float:
        """Read one number, temperatures in Celsius."""
        return await self._gateway.read_zone(self.zone, ref)

    async def write_raw(self, ref: ZoneRegister, raw: float) -> None:
        """Write one number, temperatures in Celsius; raise Rejected with the gateway's reason."""
        await self._gateway.write_zone(self.zone, ref, raw)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. A broken sensor makes it BAD."""
        samples = {name: await point.read() for name, point in declared(self).items()}
        if samples["input_status"].value != MEASURING:
            bad = replace(samples["temperature_c"], quality=Quality.BAD)
            samples["temperature_c"] = bad
        return samples

    async def healthy_c(self) -> float:
        """The temperature; raise DeviceFault if the sensor cannot be believed."""
        status = int(await self.input_status.value())
        if status != MEASURING:
            fault = INPUT_FAULTS.get(status, f"input status {status}")
            raise DeviceFault(fault, source=self.name)
        return await self.temperature_c.value()

    async def alarms(self) -> tuple[str, ...]:
        """The alarms that stand, e.g. `alarm 1 high`."""
        points = (self.alarm_1, self.alarm_2, self.alarm_3, self.alarm_4)
        states = [int(await point.value()) for point in points]
        return tuple(
            f"alarm {number} {ALARM_STANDING[state]}"
            for number, state in enumerate(states, start=1)
            if state in ALARM_STANDING
        )

    async def switch(self, mode: int) -> None:
        """Automatic or off; confirmed by the mode that is active."""
        await self.mode.write(mode)
        active = int(await self.active_mode.value())
        if active != mode:
            raise ReadBackDiffers(f"mode {mode} was set, {active} is active", source=self.name)


class WatlowEzzone:
    """The zones of one oven."""

    MODEL: ClassVar[str] = "Watlow EZ-ZONE"
    TRANSPORT: ClassVar[str] = "modbus_tcp"

    def __init__(
        self,
        name: str,
        link: ModbusLink,
        *,
        clock: Clock,
        unit: int = 1,
        word_order: Literal["low_first", "high_first"] = "low_first",
        units: Units = "F",
        zones: int = MOST_ZONES,
    ) -> None:
        if units not in UNIT_CODES or not 1 <= zones <= MOST_ZONES:
            raise Refused(f"{zones} zones in {units!r} are not possible", source=name)
        self.name = name
        self.clock = clock
        self.unit = unit
        self.zones = tuple(WatlowZone(self, number) for number in range(1, zones + 1))
        self._link = link
        self._order = WordOrder(word_order)
        self._units: Units = units
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return the model; raise WrongDevice unless unit and word order are as configured.

        A wrong word order or unit would heat to another temperature than asked for.
        """
        try:
            for zone in self.zones:
                await self._identify_zone(zone)
        except Rejected as error:
            raise WrongDevice(f"lacks EZ-ZONE's registers: {error}", source=self.name) from error
        return f"{self.MODEL}, {len(self.zones)} zones, {self._units}, {self._order}"

    async def readings(self) -> Mapping[str, Sample]:
        """Every point of every zone once, by `zone_1.temperature_c`; changes nothing."""
        return {
            f"zone_{zone.zone}.{name}": sample
            for zone in self.zones
            for name, sample in (await zone.readings()).items()
        }

    async def temperatures_c(self) -> list[float]:
        """Every zone's temperature; raise DeviceFault if a sensor cannot be believed."""
        return [await zone.healthy_c() for zone in self.zones]

    async def alarms(self) -> Mapping[int, tuple[str, ...]]:
        """The alarms that stand, by zone; zones without one are left out."""
        standing = {zone.zone: await zone.alarms() for zone in self.zones}
        return {zone: alarms for zone, alarms in standing.items() if alarms}

    async def set_zone(self, zone: int, celsius: float) -> None:
        """Set one zone's set-point, confirmed by read-back; raise LimitExceeded or Refused."""
        if not 1 <= zone <= len(self.zones):
            raise Refused(f"there is no zone {zone}", source=self.name)
        await self.zones[zone - 1].setpoint_c.write_and_verify(celsius)

    async def set_profile(self, profile_c: Sequence[float]) -> None:
        """Set every zone's set-point and regulate; raise before anything is sent if one is bad."""
        self._check(profile_c)
        for zone, celsius in zip(self.zones, profile_c, strict=True):
            await zone.setpoint_c.write_and_verify(celsius)
        for zone in self.zones:
            await zone.switch(AUTO)

    async def hold(
        self,
        profile_c: Sequence[float],
        *,
        deadline_s: float,
        within_c: float = 2.0,
        dwell_s: float = 30.0,
    ) -> list[float]:
        """Regulate every zone; return the temperatures once all stayed there for `dwell_s`.

        Raises what `set_profile` raises, DeviceFault for a broken sensor on the way, and
        NotReached after `deadline_s`; the zones go on regulating in every case.
        """
        await self.set_profile(profile_c)
        temperatures_c: list[float] = []

        async def worst_c() -> float:
            nonlocal temperatures_c
            temperatures_c = await self.temperatures_c()
            pairs = zip(temperatures_c, profile_c, strict=True)
            return max(abs(is_c - set_c) for is_c, set_c in pairs)

        await settle(
            worst_c,
            0.0,
            within=within_c,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}: farthest zone from its set-point",
            poll_s=POLL_S,
        )
        return temperatures_c

    async def make_safe(self) -> None:
        """Every zone off, confirmed; those that fail do not keep the others from it."""
        failures: list[Exception] = []
        for zone in self.zones:
            try:
                await zone.switch(OFF)
            except DriverError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def read_zone(self, zone: int, ref: ZoneRegister) -> float:
        """Read one number of a zone, temperatures in Celsius."""
        count = 1 if ref.kind == "word" else 2
        words = await self._link.read_holding(self.unit, address(zone, ref), count)
        if ref.kind == "word":
            return float(words[0])
        value = float32_from(words, self._order)
        return celsius_from(value, self._units) if ref.kind == "temperature" else value

    async def write_zone(self, zone: int, ref: ZoneRegister, raw: float) -> None:
        """Write one number of a zone, temperatures in Celsius."""
        if ref.kind == "word":
            await self._link.write_register(self.unit, address(zone, ref), round(raw))
            return
        value = celsius_to(raw, self._units) if ref.kind == "temperature" else raw
        try:
            words = float32_to(value, self._order)
        except CodecError as error:
            raise Refused(str(error), source=self.name) from None
        await self._link.write_registers(self.unit, address(zone, ref), words)

    def _check(self, profile_c: Sequence[float]) -> None:
        if len(profile_c) != len(self.zones):
            raise Refused(
                f"{len(profile_c)} set-points for {len(self.zones)} zones", source=self.name
            )
        for zone, celsius in zip(self.zones, profile_c, strict=True):
            if celsius not in zone.setpoint_c.limits:
                low, high = zone.setpoint_c.limits.low, zone.setpoint_c.limits.high
                raise LimitExceeded(
                    f"setpoint_c = {celsius:g} C is outside {low:g} to {high:g} C", source=zone.name
                )

    async def _identify_zone(self, zone: WatlowZone) -> None:
        code = int(await zone.units.value())
        if code != UNIT_CODES[self._units]:
            raise WrongDevice(f"unit code {code} is not {self._units}", source=zone.name)
        words = await self._link.read_holding(self.unit, address(zone.zone, SETPOINT), 2)
        setpoint = float32_from(words, self._order)
        small = setpoint != 0 and abs(setpoint) < SMALLEST_PLAUSIBLE
        if small or setpoint not in PLAUSIBLE_SETPOINT:
            raise WrongDevice(f"set-point {setpoint:g} is none {self._order}", source=zone.name)

    async def _recheck(self) -> None:
        await self.identify()


SETPOINT: Final = WatlowZone.setpoint_c.spec.ref


def address(zone: int, ref: ZoneRegister) -> int:
    """The wire address of a zone's register."""
    return (zone - 1) * ZONE_STEP + ref.number
