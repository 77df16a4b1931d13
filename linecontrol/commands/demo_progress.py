"""What a person sees while a demonstration runs: bars on a terminal, lines elsewhere."""

import json
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from typing_extensions import override

from linecontrol.model.metrics import Judgement

_STEP_ENDS = frozenset({"step_finished", "finished"})


async def follow(client: httpx.AsyncClient, lot: str) -> None:
    """Show how the lot goes until it is completed."""
    console = Console()
    show = _Bars(console) if console.is_terminal else _Lines(console)
    with show:
        async for event in _events(client):
            kind, fact = event["kind"], event["fact"]
            if kind == "lot_created" and fact["lot"] == lot:
                steps = len(json.loads(fact["flow_text"])["step"])
                show.begin(fact["wafers"], steps)
            elif kind == "job_created":
                show.working(fact["wafer"], fact["step"], fact["tool"], event["at"])
            elif kind == "wafer_changed" and fact["event"] in _STEP_ENDS:
                show.done(fact["wafer"], fact["step"], event["at"])
            elif kind == "alarm_moved" and fact["event"] == "raised":
                console.print(f"ALARM {fact['text']} {fact['action']}", style="bold red")
            elif kind == "lot_moved" and fact["lot"] == lot and fact["state"] == "completed":
                return


async def tell_result(client: httpx.AsyncClient, lot: str, report: Path) -> bool:
    """Say how the lot ended; return whether every wafer came through."""
    console = Console()
    found = (await client.get(f"/lots/{lot}")).json()
    wafers = [(await client.get(f"/wafers/{wafer}")).json() for wafer in found["wafers"]]
    values = [
        value
        for wafer in found["wafers"]
        for value in (await client.get(f"/wafers/{wafer}/measurements")).json()
    ]
    finished = [wafer["need"] for wafer in wafers].count("processed")
    bad = [value for value in values if value["judgement"] == Judgement.OUT_OF_SPEC]
    console.print(
        f"SIMULATED lot {lot} on {found['flow']}: {finished} of {len(wafers)} wafers finished, "
        f"{len(values) - len(bad)} of {len(values)} values in spec",
        soft_wrap=True,
    )
    for value in bad:
        found = f"{value['metric']} {value['value']:.4g} {value['unit']} after {value['step']}"
        console.print(f"  {value['wafer']} {found}; allowed {value['allowed']}", soft_wrap=True)
    console.print(f"report: {report}", soft_wrap=True)
    return finished == len(wafers)


class _Lines:
    """Progress where nobody looks at a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps = 0
        self._count: dict[str, int] = {}

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_exc: object) -> None:
        pass

    def begin(self, wafers: list[str], steps: int) -> None:
        """The lot was started."""
        self._steps = steps
        self._console.print(f"SIMULATED lot of {len(wafers)} wafers, {steps} steps each")

    def working(self, wafer: str, step: str, tool: str, at: str) -> None:
        """A tool was reserved for a step."""

    def done(self, wafer: str, step: str, at: str) -> None:
        """A step ended well."""
        self._count[wafer] = self._count.get(wafer, 0) + 1
        self._console.print(
            f"{_clock(at)}  {wafer}  {step} done ({self._count[wafer]}/{self._steps})"
        )


class _Bars(_Lines):
    """Progress on a terminal: one bar a wafer, with the line's own time."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._progress = Progress(
            TextColumn("{task.fields[wafer]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[at]}  {task.description}"),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}

    @override
    def __enter__(self) -> None:
        self._progress.start()

    @override
    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()

    @override
    def begin(self, wafers: list[str], steps: int) -> None:
        """The lot was started."""
        for wafer in wafers:
            self._bars[wafer] = self._progress.add_task("waits", total=steps, wafer=wafer, at="")

    @override
    def working(self, wafer: str, step: str, tool: str, at: str) -> None:
        """A tool was reserved for a step."""
        bar = self._bars[wafer]
        self._progress.update(bar, description=f"{step} on {tool}", at=_clock(at))

    @override
    def done(self, wafer: str, step: str, at: str) -> None:
        """A step ended well."""
        bar = self._bars[wafer]
        self._progress.update(bar, advance=1, description=f"{step} done", at=_clock(at))


async def _events(client: httpx.AsyncClient) -> AsyncGenerator[Mapping[str, Any]]:
    async with client.stream("GET", "/events") as reply:
        async for text in reply.aiter_lines():
            if text.startswith("data: "):
                yield json.loads(text.removeprefix("data: "))


def _clock(at: str) -> str:
    return datetime.fromisoformat(at).strftime("%H:%M:%S")
