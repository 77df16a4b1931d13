"""pytrinamic's TMCM1110 against the emulated conveyor drive with two end switches."""

import sys

from pytrinamic.connections import ConnectionManager
from pytrinamic.modules import TMCM1110
from pytrinamic.tmcl import TMCLReplyChecksumError, TMCLReplyStatusError
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


def opened():
    """A drive as a user of the client opens it."""
    line = ConnectionManager(
        f"--interface serial_tmcl --port {sys.argv[1]} --data-rate 9600 --timeout 1"
    ).connect()
    return line, TMCM1110(line)


line, module = opened()
motor = module.motors[0]
AP = motor.AP


def put(number, value):
    """Set an axis parameter and read it back."""
    motor.set_axis_parameter(number, value)
    return motor.get_axis_parameter(number)


reads("version as text", lambda: line.get_version_string(), lambda found: found.startswith("1110V"))
reads("it stands at 0", lambda: (motor.actual_position, motor.get_actual_velocity()), (0, 0))
reads("end switches", lambda: (motor.get_axis_parameter(AP.LeftEndstop),
      motor.get_axis_parameter(AP.RightEndstop)), (0, 0))  # fmt: skip
writes("speed and acceleration", lambda: (put(AP.MaxVelocity, 1500), put(AP.MaxAcceleration, 1000)),
       (1500, 1000))  # fmt: skip
writes("currents", lambda: (put(AP.MaxCurrent, 128), put(AP.StandbyCurrent, 16)), (128, 16))
writes("microsteps", lambda: put(AP.MicrostepResolution, 4), 4)
writes("a move", in_turn(lambda: motor.move_to(1200), lambda: until(motor.get_position_reached, 1),
       lambda: motor.actual_position), 1200)  # fmt: skip
writes("a relative move", in_turn(lambda: motor.move_by(-200), lambda: until(
       lambda: motor.actual_position, 1000)), 1000)  # fmt: skip
writes("turn", in_turn(lambda: motor.rotate(300), lambda: until(motor.get_actual_velocity,
       near(300, 5))), near(300, 5))  # fmt: skip
writes("stop", in_turn(motor.stop, lambda: until(motor.get_actual_velocity, 0)), 0)
limits("the left switch ends a turn to the left",
       in_turn(lambda: motor.rotate(-1500), lambda: until(lambda: motor.get_axis_parameter(
               AP.LeftEndstop), 1, within_s=8),
               lambda: (motor.get_axis_parameter(AP.LeftEndstop),
                        until(motor.get_actual_velocity, 0))), (1, 0))  # fmt: skip
limits("a current above 255", lambda: put(AP.MaxCurrent, 300),
       Raising(TMCLReplyStatusError, "Invalid Value"))  # fmt: skip
errors("a parameter that does not exist", lambda: motor.get_axis_parameter(99),
       Raising(TMCLReplyStatusError, "Wrong Type"))  # fmt: skip
errors("a command that does not exist", lambda: line.send(99, 0, 0, 0),
       Raising(TMCLReplyStatusError, "Invalid Command"))  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", motor.get_actual_velocity, Raising(TMCLReplyChecksumError))
please("unplug")
errors("a pulled cable is silence", motor.get_actual_velocity, Raising(RuntimeError, "timed out"))
please("plug")
reconnects("it is back when plugged in", motor.get_actual_velocity, 0)
line.close()
please("power_cycle")
line, module = opened()
reconnects("a new session after a mains failure finds no place",
           lambda: module.motors[0].actual_position, 0)  # fmt: skip
