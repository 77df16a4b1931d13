"""From a line file to drivers: where each instrument answers, and a driver for every tool."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from drivers.catalog import build
from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, LinkPool
from drivers.core.errors import DriverError
from drivers.core.tool import Setpoints, ToolDriver
from drivers.procedure.fleet import ALSO
from linecontrol.model.line import AUTO, Line

Drivers = Mapping[str, ToolDriver[Setpoints]]


class CannotStart(Exception):
    """What was asked cannot be begun; one line per fault, and nothing was created."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class _Address(BaseModel):
    """One row of an endpoints file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tool: str
    role: str
    model: str
    transport: str
    url: str
    unit: int


_ADDRESSES = TypeAdapter(list[_Address])


def endpoints_of(line: Line, addresses: Path | None) -> list[Endpoint]:
    """Every instrument with its address, taken from `addresses` where that file is given."""
    given = _read(addresses)
    faults: list[str] = []
    found: list[Endpoint] = []
    for tool in line.tools:
        for item in tool.instruments:
            row = given.get((tool.id, item.role))
            if addresses is not None and row is None:
                faults.append(
                    f"{addresses}: {tool.id}.{item.role}: found nothing; allowed: an address"
                )
                continue
            url = item.url if row is None else row.url
            if url == AUTO:
                faults.append(
                    f"line {line.name}: {tool.id}.{item.role}: url: found 'auto'; allowed: an "
                    "address, or --endpoints FILE as the emulated line wrote it"
                )
                continue
            unit = item.unit if row is None else row.unit
            found.append(
                Endpoint(tool.id, item.role, item.model, item.transport, url, unit, item.options)
            )
    faults.extend(_shared(found))
    if faults:
        raise CannotStart(faults)
    return found


def _shared(endpoints: Sequence[Endpoint]) -> list[str]:
    """A sentence for every instrument that has another one's address."""
    faults: list[str] = []
    first: dict[tuple[str, int], Endpoint] = {}
    buses: dict[str, str] = {}
    for point in endpoints:
        holder = first.setdefault((point.url, point.unit), point)
        tool = buses.setdefault(point.url, point.tool)
        if holder is not point or tool != point.tool:
            other = holder.name if holder is not point else tool
            faults.append(
                f"{point.name}: url: found {point.url} unit {point.unit}, which {other} has; "
                "allowed: an address of its own"
            )
    return faults


async def build_drivers(
    line: Line, endpoints: Sequence[Endpoint], pool: LinkPool, clock: Clock
) -> Drivers:
    """A driver for every tool of the line; CannotStart if one cannot be made. Nothing is sent."""
    drivers: dict[str, ToolDriver[Setpoints]] = {}
    faults: list[str] = []
    for tool in line.tools:
        own = [endpoint for endpoint in endpoints if endpoint.tool == tool.id]
        try:
            drivers[tool.id] = await build(tool.kind, tool.id, own, pool, clock)
        except DriverError as error:
            faults.append(str(error))
    if faults:
        raise CannotStart(faults)
    return drivers


async def identify_all(drivers: Drivers) -> None:
    """Ask every instrument of the line who it is; CannotStart names each that is not there."""
    results = await asyncio.gather(
        *(driver.identify() for driver in drivers.values()), return_exceptions=True
    )
    faults: list[str] = []
    for result in results:
        if isinstance(result, DriverError):
            faults.extend(str(result).split(ALSO))
        elif isinstance(result, BaseException):
            raise result
    if faults:
        raise CannotStart(faults)


def _read(path: Path | None) -> Mapping[tuple[str, str], _Address]:
    if path is None:
        return {}
    try:
        rows = _ADDRESSES.validate_python(json.loads(path.read_text()))
    except OSError as error:
        raise CannotStart([f"{path}: {error.strerror}"]) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CannotStart([f"{path}: found {error}; allowed: a JSON list of endpoints"]) from error
    except ValidationError as error:
        raise CannotStart(
            [
                f"{path}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                for fault in error.errors()
            ]
        ) from error
    return {(row.tool, row.role): row for row in rows}
