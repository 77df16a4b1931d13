"""An event loop on simulated time, whose callbacks come in the same order in every run."""

import asyncio
import contextvars
import math
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Final, TypeVar, TypeVarTuple

from typing_extensions import override

from sim_hardware.core.simulated_selector import SimulatedSelector

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_MANY_TIMERS: Final = 4096


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop on simulated time."""

    def __init__(self, selector: SimulatedSelector) -> None:
        self.clock = selector.clock
        self._work = selector.work
        self._times: set[float] = set()  # at which a timer was set
        self._own_thread = threading.get_ident()
        super().__init__(selector)
        self.clock.driven_by(self._look)

    @override
    def time(self) -> float:
        """Return the simulated seconds."""
        return self.clock.time_s

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at `when`; of two timers for one instant the one set first comes first.

        The loop's heap promises no order between equals, so no two are equal.
        """
        while when in self._times:
            when = math.nextafter(when, math.inf)
        if len(self._times) > _MANY_TIMERS:
            self._times = {at_s for at_s in self._times if at_s >= self.clock.time_s}
        self._times.add(when)
        return super().call_at(when, callback, *args, context=context)

    @override
    def call_soon_threadsafe(
        self,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call when the loop has nothing else to do, if another thread asks for it."""
        if threading.get_ident() == self._own_thread:
            return super().call_soon_threadsafe(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        self._work.add_result(partial(self._call_unless_cancelled, handle, callback, args, context))
        self._look()
        return handle

    @override
    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """Run in a thread once nothing else is left to do; time stands still until it is over.

        Jobs run one after another, so none may wait for another one.
        """
        answer: asyncio.Future[_T] = self.create_future()

        def begin() -> asyncio.Future[object]:
            job: asyncio.Future[_T] = super(SimulatedLoop, self).run_in_executor(
                executor, func, *args
            )
            job.add_done_callback(partial(_answer, answer))
            answer.add_done_callback(lambda _: job.cancel())
            return job  # type: ignore[return-value] # nobody sets this future through it

        self._work.add_job(begin)
        return answer

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads to end; a `timeout` in simulated seconds would be over at once."""
        with self.clock.busy():
            await super().shutdown_default_executor()

    @override
    def close(self) -> None:
        """Let go of the clock and close."""
        self.clock.driven_by(None)
        super().close()

    def _call_unless_cancelled(
        self,
        handle: asyncio.Handle,
        callback: Callable[[*_Ts], object],
        args: tuple[*_Ts],
        context: contextvars.Context | None,
    ) -> None:
        if not handle.cancelled():
            self.call_soon(callback, *args, context=context)

    def _look(self) -> None:
        super().call_soon_threadsafe(lambda: None)


def _answer(answer: asyncio.Future[_T], job: asyncio.Future[_T]) -> None:
    error = None if job.cancelled() else job.exception()  # asked for even if nobody listens
    if answer.done():
        return
    if job.cancelled():
        answer.cancel()
    elif error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(job.result())
