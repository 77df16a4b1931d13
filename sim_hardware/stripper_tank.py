"""The heated tank of the stripper, and what takes its heater's power: float, vapour, stop, heat."""

from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.heater import Heater, Mass
from sim_hardware.core.plant_faults import Fault
from sim_hardware.instruments.click_packml import JOB_STATES
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.stripper_plc import FLASH, HIGH_TEMPERATURE_BIT, SOLVENT_LEVEL, VAPOUR

TANK_C: Final = 65.0
TANK: Final = Mass(start_c=TANK_C, tau_s=1800.0, limit_c=80.0)
FULL_PCT: Final = 98.0
LOWEST_PCT: Final = 85.0  # below, the heater's tubes come dry
EMERGENCY_STOP: Final = 0


class SolventTank:
    """`plc` is asked for when something happens; `levelled` is called around a change of level."""

    def __init__(
        self,
        clock: LineClock,
        plc: Callable[[], ClickPlc],
        levelled: Callable[[], None],
        hazard: Callable[[str], None],
    ) -> None:
        self._plc, self._levelled, self._hazard = plc, levelled, hazard
        self.heater = Heater(clock, TANK, self._thermostat_opened)
        self.level_pct = FULL_PCT
        self._float_stuck = False  # fault: the float shows a full tank
        self._vapour = self._emergency = False

    def shown_level_pct(self) -> float:
        """What the float says."""
        return FULL_PCT if self._float_stuck else self.level_pct

    def vapour_c(self) -> float:
        """Temperature over the solvent."""
        return max(self.heater.true_c() - 30.0, TANK.ambient_c)

    def heats(self) -> bool:
        """Whether the heater can take power."""
        heater = self.heater
        return heater.on and (heater.setpoint_c or 0.0) > heater.temperature_c() - 5.0

    def trouble(self) -> int:
        """The alarm that forbids stripping; 0 if none."""
        found = {
            SOLVENT_LEVEL: self.shown_level_pct() < LOWEST_PCT,
            FLASH: self.heater.temperature_c() > TANK.limit_c,
            VAPOUR: self._vapour,
        }
        return next((alarm for alarm, there in found.items() if there), 0)

    def fill(self, pct: float) -> None:
        """Be filled to another level; the float switch takes the heater's power when it is low."""
        self._levelled()
        self.level_pct = pct
        self._guard()
        self._levelled()

    def faults(self) -> Mapping[str, Fault]:
        """What can happen to the tank, by name."""
        return {
            "emergency_stop": self._stop,
            "level_pct": self.fill,
            "float_stuck": self._stick_float,
            "vapour": self._smell,
        }

    def _guard(self) -> None:
        low = self.shown_level_pct() < LOWEST_PCT
        self.heater.power(on=not (low or self._vapour or self._emergency))
        self._alarm(SOLVENT_LEVEL, there=low)
        if self.level_pct < LOWEST_PCT and self.heater.on:
            self._hazard("heater on without solvent over it")

    def _alarm(self, alarm: int, *, there: bool) -> None:
        plc = self._plc()
        if not there:
            plc.clear_alarm(alarm)
            return
        plc.raise_alarm(alarm, standing=True)
        if plc.state in JOB_STATES:
            plc.abort()

    def _stop(self, pressed: float) -> None:
        self._emergency = bool(pressed)
        self._guard()
        self._plc().set_interlock(EMERGENCY_STOP, well=not pressed)

    def _stick_float(self, stuck: float) -> None:
        self._float_stuck = bool(stuck)
        self._guard()

    def _smell(self, there: float) -> None:
        self._vapour = bool(there)
        self._alarm(VAPOUR, there=self._vapour)
        self._guard()

    def _thermostat_opened(self) -> None:
        self._plc().raise_alarm(FLASH)
        self._plc().set_interlock(HIGH_TEMPERATURE_BIT, well=False)
