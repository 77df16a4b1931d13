"""One tool and the flow of one visit, so that a case takes no longer than it must."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linecontrol.model.library import shipped
from linecontrol.model.visits import VisitName
from sim_hardware.core.layout import Layout, read_layout
from tests.rigs.prepared import site_of

PILOT: Final = shipped() / "lines" / "pilot_sim.toml"
VISITS: Final[tuple[tuple[VisitName, str], ...]] = (
    ("deposit_ubm", "sputter"),
    ("laminate_film", "laminator"),
    ("coat_liquid", "spin_coater"),
    ("expose_film", "aligner"),
    ("develop_film", "developer"),
    ("develop_liquid", "developer"),
    ("plate_cu", "plating_cu"),
    ("plate_ni", "plating_ni"),
    ("strip", "stripper"),
    ("etch_ubm", "plasma_etcher"),
    ("reflow", "reflow_oven"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the recipes and the line file of a visit are, and what its flow is called."""

    recipes: Path
    flow: str
    line: Path


def site(folder: Path, visit: VisitName, tool: str) -> Site:
    """Write a site with one tool of the pilot line and the flow of one visit."""
    recipes, flow = site_of(folder / "site", visit)
    line = folder / PILOT.name
    line.write_text(line_with(tool))
    return Site(recipes, flow, line)


def line_with(tool: str) -> str:
    """The pilot line's file without the other tools."""
    head, *sections = PILOT.read_text("utf-8").split("[[tool]]\n")
    last, *racks = sections[-1].split("[[rack]]\n")
    kept = [text for text in [*sections[:-1], last] if f'id = "{tool}"\n' in text]
    return "".join(
        [head, *(f"[[tool]]\n{text}" for text in kept), *(f"[[rack]]\n{r}" for r in racks)]
    )


def pilot() -> Layout:
    """The whole pilot line."""
    return read_layout(PILOT)
