"""The stripper's flows, which the host sets: solvent through the nozzles, nitrogen to dry."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import Tripped
from drivers.core.tool import Job
from drivers.core.waiting import settle
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.procedure import visit
from drivers.procedure.watching import while_well
from drivers.stripper_map import Step

LOOK_S: Final = 5.0
SPRAY_S: Final = 60.0
SPRAY_WITHIN_BAR: Final = 0.15
SPRAY_DWELL_S: Final = 2.0
LEAST_PART: Final = 0.8  # of spray pressure or nitrogen: below it resist or water stays
NITROGEN_S: Final = 60.0
NITROGEN_WITHIN: Final = 0.05
NITROGEN_DWELL_S: Final = 2.0
SCCM_PER_LPM: Final = 1000


@dataclass(frozen=True)
class Flows:
    """Spray pump and nitrogen, each behind what the controller opens in its steps."""

    plc: ClickPlc
    pump: XylemHydrovar
    nitrogen: AlicatMc
    clock: Clock

    async def sprayed(
        self, bar: float, job: Job, following: Step, deadline_s: float
    ) -> Mapping[str, float]:
        """Wait until the controller goes on to the step after; return pressure and speed.

        The pump must be armed. A step that is over already is not waited for. Raises NotReached
        if the pressure does not come, Tripped or DeviceFault if it is lost.
        """
        seen: dict[str, float] = {}
        status = await self.plc.look()
        if status.state is PackMl.EXECUTE and status.step_no < following:
            seen["spray_bar"] = await settle(
                self._healthy_bar,
                bar,
                within=SPRAY_WITHIN_BAR,
                dwell_s=SPRAY_DWELL_S,
                deadline_s=SPRAY_S,
                clock=self.clock,
                what=f"{self.pump.name}.pressure_bar",
            )
            # A pressure that needs less speed than it used to has found clogged nozzles.
            seen["pump_hz"] = await self.pump.frequency_hz.value()

        async def sprays() -> None:
            try:
                await self._spray_holds(bar)
            except Tripped:
                if await self._at(following):
                    return  # the controller opens the pump's enable as it goes on
                raise

        going_on = visit.until_step(self.plc, job, following, deadline_s=deadline_s)
        await while_well(going_on, sprays, self.clock, every_s=LOOK_S)
        return seen

    async def blown_dry(self, lpm: float, job: Job, deadline_s: float) -> float:
        """Blow nitrogen until the controller is Complete; return the flow in L/min.

        Raises NotReached without the flow, Tripped or DeviceFault if it is lost.
        """
        asked_sccm = lpm * SCCM_PER_LPM
        blown_sccm = asked_sccm

        async def blows() -> None:
            nonlocal blown_sccm
            await self.nitrogen.check()
            sccm = await self.nitrogen.flow_sccm.value()
            if sccm >= LEAST_PART * asked_sccm:
                blown_sccm = sccm
            elif (await self.plc.look()).state is PackMl.EXECUTE:
                # Once the step is over the controller's valve is closed.
                raise Tripped(
                    f"gives {sccm:.0f} of {asked_sccm:.0f} sccm", source=self.nitrogen.name
                )

        async with self.nitrogen.flowing(
            asked_sccm,
            within_sccm=NITROGEN_WITHIN * asked_sccm,
            dwell_s=NITROGEN_DWELL_S,
            deadline_s=NITROGEN_S,
        ):
            complete = visit.until_complete(self.plc, job, deadline_s=deadline_s)
            await while_well(complete, blows, self.clock, every_s=LOOK_S)
        return blown_sccm / SCCM_PER_LPM

    async def _healthy_bar(self) -> float:
        with suppress(Tripped):  # the controller may still be about to close the terminal
            await self.pump.check()
        return await self.pump.pressure_bar.value()

    async def _spray_holds(self, asked_bar: float) -> None:
        await self.pump.check()
        seen_bar = await self.pump.pressure_bar.value()
        if not seen_bar >= LEAST_PART * asked_bar:
            raise Tripped(f"sprays with {seen_bar:.2f} of {asked_bar:g} bar", source=self.pump.name)

    async def _at(self, step: Step) -> bool:
        """Whether the controller has come to a step of its sequence, or to its end."""
        status = await self.plc.look()
        return status.state in visit.ENDED_WELL or status.step_no >= step
