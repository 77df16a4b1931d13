"""Several processes share one virtual time, and none is ever late because of it."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from sim_hardware.core.timebase import lockstep

ROOT = Path(__file__).parents[3]
PROCESS = (sys.executable, "-m", "tests.unit.sim_core.lockstep_process")


@contextlib.contextmanager
def _served(page: Path) -> Generator[tuple[subprocess.Popen[str], list[str]]]:
    with subprocess.Popen(
        [*PROCESS, "serve", str(page)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as server:
        assert server.stdout is not None
        try:
            yield server, server.stdout.readline().split()
        finally:
            server.communicate()


def _heard(page: Path) -> list[str]:
    with _served(page) as (_, addresses):
        asked = subprocess.run(
            [*PROCESS, "ask", str(page), *addresses],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=50,
        )
    return asked.stdout.splitlines()


@contextlib.contextmanager
def _hogs(count: int) -> Generator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def test_two_processes_give_the_same_log_idle_and_under_load(tmp_path: Path) -> None:
    first = _heard(tmp_path / "first")
    second = _heard(tmp_path / "second")
    with _hogs(2):
        loaded = _heard(tmp_path / "loaded")
    assert len(first) == 201
    assert first[0] == "1000.005000000 b'TCP 000\\r'"
    assert first == second == loaded
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["first", "loaded", "second"]


def test_a_process_that_is_killed_does_not_stop_time(tmp_path: Path) -> None:
    page = tmp_path / "page"
    base = lockstep(str(page))
    with (
        _served(page) as (server, _),
        asyncio.Runner(loop_factory=base.loop_factory) as runner,
    ):
        runner.run(base.clock.sleep_until(base.clock.monotonic() + 10.0))
        server.kill()
        server_died_s = base.clock.monotonic()
        runner.run(base.clock.sleep_until(server_died_s + 1000.0))
        assert base.clock.monotonic() == pytest.approx(server_died_s + 1000.0)


def test_a_busy_token_without_a_loop_holds_the_time_of_others(tmp_path: Path) -> None:
    launcher = lockstep(str(tmp_path / "page"))
    base = lockstep(str(tmp_path / "page"))

    async def main() -> float:
        loop = asyncio.get_running_loop()
        token = launcher.clock.busy()
        token.__enter__()
        seen = loop.create_future()
        timer = loop.call_at(100.0, seen.set_result, None)
        await asyncio.get_running_loop().run_in_executor(None, _a_short_real_while)
        assert base.clock.monotonic() == 0.0
        assert not timer.cancelled()
        loop.call_soon(token.__exit__, None, None, None)
        await seen
        return base.clock.monotonic()

    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        assert runner.run(main()) == 100.0


def _a_short_real_while() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)
