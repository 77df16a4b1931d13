"""Program of the stripper's controller: docs/icd/click_plc_stripper.csv."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.instruments.click_packml import Ack, PackMl, Reaction, WatchdogAction
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
SOLVENT_LEVEL, FLASH, VAPOUR, N2_LOW, HEATER_TRIPPED = 17, 18, 19, 20, 21
NITROGEN_BIT, HIGH_TEMPERATURE_BIT = 3, 10
HEATER_ON = 3  # bit of the tool word that stands in the way of draining
FIRST_ARG = 104
DRAIN_S = 180.0
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

    def heater_on(self) -> bool:
        """Whether the tank's heater can take power."""
        ...

    def immerse(self, *, second: bool, seconds: float) -> None:
        """Basket into a tank; the recipe leaves it there for `seconds` in all."""
        ...

    def stripped(self) -> None:
        """The wafer has had its full time in both tanks."""
        ...

    def rinse(self) -> None:
        """Basket out of the solvent and under water."""
        ...

    def dry(self) -> None:
        """Blow the basket dry with nitrogen."""
        ...

    def dried(self) -> None:
        """The dryer has had its full time."""
        ...

    def stand(self) -> None:
        """Stop water and nitrogen; a basket in a tank stays there."""
        ...

    def immersed(self) -> bool:
        """Whether the basket is in solvent."""
        ...

    def agitate(self, pct: float) -> None:
        """Agitate the tanks from now on."""
        ...

    def lift_and_rinse(self, then: Callable[[], None]) -> None:
        """Basket out, rinse and dry; `then` is called at the end."""
        ...

    def stop_lifting(self) -> None:
        """Break off what `lift_and_rinse` began; the basket stays out."""
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
        self.alarms = frozenset({SOLVENT_LEVEL, FLASH, VAPOUR, N2_LOW, HEATER_TRIPPED})
        self.interlock_alarms = {NITROGEN_BIT: N2_LOW, HIGH_TEMPERATURE_BIT: HEATER_TRIPPED}
        self.interlock_reactions = {NITROGEN_BIT: Reaction.HOLD}
        self.commands = {
            120: ToolCommand(self._agitate),
            121: ToolCommand(self._drain, states=frozenset({PackMl.IDLE})),
            122: ToolCommand(self._lift, states=LIFT_STATES),
        }
        self.own_sequence = [
            Step(STRIP, self._setting(STRIP_S), begin=self._strip),
            Step(SECOND, self._setting(SECOND_S), begin=self._second, end=self._stripped),
            Step(RINSE, self._setting(RINSE_S), begin=self._rinse, end=self._stand),
            Step(DRY, self._setting(DRY_S), begin=self._dry, end=self._dried),
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
        self._tool.agitate(self.plc.setpoint(AGITATION))

    @override
    def on_unhold(self) -> None:
        self._stop_lifting()

    @override
    def on_reset(self) -> None:
        self._stop_lifting()

    @override
    def on_hold(self) -> None:
        self._lift_out()

    @override
    def on_stop(self) -> None:
        self._lift_out()

    @override
    def on_abort(self) -> None:
        self._lift_out()

    @override
    def on_power_loss(self) -> None:
        # The lift is a cylinder that a spring raises: it needs no power.
        self._lift_out()

    def _setting(self, number: int) -> Callable[[], float]:
        return lambda: self.plc.setpoint(number)

    def _lift_out(self) -> None:
        if self._tool.immersed():
            self._tool.lift_and_rinse(lambda: None)

    def _stop_lifting(self) -> None:
        self.plc.cancel_orders()
        self._tool.stop_lifting()

    def _strip(self, left_s: float) -> None:
        del left_s
        self._tool.immerse(second=False, seconds=self.plc.setpoint(STRIP_S))

    def _second(self, left_s: float) -> None:
        del left_s
        both_s = self.plc.setpoint(STRIP_S) + self.plc.setpoint(SECOND_S)
        self._tool.immerse(second=True, seconds=both_s)

    def _stripped(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        if finished:
            self._tool.stripped()

    def _rinse(self, left_s: float) -> None:
        del left_s
        self._tool.rinse()

    def _dry(self, left_s: float) -> None:
        del left_s
        self._tool.dry()

    def _dried(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        if finished:
            self._tool.dried()
        self._tool.stand()

    def _stand(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        del finished
        self._tool.stand()

    def _agitate(self, order: Order) -> Outcome:
        if not 0 <= order.args[0] <= 100:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        self._tool.agitate(float(order.args[0]))
        return Done()

    def _drain(self, order: Order) -> Outcome:
        del order
        if self._tool.heater_on():
            return Refused(Ack.REJECTED_STATE, HEATER_ON)
        self._tool.drain()
        return Accepted(DRAIN_S)

    def _lift(self, order: Order) -> Outcome:
        self._stop_lifting()
        self._tool.lift_and_rinse(lambda: self.plc.finish(order.seq))
        return Accepted()
