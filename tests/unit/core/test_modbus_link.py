"""Modbus over real sockets and pseudo-terminals, against registers made by hand."""

import asyncio
import itertools
import struct
from collections.abc import Callable, Sequence

import pytest

from drivers.core.clock import Clock, RealClock
from drivers.core.errors import Garbled, LinkLost, NoReply, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.modbus_rtu import rtu_reply
from drivers.core.links.serial import SerialSettings
from tests.rigs.wires import PtyDevice, Script, TcpDevice, in_virtual_time

SETTINGS = SerialSettings(9600, parity="E")
GAP_S = 3.5 * 11 / 9600


def crc(data: bytes) -> bytes:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def sealed(data: bytes) -> bytes:
    return data + crc(data)


def answer(unit: int, pdu: bytes) -> bytes:
    """What a unit answers whose every register holds 100 * unit + address; it has no 999."""
    function = pdu[0]
    address, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
    if address == 999:
        return bytes([function | 0x80, 2])
    match function:
        case 1 | 2:
            size = (count + 7) // 8
            return bytes([function, size]) + b"\x55" * size
        case 3 | 4:
            words = [100 * unit + address + at for at in range(count)]
            return struct.pack(f">BB{count}H", function, 2 * count, *words)
        case 17:
            return bytes([17, 6]) + b"meter" + b"\xff"
        case _:
            return pdu[:5]


def rtu_units(*units: int, delay_s: float = 0.01) -> Script:
    def script(data: bytes) -> list[tuple[float, bytes]]:
        if data[0] not in units or crc(data[:-2]) != data[-2:]:
            return []
        return [(delay_s, sealed(data[:1] + answer(data[0], data[1:-2])))]

    return script


def tcp_units(delay_s: Callable[[int], float] = lambda _: 0.0) -> Script:
    """Answers every request after a delay that depends on how many there were."""
    count = 0

    def script(data: bytes) -> list[tuple[float, bytes]]:
        nonlocal count
        count += 1
        pdu = answer(data[6], data[7:])
        head = data[:4] + struct.pack(">HB", len(pdu) + 1, data[6])
        return [(delay_s(count), head + pdu)]

    return script


async def every_function(link: ModbusLink, unit: int) -> None:
    assert await link.read_holding(unit, 7, 3) == [100 * unit + 7 + at for at in range(3)]
    assert await link.read_input(unit, 0, 1) == [100 * unit]
    assert await link.read_coils(unit, 0, 9) == [True, False] * 4 + [True]
    assert await link.read_discrete(unit, 0, 2) == [True, False]
    await link.write_register(unit, 5, 1234)
    await link.write_registers(unit, 5, [1, 2, 3])
    await link.write_coil(unit, 5, on=True)
    await link.write_coil(unit, 5, on=False)
    assert await link.report_server_id(unit) == b"meter"


def test_every_function_works_over_tcp() -> None:
    async def main(clock: Clock) -> None:
        device = TcpDevice(tcp_units())
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock)
        await every_function(link, 1)
        assert (link.stats.replies, link.stats.up) == (9, True)
        await link.close()
        await device.stop()

    in_virtual_time(main)


def test_every_function_works_for_several_units_of_one_bus() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, rtu_units(1, 2, 3))
        link = ModbusLink.rtu("bench.bus", device.path, SETTINGS, clock=clock)
        await asyncio.gather(*(every_function(link, unit) for unit in (1, 2, 3)))
        assert link.stats.replies == 27
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_units_of_one_bus_are_separated_by_three_and_a_half_characters() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, rtu_units(1, 2))
        link = ModbusLink.rtu("bench.bus", device.path, SETTINGS, clock=clock)
        await asyncio.gather(*(link.read_holding(1 + at % 2, 0, 2) for at in range(6)))
        heard_s = [at_s for at_s, _ in device.heard]
        between_s = [after - before for before, after in itertools.pairwise(heard_s)]
        assert between_s == pytest.approx([0.01 + GAP_S] * 5)
        await link.close()
        device.unplug()

    in_virtual_time(main)


async def test_the_silence_is_kept_in_real_time_too() -> None:
    clock = RealClock()
    said_s: list[float] = []

    def script(data: bytes) -> Sequence[tuple[float, bytes]]:
        said_s.append(clock.monotonic())
        return rtu_units(1, delay_s=0.0)(data)

    device = PtyDevice(clock, script)
    link = ModbusLink.rtu("bench.bus", device.path, SETTINGS, clock=clock)
    for _ in range(10):
        await link.read_holding(1, 0, 2)
    between_s = [after - before for before, after in itertools.pairwise(said_s)]
    assert min(between_s) >= GAP_S
    await link.close()
    device.unplug()


