"""One word for a tool and one for an instrument, in every place where it is known."""

from pathlib import Path
from typing import get_args

import pytest

from drivers.catalog import TOOLS as DRIVERS
from drivers.instruments.catalog import MODELS as INSTRUMENTS
from linecontrol.model.equipment import MODELS as WIRED
from linecontrol.model.equipment import ROLES
from linecontrol.model.visits import VISITS, ToolKind
from sim_hardware.catalog import PLANTS
from tests.architecture.trees import ROOT, TOOLS

ICD = ROOT / "docs" / "icd"


def modules(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py") if path.stem != "__init__"}


def camel(word: str) -> str:
    return word.title().replace("_", "")


def test_every_list_of_tools_has_the_same_nine() -> None:
    kinds: tuple[str, ...] = get_args(ToolKind)
    visited = {visit.tool for visit in VISITS.values()}
    assert set(DRIVERS) == set(PLANTS) == set(ROLES) == set(kinds) == visited == set(TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
class TestTool:
    def test_its_driver_its_plant_and_its_physics_share_its_name(self, tool: str) -> None:
        assert DRIVERS[tool].__module__ == f"drivers.{tool}"
        assert DRIVERS[tool].__name__ == camel(tool)
        assert PLANTS[tool].__module__ == f"sim_hardware.{tool}"
        assert PLANTS[tool].__name__ == f"{camel(tool)}Plant"
        assert tool in modules("sim_hardware/physics")

    def test_it_has_set_points_recipes_and_a_controller_map(self, tool: str) -> None:
        assert tool in modules("drivers/setpoints")
        assert list((ROOT / "recipes" / "steps" / tool).glob("*.toml"))
        assert (ICD / f"click_plc_{tool}.csv").is_file()


def test_every_list_of_instruments_has_the_same_models() -> None:
    used = {model for roles in ROLES.values() for models in roles.values() for model in models}
    assert set(WIRED) == set(INSTRUMENTS) == used


@pytest.mark.parametrize("model", INSTRUMENTS)
def test_an_instrument_has_a_driver_an_emulator_and_a_document(model: str) -> None:
    assert model in modules("drivers/instruments")
    assert model in modules("sim_hardware/instruments")
    assert (ICD / f"{model}.csv").is_file()


def test_every_control_document_is_about_something_that_exists() -> None:
    known = {*INSTRUMENTS, *(f"click_plc_{tool}" for tool in TOOLS)}
    assert {Path(path).stem for path in ICD.glob("*.csv")} == known
