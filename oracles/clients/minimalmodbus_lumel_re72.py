"""minimalmodbus against the emulated tank heater."""

import sys

import minimalmodbus
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes

PV, ACTIVE, INDEX, SP1, REAL_PV, REAL_ACTIVE, REAL_SP1 = 4006, 4008, 4042, 4084, 7000, 7004, 7010


def opened():
    """The controller as a user of the client opens it."""
    instrument = minimalmodbus.Instrument(sys.argv[1], 1)
    instrument.serial.baudrate, instrument.serial.timeout = 9600, 0.5
    instrument.serial.stopbits = 2
    return instrument


heater = opened()


def put(celsius):
    """Write the first set-point and read it back."""
    heater.write_register(SP1, celsius, 1, functioncode=6, signed=True)
    return heater.read_register(SP1, 1, signed=True)


reads("temperature in tenths and as a float", lambda: (heater.read_register(PV, 1, signed=True),
      heater.read_float(REAL_PV)), lambda found: all(near(22, 0.2)(c) for c in found))  # fmt: skip
reads("all set-points at once", lambda: heater.read_registers(SP1, 4), [0, 0, 0, 0])
writes("the first set-point", lambda: put(60), 60)
writes("as a float", in_turn(lambda: heater.write_float(REAL_SP1, 55.5), lambda: (
       heater.read_register(SP1, 1), heater.read_float(REAL_ACTIVE))), (55.5, 55.5))  # fmt: skip
writes("below zero", lambda: put(-10), -10)
writes("several at once", in_turn(lambda: heater.write_registers(SP1, [500, 400, 300, 200]),
       lambda: heater.read_registers(SP1, 4)), [500, 400, 300, 200])  # fmt: skip
reads("the temperature follows", lambda: until(lambda: heater.read_float(REAL_PV), near(50, 0.5),
      within_s=10), near(50, 0.5))  # fmt: skip
writes("another one in use", in_turn(lambda: heater.write_register(INDEX, 2, functioncode=6),
       lambda: heater.read_register(ACTIVE, 1)), 30)  # fmt: skip
limits("a set-point above the range", lambda: put(500), Raising(minimalmodbus.IllegalRequestError))
limits("a set-point below it", lambda: put(-80), Raising(minimalmodbus.IllegalRequestError))
limits("one of several that is too high changes none of them",
       lambda: heater.write_registers(SP1, [100, 9999]),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
limits("as can be seen", lambda: heater.read_registers(SP1, 2), [500, 400])
errors("a register that does not exist", lambda: heater.read_register(4999),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
errors("a function that does not exist", lambda: heater.read_bit(0),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
please("break_sensor", 1)
errors("a broken sensor", lambda: heater.read_float(REAL_PV), near(420, 0.1))
please("break_sensor", 0)
please("unplug")
errors("a pulled cable is silence", lambda: heater.read_register(PV),
       Raising(minimalmodbus.NoResponseError))  # fmt: skip
please("plug")
reconnects("it is back when plugged in", lambda: heater.read_register(SP1, 1), 50)
heater.serial.close()
please("power_cycle")
heater.serial.open()
reconnects("after a mains failure the set-points are kept", lambda: heater.read_registers(SP1, 4),
           [500, 400, 300, 200])  # fmt: skip
