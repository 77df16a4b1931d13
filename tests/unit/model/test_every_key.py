"""Every key of every shipped file, spoilt in every way: file, line, found, allowed."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from linecontrol.model.check import check_flows, check_lines, check_recipes
from linecontrol.model.faults import Fault
from tests.rigs.recipe_site import SHIPPED, RecipeSite

SETTING = re.compile(r"([a-z][a-z0-9_]*) = (.*)")
NO_NUMBER = ("nan", "inf", "-inf", "1e300", "-1e300", '"25 C"', "true", "[]", "{}", "1979-05-27")
NO_TEXT = ("1", "1.5", "true", "[]", "{}", '"\\n"', '"\\u001b[31m"')
# Texts that say what a person likes, and numbers that may be anything.
FREE = {"title", "substrate", "resist"}
FILES = [path for path in sorted(SHIPPED.rglob("*.toml")) if path.stem != "production_sim"]


def settings(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, key and value of every plain setting; one of each key where tables repeat."""
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines()):
        match = SETTING.match(line)
        if match is not None and match[1] not in seen:
            seen.add(match[1])
            yield number, match[1], match[2].partition("  #")[0].strip()


def replaced(text: str, number: int, line: str | None) -> str:
    lines = text.splitlines()
    lines[number : number + 1] = [] if line is None else [line]
    return "\n".join(lines) + "\n"


def faults_of(path: Path) -> Sequence[Fault]:
    checks = {"flows": check_flows, "lines": check_lines}
    folder = path.parent.name
    return checks.get(folder, check_recipes)([path])


def readable(faults: Sequence[Fault], path: Path) -> None:
    for fault in faults:
        line = str(fault)
        assert line.isprintable()
        assert line.startswith((str(path), str(path.parents[1])))
        assert len(fault.found) < 200
        assert "Input should" not in line
        assert "pattern" not in line


@pytest.mark.parametrize("source", FILES, ids=lambda path: path.stem)
def test_a_value_of_the_wrong_kind_is_named_where_it_stands(site: RecipeSite, source: Path) -> None:
    path = site.file(source.stem)
    text = path.read_text()
    for number, key, value in settings(text):
        number_there = re.fullmatch(r"[-+0-9._]+", value) is not None
        if key in FREE or not (number_there or value.startswith('"')):
            continue
        for wrong in NO_NUMBER if number_there else NO_TEXT:
            path.write_text(replaced(text, number, f"{key} = {wrong}"))
            faults = faults_of(path)
            assert any(key in fault.key for fault in faults), (key, wrong)
            assert any(fault.line == number + 1 for fault in faults), (key, wrong)
            readable(faults, path)


@pytest.mark.parametrize("source", FILES, ids=lambda path: path.stem)
def test_a_key_with_another_unit_in_its_name_is_unknown_and_the_right_one_is_shown(
    site: RecipeSite, source: Path
) -> None:
    path = site.file(source.stem)
    text = path.read_text()
    for number, key, value in settings(text):
        if key == "tool" and source.parts[-3] == "steps":
            continue  # without it nobody knows which keys there are
        wrong = f"{key.rpartition('_')[0] or key}_furlongs"
        path.write_text(replaced(text, number, f"{wrong} = {value}"))
        faults = faults_of(path)
        named = [fault for fault in faults if wrong in fault.key]
        assert named, key
        assert all(fault.line == number + 1 for fault in named)
        assert any(key in fault.allowed for fault in named), (key, named)
        readable(faults, path)


@pytest.mark.parametrize(
    ("wrong", "allowed"),
    [
        ('name = "Snag 100"', "a small letter, then at most 39 small letters, digits and _"),
        ("name = 7", "text in quotes"),
        ("revision = 0", "1 to 9999"),
        ("revision = 10000", "1 to 9999"),
        ("revision = 1.0", "a whole number from 1 to 9999"),
        ("schema_version = true", "a whole number"),
        ("schema_version = 2", "1"),
        ('bath_c = "28 C"', "a number from 15 to 60"),
    ],
)
def test_what_is_allowed_is_said_in_the_words_of_the_file(
    site: RecipeSite, wrong: str, allowed: str
) -> None:
    path = site.file("snag_100um")
    key = wrong.partition(" ")[0]
    text = path.read_text()
    number = next(at for at, line in enumerate(text.splitlines()) if line.startswith(f"{key} ="))
    path.write_text(replaced(text, number, wrong))
    (fault,) = faults_of(path)
    assert (fault.key, fault.allowed) == (key, allowed)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("units_in_parallel", "units_in_paralel", "tool.sputter.dc_supply.options", "(nearest)"),
        ("units_in_parallel = 14", "units_in_parallel = 0", "dc_supply.options", "from 1"),
        ("units_in_parallel = 14", "units_in_parallel = 1.5", "dc_supply.options", "whole number"),
        ("units_in_parallel = 14", "units_in_parallel = []", "units_in_parallel", "true or false"),
        ('capabilities = { bath = "cu" }', "", "tool.plating_cu.capabilities", "bath = 'cu'"),
        ('bath = "cu"', 'bath = "gold"', "tool.plating_cu.capabilities", "'cu' or 'ni' or 'snag'"),
        ('bath = "cu"', 'bth = "cu"', "tool.plating_cu.capabilities", "bath = 'cu'"),
        ("unit = 2\n", "unit = 0\n", "tool.laminator.lower_roll.unit", "1 to 247"),
        ("unit = 2\n", "unit = 255\n", "tool[2].instrument[3].unit", "0 to 254"),
    ],
)
def test_what_nobody_would_read_in_a_line_file_is_refused(
    site: RecipeSite, old: str, new: str, key: str, words: str
) -> None:
    site.edit("pilot_sim", old, new)
    faults = site.line_faults("pilot_sim")
    assert any(key in fault.key and words in fault.allowed for fault in faults), faults
    assert len(faults) == 1


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_that_does_not_exist_is_refused(site: RecipeSite, port: str) -> None:
    site.edit("example_real", "192.168.10.12:502", f"192.168.10.12:{port}")
    (fault,) = site.line_faults("example_real")
    assert fault.key == "tool.laminator.plc.url"
    assert "1 to 65535" in fault.allowed
