"""INFICON SQM-160 frames: `!`, a length byte, the message and a 14-bit checksum."""

from dataclasses import dataclass

from drivers.core.framing import CodecError

SYNC = b"!"
REQUEST_LENGTH_OFFSET = 34
REPLY_LENGTH_OFFSET = 35
CHECKSUM_OFFSET = 34
CHECKSUM_LENGTH = 2
LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply: the status letter (`A` accepted, `C` unknown, `D` bad data) and its text."""

    status: str
    text: str


def checksum(message: bytes) -> bytes:
    """The two checksum characters over the length byte and the message, without the `!`."""
    crc = 0x3FFF
    for byte in message:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x2001 if crc & 1 else crc >> 1
    return bytes(((crc & 0x7F) + CHECKSUM_OFFSET, ((crc >> 7) & 0x7F) + CHECKSUM_OFFSET))


def encode(message: str) -> bytes:
    """The request frame that carries `message`."""
    text = message.encode("ascii")
    body = bytes((len(text) + REQUEST_LENGTH_OFFSET,)) + text
    return SYNC + body + checksum(body)


def decode(frame: bytes) -> Answer:
    """Read one whole reply frame; raise CodecError if it is damaged."""
    body, received = frame[1:-CHECKSUM_LENGTH], frame[-CHECKSUM_LENGTH:]
    if frame[:1] != SYNC or len(body) < 2 or body[0] - REPLY_LENGTH_OFFSET != len(body) - 1:
        raise CodecError(f"{frame.hex(' ')} is not a reply frame")
    if checksum(body) != received:
        raise CodecError(f"{frame.hex(' ')} has a wrong checksum")
    if not body[1:].isascii():
        raise CodecError(f"{frame.hex(' ')} carries bytes that are no text")
    text = body[1:].decode("ascii")
    return Answer(text[0], text[1:])


def replies(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut whole reply frames, each checked; raise CodecError where no frame can begin."""
    frames: list[bytes] = []
    while len(buffer) >= 2:
        length = buffer[1] - REPLY_LENGTH_OFFSET
        if buffer[:1] != SYNC or not 1 <= length <= LONGEST_MESSAGE:
            raise CodecError(f"no reply begins with {buffer[:2].hex(' ')}")
        end = 2 + length + CHECKSUM_LENGTH
        if len(buffer) < end:
            break
        decode(buffer[:end])
        frames.append(buffer[:end])
        buffer = buffer[end:]
    if buffer[:1] not in {b"", SYNC}:
        raise CodecError(f"no reply begins with {buffer[:1].hex()}")
    return frames, buffer
