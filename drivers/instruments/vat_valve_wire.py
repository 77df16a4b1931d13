"""The lines of one VAT valve on its port: questions, commands, and the ranges of its counts."""

from collections.abc import Generator
from contextlib import contextmanager

from drivers.core.errors import Rejected
from drivers.core.framing import CodecError
from drivers.core.links.serial import Conversation, SerialLink
from drivers.instruments.vat_valve_frames import (
    REFUSALS,
    TRANSMISSION_ERRORS,
    Ranges,
    answers_to,
    decode,
    decode_ranges,
    encode,
)

REPLY_TIMEOUT_S = 0.3  # the valve acknowledges within 10 ms; its longest line takes 25 ms more
ATTEMPTS = 3


class VatWire:
    """What one valve is told and asked; a line that it received spoilt is sent again."""

    def __init__(self, name: str, link: SerialLink) -> None:
        self._name, self._link = name, link
        self._ranges: Ranges | None = None

    async def ask(self, header: str) -> str:
        """What stands behind the header in the answer; raise Rejected with the reason."""
        async with self._link.conversation() as talk:
            return await self.say_in(talk, header)

    async def set(self, header: str, data: str = "") -> None:
        """Give a command and have it acknowledged; raise Rejected with the reason."""
        async with self._link.conversation() as talk:
            said = await self.say_in(talk, header, data)
        if said:
            raise self._link.garbled(f"{said!r} does not acknowledge {header}", source=self._name)

    async def say_in(self, talk: Conversation, header: str, data: str = "") -> str:
        """Ask or command within a conversation."""
        error = 0
        for _ in range(ATTEMPTS):
            await talk.send(encode(header, data))
            line = await talk.receive(answers_to(header), timeout_s=REPLY_TIMEOUT_S)
            error, text = decode(line, header)
            if not error:
                return text
            if error not in TRANSMISSION_ERRORS:
                break
        words = REFUSALS.get(error, "no reason known")
        raise Rejected(f"{header}{data}: {words} (E:{error:06d})", source=self._name)

    async def ranges(self) -> Ranges:
        """How many counts are the whole stroke and the whole sensor; asked for once."""
        if self._ranges is None:
            text = await self.ask("i:21")
            with self.understood():
                self._ranges = decode_ranges(text)
        return self._ranges

    def forget_ranges(self) -> None:
        """Ask for them anew when they are needed next."""
        self._ranges = None

    @contextmanager
    def understood(self) -> Generator[None]:
        """Within it an answer of another form than the manual's is Garbled."""
        try:
            yield
        except CodecError as error:
            raise self._link.garbled(str(error), source=self._name) from None
