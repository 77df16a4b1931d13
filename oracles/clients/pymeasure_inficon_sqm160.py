"""pymeasure's SQM160 against the emulated thickness monitor."""

import sys
import time

from pymeasure.instruments.inficon import SQM160
from pyvisa.errors import VisaIOError
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, writes


def forget():
    """Drop what the client leaves of a refusal: it raises before it has read the checksum."""
    time.sleep(0.1)
    monitor.adapter.flush_read_buffer()


def opened():
    """A monitor as a user of the client opens it."""
    return SQM160(f"ASRL{sys.argv[1]}::INSTR", visa_library="@py")


monitor = opened()
first = monitor.sensor_1

reads("firmware", lambda: monitor.firmware_version, "MON Ver 4.13")
reads("number of channels", lambda: monitor.number_of_channels, 6)
reads("it was switched on: asked once", lambda: monitor.reset_flag, True)
reads("asked again", lambda: monitor.reset_flag, False)
reads("mean rate", lambda: monitor.average_rate, near(5.0, 0.1))
reads("mean thickness grows", lambda: monitor.average_thickness > 0, True)
reads("rate of a sensor", lambda: first.rate, near(5.0, 0.1))
reads("thickness of a sensor", lambda: first.thickness > 0, True)
reads("frequency", lambda: first.frequency, near(5875830.23, 0.5))
reads("crystal life", lambda: first.crystal_life, near(97, 1))
reads("all values at once", lambda: len(monitor.all_values) >= 3, True)
writes("zero thickness", in_turn(monitor.reset_thickness_rate, lambda: first.thickness),
       near(0, 3))  # fmt: skip
writes("zero time", in_turn(monitor.reset_time, lambda: monitor.number_of_channels), 6)
writes("reset of the parameters", in_turn(monitor.reset_system_parameters,
       lambda: monitor.number_of_channels), 6)  # fmt: skip
limits("a command that does not exist is answered so", lambda: monitor.ask("#"),
       Raising(ConnectionError, "invalid command"))  # fmt: skip
forget()
limits("a sensor that does not exist", lambda: monitor.ask("L9?"),
       Raising(ConnectionError, "data"))  # fmt: skip
forget()
please("kill_crystal")
errors("a dead crystal has no frequency", lambda: first.frequency, 0)
errors("and no life", lambda: first.crystal_life <= 0, True)
please("corrupt_next")
errors("a spoilt answer is noticed", lambda: monitor.firmware_version, Raising(Exception))
forget()
reconnects("the answer after it is its own", lambda: monitor.firmware_version, "MON Ver 4.13")
please("unplug")
monitor.adapter.connection.timeout = 300
errors("a pulled cable is silence", lambda: monitor.average_rate, Raising(VisaIOError))
please("plug")
monitor.adapter.close()
please("power_cycle")
monitor = opened()
first = monitor.sensor_1
reconnects("a new session learns that it was off meanwhile", lambda: monitor.reset_flag, True)
reconnects("and that the thickness is lost", lambda: first.thickness, near(0, 3))
