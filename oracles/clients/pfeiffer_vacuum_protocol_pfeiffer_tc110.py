"""pfeiffer-vacuum-protocol, made for gauges, against what a turbopump drive shares with them."""

import os
import select
import sys
import termios
import tty

import pfeiffer_vacuum_protocol as pvp
from saying import Raising, errors, limits, please, reads, reconnects, writes


class Line:
    """A serial line as the client wants it, which asks only for `read` and `write`."""

    def __init__(self, path):
        self._line = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._line, termios.TCSANOW)

    def write(self, data):
        """Send."""
        return os.write(self._line, data)

    def read(self, count):
        """What comes within a second, or nothing."""
        ready, _, _ = select.select([self._line], [], [], 1.0)
        return os.read(self._line, count) if ready else b""

    def close(self):
        """Give the line back."""
        os.close(self._line)


line = Line(sys.argv[1])

reads("no error", lambda: pvp.read_error_code(line, 1), pvp.ErrorCode.NO_ERROR)
reads("software version", lambda: len(pvp.read_software_version(line, 1)), 3)
errors("a drive is no gauge", lambda: pvp.read_gauge_type(line, 1),
       Raising(ValueError, "unrecognized gauge type"))  # fmt: skip
errors("it knows no pressure", lambda: pvp.read_pressure(line, 1),
       Raising(ValueError, "undefined parameter"))  # fmt: skip
writes("and takes no correction", lambda: pvp.write_correction_value(line, 1, 1.0),
       Raising(ValueError, "undefined parameter"))  # fmt: skip
limits("nobody answers at address 9", lambda: pvp.read_error_code(line, 9),
       Raising(ValueError, "too short"))  # fmt: skip
please("trip", 1)
errors("an error has its number", lambda: pvp.read_error_code(line, 1),
       pvp.ErrorCode.DEFECTIVE_TRANSMITTER)  # fmt: skip
please("unplug")
errors("a pulled cable is silence", lambda: pvp.read_software_version(line, 1),
       Raising(ValueError, "too short"))  # fmt: skip
please("plug")
reconnects("it is back when plugged in", lambda: pvp.read_error_code(line, 1),
           pvp.ErrorCode.DEFECTIVE_TRANSMITTER)  # fmt: skip
line.close()
please("power_cycle")
line = Line(sys.argv[1])
reconnects("a mains failure takes the error away", lambda: pvp.read_error_code(line, 1),
           pvp.ErrorCode.NO_ERROR)  # fmt: skip
