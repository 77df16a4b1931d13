"""Emulated ports: pacing, faults, unplugging, and nothing left behind."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.faults import WireFaults
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.timebase import TimeBase
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer
from tests.unit.sim_core.helpers import Echo, PtyClient, in_virtual_time

BYTE_S = 10 / 9600


@contextlib.asynccontextmanager
async def _echo(base: TimeBase) -> AsyncGenerator[tuple[PtyPort, PtyClient]]:
    port = PtyPort(Echo(), LineClock(asyncio.get_running_loop()), base.ledger, name="echo")
    await port.start()
    client = PtyClient(port.path, base.ledger)
    yield port, client
    client.close()
    await port.stop()


def test_the_link_is_there_while_the_port_is_and_gone_afterwards(tmp_path: Path) -> None:
    link = tmp_path / "bath"

    async def main(base: TimeBase) -> tuple[Path, str]:
        clock = LineClock(asyncio.get_running_loop())
        port = PtyPort(Echo(), clock, base.ledger, name="bath", link=link)
        await port.start()
        target, path = link.readlink(), port.path
        await port.stop()
        await port.stop()
        return target, path

    target, path = in_virtual_time(main)
    assert str(target) == path
    assert not link.is_symlink()


def test_answers_to_two_requests_at_once_come_one_after_the_other() -> None:
    async def main(base: TimeBase) -> tuple[bytes, float, float]:
        async with _echo(base) as (_, client):
            client.send(b"ab\rcd\r")
            first = await client.receive(3, 1.0)
            first_s = base.clock.monotonic()
            second = await client.receive(3, 1.0)
            return first + second, first_s, base.clock.monotonic()

    data, first_s, second_s = in_virtual_time(main)
    assert data == b"AB\rCD\r"
    assert first_s == pytest.approx(6 * BYTE_S + 0.005 + 3 * BYTE_S)
    assert second_s == pytest.approx(first_s + 3 * BYTE_S)


def test_an_unplugged_wire_is_silent_and_answers_again_when_plugged() -> None:
    async def main(base: TimeBase) -> bytes:
        async with _echo(base) as (port, client):
            port.unplug()
            with pytest.raises(TimeoutError):
                await client.ask(b"lost\r", 1.0)
            port.plug()
            return await client.ask(b"here\r", 1.0)

    assert in_virtual_time(main) == b"HERE\r"


def test_unplugging_loses_the_answer_that_is_on_its_way() -> None:
    async def main(base: TimeBase) -> bytes:
        async with _echo(base) as (port, client):
            client.send(b"lost\r")
            await base.clock.sleep_until(0.006)
            port.unplug()
            port.plug()
            with pytest.raises(TimeoutError):
                await client.receive(1, 1.0)
            return await client.ask(b"here\r", 1.0)

    assert in_virtual_time(main) == b"HERE\r"


def test_wire_faults_drop_corrupt_and_delay() -> None:
    async def main(base: TimeBase) -> tuple[bytes, bytes, float]:
        async with _echo(base) as (port, client):
            port.faults.apply({"drop_next": 1, "corrupt_next": 1})
            with pytest.raises(TimeoutError):
                await client.ask(b"one\r", 1.0)
            corrupted = await client.ask(b"two\r", 1.0)
            port.faults.apply({"delay_s": 2.0})
            asked_s = base.clock.monotonic()
            late = await client.ask(b"three\r", 5.0)
            return corrupted, late, base.clock.monotonic() - asked_s

    corrupted, late, took_s = in_virtual_time(main)
    assert corrupted == bytes([ord("T"), ord("W"), ord("O") ^ 0x80, ord("\r")])
    assert late == b"THREE\r"
    assert took_s == pytest.approx(2.005 + 12 * BYTE_S)


def test_what_an_instrument_says_unasked_is_heard_unless_unplugged() -> None:
    class Herald(SpeaksUnasked):
        @override
        def receive(self, data: bytes) -> Sequence[Answer]:
            return []

    async def main(base: TimeBase) -> bytes:
        herald = Herald()
        port = PtyPort(herald, LineClock(asyncio.get_running_loop()), base.ledger, name="herald")
        await port.start()
        client = PtyClient(port.path, base.ledger)
        port.unplug()
        herald.unasked(Answer(b"lost"))
        port.plug()
        herald.unasked(Answer(b"news"))
        heard = await client.receive(4, 1.0)
        client.close()
        await port.stop()
        return heard

    assert in_virtual_time(main) == b"news"


def test_an_unknown_wire_fault_is_refused_and_sets_nothing() -> None:
    faults = WireFaults()
    with pytest.raises(KeyError, match="smoke"):
        faults.apply({"delay_s": 1.0, "smoke": 1.0})
    assert faults.delay_s == 0.0


def test_a_socket_instrument_answers_drops_its_clients_and_listens_again() -> None:
    async def main(base: TimeBase) -> tuple[bytes, bytes, bool]:
        clock = LineClock(asyncio.get_running_loop())
        port = SocketPort(Echo(), clock, base.ledger, name="meter")
        await port.start()
        number = port.port
        reader, writer = await asyncio.open_connection(port.host, number)
        writer.write(b"before\r")
        before = await reader.readuntil(b"\r")
        port.unplug()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(port.host, number)
        port.plug()
        reader, writer = await asyncio.open_connection(port.host, number)
        writer.write(b"after\r")
        after = await reader.readuntil(b"\r")
        writer.close()
        await port.stop()
        await port.stop()
        return before, after, port.unplugged

    assert in_virtual_time(main) == (b"BEFORE\r", b"AFTER\r", True)
