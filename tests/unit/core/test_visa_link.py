"""VISA text queries over a real socket."""

import asyncio

import pytest

from drivers.core.clock import Clock, RealClock
from drivers.core.errors import Garbled, LinkLost, NoReply, WrongDevice
from drivers.core.links.visa import VisaLink
from tests.rigs.wires import TcpDevice, in_virtual_time

IDENTITY = "THORLABS,PM100USB,1234567,1.4.0"


def meter(data: bytes) -> list[tuple[float, bytes]]:
    match data:
        case b"*IDN?\n":
            return [(0.0, IDENTITY.encode() + b"\n")]
        case b"LATE?\n":
            return [(0.25, b"too late\n")]
        case b"NOISE?\n":
            return [(0.0, b"\xff\xfe\n")]
        case b"MUTE?\n" | b"SET 1\n":
            return []
        case _:
            return [(0.0, b"0.00123\n")]


async def started(clock: Clock, *, timeout_s: float = 2.0) -> tuple[TcpDevice, VisaLink]:
    device = TcpDevice(meter)
    await device.start()
    resource = f"TCPIP::127.0.0.1::{device.port}::SOCKET"
    return device, VisaLink("bench.meter", resource, clock=clock, timeout_s=timeout_s)


async def test_a_query_gets_its_line_and_a_command_gets_none() -> None:
    device, link = await started(RealClock())
    link.trace.on = True
    await link.write("SET 1")
    assert await link.query("MEAS?") == "0.00123"
    assert device.requests[0].startswith(b"SET 1\n")
    assert (link.stats.requests, link.stats.replies, link.stats.up) == (2, 1, True)
    assert len(link.trace.lines()) == 3
    await link.close()
    await device.stop()


async def test_a_late_reply_never_answers_the_next_query() -> None:
    clock = RealClock()
    device, link = await started(clock, timeout_s=0.2)
    checks: list[str] = []

    async def identify() -> None:
        checks.append(await link.query("*IDN?"))

    link.on_suspect(identify)
    with pytest.raises(NoReply, match=r"bench.meter: no reply in 0.2 s"):
        await link.query("LATE?")
    assert await link.query("MEAS?") == "0.00123"
    await clock.sleep_until(clock.monotonic() + 0.2)
    assert await link.query("MEAS?") == "0.00123"
    assert checks == [IDENTITY]
    assert (link.stats.timeouts, link.stats.reconnects, device.connections) == (1, 1, 2)
    await link.close()
    await device.stop()


async def test_a_cancelled_query_leaves_nothing_to_the_next() -> None:
    device, link = await started(RealClock())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await link.query("LATE?")
    assert await link.query("MEAS?") == "0.00123"
    assert device.connections == 2
    await link.close()
    await device.stop()


async def test_nobody_at_the_address_is_a_lost_link() -> None:
    device, link = await started(RealClock(), timeout_s=0.2)
    await device.stop()
    with pytest.raises(LinkLost):
        await link.query("MEAS?")
    assert not link.stats.up
    await device.start()
    assert await link.query("MEAS?") == "0.00123"
    await link.close()
    with pytest.raises(LinkLost, match="is closed"):
        await link.query("MEAS?")
    await device.stop()


async def test_another_instrument_is_not_used() -> None:
    device, link = await started(RealClock(), timeout_s=0.2)

    async def identify() -> None:
        if await link.query("*IDN?") != "KEPCO":
            raise WrongDevice("no power supply", source=link.name)

    link.on_suspect(identify)
    with pytest.raises(NoReply):
        await link.query("MUTE?")
    for _ in range(2):
        with pytest.raises(WrongDevice):
            await link.write("SET 1")
    assert b"SET 1\n" not in device.requests
    await link.close()
    await device.stop()


async def test_a_reply_that_is_no_text_is_garbled() -> None:
    device, link = await started(RealClock())
    with pytest.raises(Garbled):
        await link.query("NOISE?")
    assert await link.query("MEAS?") == "0.00123"
    await link.close()
    await device.stop()


def test_simulated_time_stands_still_during_a_query() -> None:
    async def main(clock: Clock) -> None:
        device, link = await started(clock)
        for _ in range(10):
            assert await link.query("MEAS?") == "0.00123"
        assert clock.monotonic() == 0.0
        await link.close()
        await device.stop()

    in_virtual_time(main)
