"""The metrology table: every value of every wafer against its window."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from linecontrol.model.metrics import Judgement, metrics
from linecontrol.report.findings import Value, values_of
from linecontrol.report.markup import Markup, tag
from linecontrol.report.record import LotRecord, WaferRecord
from linecontrol.report.wording import (
    METRIC_WORDS,
    NOT_THERE,
    limits,
    measured_value,
    number,
    plain,
    unit_in_print,
)

WAFERS_PER_TABLE: Final = 6  # what fits across a page of paper
_MARKS: Final = {
    Judgement.IN_CONTROL: ("", "in-control"),
    Judgement.OUT_OF_CONTROL: ("△ ", "out-of-control"),
    Judgement.OUT_OF_SPEC: ("✕ ", "out-of-spec"),
}
_Row = tuple[str, str]  # step, metric


def metrology_section(lot: LotRecord) -> Markup:
    """All wafers, a few per table."""
    groups = [
        lot.wafers[first : first + WAFERS_PER_TABLE]
        for first in range(0, len(lot.wafers), WAFERS_PER_TABLE)
    ]
    rows = list(dict.fromkeys((v.step, v.name) for w in lot.wafers for v in values_of(w)))
    order = {run.step.id: place for place, run in enumerate(lot.wafers[0].runs)}
    rows.sort(key=lambda row: order[row[0]])
    return tag(
        "section",
        tag("h2", "Metrology"),
        tag(
            "p",
            "Plain: in control. ",
            tag("span", "△ out of control", class_="out-of-control"),
            " the wafer is good, the process has drifted. ",
            tag("span", "✕ out of spec", class_="out-of-spec"),
            " the wafer is not good. A dash: not measured. Gauge and person stand behind each"
            " value.",
            class_="note",
        ),
        *(_table(rows, wafers) for wafers in groups),
        id="metrology",
    )


def _table(rows: Sequence[_Row], wafers: Sequence[WaferRecord]) -> Markup:
    values = [{(v.step, v.name): v for v in values_of(wafer)} for wafer in wafers]
    names = ("Metric", "Unit", "Target", "Control", "Spec")
    head = tag(
        "tr",
        *(tag("th", name) for name in names),
        *(tag("th", wafer.id, class_="wafer-id") for wafer in wafers),
    )
    body = [
        one
        for step, of_step in groupby(rows, lambda row: row[0])
        for one in _step(step, list(of_step), wafers, values)
    ]
    return tag("table", tag("thead", head), tag("tbody", *body), class_="metrology")


def _step(
    step: str,
    rows: Sequence[_Row],
    wafers: Sequence[WaferRecord],
    values: Sequence[dict[_Row, Value]],
) -> Iterator[Markup]:
    yield tag("tr", tag("th", plain(step), colspan=5 + len(wafers)), class_="step")
    for row in rows:
        cells = (_cell(of.get(row), wafer) for wafer, of in zip(wafers, values, strict=True))
        yield tag("tr", *_window(row[1]), *cells)


def _window(name: str) -> Iterator[Markup]:
    metric = metrics().get(name)
    words = METRIC_WORDS.get(name, plain(name))
    yield tag("td", words, " ", tag("code", name), class_="metric")
    if metric is None:
        yield tag("td", "no window", colspan=4, class_="window")
        return
    yield tag("td", unit_in_print(metric.unit), class_="unit")
    yield tag("td", number(metric.target), class_="window")
    yield tag("td", limits(metric.control_low, metric.control_high), class_="window")
    yield tag("td", limits(metric.spec_low, metric.spec_high), class_="window")


def _cell(value: Value | None, wafer: WaferRecord) -> Markup:
    if value is None or value.value is None:
        return tag("td", NOT_THERE, class_="value none", title="not measured")
    measured = wafer.measured[f"{value.step}.{value.name}"]
    said = f"{measured.gauge}, entered by {measured.by}"
    judged = value.judgement
    if value.metric is None or judged is None:
        text = f"{number(value.value)} {unit_in_print(measured.unit)}".strip()
        return tag("td", text, class_="value", title=f"{said}; no window to judge it by")
    sign, css = _MARKS[judged]
    text = sign + measured_value(value.metric, value.value)
    return tag("td", text, class_=f"value {css}", title=f"{plain(judged)}; {said}")
