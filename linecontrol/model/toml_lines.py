"""On which line of a TOML file each key stands: the standard reader does not say."""

import re
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]

_KEY: Final = r"[A-Za-z0-9_-]+"
_HEADER: Final = re.compile(rf"^\s*(\[\[?)\s*({_KEY}(?:\.{_KEY})*)\s*\]")
_SETTING: Final = re.compile(rf"^\s*({_KEY})\s*=")


def lines_of(text: str) -> Mapping[Path, int]:
    """Line numbers from 1 by path, e.g. `("step", 2, "recipe")`; quoted keys are left out."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _enter(header[2].split("."), counts, is_array=header[1] == "[[")
            found[table] = number
        elif setting := _SETTING.match(line):
            found[*table, setting[1]] = number
    return found


def _enter(parts: list[str], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a table header; one of an array of tables opens the next element."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, parts[-1])
    if is_array:
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    return path
