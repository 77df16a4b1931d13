"""Any history: read back as it was written, found out when changed, cut only between commits."""

import asyncio
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.core.clock import RealClock
from drivers.core.errors import Effect
from linecontrol.journal import facts as f
from linecontrol.journal.chain import GENESIS, Record, chained, faults
from linecontrol.journal.facts import FACTS, AnyFact
from linecontrol.journal.fold import LineState
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import FILE_NAME, open_store
from linecontrol.machines.packml import ToolEvent, ToolState
from linecontrol.machines.process_job import JobEvent, JobState
from linecontrol.machines.substrate import Need, NeedEvent, Place, PlaceEvent

pytestmark = pytest.mark.stateful
TOOLS = ("sputter", "aligner", "developer")
WAFERS = ("L1-01", "L1-02")
JOBS = ("J1", "J2")

Group: TypeAlias = list[AnyFact]
words = st.text(st.characters(codec="utf-8"), max_size=12)
numbers = st.floats(allow_nan=False)
tools, wafers, jobs = (st.sampled_from(names) for names in (TOOLS, WAFERS, JOBS))


def opening() -> list[Group]:
    """What has to be there before anything can be said of it."""
    lot = f.LotCreated(
        lot="L1", flow="part", revision=1, flow_hash="0", flow_text="{}", wafers=WAFERS, by="me"
    )
    created: Group = [
        f.JobCreated(tool="sputter", job=job, lot="L1", wafer=wafer, step="s")
        for job, wafer in zip(JOBS, WAFERS, strict=True)
    ]
    return [[f.LineOpened(line="l", simulated=True, software="0", tools=TOOLS), lot], created]


single_facts: st.SearchStrategy[AnyFact] = st.one_of(
    st.builds(
        f.ToolMoved,
        tool=tools,
        event=st.sampled_from(ToolEvent),
        state=st.sampled_from(ToolState),
    ),
    st.builds(
        f.JobMoved,
        tool=tools,
        job=jobs,
        event=st.sampled_from(JobEvent),
        state=st.sampled_from(JobState),
    ),
    st.builds(
        f.WaferPlaced,
        wafer=wafers,
        event=st.sampled_from(PlaceEvent),
        place=st.sampled_from(Place),
        location=words,
    ),
    st.builds(
        f.WaferChanged,
        wafer=wafers,
        event=st.sampled_from(NeedEvent),
        need=st.sampled_from(Need),
        step=words,
    ),
    st.builds(f.LinkChanged, tool=tools, instrument=words, up=st.booleans()),
    st.builds(
        f.Measured,
        wafer=wafers,
        step=words,
        metric=words,
        value=numbers,
        unit=words,
        gauge=words,
        by=words,
    ),
    st.builds(
        f.WaferHeld,
        tool=tools,
        wafer=wafers,
        job=jobs,
        reason=words,
        evidence=st.lists(words, max_size=2).map(tuple),
    ),
)


@st.composite
def activities(draw: st.DrawFn, number: int) -> list[AnyFact]:
    """One try of a phase, with the outcome it had, or with none."""
    tool, activity = draw(tools), f"{number}"
    begun = f.Intent(
        tool=tool, activity=activity, job=draw(jobs), wafer=draw(wafers),
        phase=draw(words), deadline_s=draw(st.floats(0, 1e6)),
    )  # fmt: skip
    readings = draw(st.dictionaries(words, numbers, max_size=2))
    ends: list[Group] = [
        [],
        [f.Done(tool=tool, activity=activity, readings=readings)],
        [
            f.Failed(
                tool=tool, activity=activity, code="DRV-300", effect=draw(st.sampled_from(Effect)),
                message=draw(words), source=tool,
            )
        ],
    ]  # fmt: skip
    return [begun, *draw(st.sampled_from(ends))]


@st.composite
def histories(draw: st.DrawFn) -> list[Group]:
    """Facts in groups, as they are appended; every group is one call."""
    facts: Group = []
    for number in range(draw(st.integers(0, 4))):
        facts += draw(st.lists(single_facts, max_size=3))
        facts += draw(activities(number))
    groups = opening()
    while facts:
        size = draw(st.integers(1, 3))
        groups.append(facts[:size])
        facts = facts[size:]
    return groups


@dataclass
class Written:
    """What was seen at each moment at which a call had come back."""

    counts: list[int] = field(default_factory=list[int])
    copies: list[Path] = field(default_factory=list[Path])
    state: LineState = field(default_factory=LineState)


async def write(data: Path, groups: Sequence[Group]) -> Written:
    """Append group by group; after each, copy the files as a loss of power would leave them."""
    journal, seen, count = Journal(open_store(data), RealClock()), Written(), 0
    for number, group in enumerate(groups):
        await journal.append(*group)
        count += len(group)
        copy = data.parent / f"copy_{number}"
        copy.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(data / f"{FILE_NAME}{suffix}", copy)
        seen.counts.append(count)
        seen.copies.append(copy)
    seen.state = journal.state
    await journal.close()
    return seen


