"""Thorlabs SC10 shutter controller, from its command list: it echoes, answers and prompts.

`ens` toggles. It is never sent before the present state was read, nor believed before it was
read back; the length of an exposure is timed by the controller, never by this computer.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from drivers.core.clock import Clock, sleep
from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError, Feed
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import until

REPLY_TIMEOUT_S = 1.0
PROMPT = b"\r> "
TOGGLE_ATTEMPTS = 3
CLOSE_DEADLINE_S = 2.0
EXPOSURE_MARGIN_S = 5.0
SHORTEST_FRACTION = 0.98  # of an exposure; less and something shut the shutter early
POLL_S = 0.05
NEAR_END_S = 1.0  # before this the controller is only looked at once a second
ERRORS: Mapping[str, str] = {
    "CMD_NOT_DEFINED": "no such command",
    "CMD_ARG_INVALID": "value not allowed",
}


class Mode(IntEnum):
    """How the shutter follows its enable."""

    MANUAL = 1
    AUTO = 2
    SINGLE = 3
    REPEAT = 4
    EXTERNAL_GATE = 5


@dataclass(frozen=True, slots=True)
class Keyword:
    """A value of the controller: `word?` asks for it, `word=n` sets it."""

    word: str


def lines_of(text: bytes, command: str) -> list[str]:
    """The lines after the echo of `command`; raise CodecError if the echo is another."""
    echo, *lines = text.decode("ascii", "replace").split("\r")
    if echo != command:
        raise CodecError(f"{text!r} does not begin with the echo of {command!r}")
    return [line.strip() for line in lines]


def answer_to(command: str) -> Feed:
    """Cut the text before each prompt; raise CodecError unless it echoes `command`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *texts, rest = buffer.split(PROMPT)
        for text in texts:
            lines_of(text, command)
        return texts, rest

    return feed


