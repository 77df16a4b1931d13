"""dvg-devices' XylemHydrovarHVL against the emulated pump drive."""

import sys

from dvg_devices.XylemHydrovarHVL_protocol_RTU import HVL_Mode, XylemHydrovarHVL
from saying import errors, in_turn, limits, near, please, reads, reconnects, until, writes


def opened():
    """A drive as a user of the client opens it."""
    drive = XylemHydrovarHVL(max_pressure_setpoint_bar=3)
    drive.connected = drive.connect_at_port(sys.argv[1], verbose=False)
    return drive


pump = opened()
state, status, fault = pump.state, pump.device_status, pump.error_status


def asked(query, name):
    """Ask, and look at what the client keeps."""
    query()
    return getattr(state, name)


reads("its address", lambda: pump.connected, True)
reads("everything once, with the pump stopped", pump.begin, True)
reads("mode and highest and lowest frequency",
      lambda: (state.hvl_mode, state.min_frequency, state.max_frequency),
      (HVL_Mode.CONTROLLER, 20, 50))  # fmt: skip
# eight bytes are announced and four sent; the client shifts the first one by too much, it is 0
reads("nominal current", lambda: state.nom_motor_current, near(4.7, 0.01))
reads("status", lambda: (status.external_ON_OFF_terminal_enabled, status.motor_is_running),
      (True, False))  # fmt: skip
reads("no error", fault.has_error, False)
reads("inverter", lambda: (pump.read_inverter_diagnostics(), state.inverter_temp,
      state.inverter_volt, state.inverter_curr_A), (True, 25, 0, 0))  # fmt: skip
writes("wanted pressure", in_turn(lambda: pump.set_wanted_pressure(2.0),
       lambda: asked(pump.read_wanted_pressure, "wanted_pressure")), 2)  # fmt: skip
writes("start", in_turn(pump.pump_start, pump.read_device_status,
       lambda: (state.pump_is_on, until(lambda: pump.read_device_status()
                                        and state.pump_is_running, True))),
       (True, True))  # fmt: skip
reads("the pressure is reached", lambda: until(lambda: asked(pump.read_actual_pressure,
      "actual_pressure"), near(2, 0.05), within_s=8), near(2, 0.05))  # fmt: skip
writes("at a fixed frequency", in_turn(lambda: pump.set_hvl_mode(HVL_Mode.ACTUATOR),
       lambda: pump.set_wanted_frequency(30), lambda: until(lambda: asked(
           pump.read_actual_frequency, "actual_frequency"), near(30, 0.2), within_s=8)),
       near(30, 0.2))  # fmt: skip
writes("stop", in_turn(pump.pump_stop, lambda: until(lambda: asked(pump.read_actual_frequency,
       "actual_frequency"), 0, within_s=8)), 0)  # fmt: skip
limits("the client cuts the frequency to the highest", in_turn(
       lambda: pump.set_wanted_frequency(99), lambda: asked(pump.read_wanted_frequency,
       "wanted_frequency")), 50)  # fmt: skip
limits("and the pressure to its own limit", in_turn(lambda: pump.set_wanted_pressure(9),
       lambda: asked(pump.read_wanted_pressure, "wanted_pressure")), 3)  # fmt: skip
pump.set_hvl_mode(HVL_Mode.CONTROLLER)
pump.set_wanted_pressure(2.0)
pump.set_error_reset(0)
pump.pump_start()
please("water", 0)
errors("lack of water", in_turn(lambda: until(lambda: pump.read_error_status()
       and fault.lack_of_water, True), pump.read_device_status,
       lambda: (fault.lack_of_water, status.device_has_an_error, state.pump_is_running)),
       (True, True, False))  # fmt: skip
please("water", 1)
pump.pump_stop()
please("unplug")
errors("a pulled cable is silence", pump.read_actual_pressure, False)
please("plug")
reconnects("it is back when plugged in", pump.read_actual_pressure, True)
pump.close()
please("power_cycle")
pump = opened()
reconnects("a new session after a mains failure", lambda: (pump.connected, pump.begin(),
           pump.error_status.has_error()), (True, True, False))  # fmt: skip
