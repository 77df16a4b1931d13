"""instrumentkit's NewportESP301 against the emulated motion controller."""

import sys

import instruments as ik
from instruments.newport.errors import NewportError
from instruments.units import ureg as u
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
    return ik.newport.NewportESP301.open_serial(sys.argv[1], baud=19200, timeout=1)


def close(controller):
    """Give the port back; the client's own `close` wants it to be a socket."""
    controller._file._conn.close()  # noqa: SLF001 - there is no other way


stage = opened()
x, theta = stage.axis[0], stage.axis[2]


def put(axis, name, value):
    """Set a property and read it back as a bare number."""
    setattr(axis, name, value)
    return getattr(axis, name).magnitude


reads("units", lambda: (x.units, theta.units), (u.mm, u.deg))
reads("position", lambda: x.position.magnitude, near(0, 1e-3))
reads("motion done", lambda: x.is_motion_done, True)
reads("software limits", lambda: (x.left_limit.magnitude, x.right_limit.magnitude), (-25, 25))
writes("velocity", lambda: put(x, "velocity", 4 * u.mm / u.s), near(4, 1e-3))
writes("velocity in metres per minute", lambda: put(x, "velocity", 0.3 * u.m / u.minute),
       near(5, 1e-3))  # fmt: skip
writes("acceleration and deceleration",
       lambda: (put(x, "acceleration", 30), put(x, "deceleration", 20)), (30, 20))  # fmt: skip
writes("motor on and home", in_turn(x.enable, x.search_for_home, lambda: until(
       lambda: x.is_motion_done, True), lambda: x.position.magnitude), near(0, 1e-3))  # fmt: skip
# not `wait=True`: that waits for the distance as if it were a place
writes("an absolute move", in_turn(lambda: x.move(2 * u.mm), x.wait_for_stop, x.wait_for_motion,
       lambda: x.position.magnitude), near(2, 1e-3))  # fmt: skip
writes("a relative move back", in_turn(lambda: x.move(-500 * u.um, absolute=False),
       lambda: x.wait_for_motion(max_wait=5), lambda: x.position.magnitude),
       near(1.5, 1e-3))  # fmt: skip
writes("a stop on the way", in_turn(lambda: x.move(20 * u.mm), x.stop_motion,
       lambda: until(lambda: x.is_motion_done, True), lambda: x.position.magnitude < 19),
       True)  # fmt: skip
writes("a new name for this place", in_turn(lambda: set_to(x, "home", 0 * u.mm),
       lambda: x.position.magnitude), near(0, 1e-6))  # fmt: skip
writes("motor off", in_turn(x.disable, lambda: x.is_motion_done), True)
errors("a move without power", lambda: x.move(1 * u.mm), Raising(NewportError, "13"))
errors("an unknown command", lambda: x._newport_cmd("QQ", target=1),  # noqa: SLF001 - see above
       Raising(NewportError))  # fmt: skip
errors("after which the queue is empty", lambda: x.is_motion_done, True)
x.enable()
limits("a move beyond the software limit", lambda: x.move(90 * u.mm), Raising(NewportError))
limits("a velocity above the highest", lambda: set_to(x, "velocity", 99), Raising(NewportError))
limits("neither of them happened", lambda: (round(x.position.magnitude, 3),
       round(x.velocity.magnitude, 3)), (0, 5))  # fmt: skip
please("amplifier_fault", 1)
errors("a fault of the hardware", lambda: x.position, Raising(NewportError))
please("drop_next")
errors("a lost answer is noticed", lambda: x.position, Raising(Exception))
close(stage)
stage = opened()
x = stage.axis[0]
reconnects("a second session finds the velocity of the first",
           lambda: x.velocity.magnitude, near(5, 1e-3))  # fmt: skip
close(stage)
please("power_cycle")
stage = opened()
reconnects("after a mains failure moves need power again",
           lambda: stage.axis[0].move(1 * u.mm), Raising(NewportError, "13"))  # fmt: skip
