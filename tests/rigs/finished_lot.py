"""The facts of a whole lot that went through the line without a hitch, with nominal metrology."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from drivers.core.errors import Effect
from linecontrol.journal import facts as f
from linecontrol.journal.fold import LineState
from linecontrol.machines.alarm import AlarmEvent, AlarmState
from linecontrol.machines.control_job import LotEvent, LotState
from linecontrol.machines.process_job import JobEvent, JobState
from linecontrol.machines.substrate import Need, NeedEvent, Place, PlaceEvent
from linecontrol.model.flow import Flow, Step
from linecontrol.model.library import Library, read_library, shipped
from linecontrol.model.lot import wafers_of
from linecontrol.model.metrics import metrics

FLOWS = ("reentrant_fill_200um", "reentrant_fill_no_reflow", "generic_substrate", "straight_film")
BEGIN = datetime(2026, 3, 4, 1, 10, tzinfo=UTC)
# What a lot without the fill gives: the metal stands in the recess.
WITHOUT_FILL = {
    "pad_cd_um": 114.7,
    "plated_um": 105.4,
    "bump_um": 93.0,
    "shear_g_mil2": 2.28,
    "gap_um": 73.8,
}
# Phase, seconds, readings.
_PHASES: Mapping[str, Sequence[tuple[str, float, Mapping[str, float]]]] = {
    "sputter": (
        ("pump_down", 304.0, {"chamber_mbar": 4.2e-7}),
        ("preclean", 62.0, {"preclean_w": 300.0, "preclean_mtorr": 5.02}),
        ("barrier", 131.0, {"thickness_nm": 199.8, "process_mtorr": 7.01, "target_v": 435.7}),
        ("seed", 51.2, {"thickness_nm": 301.3, "process_mtorr": 4.99, "target_v": 463.3}),
        ("vent", 90.0, {"lock_mbar": 1012.0}),
    ),
    "laminator": (
        ("heat", 410.0, {"upper_roll_c": 105.2, "lower_roll_c": 104.8}),
        ("evacuate", 28.0, {"vacuum_kpa": 2.9, "preheat_c": 45.3}),
        ("laminate", 13.4, {"nip_bar": 3.51, "belt_m_min": 1.0, "tension_n": 22.1}),
    ),
    "aligner": (
        ("align", 21.0, {"overlay_um": 0.36, "mark_x_um": -0.21}),
        ("expose", 13.4, {"dose_mj_cm2": 299.6, "lamp_mw_cm2": 22.46}),
    ),
    "developer": (
        ("develop", 200.0, {"bath_c": 30.1, "spray_bar": 1.5}),
        ("rinse", 40.0, {"rinse_lpm": 6.0}),
        ("dry", 25.0, {}),
    ),
    "spin_coater": (
        ("dispense", 15.0, {"dispensed_ml": 5.01}),
        ("spin", 42.0, {"set_rpm": 1500.0, "spun_s": 40.0}),
        ("degas", 10.0, {"degas_kpa": 5.1}),
        ("bake", 300.0, {"plate_c": 110.2}),
    ),
    "plating_cell": (
        ("prewet", 15.0, {}),
        ("plate", 1020.0, {"charge_c": 807.9, "current_a": 4.64, "flow_lpm": 20.3}),
        ("rinse", 20.0, {"conductivity_us_cm": 3.1}),
    ),
    "stripper": (
        ("strip", 1500.0, {"tank_c": 65.1, "agitation_pct": 100.0}),
        ("rinse", 360.0, {}),
        ("dry", 600.0, {}),
    ),
    "plasma_etcher": (
        ("seed", 227.2, {"end_point_s": 189.4, "source_w": 1000.0, "bias_v": 299.0}),
        ("barrier", 205.1, {"end_point_s": 157.7, "helium_torr": 8.0}),
    ),
    "reflow_oven": (("reflow", 329.8, {"oxygen_ppm": 12.0, "belt_m_min": 0.7}),),
}


@cache
def library() -> Library:
    return read_library(shipped())


@dataclass(frozen=True)
class LotRig:
    """One lot on one flow. `measured` replaces nominal values; None leaves one out."""

    flow_name: str = "reentrant_fill_200um"
    wafers: int = 2
    simulated: bool = True
    lot: str = "L0001"
    by: str = "m.weber"
    measured: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    until: int = 99  # steps that every wafer has had
    wait_min: float = 32.0  # between two steps

    @property
    def flow(self) -> Flow:
        return library().flows[self.flow_name]

    def state(self, *more: f.AnyFact) -> LineState:
        """The line after all facts of the lot, and then `more` an hour later."""
        state = LineState()
        last = BEGIN
        for at, fact in self.facts():
            state.apply(at.isoformat(timespec="microseconds"), fact)
            last = max(last, at)
        for fact in more:
            last += timedelta(minutes=1)
            state.apply(last.isoformat(timespec="microseconds"), fact)
        return state

    def facts(self) -> Iterator[tuple[datetime, f.AnyFact]]:
        yield from ((BEGIN, fact) for fact in self._opening())
        ends: list[datetime] = []
        for place, wafer in enumerate(self._ids):
            at = BEGIN + timedelta(minutes=4 + 9 * place)
            for number, step in enumerate(self.flow.steps[: self.until]):
                job = f"J{place * 100 + number + 1:06d}"
                work = list(self._step(at, job, wafer, step))
                yield from work
                at = work[-1][0] + timedelta(minutes=self.wait_min)
            ends.append(at)
        if self.until >= len(self.flow.steps):
            done = f.LotMoved(lot=self.lot, event=LotEvent.FINISHED, state=LotState.COMPLETED)
            yield max(ends), done

    @property
    def _ids(self) -> tuple[str, ...]:
        return tuple(wafer.id for wafer in wafers_of(self.lot, self.wafers))

    def _opening(self) -> Iterator[f.AnyFact]:
        flow = self.flow
        tools = tuple(sorted({self.tool_of(step) for step in flow.steps}))
        yield f.LineOpened(line="pilot", simulated=self.simulated, software="0.1.0", tools=tools)
        yield f.LotCreated(
            lot=self.lot, flow=flow.name, revision=flow.revision, flow_hash=flow.hash,
            flow_text=flow.model_dump_json(by_alias=True), wafers=self._ids, by=self.by,
        )  # fmt: skip
        for step in flow.steps:
            recipe = library().recipes[step.recipe]
            yield f.RecipeUsed(
                lot=self.lot, step=step.id, visit=step.visit, recipe=recipe.name,
                revision=recipe.revision, hash=recipe.hash, text=recipe.model_dump_json(),
            )  # fmt: skip
        yield f.LotMoved(lot=self.lot, event=LotEvent.AUTO_STARTED, state=LotState.EXECUTING)
        for wafer in self._ids:
            yield f.WaferPlaced(
                wafer=wafer, event=PlaceEvent.ARRIVED, place=Place.AT_SOURCE, location="cassette"
            )

    @staticmethod
    def tool_of(step: Step) -> str:
        needs = "".join(f"-{value}" for value in step.needs.values())
        return f"{step.tool.replace('_', '-')}{needs}-1"

    def _step(
        self, at: datetime, job: str, wafer: str, step: Step
    ) -> Iterator[tuple[datetime, f.AnyFact]]:
        tool = self.tool_of(step)
        yield at, f.JobCreated(tool=tool, job=job, lot=self.lot, wafer=wafer, step=step.id)
        for number, (phase, lasts_s, readings) in enumerate(_PHASES[step.tool], start=1):
            activity = f"{job}.{number}"
            yield at, f.Intent(
                tool=tool, activity=activity, job=job, wafer=wafer, phase=phase,
                deadline_s=4 * lasts_s,
            )  # fmt: skip
            at += timedelta(seconds=lasts_s)
            yield at, f.Done(tool=tool, activity=activity, readings=readings)
        last = step.id == self.flow.steps[-1].id
        event = NeedEvent.FINISHED if last else NeedEvent.STEP_FINISHED
        need = Need.PROCESSED if last else Need.NEEDS_PROCESSING
        yield at, f.JobMoved(tool=tool, job=job, event=JobEvent.DEPARTED, state=JobState.ENDED)
        yield at, f.WaferChanged(wafer=wafer, event=event, need=need, step=step.id)
        for name in step.measure:
            if (value := self.value(name)) is not None:
                yield at, measured(wafer, step.id, name, value)

    def value(self, metric: str) -> float | None:
        """What is measured on every wafer of this lot; None if nothing is."""
        if metric in self.measured:
            return self.measured[metric]
        nominal = metrics()[metric].target
        open_recess = self.flow.first("coat_liquid") is None
        return WITHOUT_FILL.get(metric, nominal) if open_recess else nominal


def measured(wafer: str, step: str, metric: str, value: float) -> f.Measured:
    """A value that a person entered."""
    known = metrics()[metric]
    return f.Measured(
        wafer=wafer, step=step, metric=metric, value=value,
        unit=known.unit, gauge=known.gauge, by="m.weber",
    )  # fmt: skip


def broken_try(rig: LotRig, step: str, message: str) -> tuple[f.AnyFact, ...]:
    """A try of a phase on the first wafer that failed, and the alarm it raised."""
    wafer = f"{rig.lot}-01"
    place = next(n for n, one in enumerate(rig.flow.steps, start=1) if one.id == step)
    job, tool = f"J{place:06d}", rig.tool_of(rig.flow.steps[place - 1])
    return (
        f.Intent(
            tool=tool, activity=f"{job}.99", job=job, wafer=wafer, phase="plate", deadline_s=60.0
        ),
        f.Failed(
            tool=tool, activity=f"{job}.99", code="DRV-401", effect=Effect.PARTIAL,
            message=message, source="rectifier",
        ),
        f.AlarmMoved(
            tool=tool, alarm="rectifier.DRV-401", event=AlarmEvent.RAISED,
            state=AlarmState.UNACKNOWLEDGED, source="rectifier", text=message,
            action="Find out at the tool what stopped holding; then resume or abort the job.",
        ),
    )  # fmt: skip
