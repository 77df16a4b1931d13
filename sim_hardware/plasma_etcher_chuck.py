"""The chuck of the plasma etcher: clamp, helium, and the chiller's water that keeps it cool.

Chosen here: chuck and water follow the chiller in 20 s; without it the plasma heats the chuck by
a tenth of a kelvin for each watt in five minutes.
"""

import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.approach import Approach
from sim_hardware.core.clock import LineClock
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.thermoflex import StatusBit, Thermoflex

CHUCK_C, ROOM_C = 20.0, 22.0
HELIUM_TAU_S, COOLED_TAU_S, UNCOOLED_TAU_S, WAFER_TAU_S = 2.0, 20.0, 300.0, 10.0
LEAK_BY_SCCM_TORR: Final = 0.4
HEAT_C_W: Final = 0.1
WATER_LPM, SUPPLY_KPA, SUCTION_KPA = 9.0, 220.0, 15.0
SETTLED: Final = 3.0  # time constants after which a change hardly matters


class Chuck:
    """Holds the wafer, lets helium behind it and keeps it cool."""

    def __init__(self, clock: LineClock) -> None:
        self.clamped = False
        self.helium_torr = Approach(clock, 0.0, HELIUM_TAU_S)
        self.body = ThermalBody(clock, CHUCK_C, ROOM_C, COOLED_TAU_S, cools=True)
        self.wafer = ThermalBody(clock, CHUCK_C, CHUCK_C, WAFER_TAU_S, cools=True)
        self.leak_share = 1.0  # fault: how many times what leaks past a good wafer
        self._water_c: float | None = CHUCK_C
        self._watts = 0.0
        self._forced_c: float | None = None
        self._aim()

    def leak_by_sccm(self) -> float:
        """Helium that escapes past the wafer's edge now."""
        return self.helium_torr.value() * LEAK_BY_SCCM_TORR * self.leak_share

    def leak_by_goal_sccm(self) -> float:
        """Helium that will escape once its pressure has settled."""
        return self.helium_torr.goal * LEAK_BY_SCCM_TORR * self.leak_share

    def let_go(self) -> None:
        """Neither helium nor clamp from now on."""
        self.helium_torr.aim(0.0)
        self.clamped = False

    def wafer_passes_in_s(self, limit_c: float) -> float:
        """Seconds until the wafer gets hotter than that; infinite if never."""
        goal_c, now_c = self.wafer.target_c, self.wafer.temperature_c()
        if now_c >= limit_c:
            return 0.0
        if goal_c <= limit_c:
            return math.inf
        return WAFER_TAU_S * math.log((goal_c - now_c) / (goal_c - limit_c))

    def cool(self, water_c: float | None) -> float:
        """Water of that temperature flows, None for none; seconds until this is settled."""
        if water_c == self._water_c:
            return 0.0
        self._water_c = water_c
        self._aim()
        return SETTLED * self.body.tau_s

    def heat(self, watts: float) -> None:
        """So much power falls on it."""
        if watts != self._watts:
            self._watts = watts
            if self._water_c is None:
                self._aim()

    def force(self, celsius: float) -> None:
        """Fault: it gets this hot whatever the water does."""
        self._forced_c = celsius
        self.body.put_at(celsius)
        self._aim()

    def _aim(self) -> None:
        goal_c, tau_s = self._water_c, COOLED_TAU_S
        if goal_c is None:
            goal_c, tau_s = ROOM_C + HEAT_C_W * self._watts, UNCOOLED_TAU_S
        self.body.regulate(goal_c if self._forced_c is None else self._forced_c)
        self.body.tau_s = tau_s


class ChillerWater:
    """The chiller and its water; `changed` hears how long the chuck takes to follow."""

    def __init__(self, clock: LineClock, chuck: Chuck, changed: Callable[[float], None]) -> None:
        self._chuck, self._changed = chuck, changed
        self._body = ThermalBody(clock, CHUCK_C, ROOM_C, COOLED_TAU_S, cools=True)
        self._lpm, self._offset_c = WATER_LPM, 0.0
        self._setpoint_c: float | None = None
        self.chiller = Thermoflex(clock, self)
        self.chiller.left_running()

    def temperature_c(self) -> float:
        """Temperature of what leaves the chiller, as its sensor has it."""
        return self._body.temperature_c() + self._offset_c

    def true_c(self) -> float:
        """The same as it is."""
        return self._body.temperature_c()

    def flow_lpm(self) -> float:
        """Flow."""
        return self._lpm if self._setpoint_c is not None else 0.0

    def supply_kpa(self) -> float:
        """Pressure above the atmosphere at the outlet."""
        return SUPPLY_KPA if self._setpoint_c is not None else SUCTION_KPA

    def suction_kpa(self) -> float:
        """Pressure above the atmosphere before the pump."""
        return SUCTION_KPA

    def regulate(self, setpoint_c: float | None) -> None:
        """Pump and regulate from now on; None when the chiller stands."""
        self._setpoint_c = setpoint_c
        self._aim()

    def flow(self, lpm: float) -> None:
        """Fault: no more than this flows."""
        self._lpm = lpm
        self.chiller.recheck()
        self._aim()

    def mislead(self, offset_c: float) -> None:
        """Fault: the chiller's sensor reads wrong by this much."""
        self._offset_c = offset_c
        self._aim()

    def lose_level(self, lost: float) -> None:
        """Fault: the reservoir is empty, which stops the chiller."""
        self._fail(StatusBit.LOW_LEVEL, there=bool(lost))

    def overload(self, there: float) -> None:
        """Fault: the motor is overloaded, which stops the chiller."""
        self._fail(StatusBit.MOTOR_OVERLOAD, there=bool(there))

    def _fail(self, bit: StatusBit, *, there: bool) -> None:
        (self.chiller.faults.add if there else self.chiller.faults.discard)(bit)
        self.chiller.recheck()

    def _aim(self) -> None:
        goal_c = None if self._setpoint_c is None else self._setpoint_c - self._offset_c
        self._body.regulate(goal_c)
        settles_s = self._chuck.cool(goal_c if self._lpm > 0.0 else None)
        if settles_s:
            self._changed(settles_s)
