"""The emulated stripper: a heated tank of remover, a clean second one, rinse, dryer, a basket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import ROOM_C, Heater, Mass, heater_faults
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.core.wire import Table
from sim_hardware.core.words import unsigned
from sim_hardware.instruments.click_packml import PackMl
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.lumel_re72 import LumelRe72
from sim_hardware.physics.stripper import Tank, strip
from sim_hardware.stripper_plc import DRY, FLASH, LEVEL, RINSE, THERMOSTAT, StripperPlc

TANK_C: Final = 65.0
TANK: Final = Mass(start_c=TANK_C, tau_s=1800.0, limit_c=80.0, cools=False)
TANK_LOAD: Final = 0.2  # dissolved film over the bath's limit
WAFERS_PER_TANK: Final = 650.0
FULL_PCT: Final = 100.0
LOW_PCT: Final = 20.0
RINSE_BAR: Final = 2.0
DRY_LPM: Final = 40.0
FLASH_C: Final = 80.0
SETPOINT_1: Final = 4084


@dataclass(frozen=True, slots=True)
class Soaking:
    """The basket in a tank: which, since when, and how warm it was then."""

    tank: int
    since_s: float
    bath_c: float


class StripperPlant(Plant):
    """Roles plc and tank_heater."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        self.load_share = TANK_LOAD
        self.level_pct = FULL_PCT
        self._agitation = 1.0
        self._soaking: Soaking | None = None
        self._immersed_s = 0.0
        self.bath = Heater(setup.clock, TANK, self._thermostat_opened)
        heater = LumelRe72(setup.clock, self.bath)
        heater.write(Table.HOLDING, SETPOINT_1, [unsigned(round(TANK_C * 10))])
        self._plc = ClickPlc(setup.clock, StripperPlc(self))
        self.instruments = {"plc": self._plc, "tank_heater": heater}

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self.bath.temperature_c,
            2: lambda: self.level_pct,
            3: lambda: RINSE_BAR if self._plc.step_no == RINSE else 0.0,
            4: lambda: DRY_LPM if self._plc.step_no == DRY else 0.0,
            5: lambda: ROOM_C + 0.2 * (self.bath.true_c() - ROOM_C),
            6: self.immersed_s,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            1: lambda: self.wafer is not None and self._plc.state is PackMl.EXECUTE,
            2: lambda: self.wafer is not None,
            3: self.heating,
            4: self.wet,
        }

    def new_job(self) -> None:
        """A job begins: its counter is zero."""
        self._immersed_s = 0.0

    def trouble(self) -> int:
        """The alarm that forbids stripping; 0 if none."""
        found = {
            LEVEL: self.level_pct < LOW_PCT,
            THERMOSTAT: self.bath.tripped,
            FLASH: self.bath.true_c() > FLASH_C,
        }
        return next((alarm for alarm, there in found.items() if there), 0)

    def heating(self) -> bool:
        """Whether the tank heater can take power."""
        return self.bath.on

    def agitate(self, pct: float) -> None:
        """Agitation of the tanks from now on."""
        self._integrate()
        self._agitation = pct / 100.0

    def immerse(self, tank: int) -> None:
        """Basket into tank 1 or 2; 0 = out of both."""
        self._integrate()
        self._soaking = Soaking(tank, self.clock.now_s(), self._tank_c(tank)) if tank else None

    def stripped(self) -> None:
        """The first tank has had its full time: the visit's work is done."""
        self.load_share += 1.0 / WAFERS_PER_TANK
        if self.wafer is not None:
            self.wafer = self.wafer.visited("strip", self.clock.now_s())

    def wet(self) -> bool:
        """Whether the basket is in solvent."""
        return self._soaking is not None

    def drain(self) -> None:
        """The tank runs empty from now on."""
        self.level_pct = 0.0
        if self.heating():
            self.hazard("heater on without solvent")

    def immersed_s(self) -> float:
        """Seconds this job has been in hot solvent."""
        soaking = self._soaking
        if soaking is None or soaking.tank != 1:
            return self._immersed_s
        return self._immersed_s + self.clock.now_s() - soaking.since_s

    def _tank_c(self, tank: int) -> float:
        return self.bath.true_c() if tank == 1 else ROOM_C  # the clean one is not heated

    def _integrate(self) -> None:
        soaking = self._soaking
        if soaking is None:
            return
        now_s, now_c = self.clock.now_s(), self._tank_c(soaking.tank)
        seconds = now_s - soaking.since_s
        self._soaking = Soaking(soaking.tank, now_s, now_c)
        if soaking.tank != 1:
            return  # the clean one carries off what the first has lifted
        self._immersed_s += seconds
        if self.wafer is not None:
            tank = Tank((soaking.bath_c + now_c) / 2.0, self._agitation, self.load_share)
            self.wafer = strip(self.wafer, seconds, tank)

    def _thermostat_opened(self) -> None:
        self._plc.raise_alarm(THERMOSTAT)
        self._plc.abort()

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        keep_out_while(self.tool, {"the basket is in solvent": self.wet()})

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "tank_c": self.bath.true_c(),
            "level_pct": self.level_pct,
            "immersed_s": self.immersed_s(),
            "wet": self.wet(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts, controller and heater: the level of the tank."""
        table: FaultTable = {
            "plc": {**controller_faults(self._plc), "level_pct": self._set_level},
            "tank_heater": heater_faults(self.bath),
        }
        apply_faults(table, role, values)
        self._plc.review()

    def _set_level(self, pct: float) -> None:
        self.level_pct = pct
        if pct < LOW_PCT:
            self._plc.raise_alarm(LEVEL)
            self.bath.power(on=False)  # the float switch, by itself
            self._plc.hold()
        else:
            self.bath.power(on=True)
