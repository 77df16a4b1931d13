"""Every number of the models says its unit and where it comes from."""

import tomllib
from pathlib import Path

import pytest

from sim_hardware.physics import tables

FOLDER = Path(tables.__file__).with_name("parameters")
FILES = sorted(FOLDER.glob("*.toml"))
TOOLS = {"sputter", "laminator", "spin_coater", "aligner", "developer", "plating_cell",
         "stripper", "plasma_etcher", "reflow_oven"}  # fmt: skip


def test_every_tool_has_a_parameter_file() -> None:
    assert {path.stem for path in FILES} == TOOLS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_has_a_unit_and_a_source(path: Path) -> None:
    with path.open("rb") as file:
        rows = tomllib.load(file)
    poor = [
        f"{section}.{name}"
        for section, entries in rows.items()
        for name, entry in entries.items()
        if set(entry) != {"value", "unit", "source"} or not (entry["unit"] and entry["source"])
    ]
    assert not poor


def test_a_record_with_other_names_than_its_file_is_refused() -> None:
    with pytest.raises(TypeError):
        tables.load("stripper", "machine", tables.BadParameter)
