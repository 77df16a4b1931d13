"""pylablib's OmronE5xCController against two emulated controllers on one bus."""

import sys
import time

from pylablib.devices import Omron
from pylablib.devices.Modbus import ModbusError
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

WRITING_ON, RUN, STOP, RAM, RESET = 0x0001, 0x0100, 0x0101, 0x0401, 0x0600


def opened():
    """A controller as a user of the client opens it; a pseudo-terminal has no parity."""
    return Omron.OmronE5xCController((sys.argv[1], 9600, 8, "N", 1))


bus = opened()
bus._retry_n = 1  # noqa: SLF001 - five tries of a second each show nothing more


def order(code, unit=1):
    """An operation command, which the client has no method for."""
    return bus.mb_write_single_holding_register(0x0000, code, daddr=unit)


reads("model", bus.get_device_info, "E5CC-QX2ASM-800")
reads("temperature in tenths", bus.get_measurementi, near(220, 2))
reads("set-point", bus.get_setpointi, 0)
reads("status", lambda: bus.get_reg(0x2001, "uint"), lambda found: found & 0xFF == 0)
reads("both controllers of the bus", lambda: bus.mb_scan_devices([1, 2, 3, 9]), [1, 2])
errors("a set-point is refused while writing is off", lambda: bus.set_setpointi(1100),
       Raising(ModbusError, "0x04"))  # fmt: skip
writes("writing on, writes to RAM", lambda: (order(WRITING_ON), order(RAM)), (None, None))
writes("set-point", lambda: bus.set_setpointi(1100), 1100)
writes("run", in_turn(lambda: order(RUN), lambda: until(bus.get_measurementi, near(1100, 5),
       within_s=10)), near(1100, 5))  # fmt: skip
writes("the lower roll has its own set-point",
       in_turn(lambda: order(WRITING_ON, 2),
               lambda: bus.mb_write_single_holding_register(0x2103, 700, daddr=2),
               lambda: (bus.mb_read_holding_registers(0x2103, 1, daddr=2), bus.get_setpointi())),
       ((700).to_bytes(2, "big"), 1100))  # fmt: skip
writes("stop", in_turn(lambda: order(STOP), lambda: bus.get_reg(0x2407, "uint") >> 8 & 1), 1)
limits("a set-point above the range", lambda: bus.set_setpointi(9999),
       Raising(ModbusError, "0x03"))  # fmt: skip
limits("and below it", lambda: bus.set_setpointi(-10 & 0xFFFF), Raising(ModbusError, "0x03"))
limits("which change nothing", bus.get_setpointi, 1100)
errors("a variable that does not exist", lambda: bus.get_reg(0x3000), Raising(ModbusError, "0x02"))
errors("a function that does not exist", lambda: bus.mb_read_input_registers(0x2000, 1),
       Raising(ModbusError, "0x01"))  # fmt: skip
errors("an order that does not exist", lambda: order(0x7700), Raising(ModbusError, "0x03"))
please("break_sensor", 1)
errors("a broken sensor runs to the end of the range", bus.get_measurementi, 4200)
errors("and shows in the status", lambda: bus.get_reg(0x2001, "uint") >> 6 & 1, 1)
please("break_sensor", 0)
please("corrupt_next")
errors("a spoilt answer is noticed", bus.get_measurementi, Raising(Exception))
time.sleep(0.2)
bus.instr.flush_read()
please("unplug")
errors("a pulled cable is silence", bus.get_setpointi, Raising(ModbusError))
please("plug")
reconnects("it is back when plugged in", bus.get_setpointi, 1100)
errors("a software reset is not answered", lambda: order(RESET), Raising(ModbusError))
reconnects("after it, what was written to RAM is gone", bus.get_setpointi, 0)
bus.close()
bus = opened()
reconnects("a second session", bus.get_device_info, "E5CC-QX2ASM-800")
