"""The belt of the reflow oven, the wafer on it or at its exit, and the logger on the carrier."""

from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.course import Course
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.physics.reflow_oven import M
from sim_hardware.reflow_oven_way import Surroundings, Way

BELT_TAU_S: Final = 1.0
BELT_SHARE: Final = 0.01  # within which an order is done
STANDS_S: Final = 5.0
MOVING_M_MIN: Final = 1e-3
LONGEST_LOG_S: Final = 1000.0


class Conveyor:
    """Calls `on_exit` when the wafer slides out and `on_stand` when it has stood inside too long.

    The drive has a buffered supply of its own, so that neither the emergency stop nor a restart of
    the controller leaves a wafer in the heat.
    """

    def __init__(
        self,
        clock: LineClock,
        around: Surroundings,
        on_exit: Callable[[], None],
        on_stand: Callable[[], None],
    ) -> None:
        self._clock, self._around = clock, around
        self._on_exit, self._on_stand = on_exit, on_stand
        self._belt = Course(0.0, 0.0, clock.now_s(), BELT_TAU_S)
        self._ordered_m_min = 0.0
        self._jammed = False
        self._timers = NamedTimers(clock)
        self._logged: Way | None = None  # of this job's wafer, wherever it is now
        self.way: Way | None = None  # of the wafer that is in the tunnel or at the exit

    # --- the belt --------------------------------------------------------------------------------

    def speed_m_min(self) -> float:
        """Speed now."""
        return self._belt.at(self._clock.now_s())

    @property
    def moving(self) -> bool:
        """Whether it has not come to rest."""
        return self.speed_m_min() > MOVING_M_MIN

    @property
    def runs(self) -> bool:
        """Whether it moves and goes on."""
        return self._belt.goal > 0.0 and self.speed_m_min() > 0.0

    @property
    def as_ordered(self) -> bool:
        """Whether it has the speed that was ordered, or will have."""
        return self._belt.goal == self._ordered_m_min

    def drive(self, m_min: float) -> float:
        """Run; seconds until the speed is within 1 %."""
        self._ordered_m_min = m_min
        self._aim()
        return self._belt.settles_in_s(BELT_SHARE)

    def jam(self, *, jammed: bool) -> None:
        """Fault: it does not move, whatever is ordered."""
        self._jammed = jammed
        self._aim()

    # --- the wafer -------------------------------------------------------------------------------

    @property
    def inside(self) -> bool:
        """Whether a wafer is between entrance and exit."""
        return self.way is not None and not self.way.out

    @property
    def at_exit(self) -> bool:
        """Whether a wafer lies at the exit."""
        return self.way is not None and self.way.out

    def enter(self) -> None:
        """A wafer is on the belt now."""
        self.way = self._logged = Way(self._clock.now_s(), self._belt, self._around)
        self._foresee()

    def take_off(self) -> None:
        """A person has taken the wafer from wherever it was."""
        if self.way is not None and not self.way.out:
            self.way.leave(self._clock.now_s())
        self.way = None
        self._timers.cancel("exit")
        self._timers.cancel("stands")

    def follow(self) -> None:
        """Something around the wafer is about to change."""
        if self.way is not None:
            self.way.advance(self._clock.now_s())

    def place_m(self) -> float:
        """Distance of the wafer from the entrance; 0 without one."""
        return 0.0 if self.way is None else self.way.place_m(self._clock.now_s())

    def wafer_c(self) -> float:
        """Temperature of the wafer; of the room without one."""
        return M.entry_c if self.way is None else self.way.wafer_at_c(self._clock.now_s())

    # --- the profile logger ---------------------------------------------------------------------

    def new_log(self) -> None:
        """Begin anew, unless the wafer is still under way."""
        if not self.inside:
            self._logged = None

    def logged(self) -> tuple[float, float]:
        """Peak in C and seconds above the liquidus of the eutectic; zeros before the entry."""
        if self._logged is None:
            return 0.0, 0.0
        self._logged.advance(self._clock.now_s())
        seen = self._logged.profile()
        return float(seen.wafer_c.max()), min(seen.above_s(M.eutectic_c), LONGEST_LOG_S)

    def _aim(self) -> None:
        now_s = self._clock.now_s()
        self._belt = self._belt.aimed(0.0 if self._jammed else self._ordered_m_min, now_s)
        if self.way is not None and not self.way.out:
            self.way.drive(self._belt, now_s)
            self._foresee()

    def _foresee(self) -> None:
        if self.way is None:
            return
        self._timers.after("exit", self.way.exit_in_s(self._clock.now_s()), self._left)
        if self._belt.goal > 0.0:
            self._timers.cancel("stands")
        elif "stands" not in self._timers:
            self._timers.after("stands", STANDS_S, self._on_stand)

    def _left(self) -> None:
        self._timers.cancel("stands")
        if self.way is not None:
            self.way.leave(self._clock.now_s())
            self._on_exit()
