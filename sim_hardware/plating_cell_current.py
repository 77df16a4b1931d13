"""The rectifier of the plating cell, of either model, and the charge that it has delivered.

Chosen here: the enable of the bipolar supply is a contactor in its output. What it delivers in
pulses counts by its mean.
"""

import math
from collections.abc import Callable
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.layout import LayoutError
from sim_hardware.core.plant import PlantSetup
from sim_hardware.instruments.kepco_bop import KepcoBop
from sim_hardware.instruments.kepco_bop_output import Course, Step
from sim_hardware.instruments.tdk_genesys import TdkGenesys
from sim_hardware.physics.plating_cell import cell_volts

Rectifier = TdkGenesys | KepcoBop
MODELS: Final = ("tdk_genesys", "kepco_bop")


class Electrodes(Protocol):
    """The cell at the terminals."""

    def enabled(self) -> bool:
        """The enable contact: controller, seal, bath and flow agree."""
        ...

    def conducts(self) -> bool:
        """Whether there is a way through the cell."""
        ...


class CellCurrent:
    """What either rectifier is wired to; `delivers` is called after its current has changed.

    `account` is called before that, with the charge that is still to be taken.
    """

    def __init__(
        self,
        clock: LineClock,
        cell: Electrodes,
        account: Callable[[], None],
        delivers: Callable[[], None],
    ) -> None:
        self._clock, self._cell = clock, cell
        self._account, self._delivers = account, delivers
        self._course = Course((Step(0.0),), clock.now_s())
        self._taken_c = 0.0

    def amps(self) -> float:
        """Current now."""
        return self._course.at(self._clock.now_s())

    def flows(self) -> bool:
        """Whether current flows now, or pulses of it."""
        if self._clock.now_s() >= self._course.end_s:
            return self.amps() != 0.0
        return any(step.level for step in self._course.steps)

    def ends_in_s(self) -> float:
        """Seconds until the last level of a list begins to stay; infinite if never."""
        return max(self._course.end_s - self._clock.now_s(), 0.0)

    def untaken_c(self) -> float:
        """Charge that was delivered since the last `take`."""
        return self._course.covered(self._clock.now_s()) - self._taken_c

    def take(self) -> float:
        """The same, and from now on it counts as taken."""
        charge_c = self.untaken_c()
        self._taken_c += charge_c
        return charge_c

    def follow(self, course: Course) -> None:
        """Another course from now on."""
        self._account()
        self._course, self._taken_c = course, 0.0
        self._delivers()

    def volts_for(self, amps: float) -> float:
        """Voltage that drives `amps` of either sign; infinite without a way through the cell."""
        if not amps:
            return 0.0
        volts = cell_volts(abs(amps)) if self._cell.conducts() else math.inf
        return math.copysign(volts, amps)


class _DirectTerminals:
    """Terminals and enable contact of a supply of direct current."""

    def __init__(self, clock: LineClock, cell: Electrodes, current: CellCurrent) -> None:
        self._clock, self._cell, self._current = clock, cell, current

    def enabled(self) -> bool:
        """Whether the enable contact is closed."""
        return self._cell.enabled()

    def volts_for(self, amps: float) -> float:
        """Voltage that drives `amps`."""
        return self._current.volts_for(amps)

    def on_output(self, amps: float) -> None:
        """The delivered current changed."""
        self._current.follow(Course((Step(amps),), self._clock.now_s()))


class _BipolarTerminals:
    """Terminals of a bipolar supply behind a contactor that is the enable."""

    def __init__(self, cell: Electrodes, current: CellCurrent) -> None:
        self._cell, self._current = cell, current

    def volts_for(self, amps: float) -> float:
        """Voltage that drives `amps` of either sign."""
        if amps and not self._cell.enabled():
            return math.copysign(math.inf, amps)
        return self._current.volts_for(amps)

    def on_output(self, course: Course) -> None:
        """The current, in A, now follows another course."""
        self._current.follow(course)


def rectifier_of(setup: PlantSetup, cell: Electrodes, current: CellCurrent) -> Rectifier:
    """The model that the line file names; LayoutError for another one."""
    model = setup.models.get("rectifier", MODELS[0])
    if model == "tdk_genesys":
        return TdkGenesys(setup.clock, _DirectTerminals(setup.clock, cell, current))
    if model == "kepco_bop":
        return KepcoBop(setup.clock, _BipolarTerminals(cell, current))
    raise LayoutError(
        f"tool.{setup.tool}.rectifier.model: found {model!r}; allowed: {' or '.join(MODELS)}"
    )
