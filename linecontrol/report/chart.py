"""The claim chart: every claim that the flow declares, element by element, with its evidence."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from linecontrol.model.claim_chart import ChartRow, StepRecord, Verdict, WaferFacts, claim_chart
from linecontrol.model.claims import CLAIMS
from linecontrol.report.markup import Markup, joined, tag
from linecontrol.report.record import LotRecord, StepRun, WaferRecord
from linecontrol.report.wording import in_print, plain

_SIGNS: Final = {Verdict.SHOWN: "✓", Verdict.NOT_SHOWN: "○", Verdict.CONTRADICTED: "✕"}


def chart_rows(lot: LotRecord) -> list[ChartRow]:
    """The rows of the lot's claim chart."""
    wafers = [_facts(lot, wafer) for wafer in lot.wafers]
    return claim_chart(lot.flow, lot.recipes.values(), wafers)


def claims_section(lot: LotRecord, rows: Sequence[ChartRow]) -> Markup:
    """The chart as a section of the page."""
    if lot.flow.is_development:
        said = tag("p", "Development route: the flow declares no claim.", class_="quiet")
        return tag("section", tag("h2", "Claims"), said, id="claims")
    claims = (
        _claim(number, list(of_claim)) for number, of_claim in groupby(rows, lambda r: r.claim)
    )
    return tag("section", tag("h2", "Claims"), *claims, id="claims")


def _facts(lot: LotRecord, wafer: WaferRecord) -> WaferFacts:
    steps = {
        run.step.id: record for run in wafer.runs if (record := _step_record(lot, run)) is not None
    }
    names = {key.partition(".")[2] for key in wafer.measured}
    measured = {name: value for name in names if (value := wafer.last(name)) is not None}
    return WaferFacts(wafer.id, steps, measured)


def _step_record(lot: LotRecord, run: StepRun) -> StepRecord | None:
    if run.began is None or run.recipe is None:
        return None
    return StepRecord(
        tool=run.tool,
        kind=lot.recipes[run.step.id].tool,
        recipe=f"{run.recipe.recipe}@{run.recipe.revision}",
        recipe_hash=run.recipe.hash,
        began=run.began,
        ended=run.ended,
    )


def _claim(number: int, rows: list[ChartRow]) -> Markup:
    claim = CLAIMS[number]
    counted = Counter(row.verdict for row in rows)
    tally = (
        tag("span", _SIGNS[verdict], f" {counted[verdict]} {plain(verdict)}", class_=_css(verdict))
        for verdict in Verdict
        if counted[verdict]
    )
    of = "independent" if claim.of == number else f"narrows claim {claim.of}"
    head = tag(
        "summary",
        tag("span", f"Claim {number}", class_="claim-number"),
        tag("span", claim.words, class_="claim-words"),
        tag("span", of, class_="claim-of"),
        tag("span", *tally, class_="tally"),
    )
    return tag("details", head, _table(rows), open="open", class_="claim")


def _table(rows: list[ChartRow]) -> Markup:
    several = len({row.element for row in rows}) > 1
    shown: list[Markup] = []
    for wafer, of_wafer in groupby(rows, lambda row: row.wafer):
        listed = list(of_wafer)
        if several:
            shown.append(tag("tr", tag("th", wafer, colspan=3), class_="wafer"))
        shown += [_row(row, row.element if several else wafer) for row in listed]
    return tag("table", tag("tbody", *shown), class_="chart")


def _row(row: ChartRow, name: str) -> Markup:
    verdict = joined((tag("span", _SIGNS[row.verdict]), " ", plain(row.verdict)))
    return tag(
        "tr",
        tag("td", plain(name), class_="element"),
        tag("td", verdict, class_=f"verdict {_css(row.verdict)}"),
        tag("td", in_print(row.evidence), class_="evidence"),
    )


def _css(verdict: Verdict) -> str:
    return f"v-{verdict.replace('_', '-')}"
