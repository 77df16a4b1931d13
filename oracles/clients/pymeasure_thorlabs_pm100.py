"""pymeasure's ThorlabsPM100USB against the emulated power meter, over a VISA socket."""

import sys

from pymeasure.instruments.thorlabs import ThorlabsPM100USB
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, set_to, writes


def opened():
    """A meter as a user of the client opens it; a SCPI socket has no terminator of its own."""
    host, _, port = sys.argv[1].rpartition(":")
    return ThorlabsPM100USB(
        f"TCPIP::{host}::{port}::SOCKET",
        visa_library="@py",
        timeout=1000,
        read_termination="\n",
        write_termination="\n",
    )


meter = opened()


def put(nanometres):
    """Set the wavelength and read it back."""
    meter.wavelength = nanometres
    return meter.wavelength


reads("identity", lambda: meter.ask("*IDN?").split(",")[0].upper(), "THORLABS")
reads("its head is one for power", lambda: (meter.is_power_sensor, meter.is_energy_sensor),
      (True, False))  # fmt: skip
reads("power", lambda: meter.power, near(0.0125, 1e-5))
reads("range of the wavelength", lambda: meter.wavelength_min < 365 < meter.wavelength_max, True)
reads("no error", lambda: meter.ask("SYST:ERR?").strip(), '+0,"No error"')
writes("wavelength", lambda: put(365), near(365, 0.1))
limits("the shortest wavelength is not undercut", lambda: put(10),
       lambda found: found == meter.wavelength_min)  # fmt: skip
limits("nor the longest exceeded", lambda: put(99999),
       lambda found: found == meter.wavelength_max)  # fmt: skip
limits("a head for power measures no energy", lambda: meter.energy, Raising(AttributeError))
writes("short form, other case, two commands in a line",
       in_turn(lambda: meter.write("sens:corr:wav 405;:SENSE:CORRECTION:WAVELENGTH 406"),
               lambda: meter.wavelength), near(406, 0.1))  # fmt: skip
errors("an unknown header waits in the queue", in_turn(lambda: meter.write("NON:SENSE"),
       lambda: meter.ask("SYST:ERR?")), lambda found: found.startswith("-113"))  # fmt: skip
errors("a wavelength out of range too", in_turn(lambda: meter.write("SENS:CORR:WAV 5"),
       lambda: meter.ask("SYST:ERR?")), lambda found: found.startswith("-222"))  # fmt: skip
errors("and the queue is empty then", lambda: meter.ask("SYST:ERR?").strip(), '+0,"No error"')
please("watts", 0.020)
reads("the light becomes brighter", lambda: meter.power, near(0.020, 1e-5))
writes("reset", in_turn(lambda: meter.write("*RST"), lambda: meter.wavelength), near(635, 0.1))
please("unplug")
errors("a pulled cable is noticed", lambda: meter.power, Raising(Exception))
please("plug")
meter.adapter.close()
meter = opened()
reconnects("a new session after that", lambda: meter.power, near(0.020, 1e-5))
please("delay_s", 1.5)
errors("a late answer is noticed", lambda: meter.power, Raising(Exception))
please("delay_s", 0)
meter.adapter.close()
meter = opened()
reconnects("and it answers nobody else's question", lambda: meter.wavelength, near(635, 0.1))
please("head", 0)
errors("without a head the client refuses to start", opened, Raising(Exception))
please("head", 1)
reconnects("with one it starts", lambda: opened().power, near(0.020, 1e-5))
errors("a property of another head", lambda: set_to(meter, "energy", 1), Raising(AttributeError))
