"""pymeasure's KepcoBOP3612 against the emulated bipolar supply, over a VISA socket."""

import sys

from pymeasure.instruments.kepco import KepcoBOP3612
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes


def opened():
    """A supply as a user of the client opens it."""
    host, _, port = sys.argv[1].rpartition(":")
    return KepcoBOP3612(f"TCPIP::{host}::{port}::SOCKET", visa_library="@py", timeout=1000)


supply = opened()


def put(name, value):
    """Set a property and read it back."""
    setattr(supply, name, value)
    return getattr(supply, name)


def error():
    """Number of the oldest error."""
    return int(supply.ask("SYST:ERR?").split(",")[0])


reads("identity", lambda: supply.id.startswith("KEPCO,BIT 4886 36-12"), True)
reads("self-test of the card", lambda: int(supply.confidence_test), 0)
reads("no error", error, 0)
writes("voltage mode and current mode",
       lambda: (put("operating_mode", "VOLT"), put("operating_mode", "CURR")),
       ("VOLT", "CURR"))  # fmt: skip
writes("voltage limit", lambda: put("voltage_setpoint", 10), near(10, 0.01))
writes("current", lambda: put("current_setpoint", 4), near(4, 0.01))
writes("output on", lambda: put("output_enabled", True), True)
reads("current", lambda: until(lambda: supply.current, near(4, 0.05)), near(4, 0.05))
reads("voltage over half an ohm", lambda: supply.voltage, near(2, 0.05))
writes("the other direction",
       in_turn(lambda: put("current_setpoint", -2), lambda: until(lambda: supply.current,
               near(-2, 0.05))), near(-2, 0.05))  # fmt: skip
reads("and its voltage", lambda: supply.voltage, near(-1, 0.05))
please("ohms", 20)
limits("the voltage limit takes over at 20 ohms",
       in_turn(lambda: put("current_setpoint", 4), lambda: until(lambda: supply.voltage,
               near(10, 0.1))), near(10, 0.1))  # fmt: skip
limits("with less current", lambda: supply.current, near(0.5, 0.05))
please("ohms", 0.5)
limits("the client cuts 99 A to 12", lambda: put("current_setpoint", 99), near(12, 0.01))
limits("the supply refuses 99 A", in_turn(lambda: supply.write("CURR 99"), error), -222)
limits("and keeps what it had", lambda: supply.current_setpoint, near(12, 0.01))
writes("pulses of a list, alternating",
       in_turn(lambda: put("current_setpoint", 0),
               lambda: supply.write("LIST:CLE;CURR 4,-2;DWEL 0.5,0.5"),
               lambda: supply.write("LIST:COUN 0"), lambda: supply.write("CURR:MODE LIST"),
               lambda: (until(lambda: supply.current, near(4, 0.05)),
                        until(lambda: supply.current, near(-2, 0.05)), error())),
       lambda found: near(4, 0.05)(found[0]) and near(-2, 0.05)(found[1])
       and found[2] == 0)  # fmt: skip
writes("back to a fixed current", in_turn(lambda: supply.write("CURR:MODE FIX"), error), 0)
writes("output off", lambda: put("output_enabled", False), False)
reads("nothing flows", lambda: until(lambda: supply.current, near(0, 0.01)), near(0, 0.01))
errors("an unknown header waits in the queue",
       in_turn(lambda: supply.write("NON:SENSE"), error), -113)  # fmt: skip
errors("and is forgotten when read", error, 0)
writes("a beep and a wait change nothing",
       in_turn(supply.beep, supply.wait_to_continue, error), 0)  # fmt: skip
please("unplug")
errors("a pulled cable is noticed", lambda: supply.current, Raising(Exception))
please("plug")
supply.adapter.close()
supply = opened()
reconnects("a new session finds the mode that was set", lambda: supply.operating_mode, "CURR")
supply.adapter.close()
please("power_cycle")
supply = opened()
reconnects("after a mains failure the output is off",
           lambda: (supply.output_enabled, supply.current_setpoint), (False, 0))  # fmt: skip
