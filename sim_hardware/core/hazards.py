"""What would have ruined a wafer or hurt a person, as the plant saw it happen."""

from dataclasses import dataclass

from sim_hardware.core.clock import LineClock


@dataclass(frozen=True, slots=True)
class Hazard:
    """One thing that must not happen, with the tool and the time it did."""

    at_s: float
    tool: str
    text: str


class HazardLog:
    """Hazards of one line in order; the same hazard of one tool is noted once until cleared."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self.entries: list[Hazard] = []

    def record(self, tool: str, text: str) -> None:
        """Note that `text` happened at `tool` now."""
        if not any(entry.tool == tool and entry.text == text for entry in self.entries):
            self.entries.append(Hazard(self._clock.now_s(), tool, text))
