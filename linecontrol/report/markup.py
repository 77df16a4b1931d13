"""HTML and SVG by hand: every text is escaped unless it is markup already."""

from collections.abc import Iterable
from html import escape
from typing import Final

VOID: Final = frozenset({"br", "hr", "meta", "wbr"})
_CONTROL: Final = dict.fromkeys((*range(9), *range(14, 32), 127), "�")
# Characters that turn the direction of a line would let a text pretend to be another one.
_TURNING: Final = dict.fromkeys((*range(8234, 8239), *range(8294, 8298)))


class Markup(str):
    """Text that a browser may read as markup, because it was made here."""

    __slots__ = ()


def written(node: str) -> Markup:
    """The node as markup: text is escaped, markup stays as it is."""
    if isinstance(node, Markup):
        return node
    return Markup(escape(node.translate({**_CONTROL, **_TURNING}), quote=True))


def tag(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """One element. In attribute names `_` stands for `-`; a trailing one is dropped (`class_`)."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{written(_attribute(value))}"'
        for key, value in attributes.items()
    )
    if name in VOID:
        return Markup(f"<{name}{words}>")
    return Markup(f"<{name}{words}>{joined(children)}</{name}>")


def joined(nodes: Iterable[str]) -> Markup:
    """The nodes one after another."""
    return Markup("".join(written(node) for node in nodes))


def _attribute(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"
