"""pytrinamic's TMCM1640 against the emulated spindle drive."""

import sys

from pytrinamic.connections import ConnectionManager
from pytrinamic.modules import TMCM1640
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
    set_to,
    until,
    writes,
)


def opened():
    """A drive as a user of the client opens it."""
    line = ConnectionManager(
        f"--interface serial_tmcl --port {sys.argv[1]} --data-rate 9600 --timeout 1"
    ).connect()
    return line, TMCM1640(line)


line, module = opened()
motor = module.motors[0]
AP = motor.AP


def put(number, value):
    """Set an axis parameter and read it back."""
    motor.set_axis_parameter(number, value)
    return motor.get_axis_parameter(number)


reads("version as text", lambda: line.get_version_string(), lambda found: found.startswith("1640V"))
reads("supply in tenths of a volt", lambda: motor.get_axis_parameter(AP.SupplyVoltage), 240)
reads("temperature", lambda: motor.get_axis_parameter(AP.DriverTemperature), 35)
reads("it stands", motor.get_actual_velocity, 0)
reads("status has a bit for being initialised",
      lambda: motor.get_axis_parameter(AP.StatusFlags) >> 15 & 1, 1)  # fmt: skip
writes("highest current and speed", lambda: (put(AP.MaxCurrent, 2000), put(AP.MaxVelocity, 4000)),
       (2000, 4000))  # fmt: skip
writes("acceleration", lambda: put(AP.MaxAcceleration, 6000), 6000)
writes("turn at 3000 rpm", in_turn(lambda: motor.rotate(3000), lambda: until(
       motor.get_actual_velocity, near(3000, 10))), near(3000, 10))  # fmt: skip
writes("the other way", in_turn(lambda: motor.rotate(-600), lambda: until(
       motor.get_actual_velocity, near(-600, 10))), near(-600, 10))  # fmt: skip
writes("stop", in_turn(motor.stop, lambda: until(motor.get_actual_velocity, 0)), 0)
writes("position counted anew", lambda: put(AP.ActualPosition, 0), 0)
writes("a move", in_turn(lambda: motor.move_to(4000), lambda: until(motor.get_position_reached, 1),
       lambda: until(lambda: motor.actual_position, near(4000, 20))), near(4000, 20))  # fmt: skip
limits("a speed above the highest", lambda: motor.rotate(5000),
       Raising(TMCLReplyStatusError, "Invalid Value"))  # fmt: skip
limits("a current the drive has not", lambda: put(AP.MaxCurrent, 10**7),
       Raising(TMCLReplyStatusError, "Invalid Value"))  # fmt: skip
limits("neither changed anything", lambda: (motor.get_axis_parameter(AP.MaxCurrent),
       motor.get_actual_velocity()), (2000, 0))  # fmt: skip
errors("a parameter that does not exist", lambda: motor.get_axis_parameter(222),
       Raising(TMCLReplyStatusError, "Wrong Type"))  # fmt: skip
errors("a command that does not exist", lambda: line.send(99, 0, 0, 0),
       Raising(TMCLReplyStatusError, "Invalid Command"))  # fmt: skip
errors("a parameter that is only read", lambda: set_to(motor, "actual_velocity", 5),
       Raising(Exception))  # fmt: skip
please("allow", 0)
errors("a drive that may not turn does not",
       in_turn(lambda: motor.rotate(500), motor.get_actual_velocity), 0)  # fmt: skip
please("allow", 1)
please("corrupt_next")
errors("a spoilt answer is noticed", motor.get_actual_velocity, Raising(TMCLReplyChecksumError))
please("unplug")
errors("a pulled cable is silence", motor.get_actual_velocity, Raising(RuntimeError, "timed out"))
please("plug")
reconnects("it is back when plugged in", motor.get_actual_velocity, near(0, 600))
motor.stop()
line.close()
please("power_cycle")
line, module = opened()
motor = module.motors[0]
reconnects("a new session after a mains failure finds nothing that was not stored",
           lambda: motor.get_axis_parameter(AP.MaxAcceleration) != 6000, True)  # fmt: skip
