"""How long a request that waits for its answer takes to learn that the link is gone.

A device that hangs up as soon as it is asked; from there to the exception at the caller. The same
device is asked once through pymodbus alone with the same time-out, which it runs into.
"""

import asyncio
import os
import pty
import statistics
import time
import tty
from collections.abc import Awaitable, Callable

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from typing_extensions import override

from benchmarks.measure import CLOCK, Result
from drivers.core.errors import LinkLost
from drivers.core.framing import delimited
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings

GOAL_MS = 10.0
TIMEOUT_S = 1.0

HungUp = list[float]
"""When the device hung up, each time."""


class _HangsUp(asyncio.Protocol):
    """Hangs up on whoever asks; politely and rudely in turns."""

    def __init__(self, hung_up: HungUp) -> None:
        self._hung_up = hung_up
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._hung_up.append(time.perf_counter())
        if len(self._hung_up) % 2:
            self._transport.close()
        else:
            self._transport.abort()


def measure(*, quick: bool) -> list[Result]:
    """The slowest of many, over Modbus TCP and over a serial line."""
    times = 20 if quick else 100
    return [asyncio.run(_modbus(times)), asyncio.run(_serial(times))]


async def _modbus(times: int) -> Result:
    hung_up: HungUp = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _HangsUp(hung_up), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = ModbusLink.tcp("tool.gateway", "127.0.0.1", port, clock=CLOCK, timeout_s=TIMEOUT_S)
    took_ms = [await _learns(lambda: link.read_holding(1, 0, 1), hung_up) for _ in range(times)]
    await link.close()
    alone_ms = await _pymodbus_alone_ms(port, hung_up)
    server.close()
    await server.wait_closed()
    return _result("Modbus TCP", took_ms, f"; pymodbus alone {alone_ms:.0f} ms")


async def _pymodbus_alone_ms(port: int, hung_up: HungUp) -> float:
    client = AsyncModbusTcpClient(
        "127.0.0.1", port=port, timeout=TIMEOUT_S, retries=0, reconnect_delay=0
    )
    await client.connect()
    try:
        await client.read_holding_registers(0, count=1, device_id=1)
    except ModbusException:
        return (time.perf_counter() - hung_up[-1]) * 1000
    finally:
        client.close()
    raise AssertionError("a device that hung up has answered")


async def _serial(times: int) -> Result:
    took_ms: list[float] = []
    for _ in range(times):
        hung_up: HungUp = []
        path = _pty_that_hangs_up(hung_up)
        link = SerialLink("tool.gauge", path, SerialSettings(), clock=CLOCK)
        took_ms.append(await _learns(lambda: link.exchange(b"?\r", delimited(b"\r")), hung_up))  # noqa: B023 - awaited at once
        await link.close()
    return _result("serial line", took_ms, "")


def _pty_that_hangs_up(hung_up: HungUp) -> str:
    master, slave = pty.openpty()
    tty.setraw(slave)
    loop = asyncio.get_running_loop()

    def hang_up() -> None:
        loop.remove_reader(master)
        hung_up.append(time.perf_counter())
        os.close(slave)
        os.close(master)

    loop.add_reader(master, hang_up)
    return os.ttyname(slave)


async def _learns(ask: Callable[[], Awaitable[object]], hung_up: HungUp) -> float:
    try:
        await ask()
    except LinkLost:
        return (time.perf_counter() - hung_up[-1]) * 1000
    raise AssertionError("a device that hung up has answered")


def _result(wire: str, took_ms: list[float], more: str) -> Result:
    note = f"slowest of {len(took_ms)}, median {statistics.median(took_ms):.2f} ms{more}"
    what = f"a pending request learns of a lost link, {wire}"
    return Result(what, max(took_ms), GOAL_MS, "ms", note, at_most=True)
