"""Simulated time that several processes share."""

import math
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from typing_extensions import override

from sim_hardware.core.lockstep_page import LockstepPage
from sim_hardware.core.simulated_clock import SimulatedClock
from sim_hardware.core.simulated_loop import SimulatedLoop
from sim_hardware.core.simulated_selector import LOOK_AGAIN_S, Events, SimulatedSelector

_ALIVE_S: Final = 1.0  # real seconds between two looks whether the others live


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
        if self.page.joined:
            with super().busy():
                yield
            return
        self.page.hold()
        try:
            yield
        finally:
            self.page.leave()


class LockstepSelector(SimulatedSelector):
    """Runs while it has the turn, and passes it on when nothing is left to do."""

    def __init__(self, clock: LockstepClock) -> None:
        super().__init__(clock)
        self._page = clock.page
        self._sent_to_us = False  # whether others ran since we last had nothing to do
        self._page.join(self.fileno())
        clock.time_s = self._page.time_s

    @override
    def select(self, timeout: float | None = None) -> Events:
        """Return what is ready; rest until something is or the shared time is `timeout` later."""
        if timeout is not None and timeout <= 0:
            return []  # there are callbacks to run: the wires come after them
        deadline_s = math.inf if timeout is None else self.clock.time_s + timeout
        self._sent_to_us = self._page.others == 0
        while (events := self.from_threads()) is None:
            self._page.report(deadline_s, self.clock.under_way, self.work)
            events = self.ready(self._expected())
            if events is None:
                self._deliver()
            elif events or self.clock.time_s >= deadline_s:
                self.watch.clear()
                break
            elif not self._others_go_on() and self._goes_on():
                return []
        return events

    def _others_go_on(self) -> bool:
        """Pass the turn to somebody with something to do, and rest; False if there is nobody."""
        if self._page.pass_on():
            self._rest()
            self._sent_to_us = True
            return True
        return False

    def _goes_on(self) -> bool:
        """Nobody has anything to do now: see to threads, or move time. True if the loop has."""
        if self._page.under_way() > 0:
            self._deliver()
        elif self.work.attend():
            return True
        elif self._page.pass_to_waiting():
            self._rest()
        elif self._page.held():
            self._page.wait_for_anybody(LOOK_AGAIN_S)
        else:
            self._move()
        return False

    def _rest(self) -> None:
        self._page.wait_for_turn()
        self.clock.time_s = self._page.time_s

    def _expected(self) -> int:
        """Bytes on their way here; unknown when somebody else may be meant by them."""
        return self._page.under_way() if self._sent_to_us and self._page.others <= 1 else 0

    def _deliver(self) -> None:
        if self.watch.lost(self._page.under_way()):
            self._page.write_off()
            self.watch.clear()
        self.pause()

    def _move(self) -> None:
        if self._page.move():
            self.clock.time_s = self._page.time_s
        else:
            self._page.wait_for_anybody(_ALIVE_S)


class LockstepLoop(SimulatedLoop):
    """An event loop on shared time; the process takes part from here until `close`."""

    def __init__(self, clock: LockstepClock) -> None:
        self._page = clock.page
        super().__init__(LockstepSelector(clock))

    @override
    def close(self) -> None:
        """Leave the shared time and close."""
        super().close()
        if self._page.joined:
            self._page.leave()
