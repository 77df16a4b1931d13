"""The report of a lot: one page of HTML that needs nothing but itself."""

from datetime import datetime

from linecontrol.journal.fold import LineState
from linecontrol.report.chart import chart_rows, claims_section
from linecontrol.report.figures import legend, sections
from linecontrol.report.markup import Markup, tag
from linecontrol.report.metrology import metrology_section
from linecontrol.report.page import page
from linecontrol.report.record import LotRecord, lot_record
from linecontrol.report.section_svg import patterns
from linecontrol.report.summary import head, summary, title
from linecontrol.report.traveler import traveler_section
from linecontrol.report.wording import day_and_time


def render(state: LineState, lot: str, now: datetime) -> str:
    """The report of a lot as it stands at `now`; raises KeyError if there is no such lot."""
    record = lot_record(state, lot)
    chart = chart_rows(record)
    return page(
        title(record),
        patterns(),
        head(record),
        summary(record, chart, now),
        claims_section(record, chart),
        metrology_section(record),
        _sections(record),
        traveler_section(record),
        _foot(record, now),
    )


def _sections(lot: LotRecord) -> Markup:
    wafers = [(tag("summary", tag("b", wafer.id)), sections(lot, wafer)) for wafer in lot.wafers]
    first = tag("details", *wafers[0], open="open", class_="wafer")
    others = (tag("details", *parts, class_="wafer unprinted") for parts in wafers[1:])
    return tag("section", tag("h2", "Sections"), legend(lot), first, *others, id="sections")


def _foot(lot: LotRecord, now: datetime) -> Markup:
    simulated = "SIMULATED. " if lot.simulated else ""
    zone = now.tzname() or "local time"
    return tag(
        "footer",
        f"{simulated}Lot {lot.id}, {lot.flow.reference}, flow hash ",
        tag("code", lot.flow.hash[:12], title=lot.flow.hash),
        f". Written {day_and_time(now)} from the journal of the line. All times {zone}.",
    )
