"""Calls from another thread reach the event loop, all of them, in their order."""

import asyncio
import threading
from collections.abc import Generator
from contextvars import ContextVar
from functools import partial
from pathlib import Path

import pytest

from drivers.core.clock import RealClock
from linecontrol.journal.facts import LinkChanged
from linecontrol.journal.handover import Handover
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import open_store

MANY = 100_000  # more than a pipe holds
SPEAKER = ContextVar("SPEAKER", default="nobody")


@pytest.fixture
def handover() -> Generator[Handover]:
    made = Handover()
    yield made
    made.close()


async def test_many_calls_given_while_the_loop_is_busy_are_made_in_their_order(
    handover: Handover,
) -> None:
    made: list[int] = []
    over = asyncio.Event()

    def give() -> None:
        for number in range(MANY):
            handover.give(partial(made.append, number))
        handover.give(over.set)

    handover.listen(asyncio.get_running_loop())
    thread = threading.Thread(target=give)
    thread.start()
    thread.join()
    await over.wait()
    assert made == list(range(MANY))


async def test_a_call_that_goes_wrong_does_not_keep_the_next_ones_from_being_made(
    handover: Handover,
) -> None:
    loop, over, reported = asyncio.get_running_loop(), asyncio.Event(), list[object]()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def wrong() -> None:
        raise ValueError("wrong")

    handover.listen(loop)
    handover.give(wrong)
    handover.give(over.set)
    await over.wait()
    assert [str(error) for error in reported] == ["wrong"]


async def test_a_call_sees_nothing_of_who_listened_first(handover: Handover) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    SPEAKER.set("the first caller")
    handover.listen(asyncio.get_running_loop())
    handover.give(lambda: heard.put_nowait(SPEAKER.get()))
    assert await heard.get() == "nobody"


async def test_what_is_left_at_the_end_is_made_at_the_end() -> None:
    handover, made = Handover(), list[str]()
    handover.listen(asyncio.get_running_loop())
    handover.give(lambda: made.append("late"))
    handover.close()
    assert made == ["late"]


async def test_a_fact_that_cannot_be_written_down_is_refused_and_stops_nobody_else(
    tmp_path: Path,
) -> None:
    journal = Journal(open_store(tmp_path), RealClock())
    with pytest.raises(ValueError, match="surrogates"):
        await journal.append(LinkChanged(tool="t", instrument="\ud800", up=True))
    await journal.append(LinkChanged(tool="t", instrument="bath", up=True))
    assert journal.state.links == {"bath": True}
    await journal.close()
