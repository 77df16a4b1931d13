"""The far end of an emulator's wire, without any of our drivers: bytes out, bytes in."""

import asyncio
import os
import struct
import tty
from collections.abc import Sequence
from typing import Final, Protocol

from drivers.core.clock import Clock
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.ports import PtyPort, SocketPort
from tests.rigs.instruments import Port

WAIT_S: Final = 2.0  # simulated: longer than any instrument takes to answer
READ, WRITE_ONE, WRITE_MANY, SERVER_ID = 3, 6, 16, 17


class RawWire(Protocol):
    """Sends bytes; hears everything that comes within a time."""

    async def ask(self, data: bytes, wait_s: float = WAIT_S) -> bytes: ...
    async def close(self) -> None: ...


class RawPty:
    """A pseudo-terminal opened like a serial port."""

    def __init__(self, path: str, clock: Clock) -> None:
        self._clock = clock
        self._heard = b""
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._descriptor)
        asyncio.get_running_loop().add_reader(self._descriptor, self._ready)

    async def ask(self, data: bytes, wait_s: float = WAIT_S) -> bytes:
        self._heard = b""
        if data:
            self._clock.sent(os.write(self._descriptor, data))
        await self._clock.sleep_until(self._clock.monotonic() + wait_s)
        return self._heard

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _ready(self) -> None:
        data = os.read(self._descriptor, 4096)
        self._clock.received(len(data))
        self._heard += data


class RawSocket:
    """A TCP connection."""

    def __init__(self, host: str, port: int, clock: Clock) -> None:
        self._host, self._port, self._clock = host, port, clock
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None
        self._heard = b""

    async def ask(self, data: bytes, wait_s: float = WAIT_S) -> bytes:
        if self._writer is None:
            reader, self._writer = await asyncio.open_connection(self._host, self._port)
            self._listening = asyncio.create_task(self._listen(reader))
        self._heard = b""
        self._writer.write(data)
        await self._clock.sleep_until(self._clock.monotonic() + wait_s)
        return self._heard

    async def close(self) -> None:
        if self._writer is not None and self._listening is not None:
            self._writer.close()
            await self._writer.wait_closed()
            await self._listening

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(4096):
            self._heard += data


def raw_wire(port: Port, clock: Clock) -> RawWire:
    """A client of a port."""
    match port:
        case PtyPort() | ModbusRtuPort():
            return RawPty(port.path, clock)
        case SocketPort() | ModbusTcpPort():
            return RawSocket(port.host, port.port, clock)


class Refusal(Exception):
    """A Modbus exception reply, or silence."""


class RawModbus:
    """Modbus as its application protocol 1.1b3 and serial guide 1.02 write it, RTU or TCP."""

    def __init__(self, wire: RawWire, unit: int, *, tcp: bool) -> None:
        self._wire, self._unit, self._tcp = wire, unit, tcp

    async def read(self, address: int, count: int, announced: int = 0) -> list[int]:
        data = await self._ask(struct.pack(">BHH", READ, address, count))
        assert data[0] == (announced or 2 * count)
        assert len(data) - 1 == 2 * count
        return [word for (word,) in struct.iter_unpack(">H", data[1:])]

    async def write_one(self, address: int, word: int) -> None:
        pdu = struct.pack(">BHH", WRITE_ONE, address, word)
        assert await self._ask(pdu) == pdu[1:]

    async def write(self, address: int, words: Sequence[int]) -> None:
        head = struct.pack(">BHH", WRITE_MANY, address, len(words))
        data = struct.pack(f">B{len(words)}H", 2 * len(words), *words)
        assert await self._ask(head + data) == head[1:]

    async def server_id(self) -> bytes:
        data = await self._ask(bytes([SERVER_ID]))
        assert data[0] == len(data) - 1
        return data[1:]

    async def _ask(self, pdu: bytes) -> bytes:
        body = bytes([self._unit]) + pdu
        if self._tcp:
            reply = await self._wire.ask(struct.pack(">HHH", 1, 0, len(body)) + body, 0.1)
            inner = reply[6:]
            assert not reply or struct.unpack(">HHH", reply[:6]) == (1, 0, len(inner))
        else:
            reply = await self._wire.ask(framed(body), 0.5)
            inner = reply[:-2]
            assert not reply or framed(inner) == reply
        if not inner:
            raise Refusal("silence")
        assert inner[0] == self._unit
        if inner[1] == pdu[0] | 0x80:
            raise Refusal(f"exception {inner[2]}")
        assert inner[1] == pdu[0]
        return inner[2:]


def framed(body: bytes) -> bytes:
    """An RTU frame: the body and its CRC, low byte first."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return body + crc.to_bytes(2, "little")


def packed(kind: str, number: float) -> list[int]:
    """A number (already divided by its scale) as registers; struct.error if it does not fit."""
    forms = {"int16": ">h", "uint16": ">H", "command": ">H"}
    if kind in forms:
        return list(struct.unpack(">H", struct.pack(forms[kind], round(number))))
    form = ">f" if kind.startswith("float32") else ">I" if kind.startswith("uint32") else ">i"
    data = struct.pack(form, number if form == ">f" else round(number))
    high, low = struct.unpack(">HH", data)
    return [low, high] if kind.endswith("low_first") else [high, low]


def unpacked(kind: str, words: Sequence[int]) -> float:
    """The number in registers, before its scale; `bitN` picks a bit."""
    if kind.startswith("bit"):
        return float(words[0] >> int(kind[3:]) & 1)
    if kind in {"int16", "uint16"}:
        signed = kind == "int16" and words[0] & 0x8000
        return float(words[0] - 0x10000 if signed else words[0])
    ordered = words[::-1] if "low_first" in kind else words
    form = ">f" if "float" in kind else ">I" if kind.startswith("u") else ">i"
    (value,) = struct.unpack(form, struct.pack(">HH", *ordered))
    return float(value)
