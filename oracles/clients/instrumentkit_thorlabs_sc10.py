"""instrumentkit's SC10 against the emulated shutter controller."""

import sys

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
    until,
    writes,
)


def opened():
    """A controller as a user of the client opens it."""
    return ik.thorlabs.SC10.open_serial(sys.argv[1], baud=9600, timeout=1)


def close(controller):
    """Give the port back; the client's own `close` wants it to be a socket."""
    controller._file._conn.close()  # noqa: SLF001 - there is no other way


shutter = opened()


def put(name, value):
    """Set a property and read it back."""
    setattr(shutter, name, value)
    return getattr(shutter, name)


reads("name", lambda: shutter.name, "THORLABS SC10 VERSION 1.07")
reads("closed, disabled, interlock well",
      lambda: (shutter.closed, shutter.enable, shutter.interlock),
      (True, False, False))  # fmt: skip
reads("baud rate", lambda: shutter.baud_rate, 9600)
writes("mode", lambda: put("mode", shutter.Mode.manual), shutter.Mode.manual)
writes("repeat count", lambda: put("repeat", 3), 3)
writes("triggers", lambda: (put("trigger", 0), put("out_trigger", 1)), (0, 1))
writes("times", lambda: (put("open_time", 300 * u.ms), put("shut_time", 0.2 * u.s)),
       (300 * u.ms, 200 * u.ms))  # fmt: skip
writes("open by hand", lambda: (put("enable", True), until(lambda: shutter.closed, False)),
       (True, False))  # fmt: skip
writes("a second enable does not toggle it", lambda: (put("enable", True), shutter.closed),
       (True, False))  # fmt: skip
writes("closed by hand", lambda: (put("enable", False), until(lambda: shutter.closed, True)),
       (False, True))  # fmt: skip
shutter.mode = shutter.Mode.single
writes("one exposure opens", lambda: (put("enable", True), until(lambda: shutter.closed, False)),
       (True, False))  # fmt: skip
reads("and ends by itself", lambda: (until(lambda: shutter.enable, False), shutter.closed),
      (False, True))  # fmt: skip
writes("save and restore", in_turn(lambda: put("repeat", 7), lambda: shutter.sendcmd("savp"),
       lambda: put("repeat", 9), lambda: shutter.sendcmd("resp"), lambda: shutter.repeat),
       7)  # fmt: skip
limits("the client refuses 100 repeats", lambda: set_to(shutter, "repeat", 100),
       Raising(ValueError))  # fmt: skip
limits("the client refuses a million milliseconds",
       lambda: set_to(shutter, "open_time", 1_000_000 * u.ms), Raising(ValueError))  # fmt: skip
limits("the controller refuses mode 9", lambda: shutter.query("mode=9"),
       lambda found: "CMD_ARG_INVALID" in found)  # fmt: skip
limits("and stays in its own", lambda: shutter.mode, shutter.Mode.single)
errors("an unknown command", lambda: shutter.query("nonsense?"),
       lambda found: "CMD_NOT_DEFINED" in found)  # fmt: skip
please("interlock", 0)
errors("an open interlock shows", lambda: shutter.interlock, True)
errors("and keeps the shutter closed", lambda: (put("enable", True), shutter.closed)[1], True)
please("interlock", 1)
please("drop_next")
errors("a lost answer is noticed", lambda: shutter.name, Raising(Exception))
close(shutter)
shutter = opened()
reconnects("a second session finds the times of the first", lambda: shutter.open_time, 300 * u.ms)
close(shutter)
please("power_cycle")
shutter = opened()
reconnects("after a mains failure it is closed and disabled",
           lambda: (shutter.closed, shutter.enable), (True, False))  # fmt: skip
