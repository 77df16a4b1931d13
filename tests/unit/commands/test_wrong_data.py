"""Wrong data directories and touched journals: named, and left as they were."""

import asyncio
import fcntl
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.core.clock import RealClock
from linecontrol.journal.facts import AnyFact, LineOpened, LotMoved
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import FILE_NAME, StoreUnusable, open_store
from linecontrol.machines.control_job import LotEvent, LotState
from tests.rigs.wrong_words import one_line, rows, run, start


def kept(data: Path, *facts: AnyFact) -> None:
    """A journal of these facts."""

    async def main() -> None:
        journal = Journal(open_store(data), RealClock())
        await journal.append(*facts)
        await journal.close()

    asyncio.run(main())


def opened(line: str = "pilot_sim", *, simulated: bool = True) -> LineOpened:
    return LineOpened(line=line, simulated=simulated, software="0.1.0", tools=("sputter",))


@pytest.mark.parametrize(
    ("line", "simulated", "said"),
    [
        ("pilot_sim", False, "found the journal of real line pilot_sim"),
        ("production_sim", True, "found the journal of simulated line production_sim"),
    ],
)
def test_a_journal_is_only_continued_on_its_own_line(
    tmp_path: Path, line: str, simulated: bool, said: str
) -> None:
    kept(tmp_path / "data", opened(line, simulated=simulated))
    before = (tmp_path / "data" / FILE_NAME).read_bytes()
    found = one_line(start(tmp_path, rows()))
    assert said in found
    assert "allowed: that of simulated line pilot_sim" in found
    assert (tmp_path / "data" / FILE_NAME).read_bytes() == before


def test_a_data_directory_in_use_is_left_alone_before_a_wire_is_touched(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        line = one_line(start(tmp_path, rows()))
    assert f"--data {data}: another daemon has this journal" in line


def a_file(data: Path) -> None:
    data.write_text("no directory")


def torn(data: Path) -> None:
    data.mkdir()
    (data / FILE_NAME).write_bytes(b"not a database at all" * 100)


def of_something_else(data: Path) -> None:
    data.mkdir()
    with sqlite3.connect(data / FILE_NAME) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()


def without_a_lock_to_take(data: Path) -> None:
    (data / "lock").mkdir(parents=True)


def a_link_to_itself(data: Path) -> None:
    data.symlink_to(data)


@pytest.mark.parametrize(
    "made", [a_file, torn, of_something_else, without_a_lock_to_take, a_link_to_itself]
)
def test_a_data_directory_that_cannot_be_used_is_named_and_left_as_it_was(
    tmp_path: Path, made: Callable[[Path], None]
) -> None:
    data = tmp_path / "data"
    made(data)
    file = data / FILE_NAME
    before = file.read_bytes() if made in {torn, of_something_else} else b""
    line = one_line(start(tmp_path, rows()))
    assert line.startswith(f"--data {data}")
    assert "allowed: " in line
    if before:
        assert file.read_bytes() == before
        assert "allowed: a journal" in one_line(run("journal", "verify", "--data", data))
        assert sorted(path.name for path in data.iterdir()) == [FILE_NAME, "lock"]


CHANGES = {
    "a changed text": "UPDATE fact SET body = replace(body, 'pilot', 'other') WHERE seq = 3",
    "a changed time": "UPDATE fact SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 3",
    "a changed heading": "UPDATE fact SET kind = 'done' WHERE seq = 3",
    "a changed tool": "UPDATE fact SET tool = 'aligner' WHERE seq = 3",
    "a removed record": "DELETE FROM fact WHERE seq = 3",
    "two removed records": "DELETE FROM fact WHERE seq IN (3, 4)",
    "records in another order": "UPDATE fact SET seq = CASE seq WHEN 3 THEN 103 ELSE 104 END "
    "WHERE seq IN (3, 4)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_journal_that_somebody_touched_is_told_record_by_record(
    tmp_path: Path, change: str
) -> None:
    data = tmp_path / "data"
    kept(data, *(opened() for _ in range(6)))
    with sqlite3.connect(data / FILE_NAME) as db:
        db.execute(CHANGES[change])
        if "order" in change:
            db.execute("UPDATE fact SET seq = 4 WHERE seq = 103")
            db.execute("UPDATE fact SET seq = 3 WHERE seq = 104")
    db.close()
    before = (data / FILE_NAME).read_bytes()
    result = run("journal", "verify", "--data", data)
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert all(line.startswith(f"{data / FILE_NAME}: record") for line in lines)
    assert "record 3" in lines[0] or "records 3 to 4" in lines[0]
    assert len(lines) == (3 if "order" in change else 1)
    assert (data / FILE_NAME).read_bytes() == before
    assert [path.name for path in data.iterdir()] == [FILE_NAME]


def test_looking_at_a_journal_leaves_no_trace(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    store.close()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    assert run("journal", "verify", "--data", tmp_path / "copy").exit_code == 0
    assert [path.name for path in (tmp_path / "copy").iterdir()] == [FILE_NAME]


def test_a_history_with_a_hole_is_not_continued(tmp_path: Path) -> None:
    data = tmp_path / "data"
    kept(data, *(opened() for _ in range(6)))
    with sqlite3.connect(data / FILE_NAME) as db:
        body = LotMoved(lot="L9", event=LotEvent.PAUSED, state=LotState.PAUSED).model_dump_json()
        db.execute("UPDATE fact SET kind = 'lot_moved', body = ? WHERE seq = 3", (body,))
    db.close()
    store = open_store(data)
    with pytest.raises(StoreUnusable, match=r"record 3 \(lot_moved, .*journal verify"):
        Journal(store, RealClock())
    store.close()


def test_a_demonstration_never_removes_the_data_of_a_line(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    store.close()
    line = one_line(run("demo", "--out", tmp_path))
    assert "which no demonstration left there" in line
    assert (tmp_path / "data" / FILE_NAME).is_file()
