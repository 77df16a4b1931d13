"""Program of the aligner's controller: docs/icd/click_plc_aligner.csv."""

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

CHUCK_VACUUM_LOW, LAMP_OFF, MARKS_NOT_FOUND = 17, 18, 19
RETICLE = 201
FIRST_ARG = 104
LAST_RETICLE = 999
RETICLE_S = 60.0
WIDEST_UM = 2000.0


class Aligner(Protocol):
    """What the controller reads and drives."""

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register, to be asked when read."""
        ...

    def tool_bits(self) -> Mapping[int, Callable[[], bool]]:
        """The bits of the tool word, to be asked when read."""
        ...

    def reticle(self) -> int:
        """The reticle in the holder; 0 = none."""
        ...

    def shutter_open(self) -> bool:
        """Whether light falls on the wafer."""
        ...

    def job_began(self, job_id: str) -> None:
        """A job starts."""
        ...

    def visit_ended(self) -> None:
        """The work of the visit is over."""
        ...

    def permit_changed(self) -> None:
        """The permit of the shutter may have changed."""
        ...

    def switch_vacuum(self, *, on: bool) -> float:
        """Chuck vacuum from now on; seconds until it is so, infinite if it never is."""
        ...

    def set_gap(self, um: float) -> float:
        """Move to a gap; seconds until it is there."""
        ...

    def put_reticle(self, number: int) -> None:
        """A reticle is in the holder."""
        ...


class AlignerPlc(PlcProgram):
    """Chuck, reticle and gap; the host owns stage and shutter."""

    watchdog_action: ClassVar[WatchdogAction] = WatchdogAction.HOLD

    def __init__(self, aligner: Aligner) -> None:
        super().__init__()
        self._aligner = aligner
        self._changing_reticle = False
        self.process_values = aligner.readings()
        self.tool_bits = aligner.tool_bits()
        self.words = {RETICLE: aligner.reticle}
        self.alarms = frozenset({CHUCK_VACUUM_LOW, LAMP_OFF, MARKS_NOT_FOUND})
        self.commands = {
            120: ToolCommand(self._chuck),
            121: ToolCommand(self._load_reticle),
            122: ToolCommand(self._gap),
        }

    @override
    def on_energy(self, permit: bool) -> None:
        self._aligner.permit_changed()

    @override
    def on_start(self) -> None:
        self._aligner.job_began(self.plc.job_id)

    @override
    def on_complete(self) -> None:
        self._aligner.visit_ended()

    @override
    def on_power_loss(self) -> None:
        self._changing_reticle = False

    def _chuck(self, order: Order) -> Outcome:
        if order.args[0] not in {0, 1}:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if self._aligner.shutter_open():
            return Refused()
        wait_s = self._aligner.switch_vacuum(on=order.args[0] == 1)
        return Accepted(wait_s if wait_s < RETICLE_S else None)

    def _load_reticle(self, order: Order) -> Outcome:
        number = order.args[0]
        if not 0 <= number <= LAST_RETICLE:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if self._changing_reticle or self._aligner.shutter_open():
            return Refused()
        if number == self._aligner.reticle():
            return Done()
        self._changing_reticle = True
        open_s = self._aligner.set_gap(WIDEST_UM)  # the arm needs the room
        self._aligner.put_reticle(0)
        return Accepted(open_s + RETICLE_S, then=lambda: self._reticle_is_in(number))

    def _reticle_is_in(self, number: int) -> None:
        self._changing_reticle = False
        self._aligner.put_reticle(number)

    def _gap(self, order: Order) -> Outcome:
        um = order.args[0] / 10
        if not 0.0 <= um <= WIDEST_UM:
            return Refused(Ack.REJECTED_RECIPE, FIRST_ARG)
        if self._changing_reticle or self._aligner.shutter_open():
            return Refused()
        return Accepted(self._aligner.set_gap(um or WIDEST_UM))
