"""What instruments are wired to when no tool is around them: the simplest that lets them work."""

from typing_extensions import override

from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    PlcProgram,
    SetPoint,
    SetWord,
    ToolCommand,
)


class Magnetrons:
    """Guns whose discharge takes 400 V at any power; remembers what they were given."""

    def __init__(self) -> None:
        self.interlock_closed = True
        self.on, self.watts = False, 0.0
        self.open_guns: set[int] = set()

    def permitted(self) -> bool:
        return self.interlock_closed

    def volts(self, watts: float) -> float:
        return 400.0 if watts else 0.0

    def on_output(self, *, on: bool, watts: float, gun: int) -> None:
        del gun
        self.on, self.watts = on, watts

    def on_shutter(self, *, opened: bool, gun: int) -> None:
        (self.open_guns.add if opened else self.open_guns.discard)(gun)


class SensorHead:
    """A crystal that grows 0.5 nm/s and has lost 3 % of its life."""

    def __init__(self) -> None:
        self.film_nm = 120.0

    def rate_nm_s(self) -> float:
        return 0.5

    def thickness_nm(self) -> float:
        return self.film_nm

    def zero(self) -> None:
        self.film_nm = 0.0

    def life_pct(self) -> float:
        return 97.0

    def frequency_hz(self) -> float:
        return 5_875_830.23


class Shaft:
    """A spindle that may turn; remembers the speed it was last sent to."""

    def __init__(self) -> None:
        self.goal_rpm = 0.0

    def permitted(self) -> bool:
        return True

    def on_speed(self, rpm: float, accel_rpm_s: float) -> None:
        del accel_rpm_s
        self.goal_rpm = rpm


class StageTable:
    """Three axes; remembers which move and where they came to rest."""

    def __init__(self) -> None:
        self.moving: set[int] = set()
        self.places: dict[int, float] = {}

    def on_motion(self, axis: int, *, moving: bool) -> None:
        (self.moving.add if moving else self.moving.discard)(axis)

    def on_position(self, axis: int, value: float) -> None:
        self.places[axis] = value


class Blade:
    """A shutter blade; remembers whether light passes and how often it did."""

    def __init__(self) -> None:
        self.tripped = False
        self.opened, self.openings = False, 0

    def interlock_open(self) -> bool:
        return self.tripped

    def on_blade(self, *, opened: bool) -> None:
        self.opened = opened
        self.openings += opened


class Lamp:
    """12.5 mW on the head."""

    def light_w(self) -> float:
        return 0.0125


class PlatingBath:
    """A cell of 10 milliohms whose enable contact is closed; remembers its current."""

    def __init__(self) -> None:
        self.contact_closed = True
        self.amps = 0.0

    def enabled(self) -> bool:
        return self.contact_closed

    def volts_for(self, amps: float) -> float:
        return 0.010 * amps

    def on_output(self, amps: float) -> None:
        self.amps = amps


class Electrode:
    """A matched chamber: nothing comes back, 1 W makes 0.5 V of bias; remembers RF."""

    def __init__(self) -> None:
        self.closed = True
        self.on = False

    def interlock_closed(self) -> bool:
        return self.closed

    def reflected_w(self, forward_w: float) -> float:
        del forward_w
        return 0.0

    def dc_bias_v(self, forward_w: float) -> float:
        return 0.5 * forward_w

    def watts_for_bias(self, volts: float) -> float:
        return 2.0 * volts

    def on_rf(self, *, on: bool, setpoint: float, regulation: int) -> None:
        del setpoint, regulation
        self.on = on


class GasBottle:
    """Gas enough; remembers the flow it was last asked for."""

    def __init__(self) -> None:
        self.asked_sccm = 0.0

    def supply_ok(self) -> bool:
        return True

    def on_flow(self, setpoint_sccm: float) -> None:
        self.asked_sccm = setpoint_sccm


class SmallTool(PlcProgram):
    """A tool program with one of everything; command 121 takes two seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = False
        self.process_values = {1: lambda: 21.5, 2: lambda: 3.0}
        self.setpoints = [SetPoint(101, 0.5, 6.0, 2.0)]
        self.set_words = [SetWord(201, 1, 2, 1)]
        self.tool_bits = {0: lambda: True}
        self.alarms = frozenset({17})
        self.commands = {
            120: ToolCommand(lambda _: Done()),
            121: ToolCommand(lambda _: Accepted(2.0)),
        }

    @override
    def on_energy(self, permit: bool) -> None:
        self.energy = permit
