"""The page of state machines shows the tables as they are."""

from pathlib import Path

import pytest

from linecontrol.machines.catalog import CHARTS
from linecontrol.machines.diagram import Table, diagram, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_tables_say_today() -> None:
    written = (ROOT / "docs" / "machines.md").read_text()
    assert written == page(), "python -m linecontrol.machines.diagram > docs/machines.md"


@pytest.mark.parametrize("table", CHARTS, ids=lambda table: table.name)
def test_every_row_is_one_arrow_and_every_end_is_shown(table: Table) -> None:
    lines = diagram(table).splitlines()
    arrows = [line for line in lines if "[*]" not in line and "-->" in line]
    ends = set(table.states) - {row.source for row in table.rows}
    assert len(arrows) == len(table.rows)
    assert {line.split()[0] for line in lines if line.endswith("--> [*]")} == ends
