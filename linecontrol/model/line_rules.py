"""What a line file must satisfy beyond its form: roles, models, wiring, one device per address."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from linecontrol.model.equipment import (
    MODEL_OPTIONS,
    MODELS,
    OPTION_VALUES,
    ROLES,
    WIRE_OPTIONS,
    Transport,
)
from linecontrol.model.faults import Fault, Source
from linecontrol.model.line import AUTO, Instrument, Line, Tool
from linecontrol.model.toml_lines import Path
from linecontrol.model.validating import nearest
from linecontrol.model.visits import VISITS

_URLS: Final[dict[Transport, tuple[str, str]]] = {
    "modbus_tcp": (r"[^:/\s]+:[0-9]{1,5}", "host:port"),
    "modbus_rtu": (r"(/dev/\S+|COM[0-9]+)", "/dev/... or COMn"),
    "serial": (r"(/dev/\S+|COM[0-9]+)", "/dev/... or COMn"),
    "visa": (
        r"(?i)(TCPIP|USB|GPIB|ASRL|VXI)[0-9]*::\S+",
        "a VISA resource name such as USB0::0x1313::0x8072::SERIAL::INSTR",
    ),
}


LAST_RTU_UNIT: Final = 247
LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class _Place:
    """One instrument of the line, with where it stands in the file and on the wires."""

    tool: Tool
    instrument: Instrument
    path: Path

    @property
    def key(self) -> str:
        return f"tool.{self.tool.id}.{self.instrument.role}"

    @property
    def bus(self) -> str | None:
        """The wire that it declares to share, told apart from those of other tools."""
        return None if self.instrument.bus is None else f"{self.tool.id}/{self.instrument.bus}"

    @property
    def wire(self) -> str:
        """The wire it hangs on: its url or, where that is chosen later, its bus or itself."""
        return self.bus or self.key if self.instrument.url == AUTO else self.instrument.url


def check_line(line: Line, source: Source | None = None) -> list[Fault]:
    """Every fault of a line that is well formed; empty when it can be opened."""
    file = source or Source(f"{line.name}.toml")
    places = [
        _Place(tool, instrument, ("tool", number, "instrument", position))
        for number, tool in enumerate(line.tools)
        for position, instrument in enumerate(tool.instruments)
    ]
    return [
        *_names(line, file),
        *_roles(line, file),
        *_capabilities(line, file),
        *(fault for place in places for fault in _wiring(place, file)),
        *(fault for place in places for fault in _options(place, file)),
        *(fault for place in places for fault in _url(place, file, simulated=line.simulated)),
        *(fault for place in places for fault in _unit(place, file)),
        *_addresses(places, file),
    ]


def _names(line: Line, file: Source) -> Iterator[Fault]:
    seen: set[str] = set()
    paths: list[tuple[Path, str]] = [
        *((("tool", number, "id"), tool.id) for number, tool in enumerate(line.tools)),
        *((("rack", number, "id"), rack.id) for number, rack in enumerate(line.racks)),
    ]
    for path, name in paths:
        if name in seen:
            yield file.fault(path, f"{name!r} again", "an id of its own for every tool and rack")
        seen.add(name)


def _roles(line: Line, file: Source) -> Iterator[Fault]:
    for number, tool in enumerate(line.tools):
        known = ROLES[tool.kind]
        seen: set[str] = set()
        for position, instrument in enumerate(tool.instruments):
            path: Path = ("tool", number, "instrument", position, "role")
            key = f"tool.{tool.id}.role"
            if instrument.role in seen:
                yield file.fault(path, f"{instrument.role!r} again", "one of each role", key=key)
            elif instrument.role not in known:
                allowed = nearest(instrument.role, list(known))
                yield file.fault(path, repr(instrument.role), allowed, key=key)
            seen.add(instrument.role)
        for role in known.keys() - seen:
            allowed = f"a tool.instrument of role {role!r}, model {_any_of(known[role])}"
            yield file.fault(("tool", number), f"no {role!r}", allowed, key=f"tool.{tool.id}")


def _capabilities(line: Line, file: Source) -> Iterator[Fault]:
    """What visits ask of a kind of tool must be said of each tool of that kind."""
    for number, tool in enumerate(line.tools):
        asked: dict[str, list[str]] = {}
        for visit in VISITS.values():
            for key, value in visit.needs.items() if visit.tool == tool.kind else ():
                asked.setdefault(key, []).append(value)
        for key, known in asked.items():
            offered = tool.choices(key)
            allowed = f"{key} = {' or '.join(repr(value) for value in known)}"
            path: Path = ("tool", number, "capabilities")
            name = f"tool.{tool.id}.capabilities"
            if not offered:
                yield file.fault(path, f"no {key!r}", allowed, key=name)
            for value in offered:
                if value not in known:
                    yield file.fault(path, f"{key} = {value!r}", allowed, key=name)


def _options(place: _Place, file: Source) -> Iterator[Fault]:
    """Only what somebody reads: a misspelt option would be left out without a word."""
    instrument = place.instrument
    known = WIRE_OPTIONS[instrument.transport] | MODEL_OPTIONS.get(instrument.model, frozenset())
    for option, value in instrument.options.items():
        path, key = (*place.path, "options"), f"{place.key}.options"
        if option not in known:
            allowed = nearest(option, sorted(known))
            yield file.fault(path, f"unknown option {option!r}", allowed, key=key)
        elif allowed := _better(option, value):
            yield file.fault(path, f"{option} = {value!r}", allowed, key=key)


def _better(option: str, value: object) -> str:
    """What the option may be, unless `value` is that."""
    wanted = OPTION_VALUES[option]
    if isinstance(wanted, tuple):
        return "" if value in wanted else " or ".join(repr(word) for word in wanted)
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if wanted == "count":
        return "" if isinstance(number, int) and number >= 1 else "a whole number from 1"
    return "" if number is not None and 0 < number < float("inf") else "a number above 0"


def _unit(place: _Place, file: Source) -> Iterator[Fault]:
    instrument = place.instrument
    if instrument.transport == "modbus_rtu" and not 1 <= instrument.unit <= LAST_RTU_UNIT:
        allowed = f"1 to {LAST_RTU_UNIT}; what is sent to 0 every instrument of the bus obeys"
        path = (*place.path, "unit")
        yield file.fault(path, str(instrument.unit), allowed, key=f"{place.key}.unit")


def _wiring(place: _Place, file: Source) -> Iterator[Fault]:
    """The model that the role asks for, on the transport that the model speaks."""
    instrument = place.instrument
    transport = MODELS.get(instrument.model)
    if transport is None:
        allowed = nearest(instrument.model, list(MODELS))
        path = (*place.path, "model")
        yield file.fault(path, repr(instrument.model), allowed, key=f"{place.key}.model")
        return
    wanted = ROLES[place.tool.kind].get(instrument.role, (instrument.model,))
    if instrument.model not in wanted:
        found, path = repr(instrument.model), (*place.path, "model")
        yield file.fault(path, found, _any_of(wanted), key=f"{place.key}.model")
    elif instrument.transport != transport:
        found, path = repr(instrument.transport), (*place.path, "transport")
        yield file.fault(path, found, repr(transport), key=f"{place.key}.transport")


def _any_of(models: Sequence[str]) -> str:
    return " or ".join(repr(model) for model in models)


def _url(place: _Place, file: Source, *, simulated: bool) -> Iterator[Fault]:
    url = place.instrument.url
    pattern, words = _URLS[place.instrument.transport]
    path = (*place.path, "url")
    if url == AUTO and not simulated:
        yield file.fault(path, repr(url), f"{words}: the line is real", key=f"{place.key}.url")
    elif url != AUTO and re.fullmatch(pattern, url) is None:
        allowed = f'{words}, or "{AUTO}"' if simulated else words
        yield file.fault(path, repr(url), allowed, key=f"{place.key}.url")
    elif url != AUTO and not _port_exists(place.instrument):
        allowed = f"{words} with a port from 1 to {LAST_PORT}"
        yield file.fault(path, repr(url), allowed, key=f"{place.key}.url")


def _port_exists(instrument: Instrument) -> bool:
    port = instrument.url.rpartition(":")[2]
    return instrument.transport != "modbus_tcp" or 1 <= int(port) <= LAST_PORT


def _addresses(places: list[_Place], file: Source) -> Iterator[Fault]:
    """One device per address; a wire is shared only by those that name the same bus of a tool."""
    first_on: dict[str, _Place] = {}
    wire_of: dict[str, str] = {}
    taken: dict[tuple[str, int], _Place] = {}
    for place in places:
        wire, unit = place.wire, place.instrument.unit
        other = first_on.setdefault(wire, place)
        if place.bus and wire_of.setdefault(place.bus, wire) != wire:
            allowed = f"{wire_of[place.bus]!r}, the url of bus {place.instrument.bus!r}"
            yield file.fault((*place.path, "url"), repr(wire), allowed, key=f"{place.key}.url")
        elif other is not place and (place.bus is None or place.bus != other.bus):
            found = f"{wire!r}, which {other.key} has"
            allowed = "a url of its own, or one bus of one tool named by both"
            yield file.fault((*place.path, "url"), found, allowed, key=f"{place.key}.url")
        elif (twin := taken.get((wire, unit))) is not None:
            found = f"{unit} on {wire!r}, which {twin.key} has"
            path = (*place.path, "unit")
            yield file.fault(path, found, "a unit of its own", key=f"{place.key}.unit")
        taken.setdefault((wire, unit), place)
