"""The event stream: every fact as it becomes durable, resumable by its number."""

import asyncio
import json
from collections.abc import AsyncGenerator

from linecontrol.journal.chain import Record
from linecontrol.journal.facts import AnyFact
from linecontrol.journal.journal import Journal

LONGEST_QUEUE = 10_000  # a client this far behind is dropped, never waited for


async def stream(journal: Journal, after: int) -> AsyncGenerator[str]:
    """Server-sent events: what is stored after number `after`, then what comes."""
    queue: asyncio.Queue[Record | None] = asyncio.Queue()

    def note(record: Record, _fact: AnyFact) -> None:
        if queue.qsize() < LONGEST_QUEUE:
            queue.put_nowait(record)
        else:
            queue.put_nowait(None)

    stop = journal.listen(note)
    try:
        last = after
        yield ": facts of this line, in order\n\n"
        for record in journal.records(after):
            last = record.seq
            yield event(record)
        while (came := await queue.get()) is not None:
            if came.seq > last:
                last = came.seq
                yield event(came)
    finally:
        stop()


def event(record: Record) -> str:
    """One record as a server-sent event."""
    data = {
        "seq": record.seq,
        "at": record.at,
        "kind": record.kind,
        "fact": json.loads(record.body),
    }
    return f"id: {record.seq}\nevent: {record.kind}\ndata: {json.dumps(data)}\n\n"
