"""The same seed gives the same journal: every run, both simulated times, however busy it is."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from linecontrol.commands.demo_line import DemoLine
from linecontrol.journal.chain import Record
from linecontrol.journal.store import open_existing
from sim_hardware.core.timebase import TimeBase
from tests.rigs.virtual_line import fingerprint, in_virtual_time, virtual_line

pytestmark = pytest.mark.system

FLOW, WAFERS = "straight_film", 2
LAST = "deposit_ubm"  # ten minutes of line time, at the end of which two tools are at work
IDLE, BUSY = 7, 3  # runs


@contextmanager
def busy_processors() -> Generator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def history(records: list[Record]) -> list[Record]:
    """Everything up to the moment when the first wafer had its metal."""
    ends = [r.at for r in records if r.kind == "wafer_changed" and "step_finished" in r.body
            and LAST in r.body]  # fmt: skip
    return [record for record in records if record.at < ends[0]]


def in_lockstep(out: Path) -> list[Record]:
    """Two processes share one time; they are stopped as soon as they have done it."""

    async def main() -> None:
        line = DemoLine(out, FLOW, WAFERS, seed=0, speed=None)
        async with line.running() as client, client.stream("GET", "/events") as events:
            async for text in events.aiter_lines():
                if "step_finished" in text and LAST in text:
                    return

    asyncio.run(main())
    with closing(open_existing(out / "data")) as store:
        return history(list(store.read()))


def in_one_process(out: Path) -> list[Record]:
    async def main(time: TimeBase) -> list[Record]:
        async with virtual_line(time, out) as line:
            await line.lot(FLOW, WAFERS)
            state = line.engine.journal.state
            await line.until(lambda: any(LAST in w.steps_done for w in state.wafers.values()))
            return history(line.engine.journal.records())

    return in_virtual_time(main)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("run", [in_lockstep, in_one_process])
def test_ten_runs_of_one_seed_write_the_same_journal(
    tmp_path: Path, run: Callable[[Path], list[Record]]
) -> None:
    histories = [run(tmp_path / f"idle{n}") for n in range(IDLE)]
    with busy_processors():
        histories += [run(tmp_path / f"busy{n}") for n in range(BUSY)]
    assert len(histories[0]) > 30
    assert not [record for record in histories[0] if record.kind == "alarm_moved"]
    assert len({fingerprint(records) for records in histories}) == 1
