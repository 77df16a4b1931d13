"""What is not as it should be: the part of a report that a person reads first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from linecontrol.model.metrics import Judgement, Metric, metrics
from linecontrol.report.record import LotRecord, StepRun, Try, WaferRecord
from linecontrol.report.wording import (
    METRIC_WORDS,
    day_and_time,
    duration,
    in_print,
    measured_value,
    plain,
    sentence,
    unit_in_print,
    with_unit,
)

_EFFECTS: Final = {
    "none": "nothing was done to the wafer",
    "partial": "part of it was done",
    "unknown": "what it did to the wafer is not known",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that needs a look; `grave` is the difference between bad and drifting."""

    grave: bool
    what: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One metric on one wafer after one step; without a `metric` it has no window."""

    step: str
    name: str
    metric: Metric | None
    value: float | None

    @property
    def judgement(self) -> Judgement | None:
        """Where it lies; nothing where there is no value or no window."""
        if self.value is None or self.metric is None:
            return None
        return self.metric.judge(self.value)


def values_of(wafer: WaferRecord) -> list[Value]:
    """Every value the flow asks for and every other that was measured, in the order of the flow."""
    known = metrics()
    found: list[Value] = []
    for run in wafer.runs:
        asked = list(run.step.measure)
        prefix = f"{run.step.id}."
        asked += [
            key.removeprefix(prefix)
            for key in wafer.measured
            if key.startswith(prefix) and key.removeprefix(prefix) not in asked
        ]
        for name in asked:
            one = wafer.measured.get(prefix + name)
            value = None if one is None else one.value
            found.append(Value(run.step.id, name, known.get(name), value))
    return found


def findings(lot: LotRecord) -> list[Finding]:
    """Everything out of the ordinary, the grave first."""
    found = [
        *_holds(lot),
        *_alarms(lot),
        *_out_of_window(lot),
        *_bad_ends(lot),
        *_broken(lot),
        *_queue_times(lot),
    ]
    return sorted(found, key=lambda finding: not finding.grave)


def try_in_words(run: StepRun, one: Try) -> str:
    """What became of a try that did not end well."""
    began = f"{plain(one.phase)} at {day_and_time(one.began)}"
    if one.outcome is None or one.ended is None:
        return f"{began} was begun; how it ended is not known."
    after = duration(one.ended - one.began)
    if one.outcome.kind == "done":
        return f"{began} was done after {after}."
    effect = _EFFECTS[one.outcome.effect]
    source = "" if one.outcome.source in {"", run.tool} else f" ({one.outcome.source})"
    return (
        f"{began} failed after {after}: {one.outcome.message.rstrip('.')}{source}; {effect}"
        f" ({one.outcome.code})."
    )


def queue_excess(wafer: WaferRecord, place: int) -> str:
    """How the wait before a step missed its limits; nothing if it kept them."""
    waited = wafer.waited(place)
    if waited is None:
        return ""
    step, minutes = wafer.runs[place].step, waited.total_seconds() / 60
    if step.queue_max_min is not None and minutes > step.queue_max_min:
        return f"longer than {step.queue_max_min:g} min"
    if step.queue_min_min is not None and minutes < step.queue_min_min:
        return f"shorter than {step.queue_min_min:g} min"
    return ""


def _holds(lot: LotRecord) -> Iterator[Finding]:
    for wafer in lot.wafers:
        if wafer.held is not None:
            known = " ".join(wafer.held.evidence)
            what = f"{wafer.id} is held on {wafer.held.tool}: {sentence(wafer.held.reason)} {known}"
            yield Finding(grave=True, what=what.strip(), action="Resume or abort the job.")


def _alarms(lot: LotRecord) -> Iterator[Finding]:
    for alarm in lot.alarms:
        if alarm.standing:
            state, text = plain(alarm.last.state), sentence(alarm.last.text)
            what = f"Alarm on {alarm.last.tool} ({state}): {text}"
            yield Finding(grave=True, what=what, action=alarm.last.action)


def _out_of_window(lot: LotRecord) -> Iterator[Finding]:
    found: dict[tuple[str, str, Judgement], list[tuple[str, Metric, float]]] = {}
    for wafer in lot.wafers:
        for one in values_of(wafer):
            judged = one.judgement
            if one.metric is None or one.value is None or judged is None:
                continue
            if judged is not Judgement.IN_CONTROL:
                key = (one.step, one.name, judged)
                found.setdefault(key, []).append((wafer.id, one.metric, one.value))
    for (step, name, judged), wafers in found.items():
        yield _window_finding(step, name, judged, wafers)


def _window_finding(
    step: str, name: str, judged: Judgement, wafers: list[tuple[str, Metric, float]]
) -> Finding:
    metric = wafers[0][1]
    unit = unit_in_print(metric.unit)
    listed = ", ".join(
        f"{wafer} {with_unit(measured_value(metric, value), unit)}" for wafer, _, value in wafers
    )
    what = f"{METRIC_WORDS.get(name, plain(name))} after {plain(step)} is {plain(judged)}: {listed}"
    if judged is Judgement.OUT_OF_SPEC:
        what = f"{what}; allowed {in_print(metric.allowed)}."
        return Finding(grave=True, what=what, action=sentence(metric.action))
    return Finding(grave=False, what=f"{what}. The wafer is good, the process has drifted.")


def _bad_ends(lot: LotRecord) -> Iterator[Finding]:
    for wafer in lot.wafers:
        if wafer.need in {"aborted", "stopped", "rejected", "lost", "skipped"}:
            last = [plain(run.step.id) for run in wafer.runs if run.done]
            after = f"; its last finished step is {last[-1]}" if last else ""
            yield Finding(grave=True, what=f"{wafer.id} was {wafer.need}{after}.")


def _broken(lot: LotRecord) -> Iterator[Finding]:
    for wafer in lot.wafers:
        for run in wafer.runs:
            for one in run.broken:
                yield Finding(not run.done, f"{wafer.id} on {run.tool}: {try_in_words(run, one)}")


def _queue_times(lot: LotRecord) -> Iterator[Finding]:
    for wafer in lot.wafers:
        for place, run in enumerate(wafer.runs):
            waited, excess = wafer.waited(place), queue_excess(wafer, place)
            if waited is not None and excess:
                what = (
                    f"{wafer.id} waited {duration(waited)} before {plain(run.step.id)}: {excess}."
                )
                yield Finding(grave=True, what=what)
