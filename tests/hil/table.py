"""What a run found, tool by tool and instrument by instrument."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pytest

from tests.hil.site import places, wanted

GOOD, SKIPPED, BAD = "passed", "skipped", "failed"
WIDTH: Final = 28


def table(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """A line for each tool and instrument: what only looked, and what acted."""
    counted = _counted(reports)
    models = {place.name: place.model for place in places()}
    names: list[str] = []
    for tool in wanted().line.tools:
        names += [tool.id, *(name for name in models if name.startswith(f"{tool.id}."))]
    yield f"{'tool, instrument':{WIDTH}} {'model':{WIDTH}} looked at   acted"
    for name in names:
        looked, acted = counted[name, False], counted[name, True]
        yield f"{name:{WIDTH}} {models.get(name, ''):{WIDTH}} {_said(looked):11} {_said(acted)}"


def _counted(reports: Iterable[pytest.TestReport]) -> Mapping[tuple[str, bool], Counter[str]]:
    """Outcomes by what was tested and whether it acted."""
    counted: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for report in reports:
        about = re.search(r"tests/hil/.*\[(.+)\]$", report.nodeid)
        if about and (report.when == "call" or report.outcome != GOOD):
            counted[about[1], "armed" in report.keywords][report.outcome] += 1
    return counted


def _said(outcomes: Counter[str]) -> str:
    if not outcomes:
        return "-"
    if outcomes[SKIPPED] == outcomes.total():
        return "not armed"
    words = f"{outcomes[GOOD]} of {outcomes.total()}"
    return f"{words} FAILED" if outcomes[BAD] else words
