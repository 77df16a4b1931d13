"""Charge delivered to a wafer in the bath, with an eye on everything that must hold meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DeviceFault, ReadBackDiffers, Tripped
from drivers.core.points import Sample
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.plating_cell_map import PlatingCellMap
from drivers.plating_charge import ChargeIntegrator, agree, is_last, wait_s
from drivers.procedure.visit import REPORT_EVERY_S, Reporter
from drivers.setpoints.plating_cell import PlatingCellSetpoints

LEAST_FLOW: Final = 0.5  # of what was asked for; the controller gives its own alarm there
BATH_WITHIN_C: Final = 3.0
CURRENT_WITHIN: Final = 0.03
CURRENT_FLOOR_A: Final = 0.05
COUNT_WITHIN: Final = 0.03  # between the ampere-hour meter and the rectifier's own current
COUNT_FLOOR_C: Final = 5.0
RAMP_S: Final = 3.0  # how long the current may take to get there


@dataclass(frozen=True)
class Cell:
    """What is read and driven while charge is delivered."""

    map: PlatingCellMap
    rectifier: TdkGenesys
    bath: JulaboCf31
    clock: Clock


class PlatingRun:
    """One delivery: `start_c` was on the meter before it; `seen_c` is what it shows now."""

    def __init__(
        self, cell: Cell, setpoints: PlatingCellSetpoints, start_c: float, reporter: Reporter
    ) -> None:
        self._cell, self._setpoints, self._reporter = cell, setpoints, reporter
        self._integral = ChargeIntegrator()
        self._started_at_s = self._bath_at_s = cell.clock.monotonic()
        self._start_c = self.seen_c = start_c
        self.readings: dict[str, float] = {}

    async def deliver(self) -> None:
        """Bring the meter to the charge asked for; the rectifier is off on leaving.

        Raises Tripped if permit, flow, bath or current were lost on the way, and whatever the
        rectifier raises.
        """
        setpoints, clock = self._setpoints, self._cell.clock
        async with self._cell.rectifier.delivering(setpoints.amps, setpoints.volts_limit):
            self._started_at_s = clock.monotonic()
            await self._add_current()
            while True:
                looked_at_s = clock.monotonic()
                await self._look()
                left_c = setpoints.charge_c - self.seen_c
                if left_c <= 0:
                    break
                await clock.sleep_until(looked_at_s + wait_s(left_c, setpoints.amps))
                if is_last(left_c, setpoints.amps):
                    break
            await self._add_current()
        self.readings["plated_s"] = clock.monotonic() - self._started_at_s

    async def compared(self) -> Mapping[str, float]:
        """The charge by both counts; raise ReadBackDiffers if they do not agree."""
        await sleep(self._cell.clock, 1.0)  # the meter's last count
        self.seen_c = await self._cell.map.charge_c.value()
        counted_c, integrated_c = self.seen_c - self._start_c, self._integral.charge_c
        if not agree(counted_c, integrated_c, within=COUNT_WITHIN, floor_c=COUNT_FLOOR_C):
            raise ReadBackDiffers(
                f"the ampere-hour meter counted {counted_c:.1f} C and the rectifier gave "
                f"{integrated_c:.1f} C",
                source=self._cell.map.name,
            )
        return {**self.readings, "charge_c": self.seen_c, "rectifier_c": integrated_c}

    async def _look(self) -> None:
        """Read everything that must hold; raise Tripped for what does not."""
        seen = await self._cell.map.readings()
        self.seen_c = seen["charge_c"].value
        self._refuse_lost(seen)
        try:
            await self._cell.rectifier.check()
        except (DeviceFault, Tripped):
            # The permit is the rectifier's enable: it may have fallen between the two looks.
            self._refuse_lost(await self._cell.map.readings())
            raise
        amps = await self._add_current()
        self._refuse_wrong_current(amps)
        if self._cell.clock.monotonic() >= self._bath_at_s:
            self._bath_at_s = self._cell.clock.monotonic() + REPORT_EVERY_S
            await self._look_at_bath(amps)
            self.readings["flow_lpm"] = seen["flow_lpm"].value
        self._reporter.note(self.seen_c)

    def _refuse_lost(self, seen: Mapping[str, Sample]) -> None:
        flow_lpm = seen["flow_lpm"].value
        if not flow_lpm >= LEAST_FLOW * self._setpoints.flow_lpm:
            raise Tripped(
                f"flow lost, {flow_lpm:.1f} L/min, at {self._so_far()}", source=self._cell.map.name
            )
        if not seen["current_permit"].value:
            raise Tripped(f"current permit lost at {self._so_far()}", source=self._cell.map.name)

    def _refuse_wrong_current(self, amps: float) -> None:
        asked_a = self._setpoints.amps
        off_a = max(CURRENT_WITHIN * asked_a, CURRENT_FLOOR_A)
        if abs(amps - asked_a) <= off_a:
            return
        if self._cell.clock.monotonic() - self._started_at_s > RAMP_S:
            raise Tripped(
                f"{amps:.3f} A instead of {asked_a:.3f} A at {self._so_far()}",
                source=self._cell.rectifier.name,
            )

    async def _look_at_bath(self, amps: float) -> None:
        await self._cell.bath.check()
        bath_c = await self._cell.bath.temperature_c.value()
        if not abs(bath_c - self._setpoints.bath_c) <= BATH_WITHIN_C:
            raise Tripped(
                f"the bath is at {bath_c:.1f} C at {self._so_far()}", source=self._cell.bath.name
            )
        volts = await self._cell.rectifier.voltage_v.value()
        self.readings |= {"bath_c": bath_c, "voltage_v": volts, "current_a": amps}

    async def _add_current(self) -> float:
        amps = await self._cell.rectifier.current_a.value()
        self._integral = self._integral.add(self._cell.clock.monotonic(), amps)
        return amps

    def _so_far(self) -> str:
        return f"{self.seen_c:.0f} of {self._setpoints.charge_c:g} C"
