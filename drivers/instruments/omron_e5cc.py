"""Omron E5CC temperature controller, from its communications manual: Modbus RTU, 2-byte mode.

Several share one RS-485 bus, told apart by unit. A power-up turns communications writing off and
the write mode back to backup (EEPROM), so both are set again before every set-point.
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
from drivers.core.registers import Kind, Register, declared, decode, encode
from drivers.core.waiting import settle

TENTHS = 0.1  # the input is set to one decimal
COMMAND_ADDRESS = 0x0000
WRITING_ON = 0x0001
RUN = 0x0100
STOP = 0x0101
RAM_WRITE_MODE = 0x0401
LATCH_CLEAR = 0x0C00
POLL_S = 1.0
DEGREES = Limits(0, 250)  # the rolls' own thermostat is above


@dataclass(frozen=True, slots=True)
class Status:
    """The lower status word, bit by bit."""

    hold: bool
    converter_error: bool
    input_error: bool
    heating: bool
    cooling: bool
    alarms: frozenset[int]


def decode_status(word: int) -> Status:
    """Read the lower status word."""
    return Status(
        hold=bool(word >> 1 & 1),
        converter_error=bool(word >> 2 & 1),
        input_error=bool(word >> 6 & 1),
        heating=bool(word >> 8 & 1),
        cooling=bool(word >> 9 & 1),
        alarms=frozenset(number for number in (1, 2, 3) if word >> (11 + number) & 1),
    )


class OmronE5cc:
    """One heater with its sensor."""

    MODEL: ClassVar[str] = "Omron E5CC"
    TRANSPORT: ClassVar[str] = "modbus_rtu"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600, bits=8, parity="E", stop_bits=1)

    temperature_c = Reading(Register(0x2000), unit="C", scale=TENTHS)
    status_word = Reading(Register(0x2001, Kind.UINT16), unit="")
    working_setpoint_c = Reading(Register(0x2002), unit="C", scale=TENTHS)
    heating_pct = Reading(Register(0x2004), unit="%", scale=0.1)
    cooling_pct = Reading(Register(0x2005), unit="%", scale=0.1)
    setpoint_c = Setting(Register(0x2103), unit="C", scale=TENTHS, limits=DEGREES)
    alarm_upper_c = Setting(Register(0x2105), unit="C", scale=TENTHS, limits=DEGREES)
    alarm_lower_c = Setting(Register(0x2106), unit="C", scale=TENTHS, limits=DEGREES)

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return the model as the controller gives it; raise WrongDevice for another."""
        answer = await self._link.report_server_id(self.unit)
        text = bytes(byte for byte in answer if 0x20 < byte < 0x7F).decode("ascii")
        if "E5CC" not in text:
            raise WrongDevice(f"{text!r} answers instead of an E5CC", source=self.name)
        return text[text.index("E5CC") :]

    async def read_raw(self, ref: Register) -> float:
        """Read one number."""
        return decode(ref, await self._link.read_holding(self.unit, ref.address, ref.words))

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write one number to RAM, with writing allowed; raise Rejected with the reason."""
        try:
            (word,) = encode(ref, raw)
        except CodecError as error:
            raise Refused(str(error), source=self.name) from None
        await self._allow_writing()
        await self._link.write_register(self.unit, ref.address, word)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. A broken sensor makes it BAD."""
        samples = {name: await point.read() for name, point in declared(self).items()}
        status = decode_status(int(samples["status_word"].value))
        if status.input_error or status.converter_error:
            bad = replace(samples["temperature_c"], quality=Quality.BAD)
            samples["temperature_c"] = bad
        return samples

    async def status(self) -> Status:
        """What the controller says of itself."""
        return decode_status(int(await self.status_word.value()))

    async def check(self) -> None:
        """Raise DeviceFault if the sensor or the converter is broken."""
        status = await self.status()
        if status.input_error:
            raise DeviceFault("input error: sensor broken or out of range", source=self.name)
        if status.converter_error:
            raise DeviceFault("A/D converter error", source=self.name)

    async def run(self) -> None:
        """Regulate. Acknowledged by the controller, which has no word for it in this mode."""
        await self._allow_writing()
        await self._operate(RUN)

    async def stop(self) -> None:
        """Stop regulating: no heat. Acknowledged by the controller."""
        await self._allow_writing()
        await self._operate(STOP)

    async def clear_alarm_latch(self) -> None:
        """Let go of alarms that are over."""
        await self._allow_writing()
        await self._operate(LATCH_CLEAR)

    async def hold(
        self, celsius: float, *, deadline_s: float, within_c: float = 1.0, dwell_s: float = 30.0
    ) -> float:
        """Regulate at `celsius`; return the temperature once it stayed there for `dwell_s`.

        Raises LimitExceeded before anything is sent, ReadBackDiffers, DeviceFault for a broken
        sensor on the way, and NotReached after `deadline_s`; it goes on regulating in every case.
        """
        await self.setpoint_c.write_and_verify(celsius)
        await self.run()
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
        """No heat."""
        await self.stop()

    async def _allow_writing(self) -> None:
        await self._operate(WRITING_ON)
        await self._operate(RAM_WRITE_MODE)

    async def _operate(self, command: int) -> None:
        await self._link.write_register(self.unit, COMMAND_ADDRESS, command)

    async def _healthy_c(self) -> float:
        await self.check()
        return await self.temperature_c.value()

    async def _recheck(self) -> None:
        try:
            await self.identify()
        except Rejected as error:
            raise WrongDevice(f"does not say who it is: {error}", source=self.name) from error
