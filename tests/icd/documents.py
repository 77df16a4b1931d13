"""The interface control documents as tables; docs/icd/README.md says what the columns mean."""

import csv
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "icd"
# What stands for the placeholders that select a unit, a channel or what goes along with a request.
SELECTED = {
    "axis": "1", "address": "6", "channel": "1", "ion": "1", "relay": "1", "numbers": "0.5,0.25",
}  # fmt: skip
NUMBER = r"-?\d+(\.\d+)?(e-?\d+)?"
SELECTORS = {
    "axis": "[123]", "address": r"\d+", "channel": "[1-6]", "ion": "[135]", "relay": r"\d{1,2}",
    "numbers": rf"{NUMBER}(,{NUMBER})*",
}  # fmt: skip
SELECTED_BYTES = {"control": b"\x04\0\0\0", "index": b"\0", "length": b"\0"}
SELECTOR_BYTES = {
    # off, on, reset or standby, or nothing where the pump is not to obey; on with a set-point
    "control": rb"(?:(?:\x04[\x00\x01\x80]|\x05\x01|\x00\x00)\x00\x00|\x04\x41..)",
    "index": rb".",
    "length": rb".",
}
PLACEHOLDER = re.compile(r"\{([a-z]+\d*[a-z]*)(?::([^}]+))?\}")
BINARY = {
    "u8": ">B", "u16le": "<H", "u16be": ">H", "i16be": ">h", "u32be": ">I", "i32be": ">i",
    "f32be": ">f",
}  # fmt: skip
TEXT_FORMS = {
    "d": r"-?\d+", "g": r"-?\d+(\.\d+)?", "f": r"-?\d+\.\d+", "s": r".{8}",
    "E": r"\d\.\d+E[+-]\d+",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A published exchange; `match` says how the emulator's reply compares (see the README)."""

    request: bytes
    reply: str
    match: str


@dataclass(frozen=True, slots=True)
class Row:
    """What both kinds of documents say of one value or command; absent limits are NaN."""

    name: str
    access: str
    unit: str
    scale: float
    low: float
    high: float
    beyond: str
    meaning: str
    mark: str
    example: Example | None

    @property
    def limited(self) -> bool:
        """Whether both limits are there."""
        return not (math.isnan(self.low) or math.isnan(self.high))


@dataclass(frozen=True, slots=True)
class RegisterRow(Row):
    """One value of a Modbus instrument."""

    address: int
    type: str
    record: int  # where to begin, and how many registers to read, to get it
    length: int

    @property
    def words(self) -> int:
        """How many registers it fills."""
        if self.type == "text":
            return self.length
        return 2 if "32" in self.type else 1

    @property
    def announced(self) -> int:
        """How many bytes its reply announces."""
        return 4 * self.length if self.type.endswith("announced_double") else 2 * self.length

    @property
    def last_written(self) -> int:
        """How many registers are written to set it: it is the last of them."""
        return self.address - self.record + self.words


@dataclass(frozen=True, slots=True)
class CommandRow(Row):
    """One command of an instrument with a protocol of its own."""

    request: str
    reply: str
    held_by: str

    @property
    def takes_value(self) -> bool:
        """Whether the request carries a value."""
        names = {match[1] for match in PLACEHOLDER.finditer(self.request)}
        return bool(names - SELECTED.keys() - SELECTED_BYTES.keys())

    @property
    def relative(self) -> bool:
        """Whether the value goes out with an exponent, in steps of its own size."""
        return ".2E}" in self.request

    def text(self, value: float = math.nan) -> bytes:
        """The request of a text protocol."""

        def put(match: re.Match[str]) -> str:
            if match[1] in SELECTED:
                return SELECTED[match[1]]
            return format(round(value) if match[2].endswith("d") else value, match[2])

        return PLACEHOLDER.sub(put, self.request).encode("latin-1")

    def packed(self, value: float = math.nan) -> bytes:
        """The request of a binary protocol; struct.error where the value does not fit."""
        parts: list[bytes] = []
        for word in self.request.split():
            name = word.strip("{}")
            form = BINARY.get(name)
            if name in SELECTED_BYTES:
                parts.append(SELECTED_BYTES[name])
            elif form is None:
                parts.append(bytes.fromhex(word))
            else:
                parts.append(struct.pack(form, value if form[1] == "f" else round(value)))
        return b"".join(parts)

    def pattern(self, *, binary: bool) -> re.Pattern[bytes]:
        """What every request of this row looks like."""
        if binary:
            parts = [_binary_part(word) for word in self.request.split()]
            return re.compile(b"".join(parts), re.DOTALL)
        text, at = "", 0
        for match in PLACEHOLDER.finditer(self.request):
            text += re.escape(self.request[at : match.start()])
            text += SELECTORS.get(match[1]) or _text_form(match[2])
            at = match.end()
        return re.compile((text + re.escape(self.request[at:])).encode("latin-1"))


def _binary_part(word: str) -> bytes:
    name = word.strip("{}")
    if name in SELECTOR_BYTES:
        return SELECTOR_BYTES[name]
    form = BINARY.get(name)
    return re.escape(bytes.fromhex(word)) if form is None else b".{%d}" % struct.calcsize(form)


def _text_form(form: str) -> str:
    if (digits := re.fullmatch(r"0(\d)d", form)) is not None:
        return rf"\d{{{digits[1]}}}"
    return TEXT_FORMS[form[-1]]


def _number(text: str) -> float:
    return float(text) if text else math.nan


def _example(record: Mapping[str, str]) -> Example | None:
    if not record.get("example_match"):
        return None
    request = bytes.fromhex(record["example_request_hex"])
    return Example(request, record["example_reply_hex"], record["example_match"])


def records(name: str) -> list[dict[str, str]]:
    """The lines of one document."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _common(record: Mapping[str, str]) -> tuple[str, str, str, float, float, float, str, str, str]:
    return (
        record["name"],
        record["access"],
        record["unit"],
        float(record["scale"] or 1),
        _number(record["low"]),
        _number(record["high"]),
        record.get("beyond", ""),
        record["meaning"],
        record.get("mark", ""),
    )


@cache
def registers(name: str) -> tuple[RegisterRow, ...]:
    """The document of a Modbus instrument."""
    return tuple(_register(record) for record in records(name) if record["address"])


def _register(record: Mapping[str, str]) -> RegisterRow:
    address, kind = int(record["address"]), record["type"]
    start = int(record.get("record") or address)
    length = int(record.get("length") or (2 if "32" in kind else 1))
    return RegisterRow(*_common(record), _example(record), address, kind, start, length)


@cache
def commands(name: str) -> tuple[CommandRow, ...]:
    """The document of an instrument with a protocol of its own."""
    return tuple(
        CommandRow(
            *_common(record),
            _example(record),
            record["request"],
            record["reply"],
            record["held_by"],
        )
        for record in records(name)
    )


def _names(column: str) -> tuple[str, ...]:
    return tuple(
        path.stem
        for path in sorted(FOLDER.glob("*.csv"))
        if column in records(path.stem)[0] and not path.stem.startswith("click_plc")
    )


REGISTER_MODELS = _names("address")
COMMAND_MODELS = _names("request")
TOOLS = tuple(
    path.stem.removeprefix("click_plc_") for path in sorted(FOLDER.glob("click_plc_*.csv"))
)
