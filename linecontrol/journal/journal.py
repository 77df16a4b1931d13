"""The journal: facts go in, are durable when `append` returns, and make the state of the line.

One writer thread with group commit: whatever waits when a commit ends goes into the next one
together. The event loop never waits for the disk.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final, NamedTuple

from pydantic import ValidationError

from drivers.core.clock import Clock
from linecontrol.journal.chain import GENESIS, Record, chained
from linecontrol.journal.facts import FACTS, AnyFact
from linecontrol.journal.fold import LineState
from linecontrol.journal.handover import Handover
from linecontrol.journal.store import Store, StoreUnusable

Listener = Callable[[Record, AnyFact], None]
_LARGEST_GROUP: Final = 1000


class _Request(NamedTuple):
    at: str
    facts: Sequence[tuple[AnyFact, str]]  # each with its JSON
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
        self._back = Handover()
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
        # What cannot be said as JSON is refused here, to the one who said it.
        said = [(fact, fact.model_dump_json()) for fact in facts]
        request = _Request(at, said, loop.create_future())
        self._back.listen(loop)
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
        await asyncio.to_thread(self._writer.join)
        self._back.close()
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
        seq, last = self._seq, self._hash
        records: list[Record] = []
        for at, facts, _ in group:
            for fact, body in facts:
                seq += 1
                last = chained(last, seq, at, body)
                records.append(Record(seq, at, fact.kind, fact.about, body, last))
        try:
            self._store.append(records)
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller must hear of it
            self._back.give(partial(self._refuse, group, error))
            return
        self._seq, self._hash = seq, last
        # One call each: how they were grouped depends on the disk, what follows must not.
        written = iter(records)
        for request in group:
            own = [next(written) for _ in request.facts]
            self._back.give(partial(self._publish, request, own))

    def _publish(self, request: _Request, records: Sequence[Record]) -> None:
        for (fact, _), record in zip(request.facts, records, strict=True):
            self.state.apply(record.at, fact)
            for listener in tuple(self._listeners):
                listener(record, fact)
        if not request.done.done():
            request.done.set_result(None)
        self._over(1)

    def _refuse(self, group: Sequence[_Request], error: Exception) -> None:
        said = f"the journal cannot be written: {error}"
        for request in group:
            if not request.done.done():
                request.done.set_exception(JournalStopped(said))
        self._over(len(group))

    def _over(self, requests: int) -> None:
        self._under_way -= requests
        if not self._under_way:
            self._still.close()