def test_a_silent_unit_does_not_hurt_its_neighbour() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, rtu_units(1))
        link = ModbusLink.rtu("bench.bus", device.path, SETTINGS, clock=clock, timeout_s=0.5)
        checked: list[int] = []

        async def check() -> None:
            checked.append(1)
            await link.read_holding(1, 0, 1)

        link.on_suspect(1, check)
        with pytest.raises(NoReply, match=r"^bench\.bus: unit 2: no reply in 0\.5 s"):
            await link.read_holding(2, 0, 1)
        assert await link.read_holding(1, 0, 1) == [100]
        assert not checked
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_late_reply_on_a_bus_answers_neither_the_neighbour_nor_the_next_request() -> None:
    async def main(clock: Clock) -> None:
        prompt, late = rtu_units(1, 2), rtu_units(1, 2, delay_s=0.56)
        device = PtyDevice(clock, lambda data: (late if data[3] == 50 else prompt)(data))
        link = ModbusLink.rtu("bench.bus", device.path, SETTINGS, clock=clock, timeout_s=0.5)

        async def check() -> None:
            if await link.read_input(1, 7, 1) != [107]:
                raise WrongDevice("not the meter")

        link.on_suspect(1, check)
        with pytest.raises(NoReply):
            await link.read_holding(1, 50, 1)
        assert await link.read_holding(2, 3, 1) == [203]
        with pytest.raises(NoReply):
            await link.read_input(1, 50, 1)
        assert await link.read_input(1, 3, 1) == [103]
        assert await link.read_input(1, 4, 1) == [104]
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_late_reply_over_tcp_answers_nothing() -> None:
    async def main(clock: Clock) -> None:
        device = TcpDevice(tcp_units(lambda count: 0.6 if count == 1 else 0.2))
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock, timeout_s=0.5)
        checks: list[float] = []

        async def check() -> None:
            assert await link.read_holding(1, 9, 1) == [109]
            checks.append(clock.monotonic())

        link.on_suspect(1, check)
        with pytest.raises(NoReply, match=r"bench.plc: unit 1: no reply in 0.5 s"):
            await link.read_holding(1, 0, 1)
        assert clock.monotonic() == pytest.approx(0.5)
        assert await link.read_holding(1, 5, 1) == [105]
        assert checks == [pytest.approx(0.7)]
        assert await link.read_holding(1, 6, 1) == [106]
        assert (len(checks), link.stats.timeouts, link.stats.reconnects) == (1, 1, 1)
        await link.close()
        await device.stop()

    in_virtual_time(main)


def test_a_cancelled_request_leaves_nothing_to_the_next() -> None:
    async def main(clock: Clock) -> None:
        tcp = TcpDevice(tcp_units(lambda _: 0.2))
        await tcp.start()
        pty = PtyDevice(clock, rtu_units(1, delay_s=0.2))
        for link in (
            ModbusLink.tcp("bench.plc", "127.0.0.1", tcp.port, clock=clock),
            ModbusLink.rtu("bench.bus", pty.path, SETTINGS, clock=clock),
        ):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.19):
                    await link.read_holding(1, 0, 1)
            assert await link.read_holding(1, 5, 1) == [105]
            await link.close()
        await tcp.stop()
        pty.unplug()

    in_virtual_time(main)


def test_a_refusing_device_is_quoted_and_not_suspected() -> None:
    async def main(clock: Clock) -> None:
        tcp = TcpDevice(tcp_units())
        await tcp.start()
        pty = PtyDevice(clock, rtu_units(1))
        for link in (
            ModbusLink.tcp("bench.plc", "127.0.0.1", tcp.port, clock=clock),
            ModbusLink.rtu("bench.plc", pty.path, SETTINGS, clock=clock),
        ):
            with pytest.raises(
                Rejected,
                match=r"bench.plc: unit 1: read holding registers at 999: illegal data address "
                r"\(exception 2\)",
            ):
                await link.read_holding(1, 999, 1)
            assert await link.read_holding(1, 0, 1) == [100]
            assert (link.stats.reconnects, link.stats.garbled) == (0, 0)
            await link.close()
        await tcp.stop()
        pty.unplug()

    in_virtual_time(main)


def test_a_lost_connection_is_seen_at_once_by_the_request_under_way() -> None:
    async def main(clock: Clock) -> None:
        device = TcpDevice(tcp_units(lambda _: 30.0))
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock, timeout_s=60)
        pending = asyncio.create_task(link.read_holding(1, 0, 1))
        asyncio.get_running_loop().call_later(5.0, device.hang_up)
        with pytest.raises(LinkLost, match="the connection is gone"):
            await pending
        assert clock.monotonic() == pytest.approx(5.0, abs=0.001)
        assert not link.stats.up
        await link.close()
        await device.stop()

    in_virtual_time(main)


