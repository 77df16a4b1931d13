"""What the emulated instruments are wired to here: the smallest worlds in which they can work."""

import math
from dataclasses import dataclass, field

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.lagging_flow import LaggingFlow
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    PlcProgram,
    SetPoint,
    SetWord,
    ToolCommand,
)
from sim_hardware.instruments.kepco_bop_output import Course

ROOM_C = 22.0
QUICK_S = 1.0  # time constant of what is heated: nobody waits for a real mass here
FLOW_LAG_S = 0.05


def small_mass(clock: LineClock, *, cools: bool = False) -> ThermalBody:
    """Something at room temperature that is soon warm."""
    return ThermalBody(clock, ROOM_C, ROOM_C, QUICK_S, cools=cools)


@dataclass
class Guns:
    """Magnetrons that take 400 V at any power."""

    interlock_closed: bool = True

    def permitted(self) -> bool:
        """Whether the interlock chain is closed."""
        return self.interlock_closed

    def volts(self, watts: float) -> float:
        """Voltage of the discharge."""
        return 400.0 if watts else 0.0

    def on_output(self, *, on: bool, watts: float, gun: int) -> None:
        """Nothing follows from it here."""

    def on_shutter(self, *, opened: bool, gun: int) -> None:
        """Nothing follows from it here."""


@dataclass
class Crystal:
    """A quartz that grows 0.5 nm/s and may be dead."""

    clock: LineClock
    alive: bool = True
    since_s: float = 0.0

    def rate_nm_s(self) -> float:
        """Growth."""
        return 0.5 if self.alive else 0.0

    def thickness_nm(self) -> float:
        """What grew since it was zeroed."""
        return 0.5 * (self.clock.now_s() - self.since_s)

    def zero(self) -> None:
        """Count anew."""
        self.since_s = self.clock.now_s()

    def life_pct(self) -> float:
        """What is left of it."""
        return 97.0 if self.alive else 0.0

    def frequency_hz(self) -> float:
        """How fast it swings."""
        return 5_875_830.23 if self.alive else 0.0


@dataclass
class Chamber:
    """A place with a pressure, where a gauge may sit."""

    pressure_mbar: float

    def mbar(self) -> float:
        """Pressure."""
        return self.pressure_mbar

    def pirani_mbar(self) -> float:
        """The gas is nitrogen."""
        return self.pressure_mbar


@dataclass
class TurboPlace:
    """Where a turbopump stands: what load it has and how warm it is."""

    highest: float = math.inf
    bearing: float = 35.0
    motor: float = 40.0
    converter: float = 30.0

    def highest_hz(self) -> float:
        """The gas load lets it run no faster."""
        return self.highest

    def bearing_c(self) -> float:
        """Temperature of the bearing."""
        return self.bearing

    def motor_c(self) -> float:
        """Temperature of the motor."""
        return self.motor

    def converter_c(self) -> float:
        """Temperature of the electronics."""
        return self.converter

    def on_speed(self, goal_hz: float, per_s: float) -> None:
        """Nothing follows from it here."""


class GasPipe:
    """Gas at one bar; the flow follows what is wanted."""

    def __init__(self, clock: LineClock) -> None:
        self._flow = LaggingFlow(clock, FLOW_LAG_S)
        self.kpa = 101.353

    def flow_sccm(self) -> float:
        """Flow."""
        return self._flow.value()

    def pressure_kpa(self) -> float:
        """Absolute pressure."""
        return self.kpa

    def temperature_c(self) -> float:
        """Temperature of the gas."""
        return 25.0

    def on_flow(self, wanted_sccm: float, per_s: float) -> None:
        """The valve moves."""
        self._flow.aim(wanted_sccm, per_s)

    def on_pressure(self, wanted_kpa: float, per_s: float) -> None:
        """The valve moves until the pressure is there."""
        del per_s
        self.kpa = wanted_kpa


class Resist:
    """A pump that gives what it is asked for."""

    def __init__(self, clock: LineClock) -> None:
        self._flow = LaggingFlow(clock, FLOW_LAG_S)

    def flow_g_s(self) -> float:
        """Flow."""
        return self._flow.value()

    def passed_g(self) -> float:
        """All that ever passed."""
        return self._flow.passed()

    def passes_in_s(self, grams: float) -> float:
        """When that much more will have passed."""
        return self._flow.passes_in_s(grams)

    def temperature_c(self) -> float:
        """Temperature of the resist."""
        return 21.5

    def pressure_kpa(self) -> float:
        """Pressure before the valve."""
        return 150.0

    def on_flow(self, wanted_g_s: float, per_s: float) -> None:
        """The pump changes."""
        self._flow.aim(wanted_g_s, per_s)


@dataclass
class Permission:
    """A motor shaft that may turn or may not."""

    allowed: bool = True

    def permitted(self) -> bool:
        """Whether it may turn."""
        return self.allowed


class Spindle(Permission):
    """The shaft of a spindle."""

    def on_speed(self, rpm: float, accel_rpm_s: float) -> None:
        """Nothing follows from it here."""


