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
from linecontrol.commands.probing import connected, probed
from linecontrol.commands.recording import record
from linecontrol.logs import quiet
from linecontrol.timing import real
from linecontrol.wiring import CannotStart, absent

tool = typer.Typer(help="Tools of a line.", no_args_is_help=True)
alarm = typer.Typer(help="Alarms of a running line.", no_args_is_help=True)
TOOL_COLUMNS = ("id", "kind", "state", "wafer", "job", "phase", "progress")
ALARM_COLUMNS = ("id", "raised_at", "tool", "state", "text", "action")


@tool.command("list")
def list_tools(daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Every tool and what it is doing."""
    _show_tools(Client(daemon), None, as_json=as_json)


@tool.command("show")
def show_tool(name: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """One tool with every reading, asked now."""
    _print_tool(Client(daemon).get(f"/tools/{named(name)}"), as_json=as_json)


@tool.command("abort")
def abort_job(name: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Give up the job on a tool: its wafer goes no further, the rest of the lot goes on."""
    client = Client(daemon)
    _show_tools(client, client.post(f"/tools/{named(name)}/abort"), as_json=as_json)


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
    quiet()
    try:
        found = asyncio.run(_probe(line, name, endpoints))
    except CannotStart as error:
        wrong_input(error.faults)
    except DriverError as error:
        wrong_input(absent(error, endpoints or line))
    _print_tool(found, as_json=as_json)


tool.command("record")(record)


@alarm.command("list")
def list_alarms(daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Alarms that stand, and what to do about each."""
    client = Client(daemon)
    _show_alarms(client, client.get("/alarms"), as_json=as_json)


@alarm.command("ack")
def acknowledge(name: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Say that you have seen an alarm."""
    client = Client(daemon)
    _show_alarms(client, [client.post(f"/alarms/{named(name)}/acknowledge")], as_json=as_json)


async def _probe(file: Path, name: str, addresses: Path | None) -> dict[str, Any]:
    clock = real().clock
    async with connected(file, name, addresses, LinkPool(clock), clock) as found:
        return await probed(found)


def _show_tools(client: Client, one: dict[str, Any] | None, *, as_json: bool) -> None:
    rows = client.get("/tools") if one is None else [one]
    if not as_json:
        client.head()
        for row in rows:
            if (far := row["progress"]) is not None:
                row["progress"] = f"{far['done']:.4g} of {far['total']:.4g} {far['unit']}"
    show(rows, TOOL_COLUMNS, as_json=as_json)


def _show_alarms(client: Client, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if not as_json:
        client.head()
        if not rows:
            typer.echo("no alarm stands")
            return
    show(rows, ALARM_COLUMNS, as_json=as_json)


def _print_tool(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    doing = [str(found[key]) for key in ("state", "wafer", "job", "phase") if found.get(key)]
    typer.echo(f"{found['id']} ({found['kind']}){': ' if doing else ''}{', '.join(doing)}")
    for role, identity in found.get("identities", {}).items():
        typer.echo(f"  {role}: {identity}")
    if found.get("unreachable"):
        typer.echo(f"  not reachable: {found['unreachable']}")
    opened = [name for name, well in found["interlocks"].items() if not well]
    words = f"{', '.join(opened)} OPEN" if opened else "all well"
    typer.echo(f"  interlocks: {words if found['interlocks'] else 'NOT KNOWN'}")
    rows = [{"point": name, **point} for name, point in found["points"].items()]
    if rows:
        show(rows, ("point", "value", "unit", "quality"), as_json=False)
