"""TMCL frames of Trinamic motor modules, from their firmware manuals: nine bytes each way."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed

LENGTH = 9
HOST_ADDRESS = 2
OK = 100
OK_IN_EEPROM = 101
WRONG_CHECKSUM = 1

REFUSALS: Mapping[int, str] = {
    1: "wrong checksum",
    2: "invalid command",
    3: "wrong type",
    4: "invalid value",
    5: "EEPROM locked",
    6: "command not available",
}


class Command(IntEnum):
    """The TMCL commands that this line uses."""

    ROTATE_RIGHT = 1
    ROTATE_LEFT = 2
    STOP = 3
    MOVE = 4
    SET_PARAMETER = 5
    GET_PARAMETER = 6
    STORE_PARAMETER = 7
    RESTORE_PARAMETER = 8
    SET_GLOBAL = 9
    GET_GLOBAL = 10
    REFERENCE_SEARCH = 13
    SET_OUTPUT = 14
    GET_INPUT = 15
    VERSION = 136


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a module."""

    module: int
    status: int
    command: int
    value: int


def checksum(body: bytes) -> int:
    """The sum of the first eight bytes, in one byte."""
    return sum(body) & 0xFF


def encode(module: int, command: int, kind: int, value: int, *, motor: int = 0) -> bytes:
    """The request frame; `value` is a signed 32-bit number."""
    body = struct.pack(">BBBBi", module, command, kind, motor, value)
    return body + bytes((checksum(body),))


def decode(frame: bytes) -> Reply:
    """Read one reply frame; raise CodecError if it is damaged or not for the host."""
    if len(frame) != LENGTH or frame[0] != HOST_ADDRESS:
        raise CodecError(f"{frame.hex(' ')} is not a reply to the host")
    if checksum(frame[:-1]) != frame[-1]:
        raise CodecError(f"{frame.hex(' ')} has a wrong checksum")
    _, module, status, command, value = struct.unpack(">BBBBi", frame[:-1])
    return Reply(module, status, command, value)


def reply_to(module: int, command: int) -> Feed:
    """Cut nine-byte replies; raise CodecError unless each is from `module` to `command`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        whole = len(buffer) // LENGTH * LENGTH
        frames = [buffer[at : at + LENGTH] for at in range(0, whole, LENGTH)]
        for frame in frames:
            reply = decode(frame)
            # A module that could not read the request cannot name the command either.
            answers = reply.command == command or reply.status == WRONG_CHECKSUM
            if reply.module != module or not answers:
                raise CodecError(f"{frame.hex(' ')} does not answer command {command}")
        return frames, buffer[whole:]

    return feed


def decode_version(frame: bytes) -> str:
    """The name in a reply to the version command, e.g. `1640V208`; it has no checksum."""
    if len(frame) != LENGTH or frame[0] != HOST_ADDRESS or not frame[1:].isascii():
        raise CodecError(f"{frame.hex(' ')} is not a version reply")
    return frame[1:].decode("ascii")
