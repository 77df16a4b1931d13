"""Reads values out of a TOML table and notes every fault by file and key, without stopping."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file. What is wrong with it is added to `faults`, shared by all its tables."""

    file: str
    place: str
    raw: Mapping[str, object]
    faults: list[str]

    def named(self, name: str) -> "Table":
        """The same table under the name that people give it."""
        if not name:
            return self
        place = self.place.removesuffix("]").rpartition("[")[0].removesuffix("instrument")
        return Table(self.file, f"{place.strip('.')}.{name}", self.raw, self.faults)

    def fault(self, key: str, found: str, allowed: str) -> None:
        """Note that something is wrong with `key`."""
        where = f"{self.place}.{key}".strip(".")
        self.faults.append(f"{self.file}: {where}: found {found}; allowed: {allowed}")

    def text(self, key: str, otherwise: str | None = None) -> str:
        """A text that is not empty; nothing if there is none, which is then a fault."""
        value = self.raw.get(key, otherwise)
        if isinstance(value, str) and (value or key not in self.raw):
            return value
        self._once(key, shown(value), "text in quotes, not empty")
        return ""

    def whole(self, key: str, low: int, high: int, *, otherwise: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.raw.get(key, otherwise)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self._once(key, shown(value), f"a whole number from {low} to {high}")
        return otherwise

    def table(self, key: str) -> "Table":
        """A table, empty if there is none."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self._once(key, shown(value), "a table")
        # TOML has no other keys
        raw = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        return Table(self.file, f"{self.place}.{key}".strip("."), raw, self.faults)

    def tables(self, key: str) -> list["Table"]:
        """The tables of an array; at least one."""
        value = self.raw.get(key)
        found = shown(value)
        rows = cast("list[object]", value) if isinstance(value, list) else []
        if not rows or not all(isinstance(row, dict) for row in rows):
            self._once(key, found, f"at least one [[{key}]]")
            return []
        return [
            Table(
                self.file,
                f"{self.place}.{key}[{number}]".strip("."),
                cast("dict[str, object]", row),
                self.faults,
            )
            for number, row in enumerate(rows, start=1)
        ]

    def _once(self, key: str, found: str, allowed: str) -> None:
        before = list(self.faults)
        self.fault(key, found, allowed)
        if self.faults[-1] in before:
            self.faults.pop()


def shown(value: object) -> str:
    """A value as a fault shows it: on one line, and not without end."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def printable(text: str) -> str:
    """The text on one line: whatever would end it is written as an escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
