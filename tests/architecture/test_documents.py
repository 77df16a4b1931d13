"""What the documents say can be done: links lead somewhere, commands exist, pictures are fresh."""

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linecontrol.cli import app
from sim_hardware.__main__ import main as emulated_line
from tests.architecture.trees import ROOT, project

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
BINARIES = ".venv/bin/"
# A place that only one machine has, or an address of a package index.
PRIVATE = re.compile(
    r"(?<![\w.])/(root|home|work|tmp)/|(pypi|pythonhosted|npmjs)\.org|https?://[^/\s]*(simple|index)"
)
WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def snippets() -> Iterator[tuple[str, list[str]]]:
    """Every command shown in a page, as page and words."""
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
            for line in block.split("$ ")[1:]:
                yield named(page), shlex.split(line)


SNIPPETS = list(snippets())


def shown(program: str) -> list[list[str]]:
    """The arguments with which the pages start a program."""
    begins = [*shlex.split(program)]
    return [words[len(begins) :] for _, words in SNIPPETS if words[: len(begins)] == begins]


def options(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("--")]


def files(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("recipes/")]


def test_the_readme_shows_both_commands_first() -> None:
    assert [words for page, words in SNIPPETS if page == "README.md"][:2] == [
        ["make", "demo"],
        ["make", "test"],
    ]


def test_every_program_in_the_pages_is_known_to_this_test() -> None:
    known = {"make", f"{BINARIES}linecontrol", f"{BINARIES}python", ".ci/lock"}
    assert {words[0] for _, words in SNIPPETS} == known


@pytest.mark.parametrize("words", shown("make"), ids=" ".join)
def test_a_target_that_is_shown_exists(words: list[str]) -> None:
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named_only = {word for word in words if "=" not in word}
    assert named_only <= set(targets[0].split())


@pytest.mark.parametrize("words", shown(f"{BINARIES}linecontrol"), ids=" ".join)
def test_a_command_that_is_shown_exists_with_its_options(words: list[str]) -> None:
    command = words[: len(words) - len(options(words))]
    named_only = [word for word in command if re.fullmatch(r"[a-z]+", word)][:2]
    answer = CliRunner().invoke(app, [*named_only, "--help"], env=WIDE)
    assert answer.exit_code == 0, answer.output
    assert [option for option in options(words) if option not in answer.output] == []
    assert [file for file in files(words) if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("words", shown(f"{BINARIES}python -m sim_hardware"), ids=" ".join)
def test_the_emulated_line_has_the_options_that_are_shown(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        emulated_line(["--help"])
    assert end.value.code == 0
    helped = capsys.readouterr().out
    assert [option for option in options(words) if option not in helped] == []
    assert [file for file in files(words) if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    own = [link for link in links if "://" not in link]
    assert [link for link in own if not (page.parent / link).exists()] == []


def test_nothing_names_a_place_of_one_machine_or_a_package_index() -> None:
    about = [*PAGES, ROOT / "constraints.txt", ROOT / "Makefile", ROOT / "pyproject.toml"]
    about += sorted((ROOT / ".ci").iterdir())
    found = [
        f"{named(path)}: {line.strip()}"
        for path in about
        for line in path.read_text().splitlines()
        if PRIVATE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("page", DECISIONS, ids=named)
def test_a_decision_says_context_decision_and_consequences(page: Path) -> None:
    words = page.read_text()
    assert words.startswith(f"# {int(page.name[:4])}. ")
    parts = [words.find(f"**{part}.**") for part in ("Context", "Decision", "Consequences")]
    assert -1 < parts[0] < parts[1] < parts[2]


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_picture_is_what_its_script_draws() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "picture.py"))["picture"]()
    assert (ROOT / "docs" / "architecture.svg").read_text() == drawn


def test_the_version_is_the_same_everywhere() -> None:
    version = project()["project"]["version"]
    assert f"## {version}\n" in (ROOT / "CHANGELOG.md").read_text()
    assert CliRunner().invoke(app, ["version"]).output.strip() == version


def test_every_dependency_is_pinned_with_a_hash() -> None:
    text = (ROOT / "constraints.txt").read_text()
    pins = dict(
        re.findall(r"^([\w.-]+)==\S+ (\\\n +--hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)
    )
    declared = project()["project"]
    wanted = list(declared["dependencies"])
    wanted += [item for extra in declared["optional-dependencies"].values() for item in extra]
    names = {re.split(r"[\[<>=!~;, ]", item)[0].lower() for item in wanted} - {"linecontrol"}
    assert names - pins.keys() == set()
    assert len(pins) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
