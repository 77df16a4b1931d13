"""Framing of the instruments that speak in bytes, from the facts of their makers."""

import re
from typing import ClassVar, Final

from typing_extensions import override

from tests.icd.dialect import Dialect
from tests.icd.raw_wires import RawWire

USS_LENGTH: Final = 24
USS_HEAD: Final = b"\x02\x16\x00"
PROPAR_NODE: Final = 0x80
PROPAR_FRAME: Final = re.compile(rb"\x10\x02((?:[^\x10]|\x10\x10)*)\x10\x03", re.DOTALL)
LEAD: Final = b"\xca\x00\x01"


def exclusive_or(data: bytes) -> int:
    """All bytes combined."""
    total = 0
    for byte in data:
        total ^= byte
    return total


class Uss(Dialect):
    """Telegrams of 24 bytes, closed by an exclusive-or.

    A request here is the parameter access (8 bytes), control word and set-point (4 bytes). What is
    said is the answer to the access, or the process data where nothing was accessed.
    """

    binary: ClassVar[bool] = True

    @override
    def wrap(self, request: bytes) -> bytes:
        body = (USS_HEAD + request).ljust(USS_LENGTH - 1, b"\0")
        return body + bytes([exclusive_or(body)])

    @override
    def split(self, stream: bytes) -> list[bytes]:
        telegrams = [stream[at : at + USS_LENGTH] for at in range(0, len(stream), USS_LENGTH)]
        requests = [telegram[3:15] for telegram in telegrams]
        assert [self.wrap(request) for request in requests] == telegrams
        return requests

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        assert len(reply) == USS_LENGTH
        assert reply[:3] == USS_HEAD
        assert exclusive_or(reply) == 0
        return reply[3:11] if any(request[:2]) else reply[11:23]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        if len(said) != 8:
            return ""
        return {7: f"error {said[7]}", 8: "no access"}.get(said[0] >> 4, "")


class Propar(Dialect):
    """Bytes between 10 02 and 10 03, in which 10 is doubled: sequence, node, length, data.

    A request goes out with the sequence number that was last seen in `split`.
    """

    binary: ClassVar[bool] = True

    def __init__(self) -> None:
        self._sequence = 1

    @override
    def wrap(self, request: bytes) -> bytes:
        body = bytes([self._sequence, PROPAR_NODE, len(request)]) + request
        return b"\x10\x02" + body.replace(b"\x10", b"\x10\x10") + b"\x10\x03"

    @override
    def split(self, stream: bytes) -> list[bytes]:
        found: list[bytes] = []
        at = 0
        while at < len(stream):
            frame = PROPAR_FRAME.match(stream, at)
            assert frame is not None, stream[at:].hex(" ")
            body = frame[1].replace(b"\x10\x10", b"\x10")
            assert body[2] == len(body) - 3  # the node is for whoever set it in the line file
            self._sequence = body[0]
            found.append(body[3:])
            at = frame.end()
        return found

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        (said,) = self.split(reply)
        return said

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"status {said[1]}" if said[0] == 0 and said[1] else ""


class Thermoflex(Dialect):
    """CA, address, command, length, data, complement of the sum; a request is command and data."""

    binary: ClassVar[bool] = True

    def __init__(self) -> None:
        self._failed = False

    @override
    def wrap(self, request: bytes) -> bytes:
        body = LEAD + request[:1] + bytes([len(request) - 1]) + request[1:]
        return body + bytes([~sum(body[1:]) & 0xFF])

    @override
    def split(self, stream: bytes) -> list[bytes]:
        found: list[bytes] = []
        while stream:
            end = 5 + stream[4]
            found.append(stream[3:4] + stream[5:end])
            assert self.wrap(found[-1]) == stream[: end + 1]
            stream = stream[end + 1 :]
        return found

    @override
    def unwrap(self, request: bytes, reply: bytes) -> bytes:
        (said,) = self.split(reply)
        self._failed = said[0] == 0x0F
        assert said[0] == request[0] or said[2] == request[0]
        return said[1:]

    @override
    async def verdict(self, wire: RawWire, said: bytes) -> str:
        return f"error {said[0]}" if self._failed else ""
