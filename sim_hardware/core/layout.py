"""Which tools and instruments the emulated line has: read from the line file, independently."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from sim_hardware.core.layout_reader import Table, printable, shown

AUTO: Final = "auto"
TRANSPORTS: Final = ("modbus_tcp", "modbus_rtu", "serial", "visa")
ON_THE_NETWORK: Final = ("modbus_tcp", "visa")
LAST_PORT: Final = 65535


class LayoutError(ValueError):
    """The line file cannot be emulated; one line for every fault says where and why."""

    def __init__(self, *faults: str) -> None:
        self.faults = tuple(printable(fault) for fault in faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """One instrument as the line file wires it; `bus` names the wire it shares, if any."""

    role: str
    model: str
    transport: str
    url: str
    unit: int
    bus: str
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool and its instruments."""

    id: str
    kind: str
    capabilities: Mapping[str, str | tuple[str, ...]]
    instruments: tuple[InstrumentSpec, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One line to emulate, and the file that it was read from."""

    name: str
    tools: tuple[ToolSpec, ...]
    file: str = "line"


def read_layout(path: Path) -> Layout:
    """Read a line file; raise LayoutError for one that cannot be emulated."""
    root = Table(str(path), "", _toml(path), [])
    if root.raw.get("simulated") is not True:
        root.fault(
            "simulated", shown(root.raw.get("simulated")),
            "true: a line of real tools is never emulated at its own addresses",
        )  # fmt: skip
        raise LayoutError(*root.faults)
    tools = tuple(_tool(table) for table in root.tables("tool"))
    layout = Layout(root.text("name"), tools, str(path))
    faults = root.faults or [*_twice(layout), *_addresses(layout)]
    if faults:
        raise LayoutError(*faults)
    return layout


def host_and_port(url: str) -> tuple[str, int] | None:
    """The address that a Modbus TCP or VISA socket url stands for; None for anything else."""
    plain = url.removeprefix("TCPIP::").removesuffix("::SOCKET").replace("::", ":")
    host, _, port = plain.rpartition(":")
    known = host and port.isascii() and port.isdecimal() and len(port) <= len(str(LAST_PORT))
    return (host, int(port)) if known and int(port) <= LAST_PORT else None


def wires(tool: ToolSpec) -> list[list[InstrumentSpec]]:
    """The instruments of a tool, grouped by the wire they share."""
    found: dict[str, list[InstrumentSpec]] = {}
    for spec in tool.instruments:
        key = spec.bus or (spec.role if spec.url == AUTO else spec.url)
        found.setdefault(key, []).append(spec)
    return list(found.values())


def _toml(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise LayoutError(
            f"{path}: file: found {error.strerror}; allowed: a file to read"
        ) from error
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{path}: file: found {error}; allowed: TOML") from error


def _tool(table: Table) -> ToolSpec:
    table = table.named(table.text("id"))
    capabilities: dict[str, str | tuple[str, ...]] = {}
    for key, value in table.table("capabilities").raw.items():
        found = shown(value)
        words = cast("list[object]", value) if isinstance(value, list) else []
        if isinstance(value, str):
            capabilities[key] = value
        elif words and all(isinstance(word, str) for word in words):
            capabilities[key] = tuple(str(word) for word in words)
        else:
            table.fault(f"capabilities.{key}", found, "a word or a list of words")
    instruments = tuple(_instrument(item) for item in table.tables("instrument"))
    return ToolSpec(table.text("id"), table.text("kind"), capabilities, instruments)


def _instrument(table: Table) -> InstrumentSpec:
    role, transport, url = table.text("role"), table.text("transport"), table.text("url")
    table = table.named(role)
    if transport and transport not in TRANSPORTS:
        table.fault("transport", repr(transport), ", ".join(TRANSPORTS))
    if transport not in ON_THE_NETWORK and url not in {"", AUTO} and not url.startswith("/"):
        table.fault("url", repr(url), f"a path that begins with /, or {AUTO}")
    if transport in ON_THE_NETWORK and url not in {"", AUTO} and host_and_port(url) is None:
        table.fault("url", repr(url), f"HOST:PORT with a port up to {LAST_PORT}, or {AUTO}")
    return InstrumentSpec(
        role=role,
        model=table.text("model"),
        transport=transport,
        url=url,
        unit=table.whole("unit", 0, 254, otherwise=1),
        bus=table.text("bus", otherwise=""),
        options=table.table("options").raw,
    )


def _twice(layout: Layout) -> list[str]:
    """A fault for every tool, and every role of a tool, that is there more than once."""
    faults: list[str] = []
    names = [tool.id for tool in layout.tools]
    faults += [
        f"{layout.file}: tool.id: found {name!r} again; allowed: one of each"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    for tool in layout.tools:
        roles = [spec.role for spec in tool.instruments]
        faults += [
            f"{layout.file}: tool.{tool.id}.role: found {role!r} again; allowed: one of each"
            for role in dict.fromkeys(roles)
            if roles.count(role) > 1
        ]
    return faults


def _addresses(layout: Layout) -> list[str]:
    """A fault for every instrument at the address of another one."""
    faults: list[str] = []
    holders: dict[str, tuple[str, str]] = {}  # url -> the wire that has it, and an instrument on it
    for tool in layout.tools:
        for wire in wires(tool):
            faults += _units(layout.file, tool, wire)
            for spec in wire:
                own = spec.bus and f"{tool.id}/{spec.bus}"
                name = f"{tool.id}.{spec.role}"
                held, other = holders.setdefault(spec.url, (own, name))
                if spec.url != AUTO and other != name and (not own or own != held):
                    found = f"{spec.url!r}, which {other} has"
                    allowed = "one of its own, or one bus of one tool named by both"
                    faults.append(
                        f"{layout.file}: tool.{name}.url: found {found}; allowed: {allowed}"
                    )
    return faults


def _units(file: str, tool: ToolSpec, wire: Sequence[InstrumentSpec]) -> list[str]:
    units = [spec.unit for spec in wire]
    return [
        f"{file}: tool.{tool.id}.{spec.role}.unit: found {spec.unit}, which another instrument of "
        "the bus has; allowed: one of its own"
        for place, spec in enumerate(wire)
        if spec.unit in units[:place]
    ]
