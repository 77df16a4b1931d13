"""The emulated spin coater: its machinery, the person in front of it, and what can be broken."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import heater_faults
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.instruments.click_packml import JOB_STATES
from sim_hardware.spin_coater_plc import EXHAUST_LOW
from sim_hardware.spin_coater_works import CoaterWorks

EXHAUST_WELL_PCT: Final = 70.0


class SpinCoaterPlant(CoaterWorks):
    """Roles plc, spindle, hotplate and dispenser."""

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        keep_out_while(
            self.tool,
            {
                "the spindle turns": self.turning(),
                "the nozzle is over the wafer": not self.nozzle_parked(),
                "the arm moves or the chamber is under vacuum": self.busy(),
                "the wafer lies on the hotplate": self._plate.baking,
            },
        )

    @override
    def loaded(self) -> None:
        self._on_plate = False
        self._chuck.cover(covered=True)

    @override
    def unloaded(self) -> None:
        self._on_plate = False
        self._chuck.switch(on=False)
        self._chuck.cover(covered=False)

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "rpm": self._spindle.rpm(),
            "chuck_kpa": self._chuck.true_kpa(),
            "lid_closed": self._closed,
            "chamber_kpa": self._chamber.kpa(),
            "nozzle_mm": self._nozzle.mm(),
            "nozzle_open": self._resist.open,
            "resist_g_min": self._resist.flow_g_s() * 60.0,
            "poured_ml": self.poured.job_ml(),
            "bottle_ml": self._resist.bottle_ml(),
            "plate_c": self._plate.heater.true_c(),
            "on_plate": self._on_plate,
            "baked_s": self.baked_s(),
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: chuck, exhaust, bottle, chamber; the plate's heater."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "emergency_stop": self._emergency_stop,
                "chuck_leak": self._chuck.leak,
                "chuck_switch_stuck": self._chuck.stick_switch,
                "exhaust_pct": self._set_exhaust,
                "resist_ml": self._resist.change_bottle,
                "nozzle_share": self._resist.clog,
                "chamber_leak": lambda leaks: self._chamber.leak(leaks=bool(leaks)),
            },
            "hotplate": heater_faults(self._plate.heater),
            "dispenser": {"hardware": self._break_dispenser, "mains_failed": self._lose_mains},
        }
        apply_faults(table, role, values)
        self._plc.review()

    def _emergency_stop(self, pressed: float) -> None:
        self._plate.heater.power(on=not pressed)
        self._plc.set_interlock(0, well=not pressed)

    def _break_dispenser(self, broken: float) -> None:
        self._dispenser.hardware_fault = bool(broken)

    def _lose_mains(self, value: float) -> None:
        if value:
            self._dispenser.power_cycle()

    def _set_exhaust(self, pct: float) -> None:
        self._exhaust_pct = pct
        if pct >= EXHAUST_WELL_PCT:
            self._plc.clear_alarm(EXHAUST_LOW)
            return
        self._plc.raise_alarm(EXHAUST_LOW, standing=True)
        if self._plc.state in JOB_STATES:
            self._plc.abort()
