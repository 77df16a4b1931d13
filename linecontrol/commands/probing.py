"""One tool of a line file, connected without a daemon: what probing and recording it share."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, LinkPool
from drivers.core.tool import Setpoints, ToolDriver
from linecontrol.model.faults import Fault
from linecontrol.model.line import Line
from linecontrol.wiring import CannotStart, build_drivers, checked_line, endpoints_of


@dataclass(frozen=True, slots=True)
class Connected:
    """A tool whose driver is there; nothing was sent yet."""

    line: Line
    name: str
    driver: ToolDriver[Setpoints]
    endpoints: Sequence[Endpoint]
    pool: LinkPool
    clock: Clock


@asynccontextmanager
async def connected(
    file: Path, name: str, addresses: Path | None, pool: LinkPool, clock: Clock
) -> AsyncGenerator[Connected]:
    """One tool of the line in `file`; the pool is closed afterwards. CannotStart if it can't be."""
    try:
        line = checked_line(file)
        names = [tool.id for tool in line.tools]
        if name not in names:
            raise CannotStart([str(Fault(str(file), "tool", repr(name), ", ".join(names)))])
        own = line.model_copy(update={"tools": tuple(t for t in line.tools if t.id == name)})
        endpoints = endpoints_of(own, file, addresses)
        driver = (await build_drivers(own, file, endpoints, pool, clock))[name]
        yield Connected(line, name, driver, endpoints, pool, clock)
    finally:
        await pool.close()


async def probed(tool: Connected) -> dict[str, Any]:
    """Identify it and read everything; change nothing."""
    identities = await tool.driver.identify()
    samples = await tool.driver.snapshot()
    return {
        "id": tool.name,
        "kind": tool.driver.kind,
        "identities": dict(identities),
        "interlocks": dict(await tool.driver.interlocks()),
        "points": {
            key: {"value": s.value, "unit": s.unit, "quality": s.quality}
            for key, s in samples.items()
        },
    }
