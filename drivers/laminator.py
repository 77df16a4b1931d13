"""The laminator: one dry film, attached to a wafer in vacuum by two hot rolls."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Final

from drivers.core.clock import Clock
from drivers.core.errors import NotReached, Refused
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.laminator_map import ALARMS, FILM_MATERIAL, LaminatorMap, Step
from drivers.procedure import fleet, guards, visit
from drivers.procedure.sampling import process_of, sampling
from drivers.setpoints.laminator import LaminatorSetpoints

PERMISSIVES: Final = ("emergency_stop", "doors", "guard", "cda")
ROLL_BAND_C: Final = 2.0
ROLL_DWELL_S: Final = 30.0
ROLL_LOOK_S: Final = 5.0  # the rolls were hot a moment ago
OWN_SENSOR_BAND_C: Final = 6.0  # two sensors on one roll: farther apart, one of them is wrong
FILM_BAND_UM: Final = 3.0
NEEDED_FILM_M: Final = 0.5  # one wafer takes 0.24 m, and the cutter needs an end to hold
HEAT_S: Final = 3600.0
EVACUATE_S: Final = 600.0
NIP_S: Final = 600.0
TRIM_S: Final = 300.0
VENT_S: Final = 600.0
SAMPLE_S: Final = 1.0
AIR_KPA: Final = 90.0
PLC_SAFE_S: Final = 25.0

HEATING: Final = visit.Manner(
    on_hold=SafeAction.PAUSE,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.REPEAT,
    longest_hold_s=3600.0,
)
# From Start on the controller goes on by itself: whether a broken visit brought the wafer into
# the nip cannot be asked afterwards, and a second film on a first one is scrap.
FILMING: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.NEVER,
    longest_hold_s=0.0,
)
LETTING_GO: Final = visit.Manner(
    on_hold=SafeAction.FINISH,
    on_abort=SafeAction.ENERGY_OFF,
    on_link_lost=SafeAction.ENERGY_OFF,
    resume=Resume.NEVER,
    longest_hold_s=3600.0,
)


def check_film(setpoints: LaminatorSetpoints, material: int, film_um: float, left_m: float) -> str:
    """What is wrong with the film on the unwinder for this recipe; empty if nothing is."""
    if material != FILM_MATERIAL[setpoints.film_material]:
        names = {number: name for name, number in FILM_MATERIAL.items()}
        return f"{names.get(material, 'no film')} is on the unwinder, not {setpoints.film_material}"
    if not abs(film_um - setpoints.film_um) <= FILM_BAND_UM:
        return f"a film of {film_um:g} um is on the unwinder, not of {setpoints.film_um:g} um"
    if not left_m >= NEEDED_FILM_M:
        return f"{left_m:g} m of film are left, {NEEDED_FILM_M:g} m are needed"
    return ""


@dataclass(frozen=True)
class Laminator:
    """The verbs of a laminator, whose controller runs the sequence by itself."""

    kind: ClassVar[str] = "laminator"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "upper_roll": "omron_e5cc",
        "lower_roll": "omron_e5cc",
    }

    name: str
    plc: ClickPlc
    upper_roll: OmronE5cc
    lower_roll: OmronE5cc
    clock: Clock

    @property
    def map(self) -> LaminatorMap:
        """The laminator's own part of its controller."""
        return LaminatorMap(self.plc)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Idle inside, unless this job is at work already."""
        return visit.plc_sequence(self.plc, job)

    def procedure(self, setpoints: LaminatorSetpoints, job: Job) -> Sequence[Phase]:
        """Hot rolls, vacuum, nip, cut, air."""
        s = setpoints
        longest_s = s.deadline_min * 60
        return (
            HEATING.phase("heat_rolls", lambda: self._heat_rolls(s, job), min(HEAT_S, longest_s)),
            FILMING.phase("evacuate", lambda: self._evacuate(s, job), min(EVACUATE_S, longest_s)),
            FILMING.phase("laminate", lambda: self._laminate(job), min(NIP_S, longest_s)),
            LETTING_GO.phase("trim", lambda: self._trim(job), min(TRIM_S, longest_s)),
            LETTING_GO.phase("vent", lambda: self._vent(job), min(VENT_S, longest_s)),
        )

    async def pulse(self) -> None:
        """Ask both rolls for a sign of life."""
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
        """Controller at rest and no heat; sentences for what could not be confirmed."""
        return await fleet.make_all_safe(
            [
                fleet.safe(self.plc, PLC_SAFE_S),
                fleet.safe(self.upper_roll),
                fleet.safe(self.lower_roll),
            ]
        )

    async def evidence(self, job_id: str) -> Evidence:
        """Only whether the controller began: it keeps no count of what the nip did."""
        return await fleet.evidence_of(self.plc, job_id, self._count)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {"plc": self.plc, "upper_roll": self.upper_roll, "lower_roll": self.lower_roll}

    async def _heat_rolls(self, setpoints: LaminatorSetpoints, job: Job) -> Done:
        """Bring both rolls to temperature; raise Refused for another film than the recipe's."""
        await self._film_as_asked(setpoints)
        target_c = setpoints.roll_c
        async with visit.reporting(
            job, self.clock, self.upper_roll.temperature_c.value, target_c, "C"
        ):
            upper_c, lower_c = await self._hot(target_c, ROLL_DWELL_S)
        await self._own_sensors_agree(target_c)
        return Done({"upper_roll_c": upper_c, "lower_roll_c": lower_c})

    async def _hot(self, celsius: float, dwell_s: float) -> tuple[float, float]:
        """Both rolls at temperature; the second heats while the first is waited for."""
        await self.lower_roll.setpoint_c.write_and_verify(celsius)
        await self.lower_roll.run()
        upper_c, lower_c = [
            await roll.hold(celsius, deadline_s=HEAT_S, within_c=ROLL_BAND_C, dwell_s=dwell_s)
            for roll in (self.upper_roll, self.lower_roll)
        ]
        return upper_c, lower_c

    async def _own_sensors_agree(self, celsius: float) -> None:
        """Raise NotReached if the controller's own sensor finds a roll at another temperature."""
        for point in (self.map.upper_roll_c, self.map.lower_roll_c):
            own_c = await point.value()
            if not abs(own_c - celsius) <= OWN_SENSOR_BAND_C:
                raise NotReached(
                    f"{point.spec.name}: the controller's own sensor reads {own_c:g} C, "
                    f"the roll should be at {celsius:g} C",
                    source=self.plc.name,
                )

    async def _film_as_asked(self, setpoints: LaminatorSetpoints) -> None:
        found = check_film(
            setpoints,
            int(await self.map.film_material.value()),
            await self.map.film_um.value(),
            await self.map.film_left_m.value(),
        )
        if found:
            raise Refused(found, source=self.plc.name)

    async def _evacuate(self, setpoints: LaminatorSetpoints, job: Job) -> Done:
        """Start; return once the chamber is empty and the wafer warm.

        Raises InterlockOpen, and Refused for another film, before anything is sent.
        """
        if not await guards.begun(self.plc, job):
            await self._start(setpoints, job)
        async with sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
            await visit.until_step(self.plc, job, Step.LAMINATE, deadline_s=EVACUATE_S)
        return Done(
            {"vacuum_kpa": seen.lowest("vacuum_kpa"), "preheat_c": seen.highest("preheat_c")}
        )

    async def _start(self, setpoints: LaminatorSetpoints, job: Job) -> None:
        if await visit.ours(self.plc, job):
            raise Refused(
                "this job was started before and is not at work: look at the wafer first",
                source=self.plc.name,
            )
        await guards.ready(self.plc, PERMISSIVES)
        await self._film_as_asked(setpoints)
        await self._hot(setpoints.roll_c, ROLL_LOOK_S)
        await self.map.nip_setpoint_bar.write_and_verify(setpoints.nip_bar)
        await self.map.belt_setpoint_m_min.write_and_verify(setpoints.belt_m_min)
        await self.map.vacuum_setpoint_kpa.write_and_verify(setpoints.vacuum_kpa)
        await self.map.preheat_setpoint_c.write_and_verify(setpoints.preheat_c)
        await visit.begin(self.plc, job)

    async def _laminate(self, job: Job) -> Done:
        """Wait while the wafer goes through the nip; return what the rolls did to it."""
        async with sampling(process_of(self.map), self.clock, every_s=SAMPLE_S) as seen:
            await visit.until_step(self.plc, job, Step.TRIM, deadline_s=NIP_S)
        return Done(
            seen.middle("upper_roll_c", "lower_roll_c", "nip_bar", "belt_m_min", "tension_n")
        )

    async def _trim(self, job: Job) -> Done:
        """Wait while the film is cut."""
        await visit.until_step(self.plc, job, Step.VENT, deadline_s=TRIM_S)
        return Done({"film_left_m": (await process_of(self.map)())["film_left_m"]})

    async def _vent(self, job: Job) -> Done:
        """Wait until the controller has let air in and ended; bring it to Idle.

        Raises Tripped if it left its sequence before, NotReached if there is still a vacuum.
        """
        if (await self.plc.look()).state is not PackMl.IDLE:
            await visit.until_complete(self.plc, job, deadline_s=VENT_S)
            await visit.to_rest(self.plc)
        kpa = (await process_of(self.map)())["vacuum_kpa"]
        if not kpa >= AIR_KPA:
            raise NotReached(f"the chamber is at {kpa:g} kPa: not vented", source=self.plc.name)
        return Done({"vacuum_kpa": kpa})

    async def _count(self) -> tuple[Mapping[str, float], Sequence[str]]:
        status = await self.plc.look()
        where = f"{status.says()}, step {status.step_no}"
        return {}, (
            f"{self.plc.name}: has begun this job and is in {where}",
            f"{self.name}: whether the film is on the wafer must be looked at",
        )
