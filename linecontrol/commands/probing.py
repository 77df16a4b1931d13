"""One tool of a line file, connected without a daemon: what probing and recording it share."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, LinkPool
from drivers.core.tool import Setpoints, ToolDriver
from linecontrol.model.line import Line
from linecontrol.wiring import CannotStart, build_drivers, endpoints_of


@dataclass(frozen=True, slots=True)
class Connected:
    """A tool whose driver is there; nothing was sent yet."""

    name: str
    driver: ToolDriver[Setpoints]
    endpoints: Sequence[Endpoint]
    pool: LinkPool
    clock: Clock


@asynccontextmanager
async def connected(
    line: Line, name: str, addresses: Path | None, clock: Clock
) -> AsyncGenerator[Connected]:
    """One tool alone, its links closed afterwards; CannotStart if it cannot be made."""
    names = [tool.id for tool in line.tools]
    if name not in names:
        raise CannotStart([f"tool: found {name!r}; allowed: {', '.join(names)}"])
    own = line.model_copy(update={"tools": tuple(t for t in line.tools if t.id == name)})
    pool = LinkPool(clock)
    endpoints = endpoints_of(own, addresses)
    try:
        driver = (await build_drivers(own, endpoints, pool, clock))[name]
        yield Connected(name, driver, endpoints, pool, clock)
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
