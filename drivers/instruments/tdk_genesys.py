"""TDK-Lambda Genesys DC supply used as a plating rectifier, from its serial command manual.

Several supplies share one line and only the one addressed last answers, so that every exchange
here begins by addressing. The class of supply is GEN10-330; a smaller one limits itself.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.clock import Clock, sleep
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import BoundSetting, Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end

REPLY_TIMEOUT_S = 0.5
COMMAND_GAP_S = 0.01
LONGEST_LINE = 80
ON_WORDS = frozenset({"ON", "1"})
OFF_WORDS = frozenset({"OFF", "0"})
CONSTANT_CURRENT = "CC"
MODE_OFF = "OFF"
FOLDBACK_ARMED = 0x20  # in STAT?

REFUSALS: Mapping[str, str] = {
    "C01": "illegal command",
    "C02": "missing parameter",
    "C03": "illegal parameter",
    "C04": "wrong checksum",
    "C05": "out of range",
    "E01": "voltage too high for the rating or the overvoltage protection",
    "E02": "voltage below the undervoltage limit",
    "E04": "overvoltage protection too close to the voltage",
    "E06": "undervoltage limit above the voltage",
    "E07": "output cannot be switched on during a fault",
}
FAULT_BITS: Mapping[int, str] = {
    1: "mains failure",
    2: "overtemperature",
    3: "foldback: left constant current",
    4: "overvoltage",
    5: "shut off from the rear",
    6: "switched off from the front",
    7: "enable contact open",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A value: `word?` asks for it, `word n` sets it with so many decimals."""

    word: str
    decimals: int = 2