async def read(data: Path) -> tuple[list[Record], LineState]:
    journal = Journal(open_store(data), RealClock())
    records, state = journal.records(), journal.state
    await journal.close()
    return records, state


def folded(records: Sequence[Record]) -> LineState:
    state = LineState()
    for record in records:
        state.apply(record.at, FACTS.validate_json(record.body))
    return state


@settings(deadline=None, max_examples=20)
@given(histories())
def test_a_journal_opened_again_says_what_it_said_before(groups: list[Group]) -> None:
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        seen = asyncio.run(write(data, groups))
        records, state = asyncio.run(read(data))
    assert [FACTS.validate_json(r.body) for r in records] == [x for group in groups for x in group]
    assert state == seen.state
    assert faults(records) == []


@settings(deadline=None, max_examples=20)
@given(histories(), st.data())
def test_power_lost_between_two_commits_leaves_all_that_had_come_back(
    groups: list[Group], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        seen = asyncio.run(write(Path(folder) / "data", groups))
        moment = data.draw(st.integers(0, len(groups) - 1))
        records, state = asyncio.run(read(seen.copies[moment]))
    said = [fact for group in groups[: moment + 1] for fact in group]
    assert [FACTS.validate_json(r.body) for r in records] == said
    assert faults(records) == []
    assert state == folded(records)


@settings(deadline=None, max_examples=20)
@given(histories(), st.floats(0, 1))
def test_a_commit_cut_short_leaves_whole_groups_and_no_part_of_one(
    groups: list[Group], part: float
) -> None:
    with TemporaryDirectory() as folder:
        seen = asyncio.run(write(Path(folder) / "data", groups))
        copy = seen.copies[-1]
        log = copy / f"{FILE_NAME}-wal"
        with log.open("r+b") as file:
            file.truncate(math.floor(part * log.stat().st_size))
        store = open_store(copy)  # even the table may be missing
        records = list(store.read())
        store.close()
    assert len(records) in {0, *seen.counts}
    assert faults(records) == []
    said = [fact for group in groups for fact in group]
    assert [FACTS.validate_json(r.body) for r in records] == said[: len(records)]


async def test_a_reading_that_is_no_number_does_not_lock_the_journal(tmp_path: Path) -> None:
    intent = f.Intent(tool="sputter", activity="1", job="J1", wafer="w", phase="p", deadline_s=1.0)
    done = f.Done(tool="sputter", activity="1", readings={"a_c": math.nan, "b_c": -math.inf})
    await write(tmp_path / "data", [*opening(), [intent, done]])
    _, state = await read(tmp_path / "data")
    outcome = state.activities["1"].outcome
    assert isinstance(outcome, f.Done)
    assert math.isnan(outcome.readings["a_c"])
    assert outcome.readings["b_c"] == -math.inf


def records_of(bodies: Sequence[AnyFact]) -> list[Record]:
    last, records = GENESIS, list[Record]()
    for seq, fact in enumerate(bodies, start=1):
        at, body = f"2026-01-05T06:00:{seq:02d}+00:00", fact.model_dump_json()
        last = chained(last, seq, at, body)
        records.append(Record(seq, at, fact.kind, fact.about, body, last))
    return records


chains = st.lists(single_facts, min_size=2, max_size=12).map(records_of)
Change: TypeAlias = Callable[[Record, str], Record]
CHANGES: dict[str, Change] = {
    "seq": lambda record, _: record._replace(seq=record.seq + 1),
    "at": lambda record, text: record._replace(at=text),
    "kind": lambda record, text: record._replace(kind=text),
    "tool": lambda record, text: record._replace(tool=text),
    "body": lambda record, text: record._replace(body=text),
    "hash": lambda record, text: record._replace(hash=text),
}


@given(chains)
def test_a_chain_as_it_was_written_has_no_fault(records: list[Record]) -> None:
    assert faults(records) == []


@pytest.mark.parametrize("column", CHANGES)
@given(records=chains, data=st.data())
def test_a_change_of_any_column_of_any_record_is_found(
    column: str, records: list[Record], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(records) - 1))
    changed = CHANGES[column](records[place], data.draw(words))
    found = faults([*records[:place], changed, *records[place + 1 :]])
    assert (found != []) is (changed != records[place])


@given(chains, st.data())
def test_a_record_taken_out_is_found_unless_it_is_the_last(
    records: list[Record], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(records) - 2))
    count = data.draw(st.integers(1, len(records) - 1 - first))
    assert faults([*records[:first], *records[first + count :]]) != []


@given(chains, st.data())
def test_records_in_another_order_are_found_whether_or_not_they_are_numbered_anew(
    records: list[Record], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(records).filter(lambda order: order != records))
    assert faults(shuffled) != []
    assert faults([r._replace(seq=seq) for seq, r in enumerate(shuffled, start=1)]) != []


@given(chains, st.data())
def test_a_record_put_in_twice_is_found(records: list[Record], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(records) - 1))
    assert faults([*records[: place + 1], records[place], *records[place + 1 :]]) != []
