"""pylablib's TMCM1110 against the emulated conveyor drive with two end switches."""

import sys
import time

from pylablib.devices import Trinamic
from saying import (
    Raising,
    errors,
    in_turn,
    limits,
    near,
    please,
    reads,
    reconnects,
    until,
    writes,
)

HERE = {"addr": 1}  # the client would send to module 0


def opened():
    """A drive as a user of the client opens it."""
    return Trinamic.TMCM1110((sys.argv[1], 9600))


belt = opened()

reads("it stands at 0", lambda: (belt.get_position(**HERE), belt.is_moving(**HERE)), (0, False))
reads("microsteps", lambda: belt.get_microstep_resolution(**HERE) in {2**n for n in range(9)}, True)
reads("speed, acceleration and divisors",
      lambda: all(value > 0 for value in belt.get_velocity_parameters(**HERE)), True)  # fmt: skip
reads("factors of speed and acceleration",
      lambda: (belt.get_velocity_factor(**HERE) > 0, belt.get_acceleration_factor(**HERE) > 0),
      (True, True))  # fmt: skip
reads("currents", lambda: all(0 <= share <= 1 for share in belt.get_current_parameters(**HERE)),
      True)  # fmt: skip
reads("no end switch is touched", lambda: belt.get_limit_switches_state(**HERE), (False, False))
writes("microsteps", lambda: belt.set_microstep_resolution(16, **HERE), 16)
writes("speed and acceleration", lambda: belt.setup_velocity(speed=1200, accel=500, **HERE)[:2],
       (1200, 500))  # fmt: skip
writes("currents", lambda: belt.setup_current(0.5, 0.1, **HERE),
       lambda found: near(0.5, 0.01)(found[0]) and near(0.1, 0.01)(found[1]))  # fmt: skip
writes("an absolute move", in_turn(lambda: belt.move_to(800, **HERE),
       lambda: belt.wait_move(**HERE), lambda: until(lambda: belt.get_position(**HERE), 800)),
       800)  # fmt: skip
writes("a relative move", in_turn(lambda: belt.move_by(-300, **HERE),
       lambda: belt.wait_move(**HERE), lambda: until(lambda: belt.get_position(**HERE), 500)),
       500)  # fmt: skip
writes("a new name for this place", lambda: belt.set_position_reference(0, **HERE), 0)
# "-" counts as "+" in the client: the direction is given by its number
writes("a jog", in_turn(lambda: belt.jog("+", 400, **HERE),
       lambda: until(lambda: belt.get_current_speed(**HERE), near(400, 10))),
       near(400, 10))  # fmt: skip
writes("stop", in_turn(lambda: belt.stop(**HERE),
       lambda: until(lambda: belt.is_moving(**HERE), False)), False)  # fmt: skip
writes("switches in use", lambda: tuple(belt.setup_limit_switches(True, True, **HERE)),
       (True, True))  # fmt: skip
writes("homing", lambda: belt.setup_home("lim_left", 500, 100, **HERE),
       lambda found: tuple(found) == ("lim_left", 500, 100))  # fmt: skip
limits("the right switch ends a jog",
       in_turn(lambda: belt.jog("+", 1800, **HERE),
               lambda: until(lambda: belt.get_limit_switches_state(**HERE), (False, True),
                             within_s=8),
               lambda: (belt.get_limit_switches_state(**HERE), until(
                   lambda: belt.is_moving(**HERE), False))), ((False, True), False))  # fmt: skip
limits("a speed above 2047", lambda: belt.setup_velocity(speed=3000, **HERE),
       Raising(Trinamic.TrinamicError, "Invalid value"))  # fmt: skip
errors("a parameter that does not exist", lambda: belt.get_axis_parameter(99, **HERE),
       Raising(Trinamic.TrinamicError, "Wrong type"))  # fmt: skip
errors("a second axis, which it has not", lambda: belt.get_position(axis=1, **HERE),
       Raising(Trinamic.TrinamicError))  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: belt.get_position(**HERE),
       Raising(Trinamic.TrinamicError))  # fmt: skip
reconnects("the answer after it is its own", lambda: belt.get_microstep_resolution(**HERE), 16)
belt.close()
please("power_cycle")
time.sleep(0.1)
belt = opened()
reconnects("a new session after a mains failure finds nothing that was not stored",
           lambda: (belt.get_position(**HERE), belt.get_velocity_parameters(**HERE)[0] != 1200),
           (0, True))  # fmt: skip
