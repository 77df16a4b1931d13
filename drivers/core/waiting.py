"""Waiting for the world: a settled value, a condition that holds; always with a deadline."""

import math
from collections.abc import Awaitable, Callable

from drivers.core.clock import Clock
from drivers.core.errors import NotReached

WORTH_MENTIONING = 0.1  # coming nearer by this part of the band counts as progress


async def settle(  # noqa: PLR0913 - every number of a wait is said where it is called
    read: Callable[[], Awaitable[float]],
    target: float,
    *,
    within: float,
    dwell_s: float,
    deadline_s: float,
    clock: Clock,
    what: str,
    poll_s: float = 1.0,
    no_progress_s: float | None = None,
) -> float:
    """Wait until every reading for `dwell_s` stayed `within` of `target`; return the last one.

    Raises NotReached `deadline_s` seconds from now, or earlier if for `no_progress_s` the value
    came no nearer. NaN is never within anything.
    """
    start_s = clock.monotonic()
    end_s = start_s + deadline_s
    band = _Band(target, within, start_s)
    while True:
        value = await read()
        now_s = clock.monotonic()
        band.note(value, now_s)
        if band.inside_since_s is not None and now_s >= band.inside_since_s + dwell_s:
            return value
        said = f"{what}: {value:g} did not stay within {within:g} of {target:g}"
        if now_s >= end_s:
            raise NotReached(f"{said} in {deadline_s:g} s")
        if no_progress_s is not None and now_s >= band.nearer_at_s + no_progress_s:
            raise NotReached(f"{said} and came no nearer for {no_progress_s:g} s")
        await clock.sleep_until(min(now_s + poll_s, end_s, band.done_at_s(dwell_s)))


async def until(
    holds: Callable[[], Awaitable[bool]],
    *,
    deadline_s: float,
    clock: Clock,
    what: str,
    poll_s: float = 0.5,
) -> None:
    """Wait until `holds()` is true; raise NotReached `deadline_s` seconds from now."""
    end_s = clock.monotonic() + deadline_s
    while not await holds():
        now_s = clock.monotonic()
        if now_s >= end_s:
            raise NotReached(f"{what}: not so after {deadline_s:g} s")
        await clock.sleep_until(min(now_s + poll_s, end_s))


class _Band:
    """Since when a value has been inside its band, and when it last came nearer."""

    def __init__(self, target: float, within: float, now_s: float) -> None:
        self._target, self._within = target, within
        self._nearest = math.inf
        self.nearer_at_s = now_s
        self.inside_since_s: float | None = None

    def note(self, value: float, now_s: float) -> None:
        """Take one reading."""
        distance = abs(value - self._target)
        if distance <= self._within:
            self.nearer_at_s = now_s
            if self.inside_since_s is None:
                self.inside_since_s = now_s
            return
        self.inside_since_s = None
        if distance < self._nearest - WORTH_MENTIONING * self._within:
            self._nearest, self.nearer_at_s = distance, now_s

    def done_at_s(self, dwell_s: float) -> float:
        """When the dwell would be over if the value stays."""
        return math.inf if self.inside_since_s is None else self.inside_since_s + dwell_s