def answers(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut lines ended by CR, leaving out the service requests `!nn` that may come unasked."""
    *lines, rest = buffer.replace(b"\n", b"").split(b"\r")
    if len(rest) > LONGEST_LINE:
        raise CodecError(f"{len(rest)} bytes without an end of line")
    return [line for line in lines if line and not line.startswith(b"!")], rest


def faults_in(register: int) -> tuple[str, ...]:
    """The faults of the FLT? register in words."""
    return tuple(words for bit, words in FAULT_BITS.items() if register >> bit & 1)


def rating_of(identity: str) -> tuple[float, float]:
    """Volts and amperes of e.g. `LAMBDA,GEN10-330`; raise CodecError for another name."""
    found = re.search(r"GENH?(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", identity)
    if found is None:
        raise CodecError(f"{identity!r} is no Genesys")
    return float(found[1]), float(found[2])


class TdkGenesys:
    """One supply at address `unit`."""

    MODEL: ClassVar[str] = "TDK-Lambda Genesys"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    voltage_v = Reading(Word("MV"), unit="V")
    current_a = Reading(Word("MC"), unit="A")
    voltage_limit_v = Setting(
        Word("PV", decimals=3), unit="V", limits=Limits(0, 10), resolution=0.01
    )
    current_setpoint_a = Setting(Word("PC"), unit="A", limits=Limits(0, 330), resolution=0.02)
    overvoltage_v = Setting(Word("OVP"), unit="V", limits=Limits(0.5, 12), resolution=0.05)

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 6) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._rating_v = self.voltage_limit_v.limits.high
        self._rating_a = self.current_setpoint_a.limits.high
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return maker and model and take over its rating; raise WrongDevice for another."""
        return self._named(await self._ask("IDN?"))

    async def read_raw(self, ref: Word) -> float:
        """Ask for one number."""
        text = await self._ask(f"{ref.word}?")
        try:
            return float(text)
        except ValueError:
            raise self._link.garbled(
                f"{text!r} for {ref.word}? is no number", source=self.name
            ) from None

    async def write_raw(self, ref: Word, raw: float) -> None:
        """Set one number; raise Rejected with the supply's reason."""
        await self._set(f"{ref.word} {raw:.{ref.decimals}f}")

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        points = (
            *(self.voltage_v, self.current_a, self.voltage_limit_v),
            *(self.current_setpoint_a, self.overvoltage_v),
        )
        return {point.spec.name: await point.read() for point in points}

    async def output_on(self) -> bool:
        """Whether the output is on."""
        word = await self._ask("OUT?")
        if word not in ON_WORDS | OFF_WORDS:
            raise self._link.garbled(f"{word!r} for OUT? is neither on nor off", source=self.name)
        return word in ON_WORDS

    async def mode(self) -> str:
        """`CV`, `CC` or `OFF`."""
        return await self._ask("MODE?")

    async def faults(self) -> tuple[str, ...]:
        """The faults that the supply reports, in words."""
        return faults_in(await self._register("FLT?"))

    async def arm_foldback(self, *, armed: bool) -> None:
        """Let the supply switch itself off when it leaves constant current, or not."""
        await self._set(f"FLD {armed:d}")
        if bool(await self._register("STAT?") & FOLDBACK_ARMED) != armed:
            raise ReadBackDiffers(f"foldback is not {'on' if armed else 'off'}", source=self.name)

    async def check(self) -> None:
        """Raise DeviceFault for any fault, Tripped unless it delivers at constant current."""
        await self._refuse_fault()
        mode = await self.mode()
        if mode == MODE_OFF:
            raise Tripped("the output is off", source=self.name)
        if mode != CONSTANT_CURRENT:
            raise Tripped("the voltage limit is reached: a contact is lost", source=self.name)

    @asynccontextmanager
    async def delivering(self, amps: float, volts_limit: float) -> AsyncGenerator[None]:
        """Hold `amps`, never above `volts_limit`; off is confirmed on leaving.

        Raises LimitExceeded before anything is sent, DeviceFault for a fault, Refused if the
        output is already on, Rejected with the supply's reason.
        """
        self._refuse_beyond(self.current_setpoint_a, amps, self._rating_a)
        self._refuse_beyond(self.voltage_limit_v, volts_limit, self._rating_v)
        await self._take_control()
        await self._refuse_fault()
        if await self.output_on():
            raise Refused("the output is already on", source=self.name)
        try:
            await self.voltage_limit_v.write_and_verify(volts_limit)
            await self.current_setpoint_a.write_and_verify(amps)
            await self._set("OUT 1")
            if not await self.output_on():
                raise ReadBackDiffers("was switched on and is off", source=self.name)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def make_safe(self) -> None:
        """Switch the output off and confirm it; raise ReadBackDiffers if it stays on."""
        await insist(self._switch_off)

    async def _switch_off(self) -> None:
        await self._set("OUT 0")
        if await self.output_on() or await self.mode() != MODE_OFF:
            raise ReadBackDiffers("was switched off and is still on", source=self.name)

    async def _take_control(self) -> None:
        await self._set("RMT REM")
        if (held := await self._ask("RMT?")) not in {"REM", "LLO"}:
            raise ReadBackDiffers(f"remote control is {held!r}", source=self.name)

    async def _refuse_fault(self) -> None:
        if faults := await self.faults():
            raise DeviceFault(", ".join(faults), source=self.name)

    def _refuse_beyond(self, setting: BoundSetting[Word], value: float, rating: float) -> None:
        limits = Limits(setting.limits.low, min(setting.limits.high, rating))
        if value not in limits:
            name, unit = setting.spec.name, setting.spec.unit
            raise LimitExceeded(
                f"{name} = {value:g} {unit} is outside {limits.low:g} to {limits.high:g} {unit}",
                source=self.name,
            )

    async def _register(self, query: str) -> int:
        text = await self._ask(query)
        try:
            return int(text, 16)
        except ValueError:
            raise self._link.garbled(
                f"{text!r} for {query} is no register", source=self.name
            ) from None

    async def _set(self, command: str) -> None:
        if (reply := await self._ask(command)) != "OK":
            raise self._link.garbled(f"{reply!r} does not acknowledge {command}", source=self.name)

    async def _ask(self, command: str) -> str:
        async with self._link.conversation() as talk:
            return await self._addressed(talk, command)

    async def _addressed(self, talk: Conversation, command: str) -> str:
        if (reply := await self._line(talk, f"ADR {self.unit}")) != "OK":
            raise self._link.garbled(
                f"{reply!r} does not acknowledge its address", source=self.name
            )
        return await self._line(talk, command)

    async def _recheck(self, talk: Conversation) -> None:
        # An OK may acknowledge anything that was said before: only the name is no OK.
        self._named(await self._addressed(talk, "IDN?"))

    def _named(self, identity: str) -> str:
        try:
            self._rating_v, self._rating_a = rating_of(identity)
        except CodecError as error:
            raise WrongDevice(str(error), source=self.name) from None
        return identity

    async def _line(self, talk: Conversation, command: str) -> str:
        await talk.send(f"{command}\r".encode("ascii"))
        line = await talk.receive(answers, timeout_s=REPLY_TIMEOUT_S)
        reply = line.decode("ascii", "replace").strip()
        if reply in REFUSALS:
            raise Rejected(f"{command}: {REFUSALS[reply]} ({reply})", source=self.name)
        await sleep(self.clock, COMMAND_GAP_S)
        return reply
