"""Chamber and chuck of the plasma etcher: vacuum, gas pressure, clamp, helium and temperatures."""

import math
from typing import Final

from sim_hardware.core.approach import Approach
from sim_hardware.core.clock import LineClock
from sim_hardware.core.pumped_volume import PumpedVolume
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.physics.sputter import Chamber, process_mtorr

MBAR_PER_MTORR: Final = 1.333e-3
BASE_MTORR: Final = 1.0  # pumped down
VACUUM_MTORR: Final = 100.0  # above, no plasma and no clamp
THROTTLE_TAU_S, HELIUM_TAU_S = 1.5, 2.0
ALREADY_PUMPED_S: Final = 3600.0
CHUCK_C, CHUCK_TAU_S, WAFER_TAU_S = 20.0, 120.0, 10.0
LEAK_BY_SCCM_TORR: Final = 0.4

# Chosen here: a chamber for one wafer, pumped down in some twenty seconds.
ETCHER: Final = Chamber(
    volume_l=30.0, roughing_l_s=15.0, turbo_l_s=1000.0, area_cm2=6000.0, outgassing_1h=2e-8
)


class EtchChamber:
    """One pumped volume with a throttle valve; a warm line has it pumped and without gas."""

    def __init__(self, clock: LineClock) -> None:
        self.volume = PumpedVolume(clock, ETCHER)
        self.volume.pump(already_s=ALREADY_PUMPED_S)
        self.gas_valves_open = True
        self.setpoint_mtorr = 0.0
        self.stuck_mtorr: float | None = None  # fault: where the throttle valve keeps it
        self._gas_mtorr = Approach(clock, 0.0, THROTTLE_TAU_S)
        self._sccm = 0.0

    def mtorr(self) -> float:
        """Total pressure."""
        return self.volume.mbar() / MBAR_PER_MTORR + self._gas_mtorr.value()

    def under_vacuum(self) -> bool:
        """Whether a plasma may burn."""
        return self.mtorr() <= VACUUM_MTORR

    def at_base(self) -> bool:
        """Whether the pumps have done their work."""
        return self.volume.pumping and self.mtorr() <= BASE_MTORR

    def at_base_in_s(self) -> float:
        """Seconds until the pumps have done their work; infinite if never."""
        half_mtorr = (BASE_MTORR - self._gas_mtorr.goal) / 2.0  # for the walls, and for the gas
        if half_mtorr <= 0.0:
            return math.inf
        pumped_in_s = self.volume.below_in_s(half_mtorr * MBAR_PER_MTORR)
        return max(pumped_in_s, self._gas_mtorr.settles_in_s(half_mtorr))

    def takes_gas(self) -> bool:
        """Whether the valves behind the flow controllers are open."""
        return self.gas_valves_open and self.under_vacuum()

    def regulate(self, mtorr: float) -> None:
        """Throttle to a pressure from now on; 0 = the valve fully open."""
        self.setpoint_mtorr = mtorr
        self._aim()

    def admit(self, sccm: float) -> None:
        """So much gas flows in from now on."""
        self._sccm = sccm
        self._aim()

    def stick(self, mtorr: float) -> None:
        """Fault: the throttle valve keeps another pressure; 0 mends it."""
        self.stuck_mtorr = mtorr or None
        self._aim()

    def settles_in_s(self) -> float:
        """Seconds until the pressure is within 5 % of its set-point; infinite if never."""
        within = 0.05 * self.setpoint_mtorr - abs(self._gas_mtorr.goal - self.setpoint_mtorr)
        return self._gas_mtorr.settles_in_s(within) if within > 0.0 else math.inf

    def out_of_band(self) -> bool:
        """Whether the pressure is more than 15 % off a set-point."""
        return abs(self.mtorr() - self.setpoint_mtorr) > 0.15 * self.setpoint_mtorr > 0.0

    def _aim(self) -> None:
        lowest = process_mtorr(self._sccm, ETCHER.turbo_l_s, base_mbar=0.0)
        wanted = max(self.setpoint_mtorr, lowest)
        goal = wanted if self.stuck_mtorr is None else self.stuck_mtorr
        self._gas_mtorr.aim(goal if self._sccm > 0.0 else 0.0)


class Chuck:
    """Holds the wafer, lets helium behind it and keeps it cool."""

    def __init__(self, clock: LineClock) -> None:
        self.clamped = False
        self.helium_torr = Approach(clock, 0.0, HELIUM_TAU_S)
        self.body = ThermalBody(clock, CHUCK_C, CHUCK_C, CHUCK_TAU_S)
        self.wafer = ThermalBody(clock, CHUCK_C, CHUCK_C, WAFER_TAU_S)
        self.leak_share = 1.0  # fault: how many times what leaks past a good wafer

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
