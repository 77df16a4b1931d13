"""The journal keeps what it was told, in order, and notices when someone else writes in it."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.core.clock import RealClock
from linecontrol.journal.chain import faults
from linecontrol.journal.facts import FACTS, AnyFact, LinkChanged, LotCreated, ToolMoved
from linecontrol.journal.journal import Journal, JournalStopped
from linecontrol.journal.schema import FACT
from linecontrol.journal.store import FILE_NAME, StoreUnusable, open_existing, open_store
from linecontrol.machines.packml import ToolEvent, ToolState

PINNED = """
CREATE TABLE fact (
	seq INTEGER NOT NULL,
	at VARCHAR(32) NOT NULL,
	kind VARCHAR(32) NOT NULL,
	tool VARCHAR(64) NOT NULL,
	body TEXT NOT NULL,
	hash VARCHAR(64) NOT NULL,
	PRIMARY KEY (seq)
)
"""


def moved(tool: str, state: ToolState = ToolState.IDLE) -> ToolMoved:
    return ToolMoved(tool=tool, event=ToolEvent.STATE_COMPLETED, state=state)


def lot(name: str) -> LotCreated:
    return LotCreated(
        lot=name,
        flow="f",
        revision=1,
        flow_hash="0",
        flow_text="{}",
        wafers=(f"{name}-01",),
        by="me",
    )


async def written(data: Path, facts: list[AnyFact]) -> None:
    journal = Journal(open_store(data), RealClock())
    for fact in facts:
        await journal.append(fact)
    await journal.close()


async def test_what_was_appended_is_there_after_a_restart(tmp_path: Path) -> None:
    await written(tmp_path, [lot("L1"), moved("sputter")])
    journal = Journal(open_store(tmp_path), RealClock())
    assert journal.state.lots["L1"].wafers == ("L1-01",)
    assert journal.state.tools == {"sputter": ToolState.IDLE}
    await journal.close()


async def test_facts_appended_together_are_neighbours(tmp_path: Path) -> None:
    journal = Journal(open_store(tmp_path), RealClock())
    await asyncio.gather(*(journal.append(moved(f"a{n}"), moved(f"b{n}")) for n in range(20)))
    tools = [record.tool for record in journal.records()]
    assert [a[1:] for a in tools[::2]] == [b[1:] for b in tools[1::2]]
    await journal.close()


async def test_a_listener_hears_only_what_is_durable(tmp_path: Path) -> None:
    journal = Journal(open_store(tmp_path), RealClock())
    heard: list[int] = []
    stop = journal.listen(lambda record, _fact: heard.append(record.seq))
    await journal.append(moved("sputter"), moved("aligner"))
    assert heard == [1, 2]
    stop()
    await journal.append(moved("developer"))
    assert heard == [1, 2]
    await journal.close()


Tamper = Callable[[sqlite3.Connection], object]
TAMPERINGS: dict[str, Tamper] = {
    "changed": lambda db: db.execute(
        "UPDATE fact SET body = replace(body, 't2', 't9') WHERE seq = 3"
    ),
    "removed": lambda db: db.execute("DELETE FROM fact WHERE seq = 3"),
    "reordered": lambda db: db.executescript(
        "UPDATE fact SET seq = 99 WHERE seq = 3; UPDATE fact SET seq = 3 WHERE seq = 4;"
        "UPDATE fact SET seq = 4 WHERE seq = 99"
    ),
    "dated": lambda db: db.execute("UPDATE fact SET at = '2000-01-01' WHERE seq = 3"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
async def test_a_record_that_was_tampered_with_is_found(tmp_path: Path, how: str) -> None:
    await written(tmp_path, [moved(f"t{n}") for n in range(6)])
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        TAMPERINGS[how](db)
    db.close()
    store = open_existing(tmp_path)
    found = faults(store.read())
    assert any("3" in sentence for sentence in found)
    store.close()


async def test_an_untouched_journal_has_no_faults(tmp_path: Path) -> None:
    await written(tmp_path, [moved(f"t{n}") for n in range(50)])
    store = open_existing(tmp_path)
    assert faults(store.read()) == []
    store.close()


async def test_a_store_that_refuses_is_told_to_the_caller(tmp_path: Path) -> None:
    journal = Journal(open_store(tmp_path), RealClock())
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("DROP TABLE fact")
    db.close()
    with pytest.raises(JournalStopped, match="fact"):
        await journal.append(moved("sputter"))
    assert journal.state.tools == {}
    await journal.close()


def test_a_directory_without_a_journal_is_not_turned_into_one(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no journal here"):
        open_existing(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_data_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    with pytest.raises(StoreUnusable, match="data"):
        open_store(tmp_path / "data")


def test_the_schema_is_pinned(tmp_path: Path) -> None:
    """A change here needs a migration in `migrations/versions`."""
    store = open_store(tmp_path)
    store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'fact'").fetchone()
        columns = [row[1] for row in db.execute("PRAGMA table_info(fact)")]
    db.close()
    assert " ".join(sql.split()) == " ".join(PINNED.split())
    assert columns == [column.name for column in FACT.columns]


texts = st.text(min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.tuples(texts, st.booleans()), max_size=20))
def test_a_fact_reads_back_as_itself(links: list[tuple[str, bool]]) -> None:
    for name, up in links:
        fact = LinkChanged(tool="t", instrument=name, up=up)
        assert FACTS.validate_json(fact.model_dump_json()) == fact


async def test_a_caller_that_gives_up_waiting_tears_nothing(tmp_path: Path) -> None:
    journal = Journal(open_store(tmp_path), RealClock())
    waiting = asyncio.ensure_future(journal.append(moved("sputter")))
    await asyncio.sleep(0)
    waiting.cancel()
    await journal.append(moved("aligner"))
    assert waiting.cancelled()
    assert [record.tool for record in journal.records()] == ["sputter", "aligner"]
    assert set(journal.state.tools) == {"sputter", "aligner"}
    await journal.close()
