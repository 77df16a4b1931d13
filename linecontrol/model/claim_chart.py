"""The claim chart: what a finished wafer shows of each claim that its flow declares."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from math import isfinite
from typing import Final

from drivers.setpoints import AlignerSetpoints, LaminatorSetpoints, SpinCoaterSetpoints
from linecontrol.model.claims import THICKEST_UM, THINNEST_UM, Claim, Rule
from linecontrol.model.faults import Source
from linecontrol.model.flow import Flow, Step
from linecontrol.model.recipe import AnySetpoints, Recipe
from linecontrol.model.route import Route
from linecontrol.model.visits import VISITS, VisitName


class Verdict(StrEnum):
    """What the records say of one element of a claim."""

    SHOWN = auto()
    NOT_SHOWN = auto()  # nothing was recorded that could show it
    CONTRADICTED = auto()


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What the journal holds of one step of one wafer; `ended` is None while it is not done."""

    tool: str
    kind: str
    recipe: str
    recipe_hash: str
    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class WaferFacts:
    """What is known of one wafer: its steps by step id, its last measured values by metric."""

    wafer: str
    steps: Mapping[str, StepRecord]
    measured: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One element of one claim on one wafer: the verdict and, in words, on what it rests."""

    claim: int
    wafer: str
    element: str
    verdict: Verdict
    evidence: str


_Finding = tuple[str, Verdict, str]


def claim_chart(
    flow: Flow, recipes: Iterable[Recipe], wafers: Sequence[WaferFacts]
) -> list[ChartRow]:
    """The rows of the chart, by claim and then by wafer; empty for a development route.

    `recipes` are those that the lot ran; a step counts only if its recorded hash is that of the
    recipe, so what the chart says of a recipe is what the wafer got.
    """
    route = Route(flow, tuple(recipes), Source(flow.name))
    return [
        ChartRow(claim.number, facts.wafer, element, verdict, evidence)
        for claim in route.claims
        for facts in wafers
        for element, verdict, evidence in _FINDINGS[claim.rule](route, claim, facts)
    ]


def _sequence(route: Route, _claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
    yield "a: substrate", Verdict.SHOWN, f"wafer {facts.wafer}: {route.flow.substrate}"
    before: datetime | None = None
    for step in route.flow.steps:
        record = facts.steps.get(step.id)
        element = f"{VISITS[step.visit].step}: {step.visit}"
        yield element, *_step_finding(record, before)
        before = before if record is None or record.ended is None else record.ended


def _step_finding(record: StepRecord | None, before: datetime | None) -> tuple[Verdict, str]:
    if record is None:
        return Verdict.NOT_SHOWN, "no record that it began"
    words = (
        f"{record.tool}, recipe {record.recipe} ({record.recipe_hash[:12]}), "
        f"began {record.began.isoformat(timespec='seconds')}"
    )
    if record.ended is None:
        return Verdict.NOT_SHOWN, f"{words}, no record that it ended"
    words = f"{words}, ended {record.ended.isoformat(timespec='seconds')}"
    if before is not None and record.began < before:
        return Verdict.CONTRADICTED, f"{words}, before the step before it had ended"
    return Verdict.SHOWN, words


def _more_than_none(metric: str, what: str, unit: str) -> Callable[..., Iterator[_Finding]]:
    def finding(_route: Route, claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
        value = facts.measured.get(metric)
        if value is None or not isfinite(value):
            yield claim.words, Verdict.NOT_SHOWN, f"{what} was not measured"
        else:
            verdict = Verdict.SHOWN if value > 0 else Verdict.CONTRADICTED
            yield claim.words, verdict, f"{what}: {value:.2f}{unit}"

    return finding


def _positive(route: Route, claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
    for step, setpoints in _run(route, "coat_liquid", facts):
        if isinstance(setpoints, SpinCoaterSetpoints):
            words = f"{setpoints.resist}, declared {setpoints.resist_tone} by {step.recipe}"
            yield claim.words, _verdict(holds=setpoints.resist_tone == "positive"), words
            return
    yield claim.words, Verdict.NOT_SHOWN, "no record of a coat with its recipe"


def _negative(route: Route, claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
    for step, setpoints in _run(route, "laminate_film", facts):
        if isinstance(setpoints, LaminatorSetpoints):
            words = f"{setpoints.film_material}, declared {setpoints.resist_tone} by {step.recipe}"
            yield claim.words, _verdict(holds=setpoints.resist_tone == "negative"), words
            return
    yield claim.words, Verdict.NOT_SHOWN, "no record of a lamination with its recipe"


def _thickness(route: Route, claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
    measured = facts.measured.get("film_um")
    for step, setpoints in _run(route, "laminate_film", facts):
        if not isinstance(setpoints, LaminatorSetpoints):
            continue
        words = f"{setpoints.film_um:g} um declared by {step.recipe}"
        declared = THINNEST_UM <= setpoints.film_um <= THICKEST_UM
        if measured is None or not isfinite(measured):
            verdict = Verdict.NOT_SHOWN if declared else Verdict.CONTRADICTED
            yield claim.words, verdict, f"{words}; the thickness was not measured"
        else:
            verdict = _verdict(holds=declared and THINNEST_UM <= measured <= THICKEST_UM)
            yield claim.words, verdict, f"{words}, {measured:.1f} um measured"
        return
    yield claim.words, Verdict.NOT_SHOWN, "no record of a lamination with its recipe"


def _own_mask(route: Route, claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
    for step, setpoints in _run(route, "flood_expose", facts):
        if isinstance(setpoints, AlignerSetpoints):
            words = f"flood exposure by {step.recipe} with reticle {setpoints.reticle!r}"
            yield claim.words, _verdict(holds=setpoints.is_flood), words
            return
    yield claim.words, Verdict.NOT_SHOWN, "no record of a flood exposure with its recipe"


def _made_by_its_tool(visit: VisitName) -> Callable[..., Iterator[_Finding]]:
    def finding(route: Route, claim: Claim, facts: WaferFacts) -> Iterator[_Finding]:
        for _, step in route.making(visit):
            record = facts.steps.get(step.id)
            if record is not None and record.ended is not None:
                words = f"made by {record.tool}, a {record.kind.replace('_', ' ')}"
                yield claim.words, _verdict(holds=record.kind == VISITS[visit].tool), words
                return
        yield claim.words, Verdict.NOT_SHOWN, f"no record that {visit} ended"

    return finding


def _run(route: Route, visit: VisitName, facts: WaferFacts) -> Iterator[tuple[Step, AnySetpoints]]:
    """The steps of `visit` that ended on the wafer, with the set-points they ran."""
    for _, step in route.making(visit):
        record, recipe = facts.steps.get(step.id), route.recipe_of(step)
        if record is None or record.ended is None or recipe is None:
            continue
        if record.recipe_hash == recipe.hash:
            yield step, recipe.setpoints


def _verdict(*, holds: bool) -> Verdict:
    return Verdict.SHOWN if holds else Verdict.CONTRADICTED


_FINDINGS: Final[Mapping[Rule, Callable[[Route, Claim, WaferFacts], Iterator[_Finding]]]] = {
    Rule.SEQUENCE: _sequence,
    Rule.RECESS: _more_than_none("recess_um", "recess width", " um"),
    Rule.PLUG: _more_than_none("residual_fill", "fill of the recess after development", ""),
    Rule.POSITIVE: _positive,
    Rule.NEGATIVE: _negative,
    Rule.OWN_MASK: _own_mask,
    Rule.DRY_FILM: _made_by_its_tool("laminate_film"),
    Rule.THICKNESS: _thickness,
    Rule.PLASMA: _made_by_its_tool("etch_ubm"),
}
