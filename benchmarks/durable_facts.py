"""How fast facts become durable: our journal against aiosqlite, and against the bare disk.

Ours is `Journal.append` of a ToolMoved as the daemon uses it: checked and turned into JSON by
pydantic, hash-chained, stored by SQLAlchemy in SQLite with synchronous=FULL, then taken into the
state of the line. aiosqlite only inserts the same text, ready-made, into the same table with the
same durability. The bare disk appends 256 bytes to a file and calls fdatasync, from the thread
that measures: a single producer of ours pays on top for SQLite and for two hand-overs between
threads per fact, the price of an event loop that never waits for the disk.
"""

import asyncio
import os
from pathlib import Path

from benchmarks import children
from benchmarks.measure import CLOCK, Result, in_turns, scratch
from linecontrol.journal.facts import ToolMoved
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import open_store
from linecontrol.machines.packml import ToolEvent, ToolState

PRODUCERS = 9
FACT = ToolMoved(tool="sputter", event=ToolEvent.STATE_COMPLETED, state=ToolState.IDLE)
BLOCK = bytes(256)
GOAL_AIOSQLITE, GOAL_DISK = 6.0, 0.6


def measure(*, quick: bool) -> list[Result]:
    """Nine producers against aiosqlite, one against the disk; facts a second."""
    rounds, each = (3, 100) if quick else (9, 200)
    with scratch() as folder, children.peer("aiosqlite_facts", str(folder / "peer.sqlite")) as peer:
        return asyncio.run(_compare(folder, peer, rounds, each))


async def _compare(folder: Path, peer: children.Child, rounds: int, each: int) -> list[Result]:
    journal = Journal(open_store(folder / "ours"), CLOCK)
    results = [
        await _nine(journal, peer, rounds, each),
        await _one(journal, folder / "appended", rounds, 3 * each),
    ]
    await journal.close()
    return results


async def _nine(journal: Journal, peer: children.Child, rounds: int, each: int) -> Result:
    body = FACT.model_dump_json()

    async def ours() -> float:
        return await _rate(journal, PRODUCERS, 4 * each)

    def theirs(how: str) -> float:
        said = peer.ask(f"{how} {PRODUCERS} {each} {body}")
        return PRODUCERS * each / children.number(said, "seconds")

    async def own() -> float:
        return theirs("own")

    async def shared() -> float:
        return theirs("shared")

    compared = await in_turns(rounds, ours, own)
    without = await in_turns(3, ours, shared)
    note = (
        f"{compared.first:.0f} against {compared.second:.0f} a second;"
        f" {without.ratio:.1f}x if theirs may share commits ({without.second:.0f} a second)"
    )
    what = f"durable facts, {PRODUCERS} producers / aiosqlite, one commit per fact"
    return Result(what, compared.ratio, GOAL_AIOSQLITE, "x", note)


async def _one(journal: Journal, path: Path, rounds: int, count: int) -> Result:
    async def ours() -> float:
        return await _rate(journal, 1, count)

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def disk() -> float:
        start_s = CLOCK.monotonic()
        for _ in range(count):
            os.write(descriptor, BLOCK)
            os.fdatasync(descriptor)
        return count / (CLOCK.monotonic() - start_s)

    compared = await in_turns(rounds, ours, disk)
    os.close(descriptor)
    note = f"{compared.first:.0f} against {compared.second:.0f} a second"
    what = "durable facts, one producer / append 256 B and fdatasync"
    return Result(what, compared.ratio, GOAL_DISK, "x", note)


async def _rate(journal: Journal, producers: int, each: int) -> float:
    async def produce() -> None:
        for _ in range(each):
            await journal.append(FACT)

    start_s = CLOCK.monotonic()
    await asyncio.gather(*(produce() for _ in range(producers)))
    return producers * each / (CLOCK.monotonic() - start_s)
