"""pylablib's LumelRE72Controller against the emulated tank heater."""

import sys
import time

from pylablib.devices import Lumel
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


def opened():
    """A controller as a user of the client opens it."""
    return Lumel.LumelRE72Controller((sys.argv[1], 9600, 8, "N", 2))


heater = opened()

reads("model", heater.get_device_info, lambda found: "RE72" in found)
reads("temperature as a float", heater.get_measurementf, near(22, 0.2))
reads("and in tenths", heater.get_measurementi, near(220, 2))
reads("all set-points", lambda: [heater.get_setpointi(n) for n in (1, 2, 3, 4)], [0, 0, 0, 0])
reads("output", heater.get_outputf, near(0, 0.01))
writes("the active set-point", lambda: heater.set_setpointi(600), 600)
writes("which is the first one", lambda: (heater.get_setpointi(1), heater.get_setpointf()),
       lambda found: found[0] == 600 and near(60, 0.01)(found[1]))  # fmt: skip
writes("the fourth one alone", lambda: (heater.set_setpointi(450, 4), heater.get_setpointi(1)),
       (450, 600))  # fmt: skip
reads("the temperature follows", lambda: until(heater.get_measurementf, near(60, 0.5), within_s=10),
      near(60, 0.5))  # fmt: skip
writes("another set-point in use", in_turn(lambda: heater.set_reg(4042, 3), heater.get_setpointi),
       450)  # fmt: skip
limits("a set-point above the range", lambda: heater.set_setpointi(9999, 1),
       Raising(ModbusError, "0x03"))  # fmt: skip
limits("which changes nothing", lambda: heater.get_setpointi(1), 600)
limits("a fifth set-point in use", lambda: heater.set_reg(4042, 7), Raising(ModbusError, "0x03"))
errors("a register that does not exist", lambda: heater.get_reg(4999, "int"),
       Raising(ModbusError, "0x02"))  # fmt: skip
errors("half a float", lambda: heater.mb_read_holding_registers(7001, 1), Raising(ModbusError))
errors("a function that does not exist", lambda: heater.mb_read_coils(0), Raising(ModbusError))
please("break_sensor", 1)
errors("a broken sensor shows beyond the range", heater.get_measurementf, near(420, 0.1))
errors("and takes the output away", heater.get_outputf, near(0, 0.01))
please("break_sensor", 0)
please("corrupt_next")
errors("a spoilt answer is noticed", heater.get_measurementi, Raising(Exception))
time.sleep(0.2)
heater.instr.flush_read()
reconnects("the answer after it is its own", lambda: heater.get_setpointi(1), 600)
heater.close()
please("power_cycle")
heater = opened()
reconnects("a new session after a mains failure finds the set-points",
           lambda: (heater.get_setpointi(1), heater.get_setpointi(4)), (600, 450))  # fmt: skip
