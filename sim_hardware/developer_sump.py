"""One developer and the sump it comes from, with its circulator."""

from dataclasses import dataclass
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.heater import Heater, Mass
from sim_hardware.instruments.julabo_cf31 import LOW_LEVEL, JulaboCf31

FRESH_C: Final = 20.0
NEAR_C: Final = 3.0
WAFERS_PER_SUMP: Final = 600.0  # until the developer is spent


@dataclass(frozen=True, slots=True)
class Chemistry:
    """What a developer is as delivered, and the window of its conductivity in wt%."""

    visit: str
    bath_c: float
    wt_pct: float
    low_wt_pct: float
    high_wt_pct: float
    ms_cm_per_wt_pct: float


CARBONATE: Final = Chemistry("develop_film", 30.0, 1.0, 0.8, 1.2, 16.0)
TMAH: Final = Chemistry("develop_liquid", 23.0, 2.38, 2.34, 2.42, 24.0)


class Sump:
    """60 litres of one developer; `load` is dissolved film over what it can take."""

    def __init__(self, clock: LineClock, chemistry: Chemistry) -> None:
        self.chemistry = chemistry
        self.bath = Heater(clock, Mass(chemistry.bath_c, tau_s=900.0, limit_c=90.0, cools=True))
        self.circulator = JulaboCf31(clock, self.bath)
        self.circulator.left_running(chemistry.bath_c)
        self.filled = True
        self.wt_pct, self.load = chemistry.wt_pct, 0.3

    def conductivity_ms_cm(self) -> float:
        """What the probe in the sump shows."""
        return self.wt_pct * self.chemistry.ms_cm_per_wt_pct if self.filled else 0.0

    @property
    def strength_well(self) -> bool:
        """Whether the conductivity is in its window."""
        return self.chemistry.low_wt_pct <= self.wt_pct <= self.chemistry.high_wt_pct

    @property
    def temperature_well(self) -> bool:
        """Whether the bath is near the set-point that its circulator works on."""
        setpoint_c = self.bath.setpoint_c
        return setpoint_c is not None and abs(self.bath.temperature_c() - setpoint_c) <= NEAR_C

    def drain(self) -> None:
        """Run empty; the circulator's own float switch stops it."""
        self.filled = False
        self.circulator.alarm(LOW_LEVEL)

    def fill(self) -> None:
        """Fresh developer at room temperature; somebody has to start the circulator."""
        self.filled = True
        self.wt_pct, self.load = self.chemistry.wt_pct, 0.0
        self.bath.put_at(FRESH_C)
        self.circulator.alarm("")

    def set_strength(self, wt_pct: float) -> None:
        """Be of another concentration."""
        self.wt_pct = wt_pct
