"""Hamilton pH Arc sensor for pH and temperature of a bath, from its programmer's manual.

Modbus RTU; records are read as a whole. The sensor's memory bears some 100 000 writes: what stands
there already is not written again.

Chosen here, not stated by the source: a new device address holds from its acknowledgement on.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Restarted,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from drivers.core.points import Limits, Quality, Reading, Sample, Setting
from drivers.core.registers import Kind, Register, declared, decode
from drivers.core.shielded import insist, to_the_end
from drivers.instruments.hamilton_ph_arc_frames import (
    CALIBRATION_LENGTH,
    DEVICE_ADDRESS,
    ERROR_BITS,
    ERRORS,
    MOVING_AVERAGE,
    OPERATOR_LEVEL,
    PH,
    PH_NAME,
    PH_UNITS,
    RECORDS,
    TEMPERATURE,
    WARNING_BITS,
    WARNINGS,
    Calibration,
    CalibrationPoint,
    Level,
    Measurement,
    Record,
    Unit,
    decode_calibration,
    decode_measurement,
    decode_messages,
    is_ph,
    long_from,
    long_to,
)

ADDRESSES = Limits(1, 32)
EXPECTED: Mapping[Record, Unit] = {PH: Unit.PH, TEMPERATURE: Unit.CELSIUS}


def number(address: int) -> Register:
    """A floating point number, low word first."""
    return Register(address, Kind.FLOAT32_LOW_FIRST)


def whole(address: int) -> Register:
    """A whole number of 32 bits, low word first."""
    return Register(address, Kind.INT32_LOW_FIRST)


class HamiltonPhArc:
    """One sensor."""

    MODEL: ClassVar[str] = "Hamilton pH Arc"
    TRANSPORT: ClassVar[str] = "modbus_rtu"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=19200, stop_bits=2)

    ph = Reading(number(2091), unit="pH")
    ph_status = Reading(whole(2093), unit="")
    ph_low = Reading(number(2095), unit="pH")
    ph_high = Reading(number(2097), unit="pH")
    temperature_c = Reading(number(2411), unit="C")
    temperature_status = Reading(whole(2413), unit="")
    temperature_low_c = Reading(number(2415), unit="C")
    temperature_high_c = Reading(number(2417), unit="C")
    moving_average = Setting(whole(3371), unit="", limits=Limits(1, 16), resolution=0)
    device_address = Reading(whole(4095), unit="")
    operator_level = Reading(whole(4287), unit="")
    operating_low_c = Reading(number(4607), unit="C")
    operating_high_c = Reading(number(4609), unit="C")
    measuring_low_c = Reading(number(4611), unit="C")
    measuring_high_c = Reading(number(4613), unit="C")
    calibrating_low_c = Reading(number(4615), unit="C")
    calibrating_high_c = Reading(number(4617), unit="C")

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._level = Level.USER
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return model and unit; raise WrongDevice for a device that does not measure pH.

        Raises Restarted if the operator level that was set here has fallen back.
        """
        try:
            described = is_ph(await self._read(PH_NAME))
        except Rejected as error:
            raise WrongDevice(f"has no records of a pH Arc: {error}", source=self.name) from error
        if not described:
            raise WrongDevice("does not measure pH", source=self.name)
        if self._level is not Level.USER and await self.level() is Level.USER:
            self._level = Level.USER
            raise Restarted("lost power: the operator level has fallen back", source=self.name)
        return f"{self.MODEL}, unit {self.unit}"

    async def read_raw(self, ref: Register) -> float:
        """Read one number; raise DeviceFault where the sensor says that it must not be used."""
        record = _record_of(ref)
        value, objections = self._value(ref, record, await self._read(record))
        if objections:
            raise DeviceFault(", ".join(objections), source=self.name)
        return value

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write the moving average, unless it stands there already; needs the specialist."""
        if ref not in MOVING_AVERAGE or raw != int(raw):
            raise Refused(f"{raw:g} cannot be written at {ref.address}", source=self.name)
        if await self.read_raw(ref) != raw:
            await self._write(MOVING_AVERAGE.address, long_to(Unit.NONE) + long_to(int(raw)))

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name, each record read once; what must not be used is BAD."""
        words: dict[Record, list[int]] = {}
        samples: dict[str, Sample] = {}
        for name, point in declared(self).items():
            record = _record_of(point.spec.ref)
            if record not in words:
                words[record] = await self._read(record)
            value, objections = self._value(point.spec.ref, record, words[record])
            quality = Quality.BAD if objections else Quality.GOOD
            samples[name] = Sample(value, point.spec.unit, self.clock.monotonic(), quality)
        return samples

    async def measure_ph(self) -> Measurement:
        """The pH with its status and range, also where it must not be used."""
        return self._measured(await self._read(PH))

    async def measure_temperature(self) -> Measurement:
        """The temperature in Celsius with its status and range, also where it must not be used."""
        return self._measured(await self._read(TEMPERATURE))

    async def warnings(self) -> tuple[str, ...]:
        """The active warnings in words."""
        return decode_messages(await self._read(WARNINGS), WARNING_BITS)

    async def errors(self) -> tuple[str, ...]:
        """The active errors in words."""
        return decode_messages(await self._read(ERRORS), ERROR_BITS)

    async def calibration(self, point: CalibrationPoint) -> Calibration:
        """What the last calibration at `point` came to."""
        return decode_calibration(await self._read(Record(point, CALIBRATION_LENGTH)))

    async def check(self) -> None:
        """Raise DeviceFault for an active error, or a pH or temperature not to be used."""
        errors = await self.errors()
        if errors:
            raise DeviceFault(", ".join(errors), source=self.name)
        await self.ph.value()
        await self.temperature_c.value()

    async def level(self) -> Level:
        """The active operator level."""
        code = long_from(await self._read(OPERATOR_LEVEL))
        try:
            return Level(code)
        except ValueError:
            raise Garbled(f"{code:#x} is no operator level", source=self.name) from None

    async def set_level(self, level: Level, password: int = 0) -> None:
        """Speak to the sensor as `level`, confirmed; raise Rejected for a wrong password."""
        if not 0 <= password < 1 << 32:
            raise Refused("the password is no number of 32 bits", source=self.name)
        words = long_to(level) + long_to(password)
        await self._link.write_registers(self.unit, OPERATOR_LEVEL.address, words)
        held = await self.level()
        self._level = held
        if held is not level:
            raise ReadBackDiffers(f"operator level {level.name} is {held.name}", source=self.name)

    @asynccontextmanager
    async def speaking_as(self, level: Level, password: int) -> AsyncGenerator[None]:
        """Speak to the sensor as `level` inside, and as the user again afterwards."""
        try:
            await self.set_level(level, password)
            yield
        finally:  # also where it is not known whether the level was taken over
            await to_the_end(insist(self._as_user))

    async def set_ph_unit(self, unit: Unit) -> None:
        """Measure pH in `unit`, confirmed; raise Refused for a unit that the sensor has not."""
        if not long_from(await self._read(PH_UNITS)) & unit:
            raise Refused(f"cannot measure in {unit.name.lower()}", source=self.name)
        if (await self.measure_ph()).unit is not unit:
            await self._write(PH.address, long_to(unit))
            if (held := (await self.measure_ph()).unit) is not unit:
                raise ReadBackDiffers(f"unit {unit.name} is {held.name}", source=self.name)

    async def set_device_address(self, address: int) -> None:
        """Move the sensor to `address` on the bus and speak to it there from now on; confirmed.

        Raises LimitExceeded before anything is sent.
        """
        if address not in ADDRESSES:
            raise LimitExceeded(f"device_address = {address} is outside 1 to 32", source=self.name)
        if address == self.unit:
            return
        await self._write(DEVICE_ADDRESS.address, long_to(address))
        self.unit = address
        self._link.on_suspect(address, self._recheck, self.name)
        if (held := await self.device_address.value()) != address:
            raise ReadBackDiffers(f"address {address} is {held:g}", source=self.name)

    async def make_safe(self) -> None:
        """Speak as the user again, who can change nothing; the sensor only measures."""
        if await self.level() is not Level.USER:
            await insist(self._as_user)

    async def _as_user(self) -> None:
        await self.set_level(Level.USER)

    def _measured(self, words: Sequence[int]) -> Measurement:
        try:
            return decode_measurement(words)
        except CodecError as error:
            raise Garbled(str(error), source=self.name) from None

    def _value(
        self, ref: Register, record: Record, words: Sequence[int]
    ) -> tuple[float, tuple[str, ...]]:
        """A number of a record, and why it must not be used."""
        place = ref.address - record.address
        if record not in EXPECTED or place == 4:
            return decode(ref, words[place : place + 2]), ()
        seen = self._measured(words)
        value = {2: seen.value, 6: seen.low, 8: seen.high}[place]
        return value, seen.objections(EXPECTED[record]) if place == 2 else ()

    async def _read(self, record: Record) -> list[int]:
        return await self._link.read_holding(self.unit, record.address, record.length)

    async def _write(self, address: int, words: Sequence[int]) -> None:
        if self._level is not Level.SPECIALIST:
            raise Refused("only the specialist may write this", source=self.name)
        await self._link.write_registers(self.unit, address, words)

    async def _recheck(self) -> None:
        await self.identify()


def _record_of(ref: Register) -> Record:
    return next(record for record in RECORDS if ref in record)