def test_closing_ends_the_request_under_way() -> None:
    async def main(clock: Clock) -> None:
        tcp = TcpDevice(lambda _: [])
        await tcp.start()
        pty = PtyDevice(clock, lambda _: [])
        for link in (
            ModbusLink.tcp("bench.plc", "127.0.0.1", tcp.port, clock=clock, timeout_s=60.0),
            ModbusLink.rtu("bench.bus", pty.path, SETTINGS, clock=clock, timeout_s=60.0),
        ):
            start_s = clock.monotonic()
            pending = asyncio.create_task(link.read_holding(1, 0, 1))
            await clock.sleep_until(start_s + 1.0)
            await link.close()
            with pytest.raises(LinkLost):
                await pending
            assert clock.monotonic() == pytest.approx(start_s + 1.0)
        await tcp.stop()
        pty.unplug()

    in_virtual_time(main)


def test_a_server_that_comes_back_is_found_and_checked() -> None:
    async def main(clock: Clock) -> None:
        device = TcpDevice(tcp_units())
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock)
        checked: list[float] = []

        async def check() -> None:
            await link.read_holding(1, 0, 1)
            checked.append(clock.monotonic())

        link.on_suspect(1, check)
        await link.read_holding(1, 0, 1)
        await device.stop()
        with pytest.raises(LinkLost):
            await link.read_holding(1, 0, 1)
        with pytest.raises(LinkLost):
            await link.open()
        await device.start()
        assert await link.read_holding(1, 2, 1) == [102]
        assert (len(checked), link.stats.reconnects, device.connections) == (1, 1, 2)
        await link.close()
        with pytest.raises(LinkLost, match="is closed"):
            await link.read_holding(1, 2, 1)
        await device.stop()

    in_virtual_time(main)


def test_a_reply_in_pieces_is_counted_once() -> None:
    async def main(clock: Clock) -> None:
        whole = tcp_units()

        def script(data: bytes) -> list[tuple[float, bytes]]:
            ((_, reply),) = whole(data)
            return [(0.0, reply[:3]), (0.1, reply[3:9]), (0.2, reply[9:])]

        device = TcpDevice(script)
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock)
        link.trace.on = True
        assert await link.read_holding(1, 0, 2) == [100, 101]
        assert (link.stats.bytes_sent, link.stats.bytes_received) == (12, 13)
        assert link.stats.latency_s == pytest.approx(0.2)
        assert len(link.trace.lines()) == 4
        await link.close()
        await device.stop()

    in_virtual_time(main)


@pytest.mark.parametrize(
    "reply",
    [
        b"\x01\x03\x02\x00\x64\xff\xff",  # wrong checksum
        sealed(b"\x01\x03\x04\x00\x64\x00\x65"),  # two registers for one
        b"\x00\xff\x00\xff",  # noise
    ],
)
def test_nonsense_on_a_bus_is_garbled_and_the_next_request_works(reply: bytes) -> None:
    async def main(clock: Clock) -> None:
        good = rtu_units(1)
        device = PtyDevice(clock, lambda data: [(0.01, reply)] if data[3] == 9 else good(data))
        link = ModbusLink.rtu("bench.bus", device.path, SETTINGS, clock=clock)
        with pytest.raises(Garbled, match="unit 1"):
            await link.read_holding(1, 9, 1)
        assert await link.read_holding(1, 5, 1) == [105]
        assert link.stats.garbled == 1
        await link.close()
        device.unplug()

    in_virtual_time(main)


@pytest.mark.parametrize(
    "reply", [b"\x06\x00\x05\x00\x08", b"\x06\x00\x06\x00\x07", b"\x10\x00\x05\x00\x07"]
)
def test_a_write_that_is_not_repeated_word_for_word_is_garbled(reply: bytes) -> None:
    async def main(clock: Clock) -> None:
        head = struct.pack(">HB", len(reply) + 1, 1)
        device = TcpDevice(lambda data: [(0.0, data[:4] + head + reply)])
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock)
        with pytest.raises(Garbled):
            await link.write_register(1, 5, 7)
        await link.close()
        await device.stop()

    in_virtual_time(main)


def test_a_value_that_fits_no_register_never_reaches_the_wire() -> None:
    async def main(clock: Clock) -> None:
        device = TcpDevice(tcp_units())
        await device.start()
        link = ModbusLink.tcp("bench.plc", "127.0.0.1", device.port, clock=clock)
        for value in (-1, 65536):
            with pytest.raises(CodecError, match="does not fit"):
                await link.write_register(1, 5, value)
            with pytest.raises(CodecError, match="does not fit"):
                await link.write_registers(1, 5, [0, value])
        assert device.requests == []
        await link.close()
        await device.stop()

    in_virtual_time(main)


def test_noise_in_front_of_a_reply_is_passed_over() -> None:
    good = sealed(b"\x01\x03\x02\x00\x64")
    feed = rtu_reply(1, 3)
    assert feed(b"\x00\xff" + good) == ([good], b"")
    assert feed(b"\x01" + good) == ([good], b"")
    for end in range(len(good)):
        assert feed(good[:end]) == ([], good[:end])
    with pytest.raises(CodecError, match="checksum"):
        feed(good[:-1] + b"\x00")
