"""Eurotherm 3216 temperature controller, from its Modbus address tables.

Every parameter p is there twice: as an integer at p, scaled by the display's decimals, and as
a floating point number at 2p + 32768. This driver uses the second, which no setting of the
display can move. The set-point is kept in EEPROM: it is written only when it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Refused, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from drivers.core.points import Limits, Quality, Reading, Sample, Setting
from drivers.core.registers import Kind, Register, declared, decode, encode, int16_from
from drivers.core.waiting import settle

MIRROR = 32768
TARGET_SETPOINT = 2
DECIMALS = (0, 1, 2)
WITHIN = 0.01
POLL_S = 1.0
DEGREES = Limits(0, 250)  # soft-baked resist chars above


def mirror(parameter: int) -> Register:
    """The floating point copy of a parameter."""
    return Register(2 * parameter + MIRROR, Kind.FLOAT32_HIGH_FIRST)


@dataclass(frozen=True, slots=True)
class Status:
    """The status word, bit by bit."""

    alarms: frozenset[int]
    manual: bool
    sensor_break: bool
    loop_break: bool
    remote_failed: bool


def decode_status(word: int) -> Status:
    """Read the status word."""
    return Status(
        alarms=frozenset(number for number in (1, 2, 3, 4) if word >> (number - 1) & 1),
        manual=bool(word >> 4 & 1),
        sensor_break=bool(word >> 5 & 1),
        loop_break=bool(word >> 6 & 1),
        remote_failed=bool(word >> 14 & 1),
    )


class Eurotherm3216:
    """One hotplate with its sensor."""

    MODEL: ClassVar[str] = "Eurotherm 3216"
    TRANSPORT: ClassVar[str] = "modbus_rtu"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    temperature_c = Reading(mirror(1), unit="C")
    target_setpoint_c = Reading(mirror(TARGET_SETPOINT), unit="C")
    working_output_pct = Reading(mirror(4), unit="%")
    working_setpoint_c = Reading(mirror(5), unit="C")
    status_word = Reading(Register(75, Kind.UINT16), unit="")
    output_pct = Setting(mirror(3), unit="%", limits=Limits(0, 100), resolution=WITHIN)
    setpoint_select = Setting(Register(15), unit="", limits=Limits(0, 1), resolution=0)
    setpoint_c = Setting(mirror(24), unit="C", limits=DEGREES, resolution=WITHIN)
    setpoint_2_c = Setting(mirror(25), unit="C", limits=DEGREES, resolution=WITHIN)
    manual = Setting(Register(273), unit="", limits=Limits(0, 1), resolution=0)
    remote = Setting(Register(276), unit="", limits=Limits(0, 1), resolution=0)

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return the model; raise WrongDevice unless the set-point stands in both its places.

        The controller cannot say who it is, but another one has no such pair of registers.
        """
        try:
            (word,) = await self._link.read_holding(self.unit, TARGET_SETPOINT, 1)
            number = await self.read_raw(mirror(TARGET_SETPOINT))
        except Rejected as error:
            raise WrongDevice(f"lacks Eurotherm's registers: {error}", source=self.name) from error
        displayed = int16_from(word)
        if not any(abs(number * 10**places - displayed) <= 1 for places in DECIMALS):
            raise WrongDevice(
                f"set-point {displayed} and its copy {number:g} do not agree: no Eurotherm 3216",
                source=self.name,
            )
        return self.MODEL

    async def read_raw(self, ref: Register) -> float:
        """Read one number."""
        return decode(ref, await self._link.read_holding(self.unit, ref.address, ref.words))

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write one number; raise Rejected with the controller's reason."""
        try:
            words = encode(ref, raw)
        except CodecError as error:
            raise Refused(str(error), source=self.name) from None
        if len(words) == 1:
            await self._link.write_register(self.unit, ref.address, words[0])
        else:
            await self._link.write_registers(self.unit, ref.address, words)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. A broken sensor makes it BAD."""
        samples = {name: await point.read() for name, point in declared(self).items()}
        if decode_status(int(samples["status_word"].value)).sensor_break:
            bad = replace(samples["temperature_c"], quality=Quality.BAD)
            samples["temperature_c"] = bad
        return samples

    async def status(self) -> Status:
        """What the controller says of itself."""
        return decode_status(int(await self.status_word.value()))

    async def check(self) -> None:
        """Raise DeviceFault for a broken sensor or heater."""
        status = await self.status()
        if status.sensor_break:
            raise DeviceFault("sensor break", source=self.name)
        if status.loop_break:
            raise DeviceFault("loop break: the heater does not act", source=self.name)

    async def hold(
        self, celsius: float, *, deadline_s: float, within_c: float = 1.0, dwell_s: float = 30.0
    ) -> float:
        """Regulate at `celsius`; return the temperature once it stayed there for `dwell_s`.

        Raises LimitExceeded before anything is sent, ReadBackDiffers, DeviceFault for a broken
        sensor or heater on the way, and NotReached after `deadline_s`; it goes on regulating in
        every case.
        """
        # The set-point first: whatever is switched to it must not first follow the old one.
        if not await self._already(celsius):
            await self.setpoint_c.write_and_verify(celsius)
        for switch in (self.setpoint_select, self.remote, self.manual):
            if await switch.value() != 0:
                await switch.write_and_verify(0)
        return await settle(
            self._healthy_c,
            celsius,
            within=within_c,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.temperature_c",
            poll_s=POLL_S,
        )

    async def make_safe(self) -> None:
        """No heat: manual, output 0 %."""
        # In this order, because the output can be written only in manual.
        if await self.manual.value() != 1:
            await self.manual.write_and_verify(1)
        await self.output_pct.write_and_verify(0)

    async def _already(self, celsius: float) -> bool:
        # What is out of limits is not asked for, so that the write refuses it at once.
        if celsius not in self.setpoint_c.limits:
            return False
        return abs(await self.setpoint_c.value() - celsius) <= WITHIN

    async def _healthy_c(self) -> float:
        await self.check()
        return await self.temperature_c.value()

    async def _recheck(self) -> None:
        await self.identify()
