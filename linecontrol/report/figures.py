"""One figure per step of the flow: the section after it, its sizes, what was measured there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linecontrol.model.visits import VisitName
from linecontrol.report.markup import Markup, joined, tag
from linecontrol.report.opening import Length, Opening, opening_of
from linecontrol.report.record import LotRecord, WaferRecord
from linecontrol.report.section import (
    DEPTH_UM,
    GROUND_UM,
    LIGHT_UM,
    MASK_UM,
    UBM_DRAWN_UM,
    Material,
    Stage,
    half_view,
    section,
)
from linecontrol.report.section_svg import (
    Across,
    Mark,
    Pointer,
    Upright,
    View,
    Words,
    picture,
    swatch,
)
from linecontrol.report.wording import plain, with_unit

_ENLARGED: Final = ("develop_film", "coat_liquid", "develop_liquid", "plate_snag", "etch_ubm")
_NARROWEST_UM: Final = 2.0  # a recess that is hardly there is not enlarged any further
_NAMES: Final = {
    Material.PASSIVATION: "passivation",
    Material.PAD: "bonding pad",
    Material.UBM: "under-bump metallurgy (UBM)",
    Material.FILM: "dry film",
    Material.LATENT: "dry film, not exposed",
    Material.LIQUID: "liquid resist",
    Material.EXPOSED: "liquid resist, exposed",
    Material.MASK: "mask",
    Material.LIGHT: "light",
    Material.COPPER: "copper",
    Material.NICKEL: "nickel",
    Material.SOLDER: "tin-silver",
}


@dataclass(frozen=True, slots=True)
class _Figure:
    step: str
    stage: Stage
    opening: Opening
    substrate: str
    passivated: bool
    done: bool


def sections(lot: LotRecord, wafer: WaferRecord) -> Markup:
    """Every section of one wafer, then the foot enlarged."""
    figures = list(_figures(lot, wafer))
    return joined(
        (
            tag("div", *(_whole(figure, i) for i, figure in enumerate(figures, 1)), class_="grid"),
            tag("h4", "The foot, enlarged"),
            tag(
                "div",
                *(_foot(figure) for figure in figures if figure.stage.visit in _ENLARGED),
                class_="grid",
            ),
        )
    )


def legend(lot: LotRecord) -> Markup:
    """What the hatchings mean, and what about the pictures is not to scale."""
    passivated = _passivated(lot)
    shown = [m for m in _NAMES if passivated or m is not Material.PASSIVATION]
    if lot.flow.first("coat_liquid") is None:
        shown = [m for m in shown if m not in {Material.LIQUID, Material.EXPOSED}]
    thin = "The UBM, the bonding pad and the passivation" if passivated else "UBM and pad"
    items = (tag("li", swatch(m), _NAMES[m]) for m in shown)
    return joined(
        (
            tag("ul", *items, class_="legend"),
            tag(
                "p",
                "One opening per wafer, at one scale in both directions. "
                f"{thin} are drawn thicker than they are,"
                " the pad is schematic; what stands above them is to scale. Sizes were measured on"
                " this wafer unless they are called nominal (target of the window, or what the"
                " charge of the recipe deposits). Recess: height drawn from the nominal ratio to"
                " its width (11.1 to 7.13).",
                class_="note",
            ),
        )
    )


def _passivated(lot: LotRecord) -> bool:
    return "passivation" in lot.flow.substrate.lower()


def _figures(lot: LotRecord, wafer: WaferRecord) -> Iterator[_Figure]:
    opening = opening_of(lot.flow, lot.recipes, wafer.last)
    substrate = lot.flow.substrate.partition(",")[0]
    made: list[VisitName] = []
    for run in wafer.runs:
        made.append(run.step.visit)
        stage = Stage(run.step.visit, tuple(made))
        yield _Figure(run.step.id, stage, opening, substrate, _passivated(lot), run.done)


def _whole(figure: _Figure, number: int) -> Markup:
    half = half_view(figure.opening)
    top = max(figure.opening.film.value, figure.opening.plated.value, figure.opening.bump.value)
    view = View(-half, half, -DEPTH_UM, top + LIGHT_UM)
    marks = [*_MARKS[figure.stage.visit](figure.opening)]
    marks.append(
        Words(half * (0.96 - 0.017 * len(figure.substrate)), -DEPTH_UM + 4, figure.substrate)
    )
    return _figure(figure, view, marks, f"{number}. {plain(figure.step)}")


def _foot(figure: _Figure) -> Markup:
    opening = figure.opening
    wide = max(opening.recess.value, _NARROWEST_UM)
    left, right = opening.radius - 1.6 * wide, opening.radius + 2.2 * wide
    view = View(left, right, 1.3 * GROUND_UM, max(1.9 * opening.height, 0.6 * (right - left)))
    return _figure(figure, view, list(_foot_marks(figure)), plain(figure.step))


def _figure(figure: _Figure, view: View, marks: Sequence[Mark], title: str) -> Markup:
    layers = section(figure.opening, figure.stage, passivated=figure.passivated)
    done = "" if figure.done else tag("span", "not done yet: as planned", class_="planned")
    return tag(
        "figure",
        tag("figcaption", title, done),
        picture(layers, marks, view, f"Section after {plain(figure.step)}"),
    )


def _said(name: str, length: Length, digits: int = 1) -> str:
    """A size in words; says when it is nominal."""
    value = with_unit(f"{length.value:.{digits}f}", "µm")
    nominal = "" if length.measured else " nominal"
    return f"{name} {value}{nominal}".strip()


def _foot_marks(figure: _Figure) -> Iterator[Mark]:
    opening, visit = figure.opening, figure.stage.visit
    inside = opening.radius
    if visit in {"develop_film", "coat_liquid"}:
        yield Across(inside, inside + opening.recess.value, 1.2, _said("", opening.recess), "end")
    if visit == "develop_film":
        height = Length(opening.height, measured=False)
        yield Upright(inside, 0.0, opening.height, _said("height", height), "end")
    if visit in {"develop_liquid", "plate_snag"}:
        yield Across(inside, inside + opening.foot.value, 1.2, _said("foot", opening.foot), "end")
    if visit == "etch_ubm":
        edge = opening.pad_cd.value / 2
        beyond = Length(edge - inside, opening.pad_cd.measured)
        yield Across(min(inside, edge), max(inside, edge), 1.2, _said("pad", beyond), "end")
        x = inside + 1.4 * max(opening.recess.value, _NARROWEST_UM)
        y = 0.8 * max(opening.height, _NARROWEST_UM)
        yield Pointer(x, y, edge, -0.5 * UBM_DRAWN_UM, _undercut(opening.undercut))


def _undercut(length: Length) -> str:
    nominal = "" if length.measured else " nominal"
    return f"undercut {with_unit(f'{1000 * length.value:.0f}', 'nm')}{nominal}"


def _ubm(opening: Opening) -> Iterator[Mark]:
    words = _said("UBM", opening.ubm, 2)
    yield Words(0.0, 8.0, f"{words}, drawn {with_unit(f'{UBM_DRAWN_UM:g}', 'µm')}")


def _film(opening: Opening) -> Iterator[Mark]:
    yield Upright(half_view(opening) * 0.8, 0.0, opening.film.value, _said("", opening.film), "end")


def _mask(opening: Opening) -> Iterator[Mark]:
    half, y = opening.mask_cd / 2, opening.film.value + 3.0 + MASK_UM + 5.0
    yield Across(-half, half, y, _said("mask", Length(opening.mask_cd, measured=True), 0))


def _opened(opening: Opening) -> Iterator[Mark]:
    r, film = opening.radius, opening.film.value
    yield Across(-r, r, film * 0.62, _said("", opening.wall_cd))
    words = _said("recess", opening.recess)
    yield Pointer(0.1 * r, 0.2 * film, r + opening.recess.value / 2, 2.0, words)


def _coated(opening: Opening) -> Iterator[Mark]:
    yield Upright(-8.0, 0.0, opening.floor.value, _said("", opening.floor))
    yield Words(0.0, opening.film.value * 0.55, "on the film 10 µm nominal")


def _flooded(opening: Opening) -> Iterator[Mark]:
    yield Words(0.0, opening.film.value * 0.62, "the film is the mask")


def _straight(opening: Opening) -> Iterator[Mark]:
    r, film = opening.radius, opening.film.value
    yield Across(-r, r, film * 0.62, _said("", opening.wall_cd))
    words = _said("foot left", opening.foot)
    yield Pointer(0.1 * r, 0.2 * film, r + opening.foot.value / 2, 2.0, words)


def _copper(opening: Opening) -> Iterator[Mark]:
    top = Length(opening.copper_top, measured=False)
    yield Words(0.0, opening.copper_top + 9.0, _said("copper", top))


def _nickel(opening: Opening) -> Iterator[Mark]:
    layer = Length(opening.stud_top - opening.copper_top, measured=False)
    yield Words(0.0, opening.stud_top + 9.0, _said("nickel", layer))


def _plated(opening: Opening) -> Iterator[Mark]:
    yield Upright(-10.0, 0.0, opening.plated.value, _said("", opening.plated))


def _pad(opening: Opening) -> Iterator[Mark]:
    half = opening.pad_cd.value / 2
    yield Across(-half, half, -14.0, _said("pad", opening.pad_cd))


def _bump(opening: Opening) -> Iterator[Mark]:
    yield Upright(-10.0, 0.0, opening.bump.value, _said("", opening.bump))
    yield from _pad(opening)


_MARKS: Final[Mapping[VisitName, Callable[[Opening], Iterator[Mark]]]] = {
    "deposit_ubm": _ubm,
    "laminate_film": _film,
    "expose_film": _mask,
    "develop_film": _opened,
    "coat_liquid": _coated,
    "flood_expose": _flooded,
    "develop_liquid": _straight,
    "plate_cu": _copper,
    "plate_ni": _nickel,
    "plate_snag": _plated,
    "strip": _plated,
    "etch_ubm": _pad,
    "reflow": _bump,
}
