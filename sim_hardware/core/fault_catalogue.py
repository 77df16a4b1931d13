"""The catalogue of faults: what can go wrong, where, how it is injected, what has to follow."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from sim_hardware.core.layout_reader import Table, printable, shown

SCHEMA_VERSION: Final = 1
LEVELS: Final = ("wire", "device", "process", "plant")
FOLDER: Final = Path(__file__).parents[1] / "faults"
PSEUDO_ROLES: Final = frozenset({"plant", "mains"})  # places of a tool that are no instrument
RETRIES: Final = ("none", "driver")
ACTIONS: Final = ("none", "safe")
WAFERS: Final = ("goes_on", "held", "aborted")

_FILE_KEYS: Final = frozenset({"schema_version", "level", "fault"})
_FAULT_KEYS: Final = frozenset({"name", "text", "set", "heal", "for_s", "expect", "at"})
_PLACE_KEYS: Final = frozenset(
    {
        "kinds",
        "roles",
        "models",
        "except_models",
        "transports",
        "phases",
        "set",
        "heal",
        "expect",
        "open",
    }
)
_EXPECT_KEYS: Final = frozenset({"retry", "alarms", "words", "action", "wafer", "hazards"})


class CatalogueError(ValueError):
    """The catalogue cannot be used; one line for every fault says where and why."""

    def __init__(self, *faults: str) -> None:
        self.faults = tuple(printable(fault) for fault in faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Reaction:
    """What has to follow. `alarms` are patterns of alarm ids with {tool} and {role} to fill in.

    `words` is part of the alarm's text. `hazards` are those that the fault itself is: no
    controller can be faster.
    """

    retry: str
    alarms: tuple[str, ...]
    words: str
    action: str
    wafer: tuple[str, ...]
    hazards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """One instrument of a line, or another place of a tool that a fault can be in."""

    kind: str
    role: str
    model: str = ""
    transport: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault applies, how it is set and mended there, and what has to follow.

    An empty tuple means anywhere. `phases` are those in which it matters. `open` says why nobody
    can or does react as he should; empty where somebody does.
    """

    kinds: tuple[str, ...]
    roles: tuple[str, ...]
    models: tuple[str, ...]
    except_models: tuple[str, ...]
    transports: tuple[str, ...]
    phases: tuple[str, ...]
    values: Mapping[str, float]
    heal: Mapping[str, float]
    expect: Reaction
    open: str = ""

    def fits(self, where: Where) -> bool:
        """Whether the fault applies there."""
        named = where.role in self.roles or not (self.roles or where.role in PSEUDO_ROLES)
        return (
            named
            and where.kind in (self.kinds or (where.kind,))
            and where.model in (self.models or (where.model,))
            and where.model not in self.except_models
            and where.transport in (self.transports or (where.transport,))
        )


@dataclass(frozen=True, slots=True)
class CataloguedFault:
    """One fault; it lasts `for_s` unless it is told otherwise, infinite until it is mended."""

    level: str
    name: str
    text: str
    for_s: float
    places: tuple[Place, ...]

    def place(self, where: Where) -> Place | None:
        """What applies there: of several places the last, which is the most special; or None."""
        return next((place for place in reversed(self.places) if place.fits(where)), None)


Catalogue = Mapping[str, CataloguedFault]


@cache
def shipped_faults() -> Catalogue:
    """The catalogue that comes with the emulators."""
    return read_catalogue(FOLDER)


def read_catalogue(folder: Path) -> Catalogue:
    """Read every file of a folder; raise CatalogueError with all that is wrong in them."""
    noted: list[str] = []
    found: dict[str, CataloguedFault] = {}
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise CatalogueError(f"{folder}: found no *.toml; allowed: at least one")
    for path in files:
        for fault in _file(path, noted):
            if fault.name in found:
                noted.append(f"{path}: {fault.name}: found it again; allowed: one of each")
            found[fault.name] = fault
    if noted:
        raise CatalogueError(*noted)
    return dict(sorted(found.items(), key=lambda row: LEVELS.index(row[1].level)))


def _file(path: Path, noted: list[str]) -> Sequence[CataloguedFault]:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        noted.append(f"{path}: file: found {error}; allowed: TOML")
        return ()
    root = Table(str(path), "", raw, noted)
    _closed(root, _FILE_KEYS)
    if raw.get("schema_version") != SCHEMA_VERSION:
        root.fault("schema_version", shown(raw.get("schema_version")), str(SCHEMA_VERSION))
        return ()
    level = _one_of(root, "level", LEVELS)
    return [_fault(level, table) for table in root.tables("fault")]


def _fault(level: str, table: Table) -> CataloguedFault:
    table = Table(table.file, table.text("name") or table.place, table.raw, table.faults)
    _closed(table, _FAULT_KEYS)
    lasts = table.raw.get("for_s", math.inf)
    if not isinstance(lasts, int | float) or isinstance(lasts, bool) or not lasts > 0:
        table.fault("for_s", shown(lasts), "seconds above 0")
        lasts = math.inf
    places = tuple(_place(table, place) for place in table.tables("at"))
    return CataloguedFault(level, table.text("name"), table.text("text"), float(lasts), places)


def _place(fault: Table, table: Table) -> Place:
    _closed(table, _PLACE_KEYS)
    expect = {**fault.table("expect").raw, **table.table("expect").raw}
    values = {**_numbers(fault, "set"), **_numbers(table, "set")}
    if not values:
        table.fault("set", "nothing", "at least one value, here or at the fault")
    return Place(
        kinds=_words(table, "kinds"),
        roles=_words(table, "roles"),
        models=_words(table, "models"),
        except_models=_words(table, "except_models"),
        transports=_words(table, "transports"),
        phases=_words(table, "phases"),
        values=values,
        heal={**_numbers(fault, "heal"), **_numbers(table, "heal")},
        expect=_reaction(Table(table.file, f"{table.place}.expect", expect, table.faults)),
        open=table.text("open", otherwise=""),
    )


def _reaction(table: Table) -> Reaction:
    _closed(table, _EXPECT_KEYS)
    wafer = _words(table, "wafer")
    if not wafer or not set(wafer) <= set(WAFERS):
        table.fault("wafer", shown(table.raw.get("wafer")), f"a list of {', '.join(WAFERS)}")
    alarms = _words(table, "alarms")
    if not alarms and set(wafer) != {"goes_on"}:
        table.fault("alarms", "none", "at least one, for a wafer that is held")
    return Reaction(
        retry=_one_of(table, "retry", RETRIES),
        alarms=alarms,
        words=table.text("words", otherwise=""),
        action=_one_of(table, "action", ACTIONS),
        wafer=wafer,
        hazards=_words(table, "hazards"),
    )


def _closed(table: Table, allowed: frozenset[str]) -> None:
    for key in sorted(table.raw.keys() - allowed):
        table.fault(key, "it", ", ".join(sorted(allowed)))


def _one_of(table: Table, key: str, allowed: Sequence[str]) -> str:
    word = table.text(key)
    if word and word not in allowed:
        table.fault(key, shown(word), ", ".join(allowed))
    return word


def _words(table: Table, key: str) -> tuple[str, ...]:
    value = table.raw.get(key)
    if value is None:
        return ()
    words = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(word, str) and word for word in words):
        table.fault(key, shown(table.raw[key]), "a list of texts")
        return ()
    return tuple(str(word) for word in words)


def _numbers(table: Table, key: str) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name, value in table.table(key).raw.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers[name] = float(value)
        else:
            table.fault(f"{key}.{name}", shown(value), "a number")
    return numbers
