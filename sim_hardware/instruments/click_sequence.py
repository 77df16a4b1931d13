"""The sequence that a tool controller owns: steps that run by time, can be held and end."""

import asyncio
import math
from collections.abc import Callable, Sequence

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.click_program import Step


class StepRunner:
    """Runs one step at a time; `ended` hears when a running step is over, and decides what next."""

    def __init__(self, clock: LineClock, steps: Sequence[Step], ended: Callable[[], None]) -> None:
        self._clock, self._steps, self._ended = clock, steps, ended
        self._next = 0
        self._step: Step | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._since_s: float | None = None  # None while frozen
        self._ran_s = 0.0
        self.length_s = 0.0

    @property
    def step(self) -> Step | None:
        """The step that runs or is frozen."""
        return self._step

    @property
    def frozen(self) -> bool:
        """Whether a step waits to go on."""
        return self._step is not None and self._since_s is None

    @property
    def running(self) -> bool:
        """Whether a step's time passes."""
        return self._since_s is not None

    @property
    def more(self) -> bool:
        """Whether a further step can begin."""
        return self._next < len(self._steps)

    def elapsed_s(self) -> float:
        """Seconds that the present step has run."""
        since_s = self._since_s
        return self._ran_s + (0.0 if since_s is None else self._clock.now_s() - since_s)

    def rewind(self) -> None:
        """The next step is the first."""
        self._next = 0

    def begin_next(self) -> None:
        """Begin the next step; there must be one."""
        self._step, self._next = self._steps[self._next], self._next + 1
        self._ran_s, self.length_s = 0.0, self._step.length_s()
        self._run(self._step)

    def resume(self) -> None:
        """Let a frozen step go on for what it has left."""
        if self.frozen and self._step is not None:
            self._run(self._step)

    def freeze(self) -> None:
        """Stop the running step where it is."""
        if self._step is not None and self.running:
            self._pause()
            self._tell_end(self._step, finished=False)

    def end(self) -> None:
        """End the present step as if its time were over."""
        step, was_running = self._step, self.running
        if step is None:
            return
        self._forget()
        if was_running:
            self._tell_end(step, finished=True)
            self._ended()

    def give_up(self) -> None:
        """End the sequence without finishing it."""
        step, was_running = self._step, self.running
        self._forget()
        self._next = len(self._steps)
        if step is not None and was_running:
            self._tell_end(step, finished=False)

    def _run(self, step: Step) -> None:
        left_s = max(self.length_s - self._ran_s, 0.0)
        self._since_s = self._clock.now_s()
        if math.isfinite(left_s):
            self._timer = self._clock.after(left_s, self.end)
        if step.begin is not None:
            step.begin(left_s)

    def _pause(self) -> None:
        self._ran_s, self._since_s = self.elapsed_s(), None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _forget(self) -> None:
        self._pause()
        self._step, self._ran_s, self.length_s = None, 0.0, 0.0

    @staticmethod
    def _tell_end(step: Step, *, finished: bool) -> None:
        if step.end is not None:
            step.end(finished)
