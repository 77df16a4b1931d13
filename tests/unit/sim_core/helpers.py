"""Small instruments and clients with which the ports and the clocks are tried."""

import asyncio
import os
import tty
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from typing_extensions import override

from sim_hardware.core.ports import ByteLedger
from sim_hardware.core.timebase import TimeBase, virtual
from sim_hardware.core.wire import Answer, ModbusFault, RegisterInstrument, StreamInstrument, Table

T = TypeVar("T")


def in_virtual_time(main: Callable[[TimeBase], Awaitable[T]]) -> T:
    """Run `main` on a virtual loop of its own; return what it returns."""
    base = virtual()

    async def run() -> T:
        return await main(base)

    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        return runner.run(run())


class Echo(StreamInstrument):
    """Sends every line back in capitals after 5 ms."""

    def __init__(self) -> None:
        self._rest = b""

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        *lines, self._rest = (self._rest + data).split(b"\r")
        return [Answer(line.upper() + b"\r", 0.005) for line in lines]


class Registers(RegisterInstrument):
    """Remembers everything; refuses address 0x0300, holds no coil above 99."""

    def __init__(self, name: bytes = b"unit") -> None:
        self.name = name
        self.words = [0] * 65536
        self.inputs = list(range(1000))
        self.bits = [0] * 100

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        source = {
            Table.COIL: self.bits,
            Table.DISCRETE: [1, 0] * 50,
            Table.HOLDING: self.words,
            Table.INPUT: self.inputs,
        }[table]
        if address + count > len(source) or address == 0x0300:
            raise ModbusFault(2)
        return source[address : address + count]

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        if address == 0x0300:
            raise ModbusFault(3)
        target = self.bits if table is Table.COIL else self.words
        target[address : address + len(values)] = values

    @override
    def server_id(self) -> bytes:
        return self.name


class PtyClient:
    """A client of a pseudo-terminal that counts what it sends and receives."""

    def __init__(self, path: str, ledger: ByteLedger) -> None:
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._descriptor)
        self._data = b""
        self._news = asyncio.Event()
        self._loop.add_reader(self._descriptor, self._ready)

    def send(self, data: bytes) -> None:
        self._ledger.sent(os.write(self._descriptor, data))

    async def receive(self, count: int, timeout_s: float) -> bytes:
        """Return `count` bytes; TimeoutError when they do not come."""
        async with asyncio.timeout(timeout_s):
            while len(self._data) < count:
                self._news.clear()
                await self._news.wait()
        taken, self._data = self._data[:count], self._data[count:]
        return taken

    async def ask(self, line: bytes, timeout_s: float = 0.2) -> bytes:
        self.send(line)
        return await self.receive(len(line), timeout_s)

    def close(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _ready(self) -> None:
        data = os.read(self._descriptor, 4096)
        self._ledger.received(len(data))
        self._data += data
        self._news.set()
