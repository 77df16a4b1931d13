"""The output of a bipolar supply: steps that follow each other, as a function of time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.rising import reached

ROUNDING = 1e-9  # a value on a limit is inside it


@dataclass(frozen=True, slots=True)
class Step:
    """One level of the output and how long it lasts."""

    level: float
    dwell_s: float = math.inf


@dataclass(frozen=True)
class Course:
    """Steps that are run `times` over, the first `skipped` only once; then the last one stays.

    The course was `begun_s` into its steps when it took effect at `since_s`.
    """

    steps: Sequence[Step]
    since_s: float
    begun_s: float = 0.0
    times: float = 1.0
    skipped: int = 0

    @property
    def end_s(self) -> float:
        """When the last step has had its time; infinite if never."""
        more = self._again_s * (self.times - 1.0) if self.times > 1.0 else 0.0
        return self.since_s - self.begun_s + self._first_s + more

    def at(self, now_s: float) -> float:
        """The level at a time of the clock."""
        if now_s >= self.end_s:
            return self.steps[-1].level
        steps, _, into_s = self._place(now_s - self.since_s + self.begun_s)
        for step in steps:
            if into_s < step.dwell_s:
                return step.level
            into_s -= step.dwell_s
        return self.steps[-1].level

    def covered(self, now_s: float) -> float:
        """Integral of the level since `since_s`."""
        return self._area(now_s - self.since_s + self.begun_s) - self._area(self.begun_s)

    @property
    def _later(self) -> Sequence[Step]:
        return self.steps[self.skipped :] or self.steps

    @cached_property
    def _first_s(self) -> float:
        return math.fsum(step.dwell_s for step in self.steps)

    @cached_property
    def _again_s(self) -> float:
        return math.fsum(step.dwell_s for step in self._later)

    def _place(self, elapsed_s: float) -> tuple[Sequence[Step], float, float]:
        """The steps under way, how often the repeated ones are done, and the time into them."""
        if elapsed_s < self._first_s:
            return self.steps, -1.0, elapsed_s
        passed_s = elapsed_s - self._first_s
        done = float(math.floor(passed_s / self._again_s))
        return self._later, done, passed_s - done * self._again_s

    def _area(self, elapsed_s: float) -> float:
        whole_s = self.end_s - self.since_s + self.begun_s
        beyond_s = max(0.0, elapsed_s - whole_s)
        steps, done, into_s = self._place(min(elapsed_s, whole_s))
        area = beyond_s * self.steps[-1].level if beyond_s else 0.0
        if done >= 0.0:
            area += _whole(self.steps) + done * _whole(self._later)
        for step in steps:
            area += step.level * min(into_s, step.dwell_s)
            into_s -= min(into_s, step.dwell_s)
        return area


def _whole(steps: Sequence[Step]) -> float:
    return math.fsum(step.level * step.dwell_s for step in steps)


class BipolarLoad(Protocol):
    """What is connected to the terminals."""

    def volts_for(self, amps: float) -> float:
        """Voltage that drives `amps` of either sign; rises with `amps`, infinite if open."""
        ...

    def on_output(self, course: Course) -> None:
        """The current, in A, now follows another course."""
        ...


class BipolarStage:
    """A voltage within a limit of current or a current within a limit of voltage, of any sign."""

    def __init__(
        self, clock: LineClock, load: BipolarLoad, rated_volts: float, rated_amps: float
    ) -> None:
        self._clock, self._load = clock, load
        self.rated_volts, self.rated_amps = rated_volts, rated_amps
        self.regulates_amps = self.on = False
        self.volts = self.amps = 0.0
        self._program: Course | None = None
        self._delivered = Course((Step(0.0),), clock.now_s())

    def running(self) -> bool:
        """Whether a program is under way; a finished one leaves its last level behind."""
        if self._program is not None and self._clock.now_s() >= self._program.end_s:
            self._set_main(self._program.steps[-1].level)
            self._program = None
            self.settle()
        return self._program is not None

    def run(self, steps: Sequence[Step], times: float, skipped: int) -> None:
        """Let the main channel follow steps from now on."""
        self._program = Course(tuple(steps), self._clock.now_s(), 0.0, times, skipped)
        self.settle()

    def halt(self) -> None:
        """Back to the level from before the program."""
        if self.running():
            self._program = None
            self.settle()

    def main(self) -> float:
        """The level of the main channel now."""
        if self._program is not None:
            return self._program.at(self._clock.now_s())
        return self.amps if self.regulates_amps else self.volts

    def measured_amps(self) -> float:
        """Current now."""
        return self._delivered.at(self._clock.now_s())

    def measured_volts(self) -> float:
        """Voltage at the terminals now."""
        if not self.on:
            return 0.0
        if self.limited() == self.regulates_amps:
            return math.copysign(abs(self.volts), self.main()) if self.limited() else self.main()
        return self._load.volts_for(self.measured_amps())

    def limited(self) -> bool:
        """Whether the other channel holds the output."""
        amps = self.measured_amps()
        if self.regulates_amps:
            return abs(amps - self.main()) > ROUNDING
        return abs(amps) >= abs(self.amps) - ROUNDING

    def settle(self) -> None:
        """Find the working points again and tell the load when its course changed."""
        now_s = self._clock.now_s()
        program = self._program or Course((Step(self.main()),), now_s)
        steps = tuple(Step(self._amps_at(step.level), step.dwell_s) for step in program.steps)
        if not self.on:
            steps = (Step(0.0),)
        begun_s = now_s - program.since_s
        course = Course(steps, now_s, begun_s, program.times, program.skipped)
        if self._program is not None or steps != self._delivered.steps:
            self._delivered = course
            self._load.on_output(course)

    def swing(self) -> None:
        """What the self-test of the power supply does to whatever is connected."""
        was_on, self.on = self.on, True
        for level in (self.rated_volts, -self.rated_volts):
            amps = self._amps_for(level, self.rated_amps)
            self._load.on_output(Course((Step(amps),), self._clock.now_s()))
        self.on = was_on
        self._load.on_output(self._delivered)

    def _set_main(self, level: float) -> None:
        if self.regulates_amps:
            self.amps = level
        else:
            self.volts = level

    def _amps_at(self, level: float) -> float:
        """Current when the main channel is at `level`."""
        if not self.regulates_amps:
            return self._amps_for(level, abs(self.amps))
        if abs(self._load.volts_for(level)) <= abs(self.volts):
            return level
        held_volts = math.copysign(abs(self.volts), level)
        return self._amps_for(held_volts, abs(level))

    def _amps_for(self, volts: float, most: float) -> float:
        """Current that `volts` drive, of at most `most` in either direction."""
        volts_for: Callable[[float], float] = self._load.volts_for
        if volts >= volts_for(0.0):
            return reached(volts_for, volts, most)
        return -reached(lambda amps: -volts_for(-amps), -volts, most)
