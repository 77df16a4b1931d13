"""From a line file to drivers: where each instrument answers, and a driver for every tool."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from drivers.catalog import build
from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, LinkPool
from drivers.core.errors import DriverError
from drivers.core.tool import Setpoints, ToolDriver
from drivers.procedure.fleet import ALSO
from linecontrol.model.addresses import Address, read_addresses
from linecontrol.model.faults import Fault, FaultsFound, one_line
from linecontrol.model.line import AUTO, Instrument, Line
from linecontrol.model.line_rules import check_line
from linecontrol.model.loading import load_line

Drivers = Mapping[str, ToolDriver[Setpoints]]


class CannotStart(Exception):
    """What was asked cannot be begun; one line per fault, and nothing was created."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def endpoints_of(line: Line, file: Path, addresses: Path | None) -> list[Endpoint]:
    """Every instrument of the line in `file`, at its address in `addresses` where that is given."""
    urls = {item.url for tool in line.tools for item in tool.instruments}
    if addresses is None and urls == {AUTO}:
        allowed = f"the file that the emulated line wrote: every url in {file} is {AUTO!r}"
        raise CannotStart([one_line(f"--endpoints: found nothing; allowed: {allowed}")])
    given = _given(addresses)
    faults: list[Fault] = []
    found: list[Endpoint] = []
    for tool in line.tools:
        for item in tool.instruments:
            row = given.get((tool.id, item.role))
            key = f"tool.{tool.id}.{item.role}"
            if addresses is not None:
                faults += _unlike(item, row, str(addresses), key)
            elif item.url == AUTO:
                allowed = "an address, or --endpoints FILE as the emulated line wrote it"
                faults.append(Fault(str(file), f"{key}.url", "'auto'", allowed))
            found.append(_endpoint(tool.id, item, row))
    if not faults:
        faults = _shared(found, str(file if addresses is None else addresses))
    if faults:
        raise CannotStart([str(fault) for fault in faults])
    return found


def absent(error: DriverError, file: Path) -> list[str]:
    """One line for each instrument that an error names."""
    allowed = "the instrument of that role, switched on and connected"
    return [
        one_line(f"{file}: tool.{words}; allowed: {allowed}") for words in str(error).split(ALSO)
    ]


def _given(addresses: Path | None) -> Mapping[tuple[str, str], Address]:
    if addresses is None:
        return {}
    try:
        return read_addresses(addresses)
    except FaultsFound as error:
        raise CannotStart([str(fault) for fault in error.faults]) from error


def _endpoint(tool: str, item: Instrument, row: Address | None) -> Endpoint:
    url, unit = (item.url, item.unit) if row is None else (row.url, row.unit)
    return Endpoint(tool, item.role, item.model, item.transport, url, unit, item.options)


def _unlike(item: Instrument, row: Address | None, file: str, key: str) -> list[Fault]:
    """What keeps a row from being the address of that instrument."""
    if row is None:
        return [Fault(file, key, "nothing", "an address for every instrument of the line")]
    pairs = (("model", row.model, item.model), ("transport", row.transport, item.transport))
    return [
        Fault(file, f"{key}.{name}", repr(found), f"{allowed!r}, as the line file has it")
        for name, found, allowed in pairs
        if found != allowed
    ]


def _shared(endpoints: Sequence[Endpoint], file: str) -> list[Fault]:
    """A fault for every instrument that has another one's address."""
    faults: list[Fault] = []
    first: dict[tuple[str, int], Endpoint] = {}
    buses: dict[str, str] = {}
    for point in endpoints:
        holder = first.setdefault((point.url, point.unit), point)
        tool = buses.setdefault(point.url, point.tool)
        if holder is not point or tool != point.tool:
            other = holder.name if holder is not point else tool
            found = f"{point.url!r} unit {point.unit}, which {other} has"
            faults.append(Fault(file, f"tool.{point.name}.url", found, "an address of its own"))
    return faults


async def build_drivers(
    line: Line, file: Path, endpoints: Sequence[Endpoint], pool: LinkPool, clock: Clock
) -> Drivers:
    """A driver for every tool of the line; CannotStart if one cannot be made. Nothing is sent."""
    drivers: dict[str, ToolDriver[Setpoints]] = {}
    faults: list[str] = []
    for tool in line.tools:
        own = [endpoint for endpoint in endpoints if endpoint.tool == tool.id]
        try:
            drivers[tool.id] = await build(tool.kind, tool.id, own, pool, clock)
        except DriverError as error:
            faults.append(one_line(f"{file}: tool.{error}"))
    if faults:
        raise CannotStart(faults)
    return drivers


def checked_line(file: Path) -> Line:
    """The line in `file`; CannotStart names everything that is wrong with it."""
    try:
        loaded = load_line(file)
    except FaultsFound as error:
        raise CannotStart([str(fault) for fault in error.faults]) from error
    if faults := check_line(loaded.model, loaded.source):
        raise CannotStart([str(fault) for fault in faults])
    return loaded.model


async def identify_all(drivers: Drivers, file: Path) -> None:
    """Ask every instrument of the line who it is; CannotStart names each that is not there.

    `file` is where its address was read.
    """
    results = await asyncio.gather(
        *(driver.identify() for driver in drivers.values()), return_exceptions=True
    )
    faults: list[str] = []
    for result in results:
        if isinstance(result, DriverError):
            faults.extend(absent(result, file))
        elif isinstance(result, BaseException):
            raise result
    if faults:
        raise CannotStart(faults)
