"""watlow's Gateway against two emulated zones behind a gateway.

The client takes for granted what a gateway can be set to: degrees C, high word first.
"""

import asyncio
import sys

from pymodbus.client import AsyncModbusTcpClient
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes
from watlow import Gateway

INPUT, MODE, OFF, OPEN = 362, 1880, 62, 65

host, _, port = sys.argv[1].rpartition(":")
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def now(work):
    """Wait for what the client began."""
    return loop.run_until_complete(work)


async def opened():
    """A gateway as a user of the client opens it; its port cannot be said, so it is put in."""
    made = Gateway(host, timeout=1)
    made.client = AsyncModbusTcpClient(host, port=int(port), timeout=1)
    return made


gateway = now(opened())


def zone(number):
    """What the client reads of a zone."""
    return now(gateway.get(number))


def put(number, celsius):
    """Write a set-point and read it back."""
    now(gateway.set_setpoint(number, celsius))
    return zone(number)["setpoint"]


def word(address):
    """A register of zone 1."""
    return now(gateway.read_registers(address, 1))[0]


reads("temperatures of both zones", lambda: [zone(n)["actual"] for n in (1, 2)],
      lambda found: all(near(23, 2)(c) for c in found))  # fmt: skip
reads("set-point as delivered", lambda: zone(1)["setpoint"], near(23.9, 0.05))
reads("output", lambda: 0 <= zone(1)["output"] <= 100, True)
reads("input and unit", lambda: (word(INPUT), word(2490)), (61, 15))
writes("a set-point for each zone", lambda: (put(1, 150.0), put(2, 80.0)),
       lambda found: near(150, 0.01)(found[0]) and near(80, 0.01)(found[1]))  # fmt: skip
reads("the zones follow", lambda: (until(lambda: zone(1)["actual"], near(150, 1), within_s=12),
      until(lambda: zone(2)["actual"], near(80, 1), within_s=12)),
      lambda found: near(150, 1)(found[0]) and near(80, 1)(found[1]))  # fmt: skip
# not `write_register`, which pymodbus does not take from the client
writes("a zone off", in_turn(lambda: now(gateway.write_registers(MODE, [OFF])),
       lambda: (word(MODE), zone(1)["output"])), (OFF, 0))  # fmt: skip
limits("the client refuses 300 C", lambda: put(1, 300.0), Raising(ValueError))
gateway.setpoint_range = (-1000, 1000)
limits("the controller refuses 500 C", lambda: put(1, 500.0), near(150, 0.01))
errors("a zone that is not there has no values", lambda: zone(3),
       {"actual": None, "setpoint": None, "output": None})  # fmt: skip
errors("nor has a register", lambda: now(gateway.read_registers(1234, 1)), Raising(AttributeError))
errors("half a set-point is refused", in_turn(lambda: now(gateway.write_registers(2160, [0])),
       lambda: zone(1)["setpoint"]), near(150, 0.01))  # fmt: skip
please("open_sensor", 2)
errors("an open sensor shows and takes the output away",
       lambda: (now(gateway.read_registers(5000 + INPUT, 1))[0], zone(2)["output"]),
       (OPEN, 0))  # fmt: skip
please("unplug")
errors("a pulled cable is noticed", lambda: zone(1), Raising(Exception))
please("plug")
gateway = now(opened())
reconnects("a new session after that", lambda: zone(1)["setpoint"], near(150, 0.01))
please("power_cycle")
reconnects("set-points survive a mains failure", lambda: zone(2)["setpoint"], near(80, 0.01))
