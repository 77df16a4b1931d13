"""aiosqlite as a journal: WAL, synchronous=FULL, several producers on one connection.

Run as `aiosqlite_facts.py FILE`. A line `HOW PRODUCERS EACH BODY` on stdin writes EACH facts per
producer and is answered with the seconds it took. HOW is `own` for one commit per fact, a lock
keeping its insert and its commit together, or `shared` for the same calls without the lock: then
a commit also covers what others have begun, which is safe only while a fact is a single row.
"""

import asyncio
import json
import sys
import time
from contextlib import AbstractAsyncContextManager, nullcontext

import aiosqlite  # type: ignore[import-not-found, unused-ignore]  # pyright: ignore[reportMissingImports] - lives in the peers' environment

TABLE = """
CREATE TABLE fact (
    seq INTEGER NOT NULL PRIMARY KEY, at VARCHAR(32) NOT NULL, kind VARCHAR(32) NOT NULL,
    tool VARCHAR(64) NOT NULL, body TEXT NOT NULL, hash VARCHAR(64) NOT NULL
)
"""
INSERT = "INSERT INTO fact (at, kind, tool, body, hash) VALUES (?, ?, ?, ?, ?)"
AT, KIND, TOOL, HASH = "2026-01-05T06:00:00.000000+00:00", "tool_moved", "sputter", "0" * 64


async def main(file: str) -> None:
    """Answer lines until stdin ends."""
    async with aiosqlite.connect(file) as database:  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - see the import
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", TABLE):
            await database.execute(statement)  # pyright: ignore[reportUnknownMemberType] - see the import
        await database.commit()  # pyright: ignore[reportUnknownMemberType] - see the import

        async def produce(each: int, body: str, turn: AbstractAsyncContextManager[None]) -> None:
            for _ in range(each):
                async with turn:
                    await database.execute(INSERT, (AT, KIND, TOOL, body, HASH))  # pyright: ignore[reportUnknownMemberType] - see the import
                    await database.commit()  # pyright: ignore[reportUnknownMemberType] - see the import

        for line in sys.stdin:
            how, producers, each, body = line.split(maxsplit=3)
            turn = asyncio.Lock() if how == "own" else nullcontext()
            start_s = time.perf_counter()
            work = (produce(int(each), body.strip(), turn) for _ in range(int(producers)))
            await asyncio.gather(*work)
            print(json.dumps({"seconds": time.perf_counter() - start_s}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
