"""pymeasure's DCXS against the emulated magnetron supply."""

import sys
import time

from pymeasure.instruments.aja import DCXS
from pyvisa.errors import VisaIOError
from saying import Raising, errors, limits, near, please, reads, reconnects, set_to, until, writes


def opened():
    """A supply as a user of the client opens it."""
    return DCXS(f"ASRL{sys.argv[1]}::INSTR", visa_library="@py", timeout=500)


supply = opened()


def put(name, value):
    """Set a property and read it back."""
    setattr(supply, name, value)
    return getattr(supply, name)


reads("type", lambda: supply.id, "DCXS750-4")
reads("software version", lambda: len(supply.software_version), 5)
reads("nothing flows while it is off", lambda: (supply.power, supply.voltage, supply.current),
      (0, 0, 0))  # fmt: skip
reads("no fault", lambda: supply.fault_code, 0)
reads("all shutters closed", lambda: supply.shutter_state, [0, 0, 0, 0, 0])
writes("regulation by current and back to power",
       lambda: (put("regulation_mode", "current"), put("regulation_mode", "power")),
       ("current", "power"))  # fmt: skip
writes("set-point", lambda: put("setpoint", 200), 200)
writes("ramp time", lambda: put("ramp_time", 1), 1)
writes("shutter delay", lambda: put("shutter_delay", 1), 1)
writes("deposition time",
       lambda: (put("deposition_time_min", 2), put("deposition_time_sec", 30)),
       (2, 30))  # fmt: skip
# the client pads the name on its left; what it reads it strips
writes("material", lambda: put("material", "Ti").strip(), "Ti")
writes("gun", lambda: put("active_gun", 3), 3)
writes("output on", lambda: put("enabled", True), True)
reads("power after the ramp", lambda: until(lambda: supply.power, near(200, 2)), near(200, 2))
reads("voltage of the discharge", lambda: supply.voltage, 400)
reads("current that goes with them", lambda: supply.current, near(500, 5))
reads("the shutter of gun 3 opens after its delay",
      lambda: until(lambda: supply.shutter_state, [0, 0, 4, 0, 0]), [0, 0, 4, 0, 0])  # fmt: skip
reads("deposition time runs down",
      lambda: supply.remaining_deposition_time_min * 60 + supply.remaining_deposition_time_sec,
      near(147, 4))  # fmt: skip
limits("ramp time cannot be changed while it is on", lambda: put("ramp_time", 7), 1)
limits("the client refuses 1001", lambda: set_to(supply, "setpoint", 1001), Raising(ValueError))
limits("the client refuses gun 6", lambda: set_to(supply, "active_gun", 6), Raising(ValueError))
limits("gun 5 of a unit with four is not taken", lambda: put("active_gun", 5), 3)
limits("750 W is all there is", lambda: until(lambda: put("setpoint", 1000) and supply.power,
       near(750, 2)), near(750, 2))  # fmt: skip
please("interlock", 0)
errors("an open interlock takes the output away", lambda: (supply.enabled, supply.power),
       (False, 0))  # fmt: skip
errors("and shows as a fault", lambda: supply.fault_code != 0, True)
please("interlock", 1)
writes("output off forgets the fault", lambda: (put("enabled", False), supply.fault_code),
       (False, 0))  # fmt: skip
please("drop_next")
errors("a lost answer is noticed", lambda: supply.power, Raising(VisaIOError))
reconnects("the answer after it is its own", lambda: supply.id, "DCXS750-4")
supply.adapter.close()
supply = opened()
reconnects("a second session finds what the first one set", lambda: supply.material.strip(), "Ti")
supply.adapter.close()
please("power_cycle")
time.sleep(0.2)
supply = opened()
reconnects("after a mains failure it is off", lambda: (supply.id, supply.enabled),
           ("DCXS750-4", False))  # fmt: skip
