"""Program of the developer's controller: docs/icd/click_plc_developer.csv."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.developer_cleaning import Cleaning
from sim_hardware.instruments.click_packml import Ack, PackMl, WatchdogAction
from sim_hardware.instruments.click_program import (
    Accepted,
    Order,
    Outcome,
    PlcProgram,
    Refused,
    SetPoint,
    SetWord,
    Step,
    ToolCommand,
)

SPRAY, DEVELOP_S, RINSE_S, DRY_S, CHEMISTRY = 101, 102, 103, 104, 201
DEVELOP, RINSE, DRY = 1, 2, 3
LOW_FLOW, CONDUCTIVITY, LEVEL, BATH_TEMPERATURE, RESISTIVITY = 17, 18, 19, 20, 21
FIRST_ARG = 104
DRAIN_S, FILL_S = 120.0, 180.0
CLEANING_S = 30.0  # rinse that the controller gives a wafer of its own accord
RINSE_STATES = frozenset(
    {PackMl.IDLE, PackMl.HELD, PackMl.STOPPED, PackMl.ABORTED, PackMl.COMPLETE}
)


class Developer(Protocol):
    """What the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def new_job(self, chemistry: int) -> None:
        """A job begins: its counters are zero."""
        ...

    def trouble(self, chemistry: int) -> int:
        """The alarm that forbids developing with this chemistry; 0 if none."""
        ...

    def develop(self, bar: float, seconds: float) -> None:
        """Put developer on the wafer; the recipe gives it `seconds` in all."""
        ...

    def developed(self) -> None:
        """The developer has had its full time."""
        ...

    def rinse(self) -> None:
        """Rinse the wafer."""
        ...

    def dry(self) -> None:
        """Spin the wafer dry."""
        ...

    def stand(self) -> None:
        """Stop spin and water; whatever is on the wafer stays there."""
        ...

    def wet(self) -> bool:
        """Whether developer is on the wafer."""
        ...

    @property
    def cleaning(self) -> Cleaning:
        """Rinse and dry in one."""
        ...

    def drain(self, chemistry: int) -> None:
        """The sump runs empty from now on."""
        ...

    def fill(self, chemistry: int) -> None:
        """The sump has been filled."""
        ...


class DeveloperPlc(PlcProgram):
    """Owns its sequence; whenever it stops with developer on the wafer, it rinses and dries it."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, tool: Developer, chemistry: int) -> None:
        super().__init__()
        self._tool, self._chemistry = tool, chemistry
        self.process_values = tool.readings()
        self.tool_bits = tool.tool_bits()
        self.setpoints = [
            SetPoint(SPRAY, 0.0, 4.0, 1.5),
            SetPoint(DEVELOP_S, 1.0, 1200.0, 200.0),
            SetPoint(RINSE_S, 1.0, 600.0, 40.0),
            SetPoint(DRY_S, 1.0, 600.0, 25.0),
        ]
        self.set_words = [SetWord(CHEMISTRY, 1, 2, chemistry)]
        self.alarms = frozenset({LOW_FLOW, CONDUCTIVITY, LEVEL, BATH_TEMPERATURE, RESISTIVITY})
        self.commands = {
            120: ToolCommand(self._drain, states=frozenset({PackMl.IDLE})),
            121: ToolCommand(self._fill, states=frozenset({PackMl.IDLE})),
            122: ToolCommand(self._rinse, states=RINSE_STATES),
        }
        self.own_sequence = [
            Step(DEVELOP, self._setting(DEVELOP_S), begin=self._develop, end=self._developed),
            Step(RINSE, self._setting(RINSE_S), begin=self._rinse_step, end=self._stand),
            Step(DRY, self._setting(DRY_S), begin=self._dry_step, end=self._stand),
        ]

    @override
    def start_check(self) -> Refused | None:
        """Refuse with the number of the alarm that forbids developing."""
        alarm = self._tool.trouble(self.plc.set_word(CHEMISTRY))
        if not alarm:
            return None
        self.plc.raise_alarm(alarm)
        return Refused(Ack.REJECTED_STATE, alarm)

    @override
    def on_start(self) -> None:
        self._chemistry = self.plc.set_word(CHEMISTRY)
        self._tool.new_job(self._chemistry)

    @override
    def on_unhold(self) -> None:
        self._stop_cleaning()

    @override
    def on_reset(self) -> None:
        self._stop_cleaning()

    @override
    def on_hold(self) -> None:
        self._clean_up()

    @override
    def on_stop(self) -> None:
        self._clean_up()

    @override
    def on_abort(self) -> None:
        self._clean_up()

    @override
    def on_power_loss(self) -> None:
        self._tool.cleaning.stop()
        self._tool.stand()

    def _setting(self, number: int) -> Callable[[], float]:
        return lambda: self.plc.setpoint(number)

    def _clean_up(self) -> None:
        if self._tool.wet():
            self._tool.cleaning.begin(CLEANING_S, lambda: None)

    def _stop_cleaning(self) -> None:
        self.plc.cancel_orders()
        self._tool.cleaning.stop()

    def _develop(self, left_s: float) -> None:
        del left_s
        alarm = self._tool.trouble(self._chemistry)
        if alarm:
            self.plc.raise_alarm(alarm)
            self.plc.hold()
        else:
            self._tool.develop(self.plc.setpoint(SPRAY), self.plc.setpoint(DEVELOP_S))

    def _developed(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        if finished:
            self._tool.developed()

    def _rinse_step(self, left_s: float) -> None:
        del left_s
        self._tool.rinse()

    def _dry_step(self, left_s: float) -> None:
        del left_s
        self._tool.dry()

    def _stand(self, finished: bool) -> None:  # noqa: FBT001 - the runner's only word
        del finished
        self._tool.stand()

    def _rinse(self, order: Order) -> Outcome:
        seconds = order.args[0]
        if not 1 <= seconds <= 600:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        self._stop_cleaning()
        self._tool.cleaning.begin(float(seconds), lambda: self.plc.finish(order.seq))
        return Accepted()

    def _drain(self, order: Order) -> Outcome:
        chemistry = order.args[0]
        if chemistry not in {1, 2}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        self._tool.drain(chemistry)
        return Accepted(DRAIN_S)

    def _fill(self, order: Order) -> Outcome:
        chemistry = order.args[0]
        if chemistry not in {1, 2}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        return Accepted(FILL_S, then=lambda: self._tool.fill(chemistry))
