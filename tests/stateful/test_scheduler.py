"""Any line, any routes, any order of ends: nobody collides, overtakes or waits for ever."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linecontrol.engine.scheduler import CASSETTE, Fit, Move, Slot, Waiting, next_due, next_moves

pytestmark = pytest.mark.stateful
KINDS = ("aligner", "developer", "sputter")
BATHS = ("cu", "ni")
MANY_TURNS = 2000


@dataclass
class Wafer:
    name: str
    order: int
    route: tuple[str, ...]
    location: str = CASSETTE
    done: int = 0
    since_s: float = 0.0
    at_work: bool = False

    @property
    def home(self) -> bool:
        return self.done == len(self.route) and self.location == CASSETTE


@dataclass
class Floor:
    """A line in which carrying takes no time and a tool works until somebody says it is done."""

    tools: dict[str, str]
    racks: tuple[str, ...]
    wafers: list[Wafer]
    now_s: float = 0.0
    moved: list[Move] = field(default_factory=list[Move])

    def waiting(self) -> list[Waiting]:
        return [
            Waiting(
                w.name, w.location, w.since_s, w.order,
                Fit.FINISHED if w.done == len(w.route) else Fit.NEXT_STEP,
                step=str(w.done), kind=w.route[w.done] if w.done < len(w.route) else "",
            )
            for w in self.wafers
            if not w.at_work and not w.home
        ]  # fmt: skip

    def slots(self) -> list[Slot]:
        lying = {w.location: w.name for w in self.wafers}
        return [
            Slot(tool, kind, frozenset(), free=tool not in lying, wafer=lying.get(tool, ""))
            for tool, kind in self.tools.items()
        ]

    def free_racks(self) -> list[str]:
        taken = {w.location for w in self.wafers}
        return [rack for rack in self.racks if rack not in taken]

    def decide(self) -> list[Move]:
        moves = next_moves(self.waiting(), self.slots(), self.free_racks(), self.now_s)
        for move in moves:
            wafer = next(w for w in self.wafers if w.name == move.wafer)
            wafer.location, wafer.at_work = move.destination, bool(move.step)
        self.moved += moves
        return moves

    def end(self, wafer: Wafer) -> None:
        self.now_s += 1.0
        wafer.at_work, wafer.since_s, wafer.done = False, self.now_s, wafer.done + 1

    def places(self) -> list[str]:
        return [w.location for w in self.wafers if w.location != CASSETTE]


routes = st.lists(st.sampled_from(KINDS), min_size=1, max_size=6).map(tuple)


def a_floor(routes: list[tuple[str, ...]], doubled: set[str], racks: int) -> Floor:
    return Floor(
        {kind: kind for kind in KINDS} | {f"{kind}_2": kind for kind in doubled},
        tuple(f"rack.{number:02d}" for number in range(1, racks + 1)),
        [Wafer(f"w{number}", number, route) for number, route in enumerate(routes)],
    )


floors = st.builds(
    a_floor,
    routes=st.lists(routes, min_size=1, max_size=12),
    doubled=st.sets(st.sampled_from(KINDS)),
    racks=st.integers(1, 6),
)


@given(line=floors, data=st.data())
def test_every_wafer_comes_home_however_few_the_racks(line: Floor, data: st.DataObject) -> None:
    for _ in range(MANY_TURNS):
        moves = line.decide()
        assert len(line.places()) == len(set(line.places())), "two wafers in one place"
        at_work = [w for w in line.wafers if w.at_work]
        if at_work:
            line.end(data.draw(st.sampled_from(at_work)))
        elif not moves:
            break
    assert [w.name for w in line.wafers if not w.home] == []


places = st.sampled_from([CASSETTE, "rack.01", "rack.02", "rack.03", *KINDS])
queues = st.lists(
    st.builds(
        Waiting,
        wafer=st.uuids().map(str),
        location=places,
        since_s=st.floats(0, 100),
        order=st.integers(0, 1_000_000),
        fit=st.sampled_from(list(Fit)),
        step=st.just("step"),
        kind=st.sampled_from(KINDS),
        needs=st.sampled_from([(), (("bath", "cu"),), (("bath", "ni"),)]),
        not_before_s=st.floats(0, 100),
    ),
    max_size=8,
    unique_by=(lambda w: w.location if w.location != CASSETTE else w.wafer, lambda w: w.order),
)
offers = st.sets(st.sampled_from([("bath", bath) for bath in BATHS])).map(frozenset)


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Waiting], list[Slot], list[str], float]:
    queue = draw(queues)
    lying = {w.location: w.wafer for w in queue}
    tools = [
        Slot(
            kind, kind, draw(offers), free=kind not in lying and draw(st.booleans()),
            wafer=lying.get(kind, ""),
        )
        for kind in KINDS
    ]  # fmt: skip
    racks = [f"rack.{n:02d}" for n in range(1, 21) if f"rack.{n:02d}" not in lying]
    return queue, tools, racks[: draw(st.integers(0, 20))], draw(st.floats(0, 100))


def suits(wafer: Waiting, slot: Slot) -> bool:
    return slot.kind == wafer.kind and set(wafer.needs) <= slot.offers


@given(lines())
def test_a_wafer_is_lifted_only_for_a_place_that_is_kept_for_it(
    line: tuple[list[Waiting], list[Slot], list[str], float],
) -> None:
    queue, tools, racks, now_s = line
    by_name, by_tool = {w.wafer: w for w in queue}, {t.tool: t for t in tools}
    left_racks, left_tools = set(racks), {t.tool for t in tools if t.free}
    for move in next_moves(queue, tools, racks, now_s):
        wafer = by_name.pop(move.wafer)  # KeyError: moved twice
        assert move.source == wafer.location
        if move.destination == CASSETTE:
            assert wafer.fit is Fit.FINISHED
        elif move.step:
            slot = by_tool[move.destination]
            assert wafer.fit is Fit.NEXT_STEP
            assert now_s >= wafer.not_before_s
            assert suits(wafer, slot)
            if slot.wafer != wafer.wafer:
                left_tools.remove(move.destination)  # KeyError: taken, or promised to another
        else:
            left_racks.remove(move.destination)


@given(lines())
def test_first_come_is_first_served(
    line: tuple[list[Waiting], list[Slot], list[str], float],
) -> None:
    queue, tools, racks, now_s = line
    by_name, by_tool = {w.wafer: w for w in queue}, {t.tool: t for t in tools}
    onward = {m.wafer: m for m in next_moves(queue, tools, racks, now_s) if m.step}
    for move in onward.values():
        served, slot = by_name[move.wafer], by_tool[move.destination]
        if slot.wafer == served.wafer:
            continue  # it lies there already
        for other in queue:
            due = other.fit is Fit.NEXT_STEP and now_s >= other.not_before_s
            earlier = (other.since_s, other.order) < (served.since_s, served.order)
            may_enter = other.location != CASSETTE or len(racks) > 2 * len(tools)
            if due and earlier and may_enter and suits(other, slot):
                assert other.wafer in onward


@given(lines())
def test_the_line_is_looked_at_again_when_the_first_shortest_wait_ends(
    line: tuple[list[Waiting], list[Slot], list[str], float],
) -> None:
    queue, _, _, now_s = line
    due_s = next_due(queue, now_s)
    later = [w.not_before_s for w in queue if w.fit is Fit.NEXT_STEP and w.not_before_s > now_s]
    assert (due_s is None) is (not later)
    assert due_s is None or (due_s > now_s and all(due_s <= at_s for at_s in later))
