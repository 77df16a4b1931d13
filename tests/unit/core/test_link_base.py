"""What every link has: back-off, frame trace, link changes said once."""

import pytest
from structlog.testing import capture_logs

from drivers.core.clock import Clock
from drivers.core.errors import LinkLost
from drivers.core.links.base import Backoff, FrameTrace, LinkBase
from tests.rigs.wires import in_virtual_time


def test_attempts_come_at_growing_distances_until_the_time_is_over() -> None:
    async def main(clock: Clock) -> None:
        backoff = Backoff("bench.meter", clock)
        tried_s: list[float] = []

        async def attempt() -> None:
            tried_s.append(clock.monotonic())
            raise LinkLost("cannot open")

        with pytest.raises(LinkLost, match="cannot open"):
            await backoff.connect(attempt, 5.0)
        assert tried_s == pytest.approx([0.0, 0.05, 0.15, 0.35, 0.75, 1.55, 2.55, 3.55, 4.55])
        with pytest.raises(LinkLost, match="tried a moment ago"):
            await backoff.connect(attempt, 0.1)
        assert len(tried_s) == 9

    in_virtual_time(main)


def test_an_attempt_that_works_starts_the_distances_anew() -> None:
    async def main(clock: Clock) -> None:
        backoff = Backoff("bench.meter", clock)
        tried_s: list[float] = []

        async def third_time() -> None:
            tried_s.append(clock.monotonic())
            if len(tried_s) % 3:
                raise LinkLost("cannot open")

        await backoff.connect(third_time, 1.0)
        await backoff.connect(third_time, 1.0)
        assert tried_s == pytest.approx([0.0, 0.05, 0.15, 0.15, 0.2, 0.3])

    in_virtual_time(main)


def test_a_trace_that_is_off_keeps_nothing_and_one_that_is_on_keeps_the_last() -> None:
    trace = FrameTrace(keep=2)
    trace.record(1.0, "tx", b"A")
    assert trace.lines() == []
    trace.on = True
    for at_s, data in ((1.0, b"A"), (2.0, b"B\r"), (3.5, b"\x00C")):
        trace.record(at_s, "rx", data)
    assert trace.lines() == ["      2.000000 rx 42 0d |B.|", "      3.500000 rx 00 43 |.C|"]
    trace.clear()
    assert trace.lines() == []


def test_a_link_that_stays_down_is_said_once() -> None:
    async def main(clock: Clock) -> LinkBase:
        return LinkBase("bench.meter", clock)

    link = in_virtual_time(main)
    with capture_logs() as said:
        link.note_down("unplugged")
        link.note_down("still unplugged")
        link.note_up()
        link.note_down("unplugged")
        link.note_up()
        link.note_up()
    assert [entry["event"] for entry in said] == ["link down", "link up", "link down", "link up"]
    assert link.stats.reconnects == 2
