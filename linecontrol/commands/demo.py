"""`linecontrol demo`: an emulated line and the daemon as separate processes, and one lot."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from linecontrol.commands.client import WORK_FAILED, wrong_input
from linecontrol.commands.demo_line import DemoFailed, DemoLine
from linecontrol.commands.demo_progress import follow, tell_result
from linecontrol.model.faults import FaultsFound
from linecontrol.model.library import read_library, shipped
from linecontrol.timing import NoSuchTime

LOT = "L0001"


def demo(
    wafers: Annotated[int, typer.Option(min=1, max=25, help="How many wafers.")] = 3,
    flow: Annotated[str, typer.Option(help="Name of the flow.")] = "reentrant_fill_200um",
    out: Annotated[Path, typer.Option(help="Where to leave everything.")] = Path("out/demo"),
    speed: Annotated[
        float | None, typer.Option(min=0.1, max=20, help="Times real time, instead of lock-step.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all that is random.")] = 0,
    *,
    stay: Annotated[bool, typer.Option(help="Keep the line running afterwards.")] = False,
) -> None:
    """Run one lot on an emulated line and leave a report."""
    try:
        flows = read_library(shipped()).flows
    except FaultsFound as error:
        wrong_input(error.faults)
    if flow not in flows:
        wrong_input([f"--flow: found {flow!r}; allowed: {', '.join(sorted(flows))}"])
    try:
        line = DemoLine(out, flow, wafers, seed, speed)
        well = asyncio.run(_run(line, stay=stay))
    except (DemoFailed, NoSuchTime) as error:
        wrong_input([error])
    except KeyboardInterrupt:
        raise typer.Exit(WORK_FAILED) from None
    raise typer.Exit(0 if well else WORK_FAILED)


async def _run(line: DemoLine, *, stay: bool) -> bool:
    """Return whether every wafer came through."""
    async with line.running() as client:
        await follow(client, LOT)
        page = (await client.get(f"/lots/{LOT}/report")).text
        report = line.out / f"{LOT}.html"
        report.write_text(page)
        well = await tell_result(client, LOT, report)
        if stay:
            typer.echo(f"The line keeps running at {line.url}; stop it with Ctrl-C.")
            await line.ended()
        return well
