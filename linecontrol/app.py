"""The composition root: one function that builds the daemon and runs it until told to stop."""

import asyncio
import fcntl
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from pydantic import ValidationError

from drivers.core.clock import Clock
from drivers.core.endpoints import LinkPool
from linecontrol.engine.engine import Engine
from linecontrol.journal.facts import FACTS, LineOpened
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import (
    FILE_NAME,
    Store,
    StoreUnusable,
    make_folder,
    open_existing,
    open_store,
)
from linecontrol.model.faults import FaultsFound, one_line
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

ENDS_S = 5  # a client that does not take its answer is left
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
    endpoints = endpoints_of(line, options.line, options.endpoints)
    pool = LinkPool(time.clock)
    with listening(options.host, options.port) as listener, ExitStack() as stack:
        try:
            _look_at(options.data, line, stack)
            drivers = await build_drivers(line, options.line, endpoints, pool, time.clock)
            await identify_all(drivers, options.endpoints or options.line)
            async with _journal(options.data, time.clock, stack) as journal:
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
    except (OSError, UnicodeError) as error:
        listener.close()
        words = (isinstance(error, OSError) and error.strerror) or str(error)
        if isinstance(error, socket.gaierror):
            fault = f"--host: found {host!r}: {words}; allowed: an address of this computer"
        else:
            fault = f"--host {host} --port {port}: {words}; allowed: a free port of this computer"
        raise CannotStart([one_line(fault)]) from error
    return listener


def _look_at(data: Path, line: Line, stack: ExitStack) -> None:
    """Take a data directory that is there, before a wire is touched: its daemon may run.

    CannotStart if another daemon has it, or it holds the journal of another line.
    """
    try:
        if not os.path.lexists(data):
            return
        _lock(data, stack)
        if not (data / FILE_NAME).exists():
            return
        with closing(open_existing(data)) as journal:
            first = next(journal.read(), None)
        opened = None if first is None else FACTS.validate_json(first.body)
    except StoreUnusable as error:
        raise CannotStart([one_line(f"--data {error}")]) from error
    except ValidationError as error:
        raise CannotStart([f"--data {data}: found a first record that is none"]) from error
    if isinstance(opened, LineOpened):
        was, now = (
            f"{'simulated' if simulated else 'real'} line {name}"
            for name, simulated in ((opened.line, opened.simulated), (line.name, line.simulated))
        )
        if was != now:
            said = f"found the journal of {was}; allowed: that of {now}, or none yet"
            raise CannotStart([f"--data {data}: {said}"])


@asynccontextmanager
async def _journal(data: Path, clock: Clock, stack: ExitStack) -> AsyncGenerator[Journal]:
    journal = _opened(data, clock, stack)
    try:
        yield journal
    finally:
        await journal.close()


def _opened(data: Path, clock: Clock, stack: ExitStack) -> Journal:
    try:
        if not data.exists():
            _lock(data, stack)
        store = open_store(data)
        return _told(store, clock)
    except StoreUnusable as error:
        raise CannotStart([one_line(f"--data {error}")]) from error


def _lock(data: Path, stack: ExitStack) -> None:
    """Hold the data directory for this process. StoreUnusable if another one does."""
    make_folder(data)
    path = data / "lock"
    try:
        lock = stack.enter_context(path.open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        said = f"{data}: another daemon has this journal; allowed: a directory of its own"
        raise StoreUnusable(said) from error
    except OSError as error:
        raise StoreUnusable(f"{path}: {error.strerror}; allowed: a file to write") from error


def _told(store: Store, clock: Clock) -> Journal:
    try:
        return Journal(store, clock)
    except StoreUnusable:
        store.close()
        raise


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
        timeout_graceful_shutdown=ENDS_S,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        api.streams.end()
        await server.shutdown(sockets=[listener])


def _pages(engine: Engine) -> Pages:
    state = engine.journal.state
    return Pages(
        report=lambda lot: render(state, lot, engine.clock.now()),
        story=lambda wafer: tell(engine.journal.records(), wafer),
    )
