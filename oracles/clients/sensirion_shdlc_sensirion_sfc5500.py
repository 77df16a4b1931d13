"""Sensirion's own SHDLC driver against two emulated controllers on one bus."""

import sys
import time

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
from sensirion_shdlc_driver import ShdlcConnection, ShdlcSerialPort
from sensirion_shdlc_driver.errors import ShdlcDeviceError, ShdlcError, ShdlcTimeoutError
from sensirion_shdlc_sfc5xxx import Sfc5xxxScaling, Sfc5xxxShdlcDevice, Sfc5xxxValveInputSource

NORMALISED = Sfc5xxxScaling.NORMALIZED
PHYSICAL = Sfc5xxxScaling.PHYSICAL


def opened():
    """The bus, and both controllers on it."""
    port = ShdlcSerialPort(sys.argv[1], 115200)
    bus = ShdlcConnection(port)
    return port, Sfc5xxxShdlcDevice(bus, 0), Sfc5xxxShdlcDevice(bus, 1)


port, first, second = opened()


def flows(sccm):
    """Ask for a flow and wait for it."""
    first.set_setpoint(sccm, PHYSICAL)
    return until(lambda: first.read_measured_value(PHYSICAL), near(sccm, 2), within_s=8)


def held(sccm):
    """Set and read back."""
    first.set_setpoint(sccm, PHYSICAL)
    return first.get_setpoint(PHYSICAL)


reads("name", lambda: first.get_product_name(), lambda found: "SFC5500" in found)
reads("serial numbers of both", lambda: (first.get_serial_number(), second.get_serial_number()),
      ("12345678", "87654321"))  # fmt: skip
reads("gas", lambda: first.get_current_gas_description(), "Argon")
reads("full scale", lambda: first.get_current_fullscale(), near(500, 0.1))
reads("unit", lambda: str(first.get_current_gas_unit()), lambda found: bool(found))
reads("status", lambda: first.read_device_status()[0], 0)
reads("valve source", lambda: first.get_valve_input_source(), Sfc5xxxValveInputSource.CONTROLLER)
reads("no flow", lambda: first.read_measured_value(PHYSICAL), near(0, 0.5))
writes("set-point in sccm", in_turn(lambda: first.set_setpoint(125.0, PHYSICAL),
       lambda: first.get_setpoint(PHYSICAL)), near(125, 0.01))  # fmt: skip
reads("the same as a share", lambda: first.get_setpoint(NORMALISED), near(0.25, 1e-4))
writes("the flow follows", lambda: flows(200.0), near(200, 2))
# 7E, 7D, 11 and 13 must be stuffed: floats in which they stand
STUFFED = (15.9055338, 36.7666664, 63.3731193, 9.0933809)
writes("values full of reserved bytes", lambda: [held(value) for value in STUFFED],
       lambda found: all(near(a, 1e-6)(b) for a, b in zip(STUFFED, found, strict=True)),
       )  # fmt: skip
writes("set-point and answer in one", lambda: first.set_setpoint_and_read_measured_value(
       100.0, PHYSICAL), lambda found: found > 0)  # fmt: skip
writes("valve closed by hand and back",
       in_turn(lambda: first.set_valve_input_source(Sfc5xxxValveInputSource.FORCE_CLOSED),
               lambda: until(lambda: first.read_measured_value(PHYSICAL), near(0, 2), within_s=8),
               ), near(0, 2))  # fmt: skip
first.set_valve_input_source(Sfc5xxxValveInputSource.CONTROLLER)
writes("the other one is not touched", lambda: second.get_setpoint(PHYSICAL), near(0, 1e-6))
limits("more than full scale is out of range", lambda: first.set_setpoint(900.0, PHYSICAL),
       Raising(ShdlcDeviceError))  # fmt: skip
limits("a share above one too", lambda: first.set_setpoint(1.5, NORMALISED),
       Raising(ShdlcDeviceError))  # fmt: skip
limits("a calibration that is not there", lambda: first.activate_calibration(7),
       Raising(ShdlcDeviceError))  # fmt: skip
please("gas", 0)
errors("without gas a set-point cannot be reached",
       lambda: first.set_setpoint(100.0, PHYSICAL), Raising(ShdlcDeviceError))  # fmt: skip
please("gas", 1)
errors("nobody answers at another address",
       lambda: Sfc5xxxShdlcDevice(first.connection, 9).get_serial_number(),
       Raising(ShdlcTimeoutError))  # fmt: skip
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: first.get_serial_number(), Raising(ShdlcError))
reconnects("the answer after it is its own", lambda: first.get_serial_number(), "12345678")
please("unplug")
errors("a pulled cable is silence", lambda: second.get_serial_number(), Raising(ShdlcTimeoutError))
please("plug")
reconnects("and both are back when plugged in",
           lambda: (first.get_serial_number(), second.get_serial_number()),
           ("12345678", "87654321"))  # fmt: skip
port.close()
please("power_cycle")
time.sleep(0.2)
port, first, second = opened()
reconnects("a new session after a mains failure finds no set-point",
           lambda: first.get_setpoint(PHYSICAL), near(0, 1e-6))  # fmt: skip
