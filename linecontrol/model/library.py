"""Every flow and recipe of a site, read from one folder and checked against each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from linecontrol.model.faults import Fault, FaultsFound
from linecontrol.model.flow import Flow
from linecontrol.model.flow_rules import check_flow
from linecontrol.model.loading import load_flow, load_library, require_folder
from linecontrol.model.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Library:
    """What a lot can be started with: flows by name, recipes by `name@revision`."""

    flows: Mapping[str, Flow]
    recipes: Mapping[str, Recipe]


def shipped() -> Path:
    """The folder of the flows, recipes and lines that come with the software."""
    return Path(str(resources.files("recipes")))


def read_library(folder: Path) -> Library:
    """Read `folder/flows` and `folder/steps`; raise FaultsFound with every fault of every file."""
    faults: list[Fault] = []
    recipes: dict[str, Recipe] = {}
    flows: dict[str, Flow] = {}
    try:
        loaded = load_library(folder / "steps")
        recipes = {item.model.reference: item.model for item in loaded.values()}
    except FaultsFound as error:
        faults.extend(error.faults)
    paths: list[Path] = []
    try:
        require_folder(folder / "flows", "flows")
        paths = sorted((folder / "flows").glob("*.toml"))
    except FaultsFound as error:
        faults.extend(error.faults)
    for path in paths:
        try:
            loaded_flow = load_flow(path)
        except FaultsFound as error:
            faults.extend(error.faults)
        else:
            flow = loaded_flow.model
            faults.extend(check_flow(flow, recipes.values(), loaded_flow.source))
            flows[flow.name] = flow
    if faults:
        raise FaultsFound(faults)
    return Library(flows, recipes)
