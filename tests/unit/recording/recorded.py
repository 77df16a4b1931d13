"""Every transport with something at its far end, recorded into a file."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, Link, LinkPool, Transport
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.links.visa import VisaLink
from drivers.core.recording import Heading, Recorder, recording
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from tests.rigs.instruments import InstrumentDriver

NAME: Final = "bench.instrument"
HEADING: Final = Heading(
    software="0.1.0",
    line="bench_line",
    simulated=True,
    tool="bench",
    kind="bench",
    begun_at=datetime(2026, 3, 4, tzinfo=UTC),
)


@dataclass(frozen=True)
class Kind:
    """One transport and an instrument that speaks over it."""

    model: str
    settings: SerialSettings | None
    driver: Callable[[Link, Clock], InstrumentDriver]


def _plc(link: Link, clock: Clock) -> InstrumentDriver:
    assert isinstance(link, ModbusLink)
    return ClickPlc(NAME, link, clock=clock)


def _controller(link: Link, clock: Clock) -> InstrumentDriver:
    assert isinstance(link, ModbusLink)
    return OmronE5cc(NAME, link, clock=clock)


def _bath(link: Link, clock: Clock) -> InstrumentDriver:
    assert isinstance(link, SerialLink)
    return JulaboCf31(NAME, link, clock=clock)


def _meter(link: Link, clock: Clock) -> InstrumentDriver:
    assert isinstance(link, VisaLink)
    return ThorlabsPm100(NAME, link, clock=clock)


KINDS: Final[Mapping[Transport, Kind]] = {
    "modbus_tcp": Kind("click_plc", None, _plc),
    "modbus_rtu": Kind("omron_e5cc", OmronE5cc.SERIAL, _controller),
    "serial": Kind("julabo_cf31", JulaboCf31.SERIAL, _bath),
    "visa": Kind("thorlabs_pm100", None, _meter),
}


@dataclass(frozen=True)
class Wired:
    """One instrument's address, the pool with its link, and the link."""

    endpoint: Endpoint
    pool: LinkPool
    link: Link
    clock: Clock

    def driver(self) -> InstrumentDriver:
        return KINDS[self.endpoint.transport].driver(self.link, self.clock)

    async def recorded(self, path: Path, act: Callable[[], Awaitable[object]]) -> Recorder:
        """Do `act` with every frame going into the file."""
        with (
            path.open("w") as out,
            recording(out, HEADING, [self.endpoint], self.pool, self.clock) as recorder,
        ):
            await act()
        return recorder


@asynccontextmanager
async def wired(transport: Transport, url: str, clock: Clock) -> AsyncGenerator[Wired]:
    """A pool with the link to one instrument, closed afterwards."""
    kind = KINDS[transport]
    pool = LinkPool(clock)
    endpoint = Endpoint("bench", "instrument", kind.model, transport, url)
    try:
        link = await pool.link(endpoint, kind.settings)
        yield Wired(endpoint, pool, link, clock)
    finally:
        await pool.close()
