"""The oven's atmosphere: nitrogen by its flow controller, formic acid, and oxygen below a limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Tripped
from drivers.core.tool import Job
from drivers.core.waiting import settle
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.click_plc import ClickPlc
from drivers.procedure import visit
from drivers.procedure.sampling import process_of
from drivers.reflow_oven_map import Order, ReflowOvenMap
from drivers.setpoints.reflow_oven import ReflowOvenSetpoints

ORDER_S: Final = 300.0
OXYGEN_DWELL_S: Final = 10.0
OXYGEN_S: Final = 1800.0
OXYGEN_POLL_S: Final = 2.0
SCCM_PER_LPM: Final = 1000
NITROGEN_S: Final = 120.0
NITROGEN_WITHIN: Final = 0.03
NITROGEN_DWELL_S: Final = 2.0
LEAST_NITROGEN: Final = 0.5  # of what was asked for: less does not carry the formic acid away


def hundredths(formic_pct: float) -> int:
    """A concentration as the controller takes it."""
    return round(formic_pct * 100)


@dataclass(frozen=True)
class Atmosphere:
    """What the tunnel is filled with."""

    plc: ClickPlc
    nitrogen: AlicatMc
    clock: Clock

    async def bring(self, setpoints: ReflowOvenSetpoints, job: Job) -> Mapping[str, float]:
        """Nitrogen before formic acid, then wait until oxygen is below the recipe's limit.

        Raises NotReached if nitrogen or oxygen do not come there, and whatever the flow
        controller raises.
        """
        limit_ppm, plc_map = setpoints.oxygen_limit_ppm, ReflowOvenMap(self.plc)
        nitrogen_lpm = await self._flow(setpoints.nitrogen_lpm)
        formic = hundredths(setpoints.formic_pct)
        await self.plc.perform(Order.FORMIC, formic, deadline_s=ORDER_S)

        async def too_much_ppm() -> float:
            return max(0.0, await plc_map.oxygen_ppm.value() - limit_ppm)

        async with visit.reporting(job, self.clock, plc_map.oxygen_ppm.value, limit_ppm, "ppm"):
            await settle(
                too_much_ppm,
                0.0,
                within=0.0,
                dwell_s=OXYGEN_DWELL_S,
                deadline_s=OXYGEN_S,
                clock=self.clock,
                what=f"{self.plc.name}: oxygen above {limit_ppm:g} ppm",
                poll_s=OXYGEN_POLL_S,
            )
        now = await process_of(plc_map)()
        kept = {name: now[name] for name in ("oxygen_ppm", "formic_pct")}
        return {**kept, "nitrogen_lpm": nitrogen_lpm}

    async def check(self, asked_lpm: float) -> None:
        """Raise Tripped for too little nitrogen, DeviceFault for a fault of its controller.

        The formic acid is off in both cases.
        """
        try:
            await self._refuse_too_little(asked_lpm)
        except (DeviceFault, Tripped):
            await self.plc.perform(Order.FORMIC, 0, deadline_s=ORDER_S)
            raise

    async def _refuse_too_little(self, asked_lpm: float) -> None:
        await self.nitrogen.check()
        lpm = await self.nitrogen.flow_sccm.value() / SCCM_PER_LPM
        if not lpm >= LEAST_NITROGEN * asked_lpm:
            raise Tripped(f"gives {lpm:.0f} of {asked_lpm:g} L/min", source=self.nitrogen.name)

    async def _flow(self, lpm: float) -> float:
        await self.plc.perform(Order.NITROGEN_VALVE, 1, deadline_s=ORDER_S)
        asked_sccm = lpm * SCCM_PER_LPM
        sccm = await self.nitrogen.flow(
            asked_sccm,
            within_sccm=NITROGEN_WITHIN * asked_sccm,
            dwell_s=NITROGEN_DWELL_S,
            deadline_s=NITROGEN_S,
        )
        return sccm / SCCM_PER_LPM