class ThorlabsSc10:
    """One exposure shutter."""

    MODEL: ClassVar[str] = "Thorlabs SC10"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    enabled = Reading(Keyword("ens"), unit="")
    closed = Reading(Keyword("closed"), unit="")
    interlock_tripped = Reading(Keyword("interlock"), unit="")
    mode = Setting(Keyword("mode"), unit="", limits=Limits(1, 5), resolution=0)
    external_trigger = Setting(Keyword("trig"), unit="", limits=Limits(0, 1), resolution=0)
    repeats = Setting(Keyword("rep"), unit="", limits=Limits(1, 99), resolution=0)
    open_s = Setting(Keyword("open"), unit="s", scale=0.001, limits=Limits(0.001, 999.999))
    shut_s = Setting(Keyword("shut"), unit="s", scale=0.001, limits=Limits(0.001, 999.999))

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return model and firmware; raise WrongDevice for another device."""
        return self._named(await self._ask("id?"))

    async def read_raw(self, ref: Keyword) -> float:
        """Ask for one number."""
        lines = await self._ask(f"{ref.word}?")
        if len(lines) != 1 or not lines[0].isdecimal():
            raise self._link.garbled(f"{lines!r} for {ref.word}? is no number", source=self.name)
        return float(lines[0])

    async def write_raw(self, ref: Keyword, raw: float) -> None:
        """Set one number; raise Rejected with the controller's reason."""
        await self._ask(f"{ref.word}={round(raw)}")

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        points = (
            *(self.enabled, self.closed, self.interlock_tripped, self.mode),
            *(self.external_trigger, self.repeats, self.open_s, self.shut_s),
        )
        return {point.spec.name: await point.read() for point in points}

    async def expose(self, seconds: float) -> float:
        """Open once for `seconds`, timed by the controller; return the time seen from here.

        Raises LimitExceeded, InterlockOpen or Refused before the shutter opens, Tripped if it
        closed early, NotReached if it did not close; it is closed whenever this raises.
        """
        if seconds not in self.open_s.limits:
            raise LimitExceeded(f"an exposure of {seconds:g} s is not possible", source=self.name)
        await self._refuse_unready()
        try:
            await self._single(seconds)
            return await self._one_exposure(seconds)
        except BaseException:
            await to_the_end(self.close())
            raise

    @asynccontextmanager
    async def held_open(self) -> AsyncGenerator[None]:
        """Keep the shutter open inside, for measuring the lamp; closed is confirmed on leaving."""
        await self._refuse_unready()
        try:
            await self.mode.write_and_verify(Mode.MANUAL)
            await self._enable(on=True)
            yield
        finally:
            await to_the_end(self.close())

    async def close(self) -> None:
        """Close the shutter, whatever it was doing, and confirm that it is closed."""
        await insist(self._close)

    async def make_safe(self) -> None:
        """Close the shutter and confirm that it is closed."""
        await self.close()

    async def _close(self) -> None:
        await self._enable(on=False)
        await until(
            self._is_closed,
            deadline_s=CLOSE_DEADLINE_S,
            clock=self.clock,
            what=f"{self.name} closed",
            poll_s=POLL_S,
        )

    async def _refuse_unready(self) -> None:
        if await self.interlock_tripped.value():
            raise InterlockOpen("the shutter's interlock is open", source=self.name)
        if await self.enabled.value() or not await self._is_closed():
            raise Refused("the shutter is already open", source=self.name)

    async def _single(self, seconds: float) -> None:
        await self.mode.write_and_verify(Mode.SINGLE)
        await self.external_trigger.write_and_verify(0)
        await self.open_s.write_and_verify(seconds)

    async def _one_exposure(self, seconds: float) -> float:
        began_s = self.clock.monotonic()
        await self._ask("ens")
        if not await self._ended_before(began_s + seconds - NEAR_END_S):
            await until(
                self._is_disabled,
                deadline_s=NEAR_END_S + EXPOSURE_MARGIN_S,
                clock=self.clock,
                what=f"{self.name} exposure of {seconds:g} s",
                poll_s=POLL_S,
            )
        took_s = self.clock.monotonic() - began_s
        if not await self._is_closed():
            raise DeviceFault("is still open after the exposure", source=self.name)
        if took_s < seconds * SHORTEST_FRACTION or await self.interlock_tripped.value():
            raise Tripped(f"closed after {took_s:.2f} of {seconds:g} s", source=self.name)
        return took_s

    async def _ended_before(self, near_end_s: float) -> bool:
        """Wait until the end is near; return whether the exposure ended before that."""
        while (left_s := near_end_s - self.clock.monotonic()) > 0:
            await sleep(self.clock, min(left_s, NEAR_END_S))
            if await self._is_disabled():
                return True
        return False

    async def _enable(self, *, on: bool) -> None:
        # In single mode the shutter may end its exposure between our look and our toggle, which
        # then opens it again: hence look, toggle, look until it is as wanted.
        for _ in range(TOGGLE_ATTEMPTS):
            if bool(await self.enabled.value()) == on:
                return
            await self._ask("ens")
        if bool(await self.enabled.value()) != on:
            wanted = "enabled" if on else "disabled"
            raise ReadBackDiffers(f"cannot be {wanted}", source=self.name)

    async def _is_closed(self) -> bool:
        return bool(await self.closed.value())

    async def _is_disabled(self) -> bool:
        return not await self.enabled.value()

    async def _ask(self, command: str) -> list[str]:
        request = f"{command}\r".encode("ascii")
        text = await self._link.exchange(request, answer_to(command), timeout_s=REPLY_TIMEOUT_S)
        return self._accepted(command, text)

    async def _recheck(self, talk: Conversation) -> None:
        await talk.send(b"id?\r")
        text = await talk.receive(answer_to("id?"), timeout_s=REPLY_TIMEOUT_S)
        self._named(self._accepted("id?", text))

    def _accepted(self, command: str, text: bytes) -> list[str]:
        lines = lines_of(text, command)
        for line in lines:
            if line.startswith("Command error"):
                code = line.rsplit(maxsplit=1)[-1]
                raise Rejected(f"{command}: {ERRORS.get(code, code)}", source=self.name)
        return lines

    def _named(self, lines: list[str]) -> str:
        text = " ".join(lines)
        if "SC10" not in text:
            raise WrongDevice(f"{text!r} answers instead of an SC10", source=self.name)
        return text
