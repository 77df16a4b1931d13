"""Advanced Energy Cesar 1312 RF generator (13.56 MHz, 1200 W) on its AE Bus, from its manual."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    InterlockOpen,
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
from drivers.core.waiting import until
from drivers.instruments.ae_cesar_frames import (
    ACK,
    NAK,
    REFUSALS,
    Command,
    Packet,
    ProcessStatus,
    answer_to,
    decode,
    decode_status,
    decode_word,
    encode,
)

REPLY_TIMEOUT_S = 0.5
ATTEMPTS = 3
CONTROL_BY_HOST = 2
ACCEPTED = 0
POLL_S = 0.2


class Regulation(IntEnum):
    """What the set-point means: W sent, W absorbed, or V of DC bias at the electrode."""

    FORWARD = 6
    LOAD = 7
    EXTERNAL = 8


@dataclass(frozen=True, slots=True)
class Value:
    """A 16-bit value: the command that reports it and the one that sets it."""

    report: Command
    act: Command | None = None


class AeCesar:
    """One generator at address `unit`."""

    MODEL: ClassVar[str] = "AE Cesar 1312"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600, parity="O")

    setpoint_w = Setting(
        Value(Command.SETPOINT, Command.SET_SETPOINT), unit="W", limits=Limits(0, 1200)
    )
    bias_setpoint_v = Setting(
        Value(Command.SETPOINT, Command.SET_SETPOINT), unit="V", limits=Limits(0, 1000)
    )
    forward_limit_w = Setting(
        Value(Command.FORWARD_LIMIT, Command.SET_FORWARD_LIMIT), unit="W", limits=Limits(0, 1200)
    )
    reflected_limit_w = Setting(
        Value(Command.REFLECTED_LIMIT, Command.SET_REFLECTED_LIMIT),
        unit="W",
        limits=Limits(0, 300),
    )
    forward_w = Reading(Value(Command.FORWARD_POWER), unit="W")
    reflected_w = Reading(Value(Command.REFLECTED_POWER), unit="W")
    load_w = Reading(Value(Command.LOAD_POWER), unit="W")
    dc_bias_v = Reading(Value(Command.DC_BIAS), unit="V")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return the type, `CESAR`; raise WrongDevice for another generator."""
        return self._named(await self._exchange(Command.TYPE))

    async def read_raw(self, ref: Value) -> float:
        """Ask for one number."""
        return float(self._word(await self._exchange(ref.report)))

    async def write_raw(self, ref: Value, raw: float) -> None:
        """Set one number; raise Rejected with the generator's reason."""
        if ref.act is None:
            raise Rejected(f"{ref.report.name} cannot be set", source=self.name)
        await self._act(ref.act, round(raw).to_bytes(2, "little"))

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name, and the set-point only in the unit that it is in."""
        biased = await self.regulation() is Regulation.EXTERNAL
        points = (
            self.bias_setpoint_v if biased else self.setpoint_w,
            *(self.forward_w, self.reflected_w, self.load_w, self.dc_bias_v),
            *(self.forward_limit_w, self.reflected_limit_w),
        )
        return {point.spec.name: await point.read() for point in points}

    async def regulation(self) -> Regulation:
        """What the set-point means at present."""
        data = await self._exchange(Command.REGULATION)
        if data[:1] not in {bytes((known,)) for known in Regulation}:
            raise Garbled(f"{data.hex()!r} is no regulation mode", source=self.name)
        return Regulation(data[0])

    async def status(self) -> ProcessStatus:
        """The process status."""
        try:
            return decode_status(await self._exchange(Command.STATUS))
        except CodecError as error:
            raise Garbled(str(error), source=self.name) from None

    async def check(self) -> None:
        """Raise DeviceFault for a fault, Tripped if RF is off or the interlock open."""
        status = await self.status()
        if status.faults:
            raise DeviceFault(", ".join(status.faults), source=self.name)
        if status.interlock_open:
            raise Tripped("the interlock opened", source=self.name)
        if not status.rf_on:
            raise Tripped("RF is off", source=self.name)

    async def reach_setpoint(self, *, deadline_s: float) -> None:
        """Wait until the output is at its set-point; raise NotReached, or as `check`."""

        async def at_setpoint() -> bool:
            await self.check()
            return not (await self.status()).out_of_setpoint

        what = f"{self.name} at set-point"
        await until(at_setpoint, deadline_s=deadline_s, clock=self.clock, what=what, poll_s=POLL_S)

    @asynccontextmanager
    async def delivering(
        self, value: float, *, regulation: Regulation = Regulation.FORWARD
    ) -> AsyncGenerator[None]:
        """RF on at `value`, in W or for `EXTERNAL` in V of DC bias; off is confirmed on leaving.

        Raises LimitExceeded before anything is sent, InterlockOpen, DeviceFault, Refused if RF
        is already on, Rejected with the generator's reason.
        """
        setpoint = self._setpoint(regulation)
        if value not in setpoint.limits:
            raise LimitExceeded(
                f"{value:g} {setpoint.spec.unit} is outside 0 to {setpoint.limits.high:g}",
                source=self.name,
            )
        await self._act(Command.SET_CONTROL_MODE, bytes((CONTROL_BY_HOST,)))
        await self._refuse_unready()
        try:
            await self._act(Command.SET_REGULATION, bytes((regulation,)))
            if (held := await self.regulation()) is not regulation:
                raise ReadBackDiffers(f"regulates {held.name.lower()}", source=self.name)
            await setpoint.write_and_verify(value)
            await self._act(Command.RF_ON)
            await self.check()
            yield
        finally:
            await to_the_end(self.make_safe())

    async def make_safe(self) -> None:
        """Switch RF off and confirm it in the status; raise ReadBackDiffers if it stays on."""
        await insist(self._switch_off, attempts=ATTEMPTS)

    async def _switch_off(self) -> None:
        try:
            await self._act(Command.SET_CONTROL_MODE, bytes((CONTROL_BY_HOST,)))
            await self._act(Command.RF_OFF)
        except Rejected:
            # Off may be refused because it is off already: the status decides.
            pass
        status = await self.status()
        if status.rf_on or status.rf_requested:
            raise ReadBackDiffers("RF was switched off and is still on", source=self.name)

    async def _refuse_unready(self) -> None:
        status = await self.status()
        if status.faults:
            raise DeviceFault(", ".join(status.faults), source=self.name)
        if status.interlock_open:
            raise InterlockOpen("the generator's interlock is open", source=self.name)
        if status.rf_on or status.rf_requested:
            raise Refused("RF is already on", source=self.name)

    def _setpoint(self, regulation: Regulation) -> BoundSetting[Value]:
        return self.bias_setpoint_v if regulation is Regulation.EXTERNAL else self.setpoint_w

    async def _act(self, command: Command, data: bytes = b"") -> None:
        reply = await self._exchange(command, data)
        code = reply[0] if reply else ACCEPTED
        if code != ACCEPTED:
            words = REFUSALS.get(code, "no reason known")
            raise Rejected(f"{command.name}: {words} (code {code})", source=self.name)

    async def _exchange(self, command: Command, data: bytes = b"") -> bytes:
        async with self._link.conversation() as talk:
            return await self._exchange_in(talk, command, data)

    async def _exchange_in(self, talk: Conversation, command: Command, data: bytes = b"") -> bytes:
        request = Packet(self.unit, command, data)
        for _ in range(ATTEMPTS):
            await talk.send(encode(request))
            answer = await talk.receive(answer_to(request), timeout_s=REPLY_TIMEOUT_S)
            if answer != NAK:
                await talk.send(ACK)
                return decode(answer[1:]).data
        raise Rejected(f"{command.name}: not acknowledged {ATTEMPTS} times", source=self.name)

    async def _recheck(self, talk: Conversation) -> None:
        self._named(await self._exchange_in(talk, Command.TYPE))

    def _word(self, data: bytes) -> int:
        try:
            return decode_word(data)
        except CodecError as error:
            raise Garbled(str(error), source=self.name) from None

    def _named(self, data: bytes) -> str:
        text = data.decode("ascii", "replace").strip("\x00 ")
        if text != "CESAR":
            raise WrongDevice(f"{text!r} answers instead of a Cesar", source=self.name)
        return text
