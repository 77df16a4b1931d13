"""The documents themselves: whole, consistent, and each with its driver and emulator."""

import re

import pytest

from drivers.instruments.catalog import MODELS
from tests.icd.dialects import DIALECTS
from tests.icd.documents import (
    COMMAND_MODELS,
    FOLDER,
    REGISTER_MODELS,
    TOOLS,
    commands,
    records,
    registers,
)

ALL = tuple(path.stem for path in sorted(FOLDER.glob("*.csv")))
ROWS = {name: registers(name) for name in REGISTER_MODELS} | {
    name: commands(name) for name in COMMAND_MODELS
}
REGISTER_TYPES = re.compile(
    r"u?int16|(float|int|uint)32_(low|high)_first(_announced_double)?|bit\d+|text|command|server_id"
)


def test_every_instrument_has_a_document_and_every_tool_a_map() -> None:
    assert {*REGISTER_MODELS, *COMMAND_MODELS, "click_plc"} == set(MODELS)
    assert set(DIALECTS) == set(COMMAND_MODELS)
    assert len(TOOLS) == 9


@pytest.mark.parametrize("name", ALL)
def test_every_line_has_every_column(name: str) -> None:
    lines = records(name)
    assert all(None not in line and None not in line.values() for line in lines)
    names = [line["name"] for line in lines]
    assert len(names) == len(set(names))
    assert all(line["meaning"] for line in lines)


@pytest.mark.parametrize("name", ALL)
def test_the_readme_explains_every_column(name: str) -> None:
    text = (FOLDER / "README.md").read_text()
    assert all(f"`{column}`" in text for column in records(name)[0])
    assert name.split("_", maxsplit=1)[0] in text


@pytest.mark.parametrize("name", sorted(ROWS))
def test_access_limits_and_marks_make_sense(name: str) -> None:
    for row in ROWS[name]:
        assert row.access in {"r", "w", "rw"}, row.name
        assert row.mark in {"S", "M", "K"}, row.name
        assert row.scale > 0, row.name
        assert not row.high < row.low, row.name


@pytest.mark.parametrize("name", REGISTER_MODELS)
def test_every_register_has_a_type_and_an_address_of_its_own(name: str) -> None:
    rows = registers(name)
    assert all(REGISTER_TYPES.fullmatch(row.type) for row in rows)
    places = [row.address for row in rows if row.type not in {"command", "server_id"}]
    assert len(places) == len(set(places))
    assert all(row.beyond for row in rows if row.access == "rw")


@pytest.mark.parametrize("name", COMMAND_MODELS)
def test_every_setting_names_a_question_that_shows_it(name: str) -> None:
    rows = {row.name: row for row in commands(name)}
    for row in rows.values():
        if row.held_by:
            assert rows[row.held_by].access == "r", row.name
        if row.access == "r":
            assert row.reply, row.name


@pytest.mark.parametrize("name", COMMAND_MODELS)
def test_every_published_request_is_one_of_its_row(name: str) -> None:
    dialect = DIALECTS[name]()
    found = 0
    for row in commands(name):
        if row.example is not None and row.example.request:
            requests = dialect.split(row.example.request)
            assert row.pattern(binary=dialect.binary).fullmatch(requests[0]), row.name
            found += 1
    assert found or name in {"julabo_cf31", "vat_valve"}
