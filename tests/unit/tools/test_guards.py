"""Nothing is done blindly or twice: what is looked at before a tool is told to act."""

import itertools

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import Effect, InterlockOpen, NotReached, Refused
from drivers.core.tool import Job, Progress
from drivers.instruments.click_plc import ClickPlc
from drivers.procedure import guards
from tests.rigs.wires import in_virtual_time
from tests.unit.instruments.small_plc import INTERLOCKS, SmallPlc, with_plc

TOOL_WORD = 24589


def unheard(_: Progress) -> None:
    """Nobody listens."""


def job(**already: float) -> Job:
    return Job("J-1", "W1", "recipe@1", unheard, already)


def test_what_an_earlier_attempt_began_is_refused_with_its_amount() -> None:
    with pytest.raises(Refused, match="83 s of develop are on this wafer") as refused:
        guards.only_once(job(develop=83.0), "develop", "s", "developer.plc")
    assert refused.value.effect is Effect.NONE


def test_a_first_attempt_is_not_refused() -> None:
    guards.only_once(job(bake=83.0), "develop", "s", "developer.plc")
    guards.only_once(job(develop=0.0), "develop", "s", "developer.plc")


def test_every_open_permissive_is_named_and_nothing_is_sent() -> None:
    small = SmallPlc()
    small.words[TOOL_WORD] = 1
    small.words[INTERLOCKS] = 0x0FFF & ~(1 << 1) & ~(1 << 5) & ~(1 << 9)

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(InterlockOpen, match=r"not well: doors, exhaust$"):
            await guards.ready(plc, ("emergency_stop", "doors", "exhaust"))

    with_plc(small, act)
    assert small.bank.written == []


def test_a_tool_without_a_wafer_is_refused() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Refused, match="no wafer"):
            await guards.ready(plc, ("doors",))
        small.words[TOOL_WORD] = 1
        await guards.ready(plc, ("doors",))

    with_plc(small, act)
    assert small.bank.written == []


@pytest.mark.parametrize(("state", "is_begun"), [(4, False), (2, False), (6, True), (17, True)])
def test_a_job_counts_as_begun_while_at_work_and_when_complete(state: int, is_begun: bool) -> None:
    small = SmallPlc(state=state)
    small.words[36872] = ord("J") | ord("-") << 8
    small.words[36873] = ord("1") | ord(" ") << 8

    async def act(plc: ClickPlc) -> None:
        assert await guards.begun(plc, job()) is is_begun

    with_plc(small, act)


def test_another_job_at_work_is_not_ours() -> None:
    async def act(plc: ClickPlc) -> None:
        assert not await guards.begun(plc, job())

    with_plc(SmallPlc(state=6), act)


def test_a_count_that_stops_is_waited_for() -> None:
    counts = iter([10.0, 12.0, 14.0, 14.0])

    async def read() -> float:
        return next(counts)

    async def main(clock: Clock) -> None:
        await guards.stands_still(read, deadline_s=10.0, clock=clock, what="developed_s")
        assert next(counts, None) is None

    in_virtual_time(main)


def test_a_count_that_goes_on_is_said() -> None:
    counts = itertools.count(10.0)

    async def read() -> float:
        return next(counts)

    async def main(clock: Clock) -> None:
        with pytest.raises(NotReached, match="developed_s still goes up"):
            await guards.stands_still(read, deadline_s=10.0, clock=clock, what="developed_s")

    in_virtual_time(main)
