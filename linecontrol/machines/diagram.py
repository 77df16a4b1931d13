"""The tables as pictures: `python -m linecontrol.machines.diagram > docs/machines.md`."""

import sys
from collections.abc import Iterable
from enum import StrEnum

from linecontrol.machines.catalog import CHARTS
from linecontrol.machines.chart import Chart

_HEAD = """# State machines

Written by `python -m linecontrol.machines.diagram` from the tables in `linecontrol/machines/`;
a test fails when this page is out of date. A number is that of the standard's own transition.
What the table does not list raises and changes nothing.
"""


def page() -> str:
    """Return every table as one page of Markdown with Mermaid diagrams."""
    parts: list[str] = [_HEAD]
    for chart in CHARTS:
        parts.append(section(chart.name, [state.value for state in chart.states], moves(chart)))
    return "\n".join(parts)


def moves(chart: Chart[StrEnum, StrEnum]) -> list[tuple[str, str, str]]:
    """Return source, destination and label of each row, in the order of the table."""
    return [
        (row.source.value, row.dest.value, f"{row.number} {row.event}" if row.number else row.event)
        for row in chart.rows
    ]


def section(name: str, states: Iterable[str], found: list[tuple[str, str, str]]) -> str:
    """Return one chapter of the page."""
    return name + str(states) + str(found)


if __name__ == "__main__":
    sys.stdout.write(page())
