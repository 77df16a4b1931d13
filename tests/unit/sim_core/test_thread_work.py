"""What threads do reaches a simulated loop in the order in which it was asked for."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sim_hardware.core.timebase import TimeBase
from tests.unit.sim_core.helpers import in_virtual_time


def test_jobs_end_in_the_order_they_were_asked_for_however_long_they_take() -> None:
    async def main(_: TimeBase) -> list[int]:
        ended: list[int] = []
        with ThreadPoolExecutor(4) as threads:

            async def job(number: int) -> None:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(threads, threading.Event().wait, 0.02 / (number + 1))
                ended.append(number)

            await asyncio.gather(*(job(number) for number in range(4)))
        return ended

    assert in_virtual_time(main) == [0, 1, 2, 3]


def test_the_error_of_a_job_reaches_who_asked_for_it() -> None:
    def breaks() -> None:
        raise ValueError("the session is gone")

    async def main(_: TimeBase) -> None:
        await asyncio.to_thread(breaks)

    with pytest.raises(ValueError, match="session is gone"):
        in_virtual_time(main)


def test_a_job_nobody_waits_for_any_more_does_not_stop_the_next_one() -> None:
    async def main(base: TimeBase) -> float:
        given_up = asyncio.ensure_future(asyncio.to_thread(threading.Event().wait, 0.01))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.to_thread(threading.Event().wait, 0.001)
        await base.clock.sleep_until(5.0)
        return base.clock.monotonic()

    assert in_virtual_time(main) == 5.0


def test_what_threads_say_comes_one_by_one_and_each_with_all_that_follows_from_it() -> None:
    async def main(base: TimeBase) -> list[str]:
        loop = asyncio.get_running_loop()
        heard: list[str] = []
        both = asyncio.Event()

        def hear(name: str) -> None:
            heard.append(name)
            loop.call_soon(heard.append, f"after {name}")
            if name == "second":
                loop.call_soon(both.set)

        def work() -> None:
            with base.clock.busy():
                loop.call_soon_threadsafe(hear, "first")
                loop.call_soon_threadsafe(hear, "second")

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        await both.wait()
        return heard

    assert in_virtual_time(main) == ["first", "after first", "second", "after second"]


def test_timers_for_one_instant_fire_in_the_order_they_were_set() -> None:
    async def main(base: TimeBase) -> list[int]:
        fired: list[int] = []
        loop = asyncio.get_running_loop()
        for number in range(50):
            loop.call_at(10.0, fired.append, number)
            loop.call_at(20.0 - number / 10, lambda: None)
        await base.clock.sleep_until(11.0)
        return fired

    assert in_virtual_time(main) == list(range(50))
