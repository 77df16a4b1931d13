"""The programs as a user starts them: separate processes, real sockets and pseudo-terminals."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from linecontrol.journal.store import FILE_NAME

pytestmark = pytest.mark.system


def demo(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linecontrol", "demo", "--out", str(out), *arguments],
        capture_output=True, text=True, timeout=800, check=False,
    )  # fmt: skip


@pytest.mark.timeout(900)
def test_the_demonstration_makes_good_bumps_and_leaves_a_report(tmp_path: Path) -> None:
    ended = demo(tmp_path, "--wafers", "3")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 of 3 wafers finished" in ended.stdout
    counted = re.search(r"(\d+) of (\d+) values in spec", ended.stdout)
    assert counted is not None
    assert counted[1] == counted[2]
    assert ended.stdout.count(" done (13/13)") == 3
    page = (tmp_path / "L0001.html").read_text()
    assert "SIMULATED" in page


@pytest.mark.timeout(900)
def test_the_film_alone_shows_what_the_skipped_fill_costs(tmp_path: Path) -> None:
    ended = demo(tmp_path, "--wafers", "1", "--flow", "straight_film")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"pad_cd_um 1(1[0-9])\.\d um after etch_ubm", ended.stdout)
    assert "development route" in (tmp_path / "L0001.html").read_text().lower()


def test_the_emulated_line_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    line = Path("recipes/lines/pilot_sim.toml").resolve()
    endpoints = tmp_path / "endpoints.json"

    def names() -> list[Path]:
        return list(tmp_path.glob("emulated-line-*/*"))

    async def main() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sim_hardware", "--line", str(line), "--endpoints",
            str(endpoints), stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        assert process.stdout is not None
        words = await process.stdout.readline()
        assert words.startswith(b"SIMULATED")
        assert endpoints.is_file()
        assert names()  # of its serial ports, in a directory of its own
        process.send_signal(signal.SIGTERM)
        return await process.wait()

    assert asyncio.run(main()) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["endpoints.json"]


def test_a_torn_journal_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    store_file = tmp_path / FILE_NAME
    store_file.write_bytes(b"not a database at all" * 100)
    ended = subprocess.run(
        [sys.executable, "-m", "linecontrol", "journal", "verify", "--data", str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert str(store_file) in ended.stderr
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(store_file).execute("SELECT 1 FROM fact")
