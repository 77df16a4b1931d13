"""Small instruments at the far end of real wires, for one tool driver in simulated time."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, TypeVar

from drivers.core.clock import Clock
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.instruments.click_plc import ClickPlc
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.register_bank import RegisterBank, bus_link, tcp_link
from tests.unit.instruments.small_plc import SmallPlc

ANSWER_AFTER_S = 0.005

MadeT = TypeVar("MadeT")


class Spoken(Protocol):
    """A small instrument: bytes in, bytes out."""

    def hear(self, data: bytes) -> bytes:
        """What it says to what it was told."""
        ...


class Bench:
    """The wires of one tool."""

    def __init__(self, clock: Clock, stack: AsyncExitStack) -> None:
        self.clock = clock
        self._stack = stack

    async def serial(
        self,
        name: str,
        small: Spoken,
        model: Callable[[str, SerialLink, Clock], MadeT],
    ) -> MadeT:
        """A driver on a serial wire with a small instrument at its end."""

        def script(data: bytes) -> list[tuple[float, bytes]]:
            said = small.hear(data)
            return [(ANSWER_AFTER_S, said)] if said else []

        device = PtyDevice(self.clock, script)
        self._stack.callback(device.unplug)
        # A pseudo-terminal has no parity: only the speed is the real one.
        link = SerialLink(name, device.path, SerialSettings(baud=38400), clock=self.clock)
        self._stack.push_async_callback(link.close)
        return model(name, link, self.clock)

    async def plc(self, small: SmallPlc) -> ClickPlc:
        """The driver of a small controller, identified."""
        link = await self._stack.enter_async_context(tcp_link(small.bank, self.clock))
        plc = ClickPlc("tool.plc", link, clock=self.clock)
        await plc.identify()
        return plc

    async def bus(self, bank: RegisterBank) -> ModbusLink:
        """A serial bus with one device at address 1."""
        settings = SerialSettings(baud=9600)
        link, _ = await self._stack.enter_async_context(bus_link({1: bank}, settings, self.clock))
        return link


@asynccontextmanager
async def bench(clock: Clock) -> AsyncGenerator[Bench]:
    """Wires that are taken down afterwards."""
    async with AsyncExitStack() as stack:
        yield Bench(clock, stack)
