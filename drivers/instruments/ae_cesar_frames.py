"""AE Bus frames of the Advanced Energy Cesar RF generator: packets closed by an XOR byte."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from drivers.core.framing import CodecError, Feed

ACK = b"\x06"
NAK = b"\x15"
LONGEST_INLINE = 6
LONGEST = 255

REFUSALS: Mapping[int, str] = {
    1: "wrong control mode",
    2: "RF is on",
    3: "RF is off",
    4: "value out of range",
    5: "user port is off",
    7: "a fault is active",
    8: "output is ramping",
    9: "wrong number of bytes",
    14: "not accepted",
    16: "end of target life",
    19: "recipe is active",
    30: "EEPROM failed",
    50: "frequency out of range",
    51: "duty cycle out of range",
    99: "not accepted",
}
# (byte, bit) of the process status.
FAULT_BITS: Mapping[tuple[int, int], str] = {
    (1, 0): "end of target life",
    (1, 3): "overtemperature",
    (2, 0): "internal fault",
    (2, 1): "bus fault",
    (2, 2): "bus voltage high",
    (2, 3): "bus voltage low",
    (3, 1): "contactor fault",
    (3, 2): "fieldbus fault",
    (3, 7): "common exciter fault",
}


class Command(IntEnum):
    """The commands of the bus: up to 127 they act, above they report."""

    RF_OFF = 1
    RF_ON = 2
    SET_REGULATION = 3
    SET_FORWARD_LIMIT = 4
    SET_REFLECTED_LIMIT = 5
    SET_SETPOINT = 8
    SET_CONTROL_MODE = 14
    TYPE = 128
    REGULATION = 154
    CONTROL_MODE = 155
    STATUS = 162
    SETPOINT = 164
    FORWARD_POWER = 165
    REFLECTED_POWER = 166
    LOAD_POWER = 167
    DC_BIAS = 168
    FORWARD_LIMIT = 169
    REFLECTED_LIMIT = 170


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet in either direction."""

    address: int
    command: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """The generator's process status."""

    rf_on: bool
    rf_requested: bool
    out_of_setpoint: bool
    interlock_open: bool
    faults: tuple[str, ...]


def checksum(body: bytes) -> int:
    """The exclusive-or of all bytes; over a whole packet it is 0."""
    result = 0
    for byte in body:
        result ^= byte
    return result


def encode(packet: Packet) -> bytes:
    """The bytes of a packet; up to six data bytes are counted in the header itself."""
    count = len(packet.data)
    inline = count <= LONGEST_INLINE
    header = packet.address << 3 | (count if inline else LONGEST_INLINE + 1)
    length = b"" if inline else bytes((count,))
    body = bytes((header, packet.command)) + length + packet.data
    return body + bytes((checksum(body),))


def cut(buffer: bytes) -> tuple[Packet | None, bytes]:
    """Take the first packet off `buffer`; None while it is incomplete; CodecError if damaged."""
    if len(buffer) < 3:
        return None, buffer
    count, begin = buffer[0] & 7, 2
    if count > LONGEST_INLINE:
        count, begin = buffer[2], 3
    end = begin + count + 1
    if len(buffer) < end:
        return None, buffer
    if checksum(buffer[:end]):
        raise CodecError(f"{buffer[:end].hex(' ')} has a wrong checksum")
    return Packet(buffer[0] >> 3, buffer[1], buffer[begin : end - 1]), buffer[end:]


def decode(frame: bytes) -> Packet:
    """Read exactly one packet; raise CodecError otherwise."""
    packet, rest = cut(frame)
    if packet is None or rest:
        raise CodecError(f"{frame.hex(' ')} is not one packet")
    return packet


def answer_to(request: Packet) -> Feed:
    """Cut the generator's answer: NAK alone, or ACK with the packet that follows it.

    Raises CodecError for anything else, and for a packet from another unit or to another command.
    """

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        if buffer[:1] == NAK:
            return [NAK], buffer[1:]
        if buffer[:1] not in {b"", ACK}:
            raise CodecError(f"{buffer[:1].hex()} is neither ACK nor NAK")
        packet, rest = cut(buffer[1:])
        if packet is None:
            return [], buffer
        if (packet.address, packet.command) != (request.address, request.command):
            raise CodecError(f"{buffer.hex(' ')} does not answer command {request.command}")
        return [buffer[: len(buffer) - len(rest)]], rest

    return feed


def decode_word(data: bytes) -> int:
    """The unsigned 16-bit number that begins `data`, low byte first."""
    if len(data) < 2:
        raise CodecError(f"{data.hex(' ')} holds no 16-bit number")
    return int.from_bytes(data[:2], "little")


def decode_status(data: bytes) -> ProcessStatus:
    """Read the four status bytes; raise CodecError for another length."""
    if len(data) != 4:
        raise CodecError(f"{data.hex(' ')} is no process status")
    return ProcessStatus(
        rf_on=bool(data[0] & 0x20),
        rf_requested=bool(data[0] & 0x40),
        out_of_setpoint=bool(data[0] & 0x80),
        interlock_open=bool(data[1] & 0x80),
        faults=tuple(words for (byte, bit), words in FAULT_BITS.items() if data[byte] >> bit & 1),
    )
