"""pymeasure's VSR (Smartline V2) against the emulated gauge."""

import sys

from pymeasure.instruments.thyracont.smartline_v2 import VSR
from pyvisa.errors import VisaIOError
from saying import (
    Raising,
    errors,
    in_turn,
    limits,
    near,
    please,
    reads,
    reconnects,
    set_to,
    writes,
)


def opened(address=1):
    """A gauge as a user of the client opens it."""
    return VSR(f"ASRL{sys.argv[1]}::INSTR", visa_library="@py", address=address)


gauge = opened()


def put(name, value):
    """Set a property and read it back."""
    setattr(gauge, name, value)
    return getattr(gauge, name)


reads("type", lambda: gauge.device_type, "VSR205")
reads("product, serial numbers and versions", lambda: all((gauge.product_name, gauge.device_serial,
      gauge.sensor_serial, gauge.device_version, gauge.firmware_version,
      gauge.bootloader_version)), True)  # fmt: skip
reads("measuring range", lambda: gauge.range, [1200, 1e-4])
reads("pressure", lambda: gauge.pressure, near(973.4, 0.1))
reads("pressure of the piezo", lambda: gauge.piezo.pressure, near(973.4, 0.1))
reads("hours of operation", lambda: gauge.operating_hours, lambda found: bool(found))
reads("wear of the Pirani", lambda: gauge.pirani.statistics, (0, 95.5))
writes("unit of the display", lambda: (put("display_unit", "Torr"), put("display_unit", "mbar")),
       ("Torr", "mbar"))  # fmt: skip
writes("display upside down and back",
       lambda: (put("display_orientation", "bottom"), put("display_orientation", "top")),
       ("bottom", "top"))  # fmt: skip
writes("sensor that is shown", lambda: put("display_data", gauge.Sources.PIRANI),
       gauge.Sources.PIRANI)  # fmt: skip
writes("transition at 2 mbar", in_turn(lambda: gauge.set_direct_sensor_transition(2.0),
       gauge.get_sensor_transition), "D2.0")  # fmt: skip
writes("transition from 5 to 10 mbar",
       in_turn(lambda: gauge.set_continuous_sensor_transition(5.0, 10.0),
               gauge.get_sensor_transition), "F5.0T10.0")  # fmt: skip
writes("the usual transition", in_turn(gauge.set_default_sensor_transition,
       gauge.get_sensor_transition), "continuous")  # fmt: skip
writes("adjusted at the atmosphere", in_turn(lambda: gauge.set_high(1000.0),
       lambda: gauge.piezo.pressure), near(1000, 0.2))  # fmt: skip
please("mbar", 5e-2)
reads("pressure in the Pirani's range", lambda: gauge.pirani.pressure, near(5e-2, 1e-4))
reads("and of both", lambda: gauge.pressure, near(5e-2, 1e-3))
please("mbar", 1e-6)
limits("below the range", lambda: gauge.pressure, 0)
please("mbar", 2000)
limits("above the range", lambda: gauge.pressure, float("inf"))
limits("an adjustment far from the truth is refused", lambda: gauge.set_high(5.0),
       Raising(ConnectionError, "range"))  # fmt: skip
limits("the client refuses an unknown unit", lambda: set_to(gauge, "display_unit", "psi"),
       Raising(ValueError))  # fmt: skip
errors("an unknown command", lambda: gauge.ask_manually(0, "QQ"),
       Raising(ConnectionError, "Invalid command"))  # fmt: skip
errors("an access that makes no sense", lambda: gauge.ask_manually(2, "MV", "1"),
       Raising(ConnectionError))  # fmt: skip
errors("a value of the wrong length", lambda: gauge.ask_manually(2, "DO", "12345"),
       Raising(ConnectionError))  # fmt: skip
please("mbar", 1.0)
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: gauge.pressure, Raising(Exception))
reconnects("the answer after it is its own", lambda: gauge.device_type, "VSR205")
please("unplug")
errors("a pulled cable is silence", lambda: gauge.pressure, Raising(VisaIOError))
please("plug")
reconnects("it is back when plugged in", lambda: gauge.pressure, near(1.0, 0.1))
gauge.adapter.close()
stranger = opened(address=5)
errors("another address is met with silence", lambda: stranger.pressure, Raising(VisaIOError))
stranger.adapter.close()
please("power_cycle")
gauge = opened()
reconnects("a new session after a mains failure", lambda: gauge.display_data, gauge.Sources.PIRANI)
