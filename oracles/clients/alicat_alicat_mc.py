"""alicat's FlowController against the emulated mass flow controller, over a line or a socket."""

import asyncio
import contextlib
import sys

from alicat import FlowController, FlowMeter
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def now(work):
    """Wait for what the client began."""
    return loop.run_until_complete(work)


async def opened(unit="A"):
    """A controller as a user of the client opens it: a path is a line, all else a socket."""
    # the client's 0.15 s for a line are too few on a busy computer
    return FlowController(sys.argv[1], unit, timeout=0.5)


mfc = now(opened())


def state(name):
    """One value of the frame."""
    return now(mfc.get())[name]


def ask(command):
    """A command the client has no method for."""
    return now(mfc._write_and_read(command))  # noqa: SLF001 - see above


reads("what is regulated, asked before anything else", lambda: state("control_point"), "mass flow")
reads("the frame", lambda: now(mfc.get()), lambda found: found["gas"] == "Ar"
      and near(14.7, 0.01)(found["pressure"]) and found["temperature"] == 25)  # fmt: skip
reads("firmware", lambda: now(mfc.get_firmware()), lambda found: "6v21" in found)
reads("terms of the regulator", lambda: now(mfc.get_pid())["P"], "100")
reads("ramping", lambda: now(mfc.get_ramp_config()),
      {"up": True, "down": True, "zero": True, "power": True})  # fmt: skip
writes("flow", lambda: (now(mfc.set_flow_rate(50.0)), state("setpoint"))[1], near(50, 0.01))
reads("the flow follows", lambda: until(lambda: state("mass_flow"), near(50, 0.2)), near(50, 0.2))
writes("gas by name and by number", lambda: (now(mfc.set_gas("N2")), state("gas"),
       now(mfc.set_gas(11)), state("gas"))[1::2], ("N2", "O2"))  # fmt: skip
writes("buttons locked and unlocked", lambda: (now(mfc.lock()), now(mfc.is_locked()),
       now(mfc.unlock()), now(mfc.is_locked()))[1::2], (True, False))  # fmt: skip
writes("terms of the regulator", in_turn(lambda: now(mfc.set_pid(p=150, d=900)),
       lambda: now(mfc.get_pid())),
       lambda found: (found["P"], found["D"]) == ("150", "900"))  # fmt: skip
writes("ramping", in_turn(lambda: now(mfc.set_ramp_config({"up": False, "down": True, "zero": False,
       "power": True})), lambda: now(mfc.get_ramp_config())),
       {"up": False, "down": True, "zero": False, "power": True})  # fmt: skip
writes("highest ramp", in_turn(lambda: now(mfc.set_maxramp(500.0, "s")),
       lambda: now(mfc.get_maxramp())), lambda found: found["max_ramp"] == 500)  # fmt: skip
writes("pressure instead of flow", lambda: (now(mfc.set_pressure(20.0)), state("control_point"),
       until(lambda: state("pressure"), near(20, 0.1)))[1:],
       lambda found: found[0] == "abs pressure" and near(20, 0.1)(found[1]))  # fmt: skip
writes("and flow again", lambda: (now(mfc.set_flow_rate(10.0)), state("control_point"))[1],
       "mass flow")  # fmt: skip
# a held valve shows as a status word that the client does not know: it is let go at once
writes("valve held and let go", in_turn(lambda: now(mfc.hold()), lambda: now(mfc.cancel_hold()),
       lambda: state("setpoint")), near(10, 0.01))  # fmt: skip
# the client takes the refusal, which has no fields, for a controller without a set-point field
limits("more than full scale is refused", lambda: (now(mfc.set_flow_rate(500.0)), ask("AS500"))[1],
       "?")  # fmt: skip
limits("and changes nothing", lambda: state("setpoint"), near(10, 0.01))
limits("the client refuses an unknown gas", lambda: now(mfc.set_gas("phlogiston")),
       Raising(ValueError))  # fmt: skip
errors("an unknown command is a question mark", lambda: ask("AXYZ"), "?")
errors("the totaliser that it has not", lambda: now(mfc.get_totalizer_batch()),
       Raising(Exception))  # fmt: skip
please("over")
errors("a reading out of range still leaves a frame", lambda: state("mass_flow") >= 0, True)
please("drop_next")
errors("a lost answer is noticed", lambda: now(mfc.get()), Raising(OSError))
reconnects("the answer after it is its own", lambda: now(mfc.get_ramp_config())["up"], False)
please("unplug")
errors("a pulled cable is noticed", lambda: now(mfc.get()), Raising(Exception))
please("plug")


def close(controller):
    """Give the line back; a socket that was cut off cannot be closed in good order."""
    with contextlib.suppress(OSError):
        now(controller.hw.close())
    FlowMeter.open_ports.clear()


close(mfc)
stranger = now(opened("B"))
errors("another unit is silent", lambda: now(stranger.get()), Raising(OSError))
close(stranger)
please("power_cycle")
mfc = now(opened())
reconnects("a new session after a mains failure finds the set-point, as it is kept",
           lambda: until(lambda: state("setpoint"), near(10, 0.01)), near(10, 0.01))  # fmt: skip
close(mfc)
