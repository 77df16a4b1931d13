"""Program of the plating cell's controller: docs/icd/click_plc_plating_cell.csv."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.instruments.click_packml import Ack, WatchdogAction
from sim_hardware.instruments.click_program import (
    Accepted,
    Done,
    Order,
    Outcome,
    PlcProgram,
    Refused,
    ToolCommand,
)

LEVEL_LOW, FLOW_LOW, SEAL_LEAK, CONTACT_SPREAD, BATH_AGE = 17, 18, 19, 20, 201
CHEMISTRY = 201
FIRST_ARG = 104
SEAL_TEST_S = 8.0
RELEASE_S = 3.0
MOVE_S = 4.0
LONGEST_S = 600
MOST_LPM = 40.0


class PlatingCell(Protocol):
    """What the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def chemistry(self) -> int:
        """The bath in this cell: 1 Cu, 2 Ni, 3 SnAg."""
        ...

    def job_began(self, job_id: str) -> None:
        """A job starts; the meter of another one is set to zero."""
        ...

    def visit_ended(self) -> None:
        """The work of the visit is over."""
        ...

    def energy_changed(self) -> None:
        """The permit of the rectifier may have changed."""
        ...

    def wafer_present(self) -> bool:
        """Whether a wafer lies in the fixture."""
        ...

    def sealed(self) -> bool:
        """Whether it is clamped and its seal was tested."""
        ...

    def immersed(self) -> bool:
        """Whether the fixture is in the bath."""
        ...

    def test_seal(self) -> int:
        """Clamp and test; the alarm that the test gives, 0 if it is well."""
        ...

    def release(self) -> None:
        """Open the clamp."""
        ...

    def circulate(self, *, closed: bool, lpm: float) -> None:
        """Close or open the pump's terminal; below half of `lpm` the flow is low."""
        ...

    def move(self, *, down: bool) -> None:
        """The fixture is down in the bath, or up above it."""
        ...


class PlatingCellPlc(PlcProgram):
    """Fixture, wetting, bath and rinse; the host owns the sequence and the current."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.ABORT

    def __init__(self, cell: PlatingCell) -> None:
        super().__init__()
        self._cell = cell
        self.process_values = cell.readings()
        self.tool_bits = cell.tool_bits()
        self.words = {CHEMISTRY: cell.chemistry}
        self.alarms = frozenset({LEVEL_LOW, FLOW_LOW, SEAL_LEAK, CONTACT_SPREAD, BATH_AGE})
        self.commands = {
            120: ToolCommand(self._clamp),
            121: ToolCommand(self._wet),
            122: ToolCommand(self._circulate),
            123: ToolCommand(self._lower),
            124: ToolCommand(self._lift),
            125: ToolCommand(self._wet),
        }

    @override
    def on_energy(self, permit: bool) -> None:
        self._cell.energy_changed()

    @override
    def on_start(self) -> None:
        self._cell.job_began(self.plc.job_id)

    @override
    def on_complete(self) -> None:
        self._cell.visit_ended()

    @override
    def on_abort(self) -> None:
        self._cell.move(down=False)

    @override
    def on_power_loss(self) -> None:
        self._cell.circulate(closed=False, lpm=0.0)
        self._cell.move(down=False)

    def _clamp(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if self._cell.immersed():
            return Refused()
        if order.args[0] == 0:
            self._cell.release()
            return Accepted(RELEASE_S)
        if not self._cell.wafer_present():
            return Refused()
        return Done() if self._cell.sealed() else Accepted(SEAL_TEST_S, then=self._tested)

    def _tested(self) -> None:
        alarm = self._cell.test_seal()
        if alarm:
            self.plc.raise_alarm(alarm)
            self.plc.hold()

    def _wet(self, order: Order) -> Outcome:
        seconds = order.args[0]
        if not 1 <= seconds <= LONGEST_S:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        return Refused() if self._cell.immersed() else Accepted(float(seconds))

    def _circulate(self, order: Order) -> Outcome:
        lpm = order.args[1] / 10.0
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if not 0.0 <= lpm <= MOST_LPM:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG + 1)
        self._cell.circulate(closed=order.args[0] == 1, lpm=lpm)
        return Done()

    def _lower(self, order: Order) -> Outcome:
        del order
        if not self._cell.sealed():
            return Refused()
        return Done() if self._cell.immersed() else Accepted(MOVE_S, then=self._down)

    def _down(self) -> None:
        self._cell.move(down=True)

    def _lift(self, order: Order) -> Outcome:
        del order
        return Accepted(MOVE_S, then=self._up) if self._cell.immersed() else Done()

    def _up(self) -> None:
        self._cell.move(down=False)
