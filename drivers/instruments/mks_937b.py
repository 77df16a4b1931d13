"""MKS 937B vacuum gauge controller: six gauges and twelve relays, from its operation manual.

The unit of pressure can be changed at the front panel, so it is asked along with every pressure;
here all pressures are mbar.

Chosen here, not stated by the source: the controller is known by its serial number and by
answering for six channels at once, as no message of the list names the model; a relay setting
counts as taken when the controller holds it to 1 %.
"""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import until
from drivers.instruments.mks_937b_frames import (
    MBAR_IN,
    Control,
    Direction,
    IonGauge,
    PressureUnit,
    decode,
    decode_pressure,
    decode_word,
    encode,
    encode_number,
    reason,
    replies_of,
)

REPLY_TIMEOUT_S = 0.5
CHANNELS = range(1, 7)
ION_CHANNELS = frozenset({1, 3, 5})
RELAYS = range(1, 13)
TAKEN_WITHIN = 0.01
SWITCHING_MBAR = Limits(1e-10, 1400)  # from the lowest of a cold cathode to above an atmosphere
BROKEN_GAUGES = frozenset({IonGauge.PROTECT, IonGauge.FILAMENT_FAULT, IonGauge.NO_GAUGE})
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay: what it is set to, and whether it is energised now."""

    setpoint_mbar: float
    hysteresis_mbar: float
    direction: Direction
    control: Control
    energised: bool


class Power(StrEnum):
    """Whether a channel has power."""

    ON = "ON"
    OFF = "OFF"


@dataclass(frozen=True, slots=True)
class Word:
    """A pressure: `word?` asks for it, `word!n` sets it where it can be set."""

    word: str
    writable: bool = False


def _switching(word: str) -> Setting[Word]:
    return Setting(
        Word(word, writable=True),
        unit="mbar",
        limits=SWITCHING_MBAR,
        resolution=TAKEN_WITHIN * SWITCHING_MBAR.high,  # what was taken is checked by write_raw
    )


class Mks937b:
    """One controller at address `unit`."""

    MODEL: ClassVar[str] = "MKS 937B"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    pressure_1_mbar = Reading(Word("PR1"), unit="mbar")
    pressure_2_mbar = Reading(Word("PR2"), unit="mbar")
    pressure_3_mbar = Reading(Word("PR3"), unit="mbar")
    pressure_4_mbar = Reading(Word("PR4"), unit="mbar")
    pressure_5_mbar = Reading(Word("PR5"), unit="mbar")
    pressure_6_mbar = Reading(Word("PR6"), unit="mbar")
    combined_mbar = Reading(Word("PC1"), unit="mbar")
    relay_1_mbar, relay_1_hysteresis_mbar = _switching("SP1"), _switching("SH1")
    relay_2_mbar, relay_2_hysteresis_mbar = _switching("SP2"), _switching("SH2")
    relay_3_mbar, relay_3_hysteresis_mbar = _switching("SP3"), _switching("SH3")
    relay_4_mbar, relay_4_hysteresis_mbar = _switching("SP4"), _switching("SH4")
    relay_5_mbar, relay_5_hysteresis_mbar = _switching("SP5"), _switching("SH5")
    relay_6_mbar, relay_6_hysteresis_mbar = _switching("SP6"), _switching("SH6")
    relay_7_mbar, relay_7_hysteresis_mbar = _switching("SP7"), _switching("SH7")
    relay_8_mbar, relay_8_hysteresis_mbar = _switching("SP8"), _switching("SH8")
    relay_9_mbar, relay_9_hysteresis_mbar = _switching("SP9"), _switching("SH9")
    relay_10_mbar, relay_10_hysteresis_mbar = _switching("SP10"), _switching("SH10")
    relay_11_mbar, relay_11_hysteresis_mbar = _switching("SP11"), _switching("SH11")
    relay_12_mbar, relay_12_hysteresis_mbar = _switching("SP12"), _switching("SH12")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 253) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._serial = ""
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return the serial number; raise WrongDevice for another controller or no 937B."""
        async with self._link.conversation() as talk:
            self._serial = await self._named(talk)
        return self._serial

    async def read_raw(self, ref: Word) -> float:
        """Ask for one pressure, in mbar; raise DeviceFault where the gauge gives none."""
        async with self._link.conversation() as talk:
            unit = await self._unit(talk)
            text = await self._say(talk, f"{ref.word}?")
        return self._given(ref.word, text, unit)

    async def write_raw(self, ref: Word, raw: float) -> None:
        """Set one pressure in mbar; raise Rejected, or ReadBackDiffers if another was taken."""
        if not ref.writable:
            raise Refused(f"{ref.word} cannot be set", source=self.name)
        async with self._link.conversation() as talk:
            unit = await self._unit(talk)
            text = await self._say(talk, f"{ref.word}!{encode_number(raw / MBAR_IN[unit])}")
        taken = self._given(ref.word, text, unit)
        if not abs(taken - raw) <= TAKEN_WITHIN * raw:
            raise ReadBackDiffers(
                f"{ref.word} was set to {raw:g} mbar and is {taken:g} mbar", source=self.name
            )

    async def readings(self) -> Mapping[str, Sample]:
        """What the gauges measure, by name; one without a value is left out. Changes nothing."""
        async with self._link.conversation() as talk:
            unit, texts = await self._six_pressures(talk)
        now_s = self.clock.monotonic()
        with self._understood():
            values = [decode_pressure(text, unit) for text in texts]
        return {
            f"pressure_{channel}_mbar": Sample(value, "mbar", now_s)
            for channel, value in zip(CHANNELS, values, strict=True)
            if value is not None
        }

    async def pressure_unit(self) -> PressureUnit:
        """In what the controller shows pressures."""
        async with self._link.conversation() as talk:
            return await self._unit(talk)

    async def show_in(self, unit: PressureUnit) -> None:
        """Show pressures in `unit`; confirmed by read-back."""
        await self._confirm("U", unit)

    async def ion_gauge(self, channel: int) -> IonGauge:
        """What the ion gauge on channel 1, 3 or 5 is doing; Rejected if it is no ion gauge."""
        if channel not in ION_CHANNELS:
            raise Refused(f"channel {channel} has no ion gauge", source=self.name)
        text = await self._ask(f"T{channel}?")
        with self._understood():
            return decode_word(IonGauge, text)

    async def channel_on(self, channel: int) -> bool:
        """Whether the gauge has power, or an ion gauge its high voltage or filament."""
        self._refuse_unknown("channel", channel, CHANNELS)
        text = await self._ask(f"CP{channel}?")
        with self._understood():
            return decode_word(Power, text) is Power.ON

    async def switch_channel(self, channel: int, *, on: bool) -> None:
        """Power a gauge, or not; confirmed by read-back."""
        self._refuse_unknown("channel", channel, CHANNELS)
        await self._confirm(f"CP{channel}", Power.ON if on else Power.OFF)

    @asynccontextmanager
    async def measuring(self, channel: int, *, deadline_s: float) -> AsyncGenerator[None]:
        """An ion gauge on and good inside; off is confirmed on leaving.

        Raises DeviceFault if it protects itself, has a broken filament or is missing,
        Rejected with the controller's reason, and NotReached after `deadline_s`.
        """
        await self.check(channel)
        try:
            await self.switch_channel(channel, on=True)
            await until(
                lambda: self._good(channel),
                deadline_s=deadline_s,
                clock=self.clock,
                what=f"{self.name} ion gauge {channel} good",
                poll_s=POLL_S,
            )
            yield
        finally:
            await to_the_end(insist(lambda: self.switch_channel(channel, on=False)))

    async def check(self, channel: int) -> None:
        """Raise DeviceFault if the ion gauge protects itself, is broken or is missing."""
        if (state := await self.ion_gauge(channel)) in BROKEN_GAUGES:
            words = state.name.lower().replace("_", " ")
            raise DeviceFault(f"ion gauge {channel}: {words}", source=self.name)

    async def relay(self, number: int) -> Relay:
        """All about one relay."""
        self._refuse_unknown("relay", number, RELAYS)
        direction = await self._ask(f"SD{number}?")
        control = await self._ask(f"EN{number}?")
        state = await self._ask(f"SS{number}?")
        with self._understood():
            return Relay(
                setpoint_mbar=await self.read_raw(Word(f"SP{number}")),
                hysteresis_mbar=await self.read_raw(Word(f"SH{number}")),
                direction=decode_word(Direction, direction),
                control=decode_word(Control, control),
                energised=decode_word(Control, state) is Control.SET,
            )

    async def arm_relay(
        self, number: int, direction: Direction, setpoint_mbar: float, hysteresis_mbar: float
    ) -> None:
        """Let pressure decide about a relay; every part is confirmed.

        The set-point goes first, because it moves the hysteresis. Raises LimitExceeded before
        anything is sent, Rejected, ReadBackDiffers.
        """
        self._refuse_unknown("relay", number, RELAYS)
        for value in (setpoint_mbar, hysteresis_mbar):
            if value not in SWITCHING_MBAR:
                raise LimitExceeded(f"a relay cannot switch at {value:g} mbar", source=self.name)
        await self.write_raw(Word(f"SP{number}", writable=True), setpoint_mbar)
        await self._confirm(f"SD{number}", direction)
        await self.write_raw(Word(f"SH{number}", writable=True), hysteresis_mbar)
        await self._confirm(f"EN{number}", Control.ENABLE)

    async def force_relay(self, number: int, *, energised: bool) -> None:
        """Energise a relay whatever the pressure, or never; confirmed by read-back."""
        self._refuse_unknown("relay", number, RELAYS)
        await self._confirm(f"EN{number}", Control.SET if energised else Control.CLEAR)

    async def make_safe(self) -> None:
        """Leave it as it is: it only looks, and its relays guard by themselves."""

    async def _good(self, channel: int) -> bool:
        await self.check(channel)
        return await self.ion_gauge(channel) is IonGauge.GOOD

    async def _confirm(self, word: str, value: str) -> None:
        await self._ask(f"{word}!{value}")
        held = (await self._ask(f"{word}?")).strip()
        if held.upper() != value.upper():
            raise ReadBackDiffers(f"{word} was set to {value} and is {held}", source=self.name)

    def _refuse_unknown(self, what: str, number: int, known: range) -> None:
        if number not in known:
            raise Refused(f"there is no {what} {number}", source=self.name)

    def _given(self, word: str, text: str, unit: PressureUnit) -> float:
        with self._understood():
            value = decode_pressure(text, unit)
        if value is None:
            raise DeviceFault(f"{word} has no value: {text}", source=self.name)
        return value

    async def _recheck(self, talk: Conversation) -> None:
        serial = await self._named(talk)
        if self._serial not in {"", serial}:
            raise WrongDevice(f"{serial} answers instead of {self._serial}", source=self.name)

    async def _named(self, talk: Conversation) -> str:
        try:
            serial = (await self._say(talk, "SN?")).strip()
            await self._six_pressures(talk)
        except Rejected as error:
            raise WrongDevice(f"does not answer as a 937B: {error}", source=self.name) from error
        return serial

    async def _six_pressures(self, talk: Conversation) -> tuple[PressureUnit, list[str]]:
        unit = await self._unit(talk)
        texts = (await self._say(talk, "PRZ?")).split()
        if len(texts) != len(CHANNELS):
            raise WrongDevice(f"has {len(texts)} channels instead of six", source=self.name)
        return unit, texts

    async def _unit(self, talk: Conversation) -> PressureUnit:
        text = await self._say(talk, "U?")
        with self._understood():
            return decode_word(PressureUnit, text)

    async def _ask(self, message: str) -> str:
        async with self._link.conversation() as talk:
            return await self._say(talk, message)

    async def _say(self, talk: Conversation, message: str) -> str:
        await talk.send(encode(self.unit, message))
        answer = decode(await talk.receive(replies_of(self.unit), timeout_s=REPLY_TIMEOUT_S))
        if not answer.accepted:
            raise Rejected(f"{message}: {reason(answer.text)}", source=self.name)
        return answer.text

    @contextmanager
    def _understood(self) -> Generator[None]:
        try:
            yield
        except CodecError as error:
            raise self._link.garbled(str(error), source=self.name) from None