class BeltShaft(Permission):
    """The shaft that moves a belt."""

    def on_speed(self, full_steps_s: float, full_steps_s2: float) -> None:
        """Nothing follows from it here."""


class Table3:
    """Three axes that carry nothing."""

    def on_motion(self, axis: int, *, moving: bool) -> None:
        """Nothing follows from it here."""

    def on_position(self, axis: int, value: float) -> None:
        """Nothing follows from it here."""


@dataclass
class Blade:
    """A shutter blade behind an interlock."""

    tripped: bool = False

    def interlock_open(self) -> bool:
        """Whether the lid is open."""
        return self.tripped

    def on_blade(self, *, opened: bool) -> None:
        """Nothing follows from it here."""


@dataclass
class Lamp:
    """Light on a measuring head."""

    watts: float = 0.0125

    def light_w(self) -> float:
        """Power on the head."""
        return self.watts


@dataclass
class Resistor:
    """Ohms between two terminals, and a contact that enables the supply."""

    ohms: float
    closed: bool = True

    def enabled(self) -> bool:
        """Whether the enable contact is closed."""
        return self.closed

    def volts_for(self, amps: float) -> float:
        """Voltage at a current of either sign."""
        return self.ohms * amps


class PlatingCell(Resistor):
    """The load of a rectifier."""

    def on_output(self, amps: float) -> None:
        """Nothing follows from it here."""


class PulsedCell(Resistor):
    """The load of a supply with two directions."""

    def on_output(self, course: Course) -> None:
        """Nothing follows from it here."""


@dataclass
class Electrode:
    """A matched plasma that makes half a volt of bias from each watt."""

    closed: bool = True
    reflected_share: float = 0.0

    def interlock_closed(self) -> bool:
        """Whether RF is allowed."""
        return self.closed

    def reflected_w(self, forward_w: float) -> float:
        """What comes back."""
        return self.reflected_share * forward_w

    def dc_bias_v(self, forward_w: float) -> float:
        """Bias of the electrode."""
        return 0.5 * forward_w

    def watts_for_bias(self, volts: float) -> float:
        """Power that makes a bias."""
        return 2.0 * volts

    def on_rf(self, *, on: bool, setpoint: float, regulation: int) -> None:
        """Nothing follows from it here."""


@dataclass
class Bottle:
    """Gas before a controller."""

    full: bool = True

    def supply_ok(self) -> bool:
        """Whether there is gas."""
        return self.full

    def on_flow(self, setpoint_sccm: float) -> None:
        """Nothing follows from it here."""


@dataclass
class Circuit:
    """A pump that makes 4 bar at 50 Hz, while there is water."""

    closed: bool = True
    wet: bool = True

    def enabled(self) -> bool:
        """Whether the on/off terminal is closed."""
        return self.closed

    def has_water(self) -> bool:
        """Whether there is water."""
        return self.wet

    def pressure_bar(self, hz: float) -> float:
        """Pressure at the sensor."""
        return 4.0 * (hz / 50.0) ** 2

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        """Nothing follows from it here."""


class ChilledWater:
    """Water that comes to its set-point and flows while it is pumped."""

    def __init__(self, clock: LineClock) -> None:
        self._water = ThermalBody(clock, 20.1, 20.1, QUICK_S, cools=True)
        self._pumps = False

    def temperature_c(self) -> float:
        """Temperature of what leaves the chiller."""
        return self._water.temperature_c()

    def flow_lpm(self) -> float:
        """Flow."""
        return 12.5 if self._pumps else 0.0

    def supply_kpa(self) -> float:
        """Pressure at the outlet."""
        return 310.0 if self._pumps else 12.0

    def suction_kpa(self) -> float:
        """Pressure before the pump."""
        return -4.0

    def regulate(self, setpoint_c: float | None) -> None:
        """Pump and regulate, or stand."""
        self._pumps = setpoint_c is not None
        self._water.regulate(setpoint_c)


@dataclass
class Liquid:
    """A liquid with a pH."""

    acidity: float = 4.02503
    celsius: float = 24.35834

    def ph(self) -> float:
        """Its pH."""
        return self.acidity

    def temperature_c(self) -> float:
        """Its temperature."""
        return self.celsius


@dataclass
class Switchboard:
    """Whether the energy of the smallest tool is allowed, as its controller said last."""

    energy: bool = field(default=False)


class SmallestTool(PlcProgram):
    """A tool program with one of everything; command 121 takes a second."""

    def __init__(self, board: Switchboard) -> None:
        super().__init__()
        self._board = board
        self.process_values = {1: lambda: 21.5, 2: lambda: 3.0}
        self.setpoints = [SetPoint(101, 0.5, 6.0, 2.0)]
        self.set_words = [SetWord(201, 1, 2, 1)]
        self.tool_bits = {0: lambda: True}
        self.alarms = frozenset({17})
        self.commands = {
            120: ToolCommand(lambda _: Done()),
            121: ToolCommand(lambda _: Accepted(1.0)),
        }

    @override
    def on_energy(self, permit: bool) -> None:
        self._board.energy = permit
