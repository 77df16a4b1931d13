"""SCPI-1999 and IEEE 488.2 as an instrument hears them: headers, chaining, and the error queue.

A command table is written as in a manual: `SENSe:CORRection:WAVelength?`. Capitals are the short
form; a part in square brackets may be left out. Headers are taken in short or long form, in any
case, with or without a leading colon; `;` chains commands and keeps the path of the one before.
Only queries answer; what goes wrong goes to a queue of which SYSTem:ERRor? takes the oldest.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.wire import Answer, StreamInstrument

UNDEFINED_HEADER = (-113, "Undefined header")
DATA_TYPE_ERROR = (-104, "Data type error")
PARAMETER_NOT_ALLOWED = (-108, "Parameter not allowed")
MISSING_PARAMETER = (-109, "Missing parameter")
OUT_OF_RANGE = (-222, "Data out of range")
QUEUE_OVERFLOW = (-350, "Queue overflow")
QUEUE_LENGTH = 30
LONGEST_LINE = 4096

Handler = Callable[[Sequence[str]], str | None]


class ScpiError(Exception):
    """Something that belongs in the error queue."""

    def __init__(self, error: tuple[int, str]) -> None:
        super().__init__(*error)
        self.error = error


def decimal(
    text: str, low: float = -math.inf, high: float = math.inf, default: float | None = None
) -> float:
    """A number, MIN, MAX or DEF within low..high; ScpiError -104 or -222 otherwise."""
    named = {"MIN": low, "MINIMUM": low, "MAX": high, "MAXIMUM": high}
    if default is not None:
        named |= {"DEF": default, "DEFAULT": default}
    word = text.strip().upper()
    if word in named:
        return named[word]
    try:
        value = float(word)
    except ValueError:
        raise ScpiError(DATA_TYPE_ERROR) from None
    if not low <= value <= high:
        raise ScpiError(OUT_OF_RANGE)
    return value


def _forms(keyword: str) -> str:
    short = re.match(r"[A-Z0-9*]+", keyword)
    return f"(?:{keyword.upper()}|{short.group() if short else keyword})".replace("*", r"\*")


def header_pattern(header: str) -> re.Pattern[str]:
    """What matches every spelling of a header written as in a manual."""
    query = r"\?" if header.endswith("?") else ""
    parts = re.findall(r"\[:?[^\]]+\]|[^:\[\]]+", header.removesuffix("?"))
    pattern = ""
    for part in parts:
        keyword = part.strip("[]:")
        optional = part.startswith("[")
        pattern += f"(?::{_forms(keyword)}){'?' if optional else ''}"
    return re.compile(pattern + query, re.IGNORECASE)


class ScpiInstrument(StreamInstrument):
    """Answers lines that end with LF; `commands` maps headers to handlers of their parameters."""

    line_baud: ClassVar[int] = 0
    turnaround_s: ClassVar[float] = 0.0  # a VISA client blocks in a thread: time stands still

    def __init__(self, identity: str, commands: Mapping[str, Handler]) -> None:
        self._identity = identity
        self.errors: deque[tuple[int, str]] = deque()
        self._buffer = b""
        standard: dict[str, Handler] = {
            "*IDN?": lambda _: self._identity,
            "*CLS": self._clear,
            "*RST": self._reset,
            "*OPC?": lambda _: "1",
            "*OPC": self._nothing,
            "*TST?": lambda _: "0",
            "SYSTem:ERRor[:NEXT]?": self._next_error,
            "SYSTem:VERSion?": lambda _: "1999.0",
        }
        table = standard | dict(commands)
        self._table = [(header_pattern(header), handler) for header, handler in table.items()]

    def reset(self) -> None:
        """What *RST sets back."""

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        """Take bytes; a complete line with queries in it gives one line of answers."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[:LONGEST_LINE]
        answers: list[Answer] = []
        for line in lines:
            text = self._line(line.decode("ascii", "replace").strip())
            if text is not None:
                answers.append(Answer(text.encode("ascii") + b"\n", self.turnaround_s))
        return answers

    @override
    def power_cycle(self) -> None:
        """Queue and half lines are gone."""
        self.errors.clear()
        self._buffer = b""
        self.reset()

    def fail(self, error: tuple[int, str]) -> None:
        """Queue an error; the last place is kept for the overflow itself."""
        if len(self.errors) < QUEUE_LENGTH - 1:
            self.errors.append(error)
        elif len(self.errors) < QUEUE_LENGTH:
            self.errors.append(QUEUE_OVERFLOW)

    def _line(self, line: str) -> str | None:
        answers: list[str] = []
        path = ""
        for header, parameters in _units(line):
            full, path = _with_path(header, path)
            try:
                answer = self._execute(full, parameters)
            except ScpiError as mistake:
                self.fail(mistake.error)
                continue
            if answer is not None:
                answers.append(answer)
        return ";".join(answers) if answers else None

    def _execute(self, header: str, parameters: Sequence[str]) -> str | None:
        for pattern, handler in self._table:
            if pattern.fullmatch(header):
                return handler(parameters)
        raise ScpiError(UNDEFINED_HEADER)

    def _next_error(self, _: Sequence[str]) -> str:
        number, text = self.errors.popleft() if self.errors else (0, "No error")
        return f'{number:+d},"{text}"'

    def _clear(self, _: Sequence[str]) -> None:
        self.errors.clear()

    def _reset(self, _: Sequence[str]) -> None:
        self.reset()

    @staticmethod
    def _nothing(_: Sequence[str]) -> None:
        """Nothing is ever pending."""


def _units(line: str) -> Iterator[tuple[str, list[str]]]:
    """Program message units: header and parameters."""
    for unit in line.split(";"):
        header, _, rest = unit.strip().partition(" ")
        if header:
            yield header, [part.strip() for part in rest.split(",")] if rest.strip() else []


def _with_path(header: str, path: str) -> tuple[str, str]:
    """The header from the root, with its leading colon, and the path for the unit after it."""
    if header.startswith("*"):
        return f":{header}", path
    full = header if header.startswith(":") else f"{path}:{header}"
    return full, full.rpartition(":")[0]
