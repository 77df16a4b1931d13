"""The project's own files, as the architecture tests read them."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("drivers", "sim_hardware", "linecontrol")
TOOLS = (
    "sputter",
    "laminator",
    "spin_coater",
    "aligner",
    "developer",
    "plating_cell",
    "stripper",
    "plasma_etcher",
    "reflow_oven",
)


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file below these folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def project() -> Mapping[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
