"""The dispense of a spin coater: a mass of resist, counted and ended by the dispenser itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import DriverError, Tripped
from drivers.core.shielded import to_the_end
from drivers.core.tool import Done, Job
from drivers.core.waiting import until
from drivers.instruments.bronkhorst_propar import BronkhorstPropar, ControlMode
from drivers.instruments.click_plc import ClickPlc
from drivers.procedure import visit
from drivers.spin_coater_map import Order, SpinCoaterMap

MASS_BAND: Final = 0.15  # of the mass asked for: beyond, the coat is another one
CENTRE_MM: Final = 2.0
NOZZLE_S: Final = 30.0
LONGEST: Final = 1.5  # times what the recipe gives: a nozzle that is clogged
LEAST_MARGIN_S: Final = 10.0
SECONDS_PER_MINUTE: Final = 60.0


async def dispensed(dispenser: BronkhorstPropar) -> tuple[float | None, str]:
    """What the dispenser counted since its counter was cleared, and that in words.

    None if it lost power since: then nobody knows.
    """
    if (await dispenser.alarms()).power_up:
        return None, f"{dispenser.name}: lost power and with it the count of what it dispensed"
    grams = await dispenser.counter_g.value()
    return grams, f"{dispenser.name}: {grams:.2f} g dispensed"


@dataclass(frozen=True)
class Dispense:
    """One dispense to the wafer on the chuck."""

    plc: ClickPlc
    dispenser: BronkhorstPropar
    job: Job

    @property
    def clock(self) -> Clock:
        """The controller's clock."""
        return self.plc.clock

    async def count_from_nothing(self) -> None:
        """Make the dispenser ready for a new wafer: under this line's control, counter cleared.

        Evidence would otherwise take the last wafer's resist for this wafer's.
        """
        dispenser = self.dispenser
        await dispenser.make_safe()
        await dispenser.control(ControlMode.BUS)
        await dispenser.counter_mode.write_and_verify(0)
        await dispenser.counter_g.write_and_verify(0)
        await dispenser.acknowledge()  # not before: a counter at its limit says so again

    async def run(self, millilitres: float, g_ml: float, seconds: float) -> Done:
        """Dispense once; nozzle closed and parked on leaving.

        Raises LimitExceeded for a flow that the dispenser does not have, NotReached if the mass
        does not come in time, Tripped if another one came, and what the dispenser raises.
        """
        if (await self.dispenser.alarms()).power_up:
            await self.count_from_nothing()  # what it was set to is gone; so far it gave nothing
        grams, read = millilitres * g_ml, self.dispenser.counter_g.value
        flow_g_min = grams / seconds * SECONDS_PER_MINUTE
        deadline_s = max(LONGEST * seconds, seconds + LEAST_MARGIN_S)
        async with self._nozzle(), visit.reporting(self.job, self.clock, read, grams, "g"):
            began_s = self.clock.monotonic()
            got_g = await self.dispenser.dispense(grams, flow_g_min, deadline_s=deadline_s)
            took_s = self.clock.monotonic() - began_s
        if not abs(got_g - grams) <= MASS_BAND * grams:
            raise Tripped(
                f"dispensed {got_g:.2f} g instead of {grams:.2f} g", source=self.dispenser.name
            )
        return Done({"dispensed_g": got_g, "dispensed_ml": got_g / g_ml, "dispense_s": took_s})

    @asynccontextmanager
    async def _nozzle(self) -> AsyncGenerator[None]:
        try:
            await self.plc.perform(Order.NOZZLE, 1, deadline_s=NOZZLE_S)
            away_mm = await SpinCoaterMap(self.plc).nozzle_mm.value()
            if not away_mm <= CENTRE_MM:
                raise Tripped(f"the nozzle is {away_mm:g} mm off the centre", source=self.plc.name)
            yield
        finally:
            await to_the_end(self._park())

    async def _park(self) -> None:
        try:
            await self.plc.perform(Order.NOZZLE, 0, deadline_s=NOZZLE_S)
        except DriverError as error:
            try:  # a controller that holds or stops parks the nozzle by itself
                await until(
                    self._is_away, deadline_s=NOZZLE_S, clock=self.clock, what="nozzle parked"
                )
            except DriverError:
                words = f"the nozzle is not known to be closed and parked: {error}"
                raise Tripped(words, source=self.plc.name) from error

    async def _is_away(self) -> bool:
        return await SpinCoaterMap(self.plc).nozzle_mm.value() > CENTRE_MM
