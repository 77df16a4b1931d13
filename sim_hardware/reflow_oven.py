"""The emulated reflow oven: eight heated zones, a belt, nitrogen with formic acid, a wafer."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.named_timers import NamedTimers
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import Fault, FaultTable, apply_faults, controller_faults
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.watlow_ezzone import WatlowEzzone
from sim_hardware.physics.reflow_oven import M, reflow_along
from sim_hardware.physics.route import NOMINAL_ZONES_C
from sim_hardware.physics.wafer import Wafer
from sim_hardware.reflow_oven_conveyor import STANDS_S, Conveyor
from sim_hardware.reflow_oven_gas import Atmosphere
from sim_hardware.reflow_oven_plc import (
    BELT_STOPPED,
    FORMIC_HIGH,
    HIGH_TEMPERATURE,
    OXYGEN_LIMIT_PPM,
    ReflowOvenPlc,
)
from sim_hardware.reflow_oven_way import Way

ZONE_TAU_S, ZONE_LIMIT_C, ZONE_OVER_C = 150.0, 300.0, 25.0
COOL_C: Final = 60.0  # a person can take the wafer
TOO_HOT_C: Final = 260.0
AIR_PPM: Final = 1000.0  # more oxygen than any flux-free joint stands
FORMIC_LIMIT_PCT: Final = 4.5
EMERGENCY_STOP, DOOR, NITROGEN, EXHAUST = 0, 1, 3, 5
BARRIERS: Final = {
    "emergency_stop": EMERGENCY_STOP,
    "door": DOOR,
    "n2": NITROGEN,
    "exhaust": EXHAUST,
}


class ReflowOvenPlant(Plant):
    """Roles plc, zones, belt, nitrogen. A wafer is put on the entrance and taken from the exit."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self.gas = Atmosphere(clock, self._flow_changed)
        self.conveyor = Conveyor(clock, self, self._left, self._stands, self._reversed)
        self._timers = NamedTimers(clock)
        self._heat_cut = False  # the controller's answer to a belt that stands
        self._barriers: set[int] = set()  # contacts that are open and forbid vapour
        self.zones = [
            Heater(clock, Mass(zone_c, ZONE_TAU_S, ZONE_LIMIT_C, ZONE_OVER_C), self._overheated)
            for zone_c in NOMINAL_ZONES_C
        ]
        self._regulators = WatlowEzzone(clock, self.zones)
        for zone, zone_c in zip(self._regulators.zones, NOMINAL_ZONES_C, strict=True):
            zone.setpoint_c = zone_c
            zone.drive()
        self._program = ReflowOvenPlc(self, self.conveyor, self.gas)
        self._plc = ClickPlc(clock, self._program)
        self.instruments = {
            "plc": self._plc,
            "zones": self._regulators,
            "belt": self.conveyor.drive,
            "nitrogen": self.gas.controller,
        }

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self.conveyor.speed_m_min,
            2: self.gas.oxygen_shown_ppm,
            3: self.gas.nitrogen_lpm,
            4: self.gas.formic_pct,
            5: lambda: self.conveyor.wafer_c() if self.conveyor.at_exit else M.entry_c,
            6: self.conveyor.place_m,
            7: lambda: self.conveyor.logged()[0],
            8: lambda: self.conveyor.logged()[1],
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            2: self.waiting,
            3: lambda: any(zone.on for zone in self.zones),
            6: lambda: self.conveyor.inside,
            7: lambda: self.conveyor.at_exit and self.conveyor.wafer_c() < COOL_C,
        }

    def waiting(self) -> bool:
        """Whether a wafer lies at the entrance."""
        return self.wafer is not None and self.conveyor.way is None

    def recover(self) -> None:
        """Power for the heaters again, as far as nothing else forbids it."""
        self._heat_cut = False
        self._power_zones()

    def open_nitrogen(self, *, opened: bool) -> None:
        """Move the valve behind the nitrogen's flow controller."""
        self.gas.nitrogen.open_valve(opened=opened)

    def bubble(self, pct: float) -> float:
        """Let formic acid in; seconds until the concentration is there."""
        self.conveyor.follow()
        settling_s = self.gas.bubble(pct)
        self._gas_changed()
        return settling_s

    def vapour_barred_by(self) -> int | None:
        """The interlock bit that forbids formic acid now."""
        return min(self._barriers | (set() if self.gas.carrier else {NITROGEN}), default=None)

    def enter(self) -> None:
        """The wafer from the entrance is on the belt now."""
        self.conveyor.enter()
        if self.gas.oxygen_ppm() > AIR_PPM:
            self.hazard("wafer sent into a tunnel full of air")

    # --- what is around the wafer -----------------------------------------------------------------

    def zones_at_c(self, when_s: float) -> list[float]:
        """The true temperatures of the heated zones."""
        return [zone.at_c(when_s) for zone in self.zones]

    def oxygen_at_ppm(self, when_s: float) -> float:
        """Oxygen in the tunnel since the gas changed last."""
        return self.gas.oxygen.at(when_s)

    def formic_at_pct(self, when_s: float) -> float:
        """Formic acid in the soak zones since the gas changed last."""
        return self.gas.formic.at(when_s)

    # --- the wafer -------------------------------------------------------------------------------

    def _left(self) -> None:
        way, now_s = self.conveyor.way, self.clock.now_s()
        if self.wafer is not None and way is not None:
            self.wafer = self._reflowed(self.wafer, way).visited("reflow", now_s)

    def _reflowed(self, wafer: Wafer, way: Way) -> Wafer:
        path = way.profile()
        if path.wafer_c.max() < COOL_C:
            return wafer
        if path.wafer_c.max() > TOO_HOT_C:
            self.hazard(f"wafer above {TOO_HOT_C:g} C")
        in_air_s = wafer.since_s("etch_ubm", way.entered_s) or 0.0
        return reflow_along(wafer, path, way.gas(in_air_s / 3600.0))

    def _stands(self) -> None:
        self.hazard(f"belt stopped with a wafer inside for {STANDS_S:g} s")
        if self._plc.halted_s is None:
            self._heat_cut = True
            self._power_zones()
            self._plc.raise_alarm(BELT_STOPPED)
            self._plc.abort()

    def _reversed(self) -> None:
        self.hazard("belt runs backwards with a wafer inside")

    # --- gas and heat -----------------------------------------------------------------------------

    def _flow_changed(self) -> None:
        self._break_gas(self.gas.aim)
        if self.gas.vapour and not self.gas.carrier and self._plc.halted_s is None:
            self._program.shut_formic()

    def _gas_changed(self) -> None:
        oxygen_s = self.gas.shown_oxygen_rises_to_in_s(OXYGEN_LIMIT_PPM)
        formic_s = self.gas.formic.rises_to_in_s(FORMIC_LIMIT_PCT)
        self._timers.after("oxygen", oxygen_s, self._oxygen_rose)
        self._timers.after("formic", formic_s, self._formic_high)
        if self.gas.vapour and EXHAUST in self._barriers:
            self.hazard("formic acid let in without exhaust")
        if self.gas.vapour and self.gas.hood_open:
            self.hazard("formic acid let in under an open hood")

    def _oxygen_rose(self) -> None:
        if self._plc.halted_s is None:
            self._program.judge_oxygen()

    def _formic_high(self) -> None:
        if self._plc.halted_s is None:
            self._plc.raise_alarm(FORMIC_HIGH)
            self._program.shut_formic()
            self._plc.hold()

    def _overheated(self) -> None:
        self._power_zones()
        self._plc.set_interlock(HIGH_TEMPERATURE, well=False)

    def _power_zones(self) -> None:
        cut = self._heat_cut or EMERGENCY_STOP in self._barriers
        for zone in self.zones:
            zone.power(on=not cut and not self._tripped())

    def _tripped(self) -> bool:
        return any(zone.tripped for zone in self.zones)

    # --- the person and the back door -------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        moving = self.conveyor.inside and self.conveyor.moving
        hot = self.conveyor.wafer_c() >= COOL_C
        keep_out_while(self.tool, {"the wafer is in the tunnel": moving, "the wafer is hot": hot})

    @override
    def unload(self) -> Wafer:
        """From entrance or exit, or out of the tunnel where the belt stands and all is cool."""
        wafer = super().unload()
        if self.conveyor.way is not None and self.conveyor.inside:
            wafer = self._reflowed(wafer, self.conveyor.way)
        self.conveyor.take_off()
        return wafer

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "zones_c": [zone.true_c() for zone in self.zones],
            "belt_m_min": self.conveyor.speed_m_min(),
            "nitrogen_lpm": self.gas.nitrogen_lpm(),
            "oxygen_ppm": self.gas.oxygen_ppm(),
            "formic_pct": self.gas.formic_pct(),
            "wafer_inside": self.conveyor.inside,
            "position_m": self.conveyor.place_m(),
            "wafer_c": self.conveyor.wafer_c(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: gas; belt; nitrogen; heater and sensor of each zone."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                **{name: self._barrier(bit) for name, bit in BARRIERS.items()},
                "oxygen_ppm": lambda ppm: self._break_gas(lambda: self.gas.upset(ppm)),
                "oxygen_sensor_share": self._mislead,
                "formic_share": self._overfeed,
            },
            "belt": self.conveyor.faults(),
            "nitrogen": self.gas.nitrogen.faults(),
            "zones": _zone_faults(self.zones, self._regulators, self._mended),
        }
        apply_faults(table, role, values)
        self._plc.review()

    def _mended(self) -> None:
        self._power_zones()
        self._plc.set_interlock(HIGH_TEMPERATURE, well=not self._tripped())

    def _barrier(self, bit: int) -> Fault:
        def set_contact(opened: float) -> None:
            if opened:
                self._barriers.add(bit)
            else:
                self._barriers.discard(bit)
            if bit == NITROGEN:
                self.gas.supply(there=not opened)
            self.gas.hood_open = DOOR in self._barriers
            if opened and self._plc.halted_s is None:
                self._program.shut_formic()
            self._break_gas(self.gas.aim)
            self._power_zones()
            self._plc.set_interlock(bit, well=not opened)

        return set_contact

    def _break_gas(self, change: Callable[[], None]) -> None:
        self.conveyor.follow()
        change()
        self._gas_changed()
        if self._plc.halted_s is None:
            self._program.judge_oxygen()

    def _mislead(self, share: float) -> None:
        self.gas.sensor_share = share
        self._break_gas(self.gas.aim)

    def _overfeed(self, share: float) -> None:
        self.gas.formic_share = share
        self._break_gas(self.gas.aim)


def _zone_faults(
    zones: Sequence[Heater], regulators: WatlowEzzone, mended: Callable[[], None]
) -> Mapping[str, Fault]:
    """Heater, thermostat and sensor of each zone, from 1."""
    found: dict[str, Fault] = {}
    for number, zone in enumerate(zones, start=1):
        found |= {f"zone_{number}_{name}": fault for name, fault in heater_faults(zone).items()}
        found[f"zone_{number}_thermostat_reset"] = partial(_reset, zone, mended)
        found[f"zone_{number}_sensor_open"] = partial(_cut, regulators, number)
    return found


def _reset(zone: Heater, mended: Callable[[], None], _: float) -> None:
    zone.reset_thermostat()
    mended()


def _cut(regulators: WatlowEzzone, number: int, value: float) -> None:
    regulators.break_sensor(number, broken=bool(value))
