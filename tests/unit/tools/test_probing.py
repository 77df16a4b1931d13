"""A probe asks every instrument of a tool for everything, and the line is as it was before."""

import asyncio
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from drivers.core.endpoints import Endpoint, Link, LinkPool
from drivers.core.links.serial import SerialSettings
from drivers.core.points import Quality
from linecontrol.commands.probing import connected, probed
from linecontrol.model.library import shipped
from sim_hardware.core.timebase import TimeBase
from tests.icd.dialects import DIALECTS
from tests.icd.documents import commands
from tests.rigs.virtual_line import PILOT, in_virtual_time, plants_alone

ROLES = {
    tool["id"]: [item["role"] for item in tool["instrument"]]
    for tool in tomllib.loads((shipped() / "lines" / "pilot_sim.toml").read_text())["tool"]
}
READS = frozenset({1, 2, 3, 4, 17})  # functions of Modbus that change nothing
PROBED_S = 60.0  # simulated: longer than a probe takes
SELECTS = {"address"}  # says which supply on the bus is meant, and is not a setting of it


class TracingPool(LinkPool):
    """Links that remember every frame."""

    def __init__(self, time: TimeBase) -> None:
        super().__init__(time.clock)
        self.asked: list[tuple[Endpoint, Link]] = []

    @override
    async def link(self, endpoint: Endpoint, settings: SerialSettings | None = None) -> Link:
        link = await super().link(endpoint, settings)
        link.trace.on = True
        self.asked.append((endpoint, link))
        return link


# A gauge that ends at 1e-4 mbar has nothing to say of a chamber at base pressure.
BELOW_RANGE = {f"gauge.{name}_mbar" for name in ("pressure", "pirani", "piezo")}


def frames(link: Link) -> list[bytes]:
    """What was sent, in order."""
    found = [re.search(r" tx ((?:[0-9a-f]{2} ?)+) \|", line) for line in link.trace.lines()]
    return [bytes.fromhex(match[1]) for match in found if match is not None]


def writes(endpoint: Endpoint, sent: Sequence[bytes]) -> list[bytes]:
    """Requests that the control document does not call a question."""
    if endpoint.transport.startswith("modbus"):
        place = 7 if endpoint.transport == "modbus_tcp" else 1
        return [frame for frame in sent if frame[place] not in READS]
    dialect = DIALECTS[endpoint.model]()
    requests = dialect.split(b"".join(sent))
    return [request for request in requests if not question(endpoint.model, request)]


def question(model: str, request: bytes) -> bool:
    binary = DIALECTS[model].binary
    rows = [row for row in commands(model) if row.pattern(binary=binary).fullmatch(request)]
    assert rows, f"{request!r} is not in the document of {model}"
    return any(row.access == "r" or row.name in SELECTS for row in rows)


def after_a_minute(
    tmp_path: Path, tool: str | None
) -> tuple[object, dict[str, Any] | None, list[bytes]]:
    """The truth of a line that stood for a minute, in which one tool was probed or none."""

    async def main(time: TimeBase) -> tuple[object, dict[str, Any] | None, list[bytes]]:
        pool, found = TracingPool(time), None
        async with plants_alone(time) as line:
            addresses = tmp_path / "endpoints.json"
            line.write_endpoints(addresses)
            begun_s = line.now_s()
            if tool is not None:
                async with connected(PILOT, tool, addresses, pool, time.clock) as alone:
                    found = await probed(alone)
            await pool.close()
            await asyncio.sleep(begun_s + PROBED_S - line.now_s())
            truth = line.state()
        sent = [frame for point, link in pool.asked for frame in writes(point, frames(link))]
        return truth, found, sent

    return in_virtual_time(main)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> object:
    return after_a_minute(tmp_path_factory.mktemp("untouched"), None)[0]


@pytest.mark.parametrize("tool", ROLES)
def test_a_probe_reads_everything_and_changes_nothing(
    tmp_path: Path, tool: str, untouched: object
) -> None:
    truth, found, written = after_a_minute(tmp_path, tool)
    assert written == []
    assert truth == untouched
    assert found is not None
    assert sorted(found["identities"]) == sorted(ROLES[tool])
    assert all(found["identities"].values())
    read = {name.partition(".")[0] for name in found["points"]}
    assert read == set(ROLES[tool])
    assert found["interlocks"]
    bad = {name for name, s in found["points"].items() if s["quality"] is Quality.BAD}
    assert bad <= BELOW_RANGE


def test_a_write_would_not_go_unnoticed() -> None:
    point = Endpoint("t", "plc", "click_plc", "modbus_tcp", "127.0.0.1:502")
    ask, tell = bytes(7) + b"\x03\x00\x00\x00\x01", bytes(7) + b"\x06\x00\x00\x00\x01"
    assert writes(point, [ask, tell]) == [tell]
    supply = Endpoint("t", "rectifier", "tdk_genesys", "serial", "/dev/x")
    assert writes(supply, [b"PV?\r", b"OUT 1\r"]) == [b"OUT 1"]
