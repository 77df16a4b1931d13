"""The aligner: one exposure through a reticle or flooding the wafer, ended by its dose."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Final

from drivers.aligner_lamp import LIGHT_S, Lamp
from drivers.aligner_light import Meter, Opening
from drivers.aligner_map import ALARMS, AlignerMap, Order
from drivers.aligner_marks import Alignment
from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, NotReached, Refused, Rejected, Tripped
from drivers.core.points import Sample
from drivers.core.tool import Condition, Done, Evidence, Job, Phase, Resume, SafeAction
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.newport_esp301 import NewportEsp301
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.procedure import fleet, visit
from drivers.procedure.watching import while_well
from drivers.setpoints.aligner import AlignerSetpoints

EXPOSE: Final = "expose"
VERB_S: Final = 60.0
RETICLE_S: Final = 300.0
ARM_S, ARM_LOOK_S = 150.0, 5.0  # how long the arm may be busy with an earlier reticle
ALIGN_S: Final = 300.0
LAMP_S: Final = 60.0
LAMP_LOOK_S: Final = 2.0
DARK_S: Final = 40.0
DOSE_WITHIN: Final = 0.08  # of the dose asked for, as the meter saw it
SAME_DOSE_MJ_CM2: Final = 0.1  # what is missing of a dose and not worth opening for
NOTHING_BEGUN_S: Final = 0.001  # left in the shutter controller: no exposure of this job began
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


@dataclass(frozen=True)
class Aligner:
    """The verbs of an aligner. Every verb leaves the shutter closed if it raises.

    `sensor_area_cm2` is the area of the dose meter's head, which looks at the lamp through the
    pick-off, whether the shutter is open or not.
    """

    kind: ClassVar[str] = "aligner"
    roles: ClassVar[Mapping[str, str]] = {
        "plc": "click_plc",
        "stage": "newport_esp301",
        "shutter": "thorlabs_sc10",
        "dose_meter": "thorlabs_pm100",
        "lamp": "oriel_69907",
    }

    name: str
    plc: ClickPlc
    stage: NewportEsp301
    shutter: ThorlabsSc10
    dose_meter: ThorlabsPm100
    lamp: Oriel69907
    clock: Clock
    sensor_area_cm2: float
    # No instrument counts the dose over several openings: what was given is kept here, by job.
    given_mj_cm2: dict[str, float] = field(default_factory=dict[str, float], compare=False)

    @property
    def map(self) -> AlignerMap:
        """The aligner's own part of its controller."""
        return AlignerMap(self.plc)

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; one error names all that are at fault."""
        return await fleet.identify_all(self._fleet)

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """In Execute inside."""
        return visit.host_sequence(self.plc, job, self._forget_last_job)

    def procedure(self, setpoints: AlignerSetpoints, job: Job) -> Sequence[Phase]:
        """Chuck, reticle, marks, gap, lamp, light, release; the dose ends the light."""
        s, longest_s = setpoints, setpoints.deadline_min * 60
        lamp_s = min(LAMP_S + LIGHT_S, longest_s)
        return (
            SETTING.phase("chuck", self._chuck, min(VERB_S, longest_s)),
            SETTING.phase("load_reticle", lambda: self._reticle(s), min(RETICLE_S, longest_s)),
            SETTING.phase("align", lambda: self._align(s), min(ALIGN_S, longest_s)),
            SETTING.phase("set_gap", lambda: self._gap(s), min(VERB_S, longest_s)),
            SETTING.phase("measure_lamp", lambda: self._measure_lamp(s), lamp_s),
            DOSING.phase(EXPOSE, lambda: self._expose(s, job), longest_s, "mj_cm2"),
            SETTING.phase("release", self._release, min(2 * VERB_S, longest_s)),
            SETTING.phase("finish", lambda: visit.finish(self.plc), min(ALIGN_S, longest_s)),
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
        """Shutter closed, stage at rest, controller at rest; sentences for what is not sure.

        The lamp burns on behind its shutter; where that cannot be confirmed, light on the wafer
        puts the lamp out.
        """
        return await fleet.make_all_safe(
            [
                fleet.SafeStep(self.shutter.name, self._dark, DARK_S),
                fleet.safe(self.stage),
                fleet.safe(self.plc, PLC_SAFE_S),
            ]
        )

    async def evidence(self, job_id: str) -> Evidence:
        """The dose that the meter saw while the shutter was open for the job."""
        return await fleet.evidence_of(self.plc, job_id, lambda: self._count(job_id))

    @property
    def _meter(self) -> Meter:
        return Meter(self.dose_meter, self.sensor_area_cm2, self.clock)

    @property
    def _lamp(self) -> Lamp:
        return Lamp(self.lamp, self._meter, self.map)

    @property
    def _fleet(self) -> fleet.Fleet:
        return {
            "plc": self.plc,
            "stage": self.stage,
            "shutter": self.shutter,
            "dose_meter": self.dose_meter,
            "lamp": self.lamp,
        }

    async def _dark(self) -> None:
        try:
            async with asyncio.timeout(fleet.SAFE_S):
                await self.shutter.make_safe()
        except (DriverError, TimeoutError) as error:
            await self._lamp.dark_if_lit()
            words = f"is not known to be closed: {error}".removesuffix(": ")
            raise NotReached(words, source=self.shutter.name) from error

    async def _forget_last_job(self) -> None:
        self.given_mj_cm2.clear()
        await self.shutter.open_s.write_and_verify(NOTHING_BEGUN_S)

    async def _chuck(self) -> Done:
        """Hold the wafer by vacuum."""
        await self.plc.perform(Order.CHUCK_VACUUM, 1, deadline_s=VERB_S)
        return Done({"chuck_kpa": await self.map.chuck_kpa.value()})

    async def _reticle(self, setpoints: AlignerSetpoints) -> Done:
        """Bring the reticle into the holder, or none; raise Tripped if another one is there."""
        wanted = setpoints.reticle_number
        if int(await self.map.reticle_loaded.value()) != wanted:
            await _change_reticle(self.plc, wanted)
        loaded = int(await self.map.reticle_loaded.value())
        if loaded != wanted:
            raise Tripped(
                f"reticle {loaded} is in the holder instead of {wanted}", source=self.plc.name
            )
        return Done({"reticle_number": loaded})

    async def _align(self, setpoints: AlignerSetpoints) -> Done:
        """Move the stage until the marks agree; nothing without a reticle. Errors as `align`."""
        if setpoints.is_flood:
            return Done()
        alignment = Alignment(self.stage, self.plc)
        residual, moves = await alignment.align(setpoints.overlay_limit_um)
        return Done(
            {
                "overlay_um": residual.overlay_um,
                "mark_x_um": residual.x_um,
                "mark_y_um": residual.y_um,
                "mark_theta_mdeg": residual.theta_mdeg,
                "moves": moves,
            }
        )

    async def _gap(self, setpoints: AlignerSetpoints) -> Done:
        """Bring the wafer to its distance from the reticle."""
        await self.plc.perform(Order.GAP, round(setpoints.gap_um * 10), deadline_s=VERB_S)
        return Done({"gap_um": await self.map.gap_um.value()})

    async def _measure_lamp(self, setpoints: AlignerSetpoints) -> Done:
        """Have the lamp burn and measure it with the shutter closed; errors as `Lamp.burn`.

        Raises Refused if it is too dim.
        """
        lamp_h = await self._burning(setpoints)
        lamp_mw_cm2 = await self._meter.lamp_mw_cm2(setpoints.wavelength_nm)
        power_w, current_a = await self.lamp.power_w.value(), await self.lamp.current_a.value()
        return Done(
            {
                "lamp_mw_cm2": lamp_mw_cm2,
                "lamp_h": lamp_h,
                "lamp_w": power_w,
                "lamp_a": current_a,
            }
        )

    async def _burning(self, setpoints: AlignerSetpoints) -> float:
        s = setpoints
        return await self._lamp.burn(s.lamp_w, s.lamp_limit_h, s.wavelength_nm)

    async def _expose(self, setpoints: AlignerSetpoints, job: Job) -> Done:
        """Give what is missing of the dose, timed by the shutter controller itself.

        Raises InterlockOpen without permit, Refused if an exposure was begun and nobody knows
        its dose, Tripped if the lamp goes out, the shutter closed early or the meter saw
        another dose.
        """
        await visit.require(self.map.exposure_permit, "the controller gives no exposure permit")
        given = already = await self._given_before(job)
        left = setpoints.dose_mj_cm2 - already
        readings: dict[str, float] = {}
        if left > SAME_DOSE_MJ_CM2:
            await self._burning(setpoints)  # a hold may have put it out
            lamp_mw_cm2 = await self._meter.lamp_mw_cm2(setpoints.wavelength_nm)
            seconds = max(left / lamp_mw_cm2, 2 * NOTHING_BEGUN_S)
            given = await self._shine(seconds, left, already, job)
            readings = {"exposed_s": seconds, "lamp_mw_cm2": lamp_mw_cm2}
        if abs(given - setpoints.dose_mj_cm2) > DOSE_WITHIN * setpoints.dose_mj_cm2:
            # Timed by the lamp it had the whole dose: which of the two is right, nobody knows.
            self.given_mj_cm2.pop(job.id, None)
            raise Tripped(
                f"the meter saw {given:.1f} of {setpoints.dose_mj_cm2:g} mJ/cm2",
                source=self.dose_meter.name,
            )
        return Done({"dose_mj_cm2": given, **readings})

    async def _shine(self, seconds: float, left: float, already: float, job: Job) -> float:
        """Open the shutter once; return the whole dose, on record however this ends."""
        opening = Opening(self.shutter, self._meter, self.map)
        try:
            async with visit.reporting(job, self.clock, opening.dose, left, "mj_cm2"):
                light = opening.shine(seconds)
                await while_well(light, self._lamp.look, self.clock, every_s=LAMP_LOOK_S)
        finally:
            self.given_mj_cm2.pop(job.id, None)
            if opening.known:
                self.given_mj_cm2[job.id] = already + await opening.dose()
        return self.given_mj_cm2[job.id]

    async def _given_before(self, job: Job) -> float:
        if EXPOSE in job.already:
            return job.already[EXPOSE]
        if (opened_s := await self.shutter.open_s.value()) > NOTHING_BEGUN_S:
            raise Refused(
                f"an exposure of {opened_s:g} s was begun and its dose is not known: "
                "a person decides",
                source=self.shutter.name,
            )
        return 0.0

    async def _release(self) -> Done:
        """Open the gap, let the wafer go."""
        await self.plc.perform(Order.GAP, 0, deadline_s=VERB_S)
        await self.plc.perform(Order.CHUCK_VACUUM, 0, deadline_s=VERB_S)
        return Done()

    async def _count(self, job_id: str) -> tuple[Mapping[str, float], Sequence[str]]:
        if job_id in self.given_mj_cm2:
            given = self.given_mj_cm2[job_id]
            return {EXPOSE: given}, [f"{self.dose_meter.name}: saw {given:.1f} mJ/cm2"]
        if (opened_s := await self.shutter.open_s.value()) > NOTHING_BEGUN_S:
            words = f"an exposure of {opened_s:g} s was begun; its dose was not seen to its end"
            return {}, [f"{self.shutter.name}: {words}"]
        return {EXPOSE: 0.0}, [f"{self.shutter.name}: no exposure was begun"]


async def _change_reticle(plc: ClickPlc, wanted: int) -> None:
    """Raise Rejected only if the arm is not free after as long as it takes for a reticle."""
    end_s = plc.clock.monotonic() + ARM_S
    while True:
        try:
            await plc.perform(Order.LOAD_RETICLE, wanted, deadline_s=RETICLE_S)
        except Rejected:  # of a visit that was broken off the arm still carries the reticle
            if plc.clock.monotonic() > end_s:
                raise
            await sleep(plc.clock, ARM_LOOK_S)
        else:
            return
