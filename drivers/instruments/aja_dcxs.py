"""AJA DCXS-750/1500 DC magnetron supply with gun shutters, from its RS-232 command table.

Commands are single letters, replies have a fixed length, nothing has a terminator and a set
is never acknowledged: every set here is followed by asking what the supply now holds.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError, Feed
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end

REPLY_TIMEOUT_S = 0.2
TYPE_LENGTH = 9
MATERIAL_LENGTH = 8
MATERIAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,8}")
POWER_MODE = 0
PROMPT = b">"  # sent at power-up; 62 needs a sixth gun in the shutter mask, so it is never data


@dataclass(frozen=True, slots=True)
class Letter:
    """One value: the letter that asks for it, its width, and how it is set.

    `shared` values add up over supplies in parallel; `idle` ones are taken only while off.
    """

    query: str
    width: int
    command: str = ""
    digits: int = 0
    shared: bool = False
    idle: bool = False


def reply_of(length: int, *, number: bool = False) -> Feed:
    """Cut one reply of `length` characters, with the power-up prompts in front of it kept.

    With `number` anything but decimal digits is a CodecError.
    """

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        end = len(buffer) - len(buffer.lstrip(PROMPT)) + length
        if len(buffer) < end:
            return [], buffer
        if number and not buffer[end - length : end].strip().isdigit():
            raise CodecError(f"{buffer[:end]!r} is no number of {length} digits")
        return [buffer[:end]], buffer[end:]

    return feed


def encode_set(letter: Letter, count: int) -> bytes:
    """The bytes that set `letter` to `count`."""
    return f"{letter.command}{count:0{letter.digits}d}".encode("ascii")


def encode_material(name: str) -> bytes:
    """The bytes that store a material name of at most eight ASCII characters."""
    return b"I" + name.encode("ascii").ljust(MATERIAL_LENGTH)


SETPOINT = Letter("b", 4, "C", 4)
MODE = Letter("c", 1, "D", 1)
GUN = Letter("y", 1, "Z", 1)


class AjaDcxs:
    """One DCXS supply, or the master of `units_in_parallel` equal ones feeding one target."""

    MODEL: ClassVar[str] = "AJA DCXS-750"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=38400)
    GUNS: ClassVar[int] = 4

    setpoint_counts = Setting(SETPOINT, unit="count", limits=Limits(0, 1000))
    active_gun = Setting(GUN, unit="", limits=Limits(1, 4), resolution=0)
    ramp_s = Setting(Letter("g", 2, "E", 2, idle=True), unit="s", limits=Limits(0, 99))
    shutter_delay_s = Setting(Letter("h", 2, "F", 2, idle=True), unit="s", limits=Limits(0, 99))
    deposition_min = Setting(Letter("i", 3, "G", 3, idle=True), unit="min", limits=Limits(0, 999))
    deposition_s = Setting(Letter("j", 2, "H", 2, idle=True), unit="s", limits=Limits(0, 59))
    power_w = Reading(Letter("d", 4, shared=True), unit="W")
    voltage_v = Reading(Letter("e", 4), unit="V")
    current_ma = Reading(Letter("f", 4, shared=True), unit="mA")
    remaining_min = Reading(Letter("k", 3), unit="min")
    remaining_s = Reading(Letter("l", 2), unit="s")
    fault_code = Reading(Letter("o", 1), unit="")

    def __init__(
        self,
        name: str,
        link: SerialLink,
        *,
        clock: Clock,
        unit: int = 1,
        units_in_parallel: int = 1,
    ) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self.units_in_parallel = units_in_parallel
        self._link = link
        self._identity = ""
        link.on_suspect(self._recheck)

    @property
    def limits_w(self) -> Limits:
        """The range of total power in W over all supplies in parallel."""
        return Limits(0, self.setpoint_counts.limits.high * self.units_in_parallel)

    async def identify(self) -> str:
        """Return the type, e.g. `DCXS750-4`; raise WrongDevice if it is no DCXS."""
        reply = await self._link.exchange(b"?", reply_of(TYPE_LENGTH), timeout_s=REPLY_TIMEOUT_S)
        self._identity = self._named(reply)
        return self._identity

    async def read_raw(self, ref: Letter) -> float:
        """Ask for one number; totals over all supplies where it is a shared one."""
        digits = await self._ask(ref.query, reply_of(ref.width, number=True))
        return float(digits) * (self.units_in_parallel if ref.shared else 1)

    async def write_raw(self, ref: Letter, raw: float) -> None:
        """Set one number and read it back; raise ReadBackDiffers, as there is no other reply."""
        if ref.idle and await self.output_on():
            raise Refused("taken by the supply only while its output is off", source=self.name)
        await self._link.send(encode_set(ref, round(raw)))
        held = await self.read_raw(ref)
        if held != round(raw):
            raise ReadBackDiffers(
                f"{ref.command} was set to {round(raw)} and reads {held:g}", source=self.name
            )

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        points = (
            *(self.setpoint_counts, self.active_gun, self.power_w, self.voltage_v),
            *(self.current_ma, self.ramp_s, self.shutter_delay_s, self.deposition_min),
            *(self.deposition_s, self.remaining_min, self.remaining_s, self.fault_code),
        )
        return {point.spec.name: await point.read() for point in points}

    async def output_on(self) -> bool:
        """Whether the output is on."""
        return await self._ask("a", reply_of(1, number=True)) == b"1"

    async def open_shutters(self) -> frozenset[int]:
        """The guns whose shutters are open.

        The supply itself opens the active gun's shutter once its shutter delay has passed with
        the output on, and closes it with the output.
        """
        mask = (await self._ask("p", reply_of(1)))[0]
        return frozenset(gun for gun in range(1, 6) if mask & 1 << (gun - 1))

    async def name_material(self, name: str) -> None:
        """Store the target's name, at most eight characters; raise Refused for another."""
        if not MATERIAL_NAME.fullmatch(name):
            raise Refused(
                f"{name!r} is no name of 1 to 8 letters, digits or - . _", source=self.name
            )
        await self._link.send(encode_material(name))
        held = (await self._ask("n", reply_of(MATERIAL_LENGTH))).decode("ascii", "replace").strip()
        if held != name:
            raise ReadBackDiffers(f"material {name!r} reads {held!r}", source=self.name)

    async def check(self) -> None:
        """Raise DeviceFault if the supply reports a fault, Tripped if its output is off."""
        await self._refuse_fault()
        if not await self.output_on():
            raise Tripped("the output is off", source=self.name)

    @asynccontextmanager
    async def delivering(self, watts: float, gun: int) -> AsyncGenerator[None]:
        """Hold `watts` in total on the target of `gun`; off is confirmed on leaving.

        Raises LimitExceeded before anything is sent, Refused if the output is already on,
        DeviceFault if the supply reports a fault.
        """
        if watts not in self.limits_w:
            high = self.limits_w.high
            raise LimitExceeded(f"{watts:g} W is outside 0 to {high:g} W", source=self.name)
        if not 1 <= gun <= self.GUNS:
            raise LimitExceeded(f"there is no gun {gun}", source=self.name)
        await self._refuse_fault()
        if await self.output_on():
            raise Refused("the output is already on", source=self.name)
        try:
            await self._prepare(watts, gun)
            await self._link.send(b"A")
            await self.check()
            yield
        finally:
            await to_the_end(self.make_safe())

    async def make_safe(self) -> None:
        """Switch the output off and read back that it is; raise ReadBackDiffers if it stays on."""
        await insist(self._switch_off)

    async def _switch_off(self) -> None:
        await self._link.send(b"B")
        if await self.output_on():
            raise ReadBackDiffers("was switched off and is still on", source=self.name)

    async def _prepare(self, watts: float, gun: int) -> None:
        await self.write_raw(MODE, POWER_MODE)
        await self.active_gun.write(gun)
        await self.setpoint_counts.write(round(watts / self.units_in_parallel))

    async def _refuse_fault(self) -> None:
        # Only the meaning of 0 is public.
        if (code := await self._ask("o", reply_of(1))) != b"0":
            raise DeviceFault(f"reports fault {code.decode('ascii', 'replace')}", source=self.name)

    async def _ask(self, query: str, feed: Feed) -> bytes:
        request = query.encode("ascii")
        reply = await self._link.exchange(request, feed, timeout_s=REPLY_TIMEOUT_S)
        answer = reply.lstrip(PROMPT)
        if len(answer) < len(reply) and self._identity:
            raise Restarted(
                "sent its power-up prompt: output and settings are lost", source=self.name
            )
        return answer

    async def _recheck(self, talk: Conversation) -> None:
        await talk.send(b"?")
        self._named(await talk.receive(reply_of(TYPE_LENGTH), timeout_s=REPLY_TIMEOUT_S))

    def _named(self, reply: bytes) -> str:
        text = reply.lstrip(PROMPT).decode("ascii", "replace")
        if not text.startswith("DCXS") or self._identity not in {"", text}:
            raise WrongDevice(f"{text!r} answers instead of a DCXS supply", source=self.name)
        return text
