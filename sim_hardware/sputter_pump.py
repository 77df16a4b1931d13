"""The turbopump of the sputter tool: how fast it turns, what it pumps then, what stops it."""

import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.instruments.leybold_turbovac import LeyboldTurbovac

NOMINAL_HZ: Final = 1000.0
ARGON_L_S: Final = 1100.0  # at nominal speed
DRAG_L_S: Final = 1.0  # the fore-pump through a rotor that stands
WITH_PLATE_L_S: Final = 101.0  # at the chamber, through the throttle plate, at nominal speed
PLATE_L_S: Final = 1.0 / (1.0 / WITH_PLATE_L_S - 1.0 / (ARGON_L_S + DRAG_L_S))
VISCOUS_MBAR: Final = 0.3  # the rotor is braked above
FORE_VACUUM_LOST_HZ: Final = 400.0


class ChamberPump:
    """Surroundings of a TURBOVAC and the pump itself, at speed from the start.

    `mbar` is the pressure in the chamber; `changed` is called when the speed begins to change and
    when it passes the mark of normal operation.
    """

    def __init__(
        self, clock: LineClock, mbar: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self._clock, self._mbar, self._changed = clock, mbar, changed
        self._speed = Ramp(NOMINAL_HZ, NOMINAL_HZ, NOMINAL_HZ, clock.now_s())
        self._bearing_c, self._motor_c, self._converter_c = 38.0, 42.0, 45.0
        self._fore_vacuum = True
        self.turbo = LeyboldTurbovac(clock, self)
        self.turbo.start_contact = True
        self.turbo.drive.rotor.put_at(NOMINAL_HZ)
        self.turbo.drive.run(NOMINAL_HZ)

    # --- what the drive is told and asks ----------------------------------------------------------

    def highest_hz(self) -> float:
        """Speed that gas load and fore-vacuum allow."""
        if self._mbar() > VISCOUS_MBAR:
            return 0.0
        return math.inf if self._fore_vacuum else FORE_VACUUM_LOST_HZ

    def bearing_c(self) -> float:
        """Temperature of the bearing."""
        return self._bearing_c

    def motor_c(self) -> float:
        """Temperature of the motor."""
        return self._motor_c

    def converter_c(self) -> float:
        """Temperature of the drive electronics."""
        return self._converter_c

    def on_speed(self, goal_hz: float, per_s: float) -> None:
        """The rotor now ramps from where it is to `goal_hz`."""
        now_s = self._clock.now_s()
        self._speed = Ramp(self._speed.at(now_s), goal_hz, per_s, now_s)
        self._changed()

    # --- what it does to the chamber --------------------------------------------------------------

    @property
    def at_speed(self) -> bool:
        """Normal operation."""
        return self.turbo.drive.normal

    def hz(self, when_s: float) -> float:
        """Speed at a time after the last change."""
        return self._speed.at(when_s)

    def settled_at_s(self) -> float:
        """When the speed is what it is driven to."""
        return self._speed.end_s

    def normal_in_s(self) -> float:
        """Seconds until the speed passes the mark of normal operation; infinite if it does not."""
        now_s = self._clock.now_s()
        wait_s = self.turbo.drive.rotor.reaches_at_s(self.turbo.drive.threshold_hz) - now_s
        return wait_s if wait_s > 0.0 else math.inf

    def argon_l_s(self, when_s: float) -> float:
        """Pumping speed at the chamber, through the throttle plate."""
        bare_l_s = ARGON_L_S * self.hz(when_s) / NOMINAL_HZ + DRAG_L_S
        return 1.0 / (1.0 / bare_l_s + 1.0 / PLATE_L_S)

    # --- faults -----------------------------------------------------------------------------------

    def lose_fore_vacuum(self, value: float) -> None:
        """The fore-pump fails, or is well again."""
        self._fore_vacuum = not value
        self.turbo.recheck()

    def heat_bearing(self, celsius: float) -> None:
        """The bearing has another temperature."""
        self._bearing_c = celsius
        self.turbo.recheck()

    def heat_motor(self, celsius: float) -> None:
        """The motor has another temperature."""
        self._motor_c = celsius
        self.turbo.recheck()

    def trip(self, code: float) -> None:
        """The drive stops itself with this error."""
        self.turbo.drive.trip(round(code))

    def lose_mains(self, value: float) -> None:
        """The mains of the drive fail for a moment (1: once, now)."""
        if value:
            self.turbo.power_cycle()
