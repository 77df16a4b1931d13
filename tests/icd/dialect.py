"""What every way of framing requests and replies has in common."""

from abc import ABC, abstractmethod
from typing import ClassVar

from typing_extensions import override

from tests.icd.raw_wires import RawWire


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


class Lines(Dialect):
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
