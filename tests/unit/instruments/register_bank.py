"""Holding registers at the far end of a real wire, answered frame by frame as Modbus says."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from drivers.core.clock import Clock
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from tests.rigs.wires import PtyDevice, TcpDevice, in_virtual_time

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2
ANSWER_AFTER_S = 0.005


class RegisterBank:
    """The registers of one device. What it is asked and told is remembered, in order."""

    def __init__(self, words: Mapping[int, int], *, server_id: bytes = b"") -> None:
        self.words = dict(words)
        self.server_id = server_id
        self.asked: list[bytes] = []
        self.written: list[tuple[int, tuple[int, ...]]] = []
        self.refused: dict[int, int] = {}  # writes: exception by address
        self.lose_reply_to: Callable[[bytes], bool] = lambda _: False
        self.before_reading: Callable[[], None] = lambda: None
        self.after_writing: Callable[[int], None] = lambda _: None

    def answer(self, pdu: bytes) -> bytes | None:
        """The reply, or nothing where it is lost on the way; the device has acted even then."""
        self.asked.append(pdu)
        reply = self._reply(pdu)
        return None if self.lose_reply_to(pdu) else reply

    def _reply(self, pdu: bytes) -> bytes:
        function = pdu[0]
        if function == 17:
            return bytes([17, len(self.server_id) + 1]) + self.server_id + b"\xff"
        address = int.from_bytes(pdu[1:3], "big")
        if function != 3 and address in self.refused:
            return bytes([function | 0x80, self.refused[address]])
        match function:
            case 3:
                return self._read(address, int.from_bytes(pdu[3:5], "big"))
            case 6:
                return self._write(pdu, address, pdu[3:5])
            case 16:
                return self._write(pdu[:5], address, pdu[6:])
            case _:
                return bytes([function | 0x80, ILLEGAL_FUNCTION])

    def _read(self, address: int, count: int) -> bytes:
        self.before_reading()
        places = range(address, address + count)
        if any(place not in self.words for place in places):
            return bytes([0x83, ILLEGAL_ADDRESS])
        data = b"".join(self.words[place].to_bytes(2, "big") for place in places)
        return bytes([3, len(data)]) + data

    def _write(self, reply: bytes, address: int, data: bytes) -> bytes:
        words = tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
        if any(address + place not in self.words for place in range(len(words))):
            return bytes([reply[0] | 0x80, ILLEGAL_ADDRESS])
        self.words.update(enumerate(words, start=address))
        self.written.append((address, words))
        self.after_writing(address)
        return reply


def crc(data: bytes) -> bytes:
    """The check of a frame on a serial bus, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def on_tcp(bank: RegisterBank) -> Callable[[bytes], Sequence[tuple[float, bytes]]]:
    """One device behind a socket, whatever the unit."""

    def script(data: bytes) -> list[tuple[float, bytes]]:
        reply = bank.answer(data[7:])
        if reply is None:
            return []
        head = data[:4] + (len(reply) + 1).to_bytes(2, "big") + data[6:7]
        return [(ANSWER_AFTER_S, head + reply)]

    return script


def on_bus(banks: Mapping[int, RegisterBank]) -> Callable[[bytes], Sequence[tuple[float, bytes]]]:
    """Several devices on one serial bus; all but the one that is meant stay silent."""

    def script(data: bytes) -> list[tuple[float, bytes]]:
        body, check = data[:-2], data[-2:]
        if body[0] not in banks or check != crc(body):
            return []
        reply = banks[body[0]].answer(body[1:])
        if reply is None:
            return []
        return [(ANSWER_AFTER_S, body[:1] + reply + crc(body[:1] + reply))]

    return script


@asynccontextmanager
async def tcp_link(bank: RegisterBank, clock: Clock) -> AsyncGenerator[ModbusLink]:
    device = TcpDevice(on_tcp(bank))
    await device.start()
    link = ModbusLink.tcp("bench.link", "127.0.0.1", device.port, clock=clock)
    try:
        yield link
    finally:
        await link.close()
        await device.stop()


@asynccontextmanager
async def bus_link(
    banks: Mapping[int, RegisterBank], settings: SerialSettings, clock: Clock
) -> AsyncGenerator[tuple[ModbusLink, PtyDevice]]:
    # A pseudo-terminal has no parity: only the speed is the real one.
    plain = SerialSettings(baud=settings.baud)
    device = PtyDevice(clock, on_bus(banks))
    link = ModbusLink.rtu("bench.bus", device.path, plain, clock=clock)
    try:
        yield link, device
    finally:
        await link.close()
        device.unplug()


def over_tcp(bank: RegisterBank, act: Callable[[ModbusLink, Clock], Awaitable[None]]) -> None:
    """Do `act` against one device on a socket, in simulated time."""

    async def main(clock: Clock) -> None:
        async with tcp_link(bank, clock) as link:
            await act(link, clock)

    in_virtual_time(main)


def over_bus(
    banks: Mapping[int, RegisterBank],
    settings: SerialSettings,
    act: Callable[[ModbusLink, Clock, PtyDevice], Awaitable[None]],
) -> None:
    """Do `act` against devices on one serial bus, in simulated time."""

    async def main(clock: Clock) -> None:
        async with bus_link(banks, settings, clock) as (link, device):
            await act(link, clock, device)

    in_virtual_time(main)
