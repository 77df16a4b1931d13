"""The cross-section of one opening after each visit, as outlines in um; nothing is drawn here.

x runs from the middle of the opening, y upwards from the top of the under-bump metallurgy.
Metallurgy, pad and passivation are much thinner than the rest and stand here thicker than they
are; everything above y = 0 is to scale.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from math import atan2, cos, pi, sin
from typing import Final

from linecontrol.model.visits import VisitName
from linecontrol.report.opening import FLAT_COAT_UM, PROFILE_POWER, Opening

Point = tuple[float, float]
UBM_DRAWN_UM: Final = 2.0
PASSIVATION_DRAWN_UM: Final = 4.0
GROUND_UM: Final = -UBM_DRAWN_UM - PASSIVATION_DRAWN_UM  # top of the substrate
DEPTH_UM: Final = 26.0  # how much of the substrate is shown
MASK_UM: Final = 4.0
LIGHT_UM: Final = 26.0  # how much of the light above the resist is shown
LIGHT_SPREAD: Final = 0.03  # sideways per length: what the light of an aligner diverges
_SLICES: Final = 24


class Material(StrEnum):
    """What an outline is made of."""

    LIGHT = auto()
    SUBSTRATE = auto()
    PASSIVATION = auto()
    PAD = auto()
    UBM = auto()
    FILM = auto()
    LATENT = auto()  # dry film that was not exposed and will dissolve
    LIQUID = auto()
    EXPOSED = auto()  # liquid resist that was exposed and will dissolve
    MASK = auto()
    COPPER = auto()
    NICKEL = auto()
    SOLDER = auto()


@dataclass(frozen=True, slots=True)
class Layer:
    """One closed outline of one material."""

    material: Material
    outline: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a wafer is on its route: the visit that was last, and all that were made."""

    visit: VisitName
    made: Collection[VisitName]


def half_view(opening: Opening) -> float:
    """Half the width that is worth showing: up to the middle between two bumps."""
    return min(opening.pitch / 2, max(opening.mask_cd, opening.radius + opening.recess.value + 20))


def section(opening: Opening, stage: Stage, *, passivated: bool) -> list[Layer]:
    """Everything there is after the visit, from the bottom up."""
    layers = list(_substrate(opening, passivated=passivated))
    layers += _ubm(opening, stage.made)
    if "strip" not in stage.made:
        layers += _film(opening, stage)
        layers += _liquid(opening, stage)
    layers += _reflowed(opening) if "reflow" in stage.made else _metal(opening, stage.made)
    layers += _light(opening, stage.visit)
    return layers


def _box(left: float, right: float, bottom: float, top: float) -> tuple[Point, ...]:
    return ((left, bottom), (right, bottom), (right, top), (left, top))


def _both(material: Material, outline: tuple[Point, ...]) -> Iterator[Layer]:
    """The outline and its image on the other side of the middle."""
    yield Layer(material, outline)
    yield Layer(material, tuple((-x, y) for x, y in reversed(outline)))


def _substrate(opening: Opening, *, passivated: bool) -> Iterator[Layer]:
    wide = half_view(opening)
    pad_top = GROUND_UM + PASSIVATION_DRAWN_UM / 2
    yield Layer(Material.SUBSTRATE, _box(-wide, wide, -DEPTH_UM, GROUND_UM))
    if passivated:
        yield Layer(Material.PASSIVATION, _box(-wide, wide, GROUND_UM, -UBM_DRAWN_UM))
    else:
        yield Layer(Material.SUBSTRATE, _box(-wide, wide, GROUND_UM, -UBM_DRAWN_UM))
    pad = opening.mask_cd * 0.42
    yield Layer(Material.PAD, _box(-pad, pad, GROUND_UM, pad_top))


def _ubm(opening: Opening, made: Collection[VisitName]) -> Iterator[Layer]:
    half = opening.pad_cd.value / 2 if "etch_ubm" in made else half_view(opening)
    window = min(opening.mask_cd * 0.3, half)
    low, middle = GROUND_UM + PASSIVATION_DRAWN_UM / 2, -UBM_DRAWN_UM
    right = ((window, low), (window, middle), (half, middle), (half, 0.0))
    left = tuple((-x, y) for x, y in reversed(right))
    yield Layer(Material.UBM, (*right, *left))


def recess_curve(opening: Opening, top: float, share: float = 1.0) -> tuple[Point, ...]:
    """The wall from `top` down to the floor, behind the recess; `share` of its width is reached."""
    bend = min(top, opening.height)
    heights = [bend * (_SLICES - i) / _SLICES for i in range(_SLICES + 1)]
    curve = [(opening.radius + share * opening.recess_at(y), y) for y in heights]
    return ((opening.radius, top), *curve) if top > bend else tuple(curve)


def _film(opening: Opening, stage: Stage) -> Iterator[Layer]:
    if "laminate_film" not in stage.made:
        return
    wide, thick = half_view(opening), opening.film.value
    if "develop_film" in stage.made:
        wall = recess_curve(opening, thick)
        yield from _both(Material.FILM, (*wall, (wide, 0.0), (wide, thick)))
        return
    yield Layer(Material.FILM, _box(-wide, wide, 0.0, thick))
    if "expose_film" in stage.made:
        half = min(opening.mask_cd / 2, wide)
        yield Layer(Material.LATENT, _box(-half, half, 0.0, thick))


