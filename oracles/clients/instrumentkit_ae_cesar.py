"""instrumentkit's Cesar1312 against the emulated RF generator."""

import sys
import time

import instruments as ik
from instruments.units import ureg as u
from saying import (
    Raising,
    errors,
    in_turn,
    limits,
    please,
    reads,
    reconnects,
    set_to,
    writes,
)


def opened():
    """A generator as a user of the client opens it; a pseudo-terminal has no parity."""
    return ik.dressler.Cesar1312.open_serial(sys.argv[1], baud=115200, timeout=1)


def close(generator):
    """Give the port back; the client's own `close` wants it to be a socket."""
    generator._file._conn.close()  # noqa: SLF001 - there is no other way


rf = opened()


def put(name, value):
    """Set a property and read it back."""
    setattr(rf, name, value)
    return getattr(rf, name)


def forward():
    """Power that leaves it, which the client has no property for."""
    return int.from_bytes(rf.query(rf._make_pkg(165)), "little")  # noqa: SLF001 - see above


def faults():
    """Whether the interlock is open, which the client has no property for."""
    return bool(rf.query(rf._make_pkg(162))[1] & 0x80)  # noqa: SLF001 - see above


reads("name", lambda: rf.name.strip(), "CESAR1312")
reads("the panel has control", lambda: rf.control_mode, rf.ControlMode.FrontPanel)
reads("RF is off", lambda: (rf.rf, forward(), rf.reflected_power.magnitude), (False, 0, 0))
errors("no order counts while the panel has control", lambda: set_to(rf, "rf", value=True),
       Raising(OSError, "CSR=1"))  # fmt: skip
writes("control by the host", lambda: put("control_mode", rf.ControlMode.Host),
       rf.ControlMode.Host)  # fmt: skip
writes("regulation of forward and of load power",
       lambda: (put("regulation_mode", rf.RegulationMode.ForwardPower),
                put("regulation_mode", rf.RegulationMode.LoadPower)),
       (rf.RegulationMode.ForwardPower, rf.RegulationMode.LoadPower))  # fmt: skip
writes("power", lambda: put("output_power", 600 * u.W), 600 * u.W)
writes("power in another unit", lambda: put("output_power", 0.3 * u.kW), 300 * u.W)
writes("RF on", lambda: put("rf", True), True)
reads("forward power after the ramp", in_turn(lambda: time.sleep(0.6), forward),
      lambda found: abs(found - 300) <= 3)  # fmt: skip
reads("nothing is reflected", lambda: rf.reflected_power, 0 * u.W)
limits("more than the rating is refused", lambda: set_to(rf, "output_power", 1500 * u.W),
       Raising(OSError, "CSR=4"))  # fmt: skip
limits("and the old value stays", lambda: rf.output_power, 300 * u.W)
limits("the client refuses address 32", lambda: set_to(rf, "address", 32), Raising(ValueError))
errors("regulation cannot be changed while RF is on",
       lambda: set_to(rf, "regulation_mode", rf.RegulationMode.ForwardPower),
       Raising(OSError))  # fmt: skip
please("interlock", 0)
errors("an open interlock takes RF away", lambda: (rf.rf, faults()), (False, True))
errors("and lets it not come back", lambda: set_to(rf, "rf", value=True), Raising(OSError, "CSR=7"))
please("interlock", 1)
writes("RF on and off again", lambda: (put("rf", True), put("rf", False)), (True, False))
errors("an unknown order is refused by number",
       lambda: rf.sendcmd(rf._make_pkg(99)), Raising(OSError, "CSR"))  # noqa: SLF001  # fmt: skip
please("corrupt_next")
errors(
    "a spoilt acknowledgement makes the client repeat", lambda: rf.output_power, Raising(Exception)
)
time.sleep(1.2)
rf._file._conn.reset_input_buffer()  # noqa: SLF001 - the client leaves what it did not expect
reconnects("the answer after it is its own", lambda: rf.name.strip(), "CESAR1312")
please("unplug")
errors("a pulled cable is noticed", lambda: rf.output_power, Raising(Exception))
please("plug")
close(rf)
rf = opened()
reconnects("a second session finds the power of the first", lambda: rf.output_power, 300 * u.W)
close(rf)
please("power_cycle")
rf = opened()
reconnects("after a mains failure RF is off and the panel has control",
           lambda: (rf.rf, rf.control_mode), (False, rf.ControlMode.FrontPanel))  # fmt: skip
