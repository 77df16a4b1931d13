"""How a stream of bytes is cut into frames: pure functions that every serial protocol shares."""

from collections.abc import Callable

Feed = Callable[[bytes], tuple[list[bytes], bytes]]
"""What arrived so far -> (the complete frames, what is left over). Raises CodecError."""


class CodecError(ValueError):
    """Bytes or a value that no frame of the protocol can hold."""


def fixed_length(count: int) -> Feed:
    """Frames of exactly `count` bytes."""
    if count < 1:
        raise CodecError(f"a frame of {count} bytes cannot be told from silence")

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        end = len(buffer) - len(buffer) % count
        return [buffer[at : at + count] for at in range(0, end, count)], buffer[end:]

    return feed


def delimited(terminator: bytes) -> Feed:
    """Frames that end in `terminator`; they are handed on without it."""
    if not terminator:
        raise CodecError("an empty terminator ends nothing")

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *frames, rest = buffer.split(terminator)
        return frames, rest

    return feed


def first_frame(feed: Feed, buffer: bytes) -> tuple[bytes | None, bytes]:
    """Cut only the first frame; what follows it stays as it came, for another feed to read.

    Raises CodecError if the buffer cannot begin with a frame.
    """
    try:
        frames, rest = feed(buffer)
    except CodecError:
        frame, rest = _shortest(feed, buffer)
        if frame is None:
            raise
        return frame, rest
    if not frames:
        return None, rest
    if len(frames) == 1:
        return frames[0], rest
    return _shortest(feed, buffer)


def _shortest(feed: Feed, buffer: bytes) -> tuple[bytes | None, bytes]:
    for end in range(1, len(buffer) + 1):
        try:
            frames, rest = feed(buffer[:end])
        except CodecError:
            break
        if frames:
            return frames[0], rest + buffer[end:]
    return None, buffer
