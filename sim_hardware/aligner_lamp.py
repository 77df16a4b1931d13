"""The mercury lamp of the aligner: its arc, its light at its age, how warm its house is."""

import math
from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.course import Course
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.oriel_69907 import Oriel69907
from sim_hardware.physics.aligner import irradiance_mw_cm2

RATED_WATTS: Final = 1000.0  # of the lamp
SUPPLY, SUPPLY_WATTS, SUPPLY_AMPS = "69920", 1200.0, 50.0
MOST_WATTS: Final = 1.05 * RATED_WATTS  # above, the bulb bursts sooner or later
LAMP_H, ROOM_C, HOUSE_K = 300.0, 22.0, 33.0
ARC_VOLTS, VOLTS_PER_AMP = 40.0, 0.15
COLD_SHARE: Final = 0.6  # of the light, just after a strike
WARM_UP_TAU_S, HOUSE_TAU_S = 180.0, 600.0
RESTRIKE_S: Final = 120.0  # the mercury must condense first


class Lamp:
    """Burns warm at its rating from the start; `changed` is called when its light begins to change.

    `struck` hears of every strike that is tried with the lamp house closed.
    """

    def __init__(
        self, clock: LineClock, changed: Callable[[], None], struck: Callable[[], None]
    ) -> None:
        self._clock, self._changed, self._struck = clock, _nothing, struck
        self._house_closed, self._starter_well = True, True
        self._clean_share = 1.0  # fault: what dirty optics let through
        self._out_since_s = -math.inf
        self._watts = 0.0
        self._warmth = Course(1.0, 1.0, clock.now_s(), WARM_UP_TAU_S)
        self._house = ThermalBody(clock, ROOM_C + HOUSE_K, ROOM_C, HOUSE_TAU_S)
        self.supply = Oriel69907(
            clock,
            self,
            rated_amps=SUPPLY_AMPS,
            rated_watts=SUPPLY_WATTS,
            identity=SUPPLY,
            lamp_hours=LAMP_H,
        )
        self.supply.left_burning(RATED_WATTS)
        self._warmth = Course(1.0, 1.0, clock.now_s(), WARM_UP_TAU_S)
        self._changed = changed

    # --- what the supply is wired to --------------------------------------------------------------

    def interlock_closed(self) -> bool:
        """Lid and fan of the lamp house."""
        return self._house_closed

    def strikes(self) -> bool:
        """Whether a strike would light it."""
        self._struck()
        cold = self._clock.now_s() - self._out_since_s >= RESTRIKE_S
        return self._starter_well and cold

    def volts_for(self, amps: float) -> float:
        """Voltage of the arc."""
        return ARC_VOLTS + VOLTS_PER_AMP * amps

    def on_arc(self, amps: float) -> None:
        """The arc now carries another current; 0 when it is out."""
        now_s, was_on = self._clock.now_s(), self.on
        self._changed()
        self._watts = amps * self.volts_for(amps)
        if self.on and not was_on:
            self._warmth = Course(COLD_SHARE, 1.0, now_s, WARM_UP_TAU_S)
        elif was_on and not self.on:
            self._out_since_s = now_s
        self._house.regulate(ROOM_C + HOUSE_K * self._watts / RATED_WATTS)
        self._changed()

    # --- its light --------------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Whether the arc burns."""
        return self._watts > 0.0

    @property
    def overdriven(self) -> bool:
        """Whether it takes more power than it is made for."""
        return self._watts > MOST_WATTS

    def hours(self) -> float:
        """Hours that the lamp has burnt."""
        return self.supply.arc.burnt_h()

    def irradiance_mw_cm2(self) -> float:
        """Light in the plane of the wafer with the shutter open."""
        return self._steady_mw_cm2() * self._warmth.at(self._clock.now_s())

    def dose_mj_cm2(self, since_s: float) -> float:
        """Light in that plane from a time until now, in which nothing was changed."""
        now_s = self._clock.now_s()
        warm_s = self._warmth.covered(now_s) - self._warmth.covered(since_s)
        return self._steady_mw_cm2() * warm_s

    def house_c(self) -> float:
        """Temperature of the lamp house."""
        return self._house.temperature_c()

    def _steady_mw_cm2(self) -> float:
        share = self._clean_share * self._watts / RATED_WATTS
        return irradiance_mw_cm2(self.hours()) * share

    # --- faults -----------------------------------------------------------------------------------

    def age_to(self, hours: float) -> None:
        """Be a lamp of another age; somebody has set the counter of the supply too."""
        self._changed()
        self.supply.arc.count_from_h(hours)

    def foul(self, share: float) -> None:
        """Dirty optics let only a share of the light through, whatever the supply says."""
        self._changed()
        self._clean_share = share

    def go_out(self, value: float) -> None:
        """The arc goes out (1: once, now)."""
        if value:
            self.supply.lose_arc()

    def open_house(self, value: float) -> None:
        """Lid off or fan stopped (1), or well again (0)."""
        self._house_closed = not value
        self.supply.recheck()

    def break_starter(self, value: float) -> None:
        """Strikes do not light it any more."""
        self._starter_well = not value

    def lose_mains(self, value: float) -> None:
        """The mains of the supply fail for a moment (1: once, now)."""
        if value:
            self.supply.power_cycle()


def _nothing() -> None:
    """Nobody watches yet."""
