"""The head of the report: the lot, how it stands, what needs a look, what a skipped fill costs."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from math import pi
from typing import Final

from linecontrol.machines.substrate import Need
from linecontrol.model.claim_chart import ChartRow, Verdict
from linecontrol.model.metrics import Judgement, metrics
from linecontrol.report.findings import findings, values_of
from linecontrol.report.markup import Markup, joined, tag
from linecontrol.report.opening import Opening, opening_of
from linecontrol.report.record import LotRecord
from linecontrol.report.wording import day_and_time, duration, plain, with_unit

_HOW_IT_STANDS: Final = {Need.NONE: "not begun", Need.NEEDS_PROCESSING: "waiting"}


def title(lot: LotRecord) -> str:
    """The title of the page; it says at once if the lot was simulated or practises no claim."""
    simulated = "SIMULATED: " if lot.simulated else ""
    route = " (development route)" if lot.flow.is_development else ""
    return f"{simulated}lot {lot.id}, {lot.flow.reference}{route}"


def head(lot: LotRecord) -> Markup:
    """Banner, lot and flow."""
    banner = tag(
        "div",
        tag("strong", "SIMULATED"),
        " No wafer was made: every value on this page comes from the emulated line.",
        class_="banner",
    )
    return tag(
        "header",
        banner if lot.simulated else "",
        tag("p", "Lot report", class_="kicker"),
        tag("h1", lot.id),
        tag(
            "p", lot.flow.title, " ", tag("span", lot.flow.reference, class_="mono"), class_="flow"
        ),
        tag("p", _claims(lot), class_="route development" if lot.flow.is_development else "route"),
    )


def summary(lot: LotRecord, chart: Sequence[ChartRow], now: datetime) -> Markup:
    """How the lot stands, and what needs a look."""
    end = lot.last_work
    last = f"{day_and_time(end)}" if end else "nothing done yet"
    until = end if lot.finished and end else now
    entries = (
        ("State", _standing(lot)),
        ("Wafers", f"{len(lot.wafers)}: {', '.join(wafer.id for wafer in lot.wafers)}"),
        ("Started", f"{day_and_time(lot.created)} by {lot.by}"),
        ("Ended" if lot.finished else "Last work ended", last),
        ("Line time", duration(until - lot.created) + ("" if lot.finished else " so far")),
        ("Substrate", lot.flow.substrate),
        ("Pitch, mask", f"{lot.flow.pitch_um:g} µm, {lot.flow.mask_cd_um:g} µm"),
        ("Metrology", _metrology(lot)),
        ("Claims", _verdicts(lot, chart)),
        ("Line", f"{lot.line or 'not known'}, software {lot.software or 'not known'}"),
    )
    listed = (tag("div", tag("dt", name), tag("dd", words)) for name, words in entries)
    return tag(
        "section",
        tag("h2", "Summary"),
        tag("dl", *listed, class_="facts"),
        _needs_a_look(lot),
        _alarms(lot),
        _cost_of_no_fill(lot) if lot.flow.first("coat_liquid") is None else "",
        id="summary",
    )


def _claims(lot: LotRecord) -> str:
    if lot.flow.is_development:
        return "Development route: the flow declares no claim, and this report shows none."
    first, *others = lot.flow.claims
    also = f" with {', '.join(str(number) for number in others)}" if others else ""
    return f"Practises claim {first}{also}."


def _standing(lot: LotRecord) -> str:
    counted = Counter(_HOW_IT_STANDS.get(wafer.need, plain(wafer.need)) for wafer in lot.wafers)
    wafers = ", ".join(f"{count} {need}" for need, count in counted.items())
    return f"{plain(lot.state)} ({wafers})"


def _metrology(lot: LotRecord) -> str:
    judged = Counter(value.judgement for wafer in lot.wafers for value in values_of(wafer))
    words = [f"{judged[judgement]} {plain(judgement)}" for judgement in Judgement]
    if judged[None]:
        words.append(f"{judged[None]} not judged")
    return ", ".join(words)


def _verdicts(lot: LotRecord, chart: Sequence[ChartRow]) -> str:
    if lot.flow.is_development:
        return "none declared"
    counted = Counter(row.verdict for row in chart)
    words = [f"{counted[verdict]} {plain(verdict)}" for verdict in Verdict if counted[verdict]]
    return f"{', '.join(words) or 'nothing'} of {len(chart)} elements"


def _needs_a_look(lot: LotRecord) -> Markup:
    found = findings(lot)
    if not found:
        return tag("p", "Nothing needs a look.", class_="quiet")
    items = (
        tag(
            "li",
            tag("span", "✕" if one.grave else "△", class_="grave" if one.grave else "drift"),
            tag(
                "div",
                one.what,
                " " if one.action else "",
                tag("b", f"Action: {one.action}") if one.action else "",
            ),
        )
        for one in found
    )
    return joined((tag("h3", "Needs a look"), tag("ul", *items, class_="findings")))


def _alarms(lot: LotRecord) -> Markup:
    if not lot.alarms:
        return tag("p", "No alarm was raised on its tools while the lot was on its way.",
                   class_="quiet")  # fmt: skip
    rows = (
        tag(
            "tr",
            tag("td", day_and_time(datetime.fromisoformat(alarm.raised_at)), class_="time"),
            tag("td", alarm.last.tool),
            tag("td", tag("b", plain(alarm.last.state)) if alarm.standing else "over"),
            tag("td", alarm.last.text),
            tag("td", alarm.last.action),
        )
        for alarm in lot.alarms
    )
    names = ("Raised", "Tool", "State", "What it says", "What to do")
    table = tag("table", tag("thead", tag("tr", *(tag("th", name) for name in names))),
                tag("tbody", *rows), class_="alarms")  # fmt: skip
    return joined((tag("h3", "Alarms of its tools"), table))


def _cost_of_no_fill(lot: LotRecord) -> Markup:
    """What it costs that the recess stayed open; means over the wafers."""
    openings = [opening_of(lot.flow, lot.recipes, wafer.last) for wafer in lot.wafers]
    foot = _mean(openings, lambda opening: opening.foot.value)
    pad, of_pad = _pad(openings)
    filled_foot, filled_pad = metrics()["foot_um"].target, metrics()["pad_cd_um"].target
    area = (pad / filled_pad) ** 2 - 1
    measured = "" if all(o.foot.measured for o in openings) else " (nominal)"
    words = (
        f"The flow has no liquid resist, so the recess stays open and the metal fills it. "
        f"Foot: {with_unit(f'{foot:.1f}', 'µm')}{measured} all round; the fill would leave "
        f"{with_unit(f'{filled_foot:.1f}', 'µm')}. "
        f"UBM pad: {with_unit(f'{pad:.1f}', 'µm')} wide ({of_pad}) instead of "
        f"{with_unit(f'{filled_pad:.1f}', 'µm')}, that is "
        f"{with_unit(f'{pad - filled_pad:+.1f}', 'µm')} and {100 * area:+.0f} % of area "
        f"({with_unit(f'{pi * pad**2 / 4:,.0f}', 'µm²')}). "
        f"Between two pads "
        f"{with_unit(f'{lot.flow.pitch_um - pad:.1f}', 'µm')} are left of the pitch."
    )
    bumps = [o.bump.value for o in openings if o.bump.measured]
    if bumps:
        high, target = sum(bumps) / len(bumps), metrics()["bump_um"].target
        words += (
            f" Bumps: {with_unit(f'{high:.1f}', 'µm')} high instead of "
            f"{with_unit(f'{target:.1f}', 'µm')}."
        )
    words = words.replace("-", "\N{MINUS SIGN}")
    return joined((tag("h3", "What the skipped fill costs"), tag("p", words, class_="cost")))


def _pad(openings: Sequence[Opening]) -> tuple[float, str]:
    if all(opening.pad_cd.measured for opening in openings):
        return _mean(openings, lambda opening: opening.pad_cd.value), "measured"
    return _mean(openings, lambda o: 2 * (o.radius + o.foot.value)), "expected from the foot"


def _mean(openings: Sequence[Opening], of: Callable[[Opening], float]) -> float:
    return sum(of(opening) for opening in openings) / len(openings)
