"""An event loop on simulated time that several processes share."""

import math
import selectors
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from typing_extensions import override

from sim_hardware.core.lockstep_page import LockstepPage, Verdict
from sim_hardware.core.virtual_loop import (
    LOOK_AGAIN_S,
    Events,
    SimulatedClock,
    SimulatedLoop,
    SimulatedSelector,
    Watch,
)

_WAITS_S: Final[Mapping[Verdict, float | None]] = {  # real seconds before looking again
    Verdict.WAIT: 0.25,
    Verdict.DELIVER: LOOK_AGAIN_S,
    Verdict.SLEEP: None,
}


class LockstepClock(SimulatedClock):
    """The shared time as one process sees it; without a loop, `busy` alone holds it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.page = LockstepPage(path)
        self.time_s = self.page.time_s

    @override
    @contextmanager
    def busy(self) -> Generator[None]:
        """Hold the time of all processes while work goes on that no event loop can see."""
        alone = not self.page.joined
        if alone:
            self.page.join()
        try:
            with super().busy():
                yield
        finally:
            if alone:
                self.page.leave()


class _LockstepSelector(SimulatedSelector):
    def __init__(self, clock: LockstepClock) -> None:
        super().__init__(clock)
        self._page = clock.page
        self._watch = Watch()
        self._found: Events = []
        self._rung = False
        self._page.join(self.fileno())
        self.register(self._page.bell, selectors.EVENT_READ)

    @override
    def select(self, timeout: float | None = None) -> Events:
        """Return what is ready; rest until something is or the shared time is `timeout` later."""
        events = self.ready()
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.clock.held:
            return self.ready(LOOK_AGAIN_S)
        self._page.rest(
            math.inf if timeout is None else self.clock.time_s + timeout, self.clock.under_way
        )
        events = self._rest()
        self.clock.time_s = self._page.time_s
        return events

    @override
    def ready(self, wait_s: float | None = 0.0) -> Events:
        """Return what is ready, the bell aside."""
        self._rung = False
        events = super().ready(wait_s)
        for index, (key, _) in enumerate(events):
            if key.fd == self._page.bell:
                self._page.listen()
                self._rung = True
                del events[index]
                break
        return events

    def _rest(self) -> Events:
        """Return once time has moved for this process, with nothing, or with what is ready."""
        while True:
            self._found = []
            verdict = self._page.consider(self._anything_to_do)
            if verdict is Verdict.RUN:
                self._watch.clear()
                return self._found
            events = self.ready(_WAITS_S[verdict])
            if events:
                self._page.run()
                self._watch.clear()
                return events
            if verdict is Verdict.DELIVER and self._watch.lost(self._page.under_way()):
                self._page.write_off()
            if verdict is Verdict.WAIT and not self._rung:
                self._page.bury()

    def _anything_to_do(self) -> bool:
        self._found = self.ready()
        return bool(self._found) or self.clock.held


class LockstepLoop(SimulatedLoop):
    """An event loop on shared time; the process takes part from here until `close`."""

    def __init__(self, clock: LockstepClock) -> None:
        self._page = clock.page
        super().__init__(_LockstepSelector(clock))
        clock.time_s = self._page.time_s

    @override
    def close(self) -> None:
        """Leave the shared time and close."""
        super().close()
        if self._page.joined:
            self._page.leave()
