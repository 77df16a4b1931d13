"""On the page one process at a time has the turn, and time moves when nobody has anything to do."""

import asyncio
import math
import os
import select
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim_hardware.core.lockstep_page import LockstepPage
from sim_hardware.core.thread_work import ThreadWork

IDLE = ThreadWork()


class Two:
    """Two processes on one page, both in this one; the first has the turn."""

    def __init__(self, path: Path, first_epoll: int, second_epoll: int) -> None:
        self.first, self.second = LockstepPage(path), LockstepPage(path)
        self.first.join(first_epoll)
        self.first.report(math.inf, 0, IDLE)
        newcomer = threading.Thread(target=self.second.join, args=(second_epoll,))
        newcomer.start()
        while not self.first.pass_on():
            self.first.wait_for_anybody(0.01)
        newcomer.join()
        self.second.report(math.inf, 0, IDLE)
        self.second.wait_for_anybody(0.0)


@contextmanager
def two(path: Path) -> Generator[tuple[Two, int]]:
    """The second has the turn; and what wakes the first when written to."""
    reader, writer = os.pipe()
    with select.epoll() as first, select.epoll() as second:
        first.register(reader, select.EPOLLIN)
        both = Two(path, first.fileno(), second.fileno())
        yield both, writer
        both.first.leave()
        both.second.leave()
    os.close(reader)
    os.close(writer)


def test_time_moves_to_the_earliest_deadline_and_the_turn_goes_to_who_waited_for_it(
    tmp_path: Path,
) -> None:
    with two(tmp_path / "page") as (both, _):
        both.first.report(5.0, 0, IDLE)
        both.second.report(7.0, 0, IDLE)
        assert not both.second.pass_on()  # nobody has anything to do yet
        assert both.second.move()
        assert both.first.time_s == both.second.time_s == 5.0
        assert both.second.pass_on()
        both.first.wait_for_turn()
        both.first.report(9.0, 0, IDLE)
        assert not both.first.pass_on()
        assert both.first.move()
        assert both.first.time_s == 7.0


def test_who_was_sent_something_gets_the_turn_before_time_moves(tmp_path: Path) -> None:
    with two(tmp_path / "page") as (both, writer):
        both.first.report(5.0, 0, IDLE)
        os.write(writer, b"sent while the first rests")
        both.second.report(7.0, 0, IDLE)
        assert both.second.pass_on()
        both.first.wait_for_turn()
        assert both.first.time_s == 0.0


def test_time_does_not_move_when_nobody_waits_for_any(tmp_path: Path) -> None:
    with two(tmp_path / "page") as (both, _):
        assert not both.second.move()
        assert both.second.time_s == 0.0


def test_a_token_of_a_third_process_holds_time_until_it_is_given_back(tmp_path: Path) -> None:
    with two(tmp_path / "page") as (both, _):
        launcher = LockstepPage(tmp_path / "page")
        launcher.hold()
        assert both.second.held()
        assert both.second.others == 1  # it takes no turns
        launcher.leave()
        assert not both.second.held()


def test_bytes_that_died_are_written_off(tmp_path: Path) -> None:
    with two(tmp_path / "page") as (both, _):
        both.first.report(5.0, 3, IDLE)
        assert both.second.under_way() == 3
        both.second.write_off()
        assert both.second.under_way() == 0
        both.second.report(7.0, -3, IDLE)  # they arrive after all
        assert both.second.under_way() == -3
        both.second.move()
        assert both.second.under_way() == 0


def test_a_process_whose_threads_want_it_gets_the_turn_when_all_is_quiet(tmp_path: Path) -> None:
    job = ThreadWork()
    job.add_job(asyncio.Future[object])
    with two(tmp_path / "page") as (both, _):
        both.first.report(5.0, 0, job)
        both.second.report(7.0, 0, IDLE)
        assert both.second.held()
        assert not both.second.pass_on()
        assert both.second.pass_to_waiting()
        both.first.wait_for_turn()


def test_a_process_that_leaves_gives_the_turn_away(tmp_path: Path) -> None:
    with two(tmp_path / "page") as (both, _):
        third = LockstepPage(tmp_path / "page")
        both.second.leave()
        both.first.wait_for_turn()
        assert both.first.others == 0
        assert not third.joined
        both.second.hold()  # so that leaving it again is right


@pytest.mark.parametrize("content", [b"journal " * 1024, b"x" * 8])
def test_a_file_that_is_no_page_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a page"):
        LockstepPage(path)
