"""The composition root: one function that builds the daemon and runs it until told to stop."""

import asyncio
import fcntl
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn

from drivers.core.clock import Clock
from drivers.core.endpoints import LinkPool
from linecontrol.engine.engine import Engine
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import Store, StoreUnusable, make_folder, open_store
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
    with listening(options.host, options.port) as listener:
        try:
            drivers = await build_drivers(line, options.line, endpoints, pool, time.clock)
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
    listener = socket.socket(family, socket.SOCK_STREAM)
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


@asynccontextmanager
async def _journal(data: Path, line: Line, clock: Clock) -> AsyncGenerator[Journal]:
    with ExitStack() as stack:
        try:
            _lock(data, stack)
            store = open_store(data)
            journal = _told(store, clock)
        except StoreUnusable as error:
            raise CannotStart([one_line(f"--data {error}")]) from error
        try:
            _same_line(data, journal, line)
            yield journal
        finally:
            await journal.close()


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


def _same_line(data: Path, journal: Journal, line: Line) -> None:
    """Raise CannotStart unless the journal is new or of this line."""
    opened = journal.state.opened
    if opened is None:
        return
    was, now = (
        f"{'simulated' if simulated else 'real'} line {name}"
        for name, simulated in ((opened.line, opened.simulated), (line.name, line.simulated))
    )
    if was != now:
        raise CannotStart(
            [f"--data {data}: found the journal of {was}; allowed: that of {now}, or none yet"]
        )


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
