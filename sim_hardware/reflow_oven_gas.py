"""The atmosphere of the reflow oven's tunnel: nitrogen, the oxygen that is left, formic acid."""

from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.course import Course
from sim_hardware.core.metered_gas import SUPPLY_KPA, MeteredGas
from sim_hardware.instruments.alicat_mc import AlicatMc

NITROGEN_LPM: Final = 300.0
FULL_SCCM: Final = 600_000.0
OXYGEN_PPM: Final = 15.0  # left at that flow
AIR_PPM: Final = 209_500.0
LEAK_LPM: Final = NITROGEN_LPM * OXYGEN_PPM / (AIR_PPM - OXYGEN_PPM)
FLOW_TAU_S, OXYGEN_TAU_S, FORMIC_TAU_S = 2.0, 120.0, 20.0
FORMIC_MOST_PCT: Final = 6.0  # what the bubbler can give
FORMIC_SHARE: Final = 0.1  # within which an order is done


class Atmosphere:
    """What was ordered, what flows and what is in the tunnel; `changed` hears of another flow.

    `hood_open` is a condition of the room, `formic_share` and `sensor_share` are
    faults: the shares of the order that the bubbler gives and of the oxygen that the sensor shows.
    """

    def __init__(self, clock: LineClock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed: Callable[[], None] = lambda: None  # until the oven is there
        now_s = clock.now_s()
        self.nitrogen = MeteredGas(clock, FULL_SCCM, FLOW_TAU_S, self._tell)
        self.controller = AlicatMc(clock, self.nitrogen, full_scale_sccm=FULL_SCCM, gas="N2")
        self.oxygen = Course(OXYGEN_PPM, OXYGEN_PPM, now_s, OXYGEN_TAU_S)
        self.formic = Course(0.0, 0.0, now_s, FORMIC_TAU_S)
        self._ordered_pct = 0.0
        self.hood_open = False
        self.formic_share = self.sensor_share = 1.0
        self._left_flowing()
        self._changed = changed

    @property
    def carrier(self) -> bool:
        """Whether nitrogen flows that can carry the vapour."""
        return self.nitrogen.goal_lpm > 0.0

    @property
    def vapour(self) -> bool:
        """Whether the valve of the bubbler is open."""
        return self._ordered_pct > 0.0

    def nitrogen_lpm(self) -> float:
        """Flow now."""
        return self.nitrogen.lpm()

    def formic_pct(self) -> float:
        """Concentration in the soak zones now."""
        return self.formic.at(self._clock.now_s())

    def oxygen_ppm(self) -> float:
        """Oxygen in the tunnel now."""
        return self.oxygen.at(self._clock.now_s())

    def oxygen_shown_ppm(self) -> float:
        """What the sensor makes of it."""
        return self.oxygen_ppm() * self.sensor_share

    def shown_oxygen_rises_to_in_s(self, ppm: float) -> float:
        """Seconds from the last change until the sensor shows more than this; may be infinite."""
        return self.oxygen.rises_to_in_s(ppm / max(self.sensor_share, 1e-9))

    def bubble(self, pct: float) -> float:
        """Let formic acid in; seconds until the concentration is there."""
        self._ordered_pct = pct
        self.aim()
        return self.formic.settles_in_s(FORMIC_SHARE)

    def vapour_as_ordered(self) -> bool:
        """Whether the concentration is within a fifth of the order; when off, below 1 vol%."""
        away = abs(self.formic_pct() - self._ordered_pct)
        return away <= (2.0 * FORMIC_SHARE * self._ordered_pct or 1.0)

    def upset(self, oxygen_ppm: float) -> None:
        """Air came in through a curtain."""
        self.aim()
        self.oxygen = self.oxygen.put(oxygen_ppm, self._clock.now_s())

    def supply(self, *, there: bool) -> None:
        """The house has nitrogen, or none."""
        self.nitrogen.supply(SUPPLY_KPA if there else 0.0)

    def aim(self) -> None:
        """A valve or a condition changed: everything goes where it leads now."""
        now_s, lpm = self._clock.now_s(), self.nitrogen.goal_lpm
        left_ppm = AIR_PPM if self.hood_open else AIR_PPM * LEAK_LPM / (lpm + LEAK_LPM)
        pct = self._ordered_pct * self.formic_share if lpm > 0.0 else 0.0
        self.oxygen = self.oxygen.aimed(left_ppm, now_s)
        self.formic = self.formic.aimed(min(pct, FORMIC_MOST_PCT), now_s)

    def _tell(self) -> None:
        self._changed()

    def _left_flowing(self) -> None:
        """The shift before left the tunnel inert."""
        self.nitrogen.open_valve(opened=True)
        self.controller.loop.command(NITROGEN_LPM * 1000.0)
        self.nitrogen.settle()
