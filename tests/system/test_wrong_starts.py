"""The programs as separate processes: probing a line that runs, and starts that must not happen."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from linecontrol.model.library import shipped
from tests.rigs.virtual_line import free_port

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
PILOT = shipped() / "lines" / "pilot_sim.toml"


def program(module: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@contextmanager
def running(
    ready: str, module: str, *words: str | Path
) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A program for as long as the context lasts, and its output up to the line that is `ready`."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        heard = ""
        for line in process.stdout:
            heard += line
            if ready in line:
                break
        assert ready in heard, heard
        yield process, heard
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


class BackDoor:
    """What is true of an emulated line."""

    def __init__(self, said: str) -> None:
        address = re.search(r"back door (127\.0\.0\.1):(\d+)", said)
        assert address is not None
        self._socket = socket.create_connection((address[1], int(address[2])))
        self._lines = self._socket.makefile("rw")

    def ask(self, what: str) -> Any:  # noqa: ANN401 - JSON is what it is
        self._lines.write(json.dumps({"id": 1, "do": what}) + "\n")
        self._lines.flush()
        return json.loads(self._lines.readline())["ok"]

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[Path, BackDoor]]:
    """The pilot line, emulated: its endpoints and its back door."""
    endpoints = tmp_path / "endpoints.json"
    with running(
        "SIMULATED line", "sim_hardware", "--line", PILOT, "--speed", "10",
        "--endpoints", endpoints,
    ) as (process, said):  # fmt: skip
        door = BackDoor(said)
        yield endpoints, door
        assert door.ask("hazards") == []
        door.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def settled(state: object) -> dict[str, dict[str, object]]:
    """What does not drift by itself: words, switches and counts."""
    tools = cast("dict[str, dict[str, object]]", state)
    return {
        tool: {key: value for key, value in points.items() if not isinstance(value, float | list)}
        for tool, points in tools.items()
    }


def test_a_probe_of_a_running_line_prints_everything_and_leaves_it_alone(
    line: tuple[Path, BackDoor],
) -> None:
    endpoints, door = line
    before = settled(door.ask("state"))
    for tool in ("sputter", "plasma_etcher"):
        words = ("tool", "probe", tool, "--line", PILOT, "--endpoints", endpoints)
        shown = program("linecontrol", *words)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "interlocks: all well" in shown.stdout
        found = json.loads(program("linecontrol", *words, "--json").stdout)
        assert len(found["identities"]) >= 3
        assert {name.partition(".")[0] for name in found["points"]} == set(found["identities"])
    assert settled(door.ask("state")) == before


def test_a_second_daemon_on_the_same_data_is_refused_and_the_first_ends_without_a_trace(
    tmp_path: Path, line: tuple[Path, BackDoor]
) -> None:
    endpoints, _ = line
    port = str(free_port())
    words = ("daemon", "--line", PILOT, "--data", tmp_path / "data", "--speed", "10",
             "--endpoints", endpoints, "--port")  # fmt: skip
    with running("daemon_ready", "linecontrol", *words, port) as (daemon, _said):
        events = socket.create_connection(("127.0.0.1", int(port)))
        events.sendall(b"GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
        assert events.recv(4096).startswith(b"HTTP/1.1 200")
        same_port = program("linecontrol", *words, port)
        assert same_port.returncode == 2
        assert same_port.stderr.startswith(f"--host 127.0.0.1 --port {port}: Address already")
        same_data = program("linecontrol", *words, str(free_port()))
        assert same_data.returncode == 2
        assert "another daemon has this journal" in same_data.stderr
        assert len(same_data.stderr.splitlines()) == 1
        daemon.send_signal(signal.SIGTERM)
        rest, _none = daemon.communicate(timeout=30)
        events.close()
        assert "Traceback" not in rest
        assert daemon.returncode == 0
    verified = program("linecontrol", "journal", "verify", "--data", tmp_path / "data")
    assert (verified.returncode, verified.stderr) == (0, "")
