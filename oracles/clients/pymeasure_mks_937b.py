"""pymeasure's MKS937B against the emulated gauge controller."""

import sys
import time

from pymeasure.instruments.mksinst.mks937b import MKS937B, Unit
from pyvisa.errors import VisaIOError
from saying import (
    Raising,
    errors,
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


def opened():
    """A controller as a user of the client opens it."""
    return MKS937B(f"ASRL{sys.argv[1]}::INSTR", visa_library="@py", timeout=1000)


gauges = opened()
ion, relay = gauges.ch_1, gauges.relay_1


def put(thing, name, value):
    """Set a property and read it back."""
    setattr(thing, name, value)
    return getattr(thing, name)


reads("serial number", lambda: gauges.serial, "0101123456")
reads("an ion gauge is good after its start",
      lambda: until(lambda: ion.ion_gauge_status, "Good"), "Good")  # fmt: skip
reads("its pressure", lambda: ion.pressure, near(1.5e-6, 2e-8))
reads("a Pirani below its range says so in words", lambda: str(gauges.ch_2.pressure)[:2], "LO")
# the client looks for commas; the controller separates by spaces
reads("all six channels", lambda: len(gauges.all_pressures.split()), 6)
reads("the combined pressure", lambda: gauges.combined_pressure1, near(1.5e-6, 2e-8))
reads("relay state", lambda: relay.status, one_of("SET", "CLEAR", True, False))
# the client cannot write "mBAR" back when it has read another spelling: it is answered as sent
writes("unit mbar and back",
       lambda: (put(gauges, "unit", Unit.mbar), ion.pressure, put(gauges, "unit", Unit.Torr)),
       lambda found: (found[0], found[2]) == (Unit.mbar, Unit.Torr)
       and near(2.0e-6, 3e-8)(found[1]))  # fmt: skip
writes("relay direction", lambda: put(relay, "direction", "BELOW"), "BELOW")
writes("relay set-point", lambda: put(relay, "setpoint", 5e-5), near(5e-5, 1e-7))
writes("relay reset value", lambda: put(relay, "resetpoint", 8e-5), near(8e-5, 1e-7))
writes("relay enabled, forced and cleared",
       lambda: (put(relay, "enabled", True), put(relay, "enabled", "SET"),
                put(relay, "enabled", False)), (True, "SET", False))  # fmt: skip
writes("an enabled relay follows the pressure", lambda: (put(relay, "enabled", True),
       relay.status)[1], one_of("SET", True))  # fmt: skip
please("mbar", 1e-3)
reads("and lets go above it", lambda: relay.status, one_of("CLEAR", False))
writes("gauge off", lambda: put(ion, "power_enabled", False), False)
reads("its status then", lambda: ion.ion_gauge_status, "Off")
writes("gauge on", lambda: put(ion, "power_enabled", True), True)
limits("an input without a gauge has no pressure", lambda: str(gauges.ch_6.pressure),
       lambda found: not found[:1].isdigit())  # fmt: skip
limits("a set-point beyond the gauge is refused", lambda: set_to(relay, "setpoint", "9.9E+9"),
       Raising(ValueError, "NAK"))  # fmt: skip
gauges.adapter.flush_read_buffer()
limits("an unknown command is refused by number", lambda: gauges.ask("XYZ?"),
       lambda found: "NAK160" in found)  # fmt: skip
limits("the client refuses an unknown unit", lambda: set_to(gauges, "unit", "BAR"),
       Raising(ValueError))  # fmt: skip
please("mbar", 1.0)
errors("too high a pressure makes the ion gauge protect itself",
       lambda: until(lambda: ion.ion_gauge_status, "Protect"), "Protect")  # fmt: skip
errors("and its pressure is a word", lambda: ion.pressure, "PROTECT")
please("drop_next")
errors("a lost answer is noticed", lambda: ion.pressure, Raising(VisaIOError))
reconnects("the answer after it is its own", lambda: gauges.serial, "0101123456")
gauges.adapter.close()
please("power_cycle")
time.sleep(0.2)
gauges = opened()
ion, relay = gauges.ch_1, gauges.relay_1
reconnects("a new session after a mains failure finds the relay's set-point",
           lambda: relay.setpoint, near(5e-5, 1e-7))  # fmt: skip
please("unplug")
gauges.adapter.connection.timeout = 300
errors("a pulled cable is silence", lambda: gauges.serial, Raising(VisaIOError))
please("plug")
reconnects("it is back when plugged in", lambda: gauges.serial, "0101123456")
