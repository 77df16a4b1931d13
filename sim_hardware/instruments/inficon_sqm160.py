"""INFICON SQM-160 quartz crystal monitor, from the protocol chapter of its manual.

19200 8N1. A request is `!`, length + 34, message, two CRC bytes; a reply is `!`, length + 35,
status, data, two CRC bytes. CRC bytes are 34..161, so `!` only ever starts a frame.

Chosen here, not stated by the source: a bad CRC is answered like an unknown command (`C`); crystal
life is printed as a whole number; `W` lists rate, thickness and frequency per channel; `Z` and `T`
change nothing that can be read back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument

START = ord("!")
REQUEST_OFFSET, REPLY_OFFSET = 34, 35
LONGEST = 127  # the length byte ends at 161
TURNAROUND_S = 0.005


class Crystal(Protocol):
    """One sensor head in the chamber."""

    def rate_nm_s(self) -> float:
        """Growth of the film now."""
        ...

    def thickness_nm(self) -> float:
        """Film since the last zero."""
        ...

    def zero(self) -> None:
        """Count thickness from here."""
        ...

    def life_pct(self) -> float:
        """Life left of the crystal; zero or less when it has failed."""
        ...

    def frequency_hz(self) -> float:
        """Resonance; zero when it has failed."""
        ...


class InficonSqm160(StreamInstrument):
    """A monitor with `channels` inputs; `crystals` are the heads that are connected, from 1."""

    line_baud: ClassVar[int] = 19200

    def __init__(
        self, clock: LineClock, crystals: Mapping[int, Crystal], *, channels: int = 6
    ) -> None:
        self._clock, self._crystals, self._channels = clock, crystals, channels
        self.version = "MON Ver 4.13"
        self.restarted = True  # reported once by `Y`; thickness was lost
        self._buffer = bytearray()
        self._plain: dict[str, Callable[[], str]] = {
            "@": lambda: self.version,
            "J": lambda: str(self._channels),
            "M": lambda: _rate(self._mean(lambda head: head.rate_nm_s())),
            "O": lambda: _thickness(self._mean(lambda head: head.thickness_nm())),
            "S": self._zero,
            "T": lambda: "",
            "W": self._everything,
            "Y": self._was_restarted,
            "Z": lambda: "",
        }
        self._by_channel: dict[str, Callable[[int], str]] = {
            "L": lambda channel: _rate(self._of(channel, lambda head: head.rate_nm_s())),
            "N": lambda channel: _thickness(self._of(channel, lambda head: head.thickness_nm())),
            "P": lambda channel: f"{self._of(channel, lambda head: head.frequency_hz()):.3f}",
            "R": lambda channel: f"{self._of(channel, lambda head: head.life_pct()):.0f}",
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers: list[Answer] = []
        for byte in data:
            if byte == START:
                self._buffer = bytearray([START])
            elif self._buffer:
                self._buffer.append(byte)
                if (body := self._complete()) is not None:
                    answers.append(Answer(self._answer(body), TURNAROUND_S))
        return answers

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()
        self.restarted = True
        self._zero()

    def _complete(self) -> bytes | None:
        """Length byte, message and CRC of a finished frame; None while it is not."""
        count = self._buffer[1] - REQUEST_OFFSET
        if not 1 <= count <= LONGEST:
            self._buffer.clear()
            return None
        if len(self._buffer) < 2 + count + 2:
            return None
        body = bytes(self._buffer[1:])
        self._buffer.clear()
        return body

    def _answer(self, body: bytes) -> bytes:
        if crc14(body[:-2]) != body[-2:]:
            return _reply("C", "")
        return _reply(*self._obey(body[1:-2].decode("latin-1")))

    def _obey(self, message: str) -> tuple[str, str]:
        if message in self._plain:
            return "A", self._plain[message]()
        by_channel = self._by_channel.get(message[0])
        if by_channel is None:
            return "C", ""
        digits = message[1:].removesuffix("?")
        if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= self._channels):
            return "D", ""
        return "A", by_channel(int(digits))

    def _of(self, channel: int, value: Callable[[Crystal], float]) -> float:
        crystal = self._crystals.get(channel)
        return 0.0 if crystal is None else value(crystal)

    def _mean(self, value: Callable[[Crystal], float]) -> float:
        alive = [value(crystal) for crystal in self._crystals.values() if crystal.frequency_hz()]
        return sum(alive) / len(alive) if alive else 0.0

    def _zero(self) -> str:
        for crystal in self._crystals.values():
            crystal.zero()
        return ""

    def _was_restarted(self) -> str:
        flag, self.restarted = self.restarted, False
        return "1" if flag else "0"

    def _everything(self) -> str:
        names = "LNP"
        return " ".join(
            self._by_channel[name](channel).strip()
            for channel in range(1, self._channels + 1)
            for name in names
        )


def crc14(data: bytes) -> bytes:
    """CRC of 14 bits over length byte and message, as two printable-range bytes."""
    crc = 0x3FFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x2001 if crc & 1 else crc >> 1
        crc &= 0x3FFF
    return bytes([(crc & 0x7F) + 34, ((crc >> 7) & 0x7F) + 34])


def _reply(status: str, data: str) -> bytes:
    text = (status + data).encode("latin-1")
    body = bytes([len(text) + REPLY_OFFSET]) + text
    return b"!" + body + crc14(body)


def _rate(nm_s: float) -> str:
    """Angstrom per second."""
    return f"{nm_s * 10.0:5.2f} "


def _thickness(nm: float) -> str:
    """Kiloangstrom."""
    return f"{nm / 100.0:6.3f} "
