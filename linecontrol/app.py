"""The composition root: one function that builds the daemon and runs it until told to stop."""

import asyncio
import fcntl
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn

from drivers.core.clock import Clock
from drivers.core.endpoints import LinkPool
from linecontrol.engine.engine import Engine
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import StoreUnusable, open_store
from linecontrol.model.faults import FaultsFound
from linecontrol.model.library import Library, read_library
from linecontrol.model.line import Line
from linecontrol.model.line_rules import check_line
from linecontrol.model.loading import load_line
from linecontrol.report.report import render
from linecontrol.report.story import tell
from linecontrol.stations.station import Station
from linecontrol.timing import TimeBase
from linecontrol.web.access import Pages
from linecontrol.web.api import make_api
from linecontrol.wiring import CannotStart, build_drivers, endpoints_of, identify_all

IDLE_CONNECTION_S = 3600  # a client that keeps its connection is not thrown out by the clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DaemonOptions:
    """What the daemon was started with."""

    line: Path
    data: Path
    recipes: Path
    host: str = "127.0.0.1"
    port: int = 8420
    endpoints: Path | None = None


async def run_daemon(options: DaemonOptions, time: TimeBase) -> None:
    """Run until SIGTERM or SIGINT. CannotStart before anything is created or sent."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("daemon_starting", line=str(options.line), time=time.mode)
    async with daemon(options, time) as engine:
        log.info("daemon_ready", line=engine.line.name, simulated=engine.line.simulated)
        await stop.wait()
        log.info("daemon_stopping")


@asynccontextmanager
async def daemon(options: DaemonOptions, time: TimeBase) -> AsyncGenerator[Engine]:
    """The whole daemon for as long as the context lasts, serving on `options.port`."""
    line, library = read_inputs(options.line, options.recipes, time)
    endpoints = endpoints_of(line, options.endpoints)
    pool = LinkPool(time.clock)
    with listening(options.host, options.port) as listener:
        try:
            drivers = await build_drivers(line, endpoints, pool, time.clock)
            await identify_all(drivers)
            async with _journal(options.data, line, time.clock) as journal:
                stations = {
                    tool: Station(tool, driver, journal, time.clock)
                    for tool, driver in drivers.items()
                }
                engine = Engine(line, library, stations, journal, time.clock)
                await engine.open()
                try:
                    async with _serving(engine, listener):
                        yield engine
                finally:
                    await engine.close()
        finally:
            await pool.close()


def read_inputs(line_file: Path, recipes: Path, time: TimeBase) -> tuple[Line, Library]:
    """Read and check the line and everything that could be run on it."""
    try:
        loaded = load_line(line_file)
        faults = check_line(loaded.model, loaded.source)
        library = read_library(recipes)
    except FaultsFound as error:
        raise CannotStart([str(fault) for fault in error.faults]) from error
    if faults:
        raise CannotStart([str(fault) for fault in faults])
    if time.mode != "real" and not loaded.model.simulated:
        raise CannotStart(
            [f"{line_file}: simulated: found false; allowed: true in {time.mode} time"]
        )
    return loaded.model, library


def listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address, or CannotStart: found out before anything is created."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches off Nagle's algorithm only where it is: else
    # the second half of every answer waits for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotStart(
            [f"--host {host} --port {port}: {os.strerror(error.errno or 0)}; allowed: a free port"]
        ) from error
    return listener


@asynccontextmanager
async def _journal(data: Path, line: Line, clock: Clock) -> AsyncGenerator[Journal]:
    try:
        store = open_store(data)
    except StoreUnusable as error:
        raise CannotStart([f"--data {error}"]) from error
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            store.close()
            raise CannotStart([f"--data {data}: another daemon has this journal"]) from error
        journal = Journal(store, clock)
        try:
            opened = journal.state.opened
            if opened is not None and opened.simulated is not line.simulated:
                was, now = (
                    "simulated" if value else "real" for value in (opened.simulated, line.simulated)
                )
                raise CannotStart(
                    [f"--data {data}: a journal of a {was} line; allowed: one of a {now} line"]
                )
            yield journal
        finally:
            await journal.close()


@asynccontextmanager
async def _serving(engine: Engine, listener: socket.socket) -> AsyncGenerator[None]:
    """Serve HTTP on this event loop.

    The server's own main loop is left out: it wakes ten times a second for nothing, which a
    simulated clock would have to wait for.
    """
    api = make_api(engine, _pages(engine))
    config = uvicorn.Config(
        api,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=IDLE_CONNECTION_S,
        ws="none",
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        server.force_exit = True  # event streams never end by themselves
        await server.shutdown(sockets=[listener])


def _pages(engine: Engine) -> Pages:
    state = engine.journal.state
    return Pages(
        report=lambda lot: render(state, lot, engine.clock.now()),
        story=lambda wafer: tell(engine.journal.records(), wafer),
    )
