"""Framing of the instruments that speak text, from the facts of their makers."""

import re
from typing import ClassVar, Final

from typing_extensions import override

from tests.icd.dialect import Dialect, Lines
from tests.icd.raw_wires import RawWire

SHORT: Final = {
    "MEASURE": "MEAS", "VOLTAGE": "VOLT", "CURRENT": "CURR", "OUTPUT": "OUTP", "FUNCTION": "FUNC",
    "SYSTEM": "SYST", "ERROR": "ERR", "COUNT": "COUN", "DWELL": "DWEL", "POINTS": "POIN",
    "CLEAR": "CLE",
}  # fmt: skip
REFUSED_EVENTS: Final = 0x3C  # errors of the query, the device, the execution and the command


class Mks937(Dialect):
    """`@`, address, message, `;FF`; the answer has ACK and a value, or NAK and a code."""

    @override
    def wrap(self, request: bytes) -> bytes:
        return b"@253" + request + b";FF"

    @override
    def split(self, stream: bytes) -> list[bytes]:
        *messages, rest = stream.split(b";FF")
        assert not rest
        assert all(message.startswith(b"@253") for message in messages)
        return [message[4:] for message in messages]

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert reply.startswith((b"@253ACK", b"@253NAK")), reply
        assert reply.endswith(b";FF"), reply
        return reply[4:-3].removeprefix(b"ACK")

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"nak {said[3:].decode()}" if said.startswith(b"NAK") else ""


class Alicat(Lines):
    """A letter for the unit; what is not understood is answered with a question mark."""

    reply_end: ClassVar[bytes] = b"\r"

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return said.decode() if said == b"?" else ""


class OrielLamp(Lines):
    """What is set is answered with the event register, which also says what was wrong."""

    reply_end: ClassVar[bytes] = b"\r"
    opening: ClassVar[tuple[bytes, ...]] = (b"ESR?",)  # the first answer tells of the power-up

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        refused = int(said[3:], 16) & REFUSED_EVENTS if said.startswith(b"ESR") else 0
        return f"esr {refused:02x}" if refused else ""


class Kepco(Lines):
    """SCPI; the short form of a header is the one compared."""

    end: ClassVar[bytes] = b"\n"
    reply_end: ClassVar[bytes] = b"\n"

    @override
    def split(self, stream: bytes) -> list[bytes]:
        return [re.sub(rb"[A-Z]+", _shortened, line) for line in super().split(stream)]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        errors: list[str] = []
        while (code := (await self.ask(wire, b"SYST:ERR?", 0.1)).decode().partition(",")[0]) != "0":
            errors.append(f"error {code}")
        return ", ".join(errors)


def _shortened(word: re.Match[bytes]) -> bytes:
    return SHORT.get(word[0].decode(), word[0].decode()).encode()


class Smartline(Lines):
    """Address, access code, two letters, length, data, check character.

    A request here is access code, letters and data.
    """

    reply_end: ClassVar[bytes] = b"\r"

    @override
    def wrap(self, request: bytes) -> bytes:
        return super().wrap(self._closed(b"001", request))

    @override
    def split(self, stream: bytes) -> list[bytes]:
        return [self._opened(line) for line in super().split(stream)]

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        said = self._opened(super().unwrap(request, reply))
        assert said[1:3] == request[1:3]
        assert said[:1] in {b"7", b"%d" % (int(request[:1]) + 1)}
        self._failed = said[:1] == b"7"
        return said[3:]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"error {said.decode()}" if self._failed else ""

    def __init__(self) -> None:
        self._failed = False

    @staticmethod
    def _closed(address: bytes, request: bytes) -> bytes:
        body = address + request[:3] + b"%02d" % len(request[3:]) + request[3:]
        return body + bytes([sum(body) % 64 + 64])

    def _opened(self, line: bytes) -> bytes:
        address, request = line[:3], line[3:6] + line[8:-1]
        assert self._closed(address, request) == line
        return request


class VatLines(Lines):
    """Lines whose answers repeat the header; errors are `E:` and six digits."""

    end: ClassVar[bytes] = b"\r\n"
    opening: ClassVar[tuple[bytes, ...]] = (b"c:0101",)  # in local access it obeys nothing

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"error {said[2:].decode()}" if said.startswith(b"E:") else ""


class PfeifferTelegrams(Lines):
    """Address, action, parameter, length, data, sum; a request here is `a0nnn` and the data."""

    reply_end: ClassVar[bytes] = b"\r"

    @override
    def wrap(self, request: bytes) -> bytes:
        return super().wrap(self._closed(request))

    @override
    def split(self, stream: bytes) -> list[bytes]:
        return [self._opened(line) for line in super().split(stream)]

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        said = self._opened(super().unwrap(request, reply))
        assert said[:5] == b"10" + request[2:5]
        return said[5:]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"error {said.decode()}" if said in {b"NO_DEF", b"_RANGE", b"_LOGIC"} else ""

    @staticmethod
    def _closed(request: bytes) -> bytes:
        body = b"001" + request[:5] + b"%02d" % len(request[5:]) + request[5:]
        return body + b"%03d" % (sum(body) % 256)

    def _opened(self, line: bytes) -> bytes:
        request = line[3:8] + line[10:-3]
        assert self._closed(request) == line
        return request
