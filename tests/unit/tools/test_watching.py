"""Work goes on only while what it depends on holds, and is over before anything is said."""

import asyncio

import pytest

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, LinkLost, NoReply, Tripped
from drivers.procedure.watching import while_well
from tests.rigs.wires import in_virtual_time


class Lamp:
    """Something that is looked at; the errors are raised one after the other, then none."""

    def __init__(self, *errors: DriverError | None) -> None:
        self.errors = list(errors)
        self.looks = 0

    async def look(self) -> None:
        self.looks += 1
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error


class Shutter:
    """Work with an output that must be off afterwards."""

    def __init__(self, clock: Clock, *, jams: bool = False) -> None:
        self.clock, self.jams = clock, jams
        self.is_open = False

    async def open_for(self, seconds: float) -> str:
        self.is_open = True
        try:
            await sleep(self.clock, seconds)
        finally:
            if self.jams:
                raise DriverError("does not close", source="shutter")
            self.is_open = False
        return "exposed"


def test_work_that_is_done_is_returned_with_nobody_looking_any_more() -> None:
    async def main(clock: Clock) -> None:
        lamp, shutter = Lamp(), Shutter(clock)
        work = shutter.open_for(9.5)
        assert await while_well(work, lamp.look, clock, every_s=2.0) == "exposed"
        assert lamp.looks == 4
        await sleep(clock, 10.0)
        assert lamp.looks == 4

    in_virtual_time(main)


def test_what_fails_meanwhile_ends_the_work_and_is_told() -> None:
    async def main(clock: Clock) -> None:
        lamp, shutter = Lamp(None, Tripped("the lamp is out", source="lamp")), Shutter(clock)
        with pytest.raises(Tripped, match="lamp is out"):
            await while_well(shutter.open_for(60.0), lamp.look, clock, every_s=2.0)
        assert not shutter.is_open
        assert clock.monotonic() < 5.0

    in_virtual_time(main)


def test_one_lost_reply_ends_nothing_but_two_do() -> None:
    async def main(clock: Clock) -> None:
        silence = NoReply("no reply", source="lamp")
        lamp, shutter = Lamp(silence), Shutter(clock)
        assert await while_well(shutter.open_for(5.0), lamp.look, clock, every_s=2.0)
        lamp = Lamp(silence, silence)
        with pytest.raises(LinkLost):
            await while_well(shutter.open_for(5.0), lamp.look, clock, every_s=2.0)
        assert not shutter.is_open

    in_virtual_time(main)


def test_an_output_that_stays_on_matters_more_than_why_it_had_to_go_off() -> None:
    async def main(clock: Clock) -> None:
        lamp, shutter = Lamp(Tripped("the lamp is out", source="lamp")), Shutter(clock, jams=True)
        work = shutter.open_for(60.0)
        with pytest.raises(DriverError, match="does not close") as caught:
            await while_well(work, lamp.look, clock, every_s=2.0)
        assert isinstance(caught.value.__cause__, Tripped)

    in_virtual_time(main)


def test_whoever_is_cancelled_leaves_the_output_off() -> None:
    async def main(clock: Clock) -> None:
        lamp, shutter = Lamp(), Shutter(clock)
        work = asyncio.create_task(
            while_well(shutter.open_for(60.0), lamp.look, clock, every_s=2.0)
        )
        await sleep(clock, 3.0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert not shutter.is_open
        await sleep(clock, 10.0)
        assert lamp.looks == 1

    in_virtual_time(main)
