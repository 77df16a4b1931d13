"""Program of the laminator's controller: docs/icd/click_plc_laminator.csv."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.instruments.click_packml import Ack, PackMl, WatchdogAction
from sim_hardware.instruments.click_program import (
    Accepted,
    Order,
    Outcome,
    PlcProgram,
    Refused,
    SetPoint,
    Step,
    ToolCommand,
)

NIP, BELT, VACUUM, PREHEAT = 101, 102, 103, 104
FILM_MATERIAL = 202
EVACUATE, LAMINATE, TRIM, VENT = 1, 2, 3, 4
FILM_BREAK, ROLL_COLD, NIP_LOW, MISFEED, FILM_LOW = 17, 18, 19, 20, 201
VACUUM_LOST = 13
ATMOSPHERE_KPA = 101.30001  # 101.3 as a single is a little more than as a double
TRIM_S = 15.0
FEED_M_MIN = 1.0
PURGE_M = 0.5
LONGEST_JOG_MM = 1000
AT_REST = frozenset({PackMl.IDLE, PackMl.STOPPED, PackMl.COMPLETE})


class Laminator(Protocol):
    """What the controller reads and drives."""

    def rolls_c(self) -> tuple[float, float]:
        """Upper and lower roll by the controller's own sensors."""
        ...

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def film_material(self) -> int:
        """Kind of film that can be drawn from the unwinder."""
        ...

    def wafer_present(self) -> bool:
        """Whether a wafer lies on the chuck."""
        ...

    def heating(self) -> bool:
        """Whether a roll can take power."""
        ...

    def pumping(self) -> bool:
        """Whether the vacuum pump runs."""
        ...

    def evacuate(self, kpa: float, preheat_c: float) -> float:
        """Pump and preheat; seconds until both are reached, infinite if never."""
        ...

    def stop_pumping(self) -> None:
        """Close the chamber's valves."""
        ...

    def pass_s(self, m_min: float) -> float:
        """Seconds that a wafer takes through the nip."""
        ...

    def close_nip(self, bar: float, m_min: float) -> float:
        """Close the rolls on the wafer and run the belt; the pressure there really is, in bar."""
        ...

    def open_nip(self, *, finished: bool) -> None:
        """Open the rolls and stop the belt; `finished`: the whole wafer has passed."""
        ...

    def vent(self) -> float:
        """Let air in; seconds until the lid can be opened."""
        ...

    def run_belt(self, m_min: float) -> None:
        """Draw film to waste from now on."""
        ...

    def feed(self, metres: float) -> None:
        """So much film has been drawn to waste; the belt stops."""
        ...


class LaminatorPlc(PlcProgram):
    """Owns its sequence: evacuate, laminate, trim, vent."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, tool: Laminator) -> None:
        super().__init__()
        self._tool = tool
        self.process_values = tool.readings()
        self.setpoints = [
            SetPoint(NIP, 0.5, 6.0, 3.5),
            SetPoint(BELT, 0.1, 4.0, 1.0),
            SetPoint(VACUUM, 0.5, ATMOSPHERE_KPA, 3.0),
            SetPoint(PREHEAT, 20.0, 80.0, 45.0),
        ]
        self.words = {FILM_MATERIAL: tool.film_material}
        self.tool_bits = {
            0: tool.wafer_present,
            2: tool.wafer_present,
            3: tool.heating,
            4: tool.pumping,
        }
        self.alarms = frozenset({FILM_BREAK, ROLL_COLD, NIP_LOW, MISFEED, FILM_LOW})
        self.commands = {
            120: ToolCommand(self._purge, states=AT_REST),
            121: ToolCommand(self._jog, states=frozenset({PackMl.IDLE})),
        }
        self.own_sequence = [
            Step(EVACUATE, self._evacuation_s, begin=self._evacuate, end=self._evacuated),
            Step(LAMINATE, self._pass_s, begin=self._laminate, end=self._passed),
            Step(TRIM, lambda: TRIM_S),
            Step(VENT, tool.vent),
        ]

    @override
    def start_check(self) -> Refused | None:
        """Refuse on cold or hot rolls and without film; info is the alarm or the register."""
        if self._rolls_wrong():
            self.plc.raise_alarm(ROLL_COLD)
            return Refused(Ack.REJECTED_STATE, ROLL_COLD)
        if self._tool.film_material() == 0:
            return Refused(Ack.REJECTED_STATE, FILM_MATERIAL)
        return None

    @override
    def hold_at_once(self, step: Step) -> bool:
        """A wafer in the nip goes through: standing there would print the rolls into the film."""
        return step.number != LAMINATE

    @override
    def on_hold(self) -> None:
        self._tool.stop_pumping()

    @override
    def on_stop(self) -> None:
        self._make_safe()

    @override
    def on_abort(self) -> None:
        self._make_safe()

    @override
    def on_power_loss(self) -> None:
        self._make_safe()

    def _make_safe(self) -> None:
        self._tool.open_nip(finished=False)
        self._tool.vent()

    def _rolls_wrong(self) -> bool:
        return any(not 74.0 <= celsius <= 136.0 for celsius in self._tool.rolls_c())

    def _evacuation_s(self) -> float:
        return self._tool.evacuate(self.plc.setpoint(VACUUM), self.plc.setpoint(PREHEAT))

    def _evacuate(self, left_s: float) -> None:
        del left_s
        self._evacuation_s()  # the pump goes on after a hold

    def _evacuated(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        if finished:
            self._tool.stop_pumping()

    def _pass_s(self) -> float:
        return self._tool.pass_s(self.plc.setpoint(BELT))

    def _laminate(self, left_s: float) -> None:
        del left_s  # this step is never held
        if self._rolls_wrong():
            self.plc.raise_alarm(ROLL_COLD)
            self.plc.abort()
            return
        wanted_bar = self.plc.setpoint(NIP)
        if self._tool.close_nip(wanted_bar, self.plc.setpoint(BELT)) < 0.8 * wanted_bar:
            self.plc.raise_alarm(NIP_LOW)
            self.plc.abort()

    def _passed(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        self._tool.open_nip(finished=finished)

    def _purge(self, order: Order) -> Outcome:
        del order
        return self._feeding(PURGE_M)

    def _jog(self, order: Order) -> Outcome:
        if abs(order.args[0]) > LONGEST_JOG_MM:
            return Refused(Ack.REJECTED_RECIPE, 104)
        return self._feeding(abs(order.args[0]) / 1000.0)

    def _feeding(self, metres: float) -> Outcome:
        seconds = metres / FEED_M_MIN * 60.0
        self._tool.run_belt(FEED_M_MIN)
        return Accepted(seconds, then=lambda: self._tool.feed(metres))
