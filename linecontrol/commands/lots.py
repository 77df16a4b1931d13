"""`linecontrol lot ...`, `report` and `why`: lots and wafers of a running line."""

from pathlib import Path
from typing import Annotated, Any

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
WAFER_COLUMNS = ("id", "location", "need", "next_step", "unmeasured", "held_reason")


def show_lots(client: Client, lots: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print lots; one that was given up is told from one that is through."""
    if not as_json:
        client.head()
        for lot in lots:
            short = any(done < lot["steps"] for done in lot["steps_done"].values())
            if lot["state"] == "completed" and short:
                lot["state"] = "completed, not all steps done"
    show(lots, COLUMNS, as_json=as_json)


@app.command("start")
def start(
    flow: Annotated[str, typer.Option(help="Name of the flow.")],
    wafers: Annotated[int, typer.Option(min=1, max=25, help="How many wafers.")],
    daemon: Daemon = DEFAULT_URL,
    *,
    as_json: Json = False,
) -> None:
    """Start a lot."""
    client = Client(daemon)
    lot = client.post("/lots", {"flow": flow, "wafers": wafers})
    show_lots(client, [lot], as_json=as_json)


@app.command("list")
def list_(daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Every lot, oldest first."""
    client = Client(daemon)
    show_lots(client, client.get("/lots"), as_json=as_json)


@app.command("show")
def show_(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """One lot, wafer by wafer."""
    client = Client(daemon)
    found = client.get(f"/lots/{named(lot)}")
    if as_json:
        print_json(found)
        return
    show_lots(client, [found], as_json=False)
    wafers = client.get(f"/wafers?lot={named(lot)}")
    show(wafers, WAFER_COLUMNS, as_json=False)
    for wafer in wafers:
        if wafer["held_reason"] is not None:
            evidence = "; ".join(wafer["held_evidence"]) or "nothing is known beyond that"
            typer.echo(f"{wafer['id']} held on {wafer['location']}: {wafer['held_reason']}")
            typer.echo(f"  what the hardware says: {evidence}")
            typer.echo(f"  then: lot resume {lot}, or tool abort {wafer['location']}")


@app.command("hold")
def hold(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Let nothing of it start any more; what runs is broken off at its next safe point."""
    client = Client(daemon)
    show_lots(client, [client.post(f"/lots/{named(lot)}/hold")], as_json=as_json)


@app.command("resume")
def resume(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Let it go on, and take up again what of it is held."""
    client = Client(daemon)
    show_lots(client, [client.post(f"/lots/{named(lot)}/resume")], as_json=as_json)


@app.command("abort")
def abort(lot: str, daemon: Daemon = DEFAULT_URL, *, as_json: Json = False) -> None:
    """Give it up: what runs is aborted, nothing more is started."""
    client = Client(daemon)
    show_lots(client, [client.post(f"/lots/{named(lot)}/abort")], as_json=as_json)


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
    client = Client(daemon)
    sentences = client.get(f"/wafers/{named(wafer)}/story")
    if as_json:
        print_json(sentences)
    else:
        client.head()
        typer.echo("\n".join(sentences))
