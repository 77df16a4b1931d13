"""minimalmodbus against the emulated pump drive."""

import sys

import minimalmodbus
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes

START, PRESSURE, HERTZ, MODE, REQUIRED, ACTUATOR, RESET, ERRORS, STATUS = (
    0x0031, 0x0032, 0x0033, 0x008B, 0x00E8, 0x00EA, 0x00D3, 0x012D, 0x01C1,
)  # fmt: skip
LACK_OF_WATER = 1 << 6


def opened():
    """The drive as a user of the client opens it."""
    instrument = minimalmodbus.Instrument(sys.argv[1], 1)
    instrument.serial.baudrate, instrument.serial.timeout = 9600, 0.5
    return instrument


pump = opened()


def put(register, value, decimals=0):
    """Write a register and read it back."""
    pump.write_register(register, value, decimals, functioncode=6)
    return pump.read_register(register, decimals)


reads("it stands", lambda: (pump.read_register(PRESSURE, 2), pump.read_register(HERTZ, 1)), (0, 0))
reads("status has the terminal closed", lambda: pump.read_register(STATUS) >> 4 & 1, 1)
reads("errors, in two registers", lambda: pump.read_long(ERRORS), 0)
reads("voltage of the motor and temperature",
      lambda: (pump.read_register(0x0088), pump.read_register(0x0085)), (0, 25))  # fmt: skip
writes("required pressure", lambda: put(REQUIRED, 2.0, 2), 2.0)
writes("start", lambda: put(START, 1), 1)
reads("the pressure is reached", lambda: until(lambda: pump.read_register(PRESSURE, 2),
      near(2, 0.05), within_s=8), near(2, 0.05))  # fmt: skip
writes("stop", in_turn(lambda: put(START, 0), lambda: until(lambda: pump.read_register(HERTZ, 1), 0,
       within_s=8)), 0)  # fmt: skip
writes("as an actuator at 30 Hz", in_turn(lambda: put(MODE, 3), lambda: put(ACTUATOR, 30.0, 1),
       lambda: put(START, 1), lambda: until(lambda: pump.read_register(HERTZ, 1), near(30, 0.2),
       within_s=8)), near(30, 0.2))  # fmt: skip
limits("more than 70 Hz", lambda: put(ACTUATOR, 99.0, 1),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
limits("a mode that is not fitted", lambda: put(MODE, 1),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
limits("which change nothing", lambda: (pump.read_register(ACTUATOR, 1), pump.read_register(MODE)),
       (30, 3))  # fmt: skip
errors("a register that does not exist", lambda: pump.read_register(0x0999),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
errors("writing what is measured", lambda: put(PRESSURE, 1),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
put(RESET, 0)
please("water", 0)
errors("without water it stops with an error", lambda: (until(lambda: pump.read_long(ERRORS),
       LACK_OF_WATER), pump.read_register(STATUS) >> 2 & 1, until(
       lambda: pump.read_register(STATUS) >> 6 & 1, 0)),
       (LACK_OF_WATER, 1, 0))  # fmt: skip
please("water", 1)
writes("a stop lets it be forgotten", in_turn(lambda: put(START, 0), lambda: until(
       lambda: pump.read_long(ERRORS), 0)), 0)  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: pump.read_register(MODE),
       Raising(minimalmodbus.ModbusException))  # fmt: skip
reconnects("the answer after it is its own", lambda: pump.read_register(MODE), 3)
please("unplug")
errors("a pulled cable is silence", lambda: pump.read_register(MODE),
       Raising(minimalmodbus.NoResponseError))  # fmt: skip
please("plug")
pump.serial.close()
please("power_cycle")
pump.serial.open()
reconnects("after a mains failure the settings are kept", lambda: (pump.read_register(MODE),
           pump.read_register(ACTUATOR, 1)), (3, 30))  # fmt: skip
