"""Every instrument has somebody else's client, or a sentence why there is none."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.instruments.catalog import MODELS as INSTRUMENTS
from oracles.bill import PAIRS, WITHOUT, Pair
from oracles.environments import HERE, REQUIREMENTS
from oracles.models import MODELS
from oracles.running import CLIENTS
from oracles.table import PAGE, version

OURS = {"drivers", "sim_hardware", "linecontrol", "oracles", "tests", "benchmarks"}
CLIENT_PAIRS = [pair for pair in PAIRS if not pair.turned_round]
BESIDE_SCRIPTS = {"saying.py", "turboctl_virtual_pump.py"}
PINNED = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*")


def imports(path: Path) -> Iterator[str]:
    """The first names of everything a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def named(pair: Pair) -> str:
    return f"{pair.name} {pair.wire}"


def test_every_instrument_has_a_client_or_a_reason_why_none() -> None:
    driven = {pair.instrument for pair in CLIENT_PAIRS}
    assert driven | set(WITHOUT) == set(INSTRUMENTS)
    assert driven & set(WITHOUT) == set()
    assert driven == set(MODELS)
    assert all(len(why.split()) > 5 for why in WITHOUT.values())


def test_the_page_has_every_client_and_every_reason() -> None:
    text = PAGE.read_text()
    for pair in CLIENT_PAIRS:
        row = f"| `{pair.instrument}` | {version(pair.package)} | {pair.wire} |"
        assert row in text, named(pair)
    for instrument, why in WITHOUT.items():
        assert f"- `{instrument}`: {why}" in text
    assert "our driver, pump of turboctl" in text


def test_every_client_on_the_page_passed() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) == len(PAIRS)
    assert [row for row in rows if not row.endswith("| passed |")] == []


def test_every_script_belongs_to_a_client() -> None:
    scripts = {path.name for path in CLIENTS.glob("*.py")}
    assert scripts - BESIDE_SCRIPTS == {pair.script for pair in CLIENT_PAIRS}
    listed = {path.stem for path in REQUIREMENTS.glob("*.txt")}
    assert listed == {pair.package for pair in PAIRS}


@pytest.mark.parametrize("path", sorted(CLIENTS.glob("*.py")), ids=lambda path: path.name)
def test_a_script_knows_nothing_of_ours(path: Path) -> None:
    assert set(imports(path)) & OURS == set()


def test_what_all_scripts_share_needs_only_the_standard_library() -> None:
    assert set(imports(CLIENTS / "saying.py")) <= sys.stdlib_module_names


def test_the_emulated_instruments_stand_there_without_our_drivers() -> None:
    ours = {path.name for path in HERE.glob("*.py") if "drivers" in set(imports(path))}
    assert ours == {"turned_round.py"}
    for path in HERE.glob("*.py"):
        assert set(imports(path)) & {"linecontrol", "tests"} == set(), path.name


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.name)
def test_every_client_and_what_it_needs_has_a_version(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines
    assert [line for line in lines if not PINNED.fullmatch(line)] == []
