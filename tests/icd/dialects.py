"""How each instrument with a protocol of its own frames what its document lists.

Written from the same facts as the documents, and from no driver and no emulator.
"""

import re
import struct
from abc import ABC, abstractmethod
from typing import ClassVar

from typing_extensions import override

from tests.icd.raw_wires import RawWire

NUMBER = re.compile(rb"[-+]?\d+(\.\d+)?(E[-+]?\d+)?")
FLAG = 0x7E
STUFFED = {0x7E: 0x5E, 0x7D: 0x5D, 0x11: 0x31, 0x13: 0x33}


class Dialect(ABC):
    """Frames around requests and replies. `opening` is said before anything else works."""

    binary: ClassVar[bool] = False
    opening: ClassVar[tuple[bytes, ...]] = ()

    @abstractmethod
    def wrap(self, request: bytes) -> bytes:
        """The bytes on the wire."""

    @abstractmethod
    def split(self, stream: bytes) -> list[bytes]:
        """The requests in everything that a host sent."""

    @abstractmethod
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        """What a reply says, once its frame was found right."""

    async def ask(self, wire: RawWire, request: bytes, wait_s: float = 2.0) -> bytes:
        """What the instrument says to a request."""
        return self.unwrap(request, await wire.ask(self.wrap(request), wait_s))

    async def verdict(self, wire: RawWire, said: bytes) -> str:
        """How the instrument objected to the last command; empty if it did not."""
        del wire, said
        return ""


class _Lines(Dialect):
    """Text lines."""

    end: ClassVar[bytes] = b"\r"
    reply_end: ClassVar[bytes] = b"\r\n"

    @override
    def wrap(self, request: bytes) -> bytes:
        return request + self.end

    @override
    def split(self, stream: bytes) -> list[bytes]:
        *lines, rest = stream.split(self.end)
        assert not rest
        return lines

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert not reply or reply.endswith(self.reply_end), reply
        return reply.removesuffix(self.reply_end)


class Dcxs(Dialect):
    """No terminators: a letter, and as many characters as that letter has."""

    arguments: ClassVar[dict[bytes, int]] = {
        b"C": 4, b"D": 1, b"E": 2, b"F": 2, b"G": 3, b"H": 2, b"I": 8, b"Z": 1,
    }  # fmt: skip

    @override
    def wrap(self, request: bytes) -> bytes:
        return request

    @override
    def split(self, stream: bytes) -> list[bytes]:
        found: list[bytes] = []
        while stream:
            end = 1 + self.arguments.get(stream[:1], 0)
            found.append(stream[:end])
            stream = stream[end:]
        return found

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        return reply


class Sqm160(Dialect):
    """`!`, length, message, CRC of 14 bits."""

    @override
    def wrap(self, request: bytes) -> bytes:
        return self._framed(request, 34)

    @override
    def split(self, stream: bytes) -> list[bytes]:
        found: list[bytes] = []
        while stream:
            end = 2 + stream[1] - 34 + 2
            found.append(stream[2 : end - 2])
            assert self.wrap(found[-1]) == stream[:end]
            stream = stream[end:]
        return found

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        said = reply[2:-2]
        assert reply == self._framed(said, 35)
        return said

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return "" if said[:1] == b"A" else said[:1].decode()

    @staticmethod
    def _framed(text: bytes, offset: int) -> bytes:
        body, crc = bytes([len(text) + offset]) + text, 0x3FFF
        for byte in body:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ 0x2001 if crc & 1 else crc >> 1
        return b"!" + body + bytes([(crc & 0x7F) + 34, (crc >> 7 & 0x7F) + 34])


class Tmcl(Dialect):
    """Nine bytes: module, request of seven, sum. What is said is status and value."""

    binary: ClassVar[bool] = True

    @override
    def wrap(self, request: bytes) -> bytes:
        return self._summed(b"\x01" + request)

    @override
    def split(self, stream: bytes) -> list[bytes]:
        frames = [stream[at : at + 9] for at in range(0, len(stream), 9)]
        assert all(frame == self.wrap(frame[1:8]) for frame in frames)
        return [frame[1:8] for frame in frames]

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert len(reply) == 9
        if request[:2] == b"\x88\x00":  # the version as text has neither status nor sum
            return reply[1:]
        assert reply == self._summed(reply[:8])
        assert reply[:2] + reply[3:4] == b"\x02\x01" + request[:1]
        return reply[2:3] + reply[4:8]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return "" if said[0] in {100, 101} else f"status {said[0]}"

    @staticmethod
    def _summed(body: bytes) -> bytes:
        return body + bytes([sum(body) & 0xFF])


class Esp301(_Lines):
    """Errors wait in a queue."""

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        errors: list[str] = []
        while (code := await self.ask(wire, b"TE?", 0.1)) != b"0":
            errors.append(f"error {code.decode()}")
        return ", ".join(errors)


class Sc10(_Lines):
    """The controller echoes, answers and prompts."""

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert reply.startswith(request + b"\r")
        assert reply.endswith(b"> ")
        return reply[len(request) + 1 : -2].removesuffix(b"\r")

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return said.decode() if said.startswith(b"Command error") else ""


class Pm100(_Lines):
    """SCPI; the short form of a header is the one compared."""

    end: ClassVar[bytes] = b"\n"
    reply_end: ClassVar[bytes] = b"\n"

    @override
    def split(self, stream: bytes) -> list[bytes]:
        return [line.replace(b"SENSE:", b"SENS:") for line in super().split(stream)]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        errors: list[str] = []
        while not (error := await self.ask(wire, b"SYST:ERR?", 0.1)).startswith(b"+0,"):
            errors.append(f"error {error.decode().partition(',')[0]}")
        return ", ".join(errors)


