"""Program of the spin coater's controller: docs/icd/click_plc_spin_coater.csv."""

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

VACUUM_LOW, EXHAUST_LOW, RESIST_LOW = 17, 18, 201
FIRST_ARG, SECOND_ARG = 104, 105
CHUCK_S = 2.0
LID_S = 2.0
PLATE_S = 6.0
LONGEST_S = 3600
MOST_TENTHS_ML = 1000


class SpinCoater(Protocol):
    """What the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def job_began(self, job_id: str) -> None:
        """A job starts; the counters of another one are set to zero."""
        ...

    def visit_ended(self) -> None:
        """The work of the visit is over."""
        ...

    def energy_changed(self) -> None:
        """What the spindle is allowed may have changed."""
        ...

    def turning(self) -> bool:
        """Whether the spindle turns."""
        ...

    def on_plate(self) -> bool:
        """Whether the wafer is on the hotplate."""
        ...

    def spindle_permit(self) -> bool:
        """Chuck vacuum good and lid closed."""
        ...

    def chuck(self, *, on: bool) -> None:
        """Chuck vacuum on or off."""
        ...

    def lid(self, *, closed: bool) -> None:
        """The lid is closed or open."""
        ...

    def dispense(self, ml: float) -> None:
        """So much resist has come onto the wafer."""
        ...

    def edge_bead(self) -> None:
        """The bead has been taken off the edge."""
        ...

    def degas(self, kpa: float) -> float:
        """Pump the cup; seconds until the pressure is reached, infinite if it never is."""
        ...

    def vent(self) -> float:
        """Let air into the cup; seconds until it is vented."""
        ...

    def move(self, *, plate: bool) -> None:
        """The wafer has arrived on the hotplate, or on the chuck."""
        ...


class SpinCoaterPlc(PlcProgram):
    """Chuck, lid, resist, cup vacuum and lift pins; the host owns the sequence."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, tool: SpinCoater) -> None:
        super().__init__()
        self._tool = tool
        self.process_values = tool.readings()
        self.tool_bits = tool.tool_bits()
        self.alarms = frozenset({VACUUM_LOW, EXHAUST_LOW, RESIST_LOW})
        self.commands = {
            120: ToolCommand(self._chuck),
            121: ToolCommand(self._lid),
            122: ToolCommand(self._dispense),
            123: ToolCommand(self._edge_bead),
            124: ToolCommand(self._degas),
            125: ToolCommand(self._to_plate),
            126: ToolCommand(self._to_chuck),
        }

    @override
    def on_energy(self, permit: bool) -> None:
        self._tool.energy_changed()

    @override
    def on_start(self) -> None:
        self._tool.job_began(self.plc.job_id)

    @override
    def on_complete(self) -> None:
        self._tool.visit_ended()

    @override
    def on_hold(self) -> None:
        self._make_safe()

    @override
    def on_stop(self) -> None:
        self._make_safe()

    @override
    def on_abort(self) -> None:
        self._make_safe()

    def _make_safe(self) -> None:
        """Vent, and take a wafer off the plate: it would bake for ever."""
        self._tool.vent()
        if self._tool.on_plate():
            self._tool.move(plate=False)

    def _chuck(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if order.args[0] == 0 and self._tool.turning():
            return Refused()
        self._tool.chuck(on=bool(order.args[0]))
        return Accepted(CHUCK_S)

    def _lid(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if order.args[0] == 0 and self._tool.turning():
            return Refused()
        closed = bool(order.args[0])
        return Accepted(LID_S, then=lambda: self._tool.lid(closed=closed))

    def _dispense(self, order: Order) -> Outcome:
        tenths, seconds = order.args[:2]
        if not 0 < tenths <= MOST_TENTHS_ML:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if not 0 < seconds <= LONGEST_S:
            return Refused(Ack.REJECTED_RECIPE, SECOND_ARG)
        if not self._tool.spindle_permit() or self._tool.on_plate():
            return Refused()
        return Accepted(float(seconds), then=lambda: self._tool.dispense(tenths / 10.0))

    def _edge_bead(self, order: Order) -> Outcome:
        if not 0 < order.args[0] <= LONGEST_S:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if not self._tool.spindle_permit() or self._tool.on_plate():
            return Refused()
        return Accepted(float(order.args[0]), then=self._tool.edge_bead)

    def _degas(self, order: Order) -> Outcome:
        tenths, seconds = order.args[:2]
        if not 0 < tenths <= 1013:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if not 0 <= seconds <= LONGEST_S:
            return Refused(Ack.REJECTED_RECIPE, SECOND_ARG)
        if self._tool.turning() or self._tool.on_plate():
            return Refused()
        pumped_s = self._tool.degas(tenths / 10.0)
        if pumped_s > LONGEST_S:
            return Accepted(None)
        return Accepted(pumped_s + seconds, then=lambda: self._vent(order.seq))

    def _vent(self, _seq: int) -> None:
        self._tool.vent()

    def _to_plate(self, order: Order) -> Outcome:
        del order
        if self._tool.on_plate():
            return Done()
        if self._tool.spindle_permit() or self._tool.turning():
            return Refused()
        return Accepted(PLATE_S, then=lambda: self._tool.move(plate=True))

    def _to_chuck(self, order: Order) -> Outcome:
        del order
        if not self._tool.on_plate():
            return Done()
        return Accepted(PLATE_S, then=lambda: self._tool.move(plate=False))
