"""Reads the numbers of a tool's process model from its parameter file into a frozen record."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

RecordT = TypeVar("RecordT")

_FOLDER: Final = Path(__file__).with_name("parameters")
_KEYS: Final = {"value", "unit", "source"}


class BadParameter(ValueError):
    """A parameter file is not a table of values with unit and source."""


def _number(tool: str, name: str, entry: dict[str, object]) -> float:
    value = entry.get("value")
    if set(entry) != _KEYS or not isinstance(value, int | float):
        raise BadParameter(f"{tool}: {name} must be {{value, unit, source}}")
    return float(value)


def load(tool: str, section: str, build: Callable[..., RecordT]) -> RecordT:
    """Fill a record from one section; its names are the record's fields, no more and no fewer."""
    with (_FOLDER / f"{tool}.toml").open("rb") as file:
        rows = tomllib.load(file)[section]
    return build(**{name: _number(tool, name, entry) for name, entry in rows.items()})
