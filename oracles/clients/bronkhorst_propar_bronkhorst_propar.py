"""Bronkhorst's own propar against the emulated mini CORI-FLOW."""

import os
import sys

import propar
from saying import (
    Raising,
    errors,
    in_turn,
    limits,
    near,
    one_of,
    please,
    reads,
    reconnects,
    set_to,
    until,
    writes,
)

(MEASURE, SETPOINT, SLOPE, MODE, CAPACITY, FLUID, ALARMS, UNIT, COUNTER, LIMIT, COUNTING, FLOW,
 FLOW_WANTED, TEMPERATURE, SERIAL, TAG, ALARM_MODE) = (
    8, 9, 10, 12, 21, 25, 28, 129, 122, 124, 130, 205, 206, 142, 92, 115, 118,
)  # fmt: skip
BATCH_REACHED, POWER_UP = 1 << 4, 1 << 5


def opened():
    """The instrument as a user of the client opens it; one master for each port is kept."""
    propar._PROPAR_MASTERS.clear()  # noqa: SLF001 - the last session's line was closed
    return propar.instrument(sys.argv[1])


unit = opened()
get = unit.readParameter


def put(number, value):
    """Write a parameter; whether it was taken, and what it is then."""
    return unit.writeParameter(number, value), get(number)


reads("measured value and set-point", lambda: (unit.measure, unit.setpoint), (0, 0))
reads("capacity and its unit", lambda: (get(CAPACITY), get(UNIT).strip()), (120, "g/min"))
reads("fluid", lambda: get(FLUID).strip(), "RESIST")
reads("serial number", lambda: get(SERIAL).strip(), "M17205678A")
reads("temperature", lambda: get(TEMPERATURE), near(21.5, 0.01))
reads("alarms know of the power-up", lambda: get(ALARMS) & ~POWER_UP, 0)
reads("several in one telegram", lambda: [item["data"] for item in unit.read_parameters(
      [unit.db.get_parameter(n) for n in (MEASURE, SETPOINT, CAPACITY, TEMPERATURE)])],
      lambda found: found[:3] == [0, 0, 120] and near(21.5, 0.01)(found[3]))  # fmt: skip
writes("set-point of 50 %", in_turn(lambda: set_to(unit, "setpoint", 16000),
       lambda: unit.setpoint), 16000)  # fmt: skip
reads("the flow follows", lambda: (until(lambda: unit.measure, near(16000, 50)), get(FLOW)),
      lambda found: near(16000, 50)(found[0]) and near(60, 0.5)(found[1]))  # fmt: skip
writes("set-point as a float", lambda: put(FLOW_WANTED, 30.0), (True, 30.0))
writes("slope", lambda: put(SLOPE, 5), (True, 5))
writes("a name for it", lambda: (put(TAG, "COATER-1")[0], get(TAG).strip()), (True, "COATER-1"))
# 16 is the byte that frames a telegram: it is doubled wherever it stands
writes("values full of the framing byte", lambda: put(SETPOINT, 0x1010), (True, 0x1010))
writes("dispense by mass", lambda: (put(SLOPE, 0), put(SETPOINT, 0), put(COUNTER, 0.0),
       put(LIMIT, 0.5), put(COUNTING, 2), put(SETPOINT, 32000),
       until(lambda: get(ALARMS) & BATCH_REACHED, BATCH_REACHED), get(COUNTER))[6:],
       lambda found: found[0] == BATCH_REACHED and near(0.5, 0.2)(found[1]))  # fmt: skip
limits("a mode that does not exist", lambda: unit.writeParameter(MODE, 200), False)
limits("a set-point above what the type holds", lambda: unit.writeParameter(SETPOINT, 60000),
       one_of(False))  # fmt: skip
limits("the client refuses a number that is no parameter", lambda: get(99999), Raising(ValueError))
errors("what is measured cannot be written", lambda: unit.write(33, 0, propar.PP_TYPE_FLOAT, 1.0),
       False)  # fmt: skip
errors("a process that does not exist", lambda: unit.read(99, 1, propar.PP_TYPE_INT16),
       lambda found: not isinstance(found, int | float) or found is None)  # fmt: skip
please("fault", 1)
errors("a fault is an alarm", lambda: get(ALARMS) & 1, 1)
please("fault", 0)
please("drop_next")
errors("a lost answer is None", lambda: unit.measure, None)
reconnects("the answer after it is its own", lambda: get(SERIAL).strip(), "M17205678A")
please("unplug")
errors("a pulled cable is None", lambda: unit.measure, None)
please("plug")
reconnects("it is back when plugged in", lambda: get(TAG).strip(), "COATER-1")
put(ALARM_MODE, 3)  # to be told of a power-up
unit.master.stop()
please("power_cycle")
unit = opened()
get = unit.readParameter
reconnects("a new session after a mains failure learns of it", lambda: get(ALARMS) & POWER_UP,
           POWER_UP)  # fmt: skip
reconnects("and finds no set-point", lambda: unit.setpoint, 0)
sys.stdout.flush()
os._exit(0)  # the client's threads never end
