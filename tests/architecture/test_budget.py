"""No file, function or class is longer than a person can hold in mind."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median, quantiles

from tests.architecture.trees import PACKAGES, ROOT, sources

FILE_LINES, FUNCTION_LINES, CLASS_LINES = 450, 50, 250
TYPICAL_FILE, TYPICAL_FUNCTION = 120, 8  # half of them are no longer
LONG_FUNCTION = 30  # nineteen of twenty are no longer
FILES = [
    path
    for path in sources(*PACKAGES, "tests", "benchmarks")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lengths(path: Path, *kinds: type[ast.AST]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and isinstance(
            node, kinds
        ):
            assert node.end_lineno is not None
            yield f"{named(path)}: {node.name}", node.end_lineno - node.lineno + 1


def line_count(path: Path) -> int:
    return len(path.read_text().splitlines())


def hands_on(node: ast.stmt) -> bool:
    """Whether a statement only re-exports, or gives the version."""
    if isinstance(node, ast.Assign):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return names <= {"__all__", "__version__"}
    return isinstance(node, (ast.Import, ast.ImportFrom))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    return lengths(path, ast.FunctionDef, ast.AsyncFunctionDef)


def over(found: Iterable[tuple[str, int]], budget: int) -> list[tuple[str, int]]:
    return [(name, length) for name, length in found if length > budget]


def test_no_file_function_or_class_is_over_its_budget() -> None:
    assert over(((named(path), line_count(path)) for path in FILES), FILE_LINES) == []
    for path in FILES:
        assert over(functions(path), FUNCTION_LINES) == []
        assert over(lengths(path, ast.ClassDef), CLASS_LINES) == []


def test_most_of_it_is_far_below_its_budget() -> None:
    files = [line_count(path) for path in sources(*PACKAGES)]
    bodies = [length for path in sources(*PACKAGES) for _name, length in functions(path)]
    assert median(files) <= TYPICAL_FILE
    assert median(bodies) <= TYPICAL_FUNCTION
    assert quantiles(bodies, n=20)[-1] <= LONG_FUNCTION


def test_a_package_file_only_says_what_it_is_and_hands_on() -> None:
    for path in FILES:
        if path.name == "__init__.py":
            first, *rest = ast.parse(path.read_text()).body
            assert isinstance(first, ast.Expr), named(path)
            assert [node for node in rest if not hands_on(node)] == [], named(path)


def test_every_file_begins_with_a_sentence_about_itself() -> None:
    for path in sources(*PACKAGES):
        words = ast.get_docstring(ast.parse(path.read_text()))
        assert words is not None, named(path)
        assert words.splitlines()[0].endswith((".", ":")), named(path)
