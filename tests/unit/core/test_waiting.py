"""Waiting: settled means stayed, and nothing waits for ever."""

import math
from collections.abc import Awaitable, Callable

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import NotReached
from drivers.core.waiting import settle, until
from tests.rigs.wires import in_virtual_time

Course = Callable[[float], float]


def settled(
    course: Course, *, deadline_s: float = 100.0, no_progress_s: float | None = None
) -> tuple[float, float]:
    """Settle at 50 within 1 for 10 s on a value that follows `course`; the value and the time."""

    async def main(clock: Clock) -> tuple[float, float]:
        async def read() -> float:
            return course(clock.monotonic())

        value = await settle(
            read,
            50.0,
            within=1.0,
            dwell_s=10.0,
            deadline_s=deadline_s,
            clock=clock,
            what="bath",
            no_progress_s=no_progress_s,
        )
        return value, clock.monotonic()

    return in_virtual_time(main)


def test_a_value_that_is_there_must_still_stay_for_the_dwell() -> None:
    assert settled(lambda _: 50.5) == (50.5, 10.0)


def test_a_value_that_leaves_the_band_begins_its_dwell_again() -> None:
    value, after_s = settled(lambda now_s: 52.0 if 4.5 < now_s < 5.5 else 50.0)
    assert (value, after_s) == (50.0, 16.0)


def test_a_value_that_only_passes_through_never_settles() -> None:
    with pytest.raises(NotReached, match="bath: 60 did not stay within 1 of 50 in 60 s"):
        settled(lambda now_s: now_s, deadline_s=60.0)


def test_no_number_is_never_within_anything() -> None:
    with pytest.raises(NotReached, match="bath: nan"):
        settled(lambda _: math.nan)


def test_a_value_that_stands_still_is_given_up_before_the_deadline() -> None:
    with pytest.raises(NotReached, match="came no nearer for 20 s"):
        settled(lambda now_s: min(now_s, 30.0), no_progress_s=20.0)


def test_a_slow_value_is_waited_for_as_long_as_it_comes_nearer() -> None:
    value, after_s = settled(
        lambda now_s: min(now_s * 0.02, 50.0), deadline_s=4000.0, no_progress_s=20.0
    )
    assert value == pytest.approx(49.2, abs=0.1)
    assert after_s == pytest.approx(2460.0, abs=2.0)


def test_a_value_that_wanders_in_the_band_is_not_taken_for_stuck() -> None:
    assert settled(lambda now_s: 50.9 if now_s % 2 else 49.2, no_progress_s=5.0)[1] == 10.0


def test_the_last_reading_at_the_deadline_still_counts() -> None:
    assert settled(lambda _: 50.0, deadline_s=10.0)[1] == 10.0


def waited(holds_from_s: float) -> float:
    """Wait for something that is so from a time on; when the wait was over."""

    async def main(clock: Clock) -> float:
        def holds() -> Awaitable[bool]:
            return answer(clock.monotonic() >= holds_from_s)

        await until(holds, deadline_s=5.2, clock=clock, what="door closed")
        return clock.monotonic()

    return in_virtual_time(main)


async def answer(yes: bool) -> bool:
    return yes


def test_what_already_holds_is_not_waited_for() -> None:
    assert waited(0.0) == 0.0


def test_what_comes_to_hold_ends_the_wait() -> None:
    assert waited(2.2) == 2.5


def test_what_holds_just_at_the_deadline_is_in_time() -> None:
    assert waited(5.2) == 5.2


def test_what_never_holds_is_named() -> None:
    with pytest.raises(NotReached, match=r"door closed: not so after 5\.2 s"):
        waited(math.inf)
