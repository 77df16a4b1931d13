"""The mercury lamp of the aligner: what it gives at its age, and how warm its house is."""

from sim_hardware.core.clock import LineClock
from sim_hardware.physics.aligner import irradiance_mw_cm2

LAMP_H, HOUSE_C, ROOM_C = 300.0, 55.0, 22.0


class Lamp:
    """Burns from the start and is warm; `on` False is a fault."""

    def __init__(self, clock: LineClock) -> None:
        self._clock, self._born_h = clock, LAMP_H - clock.now_s() / 3600.0
        self.on = True

    def hours(self) -> float:
        """Burning hours."""
        return self._born_h + self._clock.now_s() / 3600.0

    def age_to(self, hours: float) -> None:
        """Have another age from now on."""
        self._born_h = hours - self._clock.now_s() / 3600.0

    def irradiance_mw_cm2(self) -> float:
        """Light in the plane of the wafer with the shutter open."""
        return irradiance_mw_cm2(self.hours()) if self.on else 0.0

    def house_c(self) -> float:
        """Temperature of the lamp house."""
        return HOUSE_C if self.on else ROOM_C
