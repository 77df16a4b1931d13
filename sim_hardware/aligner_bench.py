"""Chuck, stage and reticle holder of the aligner: how the wafer lies under the reticle."""

import math
from collections.abc import Callable
from typing import Final

from sim_hardware.aligner_plc import WIDEST_UM
from sim_hardware.core.approach import Approach
from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.placement import Placement
from sim_hardware.physics.aligner import Alignment
from sim_hardware.physics.sites import EDGE_RADIUS_MM

VACUUM_KPA, GOOD_KPA, LET_GO_KPA, VACUUM_TAU_S = 85.0, 60.0, 5.0, 0.5
ROUNDING_KPA: Final = 0.1
GAP_UM_S: Final = 500.0
ROOM_FOR_HANDS_UM: Final = 1500.0
CAMERA_UM, UNSEEN = 500.0, 1000.0
# The cameras do not look quite where the lens prints.
CAMERA_X_UM, CAMERA_Y_UM = 0.3, 0.2
MEAN_RADIUS_UM: Final = 0.65 * EDGE_RADIUS_MM * 1000.0


class AlignmentBench:
    """`place` is the true place of a stage axis: 1 and 2 in mm, 3 in degrees."""

    def __init__(self, clock: LineClock, place: Callable[[int], float]) -> None:
        self._clock, self._place = clock, place
        self.vacuum_kpa = Approach(clock, 0.0, VACUUM_TAU_S)
        self.vacuum_on, self.vacuum_share = False, 1.0
        self.reticle = 0
        self.placement: Placement | None = None  # of the wafer, if there is one
        self.marks_dirty = False
        self._gap = Ramp(WIDEST_UM, WIDEST_UM, GAP_UM_S, clock.now_s())

    @property
    def leaks(self) -> bool:
        """Whether the vacuum is asked for and cannot be had."""
        return self.vacuum_on and VACUUM_KPA * self.vacuum_share < GOOD_KPA

    def held(self) -> bool:
        """Whether the chuck holds a wafer, and goes on doing so."""
        kpa = min(self.vacuum_kpa.goal, self.vacuum_kpa.value())
        return self.placement is not None and kpa >= GOOD_KPA - ROUNDING_KPA

    def switch_vacuum(self, *, on: bool) -> float:
        """Chuck vacuum from now on; seconds until it is so, infinite if it never is."""
        self.vacuum_on = on
        goal_kpa = VACUUM_KPA * self.vacuum_share if on else 0.0
        self.vacuum_kpa.aim(goal_kpa)
        if not on:
            return self.vacuum_kpa.settles_in_s(LET_GO_KPA)
        return math.inf if self.leaks else self.vacuum_kpa.settles_in_s(goal_kpa - GOOD_KPA)

    def gap_um(self) -> float:
        """Distance from reticle to wafer."""
        return self._gap.at(self._clock.now_s())

    def set_gap(self, um: float) -> float:
        """Move to a gap; seconds until it is there."""
        now_s = self._clock.now_s()
        self._gap = Ramp(self.gap_um(), um, GAP_UM_S, now_s)
        return self._gap.end_s - now_s

    def open_for_hands(self) -> bool:
        """Whether a wafer can be put in or taken out."""
        let_go = self.vacuum_kpa.value() <= LET_GO_KPA + ROUNDING_KPA
        return let_go and self.gap_um() >= ROOM_FOR_HANDS_UM

    def residual(self) -> Placement:
        """Where the wafer's marks are for the stage as it stands."""
        lies = self.placement or Placement(0.0, 0.0, 0.0)
        return Placement(
            lies.x_um - 1000.0 * self._place(1),
            lies.y_um - 1000.0 * self._place(2),
            lies.theta_mdeg - 1000.0 * self._place(3),
        )

    def seen(self) -> Placement:
        """What the cameras say of it; UNSEEN where they see no marks."""
        left = self.residual()
        hidden = self.placement is None or self.reticle == 0 or self.marks_dirty
        far = max(abs(left.x_um), abs(left.y_um), abs(left.theta_mdeg)) > CAMERA_UM
        return Placement(UNSEEN, UNSEEN, UNSEEN) if hidden or far else left

    def mask(self, wafer_warmer_k: float) -> Alignment | None:
        """How light comes through the reticle; None without one."""
        if self.reticle == 0:
            return None
        left = self.residual()
        turned_um = math.radians(left.theta_mdeg / 1000.0) * MEAN_RADIUS_UM
        return Alignment(
            self.gap_um(),
            left.x_um + CAMERA_X_UM,
            left.y_um + CAMERA_Y_UM + turned_um,
            wafer_warmer_k,
        )
