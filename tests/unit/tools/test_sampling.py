"""What is kept of readings that were taken while something went on."""

import asyncio
from collections.abc import Mapping

import pytest

from drivers.core.clock import Clock, sleep
from drivers.core.errors import NoReply
from drivers.procedure.sampling import Seen, sampling
from tests.rigs.wires import in_virtual_time


class Gauge:
    """Reads 1, 2, 3 ... and fails where it is told to."""

    def __init__(self, *fails_at: int) -> None:
        self.looks = 0
        self._fails_at = fails_at

    async def read(self) -> Mapping[str, float]:
        self.looks += 1
        if self.looks in self._fails_at:
            raise NoReply("silent", source="gauge")
        return {"bar": float(self.looks)}


def test_one_value_at_the_edge_of_a_step_does_not_move_the_middle() -> None:
    seen = Seen()
    for bar in (0.0, 3.5, 3.5, 3.4, 3.6):
        seen.note({"bar": bar})
    assert seen.middle("bar") == {"bar": 3.5}
    assert seen.all_middle() == {"bar": 3.5}
    assert (seen.lowest("bar"), seen.highest("bar")) == (0.0, 3.6)


def test_looks_go_on_while_the_work_inside_does_and_then_stop() -> None:
    gauge = Gauge()

    async def main(clock: Clock) -> None:
        async with sampling(gauge.read, clock, every_s=5.0) as seen:
            await sleep(clock, 21.0)
        looks = gauge.looks
        await sleep(clock, 60.0)
        assert gauge.looks == looks == 5
        assert seen.highest("bar") == 5.0

    in_virtual_time(main)


def test_a_look_that_fails_on_the_way_is_left_out() -> None:
    gauge = Gauge(2)

    async def main(clock: Clock) -> None:
        async with sampling(gauge.read, clock, every_s=5.0) as seen:
            await sleep(clock, 11.0)
        assert seen.middle("bar") == {"bar": 2.0}  # of 1 and 3

    in_virtual_time(main)


def test_a_first_look_that_fails_is_an_error() -> None:
    async def main(clock: Clock) -> None:
        with pytest.raises(NoReply):
            async with sampling(Gauge(1).read, clock, every_s=5.0):
                await sleep(clock, 60.0)

    in_virtual_time(main)


def test_work_that_is_broken_off_ends_the_looks_as_well() -> None:
    gauge = Gauge()

    async def work(clock: Clock) -> None:
        async with sampling(gauge.read, clock, every_s=5.0):
            await sleep(clock, 3600.0)

    async def main(clock: Clock) -> None:
        task = asyncio.create_task(work(clock))
        await sleep(clock, 12.0)
        task.cancel()
        await asyncio.wait({task})
        looks = gauge.looks
        await sleep(clock, 60.0)
        assert gauge.looks == looks == 3

    in_virtual_time(main)
