"""How each instrument with a protocol of its own frames what its document lists.

Written from the same facts as the documents, and from no driver and no emulator.
"""

from typing import ClassVar

from typing_extensions import override

from tests.icd.dialect import Dialect, Lines
from tests.icd.dialects_by_bytes import Propar, Thermoflex, Uss
from tests.icd.dialects_by_text import (
    Alicat,
    Kepco,
    Mks937,
    OrielLamp,
    PfeifferTelegrams,
    Smartline,
    VatLines,
)
from tests.icd.raw_wires import RawWire

FLAG = 0x7E
STUFFED = {0x7E: 0x5E, 0x7D: 0x5D, 0x11: 0x31, 0x13: 0x33}


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


class Esp301(Lines):
    """Errors wait in a queue."""

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        errors: list[str] = []
        while (code := await self.ask(wire, b"TE?", 0.1)) != b"0":
            errors.append(f"error {code.decode()}")
        return ", ".join(errors)


class Sc10(Lines):
    """The controller echoes, answers and prompts."""

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert reply.startswith(request + b"\r")
        assert reply.endswith(b"> ")
        return reply[len(request) + 1 : -2].removesuffix(b"\r")

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return said.decode() if said.startswith(b"Command error") else ""


class Pm100(Lines):
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


class Julabo(Lines):
    """What was wrong stands in the status until the next command."""

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        status = (await self.ask(wire, b"STATUS")).decode()
        return f"status {status[:3]}" if status.startswith("-") else ""


class Genesys(Lines):
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
    "alicat_mc": Alicat,
    "bronkhorst_propar": Propar,
    "inficon_sqm160": Sqm160,
    "julabo_cf31": Julabo,
    "kepco_bop": Kepco,
    "leybold_turbovac": Uss,
    "mks_937b": Mks937,
    "newport_esp301": Esp301,
    "oriel_69907": OrielLamp,
    "pfeiffer_tc110": PfeifferTelegrams,
    "sensirion_sfc5500": Shdlc,
    "tdk_genesys": Genesys,
    "thermoflex": Thermoflex,
    "thorlabs_pm100": Pm100,
    "thorlabs_sc10": Sc10,
    "thyracont_vsr": Smartline,
    "trinamic_tmcm1110": Tmcl,
    "trinamic_tmcm1640": Tmcl,
    "vat_valve": VatLines,
}
