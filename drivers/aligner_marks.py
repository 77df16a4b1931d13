"""Aligning a wafer to its reticle: the stage follows the residual of the marks."""

from dataclasses import dataclass
from typing import Final

from drivers.aligner_dose import Residual, Senses
from drivers.core.clock import sleep
from drivers.core.errors import NotReached
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.newport_esp301 import Axis, NewportEsp301

MOVES: Final = 3
LOOKS: Final = 3
CAMERA_S: Final = 1.0  # the camera needs a new picture
AXIS_S: Final = 30.0
HOME_S: Final = 60.0
UM_PER_MM: Final = 1000.0
MDEG_PER_DEG: Final = 1000.0


@dataclass(frozen=True)
class Alignment:
    """The stage with the camera that the controller reads."""

    stage: NewportEsp301
    plc: ClickPlc

    async def align(self, limit_um: float) -> tuple[Residual, int]:
        """Move until the overlay is within `limit_um`; return what is left and the moves made.

        Raises NotReached if three moves did not do it or the marks are not seen.
        """
        await self._ready()
        residual, senses = await self._marks(), Senses()
        for moves in range(MOVES + 1):
            if residual.overlay_um <= limit_um:
                return residual, moves
            if moves < MOVES:
                await self._move(residual, senses)
                after = await self._marks()
                senses, residual = senses.learned(residual, after), after
        raise NotReached(
            f"overlay is {residual.overlay_um:.2f} um after {MOVES} moves, not below "
            f"{limit_um:g} um",
            source=self.stage.name,
        )

    async def _ready(self) -> None:
        """Motors on; an axis whose motor was off does not know where it is."""
        for axis in Axis:
            if not await self.stage.motor_on(axis):
                await self.stage.power(axis)
                await self.stage.home(axis, deadline_s=HOME_S)

    async def _marks(self) -> Residual:
        for _ in range(LOOKS):
            await sleep(self.plc.clock, CAMERA_S)
            x_um, y_um, theta_mdeg = await self.plc.read_floats(1, 3)
            residual = Residual(x_um, y_um, theta_mdeg)
            if residual.seen:
                return residual
        raise NotReached("the alignment marks are not seen", source=self.plc.name)

    async def _move(self, residual: Residual, senses: Senses) -> None:
        shifts = {
            Axis.X: senses.x * residual.x_um / UM_PER_MM,
            Axis.Y: senses.y * residual.y_um / UM_PER_MM,
            Axis.THETA: senses.theta * residual.theta_mdeg / MDEG_PER_DEG,
        }
        for axis, shift in shifts.items():
            position = await self.stage.position(axis)
            await self.stage.move_to(axis, position + shift, deadline_s=AXIS_S)
