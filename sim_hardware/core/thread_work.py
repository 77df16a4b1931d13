"""What threads do for a simulated loop, put in an order that is the same in every run.

Which thread ends first is chance. So a result waits until the loop has nothing else to do, results
are handed over one at a time, and jobs are begun one at a time, in the order in which the loop
asked for them.
"""

import asyncio
from collections import deque
from collections.abc import Callable


class ThreadWork:
    """Results of threads that wait for the loop, and jobs that wait for a thread."""

    def __init__(self) -> None:
        self._results: deque[Callable[[], object]] = deque()
        self._jobs: deque[Callable[[], asyncio.Future[object]]] = deque()
        self._running: asyncio.Future[object] | None = None

    @property
    def outstanding(self) -> bool:
        """Whether a job runs or waits, or a result waits."""
        return bool(self._results or self._jobs) or self._running is not None

    @property
    def waiting(self) -> bool:
        """Whether `attend` would do something."""
        return bool(self._results or (self._jobs and self._running is None))

    def add_result(self, call: Callable[[], object]) -> None:
        """Keep what a thread wants the loop to call; from any thread."""
        self._results.append(call)

    def add_job(self, begin: Callable[[], asyncio.Future[object]]) -> None:
        """Keep a job; `begin` gives it to its thread."""
        self._jobs.append(begin)

    def hand_over(self) -> bool:
        """Let the loop call the oldest result; False if there is none."""
        if not self._results:
            return False
        self._results.popleft()()
        return True

    def attend(self) -> bool:
        """Hand over a result or begin the next job; True if the loop has something to do now."""
        if self.hand_over():
            return True
        if self._running is None and self._jobs:
            self._running = self._jobs.popleft()()
            self._running.add_done_callback(self._over)
            return self._running.done()
        return False

    def _over(self, _: object) -> None:
        self._running = None
