"""minimalmodbus against two emulated hot-roll controllers on one bus."""

import sys

import minimalmodbus
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes

WRITING_ON, RUN, STOP = 0x0001, 0x0100, 0x0101


def opened(unit):
    """One controller of the bus; a pseudo-terminal has no parity."""
    instrument = minimalmodbus.Instrument(sys.argv[1], unit)
    instrument.serial.baudrate, instrument.serial.timeout = 9600, 0.5
    return instrument


upper, lower = opened(1), opened(2)


def order(unit, code):
    """An operation command."""
    unit.write_register(0x0000, code, functioncode=6)


def setpoint(unit, celsius):
    """Write the set-point and read it back."""
    unit.write_register(0x2103, celsius, 1, functioncode=6, signed=True)
    return unit.read_register(0x2103, 1, signed=True)


reads("temperatures of both rolls", lambda: [unit.read_register(0x2000, 1, signed=True)
      for unit in (upper, lower)], lambda found: all(near(22, 0.2)(c) for c in found))  # fmt: skip
reads("several registers at once", lambda: len(upper.read_registers(0x2000, 6)), 6)
reads("a double word", lambda: upper.read_long(0x0000, signed=True), near(220, 2))
errors("a set-point is refused while writing is off", lambda: setpoint(upper, 110),
       Raising(minimalmodbus.SlaveReportedException))  # fmt: skip
for roll in (upper, lower):
    order(roll, WRITING_ON)
writes("a set-point for each roll", lambda: (setpoint(upper, 110), setpoint(lower, 70)), (110, 70))
writes("run", in_turn(lambda: order(upper, RUN), lambda: order(lower, RUN), lambda: until(
       lambda: upper.read_register(0x2000, 1), near(110, 0.5), within_s=10)),
       near(110, 0.5))  # fmt: skip
writes("alarm limits, two registers at once",
       in_turn(lambda: upper.write_registers(0x2105, [50, 30]),
               lambda: upper.read_registers(0x2105, 2)), [50, 30])  # fmt: skip
writes("stop one of them", in_turn(lambda: order(lower, STOP), lambda: (
       lower.read_register(0x2407) >> 8 & 1, upper.read_register(0x2407) >> 8 & 1)),
       (1, 0))  # fmt: skip
limits("a set-point above the range", lambda: setpoint(upper, 900),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
limits("a set-point below it", lambda: setpoint(upper, -5),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
errors("an address that does not exist", lambda: upper.read_register(0x3000),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
errors("a function that does not exist", lambda: upper.read_register(0x2000, functioncode=4),
       Raising(minimalmodbus.IllegalRequestError))  # fmt: skip
errors("nobody answers as unit 9", lambda: opened(9).read_register(0x2000),
       Raising(minimalmodbus.NoResponseError))  # fmt: skip
please("break_sensor", 1)
errors("a broken sensor", lambda: (upper.read_register(0x2000, 1), upper.read_register(0x2001) >> 6
       & 1), (420, 1))  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: upper.read_register(0x2000),
       Raising(minimalmodbus.ModbusException))  # fmt: skip
please("unplug")
errors("a pulled cable is silence", lambda: upper.read_register(0x2000),
       Raising(minimalmodbus.NoResponseError))  # fmt: skip
please("plug")
reconnects("it is back when plugged in", lambda: upper.read_register(0x2103, 1), 110)
upper.serial.close()
please("power_cycle")
upper.serial.open()
reconnects("after a mains failure writing is off again", lambda: setpoint(upper, 90),
           Raising(minimalmodbus.SlaveReportedException))  # fmt: skip
reconnects("and the set-points are kept", lambda: [unit.read_register(0x2103, 1)
           for unit in (upper, lower)], [110, 70])  # fmt: skip
