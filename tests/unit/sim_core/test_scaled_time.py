"""Scaled time is real time with shorter seconds, and never so short that alarms lie."""

import asyncio
import time

import pytest

from sim_hardware.core.timebase import scaled


@pytest.mark.parametrize("speed", ["20.1", "1000", "0", "-1", "nan", "fast"])
def test_a_speed_at_which_alarms_would_lie_is_refused(speed: str) -> None:
    with pytest.raises(ValueError, match=r"times as fast|could not convert"):
        scaled(speed)


def test_twenty_times_as_fast_a_second_takes_a_twentieth() -> None:
    base = scaled("20")
    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        began_s = time.monotonic()
        runner.run(base.clock.sleep_until(base.clock.monotonic() + 1.0))
        took_s = time.monotonic() - began_s
    assert 0.05 <= took_s < 1.0
    assert base.clock.monotonic() >= 1.0
