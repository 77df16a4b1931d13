"""Program of the stripper's controller: docs/icd/click_plc_stripper.csv."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.instruments.click_packml import Ack, PackMl, WatchdogAction
from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    Order,
    Outcome,
    PlcProgram,
    Refused,
    SetPoint,
    Step,
    ToolCommand,
)

STRIP_S, SECOND_S, RINSE_S, DRY_S, AGITATION = 101, 102, 103, 104, 105
STRIP, SECOND, RINSE, DRY = 1, 2, 3, 4
LEVEL, FLASH, VAPOUR, N2_LOW, THERMOSTAT = 17, 18, 19, 20, 21
FIRST_ARG = 104
DRAIN_S = 180.0
CLEANING_S = 60.0  # rinse and dry that the controller gives a basket of its own accord
LIFT_STATES = frozenset({PackMl.IDLE, PackMl.HELD, PackMl.STOPPED, PackMl.ABORTED, PackMl.COMPLETE})


class Stripper(Protocol):
    """What the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def new_job(self) -> None:
        """A job begins: its counter is zero."""
        ...

    def trouble(self) -> int:
        """The alarm that forbids stripping; 0 if none."""
        ...

    def heating(self) -> bool:
        """Whether the tank heater can take power."""
        ...

    def agitate(self, pct: float) -> None:
        """Agitation of the tanks from now on."""
        ...

    def immerse(self, tank: int) -> None:
        """Basket into tank 1 or 2; 0 = out of both."""
        ...

    def stripped(self) -> None:
        """The first tank has had its full time."""
        ...

    def wet(self) -> bool:
        """Whether the basket is in solvent."""
        ...

    def drain(self) -> None:
        """The tank runs empty from now on."""
        ...


class StripperPlc(PlcProgram):
    """Owns its sequence; whenever it stops with the basket in solvent, it lifts and rinses it."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, tool: Stripper) -> None:
        super().__init__()
        self._tool = tool
        self.process_values = tool.readings()
        self.tool_bits = tool.tool_bits()
        self.setpoints = [
            SetPoint(STRIP_S, 1.0, 7200.0, 1500.0),
            SetPoint(SECOND_S, 1.0, 3600.0, 480.0),
            SetPoint(RINSE_S, 1.0, 3600.0, 360.0),
            SetPoint(DRY_S, 1.0, 3600.0, 600.0),
            SetPoint(AGITATION, 0.0, 100.0, 100.0),
        ]
        self.alarms = frozenset({LEVEL, FLASH, VAPOUR, N2_LOW, THERMOSTAT})
        self.commands = {
            120: ToolCommand(self._agitate),
            121: ToolCommand(self._drain, states=frozenset({PackMl.IDLE})),
            122: ToolCommand(self._lift_and_rinse, states=LIFT_STATES),
        }
        self.own_sequence = [
            Step(STRIP, self._setting(STRIP_S), begin=self._strip, end=self._stripped),
            Step(SECOND, self._setting(SECOND_S), begin=self._second, end=self._out),
            Step(RINSE, self._setting(RINSE_S)),
            Step(DRY, self._setting(DRY_S)),
        ]

    @override
    def start_check(self) -> Refused | None:
        """Refuse with the number of the alarm that forbids stripping."""
        alarm = self._tool.trouble()
        if not alarm:
            return None
        self.plc.raise_alarm(alarm)
        return Refused(Ack.REJECTED_STATE, alarm)

    @override
    def on_start(self) -> None:
        self._tool.new_job()

    @override
    def on_hold(self) -> None:
        self._tool.immerse(0)

    @override
    def on_stop(self) -> None:
        self._tool.immerse(0)

    @override
    def on_abort(self) -> None:
        self._tool.immerse(0)

    @override
    def on_power_loss(self) -> None:
        self._tool.immerse(0)

    def _setting(self, number: int) -> Callable[[], float]:
        return lambda: self.plc.setpoint(number)

    def _strip(self, left_s: float) -> None:
        del left_s
        self._tool.agitate(self.plc.setpoint(AGITATION))
        self._tool.immerse(1)

    def _stripped(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        self._tool.immerse(0)
        if finished:
            self._tool.stripped()

    def _second(self, left_s: float) -> None:
        del left_s
        self._tool.immerse(2)

    def _out(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        del finished
        self._tool.immerse(0)

    def _agitate(self, order: Order) -> Outcome:
        if not 0 <= order.args[0] <= 100:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        self._tool.agitate(float(order.args[0]))
        return Done()

    def _drain(self, order: Order) -> Outcome:
        del order
        if self._tool.heating():
            return Refused(Ack.REJECTED_STATE, THERMOSTAT)
        self._tool.drain()
        return Accepted(DRAIN_S)

    def _lift_and_rinse(self, order: Order) -> Outcome:
        del order
        self._tool.immerse(0)
        return Accepted(CLEANING_S)
