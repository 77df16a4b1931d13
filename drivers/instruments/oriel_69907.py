"""Newport Oriel 69907 and 69920 arc lamp supplies, from public drivers for them.

The lamp is lit by a spark that can garble the answer to `START`: whether it burns is read from
the status register, never concluded from that answer.

Chosen here, not stated by the source: reading the event register clears it; the lamp is given
`IGNITION_S` to light.
"""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from drivers.core.clock import Clock, sleep
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    InterlockOpen,
    LimitExceeded,
    LinkLost,
    NoReply,
    NotReached,
    ReadBackDiffers,
    Refused,
    Rejected,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import BoundSetting, Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import to_the_end
from drivers.instruments.oriel_69907_frames import (
    Events,
    Status,
    answers,
    decode_events,
    decode_number,
    decode_register,
    decode_status,
    encode,
    outage,
)
from drivers.instruments.oriel_69907_lamp import (
    LARGEST,
    MODE_CODES,
    RATINGS,
    SMALLEST,
    LampSettings,
    Mode,
    objection,
)

T = TypeVar("T")

REPLY_TIMEOUT_S = 1.0
COMMAND_GAP_S = 0.05
IGNITION_S = 8.0  # six seconds are usual
IGNITION_ATTEMPTS = 3
RESET_S = 5.0
STOP_DEADLINE_S = 45.0
STOP_AGAIN_S = 5.0
POLL_S = 1.0
CURRENT_A = Limits(0, LARGEST.current_a)
POWER_W = Limits(0, LARGEST.power_w)


@dataclass(frozen=True, slots=True)
class Word:
    """A value: `word?` asks for it, `word=n` sets it in the form of its kind."""

    word: str
    kind: Literal["A", "W", ""] = ""


