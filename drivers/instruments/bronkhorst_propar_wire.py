"""The exchange with one Bronkhorst instrument, from the RS-232 manual: ask, set, acknowledge."""

from collections.abc import Callable
from typing import TypeVar

from drivers.core.errors import DriverError, NoReply, Refused, Rejected
from drivers.core.framing import CodecError
from drivers.core.links.serial import Conversation, SerialLink
from drivers.instruments.bronkhorst_propar_frames import (
    ERROR_WORDS,
    NO_RESPONSE,
    OK,
    TIME_OUTS,
    Message,
    Parameter,
    answers_to,
    decode,
    decode_error,
    decode_number,
    decode_status,
    decode_text,
    encode,
    in_text,
    request,
    write,
)

REPLY_TIMEOUT_S = 0.5

DecodedT = TypeVar("DecodedT")


class ProparWire:
    """One instrument at `node`; the one directly on the line has node 128."""

    def __init__(self, name: str, link: SerialLink, *, node: int) -> None:
        self._name, self._link, self._node = name, link, node
        self._sequence = 0

    async def number(self, parameter: Parameter) -> float:
        """Ask for a number."""
        data = await self._exchange(request(parameter))
        return self._decoded(decode_number, data, parameter)

    async def text(self, parameter: Parameter) -> str:
        """Ask for a text."""
        data = await self._exchange(request(parameter))
        return self._decoded(decode_text, data, parameter)

    async def text_within(self, talk: Conversation, parameter: Parameter) -> str:
        """Ask for a text in a conversation that is already held."""
        asked = self._message(request(parameter))
        await talk.send(encode(asked))
        frame = await talk.receive(answers_to(asked), timeout_s=REPLY_TIMEOUT_S)
        return self._decoded(decode_text, self._granted(asked, frame), parameter)

    async def write(self, parameter: Parameter, number: float) -> None:
        """Set a number; raise Rejected with the reason unless it is acknowledged."""
        try:
            data = write(parameter, number)
        except CodecError as error:
            raise Refused(str(error), source=self._name) from None
        answer = await self._exchange(data)
        if decode_status(answer) is None:
            raise self._link.garbled(f"{answer.hex(' ')} acknowledges nothing", source=self._name)

    def _message(self, data: bytes) -> Message:
        self._sequence = (self._sequence + 1) % 256
        return Message(self._sequence, self._node, data)

    async def _exchange(self, data: bytes) -> bytes:
        asked = self._message(data)
        frame = await self._link.exchange(
            encode(asked), answers_to(asked), timeout_s=REPLY_TIMEOUT_S
        )
        return self._granted(asked, frame)

    def _granted(self, asked: Message, frame: bytes) -> bytes:
        """The data of an answer that is neither an error nor a status of failure."""
        data = decode(frame).data
        if (code := decode_error(data)) is not None:
            words = ERROR_WORDS.get(code, f"error {code}")
            raise self._failure(asked, words, unanswered=code == NO_RESPONSE)
        status = decode_status(data)
        if status is not None and status.code != OK:
            raise self._failure(asked, status.words, unanswered=status.code in TIME_OUTS)
        return data

    def _failure(self, asked: Message, words: str, *, unanswered: bool) -> DriverError:
        kind = NoReply if unanswered else Rejected
        return kind(f"{in_text(asked)}: {words}", source=self._name)

    def _decoded(
        self, decoder: Callable[[bytes, Parameter], DecodedT], data: bytes, parameter: Parameter
    ) -> DecodedT:
        try:
            return decoder(data, parameter)
        except CodecError as error:
            raise self._link.garbled(str(error), source=self._name) from None
