"""The two processes of a demonstration: an emulated line with its operator, and the daemon."""

import asyncio
import shutil
import socket
import sys
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from linecontrol.model.library import shipped
from linecontrol.timing import simulated

LINE = shipped() / "lines" / "pilot_sim.toml"
LOOK_S = 0.05  # real seconds between two looks at what another process does
PATIENCE_S = 600.0  # real seconds without a word from the daemon
LOGS = ("line.log", "daemon.log")
ENDS_S = 10.0  # real seconds a process gets to end before it is killed


class DemoFailed(Exception):
    """One of the two processes did not come up, or went away; the sentence says which."""


class DemoLine:
    """Everything of one demonstration, in one directory."""

    def __init__(self, out: Path, flow: str, wafers: int, seed: int, speed: float | None) -> None:
        self.out = out
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._start = f"{flow}:{wafers}"
        self._seed, self._speed = seed, speed
        self._processes: list[Process] = []

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[httpx.AsyncClient]:
        """Both processes for as long as the context lasts, and a client of the daemon."""
        self._clean()
        try:
            await self._begin()
            async with httpx.AsyncClient(
                base_url=self.url, timeout=httpx.Timeout(PATIENCE_S), trust_env=False
            ) as client:
                yield client
        finally:
            for process in reversed(self._processes):
                await _end(process)
        if self._processes[0].returncode:
            raise DemoFailed(f"the emulated line saw a hazard: see {self.out / LOGS[0]}")

    async def ended(self) -> None:
        """Wait until one of the processes has ended."""
        waits = [asyncio.ensure_future(process.wait()) for process in self._processes]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)

    def _clean(self) -> None:
        """Begin with an empty directory; only what an earlier demonstration left is removed."""
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            if (self.out / "data").is_dir():
                self._require_own()
                shutil.rmtree(self.out / "data")
            for name in ("time.page", "endpoints.json"):
                (self.out / name).unlink(missing_ok=True)
        except OSError as error:
            words = f"{error.strerror}; allowed: a directory to write in"
            raise DemoFailed(f"--out: found {str(self.out)!r}: {words}") from error

    def _require_own(self) -> None:
        """Raise DemoFailed unless a demonstration left the data: a line's journal is never lost."""
        if not all((self.out / name).is_file() for name in LOGS):
            found = f"{str(self.out / 'data')!r}, which no demonstration left there"
            raise DemoFailed(f"--out: found {found}; allowed: a directory of its own")

    async def _begin(self) -> None:
        page, endpoints = self.out / "time.page", self.out / "endpoints.json"
        pace = ["--lockstep", str(page)] if self._speed is None else ["--speed", f"{self._speed:g}"]
        emulator = ["sim_hardware", "--line", str(LINE), *pace, "--seed", str(self._seed),
                    "--endpoints", str(endpoints), "--operator", self.url,
                    "--start-lot", self._start]  # fmt: skip
        daemon = ["linecontrol", "daemon", "--line", str(LINE), *pace, "--data",
                  str(self.out / "data"), "--endpoints", str(endpoints),
                  "--port", self.url.rpartition(":")[2]]  # fmt: skip
        if self._speed is None:
            # Time stands still until both are there: neither may run ahead of the other.
            with simulated("lockstep", str(page)).clock.busy():
                await self._both(emulator, daemon, endpoints)
        else:
            await self._both(emulator, daemon, endpoints)
        while not await self._serving():
            await self._look("the daemon")

    async def _both(self, emulator: list[str], daemon: list[str], endpoints: Path) -> None:
        await self._spawn(emulator, "line.log")
        while not _written(endpoints):
            await self._look("the emulated line")
        log = await self._spawn(daemon, "daemon.log")
        while not _written(log):
            await self._look("the daemon")  # its first line says that it shares our time

    async def _spawn(self, module: list[str], log: str) -> Path:
        path = self.out / log
        with path.open("wb") as file:
            self._processes.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", *module, stdout=file, stderr=STDOUT
                )
            )
        return path

    async def _look(self, who: str) -> None:
        for process in self._processes:
            if process.returncode is not None:
                raise DemoFailed(f"{who} ended: see the logs in {self.out}")
        await asyncio.sleep(LOOK_S)

    async def _serving(self) -> bool:
        try:
            async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
                return (await client.get("/line")).is_success
        except httpx.HTTPError:
            return False


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(ENDS_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _written(path: Path) -> bool:
    """Whether the file is there and its first line is whole."""
    return path.exists() and b"\n" in path.read_bytes()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
