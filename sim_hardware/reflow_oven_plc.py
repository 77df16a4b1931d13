"""Program of the reflow oven's controller: docs/icd/click_plc_reflow_oven.csv."""

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
    ToolCommand,
)

ZONE_TEMPERATURE, OXYGEN_HIGH, BELT_STOPPED, FORMIC_HIGH = 17, 18, 19, 20
HIGH_TEMPERATURE = 10
OXYGEN_LIMIT_PPM = 100.0
FIRST_ARG, TOOL_WORD = 104, 14
BELT_VALUE, FORMIC_VALUE = 1, 4  # numbers of their DF registers
MOST_FORMIC = 600
ENTRY_S = 2.0


class Belt(Protocol):
    """The belt and the logger that travels on it."""

    @property
    def runs(self) -> bool:
        """Whether it moves and goes on."""
        ...

    @property
    def inside(self) -> bool:
        """Whether a wafer is between entrance and exit."""
        ...

    def permit(self, *, allowed: bool) -> None:
        """Close or open the relay that lets the motor turn."""
        ...

    def new_log(self) -> None:
        """A job begins: the profile logger starts anew."""
        ...


class Gas(Protocol):
    """The atmosphere of the tunnel, as the controller sees it."""

    def oxygen_shown_ppm(self) -> float:
        """Oxygen by the controller's own sensor."""
        ...

    def vapour_as_ordered(self) -> bool:
        """Whether the concentration that was ordered is there."""
        ...


class Oven(Protocol):
    """What else the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def waiting(self) -> bool:
        """Whether a wafer lies at the entrance."""
        ...

    def recover(self) -> None:
        """Power for the heaters again, as far as nothing else forbids it."""
        ...

    def open_nitrogen(self, *, opened: bool) -> None:
        """Move the valve behind the nitrogen's flow controller."""
        ...

    def bubble(self, pct: float) -> float:
        """Let formic acid in; seconds until the concentration is there."""
        ...

    def vapour_barred_by(self) -> int | None:
        """The interlock bit that forbids formic acid now."""
        ...

    def enter(self) -> None:
        """The wafer from the entrance is on the belt now."""
        ...


class ReflowOvenPlc(PlcProgram):
    """Owns no sequence. Whatever happens to the job, the belt runs on and clears the tunnel.

    Neither zones nor nitrogen follow the energy permit: the oven stands warm and inert.
    """

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, tool: Oven, belt: Belt, gas: Gas) -> None:
        super().__init__()
        self._tool, self._conveyor, self._gas = tool, belt, gas
        self._loading: int | None = None
        self._bubbling: int | None = None
        self.process_values = tool.readings()
        self.tool_bits = tool.tool_bits()
        self.alarms = frozenset({ZONE_TEMPERATURE, OXYGEN_HIGH, BELT_STOPPED, FORMIC_HIGH})
        self.interlock_alarms = {HIGH_TEMPERATURE: ZONE_TEMPERATURE}
        self.commands = {
            120: ToolCommand(self._belt),
            121: ToolCommand(self._nitrogen),
            122: ToolCommand(self._formic),
            123: ToolCommand(self._load, states=frozenset({PackMl.EXECUTE})),
        }

    @override
    def on_reset(self) -> None:
        self._tool.recover()

    @override
    def on_start(self) -> None:
        self._conveyor.new_log()

    @override
    def on_execute(self) -> None:
        self.judge_oxygen()

    @override
    def on_hold(self) -> None:
        self._stop_loading()

    @override
    def on_stop(self) -> None:
        self._stop_loading()

    @override
    def on_abort(self) -> None:
        self._stop_loading()
        self.shut_formic()

    @override
    def on_power_loss(self) -> None:
        self._loading = self._bubbling = None
        self._tool.bubble(0.0)

    def judge_oxygen(self) -> bool:
        """Whether the tunnel may take the wafer that waits; raises the alarm if not."""
        well = self._gas.oxygen_shown_ppm() <= OXYGEN_LIMIT_PPM
        if not well and self._tool.waiting() and self.plc.state is PackMl.EXECUTE:
            self.plc.raise_alarm(OXYGEN_HIGH)
        return well

    def shut_formic(self) -> None:
        """Close the bubbler; an order for vapour that is still open has failed."""
        if self._bubbling is not None:
            self.plc.finish(self._bubbling, Ack.REJECTED_STATE, FORMIC_VALUE)
            self._bubbling = None
        self._tool.bubble(0.0)

    def _stop_loading(self) -> None:
        if self._loading is not None:
            self.plc.finish(self._loading, Ack.REJECTED_STATE)
            self._loading = None

    def _belt(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if order.args[0] == 0 and self._conveyor.inside:
            return Refused(Ack.REJECTED_STATE, TOOL_WORD)
        self._conveyor.permit(allowed=order.args[0] == 1)
        return Done()

    def _nitrogen(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if order.args[0] == 0:
            self.shut_formic()
        self._tool.open_nitrogen(opened=order.args[0] == 1)
        return Done()

    def _formic(self, order: Order) -> Outcome:
        if not 0 <= order.args[0] <= MOST_FORMIC:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        barred_by = self._tool.vapour_barred_by()
        if order.args[0] > 0 and barred_by is not None:
            return Refused(Ack.REJECTED_INTERLOCK, barred_by)
        self._bubbling = order.seq if order.args[0] > 0 else None
        settling_s = self._tool.bubble(order.args[0] / 100.0)
        there = self._gas.vapour_as_ordered

        def judge() -> None:
            """Refused by its register if the vapour is not there when the time is over."""
            if not there():
                self.plc.finish(order.seq, Ack.REJECTED_STATE, FORMIC_VALUE)

        return Accepted(settling_s, then=judge) if settling_s > 0.0 or not there() else Done()

    def _load(self, order: Order) -> Outcome:
        if not self._tool.waiting() or self._loading is not None:
            return Refused(Ack.REJECTED_STATE, TOOL_WORD)
        if not self._conveyor.runs:
            return Refused(Ack.REJECTED_STATE, BELT_VALUE)
        if not self.judge_oxygen():
            return Refused(Ack.REJECTED_STATE, OXYGEN_HIGH)
        self._loading = order.seq
        return Accepted(ENTRY_S, then=lambda: self._entered(order))

    def _entered(self, order: Order) -> None:
        self._loading = None
        if self._conveyor.runs:
            self._tool.enter()
        else:
            self.plc.finish(order.seq, Ack.REJECTED_STATE, BELT_VALUE)
