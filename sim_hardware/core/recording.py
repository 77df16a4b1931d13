"""Reads a recording of a tool's wires as docs/recording.md says it is written, version 1."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

VERSION: Final = 1
DIRECTIONS: Final = ("tx", "rx")


class RecordingError(ValueError):
    """The file is no recording that can be read; one sentence says where and why."""


@dataclass(frozen=True, slots=True)
class RecordedInstrument:
    """One instrument of the tool; those with the same `wire` share one."""

    name: str
    role: str
    model: str
    transport: str
    unit: int
    wire: str


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """Bytes that passed a wire together; `asked` if they went to the instrument.

    Seconds since the recording began: of the first byte and of the last.
    """

    number: int
    instrument: str
    asked: bool
    t_s: float
    end_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """One tool, and what was said on its wires, in order."""

    line: str
    tool: str
    simulated: bool
    instruments: tuple[RecordedInstrument, ...]
    frames: tuple[RecordedFrame, ...]

    def on_wires(self) -> Mapping[str, Sequence[RecordedFrame]]:
        """The frames of each wire, by the wire's name; a wire may have none."""
        wire = {item.name: item.wire for item in self.instruments}
        found: dict[str, list[RecordedFrame]] = {name: [] for name in wire.values()}
        for frame in self.frames:
            found[wire[frame.instrument]].append(frame)
        return found


def read_recording(path: Path) -> Recording:
    """Read a file; raise RecordingError for one that is no recording."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: not text: {error}") from error
    if not lines:
        raise RecordingError(f"{path}: found nothing; allowed: a recording")
    rows = [_row(path, number, line) for number, line in enumerate(lines, start=1)]
    head, *rest = rows
    if head.get("recording") != "frames" or head.get("version") != VERSION:
        raise RecordingError(
            f"{path}: line 1: found version {head.get('version')!r} of "
            f"{head.get('recording')!r}; allowed: version {VERSION} of 'frames'"
        )
    try:
        instruments = tuple(_instrument(item) for item in head["instruments"])
        about = (str(head["line"]), str(head["tool"]), head["simulated"] is True)
    except (KeyError, TypeError) as error:
        raise RecordingError(f"{path}: line 1: missing or misplaced key: {error}") from error
    known = {item.name for item in instruments}
    frames = tuple(
        _frame(f"{path}: line {number}", row, known) for number, row in enumerate(rest, start=2)
    )
    return Recording(*about, instruments, frames)


def _row(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise RecordingError(f"{path}: line {number}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RecordingError(f"{path}: line {number}: found {row!r}; allowed: an object")
    return cast("dict[str, Any]", row)  # JSON has no other keys


def _instrument(row: Mapping[str, Any]) -> RecordedInstrument:
    return RecordedInstrument(
        name=row["instrument"],
        role=row["role"],
        model=row["model"],
        transport=row["transport"],
        unit=row["unit"],
        wire=row["wire"],
    )


def _frame(where: str, row: Mapping[str, Any], known: set[str]) -> RecordedFrame:
    try:
        frame = RecordedFrame(
            number=int(row["n"]),
            instrument=row["instrument"],
            asked=row["direction"] == "tx",
            t_s=float(row["t_s"]),
            end_s=float(row["end_s"]),
            data=bytes.fromhex(row["hex"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"{where}: missing or misplaced key: {error}") from error
    if frame.instrument not in known or row["direction"] not in DIRECTIONS:
        raise RecordingError(
            f"{where}: found {row['direction']!r} of {frame.instrument!r}; allowed: tx or rx of "
            f"{', '.join(sorted(known))}"
        )
    return frame
