"""What has been done to the liquid resist on one wafer, and the coat that follows from it."""

import math
from typing import Final

from sim_hardware.physics.spin_coater import ATMOSPHERE_KPA, Coating, coat, flat_um
from sim_hardware.physics.wafer import Wafer

VISCOSITY_CST: Final = 400.0
RESIST_C: Final = 22.0
LEAST_ML: Final = 2.0  # less does not cover the wafer
LEAST_RPM: Final = 50.0
UNBAKED_C: Final = 22.0


class CoatRecord:
    """Times are the clock's; `coated` recomputes the coat from the wafer as it was before."""

    def __init__(self) -> None:
        self._bare: Wafer | None = None
        self._millilitres = 0.0
        self._plateaus_s: dict[float, float] = {}
        self._rpm, self._level_since_s = 0.0, 0.0
        self._still_since_s: float | None = None
        self._rest_s: float | None = None
        self._degas_kpa = ATMOSPHERE_KPA
        self.baked_s, self._degree_seconds = 0.0, 0.0

    def dispensed(self, wafer: Wafer, millilitres: float) -> None:
        """Resist came onto the wafer."""
        if self._bare is None:
            self._bare = wafer
        self._millilitres += millilitres

    def turn(self, now_s: float, rpm: float, accel_rpm_s: float) -> None:
        """The shaft now ramps to another speed."""
        ramp_s = 0.0 if math.isinf(accel_rpm_s) else abs(rpm - self._rpm) / accel_rpm_s
        held_s = max(now_s - self._level_since_s, 0.0)
        if self._millilitres > 0.0 and self._rpm >= LEAST_RPM and self.baked_s == 0.0:
            self._plateaus_s[self._rpm] = self._plateaus_s.get(self._rpm, 0.0) + held_s
        self._rpm, self._level_since_s = abs(rpm), now_s + ramp_s
        self._still_since_s = None if rpm else now_s + ramp_s

    def disturbed(self, now_s: float) -> None:
        """Solvent on the edge ended: the resist rests from here on."""
        if self._still_since_s is not None:
            self._still_since_s = max(self._still_since_s, now_s)

    def rested(self, now_s: float) -> None:
        """The resist stops levelling: it is evacuated or baked."""
        if self._rest_s is None and self._still_since_s is not None:
            self._rest_s = max(now_s - self._still_since_s, 0.0)

    def degassed(self, kpa: float) -> None:
        """It has been at this pressure."""
        self._degas_kpa = min(self._degas_kpa, kpa)

    def baked(self, seconds: float, celsius: float) -> None:
        """It has lain on the plate."""
        self.baked_s += seconds
        self._degree_seconds += seconds * celsius

    def coated(self) -> Wafer | None:
        """The wafer with the coat it has now; None without enough resist spun over it."""
        if self._bare is None or self._millilitres < LEAST_ML or not self._plateaus_s:
            return None
        runs = [self._run(rpm, held_s) for rpm, held_s in self._plateaus_s.items()]
        return coat(self._bare, min(runs, key=flat_um))

    def _run(self, rpm: float, held_s: float) -> Coating:
        bake_c = self._degree_seconds / self.baked_s if self.baked_s else UNBAKED_C
        rest_s = self._rest_s or 0.0
        return Coating(
            rpm, held_s, rest_s, self._degas_kpa, bake_c, self.baked_s, VISCOSITY_CST, RESIST_C
        )
