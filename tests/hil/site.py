"""The line under test and its tools, one at a time: what LINE names, or an emulated one."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

import pytest

from drivers.core.endpoints import Endpoint, Link, LinkPool
from drivers.core.points import BoundSetting, PointHost, Setting
from drivers.core.registers import declared
from drivers.instruments.catalog import MODELS
from drivers.procedure.fleet import Instrument
from linecontrol.commands.probing import Connected, connected
from linecontrol.model.faults import FaultsFound
from linecontrol.model.library import shipped
from linecontrol.model.line import Line
from linecontrol.model.loading import load_line
from linecontrol.timing import TimeBase

PILOT: Final = shipped() / "lines" / "pilot_sim.toml"
YES_OR_NO: Final = {"": None, "0": False, "1": True}


@dataclass(frozen=True)
class Wanted:
    """What the environment asks for: LINE, ENDPOINTS and ARM."""

    file: Path
    line: Line
    endpoints: Path | None
    emulated: bool
    armed: bool


@cache
def wanted() -> Wanted:
    """Read the environment once; a line of its own is armed, another only with ARM=1."""
    named, endpoints = os.environ.get("LINE", ""), os.environ.get("ENDPOINTS", "")
    arm = os.environ.get("ARM", "")
    if arm not in YES_OR_NO:
        raise pytest.UsageError(f"ARM: found {arm!r}; allowed: 0, 1 or nothing")
    file = Path(named) if named else PILOT
    try:
        line = load_line(file).model
    except FaultsFound as error:
        raise pytest.UsageError("\n".join(str(fault) for fault in error.faults)) from error
    said = YES_OR_NO[arm]
    return Wanted(
        file=file,
        line=line,
        endpoints=Path(endpoints) if named and endpoints else None,
        emulated=not named,
        armed=not named if said is None else said,
    )


@dataclass(frozen=True)
class Place:
    """One instrument of the line file."""

    tool: str
    role: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.tool}.{self.role}"

    @property
    def has_settings(self) -> bool:
        owners = MODELS[self.model].__mro__
        return any(isinstance(item, Setting) for owner in owners for item in vars(owner).values())


def places() -> list[Place]:
    """Every instrument of the line."""
    line = wanted().line
    return [
        Place(tool.id, item.role, item.model) for tool in line.tools for item in tool.instruments
    ]


@dataclass(frozen=True)
class Standing:
    """One instrument as it stands in its tool, and its wire."""

    place: Place
    driver: Instrument
    link: Link

    @property
    def settings(self) -> Mapping[str, BoundSetting[object]]:
        """What can be set at it, by name."""
        points = declared(cast("PointHost[object]", self.driver))
        return {name: point for name, point in points.items() if isinstance(point, BoundSetting)}


@dataclass(frozen=True)
class Site:
    """The line, the time in which it lives, and how a person is told what will happen."""

    file: Path
    endpoints: Path | None
    time: TimeBase
    say: Callable[[str], None]

    def at_tool(self, tool: str, act: Callable[[Connected], Awaitable[None]]) -> None:
        """Do `act` with one tool connected by itself."""

        async def main() -> None:
            pool = LinkPool(self.time.clock)
            alone = connected(self.file, tool, self.endpoints, pool, self.time.clock)
            async with alone as found:
                await act(found)

        with asyncio.Runner(loop_factory=self.time.loop_factory) as runner:
            runner.run(main())

    def at(self, place: Place, act: Callable[[Standing], Awaitable[None]]) -> None:
        """Do `act` with one instrument that was identified."""

        async def main(tool: Connected) -> None:
            driver = instruments_of(tool)[place.role]
            await driver.identify()
            point = next(point for point in tool.endpoints if point.role == place.role)
            await act(Standing(place, driver, link_of(tool, point)))

        self.at_tool(place.tool, main)


def instruments_of(tool: Connected) -> Mapping[str, Instrument]:
    """The instruments of a tool by role: each is the field of its driver that has this name."""
    held = vars(tool.driver)
    return {point.role: cast("Instrument", held[point.role]) for point in tool.endpoints}


def link_of(tool: Connected, point: Endpoint) -> Link:
    """The wire of an instrument."""
    return tool.pool.links()[point.transport, point.url][0]
