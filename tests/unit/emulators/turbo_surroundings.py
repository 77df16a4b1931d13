"""What surrounds an emulated turbopump in the tests: a settable load, settable temperatures."""

import math
from dataclasses import dataclass, field


@dataclass
class Around:
    """A settable load and settable temperatures."""

    limit_hz: float = math.inf
    bearing: float = 35.0
    motor: float = 40.0
    converter: float = 30.0
    ramps: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def highest_hz(self) -> float:
        return self.limit_hz

    def bearing_c(self) -> float:
        return self.bearing

    def motor_c(self) -> float:
        return self.motor

    def converter_c(self) -> float:
        return self.converter

    def on_speed(self, goal_hz: float, per_s: float) -> None:
        self.ramps.append((goal_hz, per_s))
