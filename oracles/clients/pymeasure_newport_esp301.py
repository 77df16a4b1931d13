"""pymeasure's ESP300 against the emulated motion controller."""

import sys
import time

from pymeasure.instruments.newport.esp300 import ESP300, AxisError, GeneralError
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


def opened():
    """A controller as a user of the client opens it."""
    return ESP300(f"ASRL{sys.argv[1]}::INSTR", visa_library="@py", timeout=1000)


stage = opened()
x, phi = stage.x, stage.phi


def moved(axis, position):
    """Go there and wait."""
    axis.position = position
    axis.wait_for_stop()
    return axis.position


def kinds(found):
    """What was in the queue, in the client's words."""
    return [str(error).rpartition(": ")[2] for error in found]


reads("no error", lambda: stage.error, 0)
reads("who it is", lambda: "ESP30" in stage.ask("VE?"), True)
reads("units of a linear and of a turning axis", lambda: (x.units, phi.units),
      ("millimeter", "degree"))  # fmt: skip
reads("software limits", lambda: (x.left_limit, x.right_limit), (-25, 25))
reads("motors are off", lambda: (x.enabled, phi.enabled), (False, False))
errors("a move without power is an error of that axis",
       in_turn(lambda: set_to(x, "position", 1.0), lambda: kinds(stage.errors)),
       ["MOTOR NOT ENABLED"])  # fmt: skip
# not `stage.enable`: on its way to the axes it asks for everything that SCPI instruments have
writes("motors on", in_turn(x.enable, phi.enable, lambda: (x.enabled, phi.enabled)), (True, True))
writes("home", in_turn(x.home, x.wait_for_stop, lambda: x.position), near(0, 1e-3))
writes("a move", lambda: moved(x, 1.25), near(1.25, 1e-3))
writes("a turn", lambda: moved(phi, -0.5), near(-0.5, 1e-3))
reads("motion done", lambda: x.motion_done, True)
writes("a stop on the way",
       in_turn(lambda: set_to(x, "position", 20.0), lambda: time.sleep(0.3), lambda: x.write("ST"),
               lambda: until(lambda: x.motion_done, True), lambda: 1.25 < x.position < 19.0),
       True)  # fmt: skip
writes("calling this place zero", in_turn(x.zero, lambda: x.position), near(0, 1e-6))
writes("calling it something else", in_turn(lambda: x.define_position(3), lambda: x.position),
       near(3, 1e-6))  # fmt: skip
writes("a narrower limit", in_turn(lambda: set_to(x, "right_limit", 5), lambda: x.right_limit), 5)
limits("beyond it is an error", in_turn(lambda: set_to(x, "position", 6.0),
       lambda: len(stage.errors)), 1)  # fmt: skip
limits("and the axis stays", lambda: x.position, near(3, 1e-3))
errors("an unknown command", in_turn(lambda: stage.write("1QQ"), lambda: kinds(stage.errors)),
       ["COMMAND DOES NOT EXIST"])  # fmt: skip
errors("an axis that does not exist", in_turn(lambda: stage.write("7PA1"),
       lambda: kinds(stage.errors)), ["AXIS NUMBER OUT OF RANGE"])  # fmt: skip
errors("a parameter that is missing", in_turn(lambda: stage.write("1PA"),
       lambda: kinds(stage.errors)), ["COMMAND PARAMETER MISSING"])  # fmt: skip
please("amplifier_fault", 2)
errors("a fault of the hardware waits in the queue", lambda: kinds(stage.errors),
       ["AMPLIFIER FAULT DETECTED"])  # fmt: skip
errors("the queue keeps ten", in_turn(*[lambda: stage.write("1QQ")] * 14,
       lambda: len(stage.errors)), 10)  # fmt: skip
please("unplug")
stage.adapter.connection.timeout = 300
errors("a pulled cable is silence", lambda: stage.error, Raising(VisaIOError))
please("plug")
reconnects("it is back when plugged in", lambda: stage.error, 0)
stage.adapter.close()
stage = opened()
reconnects("a second session finds the axis where it was", lambda: stage.x.position, near(3, 1e-3))
stage.adapter.close()
please("power_cycle")
stage = opened()
reconnects("after a mains failure the motors are off", lambda: stage.x.enabled, False)
reads("the client's classes of errors", lambda: (AxisError(113).axis, GeneralError(6).error),
      ("1", "6"))  # fmt: skip
