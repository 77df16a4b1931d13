"""How replies are found on an RTU bus, from the Modbus serial line guide 1.02."""

from functools import partial

from drivers.core.framing import CodecError, Feed
from drivers.core.links.modbus_words import rtu_length

READ_HOLDING = 3
CHECKSUM_LENGTH = 2


def checksum(body: bytes) -> bytes:
    """The check of a frame, low byte first."""
    value = 0xFFFF
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(CHECKSUM_LENGTH, "little")


def rtu_reply(unit: int, function: int) -> Feed:
    """Frames that `unit` sends in answer to `function`; other bytes before them are passed over.

    Raises CodecError if the frame is there and its checksum is wrong.
    """
    return partial(_cut, unit, function)


def misannounced_reply(unit: int, announced: int, length: int) -> Feed:
    """As `rtu_reply`, from a device that announces `announced` bytes and sends `length`.

    The frame is handed on with the right count. A device that announces what it sends is
    understood as well.
    """
    head = bytes((unit, READ_HOLDING, announced))
    usual = rtu_reply(unit, READ_HOLDING)

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        at = buffer.find(head)
        frame = buffer[at : at + len(head) + length + CHECKSUM_LENGTH] if at >= 0 else b""
        if len(frame) < len(head) + length + CHECKSUM_LENGTH or not _holds(frame):
            return usual(buffer)
        body = head[:2] + bytes((length,)) + frame[3:-CHECKSUM_LENGTH]
        return [body + checksum(body)], buffer[at + len(frame) :]

    return feed


def _holds(frame: bytes) -> bool:
    return checksum(frame[:-CHECKSUM_LENGTH]) == frame[-CHECKSUM_LENGTH:]


def _cut(unit: int, function: int, buffer: bytes) -> tuple[list[bytes], bytes]:
    broken = False
    for at in range(len(buffer) - 1):
        if buffer[at] != unit or buffer[at + 1] & 0x7F != function:
            continue
        length = rtu_length(buffer[at:])
        if length is None or len(buffer) < at + length:
            return [], buffer
        frame = buffer[at : at + length]
        if _holds(frame):
            return [frame], buffer[at + length :]
        broken = True
    if broken:
        raise CodecError(f"checksum of {buffer.hex(' ')}")
    return [], buffer