class Oriel69907:
    """One supply with one lamp."""

    MODEL: ClassVar[str] = "Newport Oriel 69907"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    current_a = Reading(Word("AMPS"), unit="A")
    voltage_v = Reading(Word("VOLTS"), unit="V")
    power_w = Reading(Word("WATTS"), unit="W")
    lamp_hours_h = Reading(Word("LAMP HRS"), unit="h")
    current_preset_a = Setting(Word("A-PRESET", "A"), unit="A", limits=CURRENT_A, resolution=0.051)
    power_preset_w = Setting(Word("P-PRESET", "W"), unit="W", limits=POWER_W, resolution=0.5)
    current_limit_a = Setting(Word("A-LIM", "A"), unit="A", limits=CURRENT_A, resolution=0.051)
    power_limit_w = Setting(Word("P-LIM", "W"), unit="W", limits=POWER_W, resolution=0.5)

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._rating = SMALLEST  # the smaller one until it is known
        self._identity = ""
        self._restarted = False
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return the model as the supply gives it, and take over its rating.

        Raises WrongDevice for another device, and Restarted if the supply lost power since it was
        last identified here; the first time, the flag of its last power-up is taken as read.
        """
        identity = self._named(await self._ask("IDN?"))
        self._taken(await self._ask("ESR?"))
        self._identity = identity
        self._refuse_restart()
        return identity

    async def read_raw(self, ref: Word) -> float:
        """Ask for one number."""
        return self._understood(decode_number, await self._ask(f"{ref.word}?"))

    async def write_raw(self, ref: Word, raw: float) -> None:
        """Set one number; raise LimitExceeded above the model's rating, Rejected in words."""
        self._refuse_above_rating(ref, raw)
        await self._set(f"{ref.word}={f'{raw:.1f}' if ref.kind == 'A' else f'{round(raw):04d}'}")

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing and leaves the event register unread."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def status(self) -> Status:
        """What the supply does now."""
        text = await self._ask("STB?")
        return decode_status(self._understood(lambda line: decode_register("STB", line), text))

    async def events(self) -> Events:
        """What happened since this was last asked; asking clears it."""
        return self._taken(await self._ask("ESR?"))

    async def check(self) -> None:
        """Raise Restarted or DeviceFault, or Tripped unless the lamp burns within its limits."""
        if words := outage(await self._healthy_status()):
            raise Tripped(words, source=self.name)

    async def lock_panel(self, *, locked: bool) -> None:
        """Lock the keys of the front panel or let them go; confirmed by the status."""
        await self._set(f"COMM={locked:d}")
        if (await self.status()).panel_locked != locked:
            raise ReadBackDiffers(
                f"the panel is not {'locked' if locked else 'free'}", source=self.name
            )

    async def set_mode(self, mode: Mode) -> None:
        """Hold power or current constant, confirmed; raise Refused for a change while it burns."""
        status = await self.status()
        if status.power_mode == (mode is Mode.POWER):
            return
        if status.lamp_on:
            raise Refused(f"cannot change to {mode} mode while the lamp burns", source=self.name)
        await self._set(f"MODE={MODE_CODES[mode]}")
        if (await self.status()).power_mode != (mode is Mode.POWER):
            raise ReadBackDiffers(f"was set to {mode} mode and is not", source=self.name)

    async def reset(self) -> None:
        """Return to factory settings and wait; raise Refused while the lamp burns."""
        if (await self.status()).lamp_on:
            raise Refused("cannot be reset while the lamp burns", source=self.name)
        await self._ask("RST", gap_s=RESET_S)  # nobody else may ask meanwhile: it would not hear
        await self._ask("ESR?")  # what the reset itself left there is no news

    async def ignite(self, lamp: LampSettings, *, attempts: int = IGNITION_ATTEMPTS) -> None:
        """Light the lamp and let it burn as `lamp` says; one that burns is only set.

        Between attempts the supply is reset. Raises LimitExceeded before anything is sent,
        InterlockOpen, DeviceFault, Refused for another mode than the one it burns in, and
        NotReached after `attempts`; unless it burnt before, the lamp is then off.
        """
        self._refuse_beyond(lamp)
        status = await self._healthy_status()
        if not status.interlock_closed:
            raise InterlockOpen("the interlock is open", source=self.name)
        if status.lamp_on:
            await self._prepare(lamp)
            return
        burns = False
        try:
            for attempt in range(attempts):
                if attempt:
                    await self.reset()
                await self._prepare(lamp)
                burns = await self._strike()
                if burns:
                    return
            raise NotReached(f"the lamp did not light in {attempts} attempts", source=self.name)
        finally:
            if not burns:
                await to_the_end(self.make_safe())

    @asynccontextmanager
    async def burning(
        self, lamp: LampSettings, *, attempts: int = IGNITION_ATTEMPTS
    ) -> AsyncGenerator[None]:
        """Burn the lamp as `lamp` says; off is confirmed on leaving.

        Raises what `ignite` does, and Refused if the lamp already burns.
        """
        self._refuse_beyond(lamp)
        if (await self.status()).lamp_on:
            raise Refused("the lamp already burns", source=self.name)
        try:
            await self.ignite(lamp, attempts=attempts)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def make_safe(self) -> None:
        """Put the lamp out and confirm it; `STOP` is said again while it burns.

        Raises ReadBackDiffers if it still burns after `STOP_DEADLINE_S`, LinkLost if that cannot
        be told.
        """
        end_s = self.clock.monotonic() + STOP_DEADLINE_S
        while (left_s := end_s - self.clock.monotonic()) > 0:
            try:
                await self._ask("STOP")  # its answer may tell of older errors: the status decides
                if await self._out_within(min(left_s, STOP_AGAIN_S)):
                    return
            except LinkLost:
                await sleep(self.clock, POLL_S)
        if (await self.status()).lamp_on:
            raise ReadBackDiffers("was stopped and the lamp still burns", source=self.name)

    async def _out_within(self, seconds: float) -> bool:
        end_s = self.clock.monotonic() + seconds
        while (await self.status()).lamp_on:
            if self.clock.monotonic() >= end_s:
                return False
            await sleep(self.clock, POLL_S)
        return True

    async def _healthy_status(self) -> Status:
        self._refuse_restart()
        status = await self.status()
        if status.fault:
            raise DeviceFault("fault: the lamp may have failed to light", source=self.name)
        return status

    async def _prepare(self, lamp: LampSettings) -> None:
        await self.set_mode(lamp.mode)
        await self.current_limit_a.write_and_verify(lamp.current_limit_a)
        await self.power_limit_w.write_and_verify(lamp.power_limit_w)
        await self._preset(lamp.mode).write_and_verify(lamp.preset)

    async def _strike(self) -> bool:
        """Start once; return whether the lamp burns."""
        with suppress(NoReply, Garbled):
            await self._set("START")
        end_s = self.clock.monotonic() + IGNITION_S
        while self.clock.monotonic() < end_s:
            with suppress(NoReply, Garbled):  # the spark may still disturb the line
                status = await self.status()
                if status.lamp_on or status.fault:
                    return status.lamp_on and not status.fault
            await sleep(self.clock, POLL_S)
        return (await self.status()).lamp_on

    def _preset(self, mode: Mode) -> BoundSetting[Word]:
        return self.power_preset_w if mode is Mode.POWER else self.current_preset_a

    def _refuse_beyond(self, lamp: LampSettings) -> None:
        if words := objection(lamp, self._rating):
            raise LimitExceeded(words, source=self.name)

    def _refuse_above_rating(self, ref: Word, value: float) -> None:
        highest = self._rating.current_a if ref.kind == "A" else self._rating.power_w
        if not value <= highest:
            raise LimitExceeded(
                f"{ref.word} = {value:g} {ref.kind} is above the rating of {highest:g} {ref.kind}",
                source=self.name,
            )

    def _refuse_restart(self) -> None:
        if self._restarted:
            self._restarted = False
            raise Restarted("lost power; lamp and settings are not as they were", source=self.name)

    def _named(self, text: str) -> str:
        found = re.search(r"69\d{3}", text)
        if found is None or found[0] not in RATINGS:
            raise WrongDevice(f"{text!r} answers instead of a 69907 or 69920", source=self.name)
        self._rating = RATINGS[found[0]]
        return text

    def _taken(self, text: str) -> Events:
        events = decode_events(self._understood(lambda line: decode_register("ESR", line), text))
        self._restarted |= events.power_on and bool(self._identity)
        return events

    async def _set(self, command: str) -> None:
        events = self._taken(await self._ask(command))
        self._refuse_restart()
        if events.refusals:
            raise Rejected(f"{command}: {', '.join(events.refusals)}", source=self.name)
        if events.device_error:
            raise DeviceFault(f"{command}: device error", source=self.name)

    async def _ask(self, command: str, gap_s: float = COMMAND_GAP_S) -> str:
        line = await self._link.exchange(
            encode(command), answers, timeout_s=REPLY_TIMEOUT_S, gap_s=gap_s
        )
        return line.decode("ascii").strip()

    def _understood(self, decode: Callable[[str], T], text: str) -> T:
        try:
            return decode(text)
        except CodecError as error:
            raise self._link.garbled(str(error), source=self.name) from None

    async def _recheck(self, talk: Conversation) -> None:
        self._named(await self._line(talk, "IDN?"))
        self._taken(await self._line(talk, "ESR?"))

    async def _line(self, talk: Conversation, command: str) -> str:
        await sleep(self.clock, COMMAND_GAP_S)
        await talk.send(encode(command))
        return (await talk.receive(answers, timeout_s=REPLY_TIMEOUT_S)).decode("ascii").strip()
