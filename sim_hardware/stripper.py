"""The emulated stripper: a sprayed and heated tank, a clean one, a rinse, a dryer and a basket."""

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import heater_faults
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.core.wire import Table
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.lumel_re72 import FIRST_SETPOINT, LumelRe72
from sim_hardware.physics.stripper import Tank, strip
from sim_hardware.stripper_dryer import Dryer
from sim_hardware.stripper_plc import N2_LOW, NITROGEN_BIT, StripperPlc
from sim_hardware.stripper_soak import LONGEST, Soaking
from sim_hardware.stripper_spray import Spray
from sim_hardware.stripper_tank import TANK_C, SolventTank

LOAD_PER_WAFER: Final = 3.0 / 2000.0  # mL of film over what 100 L take
LIFT_S, RINSE_S, DRY_S = 10.0, 60.0, 60.0


class Place(Enum):
    """Where the basket is and what is done to it there."""

    OUT = auto()
    FIRST = auto()
    SECOND = auto()
    RINSE = auto()
    DRYER = auto()


SOLVENT: Final = frozenset({Place.FIRST, Place.SECOND})


class StripperPlant(Plant):
    """Roles plc, tank_heater, spray_pump and nitrogen."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        self.solvent = SolventTank(clock, lambda: self._plc, self._level_changed, self.hazard)
        self.tank = self.solvent.heater
        self._dissolved, self.agitation_pct = 0.2, 0.0
        self._wanted = self._place = Place.OUT
        self._wants_nitrogen = False
        self._set_s = 0.0
        self._lifting: asyncio.TimerHandle | None = None
        self.spray = Spray(
            clock, lambda: self.solvent.level_pct, self._spray_changed, self._pump_dry
        )
        self._soaking = Soaking(clock, self.tank, self._moved, self._strip, self._too_long)
        self.dryer = Dryer(clock, self._nitrogen_low)
        heater = LumelRe72(clock, self.tank)
        heater.write(Table.HOLDING, FIRST_SETPOINT, [round(TANK_C * 10)])
        self._plc = ClickPlc(clock, StripperPlc(self))
        self.instruments = {
            "plc": self._plc,
            "tank_heater": heater,
            "spray_pump": self.spray.pump,
            "nitrogen": self.dryer.controller,
        }

    # --- what the controller reads and drives ---------------------------------------------------

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self.tank.temperature_c,
            2: self.solvent.shown_level_pct,
            3: self.spray.bar,
            4: self.dryer.shown_lpm,
            5: self.solvent.vapour_c,
            6: self._soaking.seconds,
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
        self._soaking.new_job()

    def trouble(self) -> int:
        """The alarm that forbids stripping; 0 if none."""
        return self.solvent.trouble()

    def heater_on(self) -> bool:
        """Whether the tank's heater can take power."""
        return self.solvent.heats()

    def immerse(self, *, second: bool, seconds: float) -> None:
        """Basket into a tank; the recipe leaves it there for `seconds` in all."""
        self._set_s = seconds
        self._move(Place.SECOND if second else Place.FIRST)

    def stripped(self) -> None:
        """The wafer has had its full time in both tanks: the visit's work is done."""
        self._soaking.integrate()
        if self.wafer is not None:
            self._dissolved += LOAD_PER_WAFER
            self.wafer = self.wafer.visited("strip", self.clock.now_s())

    def rinse(self) -> None:
        """Basket out of the solvent and under water."""
        self._move(Place.RINSE)

    def dry(self) -> None:
        """Blow the basket dry with nitrogen."""
        self._move(Place.DRYER, nitrogen=True)

    def dried(self) -> None:
        """The dryer has had its full time."""
        if self.wafer is not None and not self.dryer.dry_enough():
            self.hazard("wafer dried without nitrogen comes out wet")

    def stand(self) -> None:
        """Stop water and nitrogen; a basket in a tank stays there."""
        if self._wanted not in SOLVENT:
            self._move(Place.OUT)

    def immersed(self) -> bool:
        """Whether the basket is in solvent."""
        return self._soaking.there

    def agitate(self, pct: float) -> None:
        """Agitate the tanks from now on."""
        self._soaking.integrate()
        self.agitation_pct = pct
        self._soaking.restart()

    def lift_and_rinse(self, then: Callable[[], None]) -> None:
        """Basket out, rinse and dry; `then` is called at the end."""

        def dried() -> None:
            self._lifting = None
            self._move(Place.OUT)
            then()

        def rinsed() -> None:
            self._move(Place.DRYER)  # with the room's air: it is to work without a host
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
        self.solvent.fill(0.0)

    # --- the basket and the wafer -----------------------------------------------------------------

    def _move(self, place: Place, *, nitrogen: bool = False) -> None:
        self._wanted, self._wants_nitrogen = place, nitrogen
        if self._plc.halted_s is None:  # a hung controller leaves the basket where it is
            self._apply()

    def _apply(self) -> None:
        self._soaking.end()
        self._place = self._wanted
        self.spray.close_terminal(closed=self._place in SOLVENT)
        self.dryer.blow(on=self._wants_nitrogen)
        if self._place is Place.RINSE:
            self.dryer.wet()
        if self._place in SOLVENT:
            self._soaking.begin(first=self._place is Place.FIRST, set_s=self._set_s)

    def _too_long(self) -> None:
        if self.wafer is not None:
            self.hazard(f"wafer left in the solvent longer than {LONGEST:g} times the set time")

    def _moved(self) -> float:
        return self.agitation_pct / 100.0 * self.spray.agitation()

    def _spray_changed(self) -> None:
        self._soaking.integrate()

    def _strip(self, seconds: float, tank_c: float, agitation: float) -> None:
        if self.wafer is not None:
            self.wafer = strip(self.wafer, seconds, Tank(tank_c, agitation, self._dissolved))

    def _level_changed(self) -> None:
        self._soaking.integrate()
        self.spray.look()

    def _pump_dry(self) -> None:
        self.hazard("spray pump runs dry")

    def _nitrogen_low(self) -> None:
        if self._plc.halted_s is None:
            self._plc.raise_alarm(N2_LOW)
            self._plc.hold()

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
            "level_pct": self.solvent.level_pct,
            "agitation_pct": self.agitation_pct,
            "spray_bar": self.spray.bar(),
            "nitrogen_lpm": self.dryer.lpm(),
            "immersed_s": self._soaking.seconds(),
            "load": self._dissolved,
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: level, float, vapour and flow switch; each instrument."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                **self.solvent.faults(),
                "n2": self._lose_nitrogen,
                "flow_switch_stuck": self.dryer.stick_switch,
            },
            "tank_heater": heater_faults(self.tank),
            "spray_pump": self.spray.faults(),
            "nitrogen": self.dryer.faults(),
        }
        apply_faults(table, role, values)
        if self._plc.halted_s is None and self._place is not self._wanted:
            self._apply()
        self._plc.review()

    def _lose_nitrogen(self, lost: float) -> None:
        self.dryer.supply(there=not lost)
        self._plc.set_interlock(NITROGEN_BIT, well=not lost)
