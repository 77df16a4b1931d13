"""Outlines in um as an inline SVG picture: one scale in both directions, sizes, a scale bar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from linecontrol.report.markup import Markup, tag
from linecontrol.report.section import Layer, Material, Point
from linecontrol.report.wording import number, with_unit

WIDTH_PX: Final = 330.0
_TICK_PX: Final = 3.5
_LETTER_PX: Final = 5.6  # what a letter takes on average
_BARS_UM: Final = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class View:
    """The part of the section that is shown, in um."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def scale(self) -> float:
        """Pixels per um."""
        return WIDTH_PX / (self.right - self.left)

    @property
    def height_px(self) -> float:
        """How high the picture becomes."""
        return (self.top - self.bottom) * self.scale

    def at(self, point: Point) -> Point:
        """Where a point of the section lies in the picture."""
        x, y = point
        return (x - self.left) * self.scale, (self.top - y) * self.scale


@dataclass(frozen=True, slots=True)
class Across:
    """A size between two x, with its words above the line or beside its left or right end."""

    left: float
    right: float
    y: float
    words: str
    side: str = "middle"  # or start (words to the right), end (words to the left)


@dataclass(frozen=True, slots=True)
class Upright:
    """A size between two heights, with its words beside the line."""

    x: float
    bottom: float
    top: float
    words: str
    side: str = "start"  # words to the right; end: to the left


@dataclass(frozen=True, slots=True)
class Pointer:
    """Words at a place, centred, and a line from them to what they are about."""

    x: float
    y: float
    tip_x: float
    tip_y: float
    words: str


@dataclass(frozen=True, slots=True)
class Words:
    """A few words at a place, centred, on a calm ground."""

    x: float
    y: float
    words: str


Mark = Across | Upright | Pointer | Words


def picture(layers: Iterable[Layer], marks: Sequence[Mark], view: View, title: str) -> Markup:
    """The section as one `svg` element; patterns are those of `patterns`."""
    drawn = [_outline(layer, view) for layer in layers if layer.outline]
    drawn += [_mark(mark, view) for mark in marks]
    return tag(
        "svg",
        tag("title", title),
        *drawn,
        _scale_bar(view),
        viewBox=f"0 0 {WIDTH_PX:g} {view.height_px:.1f}",
        role="img",
        class_="section",
    )


def points(outline: Iterable[Point], view: View) -> str:
    """The outline as SVG writes it."""
    return " ".join("{:.2f},{:.2f}".format(*view.at(point)) for point in outline)


def _outline(layer: Layer, view: View) -> Markup:
    return tag("polygon", points=points(layer.outline, view), class_=f"m-{layer.material}")


def _mark(mark: Mark, view: View) -> Markup:
    match mark:
        case Across():
            return _across(mark, view)
        case Upright():
            return _upright(mark, view)
        case Pointer():
            return _pointer(mark, view)
        case Words():
            x, y = view.at((mark.x, mark.y))
            return tag("text", mark.words, x=x, y=y + 3.5, text_anchor="middle")


def _across(mark: Across, view: View) -> Markup:
    x0, y = view.at((mark.left, mark.y))
    x1, _ = view.at((mark.right, mark.y))
    place = {
        "middle": ((x0 + x1) / 2, y - 5.0),
        "start": (x1 + 6.0, y + 3.5),
        "end": (x0 - 6.0, y + 3.5),
    }[mark.side]
    lines = f"M{x0:.2f},{y:.2f}H{x1:.2f}"
    lines += "".join(f"M{x:.2f},{y - _TICK_PX:.2f}v{2 * _TICK_PX}" for x in (x0, x1))
    return tag("g", *_line(lines), _text(*place, mark.words, mark.side))


def _upright(mark: Upright, view: View) -> Markup:
    x, y0 = view.at((mark.x, mark.bottom))
    _, y1 = view.at((mark.x, mark.top))
    lines = f"M{x:.2f},{y0:.2f}V{y1:.2f}"
    lines += "".join(f"M{x - _TICK_PX:.2f},{y:.2f}h{2 * _TICK_PX}" for y in (y0, y1))
    beside = x + 6.0 if mark.side == "start" else x - 6.0
    return tag("g", *_line(lines), _text(beside, (y0 + y1) / 2 + 3.5, mark.words, mark.side))


def _pointer(mark: Pointer, view: View) -> Markup:
    x, y = view.at((mark.x, mark.y))
    tip_x, tip_y = view.at((mark.tip_x, mark.tip_y))
    lines = _line(f"M{x:.2f},{y:.2f}L{tip_x:.2f},{tip_y:.2f}")
    tip = tag("circle", cx=tip_x, cy=tip_y, r=1.8, class_="tip")
    return tag("g", *lines, tip, _text(x, y + 3.5, mark.words, "middle"))


def _line(path: str) -> tuple[Markup, Markup]:
    """A line with a light edge, so that it stands out on every material."""
    return tag("path", d=path, class_="halo"), tag("path", d=path, class_="size")


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    """Words on a light ground: no hatching makes them hard to read."""
    wide = _LETTER_PX * len(words) + 6.0
    left = {"start": x - 3.0, "middle": x - wide / 2, "end": x - wide + 3.0}[anchor]
    ground = tag("rect", x=left, y=y - 10.5, width=wide, height=14, rx=2, class_="ground")
    return tag("g", ground, tag("text", words, x=x, y=y, text_anchor=anchor))


def _scale_bar(view: View) -> Markup:
    longest = (view.right - view.left) / 4
    length = max((bar for bar in _BARS_UM if bar <= longest), default=_BARS_UM[0])
    long_px = length * view.scale
    y = view.height_px - 8.0
    bar = f"M8,{y:.2f}h{long_px:.2f}"
    return tag(
        "g",
        tag("path", d=bar, class_="bar"),
        tag("text", with_unit(number(length), "µm"), x=8.0, y=y - 5.0),
    )


def patterns() -> Markup:
    """The hatchings of the materials, once per page; grey, to print in black and white."""
    hatch = tag("path", d="M-1,1l2,-2M0,7l7,-7M6,8l2,-2", class_="stroke-film")
    sparse = tag("circle", cx=3, cy=3, r=0.7, class_="dot-latent")
    dots = tag("circle", cx=2, cy=2, r=0.9, class_="dot-liquid")
    faint = tag("circle", cx=2, cy=2, r=0.6, class_="dot-exposed")
    grain = tag("path", d="M0,3h6", class_="stroke-nickel")
    made = (
        _pattern(Material.FILM, 7, hatch),
        _pattern(Material.LATENT, 6, sparse),
        _pattern(Material.LIQUID, 4, dots),
        _pattern(Material.EXPOSED, 4, faint),
        _pattern(Material.NICKEL, 3, grain),
    )
    return tag("svg", tag("defs", *made), width=0, height=0, class_="patterns", aria_hidden="true")


def _pattern(material: Material, size: float, *drawing: Markup) -> Markup:
    ground = tag("rect", width=size, height=size, class_=f"ground-{material}")
    return tag(
        "pattern",
        ground,
        *drawing,
        id=f"p-{material}",
        width=size,
        height=size,
        patternUnits="userSpaceOnUse",
    )


def swatch(material: Material) -> Markup:
    """A small sample of a material for the legend."""
    box = tag("rect", x=0.5, y=0.5, width=21, height=12, class_=f"m-{material}")
    return tag("svg", box, viewBox="0 0 22 13", width=22, height=13, class_="swatch")