def _liquid(opening: Opening, stage: Stage) -> Iterator[Layer]:
    if "coat_liquid" not in stage.made:
        return
    if "develop_liquid" in stage.made:
        yield from _both(Material.LIQUID, plug(opening))
        return
    wide, thick, floor = half_view(opening), opening.film.value, opening.floor.value
    lit = Material.EXPOSED if "flood_expose" in stage.made else Material.LIQUID
    wall = recess_curve(opening, floor, opening.fill)
    mirrored = tuple((-x, y) for x, y in reversed(wall))
    yield Layer(Material.LIQUID, (*wall, *mirrored))
    if lit is Material.EXPOSED:
        yield Layer(lit, _box(-opening.radius, opening.radius, 0.0, floor))
    yield from _both(lit, _box(opening.radius, wide, thick, thick + FLAT_COAT_UM))


def plug(opening: Opening) -> tuple[Point, ...]:
    """What stays of the liquid resist in the recess on the right: its face stands on the foot."""
    wide, foot = opening.recess.value, min(opening.foot.value, opening.recess.value)
    if wide <= 0 or foot >= wide:
        return ()
    top = opening.height * (1 - foot / wide) ** (1 / PROFILE_POWER)
    heights = [top * i / _SLICES for i in range(_SLICES + 1)]
    behind = [(opening.radius + opening.recess_at(y), y) for y in heights]
    face = opening.radius + foot
    return ((face, 0.0), *behind, (face, top))


def column(opening: Opening, bottom: float, top: float) -> tuple[Point, ...]:
    """Plated metal between two heights, with its foot; overhanging where it outgrew the film."""
    bend = min(max(opening.height, bottom), top)
    heights = [bottom + (bend - bottom) * i / _SLICES for i in range(_SLICES + 1)]
    right = [(opening.metal_at(y), y) for y in heights]
    over = opening.mushroom.value
    film = opening.film.value
    if over > 0 and top > film > bottom:
        right += [(opening.radius, film), (opening.radius + over, film)]
        right += [(opening.radius + over, top)]
    else:
        right.append((opening.radius if top >= opening.height else opening.metal_at(top), top))
    return (*right, *((-x, y) for x, y in reversed(right)))


def _metal(opening: Opening, made: Collection[VisitName]) -> Iterator[Layer]:
    top = opening.plated.value
    if "etch_ubm" in made:
        top -= min(opening.solder_loss.value, top)
    if "plate_cu" in made:
        yield Layer(Material.COPPER, column(opening, 0.0, opening.copper_top))
    if "plate_ni" in made:
        yield Layer(Material.NICKEL, column(opening, opening.copper_top, opening.stud_top))
    if "plate_snag" in made and top > opening.stud_top:
        yield Layer(Material.SOLDER, column(opening, opening.stud_top, top))


def _reflowed(opening: Opening) -> Iterator[Layer]:
    yield Layer(Material.COPPER, column(opening, 0.0, opening.copper_top))
    yield Layer(Material.NICKEL, column(opening, opening.copper_top, opening.stud_top))
    rise = opening.bump.value - opening.stud_top
    if rise > 0:
        yield Layer(
            Material.SOLDER, cap(opening.metal_at(opening.stud_top), rise, opening.stud_top)
        )


def cap_radius(base: float, rise: float) -> float:
    """The radius of the sphere whose cap is `rise` high on a base of half-width `base`."""
    return (base * base + rise * rise) / (2 * rise)


def cap(base: float, rise: float, bottom: float) -> tuple[Point, ...]:
    """A spherical cap that stands at `bottom`; more than half a sphere if it is high enough."""
    radius = cap_radius(base, rise)
    middle = bottom + rise - radius
    start = atan2(bottom - middle, base)
    steps = 4 * _SLICES
    angles = [start + (pi - 2 * start) * i / steps for i in range(steps + 1)]
    return tuple((radius * cos(a), middle + radius * sin(a)) for a in angles)


def _light(opening: Opening, visit: VisitName) -> Iterator[Layer]:
    wide, film = half_view(opening), opening.film.value
    if visit == "expose_film":
        top, half = film + 3.0, opening.mask_cd / 2  # the cover film lies between
        reach = half - LIGHT_SPREAD * film
        yield from _both(
            Material.LIGHT,
            (
                (reach, 0.0),
                (wide, 0.0),
                (wide, film + LIGHT_UM),
                (half, film + LIGHT_UM),
                (half, top),
            ),
        )
        yield Layer(Material.MASK, _box(-half, half, top, top + MASK_UM))
    if visit == "flood_expose":
        top = film + LIGHT_UM
        radius = opening.radius
        yield from _both(Material.LIGHT, _box(radius, wide, film + FLAT_COAT_UM, top))
        yield Layer(Material.LIGHT, _box(-radius, radius, opening.floor.value, top))
