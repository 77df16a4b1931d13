"""`linecontrol daemon`: the headless recipe execution daemon."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from linecontrol.app import DaemonOptions, run_daemon
from linecontrol.commands.client import wrong_input
from linecontrol.logs import configure
from linecontrol.model.library import shipped
from linecontrol.timing import NoSuchTime, chosen
from linecontrol.wiring import CannotStart


def daemon(  # noqa: PLR0913 - one argument for each option of the command
    line: Annotated[Path, typer.Option(help="Line file: which tool answers where.")],
    data: Annotated[Path, typer.Option(help="Directory of the journal.")],
    host: Annotated[str, typer.Option(help="Address to serve HTTP on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve HTTP on.")] = 8420,
    endpoints: Annotated[Path | None, typer.Option(help="Addresses in place of its own.")] = None,
    recipes: Annotated[Path | None, typer.Option(help="Folder of flows and recipes.")] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.1, max=20, help="Simulated line only: times real time.")
    ] = None,
    lockstep: Annotated[str, typer.Option(help="Simulated line only: shared page file.")] = "",
) -> None:
    """Run a line: own its instruments, run lots, keep the journal, serve HTTP."""
    configure()
    made = [page for page in (Path(lockstep),) if lockstep and not page.exists()]
    try:
        time = chosen(speed, lockstep)
        options = DaemonOptions(line, data, recipes or shipped(), host, port, endpoints)
        with asyncio.Runner(loop_factory=time.loop_factory) as runner:
            runner.run(run_daemon(options, time))
    except CannotStart as error:
        for page in made:
            page.unlink(missing_ok=True)
        wrong_input(error.faults)
    except NoSuchTime as error:
        wrong_input([error])
