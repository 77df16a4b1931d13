# ruff: noqa: INP001 - a script on its own, not part of a package
"""Draws the picture of the README: `python docs/picture.py > docs/architecture.svg`."""

import sys
from html import escape

WIDTH, HEIGHT = 900, 372
HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 font-family="system-ui, sans-serif" font-size="13" fill="#1b2733">
<title>Clients, the daemon and what is behind its wires</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
 orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#44566c"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
"""
PROCESS, PART, OUTSIDE = "#eef3f8", "#ffffff", "#f7f3e8"


def text(x: float, y: float, words: str, *, bold: bool = False, small: bool = False) -> str:
    """One line of text, centred."""
    weight = ' font-weight="600"' if bold else ""
    size = ' font-size="11" fill="#44566c"' if small else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle"{weight}{size}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str, *words: str) -> str:
    """A box; its first line is its name, the others say more."""
    frame = (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{fill}" stroke="#44566c"/>'
    )
    parts = [frame]
    for number, line in enumerate(words):
        at = y + 20 + 16 * number
        parts.append(text(x + width / 2, at, line, bold=number == 0, small=number > 0))
    return "\n".join(parts)


def arrow(x: float, y: float, to_x: float, to_y: float, *words: str) -> str:
    """An arrow in both directions, with its words above it."""
    line = (
        f'<path d="M{x:g} {y:g} {to_x:g} {to_y:g}" stroke="#44566c" stroke-width="1.5" '
        'marker-start="url(#tip)" marker-end="url(#tip)"/>'
    )
    first = (y + to_y) / 2 - 8 - 14 * (len(words) - 1)
    said = [
        text((x + to_x) / 2, first + 14 * number, w, small=True) for number, w in enumerate(words)
    ]
    return "\n".join([line, *said])


def picture() -> str:
    """Return the whole picture."""
    return "\n".join([HEAD, *clients(), *daemon(), *behind(), "</svg>", ""])


def clients() -> list[str]:
    """Left: who speaks to the daemon, and where it keeps what it knows."""
    return [
        box(10, 10, 180, 62, PROCESS, "command line", "linecontrol lot, tool,",
            "alarm, report, why"),
        arrow(194, 41, 306, 41, "HTTP, JSON"),
        box(10, 82, 180, 46, OUTSIDE, "other programs", "by the same HTTP API"),
        arrow(194, 105, 306, 105, "facts as they", "become durable"),
        box(10, 140, 180, 62, OUTSIDE, "journal.sqlite", "facts, each hashed",
            "with the one before"),
        arrow(194, 171, 306, 171, "written before", "anything is done"),
    ]  # fmt: skip


def daemon() -> list[str]:
    """Middle: the process that owns the instruments, layer upon layer."""
    rows = [("web", "report"), ("engine",), ("stations",), ("journal",), ("machines", "model")]
    parts = [box(310, 10, 250, 352, PROCESS, "linecontrol daemon")]
    for number, row in enumerate(rows):
        width = (230 - 8 * (len(row) - 1)) / len(row)
        for place, name in enumerate(row):
            parts.append(box(320 + place * (width + 8), 42 + 38 * number, width, 30, PART, name))
    drivers = box(320, 248, 230, 100, PART, "drivers", "nine tools: the verbs of the process",
                  "fifteen instruments: their protocols", "points: units and limits",
                  "links: bytes, silences, time-outs")  # fmt: skip
    return [*parts, drivers]


def behind() -> list[str]:
    """Right: what is behind the wires, of one kind or of the other."""
    return [
        arrow(564, 298, 660, 298, "Modbus TCP", "Modbus RTU", "serial lines", "VISA"),
        '<path d="M680 55 H664 V298 M680 256 H664" fill="none" stroke="#44566c"/>',
        box(680, 10, 210, 90, OUTSIDE, "a real line", "nine tools, their controllers",
            "and instruments", "interlocks in hardware"),
        text(785, 131, "or", bold=True),
        box(680, 150, 210, 212, PROCESS, "python -m sim_hardware",
            "its line file: simulated = true"),
        box(692, 200, 186, 46, PART, "instruments", "the same protocols, again"),
        box(692, 253, 186, 46, PART, "nine plants", "wired to the physics"),
        box(692, 306, 186, 46, PART, "physics", "one wafer, step by step"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(picture())
