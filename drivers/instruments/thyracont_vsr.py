"""Thyracont VSR vacuum transmitter (Pirani and piezo), from its Smartline V2 protocol.

The bus needs no new identification after a time-out: every answer names its address and command.

Chosen here, not stated by the source: over and under range are read as the end of the measuring
range; `T` of a relay is where it is switched on and `F` where it is switched off; a command that
changes address or baud rate is still answered at the old one.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    LinkLost,
    ReadBackDiffers,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.base import owned
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.points import Limits, Quality, Reading, Sample
from drivers.core.registers import declared
from drivers.instruments.thyracont_vsr_frames import (
    ERROR,
    FAULTS,
    HIGHEST_ADDRESS,
    REFUSALS,
    Access,
    Relay,
    Telegram,
    Transition,
    answers_to,
    decode,
    decode_number,
    decode_range,
    decode_relay,
    decode_transition,
    decode_wear,
    encode,
    encode_number,
    encode_relay,
    encode_transition,
)

REPLY_TIMEOUT_S = 0.25
OVER_RANGE, UNDER_RANGE = "OR", "UR"
RANGE_MBAR = Limits(1e-4, 1200)  # of the VSR, for what is set
BAUD_RATES = frozenset({9600, 14400, 19200, 28800, 38400, 57600, 115200})
PIRANI = "1"
RELAYS = range(1, 3)
SAME = 0.01  # a pressure comes back rounded


class Source(IntEnum):
    """Which sensor the display shows."""

    COMBINATION = 0
    PIRANI = 1
    PIEZO = 2
    HOT_CATHODE = 3
    COLD_CATHODE = 4
    AMBIENT = 6
    RELATIVE = 7


class DisplayUnit(StrEnum):
    """In what the display shows pressures; the interface always gives mbar."""

    MBAR = "mbar"
    TORR = "Torr"
    HPA = "hPa"


class Adjustable(StrEnum):
    """What can be brought back to how the maker set it."""

    HIGH_ADJUSTMENT = "AH"
    LOW_ADJUSTMENT = "AL"
    TRANSITION = "ST"
    DISPLAY_UNIT = "DU"
    DISPLAY_ORIENTATION = "DO"
    DISPLAY_SOURCE = "DD"
    RELAY_1 = "R1"
    RELAY_2 = "R2"


class Part(StrEnum):
    """How a value stands in an answer."""

    PRESSURE = "pressure"
    NUMBER = "number"
    WEAR = "wear"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Query:
    """A value: the command that asks for it, and where it stands in the answer."""

    command: str
    part: Part
    argument: str = ""


def _value_in(text: str, part: Part) -> float:
    match part:
        case Part.WEAR:
            return decode_wear(text).wear_pct
        case Part.AGE:
            return decode_wear(text).quarter_hours
        case Part.PRESSURE | Part.NUMBER:
            return decode_number(text)


class ThyracontVsr:
    """One transmitter at address `unit`, 1 to 16."""

    MODEL: ClassVar[str] = "Thyracont VSR"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=115200)

    pressure_mbar = Reading(Query("MV", Part.PRESSURE), unit="mbar")
    pirani_mbar = Reading(Query("M1", Part.PRESSURE), unit="mbar")
    piezo_mbar = Reading(Query("M2", Part.PRESSURE), unit="mbar")
    operating_h = Reading(Query("OH", Part.NUMBER), unit="h", scale=0.25)
    wear_pct = Reading(Query("PM", Part.WEAR, PIRANI), unit="%")
    since_adjustment_h = Reading(Query("PM", Part.AGE, PIRANI), unit="h", scale=0.25)

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link

    async def identify(self) -> str:
        """Return type, article and the serial numbers of device and head; raise WrongDevice."""
        kind = await self._ask("TD")
        if not kind.startswith("VSR"):
            raise WrongDevice(f"{kind!r} answers instead of a VSR", source=self.name)
        return " ".join((kind, *[await self._ask(word) for word in ("PN", "SD", "SH")]))

    async def read_raw(self, ref: Query) -> float:
        """Ask for one value; raise Rejected, or DeviceFault for a defective sensor."""
        value, _ = await self._read(ref)
        return value

    async def write_raw(self, ref: Query, raw: float) -> None:
        """Raise Refused: no value of the transmitter is set by itself."""
        raise Refused(f"{ref.command} cannot be set to {raw:g}", source=self.name)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. Beyond the range a pressure is BAD."""
        seen: dict[str, Sample] = {}
        for name, point in declared(self).items():
            value, quality = await self._read(point.spec.ref)
            at_s = self.clock.monotonic()
            seen[name] = Sample(value * point.spec.scale, point.spec.unit, at_s, quality)
        return seen

    async def range_mbar(self) -> Limits:
        """From where to where the transmitter measures."""
        text = await self._ask("MR")
        with self._understood():
            return decode_range(text)

    async def check(self) -> None:
        """Raise DeviceFault if a sensor is defective or the transmitter's memory unreadable."""
        for point in (self.pressure_mbar, self.pirani_mbar, self.piezo_mbar):
            await point.read()

    async def adjust_high(self, mbar: float | None = None) -> None:
        """Take the present pressure for `mbar`, or for an atmosphere; acknowledged."""
        await self._adjust("AH", mbar)

    async def adjust_low(self, mbar: float | None = None) -> None:
        """Take the present pressure for `mbar`, or for no pressure; acknowledged."""
        await self._adjust("AL", mbar)

    async def transition(self) -> Transition:
        """From where to where the Pirani hands over to the piezo sensor."""
        text = await self._ask("ST")
        with self._understood():
            return decode_transition(text)

    async def set_transition(self, transition: Transition) -> None:
        """Blend the sensors from here to there; confirmed by read-back."""
        self._refuse_beyond(transition.low_mbar, transition.high_mbar)
        await self._write("ST", encode_transition(transition))
        held = await self.transition()
        self._same(
            "transition",
            (transition.low_mbar, transition.high_mbar),
            (held.low_mbar, held.high_mbar),
        )

    async def relay(self, number: int) -> Relay:
        """Where relay 1 or 2 switches."""
        if number not in RELAYS:
            raise Refused(f"there is no relay {number}", source=self.name)
        text = await self._ask(f"R{number}")
        with self._understood():
            return decode_relay(text)

    async def set_relay(self, number: int, relay: Relay) -> None:
        """Let a relay switch at these pressures; confirmed by read-back."""
        if number not in RELAYS:
            raise Refused(f"there is no relay {number}", source=self.name)
        self._refuse_beyond(relay.on_mbar, relay.off_mbar)
        await self._write(f"R{number}", encode_relay(relay))
        held = await self.relay(number)
        self._same(
            f"relay {number}", (relay.on_mbar, relay.off_mbar), (held.on_mbar, held.off_mbar)
        )

    async def display_unit(self) -> DisplayUnit:
        """What the display shows pressures in; raise Garbled for a word of another form."""
        text = await self._ask("DU")
        if text not in set(DisplayUnit):
            raise self._link.garbled(f"{text!r} is no unit of pressure", source=self.name)
        return DisplayUnit(text)

    async def show_in(self, unit: DisplayUnit) -> None:
        """Show pressures in `unit`; confirmed by read-back."""
        await self._confirm("DU", unit)

    async def show(self, source: Source) -> None:
        """Show one of the sensors; confirmed by read-back."""
        await self._confirm("DD", f"{source:d}")

    async def turn_display(self, *, upside_down: bool) -> None:
        """Show upright on a pipe below, or on one above; confirmed by read-back."""
        await self._confirm("DO", f"{upside_down:d}")

    async def restore(self, what: Adjustable) -> None:
        """Set something back to how the maker had it; acknowledged."""
        await self._exchange(Access.DEFAULT, what)

    async def set_address(self, address: int) -> None:
        """Give it another address, used from here on; the line file must say so as well."""
        if not 1 <= address <= HIGHEST_ADDRESS:
            raise LimitExceeded(f"{address} is no address from 1 to 16", source=self.name)
        await self._write("DA", f"{address}")
        self.unit = address

    async def set_baud(self, baud: int) -> None:
        """Give it another baud rate; only a line opened with that one reaches it afterwards."""
        if baud not in BAUD_RATES:
            raise LimitExceeded(f"{baud} baud are not possible", source=self.name)
        await self._write("BR", f"{baud}")

    async def make_safe(self) -> None:
        """Leave it as it is: it only looks, and its relays guard by themselves."""

    async def _read(self, ref: Query) -> tuple[float, Quality]:
        text = (await self._ask(ref.command, ref.argument)).strip()
        if ref.part is Part.PRESSURE and text in {OVER_RANGE, UNDER_RANGE}:
            limits = await self.range_mbar()
            return (limits.high if text == OVER_RANGE else limits.low), Quality.BAD
        with self._understood():
            return _value_in(text, ref.part), Quality.GOOD

    async def _adjust(self, command: str, mbar: float | None) -> None:
        if mbar is not None:
            self._refuse_beyond(mbar)
        await self._write(command, "" if mbar is None else encode_number(mbar))

    def _refuse_beyond(self, *pressures_mbar: float) -> None:
        for mbar in pressures_mbar:
            if mbar not in RANGE_MBAR:
                low, high = RANGE_MBAR.low, RANGE_MBAR.high
                raise LimitExceeded(
                    f"{mbar:g} mbar is outside {low:g} to {high:g} mbar", source=self.name
                )

    def _same(self, what: str, sent: tuple[float, float], held: tuple[float, float]) -> None:
        if any(abs(a - b) > SAME * a for a, b in zip(sent, held, strict=True)):
            raise ReadBackDiffers(f"{what} was set to {sent} and is {held} mbar", source=self.name)

    async def _confirm(self, command: str, data: str) -> None:
        await self._write(command, data)
        if (held := await self._ask(command)) != data:
            raise ReadBackDiffers(f"{command} was set to {data} and is {held}", source=self.name)

    async def _ask(self, command: str, argument: str = "") -> str:
        return await self._exchange(Access.READ, command, argument)

    async def _write(self, command: str, data: str) -> None:
        await self._exchange(Access.WRITE, command, data)

    async def _exchange(self, access: Access, command: str, data: str = "") -> str:
        request = Telegram(self.unit, access, command, data)
        try:
            line = await self._link.exchange(
                encode(request), answers_to(request), timeout_s=REPLY_TIMEOUT_S
            )
        except LinkLost as error:  # the bus may carry another instrument's name
            raise owned(error, self._link.name, self.name) from error
        reply = decode(line)
        if reply.access != ERROR:
            return reply.data
        if (fault := FAULTS.get(reply.data)) is not None:
            raise DeviceFault(f"{command}: {fault} ({reply.data})", source=self.name)
        words = REFUSALS.get(reply.data, "no reason known")
        raise Rejected(f"{command}: {words} ({reply.data})", source=self.name)

    @contextmanager
    def _understood(self) -> Generator[None]:
        try:
            yield
        except CodecError as error:
            raise self._link.garbled(str(error), source=self.name) from None
