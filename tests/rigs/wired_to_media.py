"""What the instruments for gas, vacuum, liquids and lamps are wired to when no tool is there."""

import math

from sim_hardware.core.clock import LineClock
from sim_hardware.core.lagging_flow import LaggingFlow
from sim_hardware.core.motion import Ramp
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.kepco_bop_output import Course


class GasSupply:
    """Argon at one atmosphere, whose flow follows with a lag of 0.1 s."""

    def __init__(self, clock: LineClock) -> None:
        self.flow = LaggingFlow(clock, 0.1)

    def flow_sccm(self) -> float:
        return self.flow.value()

    def pressure_kpa(self) -> float:
        return 101.353

    def temperature_c(self) -> float:
        return 25.0

    def on_flow(self, wanted_sccm: float, per_s: float) -> None:
        self.flow.aim(wanted_sccm, per_s)

    def on_pressure(self, wanted_kpa: float, per_s: float) -> None:
        del wanted_kpa, per_s


class ResistBottle:
    """A pump whose flow follows with a lag of 0.2 s."""

    def __init__(self, clock: LineClock) -> None:
        self.flow = LaggingFlow(clock, 0.2)

    def flow_g_s(self) -> float:
        return self.flow.value()

    def passed_g(self) -> float:
        return self.flow.passed()

    def passes_in_s(self, grams: float) -> float:
        return self.flow.passes_in_s(grams)

    def temperature_c(self) -> float:
        return 21.5

    def pressure_kpa(self) -> float:
        return 150.0

    def on_flow(self, wanted_g_s: float, per_s: float) -> None:
        self.flow.aim(wanted_g_s, per_s)


class Electrolyte:
    """A liquid of pH 4 at 24 C."""

    def __init__(self) -> None:
        self.acidity, self.celsius = 4.02503, 24.35834

    def ph(self) -> float:
        return self.acidity

    def temperature_c(self) -> float:
        return self.celsius


class CellInPulses:
    """A cell of half an ohm; cut open it carries nothing."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self.open = False
        self.course: Course | None = None

    @property
    def amps(self) -> float:
        return 0.0 if self.course is None else self.course.at(self._clock.now_s())

    def volts_for(self, amps: float) -> float:
        return math.copysign(math.inf, amps) if self.open and amps else 0.5 * amps

    def on_output(self, course: Course) -> None:
        self.course = course


class PumpedPlace:
    """What surrounds a turbopump; remembers the speed it was last sent to."""

    def __init__(self) -> None:
        self.goal_hz, self.bearing = 0.0, 35.0

    def highest_hz(self) -> float:
        return math.inf

    def bearing_c(self) -> float:
        return self.bearing

    def motor_c(self) -> float:
        return 40.0

    def converter_c(self) -> float:
        return 30.0

    def on_speed(self, goal_hz: float, per_s: float) -> None:
        del per_s
        self.goal_hz = goal_hz


class Vacuum:
    """A settable pressure, the same for every gauge."""

    def __init__(self, pressure_mbar: float = 1e-3) -> None:
        self.pressure_mbar = pressure_mbar

    def mbar(self) -> float:
        return self.pressure_mbar

    def pirani_mbar(self) -> float:
        return self.pressure_mbar


class MercuryLamp:
    """A lamp of 20 V; remembers its current."""

    def __init__(self) -> None:
        self.closed = self.alive = True
        self.amps = 0.0

    def interlock_closed(self) -> bool:
        return self.closed

    def strikes(self) -> bool:
        return self.alive

    def volts_for(self, amps: float) -> float:
        return 20.0 if amps else 0.0

    def on_arc(self, amps: float) -> None:
        self.amps = amps


class CoolantLoop:
    """Water that comes to its set-point and flows while it is pumped."""

    def __init__(self, clock: LineClock) -> None:
        self.body = ThermalBody(clock, 20.1, 20.1, 30.0, cools=True)
        self.setpoint_c: float | None = None
        self.pumped_lpm = 12.5

    def temperature_c(self) -> float:
        return self.body.temperature_c()

    def flow_lpm(self) -> float:
        return 0.0 if self.setpoint_c is None else self.pumped_lpm

    def supply_kpa(self) -> float:
        return 12.0 if self.setpoint_c is None else 310.0

    def suction_kpa(self) -> float:
        return -4.0

    def regulate(self, setpoint_c: float | None) -> None:
        self.setpoint_c = setpoint_c
        self.body.regulate(setpoint_c)


class Belt:
    """A belt that may run; remembers the speed it was last sent to."""

    def __init__(self) -> None:
        self.full_steps_s = 0.0

    def permitted(self) -> bool:
        return True

    def on_speed(self, full_steps_s: float, full_steps_s2: float) -> None:
        del full_steps_s2
        self.full_steps_s = full_steps_s


class ThrottledChamber:
    """Pressure is gas over opening: a tenth of the range when the plate is half open."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self.path = Ramp(0.0, 0.0, math.inf, 0.0)

    @property
    def opening(self) -> float:
        return self.path.at(self._clock.now_s())

    def sensor_share(self) -> float:
        return min(1.0, 0.05 / self.opening) if self.opening else 0.0

    def opening_for(self, share: float) -> float:
        return min(1.0, 0.05 / share) if share > 0.0 else 1.0

    def on_move(self, path: Ramp) -> None:
        self.path = path


class WaterCircuit:
    """Water that a pump lifts to 4 bar at 50 Hz; remembers the speed it was last sent to."""

    def __init__(self) -> None:
        self.terminal_closed = self.wet = True
        self.goal_hz = 0.0

    def enabled(self) -> bool:
        return self.terminal_closed

    def has_water(self) -> bool:
        return self.wet

    def pressure_bar(self, hz: float) -> float:
        return 4.0 * (hz / 50.0) ** 2

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        del hz_per_s
        self.goal_hz = hz
