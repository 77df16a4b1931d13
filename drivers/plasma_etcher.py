"""The plasma etcher: the bumps are the mask, argon takes the seed and SF6 the barrier."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Final

from drivers.core.clock import Clock
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.core.waiting import settle
from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.vat_valve import VatValve
from drivers.plasma_endpoint import TIME_OUT
from drivers.plasma_etcher_map import ALARMS, Line, Order, PlasmaEtcherMap
from drivers.plasma_run import LEAST_HELIUM_TORR, Chamber, Film, Past, PlasmaRun
from drivers.plasma_vacuum import PUMP_S, RUN_UP_S, Cooling, Vacuum
from drivers.procedure import fleet, visit
from drivers.setpoints.plasma_etcher import PlasmaEtcherSetpoints

SEED: Final = "etch_seed"
BARRIER: Final = "etch_barrier"
VERB_S: Final = 120.0
CHUCK_S: Final = 900.0
CHUCK_WITHIN_C: Final = 5.0
CHUCK_DWELL_S: Final = 5.0
GAS_S: Final = 60.0
GAS_WITHIN: Final = 0.03
LEAST_GAS_WITHIN_SCCM: Final = 0.5
GAS_DWELL_S: Final = 2.0
ETCH_MARGIN_S: Final = 600.0
TENTHS: Final = 10
PLC_SAFE_S: Final = 20.0
VALVE_SAFE_S: Final = 20.0

SETTING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
ETCHING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REMAINING,
    longest_hold_s=3600.0,
)


@dataclass(frozen=True)
class PlasmaEtcher:
    """The verbs of a plasma etcher. Every verb leaves RF and gas off if it raises."""

    kind: ClassVar[str] = "plasma_etcher"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "source": "ae_cesar",
        "bias": "ae_cesar",
        "argon": "sensirion_sfc5500",
        "sf6": "sensirion_sfc5500",
        "gauge": "thyracont_vsr",
        "throttle": "vat_valve",
        "turbo": "pfeiffer_tc110",
        "chiller": "thermoflex",
    }

    name: str
    plc: ClickPlc
    source: AeCesar
    bias: AeCesar
    argon: SensirionSfc5500
    sf6: SensirionSfc5500
    gauge: ThyracontVsr
    throttle: VatValve
    turbo: PfeifferTc110
    chiller: Thermoflex
    clock: Clock
    # The controller counts RF seconds for the whole job: what they were at a film's beginning,
    # and when its end-point came, is kept here, by job and phase.
    past: dict[tuple[str, str], Past] = field(
        default_factory=dict[tuple[str, str], Past], compare=False
    )

    @property
    def map(self) -> PlasmaEtcherMap:
        """The etcher's own part of its controller."""
        return PlasmaEtcherMap(self.plc)

    @property
    def vacuum(self) -> Vacuum:
        """Chamber, throttle valve and turbopump."""
        return Vacuum(self.plc, self.gauge, self.throttle, self.turbo, self.clock)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Execute inside."""
        return visit.host_sequence(self.plc, job, self._forget_last_job)

    def procedure(self, setpoints: PlasmaEtcherSetpoints, job: Job) -> Sequence[Phase]:
        """Vacuum, clamp, both films by their end-points, de-chuck, vent."""
        s, longest_s = setpoints, setpoints.deadline_min * 60
        seed, barrier = self._seed(s), self._barrier(s)
        pump_s = min(RUN_UP_S + PUMP_S + VERB_S, longest_s)
        clamp_s = min(2 * CHUCK_S + 2 * VERB_S, longest_s)
        dechuck_s = min(RUN_UP_S + PUMP_S + 3 * VERB_S, longest_s)
        return (
            SETTING.phase("pump_down", self._pump_down, pump_s),
            SETTING.phase("clamp", lambda: self._clamp(s), clamp_s),
            ETCHING.phase(SEED, lambda: self._etch(seed, s, job), _longest_s(seed, s), "s"),
            ETCHING.phase(
                BARRIER, lambda: self._etch(barrier, s, job), _longest_s(barrier, s), "s"
            ),
            SETTING.phase("dechuck", self._dechuck, dechuck_s),
            SETTING.phase("vent", self._vent, min(PUMP_S + VERB_S, longest_s)),
            SETTING.phase("finish", lambda: visit.finish(self.plc), min(2 * VERB_S, longest_s)),
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
        """RF off and controller at rest, gas off, throttle valve closed; what is not sure.

        Turbopump and chiller go on: an etcher at rest is pumped and cooled. A fault of either
        is said.
        """
        rf = [fleet.safe(self.bias), fleet.safe(self.source), fleet.safe(self.plc, PLC_SAFE_S)]
        gas = [fleet.safe(self.argon), fleet.safe(self.sf6)]
        rest = [
            fleet.safe(self.throttle, VALVE_SAFE_S),
            fleet.SafeStep(self.turbo.name, self.turbo.refuse_error),
            fleet.SafeStep(self.chiller.name, self.chiller.refuse_fault),
        ]
        return await fleet.make_all_safe(rf, gas, rest)

    async def evidence(self, job_id: str) -> Evidence:
        """The RF seconds that the controller counted for the job, by film where that is known."""
        return await fleet.evidence_of(self.plc, job_id, lambda: self._count(job_id))

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "source": self.source,
            "bias": self.bias,
            "argon": self.argon,
            "sf6": self.sf6,
            "gauge": self.gauge,
            "throttle": self.throttle,
            "turbo": self.turbo,
            "chiller": self.chiller,
        }

    async def _forget_last_job(self) -> None:
        # Evidence would otherwise count for the film that was etched last.
        self.past.clear()
        await self.map.line_selected.write_and_verify(Line.NONE)

    def _seed(self, setpoints: PlasmaEtcherSetpoints) -> Film:
        s = setpoints
        return Film(
            SEED, Line.COPPER, self.argon, s.seed_argon_sccm, s.seed_mtorr,
            s.seed_source_w, s.seed_bias_v, s.expected_seed_s, s.seed_over_etch_pct,
        )  # fmt: skip

    def _barrier(self, setpoints: PlasmaEtcherSetpoints) -> Film:
        s = setpoints
        return Film(
            BARRIER, Line.FLUORINE, self.sf6, s.barrier_sf6_sccm, s.barrier_mtorr,
            s.barrier_source_w, s.barrier_bias_v, s.expected_barrier_s, s.barrier_over_etch_pct,
        )  # fmt: skip

    async def _pump_down(self) -> Done:
        """Turbopump at speed and chamber below 1 mTorr, as the gauge sees it."""
        return Done(await self.vacuum.pump_down())

    async def _clamp(self, setpoints: PlasmaEtcherSetpoints) -> Done:
        """Wafer clamped and cooled from behind, water and chuck at temperature; else NotReached."""
        await self._cool(setpoints)
        coolant_c = await Cooling(self.chiller, setpoints.chuck_c, self.clock).bring(CHUCK_S)
        chuck_c = await settle(
            self.map.chuck_c.value,
            setpoints.chuck_c,
            within=CHUCK_WITHIN_C,
            dwell_s=CHUCK_DWELL_S,
            deadline_s=CHUCK_S,
            clock=self.clock,
            what=f"{self.plc.name}.chuck_c",
        )
        seen = await self.map.readings()
        kept = ("helium_torr", "helium_sccm", "wafer_c", "rf_hours_h")
        return Done(
            {
                "chuck_c": chuck_c,
                "coolant_c": coolant_c,
                **{name: seen[name].value for name in kept},
            }
        )

    async def _cool(self, setpoints: PlasmaEtcherSetpoints) -> None:
        helium = round(setpoints.helium_torr * TENTHS)
        await self.plc.perform(Order.CLAMP, 1, deadline_s=VERB_S)
        await self.plc.perform(Order.HELIUM, helium, deadline_s=VERB_S)

    async def _etch(self, film: Film, setpoints: PlasmaEtcherSetpoints, job: Job) -> Done:
        """Etch what is left of one film, to its end-point and beyond it.

        Raises InterlockOpen without the RF permit or the turbopump's speed, NotReached if the
        end-point is overdue or the pressure not held, Tripped or DeviceFault if something was
        lost on the way; RF and gas are off after.
        """
        past = await self._past_of(film, job)
        if not (await self.map.helium_torr.value() >= LEAST_HELIUM_TORR):
            await self._cool(setpoints)  # a hold has let it go
        await self.vacuum.ready_for_gas()
        await self.map.line_selected.write_and_verify(film.line)
        already_s = job.already.get(film.phase, 0.0)
        reporter = visit.Reporter(job, self.clock, film.whole_s(film.expected_s), "s")
        cooling = Cooling(self.chiller, setpoints.chuck_c, self.clock)
        await cooling.check()
        chamber = Chamber(self.map, self.source, self.bias, self.vacuum, cooling, self.clock)
        run = PlasmaRun(chamber, film, past, already_s, reporter)
        within_sccm = max(GAS_WITHIN * film.sccm, LEAST_GAS_WITHIN_SCCM)
        async with film.gas.flowing(
            film.sccm, within_sccm=within_sccm, dwell_s=GAS_DWELL_S, deadline_s=GAS_S
        ):
            await self.vacuum.regulate(film.mtorr)
            await visit.require(self.map.rf_permit, "the controller gives no RF permit")
            await run.etch()
        return Done(run.readings)

    async def _past_of(self, film: Film, job: Job) -> Past:
        key = job.id, film.phase
        if key not in self.past:
            self.past[key] = Past(await self.map.rf_s.value() - job.already.get(film.phase, 0.0))
        return self.past[key]

    async def _dechuck(self) -> Done:
        """Gas and helium off, chamber pumped, wafer free."""
        await self.argon.close()
        await self.sf6.close()
        await self.plc.perform(Order.HELIUM, 0, deadline_s=VERB_S)
        await self.vacuum.pump_down()
        await self.plc.perform(Order.CLAMP, 0, deadline_s=VERB_S)
        return Done({"rf_s": await self.map.rf_s.value()})

    async def _vent(self) -> Done:
        """Chamber to atmosphere, as the gauge sees it; the turbopump turns on behind the gate."""
        await self.vacuum.vent()
        return Done()

    async def _count(self, job_id: str) -> tuple[Mapping[str, float], Sequence[str]]:
        rf_s = await self.map.rf_s.value()
        line = int(await self.map.line_selected.value())
        words = [f"{self.plc.name}: {rf_s:g} s of RF on this job"]
        barrier = self.past.get((job_id, BARRIER))
        if line == Line.COPPER:
            return {SEED: rf_s}, words
        if line == Line.FLUORINE and barrier is not None:
            return {SEED: barrier.rf_before_s, BARRIER: rf_s - barrier.rf_before_s}, words
        if line == Line.FLUORINE:
            words.append("how many of them were spent on the barrier is not known any more")
        return {}, words


def _longest_s(film: Film, setpoints: PlasmaEtcherSetpoints) -> float:
    etch_s = film.whole_s(TIME_OUT * film.expected_s)
    return min(etch_s + ETCH_MARGIN_S, setpoints.deadline_min * 60)
