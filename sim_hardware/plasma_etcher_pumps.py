"""Throttle valve, turbopump and gauge of the plasma etcher, wired to its chamber.

Chosen here: the gauge reads every gas as it is; a gate open above 0.2 mbar brakes the rotor; the
manometer of the throttle valve ends at 1.1 times its full scale.
"""

import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.instruments.pfeiffer_tc110 import PfeifferTc110
from sim_hardware.instruments.thyracont_vsr import ThyracontVsr
from sim_hardware.instruments.vat_valve import VatValve
from sim_hardware.instruments.vat_valve_plate import Mode
from sim_hardware.plasma_etcher_chamber import MBAR_PER_MTORR, EtchChamber

FULL_MTORR: Final = 100.0
MOST_SHARE: Final = 1.1
BAND: Final = 0.15
NOMINAL_HZ: Final = 1500.0
AT_SPEED: Final = 0.8
BRAKED_MTORR: Final = 150.0
PUMP_C, CONVERTER_C = 42.0, 36.0


class Throttle:
    """The throttle valve with its manometer; `changed` is called when the plate sets off."""

    def __init__(self, clock: LineClock, chamber: EtchChamber, changed: Callable[[], None]) -> None:
        self._clock, self._chamber, self._changed = clock, chamber, changed
        self.offset_mtorr = 0.0  # fault: the manometer's zero has drifted
        self._goal, self._ends_s = 0.0, clock.now_s()
        self._held_mtorr: float | None = None
        self.valve = VatValve(clock, self)
        chamber.throttle = self

    def sensor_share(self) -> float:
        """Reading of the pressure sensor now, as a share of its range; can be negative."""
        return min((self._chamber.mtorr() + self.offset_mtorr) / FULL_MTORR, MOST_SHARE)

    def opening_for(self, share: float) -> float:
        """Position at which the pressure settles to `share`, with the gas that flows now."""
        return self._chamber.opening_for(share * FULL_MTORR - self.offset_mtorr)

    def on_move(self, path: Ramp) -> None:
        """The plate now moves along `path`, in shares of the stroke."""
        self._goal, self._ends_s = path.goal, path.end_s
        before_mtorr, self._held_mtorr = self._held_mtorr, self.held_mtorr()
        self._chamber.follow()
        if self._held_mtorr is None or self._held_mtorr != before_mtorr:
            self._changed()

    def opening(self) -> float:
        """Where the plate is going, 0 closed to 1 open."""
        return self._goal

    def moving_s(self) -> float:
        """How long the plate still moves."""
        return max(self._ends_s - self._clock.now_s(), 0.0)

    def held_mtorr(self) -> float | None:
        """The pressure that the valve keeps by following the gas; None for a plate in place."""
        plate = self.valve.plate
        if plate.mode is not Mode.PRESSURE or plate.stuck:
            return None
        return (plate.pressure_setpoint + plate.offset) * FULL_MTORR - self.offset_mtorr

    def out_of_band(self) -> bool:
        """Whether the valve controls the pressure and reads it more than 15 % off."""
        plate = self.valve.plate
        if plate.mode is not Mode.PRESSURE:
            return False
        away = abs(plate.pressure() - plate.pressure_setpoint)
        return away > BAND * plate.pressure_setpoint


class TurboPump:
    """The turbopump behind the throttle valve; `changed` is called when its speed matters anew."""

    def __init__(
        self, clock: LineClock, chamber: EtchChamber, changed: Callable[[float], None]
    ) -> None:
        self._clock, self._chamber, self._changed = clock, chamber, changed
        self._timers = NamedTimers(clock)
        self.bearing, self.drive_c = PUMP_C, CONVERTER_C
        self.station = PfeifferTc110(clock, self, nominal_hz=NOMINAL_HZ)
        self.station.left_running()

    def hz(self) -> float:
        """Speed now."""
        return self.station.drive.rotor.hz()

    def at_speed(self) -> bool:
        """Whether it pumps as it should."""
        return self.hz() >= AT_SPEED * NOMINAL_HZ

    def trip(self, error: float) -> None:
        """Fault: the drive gives up with an error number; 0 takes its cause away."""
        if error:
            self.station.drive.trip(round(error))

    def heat(self, bearing_c: float) -> None:
        """Fault: the bearing gets this warm."""
        self.bearing = bearing_c
        self.station.recheck()

    def highest_hz(self) -> float:
        """Speed that gas load and fore-vacuum allow; infinite when they do not limit it."""
        mtorr = self._chamber.mtorr()
        if not self._chamber.gate_open or mtorr <= BRAKED_MTORR:
            return math.inf
        return NOMINAL_HZ * BRAKED_MTORR / mtorr

    def bearing_c(self) -> float:
        """Temperature of the bearing."""
        return self.bearing

    def motor_c(self) -> float:
        """Temperature of the motor."""
        return PUMP_C

    def converter_c(self) -> float:
        """Temperature of the drive electronics."""
        return self.drive_c

    def on_speed(self, goal_hz: float, per_s: float) -> None:
        """The rotor now ramps from where it is to `goal_hz` at `per_s` Hz each second."""
        now_s, hz = self._clock.now_s(), self.hz()
        ramp = Ramp(hz / NOMINAL_HZ, goal_hz / NOMINAL_HZ, per_s / NOMINAL_HZ, now_s)
        self._chamber.turbo_ramps(ramp)
        passes_s = (hz - AT_SPEED * NOMINAL_HZ) / per_s if goal_hz < hz else math.inf
        self._timers.after("slow", passes_s if passes_s >= 0.0 else math.inf, self._slow)
        self._changed(ramp.end_s - now_s)

    def _slow(self) -> None:
        self._changed(0.0)


class GaugePlace:
    """Where the gauge sits; `share` and `stuck_mbar` are faults of its sensors."""

    def __init__(self, clock: LineClock, chamber: EtchChamber) -> None:
        self._chamber = chamber
        self.share = 1.0  # fault: a fouled filament shows this part of the pressure
        self.stuck_mbar: float | None = None  # fault: the reading does not change any more
        self.gauge = ThyracontVsr(clock, self)

    def mbar(self) -> float:
        """Pressure there, whatever the gas."""
        if self.stuck_mbar is not None:
            return self.stuck_mbar
        return self._chamber.mtorr() * MBAR_PER_MTORR * self.share

    def pirani_mbar(self) -> float:
        """Pressure of nitrogen that would conduct as much heat."""
        return self.mbar()
