"""dvg-devices' ThermoFlex_chiller against the emulated chiller."""

import sys

from dvg_devices.ThermoFlex_chiller_protocol_RS232 import ThermoFlex_chiller
from saying import errors, in_turn, limits, near, please, reads, reconnects, until, writes


def opened():
    """A chiller as a user of the client opens it."""
    made = ThermoFlex_chiller()
    # the client takes what is there after 50 ms: a busy computer needs some more
    made.set_read_termination(None, query_wait_time=0.15)
    made.connected = made.connect_at_port(sys.argv[1], verbose=False)
    return made


chiller = opened()
state, bits = chiller.state, chiller.status_bits


def asked(query, name):
    """Ask, and look at what the client keeps."""
    query()
    return getattr(state, name)


reads("it acknowledges", lambda: (chiller.connected, chiller.query_Ack()), (True, True))
# the client gives up the whole program for units other than these
reads("everything once, in LPM, C and bar", in_turn(chiller.begin, lambda: (chiller.units.flow,
      chiller.units.temp, chiller.units.pres)), (3, 1, 7))  # fmt: skip
reads("alarm limits", lambda: (chiller.values_alarm.LO_temp < chiller.values_alarm.HI_temp,
      chiller.values_alarm.LO_flow < chiller.values_alarm.HI_flow,
      chiller.values_alarm.LO_pres < chiller.values_alarm.HI_pres), (True, True, True))  # fmt: skip
reads("terms of the regulator", chiller.query_PID_values, True)
reads("display", chiller.query_display_msg, lambda found: bool(found))
reads("it stands", lambda: (chiller.query_is_on(), bits.running, bits.fault_tripped), (False, 0, 0))
reads("temperature", lambda: asked(chiller.query_temp, "temp"), near(20.1, 0.11))
writes("set-point", in_turn(lambda: chiller.send_setpoint(15.5), lambda: asked(
       chiller.query_setpoint, "setpoint")), near(15.5, 0.01))  # fmt: skip
writes("on", chiller.turn_on, True)
reads("it powers up and runs", lambda: until(lambda: chiller.query_status_bits() and bits.running,
      1, within_s=8), 1)  # fmt: skip
reads("water flows", lambda: until(lambda: asked(chiller.query_flow, "flow"), near(12.5, 0.1)),
      near(12.5, 0.1))  # fmt: skip
reads("pressures", lambda: (asked(chiller.query_supply_pres, "supply_pres"),
      chiller.query_suction_pres()), lambda found: near(3.1, 0.05)(found[0])
      and found[1])  # fmt: skip
reads("the water follows", lambda: until(lambda: asked(chiller.query_temp, "temp"),
      near(15.5, 0.3), within_s=8), near(15.5, 0.3))  # fmt: skip
limits("the client cuts 99 C to its own limit", in_turn(lambda: chiller.send_setpoint(99),
       lambda: asked(chiller.query_setpoint, "setpoint")), 40)  # fmt: skip
chiller.max_setpoint_degC = 99
limits("the chiller refuses 99 C", lambda: chiller.send_setpoint(99), False)
limits("and keeps what it had", lambda: asked(chiller.query_setpoint, "setpoint"), 40)
errors("an unknown command is answered as a mistake",
       lambda: chiller.query(bytes.fromhex("ca 00 01 99 00 65")), (False, None))  # fmt: skip
errors("and so is a wrong sum",
       lambda: chiller.query(bytes.fromhex("ca 00 01 20 00 00")), (False, None))  # fmt: skip
please("low_level")
errors("too little water trips it", in_turn(lambda: until(lambda: chiller.query_status_bits()
       and bits.fault_tripped, 1), lambda: (bits.low_level_fault, bits.fault_tripped)),
       (1, 1))  # fmt: skip
please("unplug")
errors("a pulled cable is silence", chiller.query_temp, False)
please("plug")
reconnects("it is back when plugged in", chiller.query_temp, True)
chiller.close()
please("power_cycle")
chiller = opened()
reconnects("a new session after a mains failure finds it off",
           lambda: (chiller.connected, chiller.query_is_on()), (True, False))  # fmt: skip
