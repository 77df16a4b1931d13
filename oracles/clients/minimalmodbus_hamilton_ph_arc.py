"""minimalmodbus against the emulated pH sensor."""

import struct
import sys

import minimalmodbus
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, writes

PH, TEMPERATURE, WARNINGS, ERRORS, LEVEL, AVERAGE = 2089, 2409, 4735, 4799, 4287, 3369
SPECIALIST, SPECIALIST_PASSWORD = 0x30, 16021966
ILLEGAL = minimalmodbus.IllegalRequestError


def opened():
    """The sensor as a user of the client opens it."""
    instrument = minimalmodbus.Instrument(sys.argv[1], 1)
    instrument.serial.baudrate, instrument.serial.timeout = 19200, 0.5
    instrument.serial.stopbits = 2
    return instrument


sensor = opened()


def record(address, kinds):
    """Values of a whole record: I for a number, f for a float; low word first."""
    words = sensor.read_registers(address, 2 * len(kinds))
    return struct.unpack(f"<{kinds}", struct.pack(f"<{len(words)}H", *words))


def put(address, kinds, *values):
    """Write a whole record."""
    data = struct.pack(f"<{kinds}", *values)
    sensor.write_registers(address, list(struct.unpack(f"<{len(data) // 2}H", data)))


reads("pH with unit, status and limits", lambda: record(PH, "IfIff"),
      lambda found: found[0] == 0x1000 and near(4.02503, 1e-5)(found[1])
      and found[2:] == (0, 0, 14))  # fmt: skip
reads("the very words", lambda: sensor.read_registers(PH, 10),
      [4096, 0, 52492, 16512, 0, 0, 0, 0, 0, 16736])  # fmt: skip
reads("temperature", lambda: record(TEMPERATURE, "IfIff"),
      lambda found: found[0] == 4 and near(24.35834, 1e-4)(found[1])
      and found[2:] == (0, -20, 130))  # fmt: skip
reads("with function 4 too", lambda: sensor.read_registers(PH, 10, functioncode=4)[0], 4096)
reads("no warnings and no errors", lambda: record(WARNINGS, "IIII") + record(ERRORS, "IIII"),
      (0,) * 8)  # fmt: skip
reads("moving average", lambda: record(AVERAGE, "IIII")[2:], (1, 16))
please("ph", 7.5)
reads("another liquid", lambda: record(PH, "IfIff")[1], near(7.5, 1e-4))
errors("a part of a record", lambda: sensor.read_registers(PH + 2, 2), Raising(ILLEGAL))
errors("its beginning alone", lambda: sensor.read_registers(PH, 4), Raising(ILLEGAL))
errors("a record that does not exist", lambda: sensor.read_registers(1234, 4), Raising(ILLEGAL))
limits("a user may not write", lambda: put(4095, "I", 5), Raising(ILLEGAL))
limits("a wrong password opens nothing", lambda: put(LEVEL, "II", SPECIALIST, 1), Raising(ILLEGAL))
writes("the right one does", in_turn(lambda: put(LEVEL, "II", SPECIALIST, SPECIALIST_PASSWORD),
       lambda: record(LEVEL, "II")[0]), SPECIALIST)  # fmt: skip
writes("an address", in_turn(lambda: put(4095, "I", 7), lambda: record(4095, "I")), (7,))
limits("an address above 32", lambda: put(4095, "I", 33), Raising(ILLEGAL))
please("celsius", 140)
errors("too hot to measure freezes the value", lambda: record(PH, "IfIff")[2] & 1, 1)
please("ph", 2.0)
errors("at what it was", lambda: record(PH, "IfIff")[1], near(7.5, 1e-4))
please("celsius", 25)
reads("until it is cooler", lambda: record(PH, "IfIff")[1], near(2.0, 1e-4))
please("glass_broken")
errors("broken glass is an error", lambda: (record(ERRORS, "IIII")[0], record(PH, "IfIff")[2] >> 4
       & 1), (1 << 5, 1))  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: record(PH, "IfIff"),
       Raising(minimalmodbus.ModbusException))  # fmt: skip
reconnects("the answer after it is its own", lambda: record(AVERAGE, "IIII")[2:], (1, 16))
sensor.serial.close()
please("power_cycle")
sensor.serial.open()
reconnects("after a mains failure it is a user's again", lambda: record(LEVEL, "II")[0], 3)
