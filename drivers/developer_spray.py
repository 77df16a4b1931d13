"""The developer's spray: the pump's drive holds the pressure while the controller lets it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from drivers.core.errors import DeviceFault, Tripped
from drivers.developer_map import Step
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.procedure.sampling import Seen

SPRAY_LOOK_S: Final = 5.0
RISE_S: Final = 10  # from the beginning of the step to a steady pressure
PRESSURE_BAND: Final = 0.25  # of the pressure asked for: beyond, openings clear at another time
LOOKS_TO_LOSE: Final = 2


@dataclass
class Spray:
    """One spray at `bar`; 0 is a puddle, for which the pump stays off."""

    plc: ClickPlc
    pump: XylemHydrovar
    bar: float
    seen: Seen = field(default_factory=Seen)
    strayed: int = 0

    @asynccontextmanager
    async def on(self) -> AsyncGenerator[None]:
        """Ready to spray inside, as soon as the controller closes the pump's enable; then off.

        What the drive is set to is written and read back each time: it may have been changed.
        Raises LimitExceeded before anything is sent, DeviceFault, ReadBackDiffers.
        """
        if not self.bar:
            await self.pump.make_safe()
            yield
            return
        async with self.pump.armed(self.bar):
            yield

    async def look(self) -> None:
        """Look at the drive while the developer acts.

        Raises DeviceFault for its faults, Tripped if it was stopped or two looks find another
        pressure.
        """
        if not self.bar:
            return
        status = await self.pump.status()
        if status.error:
            faults = ", ".join(await self.pump.faults()) or "error without a name"
            raise DeviceFault(faults, source=self.pump.name)
        if not status.start_enabled:
            raise Tripped("the spray pump was stopped", source=self.pump.name)
        bar, hertz = await self.pump.pressure_bar.value(), await self.pump.frequency_hz.value()
        # Judged by where the controller is afterwards: its next step lets the pressure fall.
        now = await self.plc.look()
        developing = now.state is PackMl.EXECUTE and now.step_no == Step.DEVELOP
        if not developing or now.step_s < RISE_S:
            return
        strays = not abs(bar - self.bar) <= PRESSURE_BAND * self.bar
        self.strayed = self.strayed + 1 if strays else 0
        if self.strayed >= LOOKS_TO_LOSE:
            words = f"sprays at {bar:.2f} bar instead of {self.bar:g} bar"
            raise Tripped(words, source=self.pump.name)
        self.seen.note({"pump_bar": bar, "pump_hz": hertz})
