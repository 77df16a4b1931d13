"""The spin coater: liquid resist dispensed, spun, degassed and baked on its hotplate."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import InterlockOpen, LimitExceeded, Refused, Tripped
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.trinamic_tmcm1640 import SPEED_LIMITS_RPM, TrinamicTmcm1640
from drivers.procedure import fleet, guards, visit
from drivers.procedure.sampling import Seen, process_of, sampling
from drivers.setpoints.spin_coater import SpinCoaterSetpoints
from drivers.spin_coater_bake import PLATE_BAND_C, Bake
from drivers.spin_coater_dispense import LONGEST, Dispense, dispensed
from drivers.spin_coater_map import ALARMS, Order, SpinCoaterMap

PERMISSIVES: Final = ("emergency_stop", "doors", "exhaust", "cda")
MIN_EXHAUST_PCT: Final = 70.0  # below this solvent vapour comes out of the cup
SPEED_BAND: Final = 0.05  # of the speed asked for: beyond, the film is another one
PLATE_DWELL_S: Final = 30.0
HEAT_S: Final = 3600.0
ORDER_S: Final = 60.0  # what the controller may take beyond the time it was given
SPIN_MARGIN_S: Final = 60.0
DEGAS_PUMP_S: Final = 300.0
FINISH_S: Final = 300.0
POLL_S: Final = 1.0
DISPENSER_SAFE_S: Final = 10.0
SPINDLE_SAFE_S: Final = 15.0
PLC_SAFE_S: Final = 10.0

SETTING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
# Wet resist dries and creeps: its phases run to their end, and none is done a second time.
COATING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.NEVER,
    longest_hold_s=30.0,
)
LEVELLING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=600.0,
)


def check_spin(setpoints: SpinCoaterSetpoints) -> str:
    """What makes the spin impossible; empty if nothing does."""
    if setpoints.spin_rpm not in SPEED_LIMITS_RPM:
        high = SPEED_LIMITS_RPM.high
        return f"spin_rpm = {setpoints.spin_rpm:g} is outside 0 to {high:g} rpm"
    ramp_s = setpoints.spin_rpm / setpoints.accel_rpm_s
    if not ramp_s < setpoints.spin_s:
        return f"spin_s = {setpoints.spin_s:g} s ends before the speed is reached in {ramp_s:g} s"
    return ""


@dataclass(frozen=True)
class SpinCoater:
    """The verbs of a spin coater. Every verb leaves the spindle still if it raises."""

    kind: ClassVar[str] = "spin_coater"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "spindle": "trinamic_tmcm1640",
        "hotplate": "eurotherm_3216",
        "dispenser": "bronkhorst_propar",
    }

    name: str
    plc: ClickPlc
    spindle: TrinamicTmcm1640
    hotplate: Eurotherm3216
    dispenser: BronkhorstPropar
    clock: Clock

    @property
    def map(self) -> SpinCoaterMap:
        """The spin coater's own part of its controller."""
        return SpinCoaterMap(self.plc)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Execute inside. Before a new job starts, the dispenser counts from nothing."""
        return visit.host_sequence(self.plc, job, self._dispense_of(job).count_from_nothing)

    def procedure(self, setpoints: SpinCoaterSetpoints, job: Job) -> Sequence[Phase]:
        """Plate and chuck made ready; dispense, spin, edge bead; rest, degas, bake; release."""
        s = setpoints
        longest_s = s.deadline_min * 60

        def at_most(seconds: float) -> float:
            return min(seconds, longest_s)

        spin_s = at_most(s.spin_s + SPIN_MARGIN_S + 2 * ORDER_S)
        bake = Bake(self.plc, self.hotplate, s.bake_c, s.bake_s, job)
        return (
            SETTING.phase("heat_plate", lambda: self._heat_plate(s, job), at_most(HEAT_S)),
            SETTING.phase("chuck", self._chuck, at_most(3 * ORDER_S)),
            COATING.phase(
                "dispense",
                lambda: self._dispense(s, job),
                at_most(LONGEST * s.dispense_s + 3 * ORDER_S),
                "g",
            ),
            COATING.phase("spin", lambda: self._spin(s, job), spin_s),
            COATING.phase(
                "edge_bead", lambda: self._edge_bead(s), at_most(s.edge_bead_s + 3 * ORDER_S)
            ),
            LEVELLING.phase("rest", lambda: self._rest(s, job), at_most(s.rest_s + ORDER_S)),
            LEVELLING.phase(
                "degas", lambda: self._degas(s), at_most(s.degas_s + DEGAS_PUMP_S + ORDER_S)
            ),
            COATING.phase("bake", bake.run, at_most(s.bake_s + HEAT_S), "s"),
            SETTING.phase("release", self._release, at_most(3 * ORDER_S)),
            SETTING.phase("finish", lambda: visit.finish(self.plc), at_most(FINISH_S)),
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
        """Spindle still, no resist, no heat, then the controller; says what is not confirmed."""
        # In this order: a controller at rest may let go of a wafer that still turns.
        return await fleet.make_all_safe(
            [
                fleet.safe(self.spindle, SPINDLE_SAFE_S),
                fleet.safe(self.dispenser, DISPENSER_SAFE_S),
                fleet.safe(self.hotplate),
            ],
            [fleet.safe(self.plc, PLC_SAFE_S)],
        )

    async def evidence(self, job_id: str) -> Evidence:
        """Mass as the dispenser counted it, seconds on the plate as the controller did."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "spindle": self.spindle,
            "hotplate": self.hotplate,
            "dispenser": self.dispenser,
        }

    def _dispense_of(self, job: Job) -> Dispense:
        return Dispense(self.plc, self.dispenser, job)

    async def _heat_plate(self, setpoints: SpinCoaterSetpoints, job: Job) -> Done:
        """Plate at temperature; raise LimitExceeded for an impossible spin before any resist."""
        impossible = check_spin(setpoints)
        if impossible:
            raise LimitExceeded(impossible, source=self.name)
        reading = self.hotplate.temperature_c.value
        async with visit.reporting(job, self.clock, reading, setpoints.bake_c, "C"):
            plate_c = await self.hotplate.hold(
                setpoints.bake_c, deadline_s=HEAT_S, within_c=PLATE_BAND_C, dwell_s=PLATE_DWELL_S
            )
        return Done({"plate_c": plate_c})

    async def _chuck(self) -> Done:
        """Lid closed and wafer held; raise InterlockOpen without exhaust, before it is."""
        await guards.ready(self.plc, PERMISSIVES)
        exhaust_pct = await self.map.exhaust_pct.value()
        if not exhaust_pct >= MIN_EXHAUST_PCT:
            raise InterlockOpen(f"cup exhaust at {exhaust_pct:g} %", source=self.plc.name)
        await self._held()
        now = await process_of(self.map)()
        names = ("chuck_kpa", "exhaust_pct", "cup_c", "humidity_pct")
        return Done({name: now[name] for name in names})

    async def _held(self) -> None:
        """Lid closed, chuck vacuum on; a hold may have let go of both."""
        if not await self.map.spindle_permit.value():
            await self.plc.perform(Order.LID, 1, deadline_s=ORDER_S)
            await self.plc.perform(Order.CHUCK_VACUUM, 1, deadline_s=ORDER_S)
        await visit.require(self.map.spindle_permit, "no chuck vacuum, or the lid is open")

    async def _dispense(self, setpoints: SpinCoaterSetpoints, job: Job) -> Done:
        """Dispense once; raise Tripped if another mass came than was asked for."""
        guards.only_once(job, "dispense", "g", self.dispenser.name)
        await self._held()
        return await self._dispense_of(job).run(
            setpoints.dispense_ml, setpoints.resist_g_ml, setpoints.dispense_s
        )

    async def _spin(self, setpoints: SpinCoaterSetpoints, job: Job) -> Done:
        """Turn for `spin_s` from the command on, ramp included; still again on leaving.

        Raises Tripped if permit or speed is lost on the way.
        """
        await self._held()
        rpm, accel = setpoints.spin_rpm, setpoints.accel_rpm_s
        reporter = visit.Reporter(job, self.clock, setpoints.spin_s, "s")
        seen = Seen()
        began_s = self.clock.monotonic()
        settled_s = rpm / accel + SPIN_MARGIN_S
        async with self.spindle.spinning(rpm, accel, deadline_s=settled_s):
            end_s = began_s + setpoints.spin_s
            while (now_s := self.clock.monotonic()) < end_s:
                seen.note(await self._turning(rpm))
                reporter.note(now_s - began_s)
                await self.clock.sleep_until(min(self.clock.monotonic() + POLL_S, end_s))
            spun_s = self.clock.monotonic() - began_s
        return Done({"spun_s": spun_s, "set_rpm": rpm, **seen.all_middle()})

    async def _turning(self, rpm: float) -> Mapping[str, float]:
        """One look at the turning wafer."""
        now = await process_of(self.map)()
        if not now["spindle_permit"]:
            raise Tripped("chuck vacuum or lid was lost on the way", source=self.plc.name)
        await self.spindle.check()
        actual_rpm = await self.spindle.actual_rpm.value()
        if not abs(actual_rpm - rpm) <= SPEED_BAND * rpm:
            raise Tripped(
                f"turns at {actual_rpm:g} rpm instead of {rpm:g} rpm", source=self.spindle.name
            )
        return {"spin_rpm": actual_rpm, "exhaust_pct": now["exhaust_pct"]}

    async def _edge_bead(self, setpoints: SpinCoaterSetpoints) -> Done:
        """Take the bead off the edge with solvent; nothing if the recipe asks for none."""
        seconds = round(setpoints.edge_bead_s)
        if seconds:
            await self._held()
            await self.plc.perform(Order.EDGE_BEAD, seconds, deadline_s=seconds + ORDER_S)
        return Done({"edge_bead_s": float(seconds)})

    async def _rest(self, setpoints: SpinCoaterSetpoints, job: Job) -> Done:
        """Leave the wafer still while the resist creeps into the recess."""
        reporter = visit.Reporter(job, self.clock, setpoints.rest_s, "s")
        began_s = self.clock.monotonic()
        while (rested_s := self.clock.monotonic() - began_s) < setpoints.rest_s:
            reporter.note(rested_s)
            await sleep(self.clock, min(visit.REPORT_EVERY_S, setpoints.rest_s - rested_s))
        return Done({"rest_s": rested_s})

    async def _degas(self, setpoints: SpinCoaterSetpoints) -> Done:
        """Draw the air out of the recess; nothing if the recipe asks for none."""
        seconds = round(setpoints.degas_s)
        if not seconds:
            return Done({"degas_s": 0.0})
        tenths = round(setpoints.degas_kpa * 10)
        async with sampling(process_of(self.map), self.clock, every_s=POLL_S) as seen:
            await self.plc.perform(Order.DEGAS, tenths, seconds, deadline_s=seconds + DEGAS_PUMP_S)
        kpa = seen.lowest("degas_kpa")
        return Done({"degas_kpa": kpa, "degas_s": float(seconds)})

    async def _release(self) -> Done:
        """Let go of the wafer and open the lid; raise Refused while it is on the plate."""
        if await self.map.on_plate.value():
            raise Refused("the wafer is still on the hotplate", source=self.plc.name)
        await self.plc.perform(Order.CHUCK_VACUUM, 0, deadline_s=ORDER_S)
        await self.plc.perform(Order.LID, 0, deadline_s=ORDER_S)
        return Done()

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        now = await process_of(self.map)()
        baked_s = now["baked_s"]
        where = "on the hotplate" if now["on_plate"] else "not on the hotplate"
        grams, words = await dispensed(self.dispenser)
        delivered = {} if grams is None else {"dispense": grams}
        return {**delivered, "bake": baked_s}, (
            words,
            f"{self.plc.name}: {baked_s:.0f} s on the plate",
            f"{self.plc.name}: the wafer is {where}",
            f"{self.spindle.name}: keeps no count of how long it has turned",
        )
