"""The bake of a spin coater: the wafer is on the hotplate inside, and off it afterwards."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, NotReached, Tripped
from drivers.core.shielded import to_the_end
from drivers.core.tool import Done, Job
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.procedure import guards, visit
from drivers.procedure.sampling import Seen, process_of
from drivers.spin_coater_map import Order, SpinCoaterMap

PLATE_BAND_C: Final = 1.0
PLATE_LOST_C: Final = 3.0  # farther off while a wafer bakes, and the bake is not the recipe's
PLATE_LOOK_S: Final = 5.0  # the plate was hot a moment ago
HEAT_S: Final = 1800.0
ORDER_S: Final = 60.0
POLL_S: Final = 5.0
LONGEST: Final = 1.5  # times the bake: longer on the plate and the resist is another one
LEAST_MARGIN_S: Final = 30.0


@dataclass(frozen=True)
class Bake:
    """One soft bake, timed by the controller's own count of seconds on the plate."""

    plc: ClickPlc
    hotplate: Eurotherm3216
    bake_c: float
    bake_s: float
    job: Job

    @property
    def clock(self) -> Clock:
        """The controller's clock."""
        return self.plc.clock

    async def run(self) -> Done:
        """Bake once; raise Tripped if the plate loses its temperature or keeps the wafer.

        Raises Refused for a wafer that was baked, before anything is sent.
        """
        guards.only_once(self.job, "bake", "s", self.plc.name)
        await self.hotplate.hold(
            self.bake_c, deadline_s=HEAT_S, within_c=PLATE_BAND_C, dwell_s=PLATE_LOOK_S
        )
        await self.plc.perform(Order.CHUCK_VACUUM, 0, deadline_s=ORDER_S)
        seen = Seen()
        async with self._on_plate():
            await self._until_baked(seen)
        return Done({"baked_s": await self._baked_s(), **seen.all_middle()})

    @asynccontextmanager
    async def _on_plate(self) -> AsyncGenerator[None]:
        # Not to be broken off: a wafer half-way would arrive with nobody there to take it off.
        await to_the_end(self.plc.perform(Order.TO_PLATE, deadline_s=ORDER_S))
        try:
            yield
        finally:
            await to_the_end(self._take_off())

    async def _take_off(self) -> None:
        try:
            await self.plc.perform(Order.TO_CHUCK, deadline_s=ORDER_S)
        except DriverError as error:
            words = f"the wafer could not be taken off the hotplate: {error}"
            raise Tripped(words, source=self.plc.name) from error

    async def _until_baked(self, seen: Seen) -> None:
        reporter = visit.Reporter(self.job, self.clock, self.bake_s, "s")
        end_s = self.clock.monotonic() + max(LONGEST * self.bake_s, self.bake_s + LEAST_MARGIN_S)
        while (left_s := self.bake_s - (baked_s := await self._baked_s())) > 0:
            if self.clock.monotonic() >= end_s:
                raise NotReached(f"the plate counts only {baked_s:g} s", source=self.plc.name)
            reporter.note(baked_s)
            seen.note({"plate_c": await self._plate_c()})
            await sleep(self.clock, min(POLL_S, left_s))

    async def _baked_s(self) -> float:
        return (await process_of(SpinCoaterMap(self.plc))())["baked_s"]

    async def _plate_c(self) -> float:
        await self.hotplate.check()
        celsius = await self.hotplate.temperature_c.value()
        if not abs(celsius - self.bake_c) <= PLATE_LOST_C:
            raise Tripped(
                f"the plate is at {celsius:g} C instead of {self.bake_c:g} C",
                source=self.hotplate.name,
            )
        return celsius
