"""A heated mass behind a contactor, an independent thermostat and a sensor that may lie."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim_hardware.core.clock import LineClock
from sim_hardware.core.thermal import ThermalBody

ROOM_C = 22.0
PIECES = 64  # of the temperature's past that are remembered


@dataclass(frozen=True, slots=True)
class Mass:
    """What is heated: where it starts, how fast it follows, and where its thermostat trips.

    The thermostat opens the contactor when the temperature rises through `limit_c`, or through
    the set-point and `over_c` more.
    """

    start_c: float
    tau_s: float
    limit_c: float
    over_c: float = math.inf
    ambient_c: float = ROOM_C
    cools: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """One stretch of the past: from a temperature towards another."""

    since_s: float
    from_c: float
    goal_c: float


class Heater:
    """The load of a temperature controller; `on_trip` is called when the thermostat opens.

    `temperature_c` is what the sensor shows, `true_c` what is true.
    """

    def __init__(
        self, clock: LineClock, mass: Mass, on_trip: Callable[[], None] = lambda: None
    ) -> None:
        self._clock, self._mass, self._on_trip = clock, mass, on_trip
        self._body = ThermalBody(clock, mass.start_c, mass.ambient_c, mass.tau_s, cools=mass.cools)
        self.setpoint_c: float | None = None
        self.powered, self.tripped = True, False
        self._offset_c = 0.0
        self._stuck_at_c: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._past: deque[_Piece] = deque(maxlen=PIECES)
        self._drive()

    @property
    def on(self) -> bool:
        """Whether the heater can take power now."""
        return self.powered and not self.tripped and self.setpoint_c is not None

    def true_c(self) -> float:
        """The temperature."""
        return self._body.temperature_c()

    def temperature_c(self) -> float:
        """What the sensor shows."""
        return self.true_c() + self._offset_c

    def at_c(self, when_s: float) -> float:
        """The temperature at a time of the clock that is past; the oldest one known before it."""
        known = [piece for piece in self._past if piece.since_s <= when_s]
        if not known:
            return self._past[0].from_c
        piece = known[-1]
        left = math.exp(-(when_s - piece.since_s) / self._mass.tau_s)
        return piece.goal_c + (piece.from_c - piece.goal_c) * left

    def regulate(self, setpoint_c: float | None) -> None:
        """Drive to a set-point from now on; None: the output is off."""
        self.setpoint_c = setpoint_c
        self._drive()

    def power(self, *, on: bool) -> None:
        """Close or open the contactor; a tripped thermostat keeps it open."""
        self.powered = on
        self._drive()

    def reset_thermostat(self) -> None:
        """What a person does with a screwdriver after a trip."""
        self.tripped = False
        self._drive()

    def put_at(self, temperature_c: float) -> None:
        """Be at another temperature at once."""
        self._body.put_at(temperature_c)
        self._drive()

    def mislead(self, offset_c: float) -> None:
        """Fault: the sensor reads wrong by this much."""
        self._offset_c = offset_c
        self._drive()

    def stick(self, goal_c: float) -> None:
        """Fault: the relay is welded and heats to this temperature; 0 mends it."""
        self._stuck_at_c = goal_c or None
        self._drive()

    def _goal_c(self) -> float | None:
        if not self.powered or self.tripped:
            return None
        if self._stuck_at_c is not None:
            return self._stuck_at_c
        return None if self.setpoint_c is None else self.setpoint_c - self._offset_c

    def _drive(self) -> None:
        self._body.regulate(self._goal_c())
        self._past.append(_Piece(self._clock.now_s(), self.true_c(), self._body.target_c))
        if self._timer is not None:
            self._timer.cancel()
        trips_in_s = self._trips_in_s()
        self._timer = (
            self._clock.after(trips_in_s, self._trip) if math.isfinite(trips_in_s) else None
        )

    def _trips_in_s(self) -> float:
        setpoint_c = math.inf if self.setpoint_c is None else self.setpoint_c
        limit_c = min(self._mass.limit_c, setpoint_c + self._mass.over_c)
        goal_c, now_c = self._body.target_c, self.true_c()
        if goal_c <= limit_c:
            return math.inf
        if now_c >= limit_c:
            return 0.0
        return self._mass.tau_s * math.log((goal_c - now_c) / (goal_c - limit_c))

    def _trip(self) -> None:
        self.tripped = True
        self._drive()
        self._on_trip()


def heater_faults(heater: Heater) -> Mapping[str, Callable[[float], None]]:
    """Faults of one heater by name, for a plant's table."""
    return {
        "sensor_offset_c": heater.mislead,
        "stuck_at_c": heater.stick,
        "temperature_c": heater.put_at,
        "thermostat_reset": lambda _: heater.reset_thermostat(),
    }
