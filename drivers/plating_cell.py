"""A plating cell: one metal into the openings of one wafer, ended by its charge."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock
from drivers.core.errors import InterlockOpen, Refused
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.plating_bath import Bath
from drivers.plating_cell_map import ALARMS, CHEMISTRY, Order, PlatingCellMap
from drivers.plating_rectifier import Rectifier
from drivers.plating_run import Cell, PlatingRun, waveform_of
from drivers.procedure import fleet, visit
from drivers.setpoints.plating_cell import PlatingCellSetpoints

PLATE: Final = "plate"
VERB_S: Final = 120.0
BATH_S: Final = 3600.0
BATH_SETTLED_C: Final = 0.5
BATH_DWELL_S: Final = 30.0
LEAK_KPA: Final = 5.0  # more lost in the seal test and the bath would creep under the seal
SPREAD_PCT: Final = 20.0  # more between the contacts and the deposit is lopsided
SAME_CHARGE_C: Final = 0.5  # what is missing of a charge and not worth switching on for
SAFE_RINSE_S: Final = 20
PLC_SAFE_S: Final = 28.0
PUMP_SAFE_S: Final = 20.0
REACTION_S: Final = 10.0  # without current the bath attacks what is plated

SETTING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.LIFT_AND_RINSE,
    on_link_lost=SafeAction.LIFT_AND_RINSE,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
IN_BATH: Final = visit.Manner(
    on_hold=SafeAction.LIFT_AND_RINSE,
    on_abort=SafeAction.LIFT_AND_RINSE,
    on_link_lost=SafeAction.LIFT_AND_RINSE,
    resume=Resume.REPEAT,
    longest_hold_s=REACTION_S,
)
DOSING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.LIFT_AND_RINSE,
    on_link_lost=SafeAction.LIFT_AND_RINSE,
    resume=Resume.REMAINING,
    longest_hold_s=REACTION_S,
)


@dataclass(frozen=True)
class PlatingCell:
    """The verbs of a plating cell. Every verb leaves the current off if it raises."""

    kind: ClassVar[str] = "plating_cell"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "rectifier": "tdk_genesys",
        "bath": "julabo_cf31",
        "pump": "xylem_hydrovar",
        "ph": "hamilton_ph_arc",
    }
    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = {"rectifier": ("kepco_bop",)}

    name: str
    plc: ClickPlc
    rectifier: Rectifier
    bath: JulaboCf31
    pump: XylemHydrovar
    ph: HamiltonPhArc
    clock: Clock

    @property
    def map(self) -> PlatingCellMap:
        """The cell's own part of its controller."""
        return PlatingCellMap(self.plc)

    @property
    def liquid(self) -> Bath:
        """The bath with its thermostat, circulation and pH."""
        return Bath(self.map, self.bath, self.pump, self.ph, self.clock)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Execute inside."""
        return visit.host_sequence(self.plc, job)

    def procedure(self, setpoints: PlatingCellSetpoints, job: Job) -> Sequence[Phase]:
        """Bath, fixture, wetting, immersion, charge, lift, rinse; the charge ends the plating."""
        s, longest_s = setpoints, setpoints.deadline_min * 60
        verb_s = min(VERB_S, longest_s)
        prewet_s = min(s.prewet_s + VERB_S, longest_s)
        rinse_s = min(s.rinse_s + VERB_S, longest_s)
        return (
            SETTING.phase("bring_bath", lambda: self._bring_bath(s, job), min(BATH_S, longest_s)),
            SETTING.phase("clamp", self._clamp, verb_s),
            SETTING.phase("prewet", lambda: self._prewet(s), prewet_s),
            IN_BATH.phase("immerse", lambda: self._immerse(s), min(3 * VERB_S, longest_s)),
            DOSING.phase(PLATE, lambda: self._plate(s, job), longest_s, "c"),
            IN_BATH.phase("lift", self._lift, verb_s),
            SETTING.phase("rinse", lambda: self._rinse(s), rinse_s),
            SETTING.phase("release", self._release, verb_s),
            SETTING.phase("finish", self._finish, min(3 * VERB_S, longest_s)),
        )

    async def pulse(self) -> None:
        """Ask every instrument but the controller for a sign of life."""
        await fleet.pulse_all(self._fleet)

    async def snapshot(self) -> Mapping[str, Sample]:
        """Read everything once, by `role.point`; changes nothing."""
        return await fleet.snapshot_all(self._fleet, self.map)

    async def condition(self) -> Condition:
        """One look at the controller."""
        return await fleet.condition_of(self.plc, ALARMS)

    async def interlocks(self) -> Mapping[str, bool]:
        """Every permissive by name; True is well."""
        return await fleet.interlocks_of(self.plc)

    async def make_safe(self) -> Sequence[str]:
        """Current off, controller at rest, a clamped wafer out and being rinsed; then pump off.

        The bath stays at its temperature.
        """
        out = fleet.SafeStep(self.plc.name, self._rest_and_lift, PLC_SAFE_S)
        return await fleet.make_all_safe(
            [fleet.safe(self.rectifier), out],
            [fleet.safe(self.pump, PUMP_SAFE_S), fleet.safe(self.ph)],
        )

    async def evidence(self, job_id: str) -> Evidence:
        """The charge that the cell's ampere-hour meter counted for the job."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "rectifier": self.rectifier,
            "bath": self.bath,
            "pump": self.pump,
            "ph": self.ph,
        }

    async def _rest_and_lift(self) -> None:
        """Stop, which drops the current permit; then out, and a rinse that is not waited for."""
        try:
            await self.plc.make_safe()
        finally:
            if await self.map.sealed.value():
                await self.plc.perform(Order.LIFT, deadline_s=PLC_SAFE_S)
                await self.plc.command(Order.RINSE, SAFE_RINSE_S)

    async def _bring_bath(self, setpoints: PlatingCellSetpoints, job: Job) -> Done:
        """Bring the bath to its temperature.

        Raises Refused if another bath is in this cell, its rectifier cannot do what is asked or
        the pH is outside its window.
        """
        await self._refuse_another_cell(setpoints)
        read = self.bath.temperature_c.value
        async with visit.reporting(job, self.clock, read, setpoints.bath_c, "C"):
            bath_c = await self.bath.hold(
                setpoints.bath_c,
                deadline_s=min(BATH_S, setpoints.deadline_min * 60),
                within_c=BATH_SETTLED_C,
                dwell_s=BATH_DWELL_S,
            )
        fit = await self.liquid.fit(setpoints.bath, setpoints.bath_c)
        seen = await self.map.readings()
        kept = ("level_pct", "conductivity_ms_cm", "bath_ah_l", "n2_lpm")
        return Done({**fit, "bath_c": bath_c, **{name: seen[name].value for name in kept}})

    async def _refuse_another_cell(self, setpoints: PlatingCellSetpoints) -> None:
        held = int(await self.map.chemistry.value())
        if held != CHEMISTRY[setpoints.bath]:
            names = {number: name for name, number in CHEMISTRY.items()}
            raise Refused(
                f"this cell holds {names.get(held, held)}, not {setpoints.bath}",
                source=self.plc.name,
            )
        if waveform_of(setpoints).reverses and not self.rectifier.can_reverse:
            raise Refused("this rectifier cannot reverse its current", source=self.rectifier.name)

    async def _clamp(self) -> Done:
        """Clamp, seal and test; raise InterlockOpen if seal or contacts are not good enough."""
        await self.plc.perform(Order.CLAMP, 1, deadline_s=VERB_S)
        drop_kpa = await self.map.seal_drop_kpa.value()
        spread_pct = await self.map.contact_spread_pct.value()
        if not drop_kpa <= LEAK_KPA:
            raise InterlockOpen(f"the seal lost {drop_kpa:.1f} kPa in 5 s", source=self.plc.name)
        if not spread_pct <= SPREAD_PCT:
            raise InterlockOpen(f"the contacts differ by {spread_pct:.0f} %", source=self.plc.name)
        return Done({"seal_drop_kpa": drop_kpa, "contact_spread_pct": spread_pct})

    async def _prewet(self, setpoints: PlatingCellSetpoints) -> Done:
        """Drive the air out of the openings; nothing if no time is asked for."""
        seconds = round(setpoints.prewet_s)
        if seconds > 0:
            await self.plc.perform(Order.PREWET, seconds, deadline_s=seconds + VERB_S)
        return Done({"prewet_s": seconds})

    async def _immerse(self, setpoints: PlatingCellSetpoints) -> Done:
        """Circulate, then lower the wafer.

        Raises InterlockOpen unless it is sealed, NotReached without the flow, Refused for a bath
        that is not fit.
        """
        await visit.require(self.map.sealed, "the wafer is not sealed")
        await self.liquid.fit(setpoints.bath, setpoints.bath_c)
        circulation = await self.liquid.circulate(setpoints.flow_lpm)
        await self.plc.perform(Order.LOWER, deadline_s=VERB_S)
        return Done(circulation)

    async def _plate(self, setpoints: PlatingCellSetpoints, job: Job) -> Done:
        """Deliver what is missing of the charge at the current that the open area gives.

        Raises Refused if the bath is not fit, InterlockOpen without the current permit, Tripped
        if flow, pump, permit, bath or current were lost on the way, ReadBackDiffers if the two
        counts of the charge do not agree.
        """
        start_c = await self._start_c(job)
        if setpoints.charge_c - start_c <= SAME_CHARGE_C:
            return Done({"charge_c": start_c})
        if not await self.map.current_permit.value():
            await self._immerse(setpoints)  # a hold has lifted the wafer out
        else:
            await self.liquid.fit(setpoints.bath, setpoints.bath_c)
        await visit.require(self.map.current_permit, "the controller gives no current permit")
        reporter = visit.Reporter(job, self.clock, setpoints.charge_c, "c")
        cell = Cell(self.map, self.rectifier, self.liquid, self.clock)
        run = PlatingRun(cell, setpoints, start_c, reporter)
        await run.deliver()
        return Done(await run.compared())

    async def _start_c(self, job: Job) -> float:
        """What the meter shows for this job; Refused if it lost some of what is on record."""
        counted_c = await self.map.charge_c.value()
        already_c = job.already.get(PLATE, 0.0)
        if counted_c < already_c - SAME_CHARGE_C:
            raise Refused(
                f"{already_c:g} C are on record and the meter shows {counted_c:g} C",
                source=self.plc.name,
            )
        return counted_c

    async def _lift(self) -> Done:
        """Out of the bath; the circulation goes on."""
        await self.plc.perform(Order.LIFT, deadline_s=VERB_S)
        return Done()

    async def _rinse(self, setpoints: PlatingCellSetpoints) -> Done:
        """Rinse and dry above the bath."""
        seconds = round(setpoints.rinse_s)
        await self.plc.perform(Order.RINSE, seconds, deadline_s=seconds + VERB_S)
        return Done({"rinse_s": seconds})

    async def _release(self) -> Done:
        """Let the wafer go."""
        await self.plc.perform(Order.CLAMP, 0, deadline_s=VERB_S)
        return Done()

    async def _finish(self) -> Done:
        """Circulation at rest, then the end of the sequence."""
        if (await self.plc.look()).state is PackMl.EXECUTE:
            await self.liquid.rest()
        return await visit.finish(self.plc)

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        charge_c = await self.map.charge_c.value()
        return {PLATE: charge_c}, [f"{self.plc.name}: {charge_c:.1f} C counted for this job"]
