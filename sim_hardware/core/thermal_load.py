"""What a temperature controller is wired to: a sensor and a heater on something with a mass."""

from typing import Protocol


class ThermalLoad(Protocol):
    """One heated thing; core/thermal.py has a body that is one."""

    def temperature_c(self) -> float:
        """The temperature at the sensor now."""
        ...

    def regulate(self, setpoint_c: float | None) -> None:
        """Drive to a set-point from now on; None: the output is off."""
        ...


def demand_pct(load: ThermalLoad, setpoint_c: float, pct_per_c: float = 10.0) -> float:
    """What a proportional controller asks of its output, -100 (cool) to 100 %."""
    wanted = (setpoint_c - load.temperature_c()) * pct_per_c
    return min(max(wanted, -100.0), 100.0)
