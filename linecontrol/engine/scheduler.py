"""What may move next: a pure function of the line as it stands. First come, first served.

A wafer is only lifted when its destination is reserved. One that cannot go on at once clears
its tool into a rack, and none leaves the cassette unless a place in the racks is left for it and
for every wafer on a tool: so wafers which visit a tool twice can never block each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

CASSETTE = "cassette"


class Fit(StrEnum):
    """Whether a wafer wants to go on, to leave the line, or to stay where it is."""

    NEXT_STEP = auto()
    FINISHED = auto()
    DISCARDED = auto()
    STAYS = auto()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wafer that lies still. `since_s` orders the queue; `not_before_s` is its shortest wait."""

    wafer: str
    location: str
    since_s: float
    order: int
    fit: Fit
    step: str = ""
    kind: str = ""
    needs: tuple[tuple[str, str], ...] = ()
    not_before_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Slot:
    """A tool that could take a wafer: `wafer` lies in it, `free` says that one may be brought."""

    tool: str
    kind: str
    offers: frozenset[tuple[str, str]]
    free: bool
    wafer: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One wafer to one destination; `step` is empty when it goes to rest."""

    wafer: str
    source: str
    destination: str
    step: str
    reason: str


def next_moves(
    waiting: Sequence[Waiting], slots: Sequence[Slot], racks: Sequence[str], now_s: float
) -> list[Move]:
    """Return the moves to begin now, in the order in which they were decided."""
    free = {slot.tool: slot for slot in slots if slot.free}
    on_tool = {slot.tool for slot in slots}
    rest = list(racks)
    moves: list[Move] = []
    for wafer in sorted(waiting, key=lambda w: (w.since_s, w.order)):
        taken = len(slots) - len(free)
        move = None
        if wafer.location != CASSETTE or len(rest) > taken:
            move = _onward(wafer, slots, free, now_s)
        move = move or _aside(wafer, on_tool, rest)
        if move is None:
            continue
        free.pop(move.destination, None)
        if move.destination in rest:
            rest.remove(move.destination)
        moves.append(move)
    return moves


def next_due(waiting: Sequence[Waiting], now_s: float) -> float | None:
    """Return when the next shortest wait ends, if any wafer is waiting for that."""
    due = [w.not_before_s for w in waiting if w.fit is Fit.NEXT_STEP and w.not_before_s > now_s]
    return min(due, default=None)


def _onward(
    wafer: Waiting, slots: Sequence[Slot], free: Mapping[str, Slot], now_s: float
) -> Move | None:
    if wafer.fit is not Fit.NEXT_STEP or now_s < wafer.not_before_s:
        return None
    here = [s for s in slots if s.wafer == wafer.wafer and _suits(wafer, s)]
    there = [s for s in slots if s.tool in free and _suits(wafer, s)]
    for slot in [*here, *there]:
        return Move(
            wafer.wafer, wafer.location, slot.tool, wafer.step, f"{wafer.step} on {slot.tool}"
        )
    return None


def _aside(wafer: Waiting, on_tool: set[str], rest: Sequence[str]) -> Move | None:
    if wafer.fit is Fit.FINISHED and wafer.location != CASSETTE:
        return Move(wafer.wafer, wafer.location, CASSETTE, "", "finished")
    if wafer.fit is Fit.STAYS or wafer.location not in on_tool or not rest:
        return None
    reason = "given up" if wafer.fit is Fit.DISCARDED else f"waits for {wafer.step}"
    return Move(wafer.wafer, wafer.location, rest[0], "", reason)


def _suits(wafer: Waiting, slot: Slot) -> bool:
    return slot.kind == wafer.kind and slot.offers.issuperset(wafer.needs)
