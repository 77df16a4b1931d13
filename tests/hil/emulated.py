"""The emulated line as a process of its own, for whoever has no hardware at hand."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SPEED: Final = 4.0  # line seconds in a second: a time-out of 1 s leaves a busy machine 0.25 s


class EmulatedSite:
    """A line that runs, and the back door by which its plants are asked for the truth."""

    def __init__(self, endpoints: Path, door: int) -> None:
        self.endpoints, self._door = endpoints, door

    def hazards(self) -> Sequence[str]:
        """What would have ruined a wafer or hurt a person; each is told once."""
        found: list[dict[str, Any]] = self._ask("hazards")
        self._ask("clear_hazards")
        return [f"{hazard['tool']}: {hazard['text']}" for hazard in found]

    def _ask(self, what: str) -> Any:  # noqa: ANN401 - JSON
        with socket.create_connection(("127.0.0.1", self._door), timeout=30) as door:
            door.sendall(json.dumps({"id": 1, "do": what}).encode() + b"\n")
            with door.makefile() as replies:
                return json.loads(replies.readline())["ok"]


@contextmanager
def emulated_site(line: Path, folder: Path) -> Generator[EmulatedSite]:
    """Start the line of a file; it is gone afterwards."""
    endpoints = folder / "endpoints.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "sim_hardware", "--line", str(line), "--speed", str(SPEED),
         "--endpoints", str(endpoints)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        words = process.stdout.readline()
        door = re.search(r"back door \S+:(\d+)", words)
        assert door is not None, f"the emulated line of {line} did not start: {words!r}"
        yield EmulatedSite(endpoints, int(door[1]))
    finally:
        process.terminate()
        process.communicate(timeout=30)
