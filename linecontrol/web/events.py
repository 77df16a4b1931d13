"""The event stream: every fact as it becomes durable, resumable by its number."""

import asyncio
import json
from collections.abc import AsyncGenerator

from linecontrol.journal.chain import Record
from linecontrol.journal.facts import AnyFact
from linecontrol.journal.journal import Journal

LONGEST_QUEUE = 10_000  # a client this far behind is dropped, never waited for

_Queue = asyncio.Queue[Record | None]  # None: there will be no more


class Streams:
    """The event streams of one daemon."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._open: set[_Queue] = set()

    def end(self) -> None:
        """Let every stream come to its end."""
        for queue in self._open:
            queue.put_nowait(None)

    async def follow(self, after: int) -> AsyncGenerator[str]:
        """Server-sent events: what is stored after number `after`, then what comes."""
        queue = _Queue()

        def note(record: Record, _fact: AnyFact) -> None:
            queue.put_nowait(record if queue.qsize() < LONGEST_QUEUE else None)

        stop = self._journal.listen(note)
        self._open.add(queue)
        try:
            last = after
            yield ": facts of this line, in order\n\n"
            for record in self._journal.records(after):
                last = record.seq
                yield event(record)
            while (came := await queue.get()) is not None:
                if came.seq > last:
                    last = came.seq
                    yield event(came)
        finally:
            self._open.discard(queue)
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
