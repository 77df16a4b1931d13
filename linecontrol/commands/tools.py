"""`linecontrol tool ...` and `alarm ...`: tools and alarms of a running line."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.core.endpoints import LinkPool
from drivers.core.errors import DriverError
from linecontrol.commands.client import (
    DEFAULT_URL,
    Client,
    Daemon,
    Json,
    named,
    print_json,
    show,
    wrong_input,
)
from linecontrol.timing import real
from linecontrol.wiring import CannotStart, absent, probe_tool

tool = typer.Typer(help="Tools of a line.", no_args_is_help=True)
alarm = typer.Typer(help="Alarms of a running line.", no_args_is_help=True)
TOOL_COLUMNS = ("id", "kind", "state", "wafer", "job", "phase")
ALARM_COLUMNS = ("id", "state", "text", "action", "raised_at")


@tool.command("list")
def list_tools(daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Every tool and what it is doing."""
    show(Client(daemon).get("/tools"), TOOL_COLUMNS, as_json=as_json)


@tool.command("show")
def show_tool(name: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """One tool with every reading, asked now."""
    _print_tool(Client(daemon).get(f"/tools/{named(name)}"), as_json=as_json)


@tool.command("probe")
def probe(
    name: str,
    line: Annotated[
        Path | None, typer.Option(help="Connect by this line file, without a daemon.")
    ] = None,
    endpoints: Annotated[Path | None, typer.Option(help="Addresses in place of its own.")] = None,
    daemon: Daemon = DEFAULT_URL,
    *,
    as_json: Json = False,
) -> None:
    """Connect, identify, read everything; change nothing."""
    if line is None:
        _print_tool(Client(daemon).get(f"/tools/{named(name)}"), as_json=as_json)
        return
    try:
        found = asyncio.run(_probe(line, name, endpoints))
    except CannotStart as error:
        wrong_input(error.faults)
    except DriverError as error:
        wrong_input(absent(error, endpoints or line))
    _print_tool(found, as_json=as_json)


@alarm.command("list")
def list_alarms(daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Alarms that stand, and what to do about each."""
    show(Client(daemon).get("/alarms"), ALARM_COLUMNS, as_json=as_json)


@alarm.command("ack")
def acknowledge(name: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Say that you have seen an alarm."""
    found = Client(daemon).post(f"/alarms/{named(name)}/acknowledge")
    show([found], ALARM_COLUMNS, as_json=as_json)


async def _probe(file: Path, name: str, addresses: Path | None) -> dict[str, Any]:
    clock = real().clock
    pool = LinkPool(clock)
    try:
        found = await probe_tool(file, name, addresses, pool, clock)
    finally:
        await pool.close()
    return {
        "id": name,
        "kind": found.kind,
        "identities": dict(found.identities),
        "interlocks": dict(found.interlocks),
        "points": {
            key: {"value": s.value, "unit": s.unit, "quality": s.quality}
            for key, s in found.samples.items()
        },
    }


def _print_tool(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['id']} ({found['kind']})")
    for role, identity in found.get("identities", {}).items():
        typer.echo(f"  {role}: {identity}")
    if found.get("unreachable"):
        typer.echo(f"  not reachable: {found['unreachable']}")
    opened = [name for name, well in found["interlocks"].items() if not well]
    typer.echo(f"  interlocks: {', '.join(opened) + ' OPEN' if opened else 'all well'}")
    rows = [{"point": name, **point} for name, point in found["points"].items()]
    show(rows, ("point", "value", "unit", "quality"), as_json=False)
