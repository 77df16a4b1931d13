"""julabo's JulaboCF against the emulated circulator."""

import asyncio
import sys

from julabo import JulaboCF, connection_for_url
from saying import (
    errors,
    in_turn,
    limits,
    near,
    one_of,
    please,
    reads,
    reconnects,
    until,
    writes,
)

PAUSE_S = 0.35

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def now(work, timeout_s=3.0):
    """Wait for what the client began."""

    async def waited():
        return await asyncio.wait_for(work, timeout_s)

    return loop.run_until_complete(waited())


async def opened():
    """A circulator as a user of the client opens it; a pseudo-terminal has no parity."""
    line = connection_for_url(f"serial://{sys.argv[1]}", concurrency="asyncio", baudrate=4800)
    await line.open()
    made = JulaboCF(line)
    # the client keeps the least pause to the millisecond: a busy computer needs some more
    made.protocol.COMMAND_LATENCY, made.protocol.QUERY_LATENCY = PAUSE_S, 0.05
    return line, made


line, bath = now(opened())


def put(member, value):
    """Set something and read it back."""
    now(member(value))
    return now(member())


reads("identification", lambda: now(bath.identification()), "JULABO CRYOCOMPACT CF31 VERSION 4.0")
reads("status", lambda: now(bath.status()), "02 REMOTE STOP")
reads("temperatures", lambda: [now(one()) for one in (bath.bath_temperature,
      bath.external_temperature, bath.safety_temperature)],
      lambda found: all(near(22, 0.1)(c) for c in found))  # fmt: skip
reads("heating power", lambda: now(bath.heating_power()), 0)
reads("not started", lambda: now(bath.is_started()), False)
writes("set-points", lambda: (put(bath.set_point_1, 45.0), put(bath.set_point_2, 30.5)),
       (45.0, 30.5))  # fmt: skip
writes("channel in use, which the client counts from 1",
       lambda: (put(bath.active_set_point_channel, 2), put(bath.active_set_point_channel, 1)),
       (2, 1))  # fmt: skip
writes("start", in_turn(lambda: now(bath.start()), lambda: now(bath.status())), "03 REMOTE START")
reads("the bath follows", lambda: until(lambda: now(bath.bath_temperature()), near(45, 0.5),
      within_s=10), near(45, 0.5))  # fmt: skip
writes("stop", in_turn(lambda: now(bath.stop()), lambda: now(bath.is_started())), False)
# `high_temperature` and `low_temperature` of the client are one register too low: asked directly
writes("limits", in_turn(lambda: now(bath.write("OUT_SP_03 90.00")),
       lambda: now(bath.write_readline("IN_SP_03"))), "90.00")  # fmt: skip
limits("a set-point above the limit is not taken", lambda: put(bath.set_point_1, 95.0), 45.0)
now(bath.set_point_1(95.0))
limits("and the status says so", lambda: now(bath.status())[:3], one_of("-13", "-12"))
limits("a temperature that no bath has", in_turn(lambda: now(bath.set_point_1(999.0)),
       lambda: now(bath.status())), "-11 VALUE TOO LARGE")  # fmt: skip
errors("an unknown command shows in the status", in_turn(lambda: now(bath.write("OUT_XX_99 1")),
       lambda: now(bath.status())), "-08 INVALID COMMAND")  # fmt: skip
please("panel", 1)
errors("nothing is taken while the panel has control", lambda: put(bath.set_point_1, 20.0), 45.0)
please("panel", 0)


def unpaced():
    """Two settings without the pause that the circulator needs."""
    protocol = bath.protocol
    protocol.COMMAND_LATENCY = 0.0
    now(bath.set_point_1(50.0))
    now(bath.set_point_2(55.0))
    protocol.COMMAND_LATENCY = PAUSE_S
    return now(bath.set_point_1()), now(bath.set_point_2())


errors("without its pause the second setting is lost", unpaced, (50.0, 30.5))
please("unplug")


def silence():
    """What becomes of a question."""
    try:
        now(bath.bath_temperature(), 0.5)
    except asyncio.TimeoutError:  # noqa: UP041 - not the same class in every Python
        return "silence"
    return "an answer"


errors("a pulled cable is silence", silence, "silence")
please("plug")
now(line.close())
line, bath = now(opened())
reconnects("a second session finds the set-points of the first",
           lambda: (now(bath.set_point_1()), now(bath.set_point_2())), (50.0, 30.5))  # fmt: skip
now(line.close())
please("power_cycle")
line, bath = now(opened())
reconnects("after a mains failure it is stopped", lambda: now(bath.status()), "02 REMOTE STOP")
