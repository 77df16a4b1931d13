"""pymeasure's TDK_Gen40_38 against the emulated supply of that rating."""

import sys
import time

from pymeasure.instruments.tdk import TDK_Gen40_38
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
    until,
    writes,
)


def opened(address=6):
    """A supply as a user of the client opens it."""
    return TDK_Gen40_38(f"ASRL{sys.argv[1]}::INSTR", address=address, visa_library="@py",
                        timeout=1000)  # fmt: skip


supply = opened()


def put(name, value):
    """Set a property and read it back."""
    setattr(supply, name, value)
    return getattr(supply, name)


def answer(command):
    """What the supply says to a setting, which the client would only write to a log."""
    supply.write(command)
    return supply.read()


reads("identity", lambda: supply.id[0], "LAMBDA")
reads("version, serial number and date",
      lambda: all((supply.version, supply.serial, supply.last_test_date)), True)  # fmt: skip
reads("off", lambda: (supply.mode, supply.output_enabled), ("OFF", False))
writes("remote control", lambda: put("remote", "REM"), "REM")
writes("voltage", lambda: put("voltage_setpoint", 12.5), near(12.5, 0.001))
writes("current", lambda: put("current_setpoint", 10.0), near(10.0, 0.001))
writes("over-voltage protection", lambda: put("over_voltage", 20.0), near(20.0, 0.001))
writes("under-voltage limit", lambda: put("under_voltage", 1.0), near(1.0, 0.001))
writes("foldback delay", lambda: put("foldback_delay", 5), 5)
writes("filter", lambda: put("pass_filter", 46), 46)
writes("auto-restart on and off",
       lambda: (put("auto_restart_enabled", True), put("auto_restart_enabled", False)),
       (True, False))  # fmt: skip
writes("output on", lambda: put("output_enabled", True), True)
# 0.2 ohms: the current is the limit
reads("constant current", lambda: until(lambda: supply.mode, "CC"), "CC")
reads("current", lambda: until(lambda: supply.current, near(10, 0.05)), near(10, 0.05))
reads("voltage", lambda: supply.voltage, near(2, 0.05))
reads("six displayed values", lambda: len(supply.display), 6)
reads("status line", lambda: len(supply.status), 6)
writes("ramp of the current",
       in_turn(lambda: supply.ramp_to_current(4.0, steps=3, pause=0.05),
               lambda: until(lambda: supply.current, near(4, 0.05))), near(4, 0.05))  # fmt: skip
# not the client's own `save` and `recall`: they do not read the answer
writes("saved and recalled", in_turn(lambda: answer("SAV"), lambda: put("current_setpoint", 3.0),
       lambda: answer("RCL"), lambda: supply.current_setpoint), near(4, 0.001))  # fmt: skip
limits("the client refuses 40.1 V", lambda: set_to(supply, "voltage_setpoint", 40.1),
       Raising(ValueError))  # fmt: skip
limits("a voltage above 95 % of the protection is E01", lambda: answer("PV 19.9"), "E01")
limits("a voltage below the limit is E02", lambda: answer("PV 0.5"), "E02")
limits("a protection too near the voltage is E04", lambda: answer("OVP 12.6"), "E04")
limits("a limit above the voltage is E06", lambda: answer("UVL 13"), "E06")
limits("a current above the rating is refused", lambda: answer("PC 99")[:1] in "CE", True)
errors("an unknown command is C01", lambda: answer("NONSENSE"), "C01")
errors("a missing number is C02", lambda: answer("PV"), "C02")
errors("no number is C03", lambda: answer("PV abc"), "C03")
errors("a wrong checksum is C04", lambda: answer("PV 5$00")[:3], "C04")
please("enable", 0)
errors("an open enable contact takes the output away",
       lambda: until(lambda: supply.mode, "OFF"), "OFF")  # fmt: skip
errors("and shows in the fault register", lambda: "FR(80)" in supply.ask("STT?"), True)
errors("an output that may not come is E07", lambda: answer("OUT ON"), "E07")
please("enable", 1)
writes("output off and protections as they were",
       lambda: (put("output_enabled", False), answer("RST")), (False, "OK"))  # fmt: skip
supply.adapter.connection.timeout = 300
errors("another address is met with silence", lambda: answer("ADR 7"), Raising(VisaIOError))
errors("and so is everything until the right one", lambda: supply.mode, Raising(VisaIOError))
supply.adapter.connection.timeout = 1000
reconnects("then it answers again", in_turn(lambda: set_to(supply, "address", 6),
           lambda: supply.mode), "OFF")  # fmt: skip
supply.adapter.close()
please("power_cycle")
time.sleep(0.2)
supply = opened()
reconnects("a new session after a mains failure addresses it anew", lambda: supply.mode, "OFF")
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: float(supply.voltage), Raising(Exception))
reconnects("the answer after it is its own", lambda: supply.mode, "OFF")
