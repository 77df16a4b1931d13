"""The reflow oven: bumps melted once on a belt through eight zones, under formic acid."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, InterlockOpen, LinkLost, NotReached, Refused, Tripped
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.core.waiting import until
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.watlow_ezzone import WatlowEzzone
from drivers.procedure import fleet, guards, visit
from drivers.procedure.sampling import process_of, sampling
from drivers.procedure.watching import while_well
from drivers.reflow_atmosphere import ORDER_S, OXYGEN_S, Atmosphere
from drivers.reflow_belt import MOVING_M_MIN, Belt
from drivers.reflow_oven_map import ALARMS, Order, ReflowOvenMap
from drivers.setpoints.reflow_oven import ReflowOvenSetpoints

PERMISSIVES: Final = ("emergency_stop", "doors", "n2", "exhaust", "high_temperature_clear")
TUNNEL_M: Final = 3.85  # eight heated and three cooling zones of 0.35 m
ZONE_BAND_C: Final = 2.0
ZONE_DWELL_S: Final = 30.0
ZONE_LOOK_S: Final = 5.0  # the zones were there a moment ago
ZONES_S: Final = 3600.0
LOAD_S: Final = 60.0
MARGIN_S: Final = 300.0
SLOW_DOWN: Final = 2.0  # so many times the nominal transit, then the wafer is stuck
ARRIVAL_POLL_S: Final = 2.0
SAMPLE_S: Final = 10.0
LOOK_S: Final = 5.0
NO_FORMIC_PCT: Final = 0.05
HOLD_S: Final = 15.0
PLC_SAFE_S: Final = 25.0
BELT_SAFE_S: Final = 10.0

SETTING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.CLEAR_BELT,
    on_link_lost=SafeAction.CLEAR_BELT,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
# A wafer above liquidus cannot wait: whatever happens, the belt carries it out.
TRAVELLING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.CLEAR_BELT,
    on_link_lost=SafeAction.CLEAR_BELT,
    resume=Resume.NEVER,
    longest_hold_s=0.0,
)


def transit_s(belt_m_min: float) -> float:
    """How long a wafer takes through the tunnel."""
    return TUNNEL_M / belt_m_min * 60


@dataclass(frozen=True)
class ReflowOven:
    """The verbs of a reflow oven. The belt runs on, and so do the zones, if one raises."""

    kind: ClassVar[str] = "reflow_oven"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "zones": "watlow_ezzone",
        "belt": "trinamic_tmcm1110",
        "nitrogen": "alicat_mc",
    }

    name: str
    plc: ClickPlc
    zones: WatlowEzzone
    belt: TrinamicTmcm1110
    nitrogen: AlicatMc
    clock: Clock

    @property
    def map(self) -> ReflowOvenMap:
        """The oven's own part of its controller."""
        return ReflowOvenMap(self.plc)

    @property
    def conveyor(self) -> Belt:
        """The belt with its motor and its encoder."""
        return Belt(self.plc, self.belt, self.clock)

    @property
    def atmosphere(self) -> Atmosphere:
        """What the tunnel is filled with."""
        return Atmosphere(self.plc, self.nitrogen, self.clock)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Execute inside."""
        return visit.host_sequence(self.plc, job)

    def procedure(self, setpoints: ReflowOvenSetpoints, job: Job) -> Sequence[Phase]:
        """Zones, atmosphere, belt; then the wafer travels, and leaves."""
        s = setpoints
        longest_s = s.deadline_min * 60
        air_s = min(OXYGEN_S + 2 * ORDER_S, longest_s)
        travel_s = min(ZONES_S + SLOW_DOWN * transit_s(s.belt_m_min) + MARGIN_S, longest_s)
        order_s = min(ORDER_S, longest_s)
        return (
            SETTING.phase("heat_zones", lambda: self._heat(s, job), min(ZONES_S, longest_s)),
            SETTING.phase("atmosphere", lambda: self._atmosphere(s, job), air_s),
            SETTING.phase("belt", lambda: self._move(s), order_s),
            TRAVELLING.phase("travel", lambda: self._travel(s, job), travel_s, "m"),
            SETTING.phase("exit", self._exit, order_s),
            SETTING.phase("finish", self._finish, min(2 * ORDER_S, longest_s)),
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
        """No new load, what is inside travels out; sentences for what could not be confirmed.

        The zones stay hot, the belt and the nitrogen on: that is the oven's safe state. A belt
        that stands with a wafer inside is set going again; if it cannot, the zones go cold.
        """
        return await fleet.make_all_safe(
            [
                fleet.SafeStep(self.belt.name, self._carry_out, BELT_SAFE_S),
                fleet.SafeStep(self.plc.name, self._no_new_load, PLC_SAFE_S),
            ],
            [fleet.SafeStep(self.zones.name, self._no_heat_on_a_standing_wafer)],
        )

    async def evidence(self, job_id: str) -> Evidence:
        """How far the wafer travelled and what the profile logger saw of it."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "zones": self.zones,
            "belt": self.belt,
            "nitrogen": self.nitrogen,
        }

    async def _heat(self, setpoints: ReflowOvenSetpoints, job: Job) -> Done:
        """Every zone at its set-point."""
        hottest_c = max(setpoints.zones_c)
        place = setpoints.zones_c.index(hottest_c)
        reading = self.zones.zones[place].temperature_c.value
        async with visit.reporting(job, self.clock, reading, hottest_c, "C"):
            zones_c = await self._hot(setpoints, ZONE_DWELL_S)
        return Done({f"zone_{number}_c": c for number, c in enumerate(zones_c, start=1)})

    async def _hot(self, setpoints: ReflowOvenSetpoints, dwell_s: float) -> Sequence[float]:
        return await self.zones.hold(
            setpoints.zones_c, deadline_s=ZONES_S, within_c=ZONE_BAND_C, dwell_s=dwell_s
        )

    async def _atmosphere(self, setpoints: ReflowOvenSetpoints, job: Job) -> Done:
        """Nitrogen, then formic acid, and oxygen below the recipe's limit."""
        return Done(await self.atmosphere.bring(setpoints, job))

    async def _move(self, setpoints: ReflowOvenSetpoints) -> Done:
        """Belt at the recipe's speed, by its motor and by its encoder."""
        return Done({"belt_m_min": await self.conveyor.run(setpoints.belt_m_min)})

    async def _travel(self, setpoints: ReflowOvenSetpoints, job: Job) -> Done:
        """Load, and wait until the wafer lies cool at the exit; it is loaded only once.

        Raises Refused and InterlockOpen before anything is loaded, NotReached for a wafer that
        does not arrive, Tripped if belt or nitrogen fail on the way: it travels on then.
        """
        if not await self._on_its_way(job):
            await self._load(setpoints, job)
        reporter = visit.Reporter(job, self.clock, TUNNEL_M, "m")

        async def arrived() -> bool:
            now = await process_of(self.map)()
            reporter.note(now["position_m"])
            return bool(now["at_exit"])

        stops = 0

        async def carries() -> None:
            nonlocal stops
            stops += not await self._travels_well(setpoints)

        arrival = until(
            arrived,
            deadline_s=SLOW_DOWN * transit_s(setpoints.belt_m_min) + MARGIN_S,
            clock=self.clock,
            what=f"{self.plc.name}: wafer at the exit",
            poll_s=ARRIVAL_POLL_S,
        )
        async with sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
            await while_well(arrival, carries, self.clock, every_s=LOOK_S)
        return Done(
            {
                "belt_stops": float(stops),
                "highest_oxygen_ppm": seen.highest("oxygen_ppm"),
                **seen.middle("belt_m_min", "oxygen_ppm", "nitrogen_lpm", "formic_pct"),
            }
        )

    async def _travels_well(self, setpoints: ReflowOvenSetpoints) -> bool:
        """Whether the belt has kept its speed; raise Tripped for slip or too little nitrogen."""
        kept = await self.conveyor.check(setpoints.belt_m_min)
        if kept:
            encoder_m_min = await self.map.belt_m_min.value()
            await self.conveyor.refuse_slip(setpoints.belt_m_min, encoder_m_min)
        await self.atmosphere.check(setpoints.nitrogen_lpm)
        return kept

    async def _on_its_way(self, job: Job) -> bool:
        if await self.map.wafer_inside.value():
            return True
        return job.already.get("travel", 0.0) > 0 and bool(await self.map.at_exit.value())

    async def _load(self, setpoints: ReflowOvenSetpoints, job: Job) -> None:
        """Wafer onto the belt, with everything once more as the recipe asks."""
        await guards.ready(self.plc, PERMISSIVES)
        if await self.map.at_exit.value():
            raise Refused("a wafer lies at the exit already", source=self.plc.name)
        try:
            # A hold in between may have changed what was brought up before it.
            await self._hot(setpoints, ZONE_LOOK_S)
            await self._atmosphere(setpoints, job)
            await self._move(setpoints)
        except (NotReached, Tripped, DeviceFault) as error:
            # The wafer still waits at the entrance: it can be tried again.
            raise InterlockOpen(f"no wafer is loaded: {error}", source=error.source) from error
        await self.plc.perform(Order.LOAD, deadline_s=LOAD_S)

    async def _exit(self) -> Done:
        """Read what the profile logger saw; raise InterlockOpen for a wafer still inside."""
        if not await self.map.at_exit.value():
            raise InterlockOpen("the wafer is not at the exit", source=self.plc.name)
        now = await process_of(self.map)()
        return Done({name: now[name] for name in ("peak_c", "above_liquidus_s", "exit_c")})

    async def _finish(self) -> Done:
        """Formic acid off; nitrogen, belt and zones stay as they are."""
        if (await self.plc.look()).state is PackMl.EXECUTE:
            await self.plc.perform(Order.FORMIC, 0, deadline_s=ORDER_S)
        return await visit.finish(self.plc)

    async def _carry_out(self) -> None:
        if await self._perhaps_inside():
            await self.conveyor.keep_clearing()

    async def _perhaps_inside(self) -> bool:
        """Whether a wafer is inside; while the controller cannot be asked, one may be."""
        try:
            return bool(await self.map.wafer_inside.value())
        except LinkLost:
            return True

    async def _no_new_load(self) -> None:
        """Controller at rest; with a wafer inside only held, so that it travels out."""
        if await self.map.wafer_inside.value():
            if await self.plc.state_current.value() == PackMl.EXECUTE:
                await self.plc.hold(HOLD_S)
            return
        try:
            if await self.map.formic_pct.value() > NO_FORMIC_PCT:
                await self.plc.command(Order.FORMIC, 0)
        finally:
            await self.plc.make_safe()

    async def _no_heat_on_a_standing_wafer(self) -> None:
        if await self._perhaps_inside() and not await self._belt_moves():
            await self.zones.make_safe()

    async def _belt_moves(self) -> bool:
        """By the encoder or, while the controller cannot be asked, by the motor."""
        try:
            return await self.map.belt_m_min.value() >= MOVING_M_MIN
        except LinkLost:
            pass
        try:
            return await self.conveyor.motor_turns()
        except LinkLost:
            return False

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        now = await process_of(self.map)()
        where = "inside" if now["wafer_inside"] else "at the exit" if now["at_exit"] else "outside"
        peak_c, liquid_s = now["peak_c"], now["above_liquidus_s"]
        begun = bool(now["wafer_inside"] or now["at_exit"])
        return {"travel": now["position_m"]} if begun else {}, (
            f"{self.plc.name}: the wafer is {where}, {now['position_m']:.2f} m from the entrance",
            f"{self.plc.name}: peak {peak_c:.0f} C, above liquidus for {liquid_s:.0f} s",
        )
