"""Every instrument model on a bench: its emulator on a real wire, our driver at the other end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from typing_extensions import override

from drivers.core.clock import Clock
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer, RegisterInstrument, StreamInstrument, Table
from tests.rigs.bench_media import MEDIA_INSTRUMENTS
from tests.rigs.bench_parts import NAME, TIMEOUT_S, Builder, InstrumentDriver, Link, Port
from tests.rigs.bench_tools import TOOL_INSTRUMENTS
from tests.rigs.wires import in_virtual_time

__all__ = [
    "BUILDERS",
    "MODELS",
    "NAME",
    "TIMEOUT_S",
    "Bench",
    "ByteTap",
    "InstrumentDriver",
    "Port",
    "RegisterTap",
    "address_of",
    "at",
    "on_bench",
]

T = TypeVar("T")

BUILDERS: Final = {**TOOL_INSTRUMENTS, **MEDIA_INSTRUMENTS}
MODELS: Final = tuple(sorted(BUILDERS))


class ByteTap(SpeaksUnasked):
    """Remembers what reaches a stream instrument, piece by piece."""

    def __init__(self, inner: StreamInstrument) -> None:
        super().__init__()
        self.inner = inner
        self.pieces: list[bytes] = []
        if isinstance(inner, SpeaksUnasked):
            inner.unasked = self._pass_on

    @property
    def requests(self) -> int:
        return len(self.pieces)

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self.pieces.append(data)
        return self.inner.receive(data)

    def _pass_on(self, answer: Answer) -> None:
        self.unasked(answer)  # whoever listens now: the port comes later than the instrument


class RegisterTap(RegisterInstrument):
    """Remembers which registers of an instrument are read and written."""

    def __init__(self, inner: RegisterInstrument) -> None:
        self.inner = inner
        self.reads: list[tuple[int, int]] = []
        self.writes: list[tuple[int, list[int]]] = []

    @property
    def requests(self) -> int:
        return len(self.reads) + len(self.writes)

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        self.reads.append((address, count))
        return self.inner.read(table, address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self.writes.append((address, list(values)))
        self.inner.write(table, address, values)

    @override
    def as_sent(self, reply: bytes) -> bytes:
        return self.inner.as_sent(reply)

    @override
    def server_id(self) -> bytes:
        return self.inner.server_id()


@dataclass(frozen=True)
class Bench:
    """One instrument: `the(kind)` finds driver, emulator or what it is wired to by its class."""

    model: str
    clock: Clock
    driver: InstrumentDriver
    link: Link
    port: Port
    tap: ByteTap | RegisterTap
    unit: int
    parts: tuple[object, ...]

    def the(self, kind: type[T]) -> T:
        return next(part for part in (self.driver, *self.parts) if isinstance(part, kind))


@asynccontextmanager
async def on_bench(model: str, clock: Clock) -> AsyncGenerator[Bench]:
    """Emulator and driver of a model on one wire, in the time of `clock`."""
    builder = BUILDERS[model]
    line_clock = LineClock(asyncio.get_running_loop())
    made = builder.emulator(line_clock)
    tap: ByteTap | RegisterTap
    if isinstance(made.emulator, StreamInstrument):
        tap = ByteTap(made.emulator)
    else:
        tap = RegisterTap(made.emulator)
    port = _port(builder, tap, line_clock, clock)
    await port.start()
    link, driver = builder.connect(address_of(port), clock)
    try:
        yield Bench(model, clock, driver, link, port, tap, builder.unit, made.parts)
    finally:
        await link.close()
        await port.stop()


def at(model: str, act: Callable[[Bench], Awaitable[None]]) -> None:
    """Do `act` with a model on the bench that was identified, in simulated time."""

    async def main(clock: Clock) -> None:
        async with on_bench(model, clock) as bench:
            await bench.driver.identify()
            await act(bench)

    in_virtual_time(main)


def address_of(port: Port) -> str:
    """What a client opens."""
    match port:
        case PtyPort() | ModbusRtuPort():
            return port.path
        case SocketPort():
            return f"TCPIP::{port.host}::{port.port}::SOCKET"
        case ModbusTcpPort():
            return port.url


def _port(builder: Builder, tap: ByteTap | RegisterTap, line: LineClock, clock: Clock) -> Port:
    if isinstance(tap, ByteTap):
        if builder.wire == "visa":
            return SocketPort(tap, line, clock, name=NAME)
        return PtyPort(tap, line, clock, name=NAME, baud=tap.inner.line_baud)
    kind = ModbusTcpPort if builder.wire == "modbus_tcp" else ModbusRtuPort
    return kind({builder.unit: tap}, line, clock, name=NAME)
