"""Checks of input files for the command line: flows, recipes, lines, and what differs."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from linecontrol.model.faults import Fault, FaultsFound, Source
from linecontrol.model.flow import Flow
from linecontrol.model.flow_rules import check_flow
from linecontrol.model.line import Line
from linecontrol.model.line_rules import check_line
from linecontrol.model.loading import load_flow, load_library, load_line, load_recipe
from linecontrol.model.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Difference:
    """One key in which two recipes differ; None where one has no such key."""

    key: str
    first: object
    second: object

    @property
    def text(self) -> str:
        """The difference on one line."""
        return f"{self.key}: {_shown(self.first)} -> {_shown(self.second)}"


def check_flows(paths: Iterable[Path], steps: Path | None = None) -> list[Fault]:
    """Every fault of these flow files and of the recipes beside them.

    The recipes lie below `steps` or, unless it is given, in `../steps` as seen from each flow;
    all of them must be sound.
    """
    faults: dict[Fault, None] = {}  # two flows that share a bad recipe name it once
    for path in paths:
        faults.update(dict.fromkeys(_flow_faults(path, steps or _steps_beside(path))))
    return list(faults)


def check_recipes(paths: Iterable[Path]) -> list[Fault]:
    """Every fault of these recipe files; a folder stands for every recipe below it."""
    faults: list[Fault] = []
    for path in paths:
        try:
            # Path's own question raises for a name that is too long.
            _ = load_library(path) if os.path.isdir(path) else load_recipe(path)  # noqa: PTH112
        except FaultsFound as error:
            faults.extend(error.faults)
    return faults


def check_lines(paths: Iterable[Path]) -> list[Fault]:
    """Every fault of these line files."""
    faults: list[Fault] = []
    for path in paths:
        try:
            line = load_line(path)
        except FaultsFound as error:
            faults.extend(error.faults)
        else:
            faults.extend(check_line(line.model, line.source))
    return faults


def check_route(flow: Flow, line: Line, source: Source | None = None) -> list[Fault]:
    """The steps of `flow` that no tool of `line` can make."""
    file = source or Source(f"flows/{flow.name}.toml")
    faults: list[Fault] = []
    for place, step in enumerate(flow.steps):
        if not line.able(step.tool, step.needs):
            needs = "".join(f", {key} = {value!r}" for key, value in step.needs.items())
            allowed = f"what line {line.name!r} has: {_stations(line, step.tool)}"
            key = f"step.{step.id}.tool"
            path = ("step", place, "tool")
            faults.append(file.fault(path, f"{step.tool!r}{needs}", allowed, key=key))
    return faults


def diff_recipes(first: Path, second: Path) -> list[Difference]:
    """Where two recipe files differ, set-point by set-point; raises FaultsFound."""
    one, other = _flat(load_recipe(first).model), _flat(load_recipe(second).model)
    return [
        Difference(key, one.get(key), other.get(key))
        for key in dict.fromkeys((*one, *other))
        if one.get(key) != other.get(key)
    ]


def _flow_faults(path: Path, steps: Path) -> list[Fault]:
    try:
        flow = load_flow(path)
    except FaultsFound as error:
        return list(error.faults)  # what it needs of the recipes is not known either
    try:
        library = load_library(steps)
    except FaultsFound as error:
        return list(error.faults)  # judged with half its recipes, it would seem worse than it is
    sources = {name: loaded.source for name, loaded in library.items()}
    recipes = [loaded.model for loaded in library.values()]
    return check_flow(flow.model, recipes, flow.source, sources)


def _steps_beside(path: Path) -> Path:
    folder = path.parent
    return (folder.parent if folder.name else folder / "..") / "steps"


def _stations(line: Line, kind: str) -> str:
    stations = [tool for tool in line.tools if tool.kind == kind]
    words = [
        f"{tool.id}{''.join(f' ({key} = {value!r})' for key, value in tool.capabilities.items())}"
        for tool in stations
    ]
    return ", ".join(words) or f"no {kind}"


def _flat(recipe: Recipe) -> dict[str, object]:
    header: dict[str, object] = {"name": recipe.name, "revision": recipe.revision}
    return {**header, **recipe.setpoints.model_dump()}


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
