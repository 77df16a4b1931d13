"""A recording taken and replayed as a person does it: three programs, one file between them."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linecontrol.model.library import shipped

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

LINE = str(shipped() / "lines" / "pilot_sim.toml")
LONGER = "longer.jsonl"
TOOL = "plasma_etcher"  # several instruments on a bus, on serial ports and on the network


def tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linecontrol", "tool", *(str(a) for a in arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@contextmanager
def emulator(*arguments: str | Path) -> Generator[subprocess.Popen[str]]:
    """The emulated line or a replay, from its first words on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sim_hardware", *(str(a) for a in arguments)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of one tool of the emulated line."""
    folder = tmp_path_factory.mktemp("recording")
    path, addresses = folder / "frames.jsonl", folder / "endpoints.json"
    with emulator("--line", LINE, "--endpoints", addresses):
        where = ("--line", LINE, "--endpoints", addresses, "--out")
        ended = tool("record", TOOL, *where, path)
        longer = tool("record", TOOL, *where, folder / LONGER, "--seconds", "4")
    assert (ended.returncode, longer.returncode) == (0, 0), ended.stderr + longer.stderr
    return path


def replayed(path: Path, addresses: Path) -> tuple[int, str, subprocess.CompletedProcess[str]]:
    with emulator("replay", path, "--endpoints", addresses, "--patience", "10") as process:
        probe = tool("probe", TOOL, "--line", LINE, "--endpoints", addresses, "--json")
        said, _ = process.communicate(timeout=30)
    return process.returncode, said, probe


def test_the_driver_that_was_recorded_finds_the_same_tool_again(
    taken: Path, tmp_path: Path
) -> None:
    status, said, probe = replayed(taken, tmp_path / "endpoints.json")
    assert status == 0, said
    assert "as recorded" in said
    head = json.loads(taken.read_text().splitlines()[0])
    assert set(json.loads(probe.stdout)["identities"]) == {
        item["role"] for item in head["instruments"]
    }


def test_a_recording_goes_on_for_as_long_as_it_is_asked_to(taken: Path) -> None:
    once = [json.loads(row) for row in taken.read_text().splitlines()[1:]]
    more = [json.loads(row) for row in (taken.parent / LONGER).read_text().splitlines()[1:]]
    assert len(more) > 1.5 * len(once)
    assert once[-1]["t_s"] < more[-1]["t_s"] <= 30
    asked = {row["instrument"] for row in more if row["direction"] == "tx" and row["t_s"] > 1}
    assert asked == {row["instrument"] for row in once}


def test_one_byte_of_another_request_is_found_and_named(taken: Path, tmp_path: Path) -> None:
    head, *rows = taken.read_text().splitlines()
    frames = [json.loads(row) for row in rows]
    spoilt = next(
        row for row in frames
        if row["direction"] == "tx" and row["instrument"] == f"{TOOL}.source" and row["n"] > 10
    )  # fmt: skip
    spoilt["hex"] = spoilt["hex"][:-2] + f"{int(spoilt['hex'][-2:], 16) ^ 0xFF:02x}"
    path = tmp_path / "spoilt.jsonl"
    path.write_text("\n".join([head, *(json.dumps(row) for row in frames)]))
    status, said, probe = replayed(path, tmp_path / "endpoints.json")
    assert status == 1
    assert f"{TOOL}.source: frame {spoilt['n']}: byte" in said
    assert f"expected {spoilt['hex']}" in said
    assert probe.returncode == 2


def test_a_recording_is_never_written_over_and_a_wrong_name_leaves_none(
    taken: Path, tmp_path: Path
) -> None:
    again = tool("record", TOOL, "--line", LINE, "--out", taken)
    assert again.returncode == 2
    assert str(taken) in again.stderr
    nothing = tmp_path / "nothing.jsonl"
    unknown = tool("record", "sputtre", "--line", LINE, "--out", nothing)
    assert unknown.returncode == 2
    assert "sputtre" in unknown.stderr
    assert not nothing.exists()


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text("{}\n")
    ended = subprocess.run(
        [sys.executable, "-m", "sim_hardware", "replay", str(path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert str(path) in ended.stderr
