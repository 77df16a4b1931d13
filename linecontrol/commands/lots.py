"""`linecontrol lot ...`, `report` and `why`: lots and wafers of a running line."""

from pathlib import Path
from typing import Annotated

import typer

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

app = typer.Typer(help="Lots of a running line.", no_args_is_help=True)
COLUMNS = ("id", "flow", "state", "steps", "steps_done", "held")


@app.command("start")
def start(
    flow: Annotated[str, typer.Option(help="Name of the flow.")],
    wafers: Annotated[int, typer.Option(min=1, max=25, help="How many wafers.")],
    daemon: Daemon = DEFAULT_URL,
    *,
    as_json: Json = False,
) -> None:
    """Start a lot."""
    lot = Client(daemon).post("/lots", {"flow": flow, "wafers": wafers})
    show([lot], COLUMNS, as_json=as_json)


@app.command("list")
def list_(daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Every lot, oldest first."""
    show(Client(daemon).get("/lots"), COLUMNS, as_json=as_json)


@app.command("show")
def show_(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """One lot, wafer by wafer."""
    client = Client(daemon)
    found = client.get(f"/lots/{named(lot)}")
    if as_json:
        print_json(found)
        return
    show([found], COLUMNS, as_json=False)
    wafers = client.get(f"/wafers?lot={named(lot)}")
    show(wafers, ("id", "location", "need", "next_step", "held_reason"), as_json=False)


@app.command("hold")
def hold(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Let nothing of it start any more; what runs is broken off at its next safe point."""
    show([Client(daemon).post(f"/lots/{named(lot)}/hold")], COLUMNS, as_json=as_json)


@app.command("resume")
def resume(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Let it go on, and take up again what of it is held."""
    show([Client(daemon).post(f"/lots/{named(lot)}/resume")], COLUMNS, as_json=as_json)


@app.command("abort")
def abort(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Give it up: what runs is aborted, nothing more is started."""
    show([Client(daemon).post(f"/lots/{named(lot)}/abort")], COLUMNS, as_json=as_json)


def report(
    lot: str,
    out: Annotated[Path, typer.Option(help="Where to write the page.")],
    daemon: Daemon = DEFAULT_URL,
) -> None:
    """Write the report of a lot: one self-contained HTML page."""
    page = Client(daemon).text(f"/lots/{named(lot)}/report")
    try:
        out.write_text(page, "utf-8")
    except OSError as error:
        wrong_input([f"--out: found {str(out)!r}: {error.strerror}; allowed: a file to write"])
    typer.echo(f"wrote {out}")


def why(wafer: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Tell the story of a wafer in plain words."""
    sentences = Client(daemon).get(f"/wafers/{named(wafer)}/story")
    if as_json:
        print_json(sentences)
    else:
        typer.echo("\n".join(sentences))
