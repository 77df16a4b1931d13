"""Time of one process that jumps to the next timer as soon as nothing is left to do before it."""

import selectors

from typing_extensions import override

from sim_hardware.core.simulated_selector import LOOK_AGAIN_S, Events, SimulatedSelector


class VirtualSelector(SimulatedSelector):
    """Moves time when this process has nothing left to do."""

    @override
    def select(self, timeout: float | None = None) -> Events:
        """Return what is ready; if nothing is and nothing is awaited, move time by `timeout`."""
        if timeout is not None and timeout <= 0:
            return []  # there are callbacks to run: the wires come after them
        while True:
            if (events := self.from_threads()) is not None:
                return events
            events = self.ready(self.clock.under_way)
            if events:
                self.watch.clear()
                return events
            if events is None or self.clock.under_way > 0:
                self._deliver()
            elif self.work.attend():
                return []
            elif self.work.outstanding:
                selectors.EpollSelector.select(self, LOOK_AGAIN_S)
            else:
                return self._move(timeout)

    def _deliver(self) -> None:
        if self.watch.lost(self.clock.under_way):
            arrived = self.arrived(selectors.EpollSelector.select(self, 0))
            self.clock.under_way = min(self.clock.under_way, arrived)
            self.watch.clear()
        self.pause()

    def _move(self, timeout: float | None) -> Events:
        self.clock.under_way = 0  # below zero when somebody sends who does not count
        if timeout is None:
            selectors.EpollSelector.select(self, None)
        else:
            self.clock.time_s += timeout
        return []
