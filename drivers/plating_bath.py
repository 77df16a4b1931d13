"""The bath of a plating cell: whether it is fit for a wafer, and its circulation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Refused, Tripped
from drivers.core.waiting import settle
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.plating_cell_map import PH, Order, PlatingCellMap

BATH_WITHIN_C: Final = 3.0
LPM_PER_HZ: Final = 0.5  # of the circulation pump
TENTHS: Final = 10
PUMP_S: Final = 60.0
FLOW_S: Final = 60.0
FLOW_WITHIN: Final = 0.1
FLOW_DWELL_S: Final = 2.0
SPEED_WITHIN: Final = 0.05
ORDER_S: Final = 30.0


def hertz_for(flow_lpm: float) -> float:
    """How fast the pump must turn for a flow."""
    return flow_lpm / LPM_PER_HZ


@dataclass(frozen=True)
class Bath:
    """What keeps a bath as it must be, and what looks at it."""

    map: PlatingCellMap
    thermostat: JulaboCf31
    pump: XylemHydrovar
    ph: HamiltonPhArc
    clock: Clock

    async def fit(self, bath: str, bath_c: float) -> Mapping[str, float]:
        """Raise Refused unless temperature and pH are right and both thermometers agree.

        Raises DeviceFault if the pH sensor says that its values must not be used.
        """
        held_c = await self.thermostat.temperature_c.value()
        if not await self.thermostat.running() or not abs(held_c - bath_c) <= BATH_WITHIN_C:
            raise Refused(f"the bath is at {held_c:.1f} C or at rest", source=self.thermostat.name)
        await self.ph.check()
        seen_c, ph = await self.ph.temperature_c.value(), await self.ph.ph.value()
        if not abs(seen_c - bath_c) <= BATH_WITHIN_C:
            raise Refused(f"the bath is at {seen_c:.1f} C at the pH sensor", source=self.ph.name)
        window = PH[bath]
        if ph not in window:
            raise Refused(
                f"pH {ph:.2f} is outside {window.low:g} to {window.high:g}", source=self.ph.name
            )
        return {"bath_c": held_c, "ph": ph}

    async def circulate(self, flow_lpm: float) -> Mapping[str, float]:
        """Bring the pump to the speed of a flow, and go on so once the controller measures it.

        Raises NotReached if speed or flow do not come, and whatever the pump raises.
        """
        tenths = round(flow_lpm * TENTHS)
        await self.map.plc.perform(Order.CIRCULATION, 1, tenths, deadline_s=ORDER_S)
        pump_hz = await self.pump.turn(hertz_for(flow_lpm), deadline_s=PUMP_S)
        seen_lpm = await settle(
            self.map.flow_lpm.value,
            flow_lpm,
            within=FLOW_WITHIN * flow_lpm,
            dwell_s=FLOW_DWELL_S,
            deadline_s=FLOW_S,
            clock=self.clock,
            what=f"{self.map.name}.flow_lpm",
        )
        return {"flow_lpm": seen_lpm, "pump_hz": pump_hz}

    async def rest(self) -> None:
        """Take the pump's enable away, so that no flow is expected, then stop it."""
        await self.map.plc.perform(Order.CIRCULATION, 0, deadline_s=ORDER_S)
        await self.pump.make_safe()

    async def check(self, flow_lpm: float, bath_c: float) -> Mapping[str, float]:
        """What matters while current flows; raise Tripped if circulation or heat are lost.

        A pH that can no longer be told does not spoil what is being plated: the next wafer is
        refused.
        """
        await self.pump.check()
        pump_hz = await self.pump.frequency_hz.value()
        asked_hz = hertz_for(flow_lpm)
        if not abs(pump_hz - asked_hz) <= SPEED_WITHIN * asked_hz:
            raise Tripped(f"turns at {pump_hz:g} of {asked_hz:g} Hz", source=self.pump.name)
        await self.thermostat.check()
        held_c = await self.thermostat.temperature_c.value()
        if not abs(held_c - bath_c) <= BATH_WITHIN_C:
            raise Tripped(f"the bath is at {held_c:.1f} C", source=self.thermostat.name)
        seen = {"bath_c": held_c, "pump_hz": pump_hz}
        try:
            return {**seen, "ph": await self.ph.ph.value()}
        except DeviceFault:
            return {**seen, "ph_lost": 1.0}
