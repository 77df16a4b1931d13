"""Which tools and instruments the emulated line has: read from the line file, independently."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class LayoutError(ValueError):
    """The line file cannot be emulated; one sentence says where and why."""


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
    """One line to emulate."""

    name: str
    tools: tuple[ToolSpec, ...]


def read_layout(path: Path) -> Layout:
    """Read a line file; raise LayoutError for one that cannot be emulated."""
    try:
        data = tomllib.loads(path.read_text())
    except OSError as error:
        raise LayoutError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path}: not TOML: {error}") from error
    if data.get("simulated") is not True:
        raise LayoutError(
            f"{path}: simulated: found {data.get('simulated')!r}; allowed: true, "
            "because a line of real tools is never emulated at its own addresses"
        )
    try:
        return Layout(data["name"], tuple(_tool(tool) for tool in data["tool"]))
    except (KeyError, TypeError) as error:
        raise LayoutError(f"{path}: missing or misplaced key: {error}") from error


def _tool(data: Mapping[str, Any]) -> ToolSpec:
    capabilities = {
        key: value if isinstance(value, str) else tuple(value)
        for key, value in data.get("capabilities", {}).items()
    }
    instruments = tuple(_instrument(item) for item in data["instrument"])
    return ToolSpec(data["id"], data["kind"], capabilities, instruments)


def _instrument(data: Mapping[str, Any]) -> InstrumentSpec:
    return InstrumentSpec(
        role=data["role"],
        model=data["model"],
        transport=data["transport"],
        url=data["url"],
        unit=data.get("unit", 1),
        bus=data.get("bus", ""),
        options=data.get("options", {}),
    )
