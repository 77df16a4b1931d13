"""Reads recipes, flows and lines from TOML; every fault names file, line, key, found, allowed."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from drivers.core.tool import Setpoints
from drivers.setpoints import (
    AlignerSetpoints,
    DeveloperSetpoints,
    LaminatorSetpoints,
    PlasmaEtcherSetpoints,
    PlatingCellSetpoints,
    ReflowOvenSetpoints,
    SpinCoaterSetpoints,
    SputterSetpoints,
    StripperSetpoints,
)
from linecontrol.model.faults import Fault, FaultsFound, Source
from linecontrol.model.flow import Flow
from linecontrol.model.frozen import Frozen, Name, Revision, SchemaVersion
from linecontrol.model.line import Line
from linecontrol.model.recipe import Recipe
from linecontrol.model.validating import nearest, validated

SETPOINTS: Final[Mapping[str, type[Setpoints]]] = {
    "sputter": SputterSetpoints,
    "laminator": LaminatorSetpoints,
    "spin_coater": SpinCoaterSetpoints,
    "aligner": AlignerSetpoints,
    "developer": DeveloperSetpoints,
    "plating_cell": PlatingCellSetpoints,
    "stripper": StripperSetpoints,
    "plasma_etcher": PlasmaEtcherSetpoints,
    "reflow_oven": ReflowOvenSetpoints,
}
ModelT_co = TypeVar("ModelT_co", covariant=True)


class _Header(Frozen):
    schema_version: SchemaVersion
    name: Name
    revision: Revision


@dataclass(frozen=True, slots=True)
class Loaded(Generic[ModelT_co]):
    """A model and where it was read from."""

    model: ModelT_co
    source: Source


def load_recipe(path: Path) -> Loaded[Recipe]:
    """One recipe file; raises FaultsFound."""
    raw, source = _read(path)
    header = {key: value for key, value in raw.items() if key in _Header.model_fields}
    asked = {key: value for key, value in raw.items() if key not in _Header.model_fields}
    faults: list[Fault] = []
    try:
        validated(_Header, header, source)
    except FaultsFound as error:
        faults.extend(error.faults)
    faults.extend(_setpoint_faults(asked, source))
    if faults:
        raise FaultsFound(faults)
    recipe = validated(Recipe, {**header, "setpoints": asked}, source)
    _require_name(path, recipe.name, source)
    if path.parent.name in SETPOINTS and path.parent.name != recipe.tool:
        allowed = f"{path.parent.name!r}, the folder it lies in"
        raise FaultsFound([source.fault(("tool",), repr(recipe.tool), allowed)])
    return Loaded(recipe, source)


def load_flow(path: Path) -> Loaded[Flow]:
    """One flow file by itself; raises FaultsFound. `check_flow` holds it against the claims."""
    raw, source = _read(path)
    flow = validated(Flow, raw, source)
    _require_name(path, flow.name, source)
    return Loaded(flow, source)


def load_line(path: Path) -> Loaded[Line]:
    """One line file by itself; raises FaultsFound. `check_line` looks at roles and addresses."""
    raw, source = _read(path)
    line = validated(Line, raw, source)
    _require_name(path, line.name, source)
    return Loaded(line, source)


def load_library(folder: Path) -> Mapping[str, Loaded[Recipe]]:
    """Every recipe below `folder`, by name; raises FaultsFound with the faults of all files."""
    require_folder(folder, "recipes")
    library: dict[str, Loaded[Recipe]] = {}
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*.toml")):
        try:
            loaded = load_recipe(path)
        except FaultsFound as error:
            faults.extend(error.faults)
            continue
        if (first := library.get(loaded.model.name)) is not None:
            allowed = f"a name of its own: {first.source.file} has it"
            faults.append(loaded.source.fault(("name",), repr(loaded.model.name), allowed))
            continue
        library[loaded.model.name] = loaded
    if faults:
        raise FaultsFound(faults)
    if not library:
        allowed = "a folder of recipes: NAME.toml, here or in a folder below"
        raise FaultsFound([Fault(str(folder), "folder", "no recipe", allowed)])
    return library


def require_folder(folder: Path, what: str) -> None:
    """Raise FaultsFound unless `folder` is one."""
    if not os.path.isdir(folder):  # noqa: PTH112 - Path's own raises for a name that is too long
        found = "no folder of that name"
        raise FaultsFound([Fault(str(folder), "folder", found, f"a folder of {what}")])


def _setpoint_faults(asked: Mapping[str, object], source: Source) -> tuple[Fault, ...]:
    """What is wrong with the set-points: checked by themselves so that keys read as written."""
    tool = asked.get("tool")
    if not isinstance(tool, str) or tool not in SETPOINTS:
        found = "nothing" if tool is None else repr(tool)
        return (source.fault(("tool",), found, nearest(str(tool), list(SETPOINTS))),)
    try:
        validated(SETPOINTS[tool], asked, source, also=list(_Header.model_fields))
    except FaultsFound as error:
        return error.faults
    return ()


def _read(path: Path) -> tuple[Mapping[str, object], Source]:
    """The TOML of a file; raises FaultsFound if it can't be read or is no TOML."""
    try:
        text = path.read_text("utf-8-sig")  # some editors begin a file with a mark
    except OSError as error:
        fault = Fault(str(path), "file", error.strerror or "an error", "a file that can be read")
        raise FaultsFound([fault]) from error
    except UnicodeDecodeError as error:
        fault = Fault(str(path), "file", f"byte {error.start} is not UTF-8", "UTF-8")
        raise FaultsFound([fault]) from error
    try:
        return tomllib.loads(text), Source.of(str(path), text)
    except (ValueError, RecursionError) as error:  # the reader does not call all of them its own
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else None
        raise FaultsFound([Fault(str(path), "file", str(error), "TOML", line=line)]) from error


def _require_name(path: Path, name: str, source: Source) -> None:
    if path.stem != name:
        allowed = f"{path.stem!r}, the name of the file"
        raise FaultsFound([source.fault(("name",), repr(name), allowed)])
