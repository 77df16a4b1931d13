"""ProPar telegrams on the wire: binary between DLE STX and DLE ETX, or ASCII from `:` to CR LF."""

from dataclasses import dataclass
from typing import Final

from sim_hardware.core.clock import LineClock

DLE, STX, ETX = 0x10, 0x02, 0x03
SILENCE_S: Final = 0.1
LONGEST: Final = 600
_COLON, _RETURN = 0x3A, 0x0D
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Telegram:
    """What was sent to a node; `sequence` is None in ASCII, where there is none."""

    sequence: int | None
    node: int
    length: int
    data: bytes

    def answered(self, data: bytes) -> bytes:
        """The bytes of an answer to it."""
        return self._coded(bytes([self.node, len(data)]), data)

    def refused(self, error: int) -> bytes:
        """The bytes that say that the telegram itself was no good."""
        if self.sequence is None:
            return f":01{error:02X}\r\n".encode("ascii")
        return self._coded(bytes([self.node, 1]), bytes([error]))

    def _coded(self, head: bytes, data: bytes) -> bytes:
        if self.sequence is None:
            text = (bytes([len(data) + 1, head[0]]) + data).hex().upper()
            return f":{text}\r\n".encode("ascii")
        body = bytes([self.sequence]) + head + data
        stuffed = body.replace(bytes([DLE]), bytes([DLE, DLE]))
        return bytes([DLE, STX]) + stuffed + bytes([DLE, ETX])


class Frames:
    """Cuts what arrives into telegrams of either kind."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self._heard_s = 0.0
        self._buffer = bytearray()
        self._binary, self._text, self._escaped = False, False, False

    def feed(self, data: bytes) -> list[Telegram]:
        """Take bytes; return the telegrams they completed."""
        now_s = self._clock.now_s()
        if now_s - self._heard_s > SILENCE_S:
            self.forget()
        self._heard_s = now_s
        found: list[Telegram | None] = []
        for byte in data:
            found.append(self._take(byte))
            if len(self._buffer) > LONGEST:
                self.forget()
        return [telegram for telegram in found if telegram is not None]

    def forget(self) -> None:
        """Lose a telegram that is not finished."""
        self._buffer.clear()
        self._binary = self._text = self._escaped = False

    def _take(self, byte: int) -> Telegram | None:
        if self._escaped:
            return self._after_escape(byte)
        if byte == DLE:
            self._escaped = True
        elif self._binary:
            self._buffer.append(byte)
        elif byte == _COLON:
            self._buffer.clear()
            self._text = True
        elif self._text:
            return self._take_character(byte)
        return None

    def _after_escape(self, byte: int) -> Telegram | None:
        self._escaped = False
        if byte == STX:
            self.forget()
            self._binary = True
        elif byte == DLE and self._binary:
            self._buffer.append(byte)
        elif byte == ETX and self._binary:
            body = bytes(self._buffer)
            self.forget()
            return Telegram(body[0], body[1], body[2], body[3:]) if len(body) >= 3 else None
        else:
            self.forget()
        return None

    def _take_character(self, byte: int) -> Telegram | None:
        if byte in _HEX:
            self._buffer.append(byte)
            return None
        text = bytes(self._buffer)
        self.forget()
        if byte != _RETURN or len(text) < 4 or len(text) % 2:
            return None
        body = bytes.fromhex(text.decode("ascii"))
        return Telegram(None, body[1], body[0] - 1, body[2:])
