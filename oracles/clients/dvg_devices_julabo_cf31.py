"""dvg-devices' Julabo_circulator against the emulated circulator."""

import sys

from dvg_devices.Julabo_circulator_protocol_RS232 import Julabo_circulator
from saying import errors, in_turn, limits, near, please, reads, reconnects, until, writes


def opened():
    """A circulator as a user of the client opens it; a pseudo-terminal has no parity."""
    circulator = Julabo_circulator()
    circulator.serial_settings.update(bytesize=8, parity="N")
    circulator.connected = circulator.connect_at_port(sys.argv[1], verbose=False)
    return circulator


bath = opened()
state = bath.state


def asked(query, name):
    """Ask, and look at what the client keeps."""
    query()
    return getattr(state, name)


reads("it is a Julabo", lambda: bath.connected, True)
reads("everything once", bath.begin, True)
reads("version", lambda: state.version, "JULABO CRYOCOMPACT CF31 VERSION 4.0")
reads("unit", lambda: state.temp_unit, "C")
reads("limits", lambda: (state.over_temp, state.sub_temp, state.safe_temp), (100, -20, 120))
reads("temperatures", lambda: (state.bath_temp, state.pt100_temp, state.safe_sens),
      lambda found: all(near(22, 0.1)(c) for c in found))  # fmt: skip
reads("status", lambda: (state.status, state.has_error), ("02 REMOTE STOP", False))
writes("limits", lambda: (bath.set_over_temp(90), bath.set_sub_temp(5), state.over_temp,
       state.sub_temp), (True, True, 90, 5))  # fmt: skip
writes("three set-points", lambda: (bath.set_setpoint_1(40), bath.set_setpoint_2(30),
       bath.set_setpoint_3(20), state.setpoint_1, state.setpoint_2, state.setpoint_3),
       (True, True, True, 40, 30, 20))  # fmt: skip
writes("the second one in use", in_turn(lambda: bath.set_setpoint_preset(2),
       lambda: asked(bath.query_setpoint_preset, "setpoint_preset")), 2)  # fmt: skip
writes("the one in use", in_turn(lambda: bath.set_setpoint(35),
       lambda: asked(bath.query_setpoint, "setpoint")), 35)  # fmt: skip
writes("on", in_turn(bath.turn_on, lambda: asked(bath.query_running, "running")), True)
reads("the bath follows", lambda: until(lambda: asked(bath.query_bath_temp, "bath_temp"),
      near(35, 0.5), within_s=10), near(35, 0.5))  # fmt: skip
writes("off", in_turn(bath.turn_off, lambda: asked(bath.query_running, "running")), False)
limits("a set-point above the limit is not taken", in_turn(lambda: bath.set_setpoint_1(95),
       lambda: state.setpoint_1), 40)  # fmt: skip
limits("the client refuses a fourth set-point", lambda: bath.set_setpoint_preset(4), False)
errors("an unknown command is an error", in_turn(lambda: bath.write_("OUT_XX_99 1"),
       bath.query_status, lambda: (state.status, state.has_error)),
       ("-08 INVALID COMMAND", True))  # fmt: skip
please("unplug")
errors("a pulled cable is silence", bath.query_bath_temp, False)
please("plug")
reconnects("it is back when plugged in", bath.query_bath_temp, True)
bath.close()
please("power_cycle")
bath = opened()
state = bath.state
reconnects("a new session after a mains failure finds it stopped", lambda: (bath.connected,
           asked(bath.query_status, "status")), (True, "02 REMOTE STOP"))  # fmt: skip
reconnects("and its set-points", lambda: asked(bath.query_setpoint_1, "setpoint_1"), 40)
