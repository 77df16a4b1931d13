"""The developer: a bath at temperature, spray or puddle, rinse, dry."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock
from drivers.core.errors import Refused
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.core.waiting import settle
from drivers.developer_map import ALARMS, CHEMISTRY, DeveloperMap, Order, Step
from drivers.developer_spray import SPRAY_LOOK_S, Spray
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.procedure import fleet, guards, visit
from drivers.procedure.sampling import process_of, sampling
from drivers.procedure.watching import while_well
from drivers.setpoints.developer import DeveloperSetpoints

PERMISSIVES: Final = (
    *("emergency_stop", "doors", "exhaust", "di_or_chemical", "leak_clear", "over_level_clear"),
)
# In these states no developer has touched the wafer, or it is rinsed and dry.
NOT_WET: Final = frozenset(
    {PackMl.IDLE, PackMl.STARTING, PackMl.RESETTING, PackMl.COMPLETING, PackMl.COMPLETE}
)
BATH_BAND_C: Final = 0.3  # in the circulator
SUMP_BAND_C: Final = 1.0  # where the pump draws
BATH_DWELL_S: Final = 30.0
BATH_LOOK_S: Final = 5.0  # the bath was there a moment ago
BATH_S: Final = 3600.0
SUMP_POLL_S: Final = 2.0
MARGIN_S: Final = 300.0  # what the controller may take beyond the time it was given
SAMPLE_S: Final = 5.0
EMERGENCY_RINSE_S: Final = 40
STILL_S: Final = 10.0
PLC_SAFE_S: Final = 25.0
PUMP_SAFE_S: Final = 35.0

TEMPERING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
# Developer goes on acting while anyone thinks: only water stops it.
DEVELOPING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.LIFT_AND_RINSE,
    on_link_lost=SafeAction.LIFT_AND_RINSE,
    resume=Resume.NEVER,
    longest_hold_s=0.0,
)
RINSING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.LIFT_AND_RINSE,
    on_link_lost=SafeAction.LIFT_AND_RINSE,
    resume=Resume.REPEAT,
    longest_hold_s=600.0,
)


def breakpoint_pct(breakpoint_s: float, develop_s: float) -> float:
    """When the openings cleared, in % of the developing time; 0 if it was not seen."""
    return 100 * breakpoint_s / develop_s


@dataclass(frozen=True)
class Developer:
    """The verbs of a developer, whose controller runs the sequence by itself."""

    kind: ClassVar[str] = "developer"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "carbonate_bath": "julabo_cf31",
        "tmah_bath": "julabo_cf31",
        "spray_pump": "xylem_hydrovar",
    }

    name: str
    plc: ClickPlc
    carbonate_bath: JulaboCf31
    tmah_bath: JulaboCf31
    spray_pump: XylemHydrovar
    clock: Clock

    @property
    def map(self) -> DeveloperMap:
        """The developer's own part of its controller."""
        return DeveloperMap(self.plc)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Idle inside, unless this job is at work already."""
        return visit.plc_sequence(self.plc, job)

    def procedure(self, setpoints: DeveloperSetpoints, job: Job) -> Sequence[Phase]:
        """Bath, developer, water, dry."""
        s = setpoints
        longest_s = s.deadline_min * 60
        develop_s = min(s.develop_s + BATH_S, longest_s)
        rinse_s = min(s.rinse_s + s.dry_s + MARGIN_S, longest_s)
        return (
            TEMPERING.phase("bring_bath", lambda: self._bring_bath(s, job), min(BATH_S, longest_s)),
            DEVELOPING.phase("develop", lambda: self._develop(s, job), develop_s, "s"),
            RINSING.phase("rinse", lambda: self._rinse(s, job), rinse_s),
            RINSING.phase("dry", lambda: self._dry(s, job), rinse_s),
        )

    async def pulse(self) -> None:
        """Ask circulators and spray pump for a sign of life."""
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
        """Pump off, controller at rest, water on a wet wafer; says what is not confirmed."""
        return await fleet.make_all_safe(
            [
                fleet.SafeStep(self.plc.name, self._stop_and_rinse, PLC_SAFE_S),
                fleet.safe(self.spray_pump, PUMP_SAFE_S),
                fleet.safe(self.carbonate_bath),
                fleet.safe(self.tmah_bath),
            ]
        )

    async def evidence(self, job_id: str) -> Evidence:
        """How long developer acted on the job, as the controller counted it."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "carbonate_bath": self.carbonate_bath,
            "tmah_bath": self.tmah_bath,
            "spray_pump": self.spray_pump,
        }

    def _bath(self, setpoints: DeveloperSetpoints) -> JulaboCf31:
        return self.carbonate_bath if setpoints.chemistry == "na2co3" else self.tmah_bath

    async def _bring_bath(self, setpoints: DeveloperSetpoints, job: Job) -> Done:
        """Bring the bath of the recipe's chemistry to temperature, sump and all."""
        bath = self._bath(setpoints)
        await self.map.chemistry.write_and_verify(CHEMISTRY[setpoints.chemistry])
        async with visit.reporting(
            job, self.clock, bath.temperature_c.value, setpoints.bath_c, "C"
        ):
            circulator_c, sump_c = await self._tempered(setpoints, BATH_DWELL_S)
        return Done({"circulator_c": circulator_c, "bath_c": sump_c})

    async def _tempered(self, setpoints: DeveloperSetpoints, dwell_s: float) -> tuple[float, float]:
        circulator_c = await self._bath(setpoints).hold(
            setpoints.bath_c, deadline_s=BATH_S, within_c=BATH_BAND_C, dwell_s=dwell_s
        )
        sump_c = await settle(
            self.map.bath_c.value,
            setpoints.bath_c,
            within=SUMP_BAND_C,
            dwell_s=BATH_LOOK_S,
            deadline_s=BATH_S,
            clock=self.clock,
            what=f"{self.plc.name}: bath_c",
            poll_s=SUMP_POLL_S,
        )
        return circulator_c, sump_c

    async def _develop(self, setpoints: DeveloperSetpoints, job: Job) -> Done:
        """Start; return once the water has taken over from the developer.

        Raises Refused for a wafer that was developed in an earlier attempt, and InterlockOpen,
        before anything is sent; errors as `Spray.on` while the developer acts.
        """
        spray = Spray(self.plc, self.spray_pump, setpoints.spray_bar)
        begun = await guards.begun(self.plc, job)
        if not begun:
            await self._prepare(setpoints, job)
        async with spray.on(), sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
            if not begun:
                await visit.begin(self.plc, job)
            deadline_s = setpoints.develop_s + MARGIN_S
            work = visit.until_step(self.plc, job, Step.RINSE, deadline_s=deadline_s)
            await while_well(work, spray.look, self.clock, every_s=SPRAY_LOOK_S)
        now = await process_of(self.map)()
        breakpoint_s = now["breakpoint_s"]
        return Done(
            {
                "developed_s": now["developed_s"],
                "breakpoint_s": breakpoint_s,
                "breakpoint_pct": breakpoint_pct(breakpoint_s, setpoints.develop_s),
                **seen.middle("bath_c", "conductivity_ms_cm", "spray_bar", "flow_lpm", "spin_rpm"),
                **spray.seen.all_middle(),
            }
        )

    async def _prepare(self, setpoints: DeveloperSetpoints, job: Job) -> None:
        guards.only_once(job, "develop", "s", self.plc.name)
        if await visit.ours(self.plc, job) and await self.map.developed_s.value() > 0:
            raise Refused("developer has acted on this wafer: not again", source=self.plc.name)
        await guards.ready(self.plc, PERMISSIVES)
        await self.map.chemistry.write_and_verify(CHEMISTRY[setpoints.chemistry])
        await self._tempered(setpoints, BATH_LOOK_S)
        await self.map.spray_setpoint_bar.write_and_verify(setpoints.spray_bar)
        await self.map.develop_setpoint_s.write_and_verify(setpoints.develop_s)
        await self.map.rinse_setpoint_s.write_and_verify(setpoints.rinse_s)
        await self.map.dry_setpoint_s.write_and_verify(setpoints.dry_s)

    async def _rinse(self, setpoints: DeveloperSetpoints, job: Job) -> Done:
        """Wait while water runs; a sequence that was broken off is rinsed again by hand."""
        async with sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
            if await guards.begun(self.plc, job):
                deadline_s = setpoints.rinse_s + MARGIN_S
                await visit.until_step(self.plc, job, Step.DRY, deadline_s=deadline_s)
            else:
                await self._rinse_by_hand(setpoints)
        return Done(seen.middle("rinse_mohm"))

    async def _dry(self, setpoints: DeveloperSetpoints, job: Job) -> Done:
        """Wait until the wafer is dry and the controller has ended; bring it to Idle."""
        async with sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
            if await guards.begun(self.plc, job):
                deadline_s = setpoints.dry_s + MARGIN_S
                await visit.until_complete(self.plc, job, deadline_s=deadline_s)
            else:
                await self._rinse_by_hand(setpoints)
        await visit.to_rest(self.plc)
        return Done(seen.middle("spin_rpm"))

    async def _rinse_by_hand(self, setpoints: DeveloperSetpoints) -> None:
        seconds = round(setpoints.rinse_s)
        deadline_s = setpoints.rinse_s + setpoints.dry_s + MARGIN_S
        await self.plc.perform(Order.RINSE, seconds, deadline_s=deadline_s)

    async def _stop_and_rinse(self) -> None:
        """Bring the controller to rest; a wafer that may be wet is rinsed, also a second time.

        Returns once the rinse has begun and the developer no longer acts.
        """
        state = PackMl(int(await self.plc.state_current.value()))
        developed_s = self.map.developed_s.value
        wet = state not in NOT_WET and await developed_s() > 0
        await self.plc.make_safe()
        if wet:
            await self.plc.command(Order.RINSE, EMERGENCY_RINSE_S)
            what = f"{self.plc.name}: developed_s"
            await guards.stands_still(developed_s, deadline_s=STILL_S, clock=self.clock, what=what)

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        developed_s = await self.map.developed_s.value()
        status = await self.plc.look()
        return {"develop": developed_s}, (
            f"{self.plc.name}: developer acted for {developed_s:.0f} s; it is in {status.says()}",
        )
