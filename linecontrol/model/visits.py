"""The thirteen visits of the method, in order: which tool makes each, and for which step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

VisitName = Literal[
    "deposit_ubm",
    "laminate_film",
    "expose_film",
    "develop_film",
    "coat_liquid",
    "flood_expose",
    "develop_liquid",
    "plate_cu",
    "plate_ni",
    "plate_snag",
    "strip",
    "etch_ubm",
    "reflow",
]
ToolKind = Literal[
    "sputter",
    "laminator",
    "spin_coater",
    "aligner",
    "developer",
    "plating_cell",
    "stripper",
    "plasma_etcher",
    "reflow_oven",
]


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: its tool, the letter of its step in the method, what the tool must hold."""

    name: VisitName
    tool: ToolKind
    step: str
    needs: Mapping[str, str] = field(default_factory=dict[str, str])


_ORDER: Final = (
    Visit("deposit_ubm", "sputter", "b"),
    Visit("laminate_film", "laminator", "c"),
    Visit("expose_film", "aligner", "d"),
    Visit("develop_film", "developer", "d", {"chemistry": "na2co3"}),
    Visit("coat_liquid", "spin_coater", "e"),
    Visit("flood_expose", "aligner", "f"),
    Visit("develop_liquid", "developer", "f", {"chemistry": "tmah"}),
    Visit("plate_cu", "plating_cell", "g", {"bath": "cu"}),
    Visit("plate_ni", "plating_cell", "g", {"bath": "ni"}),
    Visit("plate_snag", "plating_cell", "g", {"bath": "snag"}),
    Visit("strip", "stripper", "h"),
    Visit("etch_ubm", "plasma_etcher", "i"),
    Visit("reflow", "reflow_oven", "j"),
)
VISITS: Final[Mapping[VisitName, Visit]] = {visit.name: visit for visit in _ORDER}
PLACE: Final[Mapping[VisitName, int]] = {visit.name: place for place, visit in enumerate(_ORDER)}
PLATING: Final[tuple[VisitName, ...]] = ("plate_cu", "plate_ni", "plate_snag")
