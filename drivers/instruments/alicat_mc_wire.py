"""The exchange with one Alicat of a line, from its serial primer: a command, then one line back."""

from collections.abc import Callable
from typing import TypeVar

from drivers.core.errors import LinkLost, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.base import owned
from drivers.core.links.serial import Conversation, SerialLink
from drivers.instruments.alicat_mc_frames import (
    REFUSAL,
    ControlPoint,
    Line,
    decode,
    decode_firmware,
    decode_line,
    decode_register,
    encode,
    replies_of,
)

REPLY_TIMEOUT_S = 0.5
SILENT_CHARACTERS = 3.5  # after which the controller takes a command as complete
CONTROL_REGISTER = 122

GivenT = TypeVar("GivenT")
DecodedT = TypeVar("DecodedT")


class AlicatWire:
    """One controller with letter number `unit`; several may share the line."""

    def __init__(self, name: str, link: SerialLink, *, unit: int) -> None:
        self._name, self._link, self._unit = name, link, unit
        link.on_suspect(self._recheck)

    async def ask(self, command: str) -> str:
        """The answer without its letter; raise Rejected if the controller refuses."""
        text = await self.answer(command)
        if text == REFUSAL:
            raise Rejected(f"{command!r} is refused", source=self._name)
        return text

    async def answer(self, command: str) -> str:
        """The answer without its letter; `?` if the controller refuses."""
        try:
            reply = await self._link.exchange(
                encode(self._unit, command),
                replies_of(self._unit),
                timeout_s=REPLY_TIMEOUT_S,
                gap_s=SILENT_CHARACTERS * self._link.settings.character_s,
            )
        except LinkLost as error:  # the bus may carry another instrument's name
            raise owned(error, self._link.name, self._name) from error
        return self.decoded(decode, reply)

    async def line(self, command: str = "") -> Line:
        """The data line with which a command is answered."""
        return self.decoded(decode_line, await self.ask(command))

    async def firmware(self) -> str:
        """The firmware; raise WrongDevice if something else answers."""
        return self._named(await self.answer("VE"))

    async def control_point(self, wanted: ControlPoint | None = None) -> ControlPoint:
        """What is regulated, after `wanted` is set if it is given."""
        command = f"R{CONTROL_REGISTER}" if wanted is None else f"W{CONTROL_REGISTER}={wanted:d}"
        number, value = self.decoded(decode_register, await self.ask(command))
        if number != CONTROL_REGISTER or value not in set(ControlPoint):
            raise self._link.garbled(
                f"{value} in register {number} is no control point", source=self._name
            )
        return ControlPoint(value)

    def decoded(self, decoder: Callable[[GivenT], DecodedT], given: GivenT) -> DecodedT:
        """What `decoder` makes of an answer; raise Garbled for its CodecError."""
        try:
            return decoder(given)
        except CodecError as error:
            raise self._link.garbled(str(error), source=self._name) from None

    async def _recheck(self, talk: Conversation) -> None:
        await talk.send(encode(self._unit, "VE"))
        reply = await talk.receive(replies_of(self._unit), timeout_s=REPLY_TIMEOUT_S)
        self._named(self.decoded(decode, reply))

    def _named(self, text: str) -> str:
        try:
            return decode_firmware(text)
        except CodecError as error:
            raise WrongDevice(str(error), source=self._name) from None
