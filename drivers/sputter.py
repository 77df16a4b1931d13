"""The sputter: argon pre-clean, then barrier and seed from two targets, in one vacuum."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, InterlockOpen, NotReached, Refused
from drivers.core.points import Sample
from drivers.core.shielded import to_the_end
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.mks_937b import Mks937b
from drivers.procedure import fleet, visit
from drivers.procedure.watching import while_well
from drivers.setpoints.sputter import SputterSetpoints
from drivers.sputter_map import ALARMS, Order, SputterMap
from drivers.sputter_vacuum import BASE_S, RUN_UP_S, Held, Vacuum

BARRIER_GUN: Final = 1
SEED_GUN: Final = 2
PARKED_GUN: Final = 3  # selected, but without a target: no layer of this job was begun
COUNT_LOST_GUN: Final = 4  # selected: the thickness of a layer of this job is not known any more
LAYER_OF_GUN: Final[Mapping[int, str]] = {BARRIER_GUN: "deposit_barrier", SEED_GUN: "deposit_seed"}
RAMP_S: Final = 1.0
SHUTTER_DELAY_S: Final = 3.0  # the target is cleaned with its shutter closed
PUMP_S: Final = 900.0  # the controller gives its own alarm after 6 min
MOVE_S: Final = 300.0
ARGON_S: Final = 120.0
VENT_S: Final = 900.0
DEPOSIT_S: Final = 1800.0
PRECLEAN_MARGIN_S: Final = 120.0
NO_FILM_S: Final = 30.0  # longer without a film growing and the plasma has not lit
POLL_S: Final = 1.0
LAST_WAIT_S: Final = 1.2  # from here on the rest is waited for without another look
SAME_NM: Final = 2.0  # between the thickness on record and the one on the monitor
LOST_NM: Final = 1.0  # a thickness that falls by more was not measured on the same count
VACUUM_LOOK_S: Final = 2.0
PLC_SAFE_S: Final = 25.0

SETTING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
DOSING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REMAINING,
    longest_hold_s=3600.0,
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: which phase it is, from which gun, how thick, and with what plasma."""

    phase: str
    gun: int
    nm: float
    watts: float
    mtorr: float
    base_mbar: float


def wait_s(left_nm: float, rate_nm_s: float) -> float:
    """How long to wait for `left_nm`: exactly that near the end, otherwise one poll."""
    if rate_nm_s <= 0:
        return POLL_S
    left_s = left_nm / rate_nm_s
    return left_s if left_s <= LAST_WAIT_S else min(POLL_S, left_s - LAST_WAIT_S / 2)


