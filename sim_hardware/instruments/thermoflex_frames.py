"""Frames of the ThermoFlex serial protocol: lead, address, command, count, data, inverted sum."""

from typing import Final

from sim_hardware.core.clock import LineClock

LEAD: Final = b"\xca\x00\x01"  # RS-232: the chiller is always number 1
ERROR, BAD_COMMAND, BAD_DATA, BAD_SUM = 0x0F, 1, 2, 3
SILENCE_S: Final = 0.1


def framed(command: int, data: bytes) -> bytes:
    """A whole frame."""
    body = LEAD[1:] + bytes([command, len(data)]) + data
    return LEAD[:1] + body + bytes([~sum(body) & 0xFF])


class Frames:
    """Cuts what arrives into frames; their sums are not looked at here."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self._buffer, self._heard_s = bytearray(), 0.0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the frames they completed."""
        now_s = self._clock.now_s()
        if now_s - self._heard_s > SILENCE_S:
            self._buffer.clear()
        self._heard_s = now_s
        frames: list[bytes] = []
        for byte in data:
            self._buffer.append(byte)
            self._align()
            if len(self._buffer) >= 5 and len(self._buffer) == 6 + self._buffer[4]:
                frames.append(bytes(self._buffer))
                self._buffer.clear()
        return frames

    def forget(self) -> None:
        """Lose a frame that is not finished."""
        self._buffer.clear()

    def _align(self) -> None:
        """Drop what cannot be the beginning of a frame to this address."""
        while self._buffer and not LEAD.startswith(self._buffer[: len(LEAD)]):
            del self._buffer[0]
