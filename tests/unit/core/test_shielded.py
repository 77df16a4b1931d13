"""Switching off: it is finished whoever gives up waiting, and tried again when it fails."""

import asyncio

import pytest

from drivers.core.errors import NoReply
from drivers.core.shielded import insist, to_the_end


async def test_work_goes_on_however_often_its_caller_is_cancelled() -> None:
    go, done = asyncio.Event(), asyncio.Event()

    async def switch_off() -> None:
        await go.wait()
        done.set()

    caller = asyncio.create_task(to_the_end(switch_off()))
    for _ in range(3):
        await asyncio.sleep(0)
        caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done.is_set()


async def test_an_output_that_may_be_on_is_told_even_over_a_cancellation() -> None:
    go = asyncio.Event()

    async def switch_off() -> None:
        await go.wait()
        raise NoReply("silent")

    caller = asyncio.create_task(to_the_end(switch_off()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(NoReply, match="silent"):
        await caller


@pytest.mark.parametrize(("failures", "tries"), [(0, 1), (2, 3)])
async def test_what_fails_is_done_again_until_it_succeeds(failures: int, tries: int) -> None:
    tried = 0

    async def act() -> None:
        nonlocal tried
        tried += 1
        if tried <= failures:
            raise NoReply("silent")

    await insist(act)
    assert tried == tries


async def test_what_fails_every_time_is_told() -> None:
    tried = 0

    async def act() -> None:
        nonlocal tried
        tried += 1
        raise NoReply(f"silent {tried}")

    with pytest.raises(NoReply, match="silent 3"):
        await insist(act)
