"""SHDLC frames of the Sensirion SFC5500, from its interface description: stuffed bytes in flags."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed

FLAG = b"\x7e"
ESCAPE = b"\x7d"
STUFFED = b"\x7e\x7d\x11\x13"
FLIP = 0x20
LONGEST = 255
ERROR_STATE = 0x80
ERROR_CODE = 0x7F
PHYSICAL = 1  # the scaling in which flows are numbers of the calibrated unit, here sccm

REFUSALS: Mapping[int, str] = {
    0x01: "wrong data size",
    0x02: "unknown command",
    0x03: "no access right",
    0x04: "parameter out of range",
    0x05: "wrong checksum",
    0x06: "firmware update failed",
    0x20: "not implemented",
    0x21: "wrong memory address",
    0x22: "wrong checksum in the frame",
    0x24: "special frame not known",
    0x25: "frame wrongly composed",
    0x27: "no answer to a broadcast",
    0x28: "wrong internal argument",
    0x29: "sensor bus not acknowledged",
    0x2A: "sensor bus held",
    0x2B: "sensor bus checksum",
    0x2C: "sensor not written",
    0x2D: "measurement does not run",
    0x32: "internal communication failed",
    0x33: "no calibration at this index",
    0x37: "supply voltage out of range",
    0x3B: "FRAM not written",
    0x3C: "flash not written",
    0x3D: "EEPROM not written",
    0x3F: "gas pressure missing: set-point not reachable",
    0x42: "sensor busy",
    0x43: "not allowed in this state",
    0x44: "not supported",
    0x7F: "fatal error",
}


class Command(IntEnum):
    """The commands that this line uses."""

    SETPOINT = 0x00
    READ_FLOW = 0x08
    CALIBRATION = 0x44
    INFORMATION = 0xD0
    STATUS = 0xD2


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: `error` belongs to the command, `device_error` to the controller's state."""

    address: int
    command: int
    error: int
    device_error: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """The status flags since they were last cleared, and what went wrong at start-up."""

    flags: int
    boot_error: int


def checksum(content: bytes) -> int:
    """The complement of the sum of all bytes between the flags."""
    return ~sum(content) & 0xFF


def stuff(content: bytes) -> bytes:
    """Replace the bytes that have a meaning on the wire."""
    return b"".join(
        ESCAPE + bytes((byte ^ FLIP,)) if byte in STUFFED else bytes((byte,)) for byte in content
    )


def unstuff(content: bytes) -> bytes:
    """Undo `stuff`; raise CodecError where an escape is followed by nothing it could replace."""
    first, *parts = content.split(ESCAPE)
    if any(not part or part[0] ^ FLIP not in STUFFED for part in parts):
        raise CodecError(f"{content.hex(' ')} holds an escape that means nothing")
    return first + b"".join(bytes((part[0] ^ FLIP,)) + part[1:] for part in parts)


def encode(address: int, command: int, data: bytes = b"") -> bytes:
    """The request frame."""
    content = bytes((address, command, len(data))) + data
    return FLAG + stuff(content + bytes((checksum(content),))) + FLAG


def decode(frame: bytes) -> Reply:
    """Read one whole reply frame with its flags; raise CodecError if it is damaged."""
    if len(frame) < 2 or frame[:1] != FLAG or frame[-1:] != FLAG:
        raise CodecError(f"{frame.hex(' ')} is not a frame")
    content = unstuff(frame[1:-1])
    if len(content) < 5 or content[3] != len(content) - 5:
        raise CodecError(f"{frame.hex(' ')} has a wrong length")
    if checksum(content[:-1]) != content[-1]:
        raise CodecError(f"{frame.hex(' ')} has a wrong checksum")
    state = content[2]
    return Reply(
        address=content[0],
        command=content[1],
        error=state & ERROR_CODE,
        device_error=bool(state & ERROR_STATE),
        data=content[4:-1],
    )


def reply_to(address: int, command: int) -> Feed:
    """Cut frames between flags; raise CodecError unless each answers `command` of `address`."""

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        frames: list[bytes] = []
        while buffer:
            if buffer[:1] != FLAG:
                raise CodecError(f"no frame begins with {buffer[:1].hex()}")
            end = buffer.find(FLAG, 1) + 1
            if not end:
                break
            if end > 2:  # else the flag that ends one frame is doubled before the next
                reply = decode(buffer[:end])
                if (reply.address, reply.command) != (address, command):
                    raise CodecError(f"{buffer[:end].hex(' ')} does not answer {command:#04x}")
                frames.append(buffer[:end])
                buffer = buffer[end:]
            else:
                buffer = buffer[1:]
        return frames, buffer

    return feed


def encode_flow(sccm: float) -> bytes:
    """A flow in the physical scaling."""
    return struct.pack(">Bf", PHYSICAL, sccm)


def decode_number(data: bytes) -> float:
    """The 32-bit float that is all of `data`; raise CodecError for another length."""
    if len(data) != 4:
        raise CodecError(f"{data.hex(' ')} is no number")
    (number,) = struct.unpack(">f", data)
    return float(number)


def decode_text(data: bytes) -> str:
    """Text ended by a zero byte."""
    return data.split(b"\x00", 1)[0].decode("ascii", "replace")


def decode_status(data: bytes) -> DeviceStatus:
    """Read the status flags; raise CodecError for another length."""
    if len(data) != 5:
        raise CodecError(f"{data.hex(' ')} is no device status")
    return DeviceStatus(int.from_bytes(data[:4], "big"), data[4])
