"""Program of the spin coater's controller: docs/icd/click_plc_spin_coater.csv."""

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

CHUCK_VACUUM_LOW, EXHAUST_LOW, RESIST_LOW = 17, 18, 201
# reject_info: what stands in the way, by the number of its bit, register or command.
NO_WAFER, CHUCK_KPA, LID, SPINDLE, FIRST_ARG, NOZZLE = 0, 1, 7, 8, 104, 122
LID_S = 2.0
RELEASE_S = 1.2
WORKING = frozenset({PackMl.EXECUTE})

After = Callable[[], None]


class SpinCoater(Protocol):
    """What the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def new_job(self) -> None:
        """A job begins: its counters are zero."""
        ...

    def vacuum_good(self) -> bool:
        """Whether the chuck's switch says that the wafer is held."""
        ...

    def released(self) -> bool:
        """Whether the chuck's vacuum is gone."""
        ...

    def lid_closed(self) -> bool:
        """Whether the lid is closed."""
        ...

    def turning(self) -> bool:
        """Whether the spindle turns."""
        ...

    def busy(self) -> bool:
        """Whether the arm moves or the chamber is not vented."""
        ...

    def on_plate(self) -> bool | None:
        """Whether the wafer is on the hotplate; None without a wafer."""
        ...

    def grip(self) -> float | None:
        """Chuck vacuum on; seconds until it is good, None if it will not be."""
        ...

    def release(self) -> None:
        """Chuck vacuum off."""
        ...

    def move_lid(self, *, closed: bool) -> None:
        """The lid has closed, or opens."""
        ...

    def nozzle_parked(self) -> bool:
        """Whether the nozzle is out of the way."""
        ...

    def extend_nozzle(self, then: After) -> None:
        """Nozzle over the centre and its valve open; `then` is called when it is so."""
        ...

    def retract_nozzle(self, then: After) -> None:
        """Valve closed at once, nozzle parked; `then` is called when it is so."""
        ...

    def edge_bead(self, seconds: float, then: After) -> None:
        """Solvent on the edge for so many seconds; `then` is called at the end."""
        ...

    def degas(self, kpa: float, seconds: float, then: After) -> None:
        """Evacuate, stay, vent; `then` is called at the end."""
        ...

    def to_plate(self, then: After) -> None:
        """Carry the wafer to the hotplate and lower the pins; `then` on arrival."""
        ...

    def to_chuck(self, then: After) -> None:
        """Carry the wafer over the chill plate to the chuck; `then` on arrival."""
        ...

    def raise_pins(self) -> None:
        """Lift the wafer off the hotplate."""
        ...

    def make_safe(self) -> None:
        """Nozzles off, chamber vented, wafer off the plate; an arm on its way goes on."""
        ...

    def recheck_spindle(self) -> None:
        """Let the drive look at its permission again."""
        ...


