"""Other processes of a measurement: they answer a line on stdin and end with it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from benchmarks.measure import HERE

WANTED = HERE / "peers.txt"
ENVIRONMENT = HERE / ".peers"
GRACE_S = 10.0


Said = Mapping[str, object]
"""One thing a child said."""


class CannotRun(Exception):
    """A benchmark cannot be run here; the sentence says why."""


class Child:
    """A running process; every line it says is one JSON object."""

    def __init__(self, argv: list[str]) -> None:
        self._name = " ".join(argv[1:3])
        self._process = subprocess.Popen(  # noqa: S603 - our own programs with our own arguments
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent
        )

    def hear(self) -> Said:
        """The next thing it says; raises CannotRun if it has ended."""
        line = _open(self._process.stdout).readline()
        if not line:
            raise CannotRun(f"{self._name} ended with {self._process.wait()}")
        said: Said = json.loads(line)
        return said

    def ask(self, text: str) -> Said:
        """Say one line and wait for the answer."""
        stdin = _open(self._process.stdin)
        stdin.write(f"{text}\n")
        stdin.flush()
        return self.hear()

    def last_words(self) -> Said:
        """Tell it to end and hear what it has to say at that."""
        _open(self._process.stdin).close()
        return self.hear()

    def end(self) -> None:
        """Let it end by itself; kill it if it does not."""
        _open(self._process.stdin).close()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _open(self._process.stdout).close()


Running = AbstractContextManager[Child]
"""A child that is ended when left."""


def module(name: str, *arguments: str) -> Running:
    """A module of this package in a process of its own."""
    return _running([sys.executable, "-m", f"benchmarks.{name}", *arguments])


def peer(name: str, *arguments: str) -> Running:
    """A program of `peers` in the peers' own environment, which is made if it is not there."""
    script = HERE / "peers" / f"{name}.py"
    return _running([str(_python()), str(script), *arguments])


def number(said: Said, key: str) -> float:
    """A number of what a child said."""
    value = said[key]
    if not isinstance(value, int | float):
        raise CannotRun(f"{key} is {value!r}")
    return float(value)


def text(said: Said, key: str) -> str:
    """A text of what a child said."""
    return str(said[key])


@contextmanager
def _running(argv: list[str]) -> Generator[Child]:
    child = Child(argv)
    try:
        yield child
    finally:
        child.end()


def _python() -> Path:
    python = ENVIRONMENT / "bin" / "python"
    installed = ENVIRONMENT / WANTED.name
    if not (installed.exists() and installed.read_text() == WANTED.read_text()):
        print("installing the peers into an environment of their own ...", file=sys.stderr)
        try:
            _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
            _run([str(python), "-m", "pip", "install", "-qq", "-r", str(WANTED)])
        except subprocess.CalledProcessError as error:
            raise CannotRun(f"the peers cannot be installed: {error}") from error
        shutil.copy(WANTED, installed)
    return python


def _run(argv: list[str]) -> None:
    subprocess.run(argv, check=True, stdout=sys.stderr)  # noqa: S603 - see above


def _open(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise CannotRun("a child without pipes")
    return pipe
