"""The emulated stripper: a heated tank, a clean tank, a quick-dump rinse, a dryer and a basket."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.core.wire import Table
from sim_hardware.instruments.click_packml import JOB_STATES
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.lumel_re72 import FIRST_SETPOINT, LumelRe72
from sim_hardware.physics.stripper import Tank, strip
from sim_hardware.stripper_plc import (
    FLASH,
    HIGH_TEMPERATURE_BIT,
    SOLVENT_LEVEL,
    VAPOUR,
    StripperPlc,
)

TANK_C: Final = 65.0
TANK: Final = Mass(start_c=TANK_C, tau_s=1800.0, limit_c=80.0)
FULL_PCT: Final = 98.0
LOWEST_PCT: Final = 85.0  # below, the heater's tubes come dry
LOAD_PER_WAFER: Final = 3.0 / 2000.0  # mL of film over what 100 L take
STILL_SHARE: Final = 0.4  # how fast a still bath works against an agitated one
LONGEST: Final = 1.5  # times the set time before the solvent has eaten too much metal
LIFT_S, RINSE_S, DRY_S = 10.0, 60.0, 60.0
SPRAY_BAR, NITROGEN_LPM = 2.0, 40.0


class Place(Enum):
    """Where the basket is and what is done to it there."""

    OUT = auto()
    FIRST = auto()
    SECOND = auto()
    RINSE = auto()
    DRYER = auto()


SOLVENT: Final = frozenset({Place.FIRST, Place.SECOND})


@dataclass(frozen=True, slots=True)
class Soak:
    """An interval in solvent: since when, and how warm the tank was then."""

    since_s: float
    tank_c: float
    agitation_pct: float


class StripperPlant(Plant):
    """Roles plc and tank_heater."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self.tank = Heater(clock, TANK, self._thermostat_opened)
        self.level_pct, self._dissolved, self.agitation_pct = FULL_PCT, 0.2, 0.0
        self._float_stuck = False  # fault: the float shows a full tank
        self._vapour = self._emergency = False
        self._wanted = self._place = Place.OUT
        self._soak: Soak | None = None
        self._immersed_s = self._set_s = 0.0
        self._overdue: asyncio.TimerHandle | None = None
        self._lifting: asyncio.TimerHandle | None = None
        heater = LumelRe72(clock, self.tank)
        heater.write(Table.HOLDING, FIRST_SETPOINT, [round(TANK_C * 10)])
        self._plc = ClickPlc(clock, StripperPlc(self))
        self.instruments = {"plc": self._plc, "tank_heater": heater}

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self.tank.temperature_c,
            2: self._shown_level_pct,
            3: lambda: SPRAY_BAR if self._place is Place.RINSE else 0.0,
            4: lambda: NITROGEN_LPM if self._place is Place.DRYER else 0.0,
            5: lambda: max(self.tank.true_c() - 30.0, TANK.ambient_c),
            6: self.immersed_s,
        }

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word."""
        return {
            0: lambda: self.wafer is not None,
            1: lambda: self.wafer is not None,
            2: lambda: self._place is Place.OUT,
            3: self.heater_on,
            4: lambda: self.agitation_pct > 0.0,
        }

    def new_job(self) -> None:
        """A job begins: its counter is zero."""
        self._immersed_s = 0.0

    def trouble(self) -> int:
        """The alarm that forbids stripping; 0 if none."""
        found = {
            SOLVENT_LEVEL: self._shown_level_pct() < LOWEST_PCT,
            FLASH: self.tank.temperature_c() > TANK.limit_c,
            VAPOUR: self._vapour,
        }
        return next((alarm for alarm, there in found.items() if there), 0)

    def heater_on(self) -> bool:
        """Whether the tank's heater can take power."""
        return self.tank.on and (self.tank.setpoint_c or 0.0) > self.tank.temperature_c() - 5.0

    def immerse(self, *, second: bool, seconds: float) -> None:
        """Basket into a tank; the recipe leaves it there for `seconds` in all."""
        self._set_s = seconds
        self._move(Place.SECOND if second else Place.FIRST)

    def stripped(self) -> None:
        """The wafer has had its full time in both tanks: the visit's work is done."""
        self._integrate()
        if self.wafer is not None:
            self._dissolved += LOAD_PER_WAFER
            self.wafer = self.wafer.visited("strip", self.clock.now_s())

    def rinse(self) -> None:
        """Basket out of the solvent and under water."""
        self._move(Place.RINSE)

    def dry(self) -> None:
        """Blow the basket dry."""
        self._move(Place.DRYER)

    def stand(self) -> None:
        """Stop water and nitrogen; a basket in a tank stays there."""
        if self._wanted not in SOLVENT:
            self._move(Place.OUT)

    def immersed(self) -> bool:
        """Whether the basket is in solvent."""
        return self._soak is not None

    def agitate(self, pct: float) -> None:
        """Agitate the tanks from now on."""
        self._integrate()
        self.agitation_pct = pct
        if self._soak is not None:
            self._soak = Soak(self.clock.now_s(), self.tank.true_c(), pct)

    def lift_and_rinse(self, then: Callable[[], None]) -> None:
        """Basket out, rinse and dry; `then` is called at the end."""

        def dried() -> None:
            self._lifting = None
            self._move(Place.OUT)
            then()

        def rinsed() -> None:
            self.dry()
            self._lifting = self.clock.after(DRY_S, dried)

        self.stop_lifting()
        self.rinse()
        self._lifting = self.clock.after(LIFT_S + RINSE_S, rinsed)

    def stop_lifting(self) -> None:
        """Break off what `lift_and_rinse` began; the basket stays out."""
        if self._lifting is not None:
            self._lifting.cancel()
            self._lifting = None
            self._move(Place.OUT)

    def drain(self) -> None:
        """The tank runs empty from now on."""
        self.set_level(0.0)

    # --- the basket and the wafer -----------------------------------------------------------------

    def immersed_s(self) -> float:
        """Seconds that this job has been in solvent."""
        soak = self._soak
        return self._immersed_s + (0.0 if soak is None else self.clock.now_s() - soak.since_s)

    def _move(self, place: Place) -> None:
        self._wanted = place
        if self._plc.halted_s is None:  # a hung controller leaves the basket where it is
            self._apply()

    def _apply(self) -> None:
        self._integrate()
        self._place = self._wanted
        self._soak = None
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
        if self._place in SOLVENT:
            self._soak = Soak(self.clock.now_s(), self.tank.true_c(), self.agitation_pct)
            left_s = max(LONGEST * self._set_s - self._immersed_s, 0.0)
            self._overdue = self.clock.after(left_s, self._too_long)

    def _too_long(self) -> None:
        if self.wafer is not None:
            self.hazard(f"wafer left in the solvent longer than {LONGEST:g} times the set time")

    def _integrate(self) -> None:
        soak = self._soak
        if soak is None:
            return
        now_s, now_c = self.clock.now_s(), self.tank.true_c()
        seconds, mean_c = now_s - soak.since_s, (soak.tank_c + now_c) / 2.0
        self._immersed_s += seconds
        self._soak = Soak(now_s, now_c, soak.agitation_pct)
        # The second tank is cold and clean: it takes away what has lifted, and dissolves nothing.
        if self.wafer is not None and self._place is Place.FIRST:
            agitation = STILL_SHARE + (1.0 - STILL_SHARE) * soak.agitation_pct / 100.0
            self.wafer = strip(self.wafer, seconds, Tank(mean_c, agitation, self._dissolved))

    def _shown_level_pct(self) -> float:
        return FULL_PCT if self._float_stuck else self.level_pct

    def set_level(self, pct: float) -> None:
        """Be filled to another level; the float switch takes the heater's power when it is low."""
        self.level_pct = pct
        self._guard_heater()

    def _guard_heater(self) -> None:
        dry = self._shown_level_pct() < LOWEST_PCT
        self.tank.power(on=not (dry or self._vapour or self._emergency))
        if dry:
            self._plc.raise_alarm(SOLVENT_LEVEL, standing=True)
            if self._plc.state in JOB_STATES:
                self._plc.abort()
        else:
            self._plc.clear_alarm(SOLVENT_LEVEL)
        if self.level_pct < LOWEST_PCT and self.tank.on:
            self.hazard("heater on without solvent over it")

    # --- the person and the back door -------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        away = self._place is not Place.OUT
        keep_out_while(self.tool, {"the basket is not back yet": away})

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "basket": self._place.name.lower(),
            "tank_c": self.tank.true_c(),
            "level_pct": self.level_pct,
            "agitation_pct": self.agitation_pct,
            "immersed_s": self.immersed_s(),
            "load": self._dissolved,
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: level, float and vapour; and the tank's heater."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "emergency_stop": self._emergency_stop,
                "level_pct": self.set_level,
                "float_stuck": self._stick_float,
                "vapour": self._smell,
            },
            "tank_heater": heater_faults(self.tank),
        }
        apply_faults(table, role, values)
        if self._plc.halted_s is None and self._place is not self._wanted:
            self._apply()
        self._plc.review()

    def _emergency_stop(self, pressed: float) -> None:
        self._emergency = bool(pressed)
        self._guard_heater()
        self._plc.set_interlock(0, well=not pressed)

    def _thermostat_opened(self) -> None:
        self._plc.raise_alarm(FLASH)
        self._plc.set_interlock(HIGH_TEMPERATURE_BIT, well=False)

    def _stick_float(self, stuck: float) -> None:
        self._float_stuck = bool(stuck)
        self._guard_heater()

    def _smell(self, there: float) -> None:
        self._vapour = bool(there)
        if there:
            self._plc.raise_alarm(VAPOUR, standing=True)
            if self._plc.state in JOB_STATES:
                self._plc.abort()
        else:
            self._plc.clear_alarm(VAPOUR)
        self._guard_heater()