@dataclass(frozen=True)
class Sputter:
    """The verbs of a sputter. Every verb leaves the power off if it raises."""

    kind: ClassVar[str] = "sputter"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "dc_supply": "aja_dcxs",
        "monitor": "inficon_sqm160",
        "gauges": "mks_937b",
        "turbo": "leybold_turbovac",
        "argon": "alicat_mc",
    }

    name: str
    plc: ClickPlc
    dc_supply: AjaDcxs
    monitor: InficonSqm160
    gauges: Mks937b
    turbo: LeyboldTurbovac
    argon: AlicatMc
    clock: Clock

    @property
    def map(self) -> SputterMap:
        """The sputter's own part of its controller."""
        return SputterMap(self.plc)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Execute inside. Before a new job starts, the monitor counts from nothing."""
        return visit.host_sequence(self.plc, job, self._forget_last_job)

    def procedure(self, setpoints: SputterSetpoints, job: Job) -> Sequence[Phase]:
        """Lock, pre-clean, barrier, seed, lock; each layer ends by its thickness."""
        s = setpoints
        longest_s = s.deadline_min * 60
        barrier = Layer(
            "deposit_barrier", BARRIER_GUN, s.barrier_nm, s.barrier_w, s.barrier_mtorr, s.base_mbar
        )
        seed = Layer("deposit_seed", SEED_GUN, s.seed_nm, s.seed_w, s.seed_mtorr, s.base_mbar)
        deposit_s = min(BASE_S + DEPOSIT_S, longest_s)
        preclean_s = min(BASE_S + s.preclean_s + ARGON_S + PRECLEAN_MARGIN_S, longest_s)
        return (
            SETTING.phase("pump_lock", self._pump_lock, min(RUN_UP_S + PUMP_S, longest_s)),
            SETTING.phase("to_chamber", self._to_chamber, min(MOVE_S, longest_s)),
            DOSING.phase("preclean", lambda: self._preclean(s, job), preclean_s, "s"),
            DOSING.phase(barrier.phase, lambda: self._deposit(barrier, job), deposit_s, "nm"),
            DOSING.phase(seed.phase, lambda: self._deposit(seed, job), deposit_s, "nm"),
            SETTING.phase("vent_lock", self._vent_lock, min(VENT_S, longest_s)),
            SETTING.phase("finish", lambda: visit.finish(self.plc), min(MOVE_S, longest_s)),
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
        """Power and argon off, controller at rest; sentences for what could not be confirmed.

        The turbopump goes on: a chamber that is let up costs its base pressure and helps nobody.
        """
        return await fleet.make_all_safe(
            [
                fleet.safe(self.dc_supply),
                fleet.safe(self.argon),
                fleet.safe(self.gauges),
                fleet.SafeStep(self.turbo.name, self.turbo.check),
                fleet.SafeStep(self.plc.name, self._close_and_rest, PLC_SAFE_S),
            ]
        )

    async def evidence(self, job_id: str) -> Evidence:
        """Seconds of pre-clean from the controller, thickness of the layer from the monitor."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "dc_supply": self.dc_supply,
            "monitor": self.monitor,
            "gauges": self.gauges,
            "turbo": self.turbo,
            "argon": self.argon,
        }

    @property
    def _vacuum(self) -> Vacuum:
        return Vacuum(self.plc, self.gauges, self.turbo, self.argon)

    async def _forget_last_job(self) -> None:
        # Evidence would otherwise take the last wafer's seed for this wafer's.
        await self.monitor.zero()
        await self.dc_supply.active_gun.write(PARKED_GUN)

    async def _close_and_rest(self) -> None:
        with suppress(DriverError):  # without flow a valve that stays open lets nothing in
            await self.plc.command(Order.GAS, 0)
        await self.plc.make_safe()

    async def _pump_lock(self) -> Done:
        """Turbopump at speed, lock at its base pressure. Errors as `Vacuum.ready`."""
        turbo_hz = await self._vacuum.ready()
        if not await self.map.wafer_in_chamber.value():
            await self.plc.perform(Order.PUMP_LOCK, deadline_s=PUMP_S)
        return Done({"lock_mbar": await self.map.lock_mbar.value(), "turbo_hz": turbo_hz})

    async def _to_chamber(self) -> Done:
        """Bring the wafer under the guns; raise InterlockOpen unless the lock is at base."""
        if not await self.map.wafer_in_chamber.value():
            if not await self._vacuum.lock_is_low():
                words = "the gauge of the lock does not see a vacuum"
                raise InterlockOpen(words, source=self.gauges.name)
            await visit.require(self.map.lock_at_base, "the lock is not at its base pressure")
            await self.plc.perform(Order.TO_CHAMBER, deadline_s=MOVE_S)
        return Done({"chamber_mbar": await self.map.chamber_mbar.value()})

    async def _preclean(self, setpoints: SputterSetpoints, job: Job) -> Done:
        """Take the oxide off the pads with argon; only the seconds that are still missing."""
        left_s = round(setpoints.preclean_s - job.already.get("preclean", 0.0))
        await visit.require(self.map.wafer_in_chamber, "there is no wafer in the chamber")
        readings: dict[str, float] = {}
        if left_s > 0:
            held, readings = await self._argon(setpoints.preclean_mtorr, setpoints.base_mbar)
            work = self._clean(round(setpoints.preclean_w), left_s, setpoints.preclean_s, job)
            try:
                await while_well(work, held.look, self.clock, every_s=VACUUM_LOOK_S)
            except BaseException:
                await to_the_end(self.plc.make_safe())  # nothing else switches its RF off
                raise
            readings |= {"preclean_mtorr": held.mtorr}
        done_s = await self.map.preclean_done_s.value()
        return Done({"preclean_s": done_s, "preclean_w": setpoints.preclean_w, **readings})

    async def _clean(self, watts: int, seconds: int, total_s: float, job: Job) -> None:
        deadline_s = seconds + PRECLEAN_MARGIN_S
        async with visit.reporting(job, self.clock, self.map.preclean_done_s.value, total_s, "s"):
            await self.plc.perform(Order.PRECLEAN, watts, seconds, deadline_s=deadline_s)

    async def _deposit(self, layer: Layer, job: Job) -> Done:
        """Deposit what is missing of one layer; return how thick it became.

        Raises Refused if the thickness on record is not the one on the monitor, InterlockOpen
        without wafer or permit, NotReached above base pressure or if no film grows, Tripped if
        pressure or turbopump are lost, and whatever supply and monitor raise; the power is off
        whenever this raises.
        """
        await visit.require(self.map.wafer_in_chamber, "there is no wafer in the chamber")
        start_nm = await self._start_nm(layer, job.already.get(layer.phase, 0.0))
        readings: dict[str, float] = {}
        began_s = self.clock.monotonic()
        if start_nm < layer.nm:
            held, readings = await self._argon(layer.mtorr, layer.base_mbar)
            await visit.require(self.map.plasma_permit, "the controller gives no plasma permit")
            began_s = self.clock.monotonic()
            work = self._grow(layer, job)
            grown = await while_well(work, held.look, self.clock, every_s=VACUUM_LOOK_S)
            readings |= {"process_mtorr": held.mtorr, "argon_sccm": held.sccm, **grown}
        deposit_s = self.clock.monotonic() - began_s
        nm = await self.monitor.deposited_nm()
        return Done({"thickness_nm": nm, "deposit_s": deposit_s, **readings})

    async def _start_nm(self, layer: Layer, already_nm: float) -> float:
        """The thickness that is there; a layer of which nothing is there is counted from 0."""
        gun = int(await self.dc_supply.active_gun.value())
        if gun == COUNT_LOST_GUN:
            raise Refused(
                "the thickness of this layer was lost on the way: a person decides",
                source=self.monitor.name,
            )
        if already_nm == 0:
            await self.monitor.zero()
            return 0.0
        counted_nm = await self.monitor.deposited_nm()
        if gun != layer.gun or abs(counted_nm - already_nm) > SAME_NM:
            raise Refused(
                f"{already_nm:g} nm of {layer.phase} are on record; the monitor counts "
                f"{counted_nm:g} nm with gun {gun}",
                source=self.monitor.name,
            )
        return counted_nm

    async def _grow(self, layer: Layer, job: Job) -> Mapping[str, float]:
        growth = _Growth(self, layer, visit.Reporter(job, self.clock, layer.nm, "nm"))
        await self.dc_supply.ramp_s.write_and_verify(RAMP_S)
        await self.dc_supply.shutter_delay_s.write_and_verify(SHUTTER_DELAY_S)
        try:
            async with self.dc_supply.delivering(layer.watts, layer.gun):
                await growth.to_the_end()
        except BaseException:
            await to_the_end(self._note_lost_count(growth.seen_nm))
            raise
        return growth.readings

    async def _note_lost_count(self, seen_nm: float) -> None:
        """Leave a note in the supply if the monitor forgot what it had counted."""
        try:
            if await self.monitor.thickness_nm.value() < seen_nm - LOST_NM:
                await self.dc_supply.active_gun.write(COUNT_LOST_GUN)
        except DriverError:
            return  # what cannot be asked now is asked again before the layer goes on

    async def _vent_lock(self) -> Done:
        """Argon off, wafer back to the lock, lock to atmosphere."""
        await self._vacuum.shut_off()
        await self.plc.perform(Order.VENT_LOCK, deadline_s=VENT_S)
        return Done({"lock_mbar": await self.map.lock_mbar.value()})

    async def _argon(self, mtorr: float, base_mbar: float) -> tuple[Held, dict[str, float]]:
        """Argon at `mtorr`, let in only from base pressure; the second is that pressure."""
        vacuum = self._vacuum
        readings: dict[str, float] = {}
        if await vacuum.shut():
            readings["base_mbar"] = await vacuum.let_in(base_mbar)
        return await vacuum.hold(mtorr), readings

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        # The monitor's power-up flag stays unread: it is for whoever goes on depositing.
        cleaned_s = await self.map.preclean_done_s.value()
        gun = int(await self.dc_supply.active_gun.value())
        nm = await self.monitor.thickness_nm.value()
        delivered = {"preclean": cleaned_s}
        words = [f"{self.plc.name}: {cleaned_s:g} s of pre-clean"]
        if gun in LAYER_OF_GUN:
            delivered[LAYER_OF_GUN[gun]] = nm
            words.append(f"{self.monitor.name}: {nm:.1f} nm from gun {gun}")
        elif gun == COUNT_LOST_GUN:
            words.append(f"{self.monitor.name}: lost the thickness of a layer that was begun")
        return delivered, words


