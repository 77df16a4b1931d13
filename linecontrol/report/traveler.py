"""The traveler of each wafer: where it was, with which recipe, when, and how every phase went."""

from itertools import groupby

from linecontrol.journal.facts import Done
from linecontrol.report.findings import queue_excess, try_in_words
from linecontrol.report.markup import Markup, joined, tag
from linecontrol.report.record import LotRecord, StepRun, Try, WaferRecord
from linecontrol.report.wording import NOT_THERE, day_and_time, duration, plain, reading


def traveler_section(lot: LotRecord) -> Markup:
    """One traveler per wafer, the first one open."""
    wafers = (_traveler(wafer, first=not place) for place, wafer in enumerate(lot.wafers))
    return tag("section", tag("h2", "Traveler"), *wafers, id="traveler")


def _traveler(wafer: WaferRecord, *, first: bool) -> Markup:
    done = sum(run.done for run in wafer.runs)
    where = f", now in {wafer.location}" if wafer.location else ""
    words = f"{done} of {len(wafer.runs)} steps, {plain(wafer.need)}{where}"
    head = tag("summary", tag("b", wafer.id), " ", tag("span", words, class_="claim-of"))
    names = ("", "Step", "Tool", "Recipe", "Waited", "Start", "End", "Duration")
    table = tag(
        "table",
        tag("thead", tag("tr", *(tag("th", name) for name in names))),
        *(_step(wafer, place) for place in range(len(wafer.runs))),
        class_="traveler",
    )
    if first:
        return tag("details", head, table, open="open", class_="wafer")
    return tag("details", head, table, class_="wafer")


def _step(wafer: WaferRecord, place: int) -> Markup:
    run = wafer.runs[place]
    head = tag(
        "tr",
        tag("td", str(place + 1), class_="place"),
        tag("td", tag("b", plain(run.step.id)), class_="step-name"),
        tag("td", run.tool or NOT_THERE),
        _recipe(run),
        _waited(wafer, place),
        tag("td", day_and_time(run.began) if run.began else NOT_THERE, class_="time"),
        tag("td", _end(run), class_="time"),
        tag("td", _took(run), class_="time"),
        class_="head",
    )
    rows = [head]
    if run.tries:
        rows.append(tag("tr", tag("td"), tag("td", _phases(run), colspan=7), class_="phases"))
    return tag("tbody", *rows)


def _recipe(run: StepRun) -> Markup:
    if run.recipe is None:
        return tag("td", run.step.recipe, " not on record")
    name = f"{run.recipe.recipe}@{run.recipe.revision}"
    return tag("td", name, " ", tag("code", run.recipe.hash[:12], title=run.recipe.hash))


def _waited(wafer: WaferRecord, place: int) -> Markup:
    waited, excess = wafer.waited(place), queue_excess(wafer, place)
    if waited is None:
        return tag("td", NOT_THERE if place else "", class_="time")
    if excess:
        return tag("td", "✕ ", duration(waited), class_="time out-of-spec", title=excess)
    return tag("td", duration(waited), class_="time")


def _end(run: StepRun) -> str:
    if run.ended:
        return day_and_time(run.ended)
    return "not done" if run.tries else NOT_THERE


def _took(run: StepRun) -> str:
    return duration(run.ended - run.began) if run.ended and run.began else NOT_THERE


def _phases(run: StepRun) -> Markup:
    """Every phase with its tries in order; those that failed in plain words."""
    phases = groupby(run.tries, lambda one: one.phase)
    return tag("ol", *(tag("li", _phase(run, list(tries))) for _, tries in phases))


def _phase(run: StepRun, tries: list[Try]) -> Markup:
    parts = [_try(run, one) for one in tries]
    return joined(parts)


def _try(run: StepRun, one: Try) -> Markup:
    if not isinstance(one.outcome, Done) or one.ended is None:
        return tag("p", tag("span", "✕", class_="grave"), " ", try_in_words(run, one),
                   class_="failed")  # fmt: skip
    readings = (reading(name, value) for name, value in one.outcome.readings.items())
    return joined(
        (
            tag("span", plain(one.phase), class_="phase"),
            tag("span", duration(one.ended - one.began), class_="took"),
            tag("span", ", ".join(readings), class_="readings"),
        )
    )
