"""A wafer's way through the reflow oven: its place on the belt, its temperature, the gas it met."""

import math
from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np

from sim_hardware.core.motion import Ramp
from sim_hardware.core.rising import reached
from sim_hardware.physics.reflow_oven import (
    COOLING_C,
    SOAK_C,
    STEP_S,
    Gas,
    M,
    Profile,
    ambient_c,
)

ZONES: Final = 8
LENGTH_M: Final = (ZONES + len(COOLING_C)) * M.zone_m
SAMPLES: Final = 20  # zones are taken as steady for so many steps
SOAK_FROM_C: Final = 140.0  # the vapour works from here to the end of the soak
OXIDISING_C: Final = 100.0
SLACK_S: Final = 1e-6  # so that rounding does not make "just out" into "never"


class Surroundings(Protocol):
    """What is around the wafer, at a time of the clock that is past or now."""

    def zones_at_c(self, when_s: float) -> list[float]:
        """The true temperatures of the heated zones."""
        ...

    def oxygen_at_ppm(self, when_s: float) -> float:
        """Oxygen in the tunnel."""
        ...

    def formic_at_pct(self, when_s: float) -> float:
        """Formic acid in the soak zones, in vol%."""
        ...


class Way:
    """Sampled every STEP_S from the entry; `advance` before anything around it changes."""

    def __init__(self, now_s: float, belt: Ramp, around: Surroundings) -> None:
        self.entered_s, self.left_s = now_s, math.inf
        self._belt, self._around = belt, around
        self._from_m, self._from_s = 0.0, now_s
        self._wafer_c: list[float] = []
        self._oxygen_ppm: list[float] = []
        self._formic_pct: list[float] = []

    @property
    def out(self) -> bool:
        """Whether the wafer lies at the exit."""
        return math.isfinite(self.left_s)

    def place_m(self, when_s: float) -> float:
        """Distance from the entrance, now or since the belt changed last."""
        moved = self._belt.area(when_s) - self._belt.area(self._from_s)
        return LENGTH_M if self.out else min(max(self._from_m + moved / 60.0, 0.0), LENGTH_M)

    def exit_in_s(self, now_s: float) -> float:
        """Seconds until the exit if the belt goes on like this; infinite if never."""
        highest_s = max(self._belt.end_s - now_s, 0.0)
        if self._belt.goal > 0.0:
            highest_s += LENGTH_M / (self._belt.goal / 60.0) + SLACK_S
        covered = self._belt.area

        def along_m(seconds: float) -> float:
            return (covered(now_s + seconds) - covered(now_s)) / 60.0

        left_m = LENGTH_M - self.place_m(now_s)
        return reached(along_m, left_m, highest_s) if along_m(highest_s) >= left_m else math.inf

    def drive(self, belt: Ramp, now_s: float) -> None:
        """The belt changes its speed now."""
        self.advance(now_s)
        self._from_m, self._from_s, self._belt = self.place_m(now_s), now_s, belt

    def leave(self, now_s: float) -> None:
        """The wafer slides out and cools in the room."""
        self.advance(now_s)
        self.left_s = now_s

    def wafer_at_c(self, now_s: float) -> float:
        """Temperature of the wafer now."""
        self.advance(now_s)
        last_c = self._wafer_c[-1]
        if not self.out:
            return last_c
        return M.entry_c + (last_c - M.entry_c) * math.exp(-(now_s - self.left_s) / M.lag_s)

    def profile(self) -> Profile:
        """What a logger on the carrier has recorded so far."""
        return Profile(np.arange(0.0, len(self._wafer_c)) * STEP_S, np.array(self._wafer_c))

    def gas(self, hours_since_etch: float) -> Gas:
        """The gas that had the same effect: vapour while soaking, oxygen while hot."""
        roots = [
            math.sqrt(ppm)
            for ppm, celsius in zip(self._oxygen_ppm, self._wafer_c, strict=True)
            if celsius > OXIDISING_C
        ]
        soak = list(self._vapour_while_soaking())
        return Gas(_mean(soak), _mean(roots) ** 2, hours_since_etch)

    def advance(self, now_s: float) -> None:
        """Sample up to now."""
        if self.out:
            return
        count = int((now_s - self.entered_s) / STEP_S) + 1
        for first in range(len(self._wafer_c), count, SAMPLES):
            steps = range(first, min(first + SAMPLES, count))
            self._sample([self.entered_s + STEP_S * step for step in steps])

    def _sample(self, times_s: list[float]) -> None:
        zones_c = self._around.zones_at_c(times_s[len(times_s) // 2])
        places_m = np.array([self.place_m(when_s) for when_s in times_s])
        wafer_c = self._wafer_c[-1] if self._wafer_c else M.entry_c
        for when_s, around_c in zip(times_s, ambient_c(zones_c, places_m).tolist(), strict=True):
            wafer_c += (around_c - wafer_c) * STEP_S / M.lag_s
            self._wafer_c.append(wafer_c)
            self._oxygen_ppm.append(self._around.oxygen_at_ppm(when_s))
            self._formic_pct.append(self._around.formic_at_pct(when_s))

    def _vapour_while_soaking(self) -> Iterator[float]:
        for pct, celsius in zip(self._formic_pct, self._wafer_c, strict=True):
            if celsius >= SOAK_C[1]:
                return
            if celsius > SOAK_FROM_C:
                yield pct


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
