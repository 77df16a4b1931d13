"""minimalmodbus against the emulated hotplate controller, in its integers and its floats.

There is a public class for this family on top of the client; it reads parameter p as a float from
register 2p + 32768, and so does this script.
"""

import sys

import minimalmodbus
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes

PV, TARGET, OUTPUT, WORKING, SELECT, SP1, SP2, RATE, STATUS = 1, 2, 3, 5, 15, 24, 25, 35, 75


def opened():
    """The controller as a user of the client opens it."""
    instrument = minimalmodbus.Instrument(sys.argv[1], 1)
    instrument.serial.baudrate, instrument.serial.timeout = 9600, 0.5
    return instrument


plate = opened()


def real(parameter):
    """A parameter as a float."""
    return plate.read_float(2 * parameter + 32768)


def put(parameter, value):
    """Write a float and read it back."""
    plate.write_float(2 * parameter + 32768, value)
    return real(parameter)


reads("temperature in tenths and as a float", lambda: (plate.read_register(PV, 1, signed=True),
      real(PV)), lambda found: all(near(22, 0.2)(c) for c in found))  # fmt: skip
reads("the other place of the same", lambda: plate.read_register(289, 1), near(22, 0.2))
reads("with function 4 too", lambda: plate.read_register(PV, 1, functioncode=4), near(22, 0.2))
reads("output", lambda: real(OUTPUT), near(0, 0.1))
writes("set-point 1 as a float", lambda: put(SP1, 95.5), near(95.5, 0.01))
writes("which is the target", lambda: plate.read_register(TARGET, 1), 95.5)
writes("target as an integer", in_turn(lambda: plate.write_register(TARGET, 80, 1, functioncode=6),
       lambda: real(SP1)), near(80, 0.01))  # fmt: skip
reads("the temperature follows", lambda: until(lambda: real(PV), near(80, 0.5), within_s=10),
      near(80, 0.5))  # fmt: skip
writes("the other set-point in use", in_turn(lambda: plate.write_register(SELECT, 1,
       functioncode=6), lambda: put(SP2, 40), lambda: real(TARGET)), near(40, 0.01))  # fmt: skip
writes("a ramp rate", lambda: put(RATE, 30), near(30, 0.01))
limits("a set-point above the range", lambda: put(SP1, 900),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
limits("a set-point below it", lambda: put(SP1, -20), Raising(minimalmodbus.IllegalRequestError))
limits("a third set-point in use", lambda: plate.write_register(SELECT, 2, functioncode=6),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
limits("which change nothing", lambda: (real(SP1), plate.read_register(SELECT)), (80, 1))
errors("writing what is measured", lambda: plate.write_register(PV, 1, functioncode=6),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
errors("a parameter that does not exist", lambda: plate.read_register(999),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
please("break_sensor", 1)
errors("a broken sensor shows in the status", lambda: plate.read_register(STATUS) >> 5 & 1, 1)
errors("and takes the output away", lambda: real(OUTPUT), near(0, 0.01))
please("break_sensor", 0)
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: real(PV), Raising(minimalmodbus.ModbusException))
please("unplug")
errors("a pulled cable is silence", lambda: real(PV), Raising(minimalmodbus.NoResponseError))
please("plug")
reconnects("it is back when plugged in", lambda: real(SP1), near(80, 0.01))
plate.serial.close()
please("power_cycle")
plate.serial.open()
reconnects("after a mains failure the set-points are kept", lambda: (real(SP1), real(SP2)),
           (80, 40))  # fmt: skip
