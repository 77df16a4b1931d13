"""The stripper: every resist off in two solvent tanks, then rinse and dry."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock
from drivers.core.errors import InterlockOpen, Refused
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.core.waiting import settle
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.procedure import fleet, guards, visit
from drivers.procedure.sampling import process_of, sampling
from drivers.setpoints.stripper import StripperSetpoints
from drivers.stripper_flows import Flows
from drivers.stripper_map import ALARMS, Order, Step, StripperMap

PERMISSIVES: Final = (
    *("emergency_stop", "doors", "n2", "exhaust", "leak_clear"),
    *("high_temperature_clear", "over_level_clear"),
)
# In these states the basket has not been in solvent, or is rinsed and dry.
NOT_WET: Final = frozenset(
    {PackMl.IDLE, PackMl.STARTING, PackMl.RESETTING, PackMl.COMPLETING, PackMl.COMPLETE}
)
TANK_BAND_C: Final = 2.0
TANK_DWELL_S: Final = 30.0
TANK_LOOK_S: Final = 5.0  # the tank was there a moment ago
TANK_S: Final = 7200.0
TANK_POLL_S: Final = 2.0
MIN_LEVEL_PCT: Final = 60.0  # below this a heater may come dry
MARGIN_S: Final = 600.0  # what the controller may take beyond the time it was given
SAMPLE_S: Final = 10.0
STILL_S: Final = 15.0
PLC_SAFE_S: Final = 25.0
PUMP_SAFE_S: Final = 30.0

TEMPERING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
# Solvent goes on attacking tin and copper while anyone thinks: only the lift stops it. How much
# resist is left after a broken strip is seen by eye: a person decides on a second visit.
STRIPPING: Final = visit.Manner(
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
    longest_hold_s=1800.0,
)


@dataclass(frozen=True)
class Stripper:
    """The verbs of a stripper, whose controller runs the sequence by itself."""

    kind: ClassVar[str] = "stripper"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "tank_heater": "lumel_re72",
        "spray_pump": "xylem_hydrovar",
        "nitrogen": "alicat_mc",
    }

    name: str
    plc: ClickPlc
    tank_heater: LumelRe72
    spray_pump: XylemHydrovar
    nitrogen: AlicatMc
    clock: Clock

    @property
    def map(self) -> StripperMap:
        """The stripper's own part of its controller."""
        return StripperMap(self.plc)

    @property
    def flows(self) -> Flows:
        """What runs through the nozzles of the tanks and of the dryer."""
        return Flows(self.plc, self.spray_pump, self.nitrogen, self.clock)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Idle inside, unless this job is at work already."""
        return visit.plc_sequence(self.plc, job)

    def procedure(self, setpoints: StripperSetpoints, job: Job) -> Sequence[Phase]:
        """Tank, first and second solvent, water, dry."""
        s = setpoints
        longest_s = s.deadline_min * 60
        strip_s = min(s.strip_s + TANK_S, longest_s)
        second_s = min(s.second_s + MARGIN_S, longest_s)
        rinse_s = min(s.rinse_s + s.dry_s + MARGIN_S, longest_s)
        return (
            TEMPERING.phase("bring_tank", lambda: self._bring_tank(s, job), min(TANK_S, longest_s)),
            STRIPPING.phase("strip", lambda: self._strip(s, job), strip_s, "s"),
            STRIPPING.phase("second", lambda: self._second(s, job), second_s),
            RINSING.phase("rinse", lambda: self._rinse(s, job), rinse_s),
            RINSING.phase("dry", lambda: self._dry(s, job), rinse_s),
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
        """Basket out of the solvent, no heat, spray and nitrogen off; what is not sure."""
        return await fleet.make_all_safe(
            [
                fleet.SafeStep(self.plc.name, self._stop_and_lift, PLC_SAFE_S),
                fleet.safe(self.tank_heater),
                fleet.safe(self.spray_pump, PUMP_SAFE_S),
                fleet.safe(self.nitrogen),
            ]
        )

    async def evidence(self, job_id: str) -> Evidence:
        """How long the basket was in solvent, as the controller counted it."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "tank_heater": self.tank_heater,
            "spray_pump": self.spray_pump,
            "nitrogen": self.nitrogen,
        }

    async def _bring_tank(self, setpoints: StripperSetpoints, job: Job) -> Done:
        """Bring the first tank to temperature; raise InterlockOpen before it heats dry."""
        level_pct = await self.map.level_pct.value()
        if not level_pct >= MIN_LEVEL_PCT:
            raise InterlockOpen(f"solvent level at {level_pct:g} %", source=self.plc.name)
        reading = self.tank_heater.temperature_c.value
        async with visit.reporting(job, self.clock, reading, setpoints.tank_c, "C"):
            tank_c = await self._tempered(setpoints, TANK_DWELL_S)
        return Done({"tank_c": tank_c, "level_pct": level_pct})

    async def _tempered(self, setpoints: StripperSetpoints, dwell_s: float) -> float:
        """Heater and the controller's own sensor agree that the tank is at temperature."""
        await self.tank_heater.hold(
            setpoints.tank_c, deadline_s=TANK_S, within_c=TANK_BAND_C, dwell_s=dwell_s
        )
        return await settle(
            self.map.tank_c.value,
            setpoints.tank_c,
            within=TANK_BAND_C,
            dwell_s=TANK_LOOK_S,
            deadline_s=TANK_S,
            clock=self.clock,
            what=f"{self.plc.name}: tank_c",
            poll_s=TANK_POLL_S,
        )

    async def _strip(self, setpoints: StripperSetpoints, job: Job) -> Done:
        """Start, with solvent spraying; return once the basket is on its way to the second tank.

        Raises Refused for a wafer that was in solvent in an earlier attempt, and InterlockOpen,
        before anything is sent; Tripped or DeviceFault if the spray is lost.
        """
        async with self.spray_pump.armed(setpoints.spray_bar):
            if not await guards.begun(self.plc, job):
                await self._start(setpoints, job)
            async with sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
                spray = await self.flows.sprayed(
                    setpoints.spray_bar, job, Step.SECOND, setpoints.strip_s + MARGIN_S
                )
        return Done(
            {
                "immersed_s": (await process_of(self.map)())["immersed_s"],
                "highest_tank_c": seen.highest("tank_c"),
                **spray,
                **seen.middle("tank_c", "level_pct", "vapour_c"),
            }
        )

    async def _start(self, setpoints: StripperSetpoints, job: Job) -> None:
        guards.only_once(job, "strip", "s", self.plc.name)
        if await visit.ours(self.plc, job) and await self.map.immersed_s.value() > 0:
            raise Refused("this wafer has been in solvent: not again", source=self.plc.name)
        await guards.ready(self.plc, PERMISSIVES)
        await self._tempered(setpoints, TANK_LOOK_S)
        await self.map.strip_setpoint_s.write_and_verify(setpoints.strip_s)
        await self.map.second_setpoint_s.write_and_verify(setpoints.second_s)
        await self.map.rinse_setpoint_s.write_and_verify(setpoints.rinse_s)
        await self.map.dry_setpoint_s.write_and_verify(setpoints.dry_s)
        await self.map.agitation_setpoint_pct.write_and_verify(setpoints.agitation_pct)
        await visit.begin(self.plc, job)

    async def _second(self, setpoints: StripperSetpoints, job: Job) -> Done:
        """Wait while the basket is in the second, clean tank, sprayed as in the first."""
        async with self.spray_pump.armed(setpoints.spray_bar):
            spray = await self.flows.sprayed(
                setpoints.spray_bar, job, Step.RINSE, setpoints.second_s + MARGIN_S
            )
        immersed_s = (await process_of(self.map)())["immersed_s"]
        return Done({"immersed_s": immersed_s, **spray})

    async def _rinse(self, setpoints: StripperSetpoints, job: Job) -> Done:
        """Wait while water runs; a sequence that was broken off is rinsed again by hand."""
        if await guards.begun(self.plc, job):
            deadline_s = setpoints.rinse_s + MARGIN_S
            await visit.until_step(self.plc, job, Step.DRY, deadline_s=deadline_s)
        else:
            await self._rinse_by_hand(setpoints)
        return Done()

    async def _dry(self, setpoints: StripperSetpoints, job: Job) -> Done:
        """Blow nitrogen until the controller has ended; bring it to Idle.

        Raises NotReached or Tripped without enough nitrogen.
        """
        nitrogen_lpm = 0.0
        if not await guards.begun(self.plc, job):
            await self._rinse_by_hand(setpoints)
        elif (await self.plc.look()).state is PackMl.EXECUTE:
            nitrogen_lpm = await self.flows.blown_dry(
                setpoints.dry_nitrogen_lpm, job, setpoints.dry_s + MARGIN_S
            )
        if await guards.begun(self.plc, job):
            await visit.until_complete(self.plc, job, deadline_s=MARGIN_S)
        await visit.to_rest(self.plc)
        return Done({"nitrogen_lpm": nitrogen_lpm})

    async def _rinse_by_hand(self, setpoints: StripperSetpoints) -> None:
        deadline_s = setpoints.rinse_s + setpoints.dry_s + MARGIN_S
        await self.plc.perform(Order.LIFT_AND_RINSE, deadline_s=deadline_s)

    async def _stop_and_lift(self) -> None:
        """Bring the controller to rest; a basket that may be in solvent is lifted and rinsed.

        Returns once the basket no longer counts as immersed; rinse and dry go on by themselves.
        """
        state = PackMl(int(await self.plc.state_current.value()))
        immersed_s = self.map.immersed_s.value
        wet = state not in NOT_WET and await immersed_s() > 0
        await self.plc.make_safe()
        if wet:
            await self.plc.command(Order.LIFT_AND_RINSE)
            what = f"{self.plc.name}: immersed_s"
            await guards.stands_still(immersed_s, deadline_s=STILL_S, clock=self.clock, what=what)

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        immersed_s = await self.map.immersed_s.value()
        status = await self.plc.look()
        return {"strip": immersed_s}, (
            f"{self.plc.name}: in solvent for {immersed_s:.0f} s; it is in {status.says()}",
        )