class Julabo(_Lines):
    """What was wrong stands in the status until the next command."""

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        status = (await self.ask(wire, b"STATUS")).decode()
        return f"status {status[:3]}" if status.startswith("-") else ""


class Genesys(_Lines):
    """Only the supply that was addressed answers."""

    opening: ClassVar[tuple[bytes, ...]] = (b"ADR 6",)
    reply_end: ClassVar[bytes] = b"\r"

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return "" if said == b"OK" else said.decode()


class AeBus(Dialect):
    """Packets closed by an exclusive-or; both sides acknowledge with 06."""

    binary: ClassVar[bool] = True
    opening: ClassVar[tuple[bytes, ...]] = (b"\x0e\x02",)

    @override
    def wrap(self, request: bytes) -> bytes:
        assert len(request) < 8
        return self._closed(bytes([1 << 3 | len(request) - 1]) + request)

    @override
    def split(self, stream: bytes) -> list[bytes]:
        found: list[bytes] = []
        while stream := stream.lstrip(b"\x06"):
            end = 3 + (stream[0] & 7)
            found.append(stream[1 : end - 1])
            assert self.wrap(found[-1]) == stream[:end]
            stream = stream[end:]
        return found

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert reply[0] == 0x06
        assert reply[1] >> 3 == 1
        assert reply[2] == request[0]
        data = reply[4:-1] if reply[1] & 7 == 7 else reply[3:-1]
        assert self._closed(reply[1:-1]) == reply[1:]
        return data

    @override
    async def ask(self, wire: RawWire, request: bytes, wait_s: float = 2.0) -> bytes:
        said = await super().ask(wire, request, wait_s)
        assert await wire.ask(b"\x06", 0.01) == b""
        return said

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"csr {said[0]}" if said[0] else ""

    @staticmethod
    def _closed(body: bytes) -> bytes:
        total = 0
        for byte in body:
            total ^= byte
        return body + bytes([total])


class Shdlc(Dialect):
    """Stuffed bytes between flags; the state byte is kept for the verdict."""

    binary: ClassVar[bool] = True

    def __init__(self) -> None:
        self._state = 0

    @override
    def wrap(self, request: bytes) -> bytes:
        return self._flagged(bytes([0, request[0], len(request) - 1]) + request[1:])

    @override
    def split(self, stream: bytes) -> list[bytes]:
        frames = [self._bare(part) for part in stream.split(bytes([FLAG])) if part]
        assert all(frame[2] == len(frame) - 4 for frame in frames)
        return [frame[1:2] + frame[3:-1] for frame in frames]

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        body = self._bare(reply[1:-1])
        assert self._flagged(body[:-1]) == reply
        assert (body[0], body[1], body[3]) == (0, request[0], len(body) - 5)
        self._state = body[2] & 0x7F
        return body[4:-1]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"state {self._state}" if self._state else ""

    @staticmethod
    def _flagged(content: bytes) -> bytes:
        whole = content + bytes([~sum(content) & 0xFF])
        stuffed = b"".join(
            bytes([0x7D, STUFFED[byte]]) if byte in STUFFED else bytes([byte]) for byte in whole
        )
        return bytes([FLAG]) + stuffed + bytes([FLAG])

    @staticmethod
    def _bare(stuffed: bytes) -> bytes:
        for plain, escaped in STUFFED.items():
            if plain != 0x7D:
                stuffed = stuffed.replace(bytes([0x7D, escaped]), bytes([plain]))
        return stuffed.replace(bytes([0x7D, 0x5D]), b"\x7d")


DIALECTS: dict[str, type[Dialect]] = {
    "ae_cesar": AeBus,
    "aja_dcxs": Dcxs,
    "inficon_sqm160": Sqm160,
    "julabo_cf31": Julabo,
    "newport_esp301": Esp301,
    "sensirion_sfc5500": Shdlc,
    "tdk_genesys": Genesys,
    "thorlabs_pm100": Pm100,
    "thorlabs_sc10": Sc10,
    "trinamic_tmcm1640": Tmcl,
}


def fits(reply: str, said: bytes, *, binary: bool) -> bool:
    """Whether a reply has the form that its row states."""
    if not binary:
        return re.fullmatch(reply.encode("latin-1"), said, re.DOTALL) is not None
    if reply.startswith("text "):
        return re.fullmatch(reply[5:].encode(), said.rstrip(b"\0")) is not None
    if reply == "u8+":
        return len(said) > 0
    return len(said) == sum(_size(word) for word in reply.split()) and all(
        said[at] == literal for at, literal in _literals(reply)
    )


def number_of(reply: str, said: bytes, *, binary: bool) -> float:
    """The first number that a reply carries."""
    if not binary:
        found = NUMBER.search(said)
        assert found is not None, said
        return float(found[0])
    at = 0
    for word in reply.split():
        if word in FORMS:
            (value,) = struct.unpack_from(FORMS[word], said, at)
            return float(value)
        at += _size(word)
    raise ValueError(f"{reply!r} carries no number")


FORMS = {"u8": ">B", "u16le": "<H", "u32be": ">I", "i32be": ">i", "f32be": ">f"}


def _size(word: str) -> int:
    return struct.calcsize(FORMS[word]) if word in FORMS else 1


def _literals(reply: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    for word in reply.split():
        if word.isdecimal():
            found.append((at, int(word)))
        at += _size(word)
    return found
