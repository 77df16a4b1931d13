"""Every way in which a wire misbehaves, seen from the client's end."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.clock import LineClock
from sim_hardware.core.faults import WIRE_FAULTS, WireFaults
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.timebase import TimeBase
from tests.unit.sim_core.helpers import Echo, PtyClient, Registers, in_virtual_time

READ = bytes.fromhex("01 04 00 05 00 01 21 cb")  # unit 1, input register 5
REPLY = bytes.fromhex("01 04 02 00 05 79 33")
TCP_READ = bytes.fromhex("00 07 00 00 00 06 01 04 00 05 00 01")
TCP_WRITE = bytes.fromhex("00 08 00 00 00 06 01 06 00 05 00 2a")


@contextlib.asynccontextmanager
async def echo(base: TimeBase) -> AsyncGenerator[tuple[PtyPort, PtyClient]]:
    port = PtyPort(Echo(), LineClock(asyncio.get_running_loop()), base.ledger, name="echo")
    await port.start()
    client = PtyClient(port.path, base.ledger)
    yield port, client
    client.close()
    await port.stop()


def answered(faults: Mapping[str, float], count: int, request: bytes = b"ab\r") -> bytes:
    """What comes back to one request within a second, at most `count` bytes."""

    async def main(base: TimeBase) -> bytes:
        async with echo(base) as (port, client):
            port.faults.apply(faults)
            client.send(request)
            return await client.receive(count, 1.0)

    return in_virtual_time(main)


@pytest.mark.parametrize(
    ("faults", "heard"),
    [
        ({"checksum_next": 1}, b"AC\r"),
        ({"truncate_next": 1}, b"A"),
        ({"double_next": 1}, b"AB\rAB\r"),
        ({"stray_next": 1}, b"\x00\xffAB\r"),
        ({"echo": 1}, b"ab\rAB\r"),
        ({"split_s": 0.3}, b"AB\r"),
        ({"stray_next": 1, "double_next": 1}, b"\x00\xffAB\rAB\r"),
    ],
)
def test_a_fault_changes_what_the_client_hears(faults: Mapping[str, float], heard: bytes) -> None:
    assert answered(faults, len(heard)) == heard


def test_a_silent_instrument_has_heard_all_the_same() -> None:
    async def main(base: TimeBase) -> bytes:
        async with echo(base) as (port, client):
            port.faults.apply({"silent": 1})
            client.send(b"a")
            with pytest.raises(TimeoutError):
                await client.receive(1, 1.0)
            port.faults.apply({"silent": 0})
            client.send(b"b\r")
            return await client.receive(3, 1.0)

    assert in_virtual_time(main) == b"AB\r"


def test_a_split_answer_comes_in_two_parts_with_the_pause_between_them() -> None:
    async def main(base: TimeBase) -> tuple[float, float]:
        async with echo(base) as (port, client):
            port.faults.apply({"split_s": 0.3})
            client.send(b"abc\r")
            await client.receive(2, 1.0)
            first_s = base.clock.monotonic()
            await client.receive(2, 1.0)
            return first_s, base.clock.monotonic()

    first_s, last_s = in_virtual_time(main)
    assert last_s - first_s == pytest.approx(0.3 + 2 * 10 / 9600)


def test_a_late_request_is_done_late_and_in_its_order() -> None:
    async def main(base: TimeBase) -> tuple[bytes, float]:
        async with echo(base) as (port, client):
            port.faults.apply({"late_s": 3.0})
            client.send(b"a\r")
            await base.clock.sleep_until(1.0)
            port.faults.apply({"late_s": 0.0})
            client.send(b"b\r")
            heard = await client.receive(4, 5.0)
            return heard, base.clock.monotonic()

    heard, now_s = in_virtual_time(main)
    assert heard == b"A\rB\r"
    assert 3.0 < now_s < 3.1


def test_a_pulled_cable_forgets_the_request_that_is_late() -> None:
    async def main(base: TimeBase) -> None:
        async with echo(base) as (port, client):
            port.faults.apply({"late_s": 1.0})
            client.send(b"a\r")
            await base.clock.sleep_until(0.5)
            port.unplug()
            port.plug()
            with pytest.raises(TimeoutError):
                await client.receive(1, 2.0)

    in_virtual_time(main)


def test_frozen_answers_are_those_of_before_and_new_questions_are_answered() -> None:
    async def main(base: TimeBase) -> tuple[bytes, bytes, bytes]:
        unit = Registers()
        port = ModbusRtuPort(
            {1: unit}, LineClock(asyncio.get_running_loop()), base.ledger, name="bus"
        )
        await port.start()
        client = PtyClient(port.path, base.ledger)

        async def read() -> bytes:
            client.send(READ)
            return await client.receive(len(REPLY), 1.0)

        before = await read()
        port.faults.apply({"frozen": 1})
        unit.inputs[5] = 9
        frozen = await read()
        port.faults.apply({"frozen": 0})
        after = await read()
        client.close()
        await port.stop()
        return before, frozen, after

    before, frozen, after = in_virtual_time(main)
    assert before == frozen == REPLY
    assert after != REPLY


def over_tcp(talk: Callable[[ModbusTcpPort, Registers], Awaitable[None]]) -> None:
    async def main(base: TimeBase) -> None:
        unit = Registers()
        clock = LineClock(asyncio.get_running_loop())
        port = ModbusTcpPort({1: unit}, clock, base.ledger, name="plc")
        await port.start()
        await talk(port, unit)
        await port.stop()

    in_virtual_time(main)


async def asked(port: ModbusTcpPort, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(port.host, port.port)
    writer.write(request)
    reply = await reader.readexactly(6)
    reply += await reader.readexactly(reply[5])
    writer.close()
    await writer.wait_closed()
    return reply


def test_a_refused_write_changes_nothing() -> None:
    async def talk(port: ModbusTcpPort, unit: Registers) -> None:
        port.faults.apply({"refuse_code": 4})
        assert (await asked(port, TCP_WRITE))[7:] == bytes([0x86, 4])
        assert unit.words[5] == 0
        assert (await asked(port, TCP_READ))[7:] == bytes([4, 2, 0, 5])

    over_tcp(talk)


def test_a_busy_unit_says_so_as_often_as_asked_for() -> None:
    async def talk(port: ModbusTcpPort, _unit: Registers) -> None:
        port.faults.apply({"busy_next": 1})
        assert (await asked(port, TCP_READ))[7:] == bytes([0x84, 6])
        assert (await asked(port, TCP_READ))[7:] == bytes([4, 2, 0, 5])

    over_tcp(talk)


def test_another_unit_answers_under_its_own_number() -> None:
    async def talk(port: ModbusTcpPort, _unit: Registers) -> None:
        port.faults.apply({"unit_next": 1})
        assert (await asked(port, TCP_READ))[6] == 2
        assert (await asked(port, TCP_READ))[6] == 1

    over_tcp(talk)


def test_a_late_command_is_done_although_the_client_has_gone() -> None:
    async def talk(port: ModbusTcpPort, unit: Registers) -> None:
        port.faults.apply({"late_s": 2.0})
        _, writer = await asyncio.open_connection(port.host, port.port)
        writer.write(TCP_WRITE)
        await asyncio.sleep(1.0)
        writer.close()
        await writer.wait_closed()
        assert unit.words[5] == 0
        await asyncio.sleep(2.0)
        assert unit.words[5] == 42

    over_tcp(talk)


def test_a_half_open_connection_is_dead_and_a_new_one_is_served() -> None:
    async def main(base: TimeBase) -> bytes:
        clock = LineClock(asyncio.get_running_loop())
        port = SocketPort(Echo(), clock, base.ledger, name="meter")
        await port.start()
        reader, writer = await asyncio.open_connection(port.host, port.port)
        writer.write(b"a\r")
        assert await reader.readexactly(2) == b"A\r"
        port.forget_clients()
        writer.write(b"b\r")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0):
                await reader.read(1)
        again, second = await asyncio.open_connection(port.host, port.port)
        second.write(b"c\r")
        heard = await again.readexactly(2)
        for each in (writer, second):
            each.close()
            await each.wait_closed()
        await port.stop()
        return heard

    assert in_virtual_time(main) == b"C\r"


@given(st.binary(min_size=1, max_size=40))
def test_a_wire_that_is_well_changes_nothing(data: bytes) -> None:
    assert list(WireFaults().parts(data)) == [(0.0, data)]


@given(st.binary(min_size=1, max_size=40))
def test_a_spoilt_answer_is_never_the_right_one(data: bytes) -> None:
    for name in ("corrupt_next", "checksum_next", "truncate_next"):
        faults = WireFaults()
        faults.apply({name: 1})
        assert faults.spoil(data) != data
        assert faults.spoil(data) == data


def test_every_wire_fault_is_shown_as_long_as_it_is_there() -> None:
    faults = WireFaults()
    assert faults.active() == {}
    faults.apply(dict.fromkeys(WIRE_FAULTS, 1))
    assert set(faults.active()) == WIRE_FAULTS
