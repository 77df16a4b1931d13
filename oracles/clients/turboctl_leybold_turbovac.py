"""turboctl's telegrams against the emulated turbopump."""

import sys
import time

import serial
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes
from turboctl.telegram import api
from turboctl.telegram.codes import ControlBits, ParameterError, StatusBits
from turboctl.telegram.telegram import TelegramBuilder


def opened():
    """The line as a user of the client opens it; a pseudo-terminal has no parity."""
    return serial.Serial(sys.argv[1], 19200, timeout=0.5)


line = opened()
on = False


def told(work, *arguments, **named):
    """Reply to a telegram; the pump may be asked no sooner than 10 ms after it has answered."""
    time.sleep(0.012)
    return work(line, *arguments, **named)[1]


def value(number, index=0):
    """Value of a parameter; the client would start the pump if it were not told otherwise."""
    return told(api.read_parameter, number, index, pump_on=on).parameter_value


def put(number, new):
    """Write a parameter; its value then, or the error."""
    reply = told(api.write_parameter, number, new, pump_on=on)
    return reply.parameter_error or value(number)


def status(**named):
    """Bits of the status."""
    return told(api.status, **named).flag_bits


reads("device type", lambda: value(1), 182)
reads("software", lambda: value(2), 10000)
reads("nominal speed, set-point and threshold", lambda: (value(18), value(24), value(25)),
      (1000, 1000, 90))  # fmt: skip
reads("a field", lambda: value(171, 3), 0)
reads("hours, a long number", lambda: value(184), 0)
reads("ready and not turning", status, lambda found: StatusBits.READY in found
      and StatusBits.TURNING not in found and StatusBits.OPERATION not in found)  # fmt: skip
at_rest = told(api.status)
reads("speed, temperature and current in every reply",
      lambda: (at_rest.frequency, at_rest.temperature, at_rest.current), (0, 30, 0))  # fmt: skip
writes("set-point", lambda: put(24, 900), 900)
writes("threshold", lambda: put(25, 80), 80)
errors("nothing is obeyed without the command bit", lambda: (api.send(line,
       TelegramBuilder().set_flag_bits([ControlBits.ON]).build()), time.sleep(0.05), status())[2],
       lambda found: StatusBits.OPERATION not in found)  # fmt: skip
on = True
writes("start", lambda: (status(pump_on=True), status(pump_on=True))[1],
       lambda found: StatusBits.OPERATION in found)  # fmt: skip
reads("it accelerates and turns", lambda: status(pump_on=True),
      lambda found: StatusBits.ACCELERATION in found and StatusBits.TURNING in found)  # fmt: skip
reads("it reaches its speed", lambda: until(lambda: value(3), near(900, 5)), near(900, 5))
reads("which is normal operation", lambda: status(pump_on=True),
      lambda found: StatusBits.DETAINED in found)  # fmt: skip
reads("current", lambda: value(5) > 0, True)
limits("a set-point above the nominal speed", lambda: put(24, 1200), ParameterError.MINMAX)
limits("and below the lowest", lambda: put(24, 100), ParameterError.MINMAX)
limits("which change nothing", lambda: value(24), 900)
errors("what is measured cannot be written", lambda: put(3, 5), ParameterError.CANNOT_CHANGE)
errors("an index that does not exist", lambda: told(api.read_parameter, 134, 9, pump_on=on)
       .parameter_error, ParameterError.INDEX)  # fmt: skip
please("bearing_c", 63)
errors("a warm bearing is a warning", lambda: (status(pump_on=True), value(227)),
       lambda found: StatusBits.TEMP_WARNING in found[0] and found[1] == 1 << 2)  # fmt: skip
please("bearing_c", 35)
please("trip", 101)
errors("an error stops it", lambda: status(pump_on=True), lambda found: StatusBits.ERROR in found
       and StatusBits.OPERATION not in found)  # fmt: skip
# only its number: the client takes the fields 174 and 176 for single values
errors("and is remembered", lambda: value(171), 101)
on = False
writes("reset and off unlock it", in_turn(lambda: told(api.reset_error),
       lambda: status(pump_on=False), lambda: status(pump_on=False)),
       lambda found: StatusBits.ERROR not in found
       and StatusBits.SWITCH_ON_LOCK not in found)  # fmt: skip
on = True
writes("it starts again and is stopped", lambda: (status(pump_on=True), status(pump_on=False),
       until(lambda: StatusBits.TURNING in status(pump_on=False), False))[2], False)  # fmt: skip
on = False
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: value(1), Raising(ValueError))
reconnects("the answer after it is its own", lambda: value(1), 182)
please("unplug")
errors("a pulled cable is silence", lambda: value(1), Raising(ValueError))
please("plug")
reconnects("it is back when plugged in", lambda: value(1), 182)
on = True
status(pump_on=True)
until(lambda: value(3) > 100, True)
on = False
line.close()
please("power_cycle")
line = opened()
reconnects("a new session after a mains failure finds what was not saved as delivered",
           lambda: (value(24), value(25)), (1000, 90))  # fmt: skip
reconnects("and the failure among the errors", lambda: value(171), 103)
