"""The declared points of five controllers say what their interface documents say."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pytest

from drivers import developer_map, laminator_map, reflow_oven_map, spin_coater_map, stripper_map
from drivers.core.points import Reading, Setting
from drivers.core.registers import Kind, Register
from drivers.instruments.click_plc import PlcMap

DOCUMENTS = Path(__file__).parents[3] / "docs" / "icd"
KINDS = {
    "float32_low_first": Kind.FLOAT32_LOW_FIRST,
    "int16": Kind.INT16,
    "bit6": Kind.UINT16,
    "bit7": Kind.UINT16,
    "bit8": Kind.UINT16,
}


@dataclass(frozen=True)
class Declared:
    """What a driver declares of one controller."""

    points: type[PlcMap]
    alarms: Mapping[int, str]
    numbers: Mapping[str, type[IntEnum]]  # by the type of their rows


TOOLS = {
    "laminator": Declared(
        laminator_map.LaminatorMap, laminator_map.ALARMS, {"step": laminator_map.Step}
    ),
    "spin_coater": Declared(
        spin_coater_map.SpinCoaterMap, spin_coater_map.ALARMS, {"command": spin_coater_map.Order}
    ),
    "developer": Declared(
        developer_map.DeveloperMap,
        developer_map.ALARMS,
        {"command": developer_map.Order, "step": developer_map.Step},
    ),
    "stripper": Declared(
        stripper_map.StripperMap,
        stripper_map.ALARMS,
        {"command": stripper_map.Order, "step": stripper_map.Step},
    ),
    "reflow_oven": Declared(
        reflow_oven_map.ReflowOvenMap, reflow_oven_map.ALARMS, {"command": reflow_oven_map.Order}
    ),
}
everywhere = pytest.mark.parametrize("tool", TOOLS)


def rows(tool: str, *types: str) -> list[dict[str, str]]:
    with (DOCUMENTS / f"click_plc_{tool}.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["type"] in types]


def points(tool: str) -> dict[str, Reading[Register] | Setting[Register]]:
    return {
        name: point
        for name, point in vars(TOOLS[tool].points).items()
        if isinstance(point, (Reading, Setting))
    }


@everywhere
def test_every_signal_of_the_document_is_declared_and_no_other(tool: str) -> None:
    assert set(points(tool)) == {row["name"] for row in rows(tool, *KINDS)}


@everywhere
def test_every_signal_stands_where_the_document_says(tool: str) -> None:
    declared = points(tool)
    for row in rows(tool, *KINDS):
        spec = declared[row["name"]].spec
        bit = int(row["type"].removeprefix("bit")) if row["type"].startswith("bit") else None
        assert spec.ref == Register(int(row["address"]), KINDS[row["type"]], bit), row["name"]
        assert (spec.unit, spec.scale) == (row["unit"], float(row["scale"] or 1)), row["name"]


@everywhere
def test_what_may_be_written_is_limited_as_the_document_says(tool: str) -> None:
    written = {name: p for name, p in points(tool).items() if isinstance(p, Setting)}
    documented = {row["name"]: row for row in rows(tool, *KINDS) if row["access"] == "rw"}
    assert set(written) == set(documented)
    for name, row in documented.items():
        limits = written[name].limits
        assert (limits.low, limits.high) == (float(row["low"]), float(row["high"])), name


@everywhere
def test_alarms_are_named_as_in_the_document(tool: str) -> None:
    assert TOOLS[tool].alarms == {
        int(row["click"] or row["address"]): row["name"] for row in rows(tool, "alarm")
    }


@everywhere
def test_commands_and_steps_have_the_numbers_of_the_document(tool: str) -> None:
    for kind, numbers in TOOLS[tool].numbers.items():
        prefix = "step_" if kind == "step" else ""
        assert {f"{prefix}{number.name.lower()}": number.value for number in numbers} == {
            row["name"]: int(row["address"]) for row in rows(tool, kind)
        }
