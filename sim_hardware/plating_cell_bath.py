"""The three baths of the plating cells, and the pH sensor that stands in one.

Chosen here: the pH of a bath that is kept well; outside its window a quarter of the current for
each pH makes hydrogen instead of metal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant_faults import Fault
from sim_hardware.instruments.hamilton_ph_arc import Groups, HamiltonPhArc, MeasurementError

LOST_SHARE_PH, LEAST_SHARE = 0.25, 0.2
SPOILT_PH: Final = 0.5  # beyond the window
LONGEST_SPOILT_S: Final = 60.0  # of current in such a bath


@dataclass(frozen=True, slots=True)
class Bath:
    """One chemistry: what the controller and the physics call it, and how it is kept."""

    word: int
    metal: str
    visit: str
    bath_c: float
    ms_cm: float
    ph: float
    lowest_ph: float
    highest_ph: float


BATHS: Final = {
    "cu": Bath(1, "Cu", "plate_cu", 25.0, 520.0, 0.7, 0.1, 1.5),
    "ni": Bath(2, "Ni", "plate_ni", 52.0, 95.0, 4.0, 3.5, 4.6),
    "snag": Bath(3, "SnAg", "plate_snag", 28.0, 280.0, 0.8, 0.1, 2.0),
}


class BathLiquid:
    """What the sensor stands in; `changed` is called before and after its pH becomes another."""

    def __init__(
        self,
        clock: LineClock,
        bath: Bath,
        temperature_c: Callable[[], float],
        changed: Callable[[], None],
        hazard: Callable[[str], None],
    ) -> None:
        self._timers, self._hazard = NamedTimers(clock), hazard
        self._bath, self._temperature_c, self._changed = bath, temperature_c, changed
        self.true_ph = bath.ph
        self._stuck_ph: float | None = None
        self.sensor = HamiltonPhArc(self)

    def ph(self) -> float:
        """PH of the liquid at the glass now."""
        return self.true_ph if self._stuck_ph is None else self._stuck_ph

    def temperature_c(self) -> float:
        """Its temperature now."""
        return self._temperature_c()

    def efficiency(self) -> float:
        """Share of the current that the acid leaves to the metal."""
        return max(1.0 - LOST_SHARE_PH * self._outside_ph(), LEAST_SHARE)

    def watch(self, *, current: bool) -> None:
        """Look at current and pH together: for how long may this go on?"""
        if not current or self._outside_ph() <= SPOILT_PH:
            self._timers.cancel("spoilt")
        elif "spoilt" not in self._timers:
            self._timers.after("spoilt", LONGEST_SPOILT_S, self._spoils)

    def _spoils(self) -> None:
        self._hazard(f"current in a bath of the wrong pH for {LONGEST_SPOILT_S:g} s")

    def faults(self) -> Mapping[str, Fault]:
        """Faults of bath and sensor by name."""
        return {
            "bath_ph": self._turn,
            "drift_ph": self._drift,
            "stuck": self._stick,
            "glass_broken": self._break,
            "quality_pct": self._foul,
        }

    def _outside_ph(self) -> float:
        low, high = self._bath.lowest_ph, self._bath.highest_ph
        return max(low - self.true_ph, self.true_ph - high, 0.0)

    def _turn(self, ph: float) -> None:
        self._changed()
        self.true_ph = ph
        self._changed()

    def _drift(self, ph: float) -> None:
        self.sensor.calibration.drift_ph = ph

    def _stick(self, stuck: float) -> None:
        self._stuck_ph = self.true_ph if stuck else None

    def _break(self, broken: float) -> None:
        bits = MeasurementError.GLASS_LOW if broken else 0
        self.sensor.errors = Groups(measurement=int(bits))

    def _foul(self, pct: float) -> None:
        self.sensor.quality_pct = pct