class SpinCoaterPlc(PlcProgram):
    """The host owns the sequence; the controller owns vacuum, lid, nozzles, chamber and arm."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, tool: SpinCoater) -> None:
        super().__init__()
        self._tool = tool
        self.process_values = tool.readings()
        self.tool_bits = tool.tool_bits()
        self._nozzle_order: int | None = None
        self.alarms = frozenset({CHUCK_VACUUM_LOW, EXHAUST_LOW, RESIST_LOW})
        self.commands = {
            120: ToolCommand(self._chuck),
            121: ToolCommand(self._lid),
            122: ToolCommand(self._nozzle),
            123: ToolCommand(self._edge_bead, states=WORKING),
            124: ToolCommand(self._degas, states=WORKING),
            125: ToolCommand(self._to_plate),
            126: ToolCommand(self._to_chuck),
        }

    @override
    def on_energy(self, permit: bool) -> None:
        self._tool.recheck_spindle()

    @override
    def on_start(self) -> None:
        self._tool.new_job()

    @override
    def on_hold(self) -> None:
        self._park_nozzle()

    @override
    def on_complete(self) -> None:
        self._park_nozzle()

    @override
    def on_stop(self) -> None:
        self._make_safe()

    @override
    def on_abort(self) -> None:
        self._make_safe()

    @override
    def on_power_loss(self) -> None:
        self._nozzle_order = None
        self._park_nozzle()
        self._tool.make_safe()

    @override
    def on_host_lost(self) -> None:
        # Nobody counts the bake any more.
        self._tool.raise_pins()

    def _make_safe(self) -> None:
        self._park_nozzle()
        self.plc.cancel_orders()
        self._tool.make_safe()

    def _finishing(self, order: Order) -> After:
        return lambda: self.plc.finish(order.seq)

    def _chuck(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if order.args[0] == 1:
            return Accepted(self._tool.grip())
        if self._tool.turning():
            return Refused(info=SPINDLE)
        if not self._tool.nozzle_parked():
            return Refused(info=NOZZLE)
        self._tool.release()
        return Accepted(RELEASE_S)

    def _lid(self, order: Order) -> Outcome:
        closed = order.args[0] == 1
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if closed == self._tool.lid_closed():
            return Done()
        if closed:
            return Accepted(LID_S, then=lambda: self._tool.move_lid(closed=True))
        if self._tool.turning() or self._tool.busy():
            return Refused(info=SPINDLE)
        if not self._tool.nozzle_parked():
            return Refused(info=NOZZLE)
        self._tool.move_lid(closed=False)
        return Accepted(LID_S)

    def _ready_for_liquid(self) -> Refused | None:
        if not self._tool.vacuum_good():
            return Refused(info=CHUCK_KPA)
        if not self._tool.lid_closed():
            return Refused(info=LID)
        return Refused(info=SPINDLE) if self._tool.busy() else None

    def _nozzle(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if order.args[0] == 1:
            refusal = self._ready_for_liquid()
            if self.plc.state not in WORKING:
                refusal = Refused()
            if refusal is not None:
                return refusal
        self._give_up_nozzle_order()
        self._nozzle_order = order.seq
        move = self._tool.extend_nozzle if order.args[0] == 1 else self._tool.retract_nozzle
        move(self._nozzle_there)
        return Accepted()

    def _nozzle_there(self) -> None:
        if self._nozzle_order is not None:
            seq, self._nozzle_order = self._nozzle_order, None
            self.plc.finish(seq)

    def _give_up_nozzle_order(self) -> None:
        if self._nozzle_order is not None:
            seq, self._nozzle_order = self._nozzle_order, None
            self.plc.finish(seq, Ack.REJECTED_STATE)

    def _park_nozzle(self) -> None:
        self._give_up_nozzle_order()
        self._tool.retract_nozzle(self._nozzle_there)

    def _edge_bead(self, order: Order) -> Outcome:
        if not 1 <= order.args[0] <= 600:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        refusal = self._ready_for_liquid()
        if refusal is not None:
            return refusal
        if not self._tool.nozzle_parked():
            return Refused(info=NOZZLE)
        self._tool.edge_bead(float(order.args[0]), self._finishing(order))
        return Accepted()

    def _degas(self, order: Order) -> Outcome:
        tenths, seconds = order.args[0], order.args[1]
        if not (1 <= tenths <= 1013 and 1 <= seconds <= 3600):
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if not self._tool.lid_closed():
            return Refused(info=LID)
        if self._tool.turning() or self._tool.busy():
            return Refused(info=SPINDLE)
        if not self._tool.nozzle_parked():
            return Refused(info=NOZZLE)
        self._tool.degas(tenths / 10.0, float(seconds), self._finishing(order))
        return Accepted()

    def _to_plate(self, order: Order) -> Outcome:
        if self._tool.on_plate() is None:
            return Refused(info=NO_WAFER)
        if not self._tool.on_plate() and not self._tool.released():
            return Refused(info=CHUCK_KPA)
        if self._tool.turning() or self._tool.busy():
            return Refused(info=SPINDLE)
        if not self._tool.nozzle_parked():
            return Refused(info=NOZZLE)
        self._tool.to_plate(self._finishing(order))
        return Accepted()

    def _to_chuck(self, order: Order) -> Outcome:
        if self._tool.on_plate() is None:
            return Refused(info=NO_WAFER)
        if self._tool.busy():
            return Refused(info=SPINDLE)
        if not self._tool.on_plate():
            return Done()
        self._tool.to_chuck(self._finishing(order))
        return Accepted()
