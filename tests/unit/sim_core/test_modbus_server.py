"""Emulated Modbus units as pymodbus's own client sees them, over TCP and over RTU."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer import FramerRTU
from pymodbus.pdu import ModbusPDU

from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.timebase import TimeBase
from tests.unit.sim_core.helpers import PtyClient, Registers, in_virtual_time

SILENCE_S = 1.0


@contextlib.asynccontextmanager
async def _tcp(
    base: TimeBase, units: Mapping[int, Registers]
) -> AsyncGenerator[tuple[ModbusTcpPort, AsyncModbusTcpClient]]:
    port = ModbusTcpPort(units, LineClock(asyncio.get_running_loop()), base.ledger, name="plc")
    await port.start()
    client = AsyncModbusTcpClient(port.host, port=port.port, timeout=1.0, retries=0)
    assert await client.connect()
    yield port, client
    client.close()
    await port.stop()


@contextlib.asynccontextmanager
async def _rtu(
    base: TimeBase, units: Mapping[int, Registers]
) -> AsyncGenerator[tuple[ModbusRtuPort, PtyClient]]:
    port = ModbusRtuPort(units, LineClock(asyncio.get_running_loop()), base.ledger, name="bus")
    await port.start()
    client = PtyClient(port.path, base.ledger)
    yield port, client
    client.close()
    await port.stop()


def _framed(text: str) -> bytes:
    """Return a frame given in hexadecimal with its checksum."""
    frame = bytes.fromhex(text)
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


def test_every_table_is_read_and_written_at_its_own_addresses() -> None:
    unit = Registers()

    async def main(base: TimeBase) -> list[object]:
        async with _tcp(base, {1: unit}) as (_, client):
            await client.write_register(65535, 0xBEEF, device_id=1)
            await client.write_registers(10, [1, 0, 65535], device_id=1)
            await client.write_coil(17, True, device_id=1)  # noqa: FBT003 - pymodbus's signature
            await client.write_coils(30, [True, False, True], device_id=1)
            return [
                (await client.read_holding_registers(65535, count=1, device_id=1)).registers,
                (await client.read_holding_registers(10, count=3, device_id=1)).registers,
                (await client.read_input_registers(7, count=2, device_id=1)).registers,
                (await client.read_coils(17, count=1, device_id=1)).bits[:1],
                (await client.read_coils(29, count=4, device_id=1)).bits[:4],
                (await client.read_discrete_inputs(3, count=3, device_id=1)).bits[:3],
            ]

    assert in_virtual_time(main) == [
        [0xBEEF],
        [1, 0, 65535],
        [7, 8],
        [True],
        [False, True, False, True],
        [False, True, False],
    ]
    assert unit.words[10:13] == [1, 0, 65535]


def test_what_a_unit_refuses_comes_back_as_its_exception() -> None:
    async def main(base: TimeBase) -> list[int]:
        async with _tcp(base, {1: Registers()}) as (_, client):
            replies: list[ModbusPDU] = [
                await client.read_holding_registers(0x0300, count=1, device_id=1),
                await client.write_register(0x0300, 1, device_id=1),
                await client.read_coils(96, count=8, device_id=1),
                await client.read_holding_registers(0, count=1, device_id=9),
            ]
            return [reply.exception_code for reply in replies]

    assert in_virtual_time(main) == [2, 3, 2, 11]


def test_the_server_id_is_the_one_of_the_unit_asked() -> None:
    async def main(base: TimeBase) -> list[bytes]:
        async with _tcp(base, {1: Registers(b"E5CC\xff"), 2: Registers(b"RE72\xff")}) as (
            _,
            client,
        ):
            first = await client.report_device_id(device_id=1)
            second = await client.report_device_id(device_id=2)
            return [first.encode(), second.encode()]

    assert in_virtual_time(main) == [b"\x05E5CC\xff", b"\x05RE72\xff"]


def test_two_requests_in_one_packet_are_both_answered_in_order() -> None:
    async def main(base: TimeBase) -> bytes:
        async with _tcp(base, {1: Registers()}) as (port, _):
            reader, writer = await asyncio.open_connection(port.host, port.port)
            ask = "0000 0006 01 04 0005 0001"
            writer.write(bytes.fromhex(f"0001 {ask} 0002 {ask}"))
            replies = await reader.readexactly(22)
            writer.close()
            return replies

    assert in_virtual_time(main) == bytes.fromhex("0001000000050104020005 0002000000050104020005")


def test_a_late_answer_keeps_the_number_of_its_request() -> None:
    async def main(base: TimeBase) -> int:
        async with _tcp(base, {1: Registers()}) as (port, _):
            reader, writer = await asyncio.open_connection(port.host, port.port)
            port.faults.delay_s = 2.0
            writer.write(bytes.fromhex("0001 0000 0006 01 04 0005 0001"))
            await base.clock.sleep_until(1.5)
            writer.write(bytes.fromhex("0002 0000 0006 01 04 0005 0001"))
            reply = await reader.readexactly(11)
            writer.close()
            return reply[1]

    assert in_virtual_time(main) == 1


def test_an_unplugged_plc_drops_its_client_and_comes_back_on_the_same_port() -> None:
    async def main(base: TimeBase) -> tuple[bool, list[int]]:
        async with _tcp(base, {1: Registers()}) as (port, client):
            number = port.port
            port.unplug()
            await asyncio.sleep(0.01)
            dropped = not client.connected
            port.plug()
            assert port.port == number
            client.close()
            assert await client.connect()
            reply = await client.read_input_registers(3, count=1, device_id=1)
            return dropped, list(reply.registers)

    assert in_virtual_time(main) == (True, [3])


def test_rtu_answers_after_the_time_the_wire_and_the_unit_take() -> None:
    async def main(base: TimeBase) -> tuple[bytes, float]:
        async with _rtu(base, {1: Registers()}) as (_, client):
            client.send(_framed("01 04 0005 0001"))
            return await client.receive(7, SILENCE_S), base.clock.monotonic()

    reply, took_s = in_virtual_time(main)
    assert reply == _framed("01 04 02 0005")
    assert took_s == pytest.approx(15 * 11 / 9600 + 0.005)


@pytest.mark.parametrize(
    "request_hex",
    ["07 04 0005 0001", "00 06 0005 0001"],
    ids=["unknown unit", "broadcast"],
)
def test_rtu_is_silent_where_a_bus_is_silent(request_hex: str) -> None:
    unit = Registers()

    async def main(base: TimeBase) -> bytes:
        async with _rtu(base, {1: unit}) as (_, client):
            client.send(_framed(request_hex))
            with pytest.raises(TimeoutError):
                await client.receive(1, SILENCE_S)
            client.send(_framed("01 04 0005 0001"))
            return await client.receive(7, SILENCE_S)

    assert in_virtual_time(main) == _framed("01 04 02 0005")
    assert unit.words[5] == (1 if request_hex.startswith("00") else 0)


def test_an_unknown_function_is_refused_and_swallows_no_later_request() -> None:
    async def main(base: TimeBase) -> tuple[bytes, bytes]:
        async with _rtu(base, {1: Registers()}) as (_, client):
            client.send(_framed("01 41 00"))
            refusal = await client.receive(5, SILENCE_S)
            client.send(_framed("01 04 0005 0001"))
            return refusal, await client.receive(7, SILENCE_S)

    assert in_virtual_time(main) == (_framed("01 C1 01"), _framed("01 04 02 0005"))


def test_noise_before_a_request_is_forgotten_with_the_silence_after_it() -> None:
    async def main(base: TimeBase) -> bytes:
        async with _rtu(base, {1: Registers()}) as (_, client):
            client.send(b"\xff\x00\x55")
            await base.clock.sleep_until(0.1)
            client.send(_framed("01 04 0005 0001"))
            return await client.receive(7, SILENCE_S)

    assert in_virtual_time(main) == _framed("01 04 02 0005")


def test_an_absent_unit_leaves_the_others_on_the_bus_alone() -> None:
    async def main(base: TimeBase) -> bytes:
        async with _rtu(base, {1: Registers(), 2: Registers()}) as (port, client):
            port.absent.add(1)
            client.send(_framed("01 04 0005 0001"))
            with pytest.raises(TimeoutError):
                await client.receive(1, SILENCE_S)
            client.send(_framed("02 04 0005 0001"))
            return await client.receive(7, SILENCE_S)

    assert in_virtual_time(main) == _framed("02 04 02 0005")


def test_a_corrupted_rtu_answer_fails_its_checksum() -> None:
    async def main(base: TimeBase) -> bytes:
        async with _rtu(base, {1: Registers()}) as (port, client):
            port.faults.corrupt_next = 1
            client.send(_framed("01 04 0005 0001"))
            return await client.receive(7, SILENCE_S)

    reply = in_virtual_time(main)
    assert FramerRTU.compute_CRC(reply[:-2]).to_bytes(2, "big") != reply[-2:]