class _Growth:
    """One layer while it grows: looks, waits, and keeps what is worth keeping."""

    def __init__(self, tool: Sputter, layer: Layer, reporter: visit.Reporter) -> None:
        self._tool, self._layer, self._reporter = tool, layer, reporter
        self.seen_nm = 0.0
        self.readings: dict[str, float] = {}

    async def to_the_end(self) -> None:
        """Return when the layer is as thick as it should be."""
        tool, target_nm = self._tool, self._layer.nm
        grew_at_s = tool.clock.monotonic()
        while True:
            await tool.dc_supply.check()
            nm = await tool.monitor.deposited_nm()
            now_s = tool.clock.monotonic()
            if nm > self.seen_nm:
                grew_at_s = now_s
            elif now_s - grew_at_s > NO_FILM_S:
                raise NotReached(
                    f"no film grows at {nm:.1f} of {target_nm:g} nm", source=tool.monitor.name
                )
            self.seen_nm = nm
            self._reporter.note(nm)
            if nm >= target_nm:
                return
            rate_nm_s = await tool.monitor.rate_nm_s.value()
            if rate_nm_s > 0:
                await self._keep(rate_nm_s)
            pause_s = wait_s(target_nm - nm, rate_nm_s)
            await sleep(tool.clock, now_s + pause_s - tool.clock.monotonic())
            if rate_nm_s > 0 and (target_nm - nm) / rate_nm_s <= LAST_WAIT_S:
                return

    async def _keep(self, rate_nm_s: float) -> None:
        self.readings["rate_nm_s"] = rate_nm_s
        if "voltage_v" not in self.readings and self.seen_nm > self._layer.nm / 4:
            supply = self._tool.dc_supply
            self.readings["power_w"] = await supply.power_w.value()
            self.readings["voltage_v"] = await supply.voltage_v.value()
            self.readings["current_a"] = await supply.current_ma.value() / 1000
