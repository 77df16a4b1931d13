"""The belt of the reflow oven and its motor, the wafer on it or at its exit, and the logger.

Chosen here: the drive has a buffered supply and the permit a relay that stays as it is, so that
neither the emergency stop nor a restart of the controller leaves a wafer in the heat.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant_faults import Fault
from sim_hardware.instruments.trinamic_tmcm1110 import DriverBit, TrinamicTmcm1110
from sim_hardware.physics.reflow_oven import M
from sim_hardware.reflow_oven_way import Surroundings, Way

STEPS_MM: Final = 40.0  # full steps of the motor for a millimetre of belt
M_MIN_STEPS_S: Final = 60.0 / 1000.0 / STEPS_MM
STANDS_S: Final = 5.0
MOVING_M_MIN: Final = 1e-3
LONGEST_LOG_S: Final = 1000.0


class Conveyor:
    """Calls `on_exit` when the wafer slides out and `on_stand` when it has stood inside too long.

    `on_reverse` is called when the belt takes a wafer back.
    """

    def __init__(
        self,
        clock: LineClock,
        around: Surroundings,
        on_exit: Callable[[], None],
        on_stand: Callable[[], None],
        on_reverse: Callable[[], None],
    ) -> None:
        self._clock, self._around = clock, around
        self._on_exit, self._on_stand, self._on_reverse = on_exit, on_stand, on_reverse
        self._motor = self._belt = Ramp(0.0, 0.0, 1.0, clock.now_s())  # in m/min of belt
        self._allowed = False
        self._dead, self._jammed, self._share = False, False, 1.0  # faults of drive and belt
        self._timers = NamedTimers(clock)
        self._logged: Way | None = None  # of this job's wafer, wherever it is now
        self.way: Way | None = None  # of the wafer that is in the tunnel or at the exit
        self.drive = TrinamicTmcm1110(clock, self)

    # --- the motor --------------------------------------------------------------------------------

    def permit(self, *, allowed: bool) -> None:
        """What the controller's relay does."""
        self._allowed = allowed
        self.drive.recheck()

    def permitted(self) -> bool:
        """Whether the drive has power and may turn."""
        return self._allowed and not self._dead

    def on_speed(self, full_steps_s: float, full_steps_s2: float) -> None:
        """The motor now ramps to `full_steps_s`; the acceleration may be infinite."""
        now_s = self._clock.now_s()
        goal, per_s = full_steps_s * M_MIN_STEPS_S, full_steps_s2 * M_MIN_STEPS_S
        self._motor = Ramp(self._motor.at(now_s), goal, per_s, now_s)
        self._follow_motor()

    # --- the belt ---------------------------------------------------------------------------------

    def speed_m_min(self) -> float:
        """Speed now, forwards or backwards."""
        return abs(self._belt.at(self._clock.now_s()))

    @property
    def moving(self) -> bool:
        """Whether it has not come to rest."""
        return self.speed_m_min() > MOVING_M_MIN

    @property
    def runs(self) -> bool:
        """Whether it moves forward and goes on."""
        return self._belt.goal > 0.0 and self._belt.at(self._clock.now_s()) > 0.0

    def faults(self) -> Mapping[str, Fault]:
        """Faults of drive and belt by name."""
        return {
            "jam": self._jam,
            "slip_share": self._slip,
            "dead": self._die,
            "overtemperature": self._overheat,
        }

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

    # --- faults -----------------------------------------------------------------------------------

    def _jam(self, jammed: float) -> None:
        """It does not move, whatever the motor does."""
        self._jammed = bool(jammed)
        self._flag(DriverBit.STALLED, there=self._jammed)
        self._follow_motor()

    def _slip(self, share: float) -> None:
        """The drum slips: the belt gets this share of the speed."""
        self._share = share
        self._follow_motor()

    def _die(self, dead: float) -> None:
        """The drive has lost its motor supply, and the belt coasts."""
        self._dead = bool(dead)
        self.drive.recheck()

    def _overheat(self, there: float) -> None:
        """The drive says that it is too hot, and stops its motor."""
        self._flag(DriverBit.OVERTEMPERATURE, there=bool(there))
        self._die(there)

    def _flag(self, bit: DriverBit, *, there: bool) -> None:
        (self.drive.faults.add if there else self.drive.faults.discard)(bit)

    # --- what follows -----------------------------------------------------------------------------

    def _follow_motor(self) -> None:
        now_s = self._clock.now_s()
        share = 0.0 if self._jammed else self._share
        start, goal = share * self._motor.at(now_s), share * self._motor.goal
        per_s = share * self._motor.per_s if share else 1.0
        self._belt = Ramp(start, goal, per_s, now_s)
        if self.way is not None and not self.way.out:
            self.way.drive(self._belt, now_s)
            self._foresee()

    def _foresee(self) -> None:
        if self.way is None:
            return
        now_s = self._clock.now_s()
        self._timers.after("exit", self.way.exit_in_s(now_s), self._left)
        if self._belt.goal < 0.0:
            self._on_reverse()
        if self._belt.goal != 0.0:
            self._timers.cancel("stands")
        elif "stands" not in self._timers:
            rests_s = max(self._belt.end_s - now_s, 0.0)
            self._timers.after("stands", rests_s + STANDS_S, self._on_stand)

    def _left(self) -> None:
        self._timers.cancel("stands")
        if self.way is not None:
            self.way.leave(self._clock.now_s())
            self._on_exit()
