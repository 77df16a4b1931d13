"""The whole line in one process and virtual time: plants, daemon, operator, real wires between."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from linecontrol.app import DaemonOptions, daemon
from linecontrol.engine.engine import Engine
from linecontrol.journal.chain import Record
from linecontrol.journal.facts import FACTS, AnyFact
from linecontrol.model.library import shipped
from sim_hardware.core.clock import LineClock
from sim_hardware.core.layout import read_layout
from sim_hardware.core.timebase import TimeBase, virtual
from sim_hardware.line import EmulatedLine
from sim_hardware.operator import Operator

ResultT = TypeVar("ResultT")
PILOT = shipped() / "lines" / "pilot_sim.toml"


@dataclass(slots=True)
class VirtualLine:
    """A line at work. `plants` is asked what is true; `http` is what a person uses."""

    plants: EmulatedLine
    engine: Engine
    http: httpx.AsyncClient

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until a fact has made `holds` true."""
        await until(self.engine, holds)

    async def seconds(self, count: float) -> None:
        """Let the line run for a while."""
        await asyncio.sleep(count)

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> httpx.Response:
        """A person's wish; the reply whatever its status."""
        return await self.http.post(path, json=body, headers={"X-Person": "test"})

    async def lot(self, flow: str, wafers: int) -> str:
        """Start a lot."""
        reply = await self.post("/lots", {"flow": flow, "wafers": wafers})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])


def in_virtual_time(main: Callable[[TimeBase], Awaitable[ResultT]]) -> ResultT:
    """Run `main` on a virtual loop of its own."""
    time = virtual()

    async def body() -> ResultT:
        return await main(time)

    with asyncio.Runner(loop_factory=time.loop_factory) as runner:
        return runner.run(body())


@asynccontextmanager
async def plants_alone(time: TimeBase, line: Path = PILOT) -> AsyncGenerator[EmulatedLine]:
    """The emulated line without a daemon; at the end nothing may have ruined a wafer."""
    plants = EmulatedLine(read_layout(line), LineClock(asyncio.get_running_loop()), time.ledger)
    await plants.start()
    try:
        yield plants
    finally:
        await plants.stop()
    assert plants.hazards() == ()


@asynccontextmanager
async def virtual_line(
    time: TimeBase,
    data: Path,
    *,
    line: Path = PILOT,
    operator: bool = True,
    recipes: Path | None = None,
) -> AsyncGenerator[VirtualLine]:
    """Start everything; at the end nothing may have happened that ruins a wafer."""
    async with (
        plants_alone(time, line) as plants,
        daemon_for(plants, time, data, line=line, recipes=recipes) as (engine, url),
        _people(plants, engine, url, operator=operator) as rig,
    ):
        yield rig


@asynccontextmanager
async def daemon_for(
    plants: EmulatedLine,
    time: TimeBase,
    data: Path,
    *,
    line: Path = PILOT,
    recipes: Path | None = None,
) -> AsyncGenerator[tuple[Engine, str]]:
    """The daemon alone, on plants that are already there."""
    endpoints = data.with_name(f"{data.name}-endpoints.json")
    plants.write_endpoints(endpoints)
    port = free_port()
    options = DaemonOptions(line, data, recipes or shipped(), port=port, endpoints=endpoints)
    async with daemon(options, time) as engine:
        yield engine, f"http://127.0.0.1:{port}"


@asynccontextmanager
async def _people(
    plants: EmulatedLine, engine: Engine, url: str, *, operator: bool
) -> AsyncGenerator[VirtualLine]:
    person = asyncio.ensure_future(Operator(plants, url, _sleep).run()) if operator else None
    try:
        async with httpx.AsyncClient(base_url=url, timeout=3600.0, trust_env=False) as http:
            yield VirtualLine(plants, engine, http)
    finally:
        if person is not None:
            person.cancel()
            with suppress(asyncio.CancelledError):
                await person


async def until(engine: Engine, holds: Callable[[], bool]) -> None:
    """Wait until a fact in the journal has made `holds` true."""
    heard = asyncio.Event()

    def note(_record: Record, _fact: AnyFact) -> None:
        heard.set()

    stop = engine.journal.listen(note)
    try:
        while not holds():
            heard.clear()
            await heard.wait()
    finally:
        stop()


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


def free_port() -> int:
    """A TCP port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fingerprint(records: Sequence[Record]) -> str:
    """SHA-256 over the facts in order of time and tool: equal for equal histories.

    Within one instant of one tool the kind and the text decide; the number of a record does not
    count, for it depends on the order inside an instant.
    """
    rows = sorted((r.at, r.tool, r.kind, r.body) for r in records)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def facts_of(records: Sequence[Record]) -> list[AnyFact]:
    """The facts themselves."""
    return [FACTS.validate_json(record.body) for record in records]
