"""Virtual time moves only when nothing is left to do before it."""

import asyncio
import os
import time
from datetime import UTC, datetime
from threading import Event, Thread

import pytest

from sim_hardware.core.clock import LineClock
from sim_hardware.core.ports import PtyPort
from sim_hardware.core.timebase import TimeBase
from tests.unit.sim_core.helpers import Echo, PtyClient, in_virtual_time


def test_a_thousand_timers_fire_in_order_without_waiting() -> None:
    async def main(base: TimeBase) -> list[float]:
        fired: list[float] = []
        loop = asyncio.get_running_loop()
        for number in range(1000):
            loop.call_at((number * 7919) % 1000 * 60.0, lambda: fired.append(loop.time()))
        await base.clock.sleep_until(60_000.0)
        return fired

    began_s = time.monotonic()
    fired = in_virtual_time(main)
    assert fired == [number * 60.0 for number in range(1000)]
    assert time.monotonic() - began_s < 5.0


def test_the_simulated_day_begins_at_six_on_the_fifth_of_january() -> None:
    async def main(base: TimeBase) -> tuple[datetime, datetime]:
        before = base.clock.now()
        await base.clock.sleep_until(90.0)
        return before, base.clock.now()

    assert in_virtual_time(main) == (
        datetime(2026, 1, 5, 6, 0, tzinfo=UTC),
        datetime(2026, 1, 5, 6, 1, 30, tzinfo=UTC),
    )


async def _poll_echoes(base: TimeBase, ports: int, rounds: int) -> list[str]:
    """Ask several echoes at the same instants; return who heard what and when."""
    log: list[str] = []
    clock = LineClock(asyncio.get_running_loop())

    async def poll(name: str) -> None:
        port = PtyPort(Echo(), clock, base.ledger, name=name)
        await port.start()
        client = PtyClient(port.path, base.ledger)
        for second in range(1, rounds + 1):
            await base.clock.sleep_until(float(second))
            reply = await client.ask(f"{name} {second:03}\r".encode())
            log.append(f"{base.clock.monotonic():.9f} {name} {reply!r}")
        client.close()
        await port.stop()

    await asyncio.gather(*(poll(f"echo{number}") for number in range(ports)))
    return log


def test_a_wire_with_its_delays_gives_no_false_time_out() -> None:
    log = in_virtual_time(lambda base: _poll_echoes(base, ports=1, rounds=200))
    assert len(log) == 200
    # 10 bytes there, 5 ms, 10 bytes back at 9600 baud with 10 bits each
    assert log[0] == f"{1 + 20 * 10 / 9600 + 0.005:.9f} echo0 b'ECHO0 001\\r'"


def test_ten_runs_of_four_wires_give_the_same_log() -> None:
    logs = {
        tuple(in_virtual_time(lambda base: _poll_echoes(base, ports=4, rounds=20)))
        for _ in range(10)
    }
    assert len(logs) == 1
    assert len(logs.pop()) == 80


def test_an_executor_job_holds_time() -> None:
    async def main(base: TimeBase) -> float:
        async with asyncio.timeout(0.001):
            await asyncio.to_thread(Event().wait, 0.05)
        return base.clock.monotonic()

    assert in_virtual_time(main) == 0.0


def test_a_busy_token_of_another_thread_holds_time() -> None:
    async def main(base: TimeBase) -> float:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        taken = Event()

        def work() -> None:
            with base.clock.busy():
                taken.set()
                Event().wait(0.05)
                loop.call_soon_threadsafe(done.set)

        worker = Thread(target=work)
        worker.start()
        taken.wait()
        async with asyncio.timeout(0.001):
            await done.wait()
        worker.join()
        return base.clock.monotonic()

    assert in_virtual_time(main) == 0.0


def test_time_goes_on_when_the_token_is_given_back() -> None:
    async def main(base: TimeBase) -> float:
        with base.clock.busy():
            await asyncio.sleep(0)
        await base.clock.sleep_until(1000.0)
        return base.clock.monotonic()

    assert in_virtual_time(main) == 1000.0


def test_bytes_that_died_are_written_off_and_time_goes_on() -> None:
    async def main(base: TimeBase) -> float:
        base.clock.sent(7)
        await base.clock.sleep_until(1.0)
        base.clock.sent(1)
        base.clock.received(1)
        await base.clock.sleep_until(3600.0)
        return base.clock.monotonic()

    began_s = time.monotonic()
    assert in_virtual_time(main) == 3600.0
    assert 0.2 < time.monotonic() - began_s < 2.0


def test_somebody_who_does_not_count_stops_nothing() -> None:
    async def main(base: TimeBase) -> float:
        base.clock.received(5)
        await base.clock.sleep_until(10.0)
        return base.clock.monotonic()

    assert in_virtual_time(main) == 10.0


def test_the_loop_sleeps_for_real_when_there_is_no_timer() -> None:
    async def main(base: TimeBase) -> float:
        loop = asyncio.get_running_loop()
        reader, writer = os.pipe()
        read = asyncio.Event()
        loop.add_reader(reader, read.set)
        worker = Thread(target=lambda: os.write(writer, b"x"))
        worker.start()
        await read.wait()
        loop.remove_reader(reader)
        worker.join()
        os.close(reader)
        os.close(writer)
        return base.clock.monotonic()

    assert in_virtual_time(main) == 0.0


def test_a_time_out_comes_at_its_exact_time() -> None:
    async def main(base: TimeBase) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3.0):
                await asyncio.Event().wait()
        return base.clock.monotonic()

    assert in_virtual_time(main) == 3.0
