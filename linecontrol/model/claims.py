"""The eighteen claims of the method as a table: whose they are, their rule, how it is held."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

INDEPENDENT: Final = (1, 10, 15)
THINNEST_UM: Final = 76.2  # 3 mil; written out, since 6 * 25.4 is not 152.4 in binary
THICKEST_UM: Final = 152.4  # 6 mil


class Kind(StrEnum):
    """When a rule is held against the work."""

    ORDER = auto()  # when a flow is loaded
    RECIPE = auto()  # when its recipes are loaded
    EVIDENCE = auto()  # when a lot is finished


class Rule(StrEnum):
    """What a claim asks for."""

    SEQUENCE = auto()
    RECESS = auto()
    PLUG = auto()
    POSITIVE = auto()
    NEGATIVE = auto()
    OWN_MASK = auto()
    DRY_FILM = auto()
    THICKNESS = auto()
    PLASMA = auto()


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. `of` is the independent claim that it narrows, or itself."""

    number: int
    of: int
    rule: Rule
    words: str


KINDS: Final[Mapping[Rule, tuple[Kind, ...]]] = {
    Rule.SEQUENCE: (Kind.ORDER,),
    Rule.RECESS: (Kind.EVIDENCE,),
    Rule.PLUG: (Kind.EVIDENCE,),
    Rule.POSITIVE: (Kind.RECIPE,),
    Rule.NEGATIVE: (Kind.RECIPE,),
    Rule.OWN_MASK: (Kind.ORDER, Kind.RECIPE),
    Rule.DRY_FILM: (Kind.ORDER, Kind.RECIPE),
    Rule.THICKNESS: (Kind.RECIPE, Kind.EVIDENCE),
    Rule.PLASMA: (Kind.ORDER,),
}

_RECESS: Final = "each opening of the first resist has a reentrant portion"
_PLUG: Final = "liquid resist stays in the reentrant portion after its development"
_POSITIVE: Final = "the liquid resist is positive"
_NEGATIVE: Final = "the first resist is negative"
_OWN_MASK: Final = "the first resist is the mask for patterning the liquid resist"

_TABLE: Final = (
    Claim(1, 1, Rule.SEQUENCE, "bumps on pads, from the under-bump metallurgy to the reflow"),
    Claim(2, 1, Rule.RECESS, _RECESS),
    Claim(3, 1, Rule.PLUG, _PLUG),
    Claim(4, 1, Rule.POSITIVE, _POSITIVE),
    Claim(5, 1, Rule.NEGATIVE, _NEGATIVE),
    Claim(6, 1, Rule.OWN_MASK, _OWN_MASK),
    Claim(7, 1, Rule.DRY_FILM, "the first resist is a dry film that is attached"),
    Claim(8, 1, Rule.THICKNESS, "the first resist is 3 to 6 mil thick"),
    Claim(9, 1, Rule.PLASMA, "the under-bump metallurgy is etched by plasma"),
    Claim(10, 10, Rule.SEQUENCE, "bumps on pads, without the reflow"),
    Claim(11, 10, Rule.RECESS, _RECESS),
    Claim(12, 10, Rule.POSITIVE, _POSITIVE),
    Claim(13, 10, Rule.PLUG, _PLUG),
    Claim(14, 10, Rule.NEGATIVE, _NEGATIVE),
    Claim(15, 15, Rule.SEQUENCE, "bumps on any substrate with a metal layer"),
    Claim(16, 15, Rule.POSITIVE, _POSITIVE),
    Claim(17, 15, Rule.OWN_MASK, _OWN_MASK),
    Claim(18, 15, Rule.NEGATIVE, _NEGATIVE),
)
CLAIMS: Final[Mapping[int, Claim]] = {claim.number: claim for claim in _TABLE}


def dependents(of: int) -> tuple[int, ...]:
    """The claims that narrow the independent claim `of`."""
    return tuple(c.number for c in _TABLE if c.of == of and c.number != of)
