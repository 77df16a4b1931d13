"""The tables as pictures: `python -m linecontrol.machines.diagram > docs/machines.md`."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from linecontrol.machines.catalog import CHARTS

_HEAD = """# State machines

Written by `python -m linecontrol.machines.diagram` from the tables in `linecontrol/machines/`; a
test fails when this page is out of date. A number is the one that the standard gives to the
transition. An event that has no arrow from a state raises there and changes nothing.
"""


class Move(Protocol):
    """One row of a table."""

    @property
    def event(self) -> StrEnum:
        """What happened."""
        ...

    @property
    def source(self) -> StrEnum:
        """The state before."""
        ...

    @property
    def dest(self) -> StrEnum:
        """The state after."""
        ...

    @property
    def number(self) -> int:
        """The standard's own number, 0 where it has none."""
        ...


class Table(Protocol):
    """Any chart, whatever its states and events."""

    @property
    def name(self) -> str:
        """What it is a table of."""
        ...

    @property
    def states(self) -> type[StrEnum]:
        """All states."""
        ...

    @property
    def initial(self) -> StrEnum:
        """Where every subject begins."""
        ...

    @property
    def rows(self) -> Sequence[Move]:
        """All moves, in the order of the table."""
        ...


def page() -> str:
    """Return all tables as one page of Markdown."""
    return "\n".join([_HEAD, *(chapter(chart) for chart in CHARTS)])


def chapter(table: Table) -> str:
    """Return one table as a chapter with a Mermaid diagram."""
    facts = f"{len(table.states)} states, {len(table.rows)} moves"
    return f"## {table.name}\n\n{facts}.\n\n```mermaid\n{diagram(table)}\n```\n"


def diagram(table: Table) -> str:
    """Return one table as a Mermaid state diagram, one arrow for each row."""
    lines = ["stateDiagram-v2", f"    [*] --> {table.initial}"]
    lines += [f"    {row.source} --> {row.dest}: {_label(row)}" for row in table.rows]
    leaving = {row.source for row in table.rows}
    lines += [f"    {state} --> [*]" for state in table.states if state not in leaving]
    return "\n".join(lines)


def _label(row: Move) -> str:
    words = row.event.replace("_", " ")
    return f"{row.number} {words}" if row.number else words


if __name__ == "__main__":
    sys.stdout.write(page())
