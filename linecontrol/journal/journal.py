"""The journal: facts go in, are durable when `append` returns, and make the state of the line.

One writer thread with group commit: whatever waits when a commit ends goes into the next one
together. The event loop never waits for the disk.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final, NamedTuple

from pydantic import ValidationError

from drivers.core.clock import Clock
from linecontrol.journal.chain import GENESIS, Record, chained
from linecontrol.journal.facts import FACTS, AnyFact
from linecontrol.journal.fold import LineState
from linecontrol.journal.store import Store, StoreUnusable

Listener = Callable[[Record, AnyFact], None]
_LARGEST_GROUP: Final = 1000


class _Request(NamedTuple):
    at: str
    facts: tuple[AnyFact, ...]
    done: "asyncio.Future[None]"


class JournalStopped(Exception):
    """The journal can no longer write; nothing physical may be begun."""


class Journal:
    """Append-only facts of one line, with the fold over them in `state`.

    StoreUnusable if what is stored cannot be told as a history.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self.state = LineState()
        self._store, self._clock = store, clock
        self._listeners: list[Listener] = []
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._seq, self._hash = 0, GENESIS
        self._under_way = 0  # requests that are not yet published or refused
        self._still = ExitStack()  # holds time meanwhile
        for record in store.read():
            self._seq, self._hash = record.seq, record.hash
            self._remember(record)
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    def _remember(self, record: Record) -> None:
        try:
            self.state.apply(record.at, FACTS.validate_json(record.body))
        except (ValidationError, KeyError) as error:
            raise StoreUnusable(
                f"{self._store.path}: record {record.seq} ({record.kind}, {record.at}): found "
                "what does not follow from the records before it; allowed: what this software "
                "wrote, see `linecontrol journal verify`"
            ) from error

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every fact after it is durable; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def append(self, *facts: AnyFact) -> None:
        """Write the facts together; return when they are on the disk and in `state`."""
        loop = asyncio.get_running_loop()
        at = self._clock.now().isoformat(timespec="microseconds")
        request = _Request(at, facts, loop.create_future())
        if not self._under_way:
            self._still.enter_context(self._clock.busy())
        self._under_way += 1
        self._requests.put(request)
        # A caller that is cancelled only stops listening: the facts are written and published.
        await request.done

    def records(self, after: int = 0) -> list[Record]:
        """Return what is stored after record `after`."""
        return list(self._store.read(after))

    async def close(self) -> None:
        """Write what waits, then let go of the file."""
        self._requests.put(None)
        with self._clock.busy():
            await asyncio.to_thread(self._writer.join)
        self._store.close()

    def _write(self) -> None:
        """Run in the writer thread: take what waits, commit it, tell the callers."""
        while True:
            first = self._requests.get()
            if first is None:
                return
            group, ended = [first], False
            while len(group) < _LARGEST_GROUP and not self._requests.empty():
                request = self._requests.get()
                if request is None:
                    ended = True
                    break
                group.append(request)
            self._commit(group)
            if ended:
                return

    def _commit(self, group: Sequence[_Request]) -> None:
        before = self._seq, self._hash
        written = [self._chain(request) for request in group]
        loop = group[0].done.get_loop()
        try:
            self._store.append([record for records in written for record in records])
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller must hear of it
            self._seq, self._hash = before
            loop.call_soon_threadsafe(self._refuse, group, error)
            return
        loop.call_soon_threadsafe(self._publish, group, written)

    def _chain(self, request: _Request) -> list[Record]:
        records: list[Record] = []
        for fact in request.facts:
            self._seq += 1
            body = fact.model_dump_json()
            self._hash = chained(self._hash, self._seq, request.at, body)
            records.append(Record(self._seq, request.at, fact.kind, fact.about, body, self._hash))
        return records

    def _publish(self, group: Sequence[_Request], written: Sequence[Sequence[Record]]) -> None:
        for request, records in zip(group, written, strict=True):
            for record, fact in zip(records, request.facts, strict=True):
                self.state.apply(record.at, fact)
                for listener in tuple(self._listeners):
                    listener(record, fact)
            if not request.done.done():
                request.done.set_result(None)
        self._over(group)

    def _refuse(self, group: Sequence[_Request], error: Exception) -> None:
        said = f"the journal cannot be written: {error}"
        for request in group:
            if not request.done.done():
                request.done.set_exception(JournalStopped(said))
        self._over(group)

    def _over(self, group: Sequence[_Request]) -> None:
        self._under_way -= len(group)
        if not self._under_way:
            self._still.close()
