"""What moves next: a wafer is lifted only for a place that is free, and nobody is passed over."""

from hypothesis import given
from hypothesis import strategies as st

from linecontrol.engine.scheduler import Fit, Move, Slot, Waiting, next_due, next_moves

KINDS = ("sputter", "aligner", "developer")
NOTHING: frozenset[tuple[str, str]] = frozenset()


def wafer(
    name: str, location: str, kind: str = "sputter", *, since_s: float = 0.0, order: int = 0,
    fit: Fit = Fit.NEXT_STEP, not_before_s: float = 0.0, needs: tuple[tuple[str, str], ...] = (),
) -> Waiting:  # fmt: skip
    return Waiting(name, location, since_s, order, fit, "step", kind, needs, not_before_s)


def slot(tool: str, kind: str, *, free: bool = True, holds: str = "", offers: str = "") -> Slot:
    pairs = frozenset({("bath", offers)}) if offers else NOTHING
    return Slot(tool, kind, pairs, free=free, wafer=holds)


def test_the_wafer_that_waited_longest_goes_first() -> None:
    queue = [wafer("b", "rack.01", since_s=5.0), wafer("a", "rack.02", since_s=1.0)]
    (move,) = next_moves(queue, [slot("sputter", "sputter")], [], 10.0)
    assert (move.wafer, move.destination) == ("a", "sputter")


def test_a_wafer_whose_tool_is_taken_clears_its_own_into_a_rack() -> None:
    queue = [wafer("a", "developer", "aligner")]
    tools = [slot("aligner", "aligner", free=False), slot("developer", "developer", free=False)]
    (move,) = next_moves(queue, tools, ["rack.01"], 0.0)
    assert (move.destination, move.step) == ("rack.01", "")


def test_a_wafer_in_the_cassette_waits_there() -> None:
    queue = [wafer("a", "cassette")]
    assert next_moves(queue, [slot("sputter", "sputter", free=False)], ["rack.01"], 0.0) == []


def test_a_wafer_waits_out_its_shortest_queue_time() -> None:
    queue = [wafer("a", "rack.01", not_before_s=100.0)]
    tools = [slot("sputter", "sputter")]
    assert next_moves(queue, tools, [], 99.0) == []
    assert next_due(queue, 99.0) == 100.0
    assert len(next_moves(queue, tools, [], 100.0)) == 1


def test_a_step_goes_only_to_a_tool_that_offers_what_it_needs() -> None:
    queue = [wafer("a", "rack.01", "plating_cell", needs=(("bath", "ni"),))]
    tools = [slot("p1", "plating_cell", offers="cu"), slot("p2", "plating_cell", offers="ni")]
    (move,) = next_moves(queue, tools, [], 0.0)
    assert move.destination == "p2"


def test_a_wafer_whose_next_step_is_on_the_same_tool_stays_in_it() -> None:
    queue = [wafer("a", "aligner", "aligner")]
    tools = [slot("aligner", "aligner", free=False, holds="a"), slot("second", "aligner")]
    (move,) = next_moves(queue, tools, ["rack.01"], 0.0)
    assert move.destination == move.source == "aligner"


def test_a_finished_wafer_goes_home_and_a_discarded_one_clears_its_tool() -> None:
    queue = [wafer("a", "aligner", fit=Fit.FINISHED), wafer("b", "developer", fit=Fit.DISCARDED)]
    tools = [slot("aligner", "aligner", free=False), slot("developer", "developer", free=False)]
    moves = next_moves(queue, tools, ["rack.01"], 0.0)
    assert {(m.wafer, m.destination) for m in moves} == {("a", "cassette"), ("b", "rack.01")}


places = st.sampled_from(["cassette", "rack.01", "rack.02", *KINDS])
wafers = st.builds(
    wafer,
    name=st.uuids().map(str),
    location=places,
    kind=st.sampled_from(KINDS),
    since_s=st.floats(0, 1000),
    order=st.integers(0, 25),
    fit=st.sampled_from(list(Fit)),
    not_before_s=st.floats(0, 1000),
)


@given(
    st.lists(
        wafers, max_size=6, unique_by=lambda w: w.location if w.location != "cassette" else w.wafer
    ),
    st.sets(st.sampled_from(KINDS)),
    st.floats(0, 1000),
)
def test_no_place_is_promised_twice_and_no_wafer_moved_twice(
    queue: list[Waiting], free: set[str], now_s: float
) -> None:
    taken = {w.location for w in queue}
    tools = [slot(kind, kind, free=kind in free - taken) for kind in KINDS]
    racks = [rack for rack in ("rack.01", "rack.02") if rack not in taken]
    moves = next_moves(queue, tools, racks, now_s)
    destinations = [m.destination for m in moves if m.destination != "cassette"]
    assert len(destinations) == len(set(destinations))
    assert len({m.wafer for m in moves}) == len(moves)
    assert all(is_possible(m, tools, racks) for m in moves)


def is_possible(move: Move, tools: list[Slot], racks: list[str]) -> bool:
    free = {tool.tool for tool in tools if tool.free}
    return move.destination in free | set(racks) | {"cassette", move.source}
