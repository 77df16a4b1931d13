"""Lumel RE72 temperature controller, from its Modbus register tables: RTU, integers times ten.

It has no command for off: without heat means a set-point below the room.
"""

from collections.abc import Mapping
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Refused, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import Kind, Register, declared, decode, encode
from drivers.core.waiting import settle

TENTHS = 0.1
NO_HEAT_C = 5.0
SENSOR_RANGE_C = Limits(-50, 200)  # what a Pt100 in a tank can show; the rest is a broken wire
DEGREES = Limits(0, 75)  # the solvent must stay well below its flash point
POLL_S = 1.0


def single(address: int) -> Register:
    """A floating point number, high word first."""
    return Register(address, Kind.FLOAT32_HIGH_FIRST)


class LumelRe72:
    """One tank heater with its sensor."""

    MODEL: ClassVar[str] = "Lumel RE72"
    TRANSPORT: ClassVar[str] = "modbus_rtu"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600, bits=8, parity="N", stop_bits=2)

    temperature_c = Reading(single(7000), unit="C")
    working_setpoint_c = Reading(single(7004), unit="C")
    output_1_pct = Reading(single(7006), unit="%")
    output_2_pct = Reading(single(7008), unit="%")
    # Counted from 0: which of the four set-points is followed.
    setpoint_index = Setting(Register(4042), unit="", limits=Limits(0, 3), resolution=0)
    setpoint_c = Setting(Register(4084), unit="C", scale=TENTHS, limits=DEGREES)
    setpoint_2_c = Setting(Register(4085), unit="C", scale=TENTHS, limits=DEGREES)
    setpoint_3_c = Setting(Register(4086), unit="C", scale=TENTHS, limits=DEGREES)
    setpoint_4_c = Setting(Register(4087), unit="C", scale=TENTHS, limits=DEGREES)

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return the model as the controller gives it; raise WrongDevice for another."""
        answer = await self._link.report_server_id(self.unit)
        text = bytes(byte for byte in answer if 0x20 <= byte < 0x7F).decode("ascii")
        if "RE72" not in text.replace("-", "").replace(" ", ""):
            raise WrongDevice(f"{text!r} answers instead of an RE72", source=self.name)
        return text.strip()

    async def read_raw(self, ref: Register) -> float:
        """Read one number."""
        return decode(ref, await self._link.read_holding(self.unit, ref.address, ref.words))

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write one number; raise Rejected with the controller's reason."""
        try:
            (word,) = encode(ref, raw)
        except CodecError as error:
            raise Refused(str(error), source=self.name) from None
        await self._link.write_register(self.unit, ref.address, word)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def hold(
        self, celsius: float, *, deadline_s: float, within_c: float = 1.0, dwell_s: float = 30.0
    ) -> float:
        """Regulate at `celsius`; return the temperature once it stayed there for `dwell_s`.

        Raises LimitExceeded before anything is sent, ReadBackDiffers, DeviceFault for a broken
        sensor on the way, and NotReached after `deadline_s`; it goes on regulating in every case.
        """
        await self._follow(celsius)
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
        """No heat: follow a set-point below the room."""
        await self._follow(NO_HEAT_C)

    async def _follow(self, celsius: float) -> None:
        # The set-point before the index: it must not first follow an old one. Both are kept in
        # EEPROM, so what stands there already is left alone.
        if not await self._already(celsius):
            await self.setpoint_c.write_and_verify(celsius)
        if await self.setpoint_index.value() != 0:
            await self.setpoint_index.write_and_verify(0)

    async def _already(self, celsius: float) -> bool:
        # What is out of limits is not asked for, so that the write refuses it at once.
        if celsius not in self.setpoint_c.limits:
            return False
        return abs(await self.setpoint_c.value() - celsius) <= TENTHS / 2

    async def _healthy_c(self) -> float:
        celsius = await self.temperature_c.value()
        if celsius not in SENSOR_RANGE_C:
            raise DeviceFault(f"sensor broken: it reads {celsius:g} C", source=self.name)
        return celsius

    async def _recheck(self) -> None:
        try:
            await self.identify()
        except Rejected as error:
            raise WrongDevice(f"does not say who it is: {error}", source=self.name) from error
