"""What a Xylem Hydrovar HVL pump drive says of itself: its registers, and how they are asked.

Asked for the nominal motor current, it announces eight bytes and sends four. The drive says nothing
of its name, so that it is known by its address, mode and frequencies.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar, TypeVar

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Refused, Rejected, Tripped, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.base import pause_until
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import Kind, Register, declared, decode, encode
from drivers.instruments.xylem_hydrovar_frames import (
    Status,
    decode_long,
    decode_short,
    decode_status,
    faults_in,
)

T = TypeVar("T")

HUNDREDTHS, TENTHS = 0.01, 0.1
START_STOP = 0x0031
INVERTER_TEMPERATURE = 0x0085
NOMINAL_CURRENT = 0x011A
ERRORS = 0x012D
MESSAGE_GAP_S = 0.00175
MODES = range(5)  # three more belong to several pumps together
PRESSURE_BAR = Limits(0, 6)
FREQUENCY_HZ = Limits(0, 70)
HIGHEST_HZ = Limits(30, 70)  # what the highest frequency can be set to
SWITCH = Limits(0, 1)


def unsigned(address: int) -> Register:
    """A register without a sign."""
    return Register(address, Kind.UINT16)


class HydrovarState:
    """Reading, writing and recognising; the verbs are in the driver itself."""

    MODEL: ClassVar[str]

    started = Reading(unsigned(START_STOP), unit="")
    pressure_bar = Reading(Register(0x0032), unit="bar", scale=HUNDREDTHS)
    frequency_hz = Reading(Register(0x0033), unit="Hz", scale=TENTHS)
    effective_required_bar = Reading(unsigned(0x0037), unit="bar", scale=HUNDREDTHS)
    enabled = Setting(unsigned(0x0061), unit="", limits=SWITCH, resolution=0)
    inverter_c = Reading(Register(INVERTER_TEMPERATURE), unit="C")
    inverter_a = Reading(unsigned(0x0087), unit="A", scale=HUNDREDTHS)
    inverter_v = Reading(unsigned(0x0088), unit="V")
    mode = Setting(unsigned(0x008B), unit="", limits=Limits(0, 3), resolution=0)
    max_frequency_hz = Setting(unsigned(0x009D), unit="Hz", scale=TENTHS, limits=HIGHEST_HZ)
    min_frequency_hz = Setting(unsigned(0x009E), unit="Hz", scale=TENTHS, limits=FREQUENCY_HZ)
    error_reset_mode = Setting(unsigned(0x00D3), unit="", limits=SWITCH, resolution=0)
    # Where the required values come from: 1 is digital, 0 is off for the second.
    required_1_source = Setting(unsigned(0x00E5), unit="", limits=SWITCH, resolution=0)
    required_2_source = Setting(unsigned(0x00E6), unit="", limits=SWITCH, resolution=0)
    required_switch = Setting(unsigned(0x00E7), unit="", limits=SWITCH, resolution=0)
    required_bar = Setting(
        unsigned(0x00E8), unit="bar", scale=HUNDREDTHS, limits=PRESSURE_BAR, resolution=0.0051
    )
    actuator_hz = Setting(
        unsigned(0x00EA), unit="Hz", scale=TENTHS, limits=FREQUENCY_HZ, resolution=0.051
    )
    test_run_h = Setting(unsigned(0x00F9), unit="h", limits=Limits(0, 100), resolution=0)
    bus_address = Reading(unsigned(0x010D), unit="")
    status_word = Reading(unsigned(0x01C1), unit="")

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._turn = asyncio.Lock()
        self._quiet_until_s = clock.monotonic()
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return model and unit; raise WrongDevice if the registers are not those of a Hydrovar."""
        return await self._recognised(self.read_raw)

    async def read_raw(self, ref: Register) -> float:
        """Read one number."""
        async with self._turn:
            return await self._read(ref)

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write one number; raise Rejected with the drive's reason."""
        try:
            (word,) = encode(ref, raw)
        except CodecError as error:
            raise Refused(str(error), source=self.name) from None
        await self.write(ref.address, word)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def status(self) -> Status:
        """What the drive says of itself."""
        return decode_status(int(await self.status_word.value()))

    async def faults(self) -> tuple[str, ...]:
        """The errors that the drive reports, in words."""
        async with self._turn:
            words = await self._spaced(lambda: self._link.read_holding(self.unit, ERRORS, 2))
        return faults_in(decode_long(words))

    async def nominal_current_a(self) -> float:
        """The nominal current of the motor, as set in the drive."""
        read = self._link.read_misannounced
        async with self._turn:
            words = await self._spaced(lambda: read(self.unit, NOMINAL_CURRENT, 2, announced=8))
        return decode_long(words) * HUNDREDTHS

    async def check(self) -> None:
        """Raise DeviceFault for any error, Tripped unless the pump is enabled and started."""
        status = await self.healthy_status()
        if not status.terminal_enabled:
            raise Tripped("the enable terminal is open", source=self.name)
        if not status.start_enabled:
            raise Tripped("the pump was stopped", source=self.name)

    async def healthy_status(self) -> Status:
        """The status; raise DeviceFault for any error."""
        status = await self.status()
        if status.error:
            faults = await self.faults()
            raise DeviceFault(", ".join(faults) or "error without a name", source=self.name)
        return status

    async def _read(self, ref: Register) -> float:
        words = await self._spaced(
            lambda: self._link.read_holding(self.unit, ref.address, ref.words)
        )
        return decode_short(words[0]) if ref.address == INVERTER_TEMPERATURE else decode(ref, words)

    async def write(self, address: int, word: int) -> None:
        """Write one register; raise Rejected."""
        async with self._turn:
            await self._spaced(lambda: self._link.write_register(self.unit, address, word))

    async def _spaced(self, exchange: Callable[[], Awaitable[T]]) -> T:
        """One exchange after the silence that the drive needs at any speed of the line."""
        await pause_until(self.clock, self._quiet_until_s)
        try:
            return await exchange()
        finally:
            self._quiet_until_s = self.clock.monotonic() + MESSAGE_GAP_S

    async def _recognised(self, read: Callable[[Register], Awaitable[float]]) -> str:
        points = (self.bus_address, self.mode, self.min_frequency_hz, self.max_frequency_hz)
        try:
            address, mode, low, high = [
                await read(point.spec.ref) * point.spec.scale for point in points
            ]
        except Rejected as error:
            raise WrongDevice(f"has no Hydrovar registers: {error}", source=self.name) from error
        plausible = FREQUENCY_HZ.low <= low < high <= FREQUENCY_HZ.high
        if address != self.unit or mode not in MODES or not plausible:
            raise WrongDevice(
                f"address {address:g}, mode {mode:g}, {low:g} to {high:g} Hz: no Hydrovar",
                source=self.name,
            )
        return f"{self.MODEL}, unit {self.unit}"

    async def _recheck(self) -> None:
        # The link calls this in the middle of an exchange, which already has its turn.
        await self._recognised(self._read)
        # A late reply makes every answer that of the question before, and one word may pass for
        # another: two words asked for at the end cannot be answered by one.
        await self._spaced(lambda: self._link.read_holding(self.unit, ERRORS, 2))
