"""What a recording holds: every byte of every wire, when, which way, and whose it was."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, LinkPool, Transport
from drivers.core.links.base import asked_for
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.modbus_rtu import checksum
from drivers.core.links.serial import SerialLink
from drivers.core.links.visa import VisaLink
from drivers.core.recording import recording
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.procedure import fleet
from sim_hardware.core.recording import read_recording
from tests.rigs.wires import PtyDevice, Script, TcpDevice, in_virtual_time
from tests.unit.recording.recorded import HEADING, NAME, Wired, wired

RTU_REPLY = (body := bytes.fromhex("01 03 04 00 17 00 2a")) + checksum(body)
TCP_REPLY = bytes.fromhex("00 01 00 00 00 07 01 03 04 00 17 00 2a")


def up_to(end: bytes) -> Callable[[bytes], tuple[list[bytes], bytes]]:
    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        head, found, rest = buffer.partition(end)
        return ([head + found], rest) if found else ([], buffer)

    return feed


async def ask(rig: Wired) -> None:
    match rig.link:
        case ModbusLink():
            assert await rig.link.read_holding(1, 4, 2) == [0x17, 0x2A]
        case SerialLink():
            await rig.link.send(b"SET\r", gap_s=0.3)
            assert await rig.link.exchange(b"GET\r", up_to(b"\n")) == b"12.5\r\n"
        case VisaLink():
            await rig.link.write("SET 1")
            assert await rig.link.query("GET?") == "12.5\r"


# transport: what the device says to what, and all that passes the wire
SAID: dict[Transport, tuple[Script, Sequence[tuple[str, bytes]]]] = {
    "modbus_tcp": (
        lambda _: [(0.0, TCP_REPLY[:5]), (0.01, TCP_REPLY[5:])],
        [("tx", bytes.fromhex("00 01 00 00 00 06 01 03 00 04 00 02")), ("rx", TCP_REPLY)],
    ),
    "modbus_rtu": (
        lambda _: [(0.01, RTU_REPLY[:3]), (0.02, RTU_REPLY[3:])],
        [("tx", (head := bytes.fromhex("01 03 00 04 00 02")) + checksum(head)), ("rx", RTU_REPLY)],
    ),
    "serial": (
        lambda data: [(0.1, b"\x00noise")] if data == b"SET\r" else [(0.01, b"12.5\r\n")],
        [("tx", b"SET\r"), ("rx", b"\x00noise"), ("tx", b"GET\r"), ("rx", b"12.5\r\n")],
    ),
    "visa": (
        lambda data: [(0.0, b"12.5\r\n")] if b"GET?\n" in data else [],
        [("tx", b"SET 1\n"), ("tx", b"GET?\n"), ("rx", b"12.5\r\n")],
    ),
}


@pytest.mark.parametrize("transport", SAID)
def test_every_byte_of_a_wire_is_in_its_recording(tmp_path: Path, transport: Transport) -> None:
    script, passed = SAID[transport]
    path = tmp_path / "frames.jsonl"

    async def main(clock: Clock) -> int:
        network = TcpDevice(script)
        await network.start()
        serial = PtyDevice(clock, script)
        urls = {
            "modbus_tcp": f"127.0.0.1:{network.port}",
            "visa": f"TCPIP::127.0.0.1::{network.port}::SOCKET",
        }
        async with wired(transport, urls.get(transport, serial.path), clock) as rig:
            recorder = await rig.recorded(path, lambda: ask(rig))
        await network.stop()
        serial.unplug()
        return recorder.frames

    count = in_virtual_time(main)
    found = read_recording(path)
    assert [("tx" if frame.asked else "rx", frame.data) for frame in found.frames] == passed
    assert [frame.number for frame in found.frames] == list(range(1, count + 1))
    assert {frame.instrument for frame in found.frames} == {NAME}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_recording_says_what_it_is_of_and_how_each_wire_was_set(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"

    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, SAID["serial"][0])
        async with wired("serial", device.path, clock) as rig:
            await rig.recorded(path, lambda: ask(rig))
        device.unplug()

    in_virtual_time(main)
    head, first, noise, *_ = rows(path)
    assert (head["recording"], head["version"]) == ("frames", 1)
    assert (head["line"], head["tool"], head["simulated"]) == ("bench_line", "bench", True)
    (item,) = head["instruments"]
    assert (item["model"], item["transport"], item["wire"]) == ("julabo_cf31", "serial", NAME)
    assert item["settings"] == {
        "baud": 4800, "bits": 7, "parity": "E", "stop_bits": 1, "rtscts": True,
    }  # fmt: skip
    assert (first["t_s"], first["hex"], first["text"]) == (0.0, "53 45 54 0d", "SET.")
    assert (noise["t_s"], noise["direction"], noise["text"]) == (0.1, "rx", ".noise")


def test_bytes_that_follow_closely_are_one_frame_and_later_ones_another() -> None:
    async def main(clock: Clock) -> list[dict[str, Any]]:
        out = io.StringIO()
        pool = LinkPool(clock)
        points = [Endpoint("bench", role, "m", "serial", f"/dev/{role}") for role in ("one", "two")]
        links = [await pool.link(point, SensirionSfc5500.SERIAL) for point in points]
        one, two = (link.trace for link in links)
        with recording(out, HEADING, points, pool, clock):
            one.record(1.00, "tx", b"a")
            one.record(1.01, "tx", b"b")
            one.record(1.02, "rx", b"c")
            two.record(1.03, "rx", b"x")
            one.record(1.04, "rx", b"d")
            one.record(1.20, "rx", b"e")
        two.record(2.00, "rx", b"after the end")
        return [json.loads(line) for line in out.getvalue().splitlines()[1:]]

    found = in_virtual_time(main)
    assert [(row["n"], row["t_s"], row["end_s"], row["text"]) for row in found] == [
        (1, 1.00, 1.00, "a"),
        (2, 1.01, 1.01, "b"),
        (3, 1.02, 1.04, "cd"),
        (4, 1.03, 1.03, "x"),
        (5, 1.20, 1.20, "e"),
    ]
    assert [row["instrument"] for row in found] == ["bench.one"] * 3 + ["bench.two", "bench.one"]


def test_a_frame_on_a_shared_bus_belongs_to_the_unit_that_it_names() -> None:
    async def main(clock: Clock) -> list[str]:
        out = io.StringIO()
        pool = LinkPool(clock)
        points = [
            Endpoint("bench", role, "omron_e5cc", "modbus_rtu", "/dev/bus", unit)
            for role, unit in (("upper", 1), ("lower", 2))
        ]
        link = await pool.link(points[0], OmronE5cc.SERIAL)
        with recording(out, HEADING, points, pool, clock):
            for unit in (2, 1):
                link.trace.record(0.0, "tx", bytes((unit, 3)))
                link.trace.record(0.0, "rx", bytes((unit, 3)))
        head, *frames = (json.loads(line) for line in out.getvalue().splitlines())
        assert {item["wire"] for item in head["instruments"]} == {"bench.upper"}
        return [row["instrument"] for row in frames]

    assert in_virtual_time(main) == ["bench.lower"] * 2 + ["bench.upper"] * 2


class Asked:
    """An instrument whose every question shows for whom the wire is used."""

    name = "bench.asked"

    async def identify(self) -> str:
        return asked_for.get()

    async def readings(self) -> dict[str, Any]:
        return {}

    async def make_safe(self) -> None:
        """Nothing to make safe."""


async def test_each_instrument_of_a_tool_is_asked_under_its_own_role() -> None:
    found = await fleet.identify_all({role: Asked() for role in ("argon", "sf6")})
    assert found == {"argon": "argon", "sf6": "sf6"}
    assert not asked_for.get()
