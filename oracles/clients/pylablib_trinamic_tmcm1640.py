"""pylablib's TMCL queries against the emulated spindle drive."""

import sys

from pylablib.devices import Trinamic
from saying import (
    Raising,
    errors,
    in_turn,
    limits,
    near,
    please,
    reads,
    reconnects,
    until,
    writes,
)

ROR, ROL, MST, SPEED, ACCELERATION = 1, 2, 3, 3, 11


def opened():
    """A drive as a user of the client opens it."""
    return Trinamic.TMCM1110((sys.argv[1], 9600))


drive = opened()


def ask(command, kind=0, value=0):
    """A query to module 1, which the client would send to 0."""
    return drive.query(command, kind, value, addr=1)


def parameter(number):
    """An axis parameter."""
    return drive.get_axis_parameter(number, addr=1)


reads("supply in tenths of a volt", lambda: parameter(151), 240)
reads("temperature", lambda: parameter(152), 35)
reads("it stands", lambda: parameter(SPEED), 0)
writes("acceleration", in_turn(lambda: drive.set_axis_parameter(ACCELERATION, 5000, addr=1),
       lambda: parameter(ACCELERATION)), 5000)  # fmt: skip
writes("turn right at 1000 rpm", in_turn(lambda: ask(ROR, 0, 1000),
       lambda: until(lambda: parameter(SPEED), near(1000, 5))), near(1000, 5))  # fmt: skip
writes("turn left", in_turn(lambda: ask(ROL, 0, 500), lambda: until(lambda: parameter(SPEED),
       near(-500, 5))), near(-500, 5))  # fmt: skip
writes("stop", in_turn(lambda: ask(MST), lambda: until(lambda: parameter(SPEED), 0)), 0)
writes("store in the memory", lambda: drive.store_axis_parameter(ACCELERATION, 4000, addr=1), None)
limits("a speed above the highest", lambda: ask(ROR, 0, 10_000_000),
       Raising(Trinamic.TrinamicError, "Invalid value"))  # fmt: skip
limits("a negative acceleration", lambda: drive.set_axis_parameter(ACCELERATION, -1, addr=1),
       Raising(Trinamic.TrinamicError, "Invalid value"))  # fmt: skip
errors("a parameter that does not exist", lambda: parameter(222),
       Raising(Trinamic.TrinamicError, "Wrong type"))  # fmt: skip
errors("a command that does not exist", lambda: ask(99),
       Raising(Trinamic.TrinamicError, "Invalid command"))  # fmt: skip
errors("a search for a reference, which it cannot", lambda: ask(13),
       Raising(Trinamic.TrinamicError, "not available"))  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: parameter(151),
       Raising(Trinamic.TrinamicError))  # fmt: skip
reconnects("the answer after it is its own", lambda: parameter(152), 35)
drive.close()
please("power_cycle")
drive = opened()
reconnects("a new session after a mains failure finds what was stored",
           lambda: parameter(ACCELERATION), 4000)  # fmt: skip
