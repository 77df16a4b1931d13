"""pylablib's Pfeiffer telegrams against the emulated turbopump drive."""

import sys
import time

from pylablib.devices import Pfeiffer
from pylablib.devices.Pfeiffer.base import PfeifferError
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

STATION, MOTOR, SWITCH_POINT = 10, 23, 302


def opened():
    """A drive as a user of the client opens a control unit."""
    return Pfeiffer.DPG202((sys.argv[1], 9600))


pump = opened()


def put(number, value, kind):
    """Set a parameter and read it back."""
    pump.comm(number, value, kind)
    return pump.get_value(number, kind)


def hertz():
    """Speed now."""
    return pump.get_value(309, "u_integer")


reads("name", lambda: pump.get_device_name().strip(), "TC 110")
reads("software", pump.get_software_version, lambda found: bool(found))
reads("no error", pump.get_error_code, "000000")
reads("nominal speed", lambda: pump.get_value(315, "u_integer"), 1500)
reads("it stands", lambda: (pump.get_value(STATION, "boolean_old"), hertz()), (False, 0))
reads("temperatures", lambda: [pump.get_value(n, "u_integer") for n in (326, 330, 342, 346)],
      lambda found: all(0 < value < 100 for value in found))  # fmt: skip
reads("current and voltage", lambda: (pump.get_value(310, "u_real"), pump.get_value(313, "u_real")),
      lambda found: found[0] == 0 and found[1] > 20)  # fmt: skip
writes("switch point", lambda: put(701, 90, "u_integer"), 90)
writes("standby speed", lambda: put(717, 50.0, "u_real"), near(50, 0.01))
writes("pumping station on", lambda: put(STATION, True, "boolean_old"), True)
reads("it accelerates", lambda: until(lambda: pump.get_value(307, "boolean_old"), True), True)
reads("it reaches its switch point",
      lambda: until(lambda: pump.get_value(SWITCH_POINT, "boolean_old"), True), True)  # fmt: skip
reads("and its speed", lambda: until(hertz, near(1500, 15)), near(1500, 15))
writes("standby", in_turn(lambda: put(2, True, "boolean_old"), lambda: until(hertz, near(750, 15))),
       near(750, 15))  # fmt: skip
writes("off", in_turn(lambda: put(2, False, "boolean_old"), lambda: put(STATION, False,
       "boolean_old"), lambda: until(lambda: hertz() < 700, True)), True)  # fmt: skip
limits("a switch point above 97 %", lambda: put(701, 99, "u_integer"),
       Raising(PfeifferError, "range"))  # fmt: skip
limits("which changes nothing", lambda: pump.get_value(701, "u_integer"), 90)
errors("a parameter that does not exist", lambda: pump.get_value(999, "u_integer"),
       Raising(PfeifferError, "does not exist"))  # fmt: skip
errors("writing what can only be read", lambda: pump.comm(309, 5, "u_integer"),
       Raising(PfeifferError))  # fmt: skip
please("trip", 2)
errors("an error has its number", pump.get_error_code, "Err002")
errors("and stops the pump", lambda: pump.get_value(306, "boolean_old"), False)
writes("switching on acknowledges it", in_turn(lambda: put(STATION, False, "boolean_old"),
       lambda: put(STATION, True, "boolean_old"), pump.get_error_code), "000000")  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", pump.get_device_name, Raising(Exception))
time.sleep(0.2)
pump.instr.flush_read()
reconnects("the answer after it is its own", lambda: pump.get_value(701, "u_integer"), 90)
pump.close()
please("power_cycle")
pump = opened()
reconnects("a new session after a mains failure finds the pump on again",
           lambda: pump.get_value(STATION, "boolean_old"), True)  # fmt: skip
