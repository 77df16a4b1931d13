"""`linecontrol tool record`: every frame of a tool's wires, written down while it is probed."""

import asyncio
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from drivers.core.endpoints import LinkPool
from drivers.core.errors import DriverError
from drivers.core.recording import Heading, Recorder, recording
from linecontrol import __version__
from linecontrol.commands.client import wrong_input
from linecontrol.commands.probing import Connected, connected, probed
from linecontrol.logs import quiet
from linecontrol.timing import real
from linecontrol.wiring import CannotStart, absent

LOOK_EVERY_S: Final = 1.0


def record(
    name: Annotated[str, typer.Argument(metavar="TOOL")],
    line: Annotated[Path, typer.Option(help="Connect by this line file, without a daemon.")],
    out: Annotated[Path, typer.Option(help="Where to write the recording; a new file.")],
    seconds: Annotated[
        float, typer.Option(min=0.0, help="Go on reading everything for so long.")
    ] = 0.0,
    endpoints: Annotated[Path | None, typer.Option(help="Addresses in place of its own.")] = None,
) -> None:
    """Probe a tool and write down every frame, both directions; change nothing."""
    try:
        with out.open("x", encoding="utf-8") as file:
            kept = asyncio.run(_record(line, name, endpoints, seconds, file))
    except OSError as error:
        wrong_input([f"--out {out}: {error.strerror}"])
    except CannotStart as error:
        if out.is_file() and not out.stat().st_size:
            out.unlink()  # nothing was begun
        wrong_input(error.faults)
    except DriverError as error:
        words = absent(error, endpoints or line)
        wrong_input([*words, f"{out}: holds what was said until then"])
    typer.echo(f"{name}: {kept.frames} frames in {out}")


async def _record(
    file: Path, name: str, addresses: Path | None, seconds: float, out: TextIO
) -> Recorder:
    quiet()
    clock = real().clock
    async with connected(file, name, addresses, LinkPool(clock), clock) as tool:
        heading = Heading(
            software=__version__,
            line=tool.line.name,
            simulated=tool.line.simulated,
            tool=name,
            kind=tool.driver.kind,
            begun_at=tool.clock.now(),
        )
        with recording(out, heading, tool.endpoints, tool.pool, tool.clock) as recorder:
            await _watched(tool, seconds)
    return recorder


async def _watched(tool: Connected, seconds: float) -> None:
    """Probe once, then read everything once a second, or as often as it can be, to the end."""
    start_s = tool.clock.monotonic()
    look_s = start_s + LOOK_EVERY_S
    await probed(tool)
    while look_s < start_s + seconds:
        await tool.clock.sleep_until(look_s)
        await tool.driver.snapshot()
        await tool.driver.interlocks()
        look_s = max(look_s + LOOK_EVERY_S, tool.clock.monotonic())
