"""A tool's controller: control taken and given back, states reached, a job from end to end."""

import asyncio

import pytest

from drivers.core.clock import sleep
from drivers.core.errors import (
    ReadBackDiffers,
    Refused,
    Tripped,
)
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.click_plc_frames import Ack
from tests.unit.instruments.small_plc import (
    HOST_HEARTBEAT,
    JOB,
    REMOTE,
    STATE,
    SmallPlc,
    codes,
    with_plc,
)


def test_control_is_taken_kept_alive_and_given_back() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        async with plc.host_control("L07-W03.12"):
            assert small.words[REMOTE] == 1
            text = b"".join(small.words[JOB + n].to_bytes(2, "little") for n in range(8))
            assert text == b"L07-W03.12      "
            first = small.words[HOST_HEARTBEAT]
            await sleep(plc.clock, 10)
            assert 19 <= small.words[HOST_HEARTBEAT] - first <= 21
        assert small.words[REMOTE] == 0
        last = small.words[HOST_HEARTBEAT]
        await sleep(plc.clock, 5)
        assert small.words[HOST_HEARTBEAT] == last

    with_plc(small, act)
    assert [words for at, words in small.bank.written if at == REMOTE] == [(0,), (1,), (0,)]


def test_a_command_under_control_leaves_the_heartbeat_alone() -> None:
    small = SmallPlc(state=6)
    beats: list[int] = []
    act_as_before = small.bank.after_writing

    def note(address: int) -> None:
        beats.append(small.words[HOST_HEARTBEAT])
        act_as_before(address)

    small.bank.after_writing = note

    async def act(plc: ClickPlc) -> None:
        async with plc.host_control("job"):
            for _ in range(5):
                await plc.perform(121, deadline_s=10)

    with_plc(small, act)
    assert beats == sorted(beats)
    assert small.words[REMOTE] == 0


def test_control_is_given_back_when_the_work_is_cancelled() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        async def work() -> None:
            async with plc.host_control("job"):
                await sleep(plc.clock, 1000)

        task = asyncio.ensure_future(work())
        await sleep(plc.clock, 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert small.words[REMOTE] == 0

    with_plc(small, act)


def test_a_job_id_that_is_too_long_is_refused() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Refused, match="job id"):
            async with plc.host_control("12345678901234567"):
                pass

    with_plc(small, act)
    assert small.bank.asked == []


def test_a_job_runs_from_idle_to_complete_and_back() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        async with plc.host_control("L07-W03"):
            await plc.load_recipe(12)
            await plc.start("L07-W03", 5)
            assert await plc.job_id_echo() == "L07-W03"
            await plc.start("L07-W03", 5)  # it runs: nothing to do
            await plc.hold(5)
            await plc.hold(5)
            await plc.unhold(5)
            await plc.suspend(5)
            await plc.unsuspend(5)
            await plc.complete(5)
            await plc.reset(5)

    with_plc(small, act)
    assert codes(small) == [100, 2, 4, 5, 6, 7, 10, 1]
    assert small.words[STATE] == PackMl.IDLE


def test_a_controller_that_starts_another_job_is_found_out() -> None:
    small = SmallPlc()
    small.another_job = True

    async def act(plc: ClickPlc) -> None:
        async with plc.host_control("L07-W03"):
            with pytest.raises(ReadBackDiffers, match="instead of 'L07-W03'"):
                await plc.start("L07-W03", 5)

    with_plc(small, act)


def test_a_job_that_runs_is_not_taken_for_another() -> None:
    small = SmallPlc(state=6)

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Refused, match="runs, not 'L07-W04'"):
            await plc.start("L07-W04", 5)

    with_plc(small, act)
    assert small.executed == []


def test_a_recipe_that_is_not_the_one_asked_for_is_found_out() -> None:
    small = SmallPlc()
    small.reject = (Ack.DONE, 0)  # says done and loads nothing

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(ReadBackDiffers, match="recipe 12 was loaded and ''"):
            await plc.load_recipe(12)

    with_plc(small, act)


@pytest.mark.parametrize(("state", "given"), [(4, []), (2, [1]), (17, [1]), (9, [9, 1])], ids=str)
def test_the_way_to_idle_is_found_from_rest(state: int, given: list[int]) -> None:
    small = SmallPlc(state=state)

    async def act(plc: ClickPlc) -> None:
        await plc.to_idle(10)

    with_plc(small, act)
    assert codes(small) == given
    assert small.words[STATE] == PackMl.IDLE


def test_an_abort_under_way_is_waited_for_on_the_way_to_idle() -> None:
    small = SmallPlc(state=6)

    async def act(plc: ClickPlc) -> None:
        small.move(8, 9)
        await plc.to_idle(10)

    with_plc(small, act)
    assert codes(small) == [9, 1]


@pytest.mark.parametrize("state", [6, 11, 5])
def test_a_tool_at_work_is_not_brought_to_idle(state: int) -> None:
    small = SmallPlc(state=state)

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Refused, match="end that first"):
            await plc.to_idle(10)

    with_plc(small, act)
    assert small.executed == []


def test_a_tool_that_aborts_while_it_starts_is_tripped() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        starting = asyncio.ensure_future(plc.start("job", 100))
        await sleep(plc.clock, 0.3)
        small.words[STATE] = PackMl.ABORTING
        with pytest.raises(Tripped, match="instead of complete or completing or execute"):
            await starting

    with_plc(small, act)


@pytest.mark.parametrize(
    ("state", "given", "end"), [(6, [3], 2), (4, [], 4), (9, [], 9), (14, [3, 8], 9)]
)
def test_safe_is_stopped_or_else_aborted_and_rest_is_left_alone(
    state: int, given: list[int], end: int
) -> None:
    small = SmallPlc(state=state)

    async def act(plc: ClickPlc) -> None:
        await plc.make_safe()
        await plc.make_safe()

    with_plc(small, act)
    assert codes(small) == given
    assert small.words[STATE] == end
