"""Charge delivered to a wafer in the bath, with an eye on everything that must hold meanwhile."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DeviceFault, ReadBackDiffers, Tripped
from drivers.core.points import Sample
from drivers.plating_bath import Bath
from drivers.plating_cell_map import PlatingCellMap
from drivers.plating_charge import ChargeIntegrator, agree, is_last, wait_s
from drivers.plating_rectifier import Rectifier, Waveform
from drivers.procedure.visit import REPORT_EVERY_S, Reporter
from drivers.setpoints.plating_cell import PlatingCellSetpoints

LEAST_FLOW: Final = 0.5  # of what was asked for; the controller gives its own alarm there
CURRENT_WITHIN: Final = 0.03
CURRENT_FLOOR_A: Final = 0.05
COUNT_WITHIN: Final = 0.03  # between the ampere-hour meter and the rectifier's own current
COUNT_FLOOR_C: Final = 5.0
RAMP_S: Final = 3.0  # how long the current may take to get there
MS_PER_S: Final = 1000


def waveform_of(setpoints: PlatingCellSetpoints) -> Waveform:
    """The current that a recipe asks for."""
    return Waveform(
        setpoints.amps,
        setpoints.reverse_amps,
        (setpoints.forward_ms or 0.0) / MS_PER_S,
        (setpoints.reverse_ms or 0.0) / MS_PER_S,
    )


@dataclass(frozen=True)
class Cell:
    """What is read and driven while charge is delivered."""

    map: PlatingCellMap
    rectifier: Rectifier
    bath: Bath
    clock: Clock


class PlatingRun:
    """One delivery: `start_c` was on the meter before it; `seen_c` is what it shows now."""

    def __init__(
        self, cell: Cell, setpoints: PlatingCellSetpoints, start_c: float, reporter: Reporter
    ) -> None:
        self._cell, self._setpoints, self._reporter = cell, setpoints, reporter
        self._waveform = waveform_of(setpoints)
        self._integral = ChargeIntegrator()
        self._started_at_s = self._bath_at_s = cell.clock.monotonic()
        self._start_c = self.seen_c = start_c
        self.readings: dict[str, float] = {}

    async def deliver(self) -> None:
        """Bring the meter to the charge asked for; the rectifier is off on leaving.

        Raises Tripped if permit, flow, bath or current were lost on the way, and whatever the
        rectifier raises.
        """
        setpoints, clock, mean_a = self._setpoints, self._cell.clock, self._waveform.mean_a
        async with self._cell.rectifier.delivering(self._waveform, setpoints.volts_limit):
            self._started_at_s = clock.monotonic()
            await self._add_current()
            while True:
                looked_at_s = clock.monotonic()
                await self._look()
                left_c = setpoints.charge_c - self.seen_c
                if left_c <= 0:
                    break
                await clock.sleep_until(looked_at_s + wait_s(left_c, mean_a))
                if is_last(left_c, mean_a):
                    break
            await self._add_current()
        self.readings["plated_s"] = clock.monotonic() - self._started_at_s

    async def compared(self) -> Mapping[str, float]:
        """The charge by both counts; raise ReadBackDiffers if they do not agree."""
        await sleep(self._cell.clock, 1.0)  # the meter's last count
        self.seen_c = await self._cell.map.charge_c.value()
        if not self._counts_agree():
            counted_c, integrated_c = self.seen_c - self._start_c, self._integral.charge_c
            raise ReadBackDiffers(
                f"the ampere-hour meter counted {counted_c:.1f} C and the rectifier gave "
                f"{integrated_c:.1f} C",
                source=self._cell.map.name,
            )
        charge = {"charge_c": self.seen_c, "rectifier_c": self._integral.charge_c}
        return {**self.readings, **charge}

    async def _look(self) -> None:
        """Read everything that must hold; raise Tripped for what does not."""
        seen = await self._cell.map.readings()
        self.seen_c = seen["charge_c"].value
        await self._refuse_lost(seen)
        try:
            await self._cell.rectifier.check(self._waveform)
        except (DeviceFault, Tripped):
            # The permit is the rectifier's enable: it may have fallen between the two looks.
            await self._refuse_lost(await self._cell.map.readings())
            raise
        amps = await self._add_current()
        self._refuse_wrong_current(amps)
        if self._cell.clock.monotonic() >= self._bath_at_s:
            self._bath_at_s = self._cell.clock.monotonic() + REPORT_EVERY_S
            await self._look_at_bath(amps, seen["flow_lpm"].value)
        self._reporter.note(self.seen_c)

    async def _refuse_lost(self, seen: Mapping[str, Sample]) -> None:
        flow_lpm = seen["flow_lpm"].value
        if not flow_lpm >= LEAST_FLOW * self._setpoints.flow_lpm:
            with suppress(Tripped):  # a fault of the pump says more than the flow that it cost
                await self._cell.bath.pump.check()
            raise Tripped(
                f"flow lost, {flow_lpm:.1f} L/min, at {self._so_far()}", source=self._cell.map.name
            )
        if not seen["current_permit"].value:
            raise Tripped(f"current permit lost at {self._so_far()}", source=self._cell.map.name)

    def _refuse_wrong_current(self, amps: float) -> None:
        """Pulses are looked at between their two currents, and by the charge that they leave."""
        asked, asked_a = self._waveform, self._waveform.forward_a
        off_a = max(CURRENT_WITHIN * asked_a, CURRENT_FLOOR_A)
        lowest_a = -asked.reverse_a if asked.reverses else asked_a
        right = lowest_a - off_a <= amps <= asked_a + off_a
        if asked.reverses and not self._counts_agree():
            right = False
        if not right and self._cell.clock.monotonic() - self._started_at_s > RAMP_S:
            counted_c = self.seen_c - self._start_c
            raise Tripped(
                f"{amps:.3f} A instead of {asked_a:.3f} A, {counted_c:.1f} C counted, "
                f"at {self._so_far()}",
                source=self._cell.rectifier.name,
            )

    def _counts_agree(self) -> bool:
        counted_c = self.seen_c - self._start_c
        return agree(counted_c, self._integral.charge_c, within=COUNT_WITHIN, floor_c=COUNT_FLOOR_C)

    async def _look_at_bath(self, amps: float, flow_lpm: float) -> None:
        asked = self._setpoints
        self.readings |= await self._cell.bath.check(asked.flow_lpm, asked.bath_c)
        volts = await self._cell.rectifier.volts()
        self.readings |= {"voltage_v": volts, "current_a": amps, "flow_lpm": flow_lpm}

    async def _add_current(self) -> float:
        """Count the current; of pulses their mean, which no single look can show."""
        amps = await self._cell.rectifier.amps()
        counted_a = self._waveform.mean_a if self._waveform.reverses else amps
        self._integral = self._integral.add(self._cell.clock.monotonic(), counted_a)
        return amps

    def _so_far(self) -> str:
        return f"{self.seen_c:.0f} of {self._setpoints.charge_c:g} C"
