"""Every kind of broken file, given to every command that reads one: a line each, status 2."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linecontrol.cli import app
from linecontrol.model.library import shipped

PILOT = shipped() / "lines" / "pilot_sim.toml"


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def empty(path: Path) -> None:
    path.write_text("")


def folder(path: Path) -> None:
    path.mkdir()


def no_toml_nor_json(path: Path) -> None:
    path.write_text("a = \nb")


def missing(path: Path) -> None:
    assert not path.exists()


def with_a_zero_byte(path: Path) -> None:
    path.write_bytes(b'name = "a\x00"\n')


def nested_without_end(path: Path) -> None:
    path.write_text("a = " + "[" * 100_000)


def a_number_without_end(path: Path) -> None:
    path.write_text("a = 1" + "0" * 5000)


def a_key_that_breaks_the_line(path: Path) -> None:
    path.write_text('"a\\nb\\u001b[31m" = 1\n')


BROKEN: Sequence[Callable[[Path], None]] = (
    binary, empty, folder, no_toml_nor_json, missing, with_a_zero_byte, nested_without_end,
    a_number_without_end, a_key_that_breaks_the_line,
)  # fmt: skip
COMMANDS: Sequence[tuple[str, ...]] = (
    ("recipe", "check", "FILE"),
    ("recipe", "diff", "FILE", "FILE"),
    ("flow", "check", "FILE"),
    ("tool", "probe", "sputter", "--line", "FILE"),
    ("tool", "probe", "sputter", "--line", str(PILOT), "--endpoints", "FILE"),
    ("daemon", "--line", "FILE", "--data", "DATA"),
    ("daemon", "--line", str(PILOT), "--data", "DATA", "--endpoints", "FILE"),
    ("daemon", "--line", str(PILOT), "--data", "DATA", "--recipes", "FILE"),
    ("journal", "verify", "--data", "FILE"),
)


def given(words: Sequence[str], file: Path, data: Path) -> Result:
    places = {"FILE": str(file), "DATA": str(data)}
    return CliRunner().invoke(app, [places.get(word, word) for word in words])


def one_line_for_each_fault(result: Result) -> list[str]:
    """The faults, once they were found to be what a person can read."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines
    assert all(line.isprintable() for line in lines)
    assert len(set(lines)) == len(lines)
    return lines


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "_".join(words[:3:2]))
def test_a_broken_file_is_named_and_nothing_is_made_of_it(
    tmp_path: Path, words: Sequence[str], broken: Callable[[Path], None]
) -> None:
    (tmp_path / "site").mkdir()
    file, data = tmp_path / "site" / "part.toml", tmp_path / "data"
    broken(file)
    before = sorted(tmp_path.rglob("*"))
    lines = one_line_for_each_fault(given(words, file, data))
    assert all(str(file) in line for line in lines)
    assert all("allowed: " in line for line in lines)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "_".join(words[:3:2]))
def test_a_name_too_long_for_the_system_is_a_fault_and_no_crash(
    tmp_path: Path, words: Sequence[str]
) -> None:
    lines = one_line_for_each_fault(given(words, tmp_path / ("x" * 300), tmp_path / "data"))
    assert "xxx" in lines[0]


def test_a_folder_without_recipes_is_not_in_order(tmp_path: Path) -> None:
    (line,) = one_line_for_each_fault(given(("recipe", "check", "FILE"), tmp_path, tmp_path))
    assert "folder: found no recipe" in line


def test_a_folder_is_counted_recipe_by_recipe(tmp_path: Path) -> None:
    result = given(("recipe", "check", "FILE"), shipped() / "steps", tmp_path)
    count = len(list((shipped() / "steps").rglob("*.toml")))
    assert result.stdout == f"{count} recipes checked: in order\n"


def test_the_mark_that_some_editors_put_first_is_no_fault(tmp_path: Path) -> None:
    source = shipped() / "steps" / "plating_cell" / "cu_5um.toml"
    copy = tmp_path / source.name
    copy.write_bytes(b"\xef\xbb\xbf" + source.read_bytes())
    assert given(("recipe", "check", "FILE"), copy, tmp_path).exit_code == 0
