"""The controllers' maps of sputter, aligner, plating cell and etcher against their tables."""

import csv
from enum import IntEnum
from pathlib import Path
from typing import cast

import pytest

from drivers import aligner_map, plasma_etcher_map, plating_cell_map, sputter_map
from drivers.core.points import Reading, Setting
from drivers.core.registers import Register
from drivers.instruments.click_plc import PlcMap

TABLES = Path(__file__).parents[3] / "docs" / "icd"
TOOLS: dict[str, tuple[type[PlcMap], type[IntEnum], dict[int, str]]] = {
    "sputter": (sputter_map.SputterMap, sputter_map.Order, dict(sputter_map.ALARMS)),
    "aligner": (aligner_map.AlignerMap, aligner_map.Order, dict(aligner_map.ALARMS)),
    "plating_cell": (
        plating_cell_map.PlatingCellMap,
        plating_cell_map.Order,
        dict(plating_cell_map.ALARMS),
    ),
    "plasma_etcher": (
        plasma_etcher_map.PlasmaEtcherMap,
        plasma_etcher_map.Order,
        dict(plasma_etcher_map.ALARMS),
    ),
}


def rows(tool: str) -> list[dict[str, str]]:
    with (TABLES / f"click_plc_{tool}.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def points(plc_map: type[PlcMap]) -> dict[str, tuple[Register, str, bool]]:
    found: dict[str, tuple[Register, str, bool]] = {}
    for name, item in vars(plc_map).items():
        if isinstance(item, (Reading, Setting)):
            point = cast("Reading[Register] | Setting[Register]", item)
            found[name] = point.spec.ref, point.spec.unit, isinstance(item, Setting)
    return found


@pytest.mark.parametrize("tool", TOOLS)
def test_every_signal_stands_where_the_table_says(tool: str) -> None:
    declared = points(TOOLS[tool][0])
    table = [row for row in rows(tool) if row["click"]]
    assert sorted(declared) == sorted(row["name"] for row in table)
    for row in table:
        register, unit, writable = declared[row["name"]]
        assert register.address == int(row["address"])
        assert unit == row["unit"]
        assert writable == (row["access"] == "rw")
        _, _, bit = row["click"].partition(".")
        assert register.bit == (int(bit) if bit else None)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_command_has_the_number_of_the_table(tool: str) -> None:
    table = {row["name"]: int(row["address"]) for row in rows(tool) if row["type"] == "command"}
    assert {order.name.lower(): order.value for order in TOOLS[tool][1]} == table


@pytest.mark.parametrize("tool", TOOLS)
def test_every_alarm_has_the_name_of_the_table(tool: str) -> None:
    table = {int(row["address"]): row["name"] for row in rows(tool) if row["type"] == "alarm"}
    assert TOOLS[tool][2] == table
