"""Whether what was seen of a case is what the catalogue asks for."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from fnmatch import fnmatchcase
from typing import Final

from campaigns.cases import Case, on_the_wire, place_of
from campaigns.visits import UNSEEN_S, Alarm, Seen
from sim_hardware.core.fault_catalogue import PSEUDO_ROLES, Reaction

SAME_SHARE: Final = 0.1  # of a value on the wafer, between a visit with and one without the fault
SAME_LEAST: Final = 0.2  # for values near zero, in whatever unit


class Verdict(StrEnum):
    """What came of one case."""

    OK = auto()  # the reaction that the catalogue asks for
    UNSEEN = auto()  # the visit was over before the fault could be noticed
    OPEN = auto()  # something else happened, and the catalogue says why
    HOLE = auto()  # something else happened


@dataclass(frozen=True, slots=True)
class Judged:
    """One case, what came of it, and a sentence for everything that was not as it should be."""

    case: Case
    verdict: Verdict
    findings: tuple[str, ...]
    disposition: str


def judged(case: Case, seen: Seen, reference: Seen) -> Judged:
    """Compare what was seen with what is expected, and the wafer with one that had no fault."""
    if not seen.injected:
        return Judged(case, Verdict.UNSEEN, (), seen.disposition)
    expect = place_of(case).expect
    findings = tuple(_findings(case, seen, reference, expect))
    wrong = Verdict.OPEN if place_of(case).open else Verdict.HOLE
    verdict = wrong if findings else Verdict.OK
    if findings == (_goes_on(expect),) and seen.left_s <= UNSEEN_S:
        verdict, findings = Verdict.UNSEEN, ()
    return Judged(case, verdict, findings, seen.disposition)


def _findings(case: Case, seen: Seen, reference: Seen, expect: Reaction) -> Iterator[str]:
    if not seen.ended:
        yield f"no end: {seen.held or 'the visit goes on and on'}"
    for hazard in seen.hazards:
        if hazard not in expect.hazards:
            yield f"hazard: {hazard}"
    if seen.held:
        yield from _of_the_hold(case, seen, expect)
    elif seen.ended and "goes_on" not in expect.wafer:
        yield _goes_on(expect)
    if seen.measured:
        yield from _differences(seen.measured, reference.measured)


def _goes_on(expect: Reaction) -> str:
    return f"the wafer went on instead of: {' or '.join(expect.wafer)}"


def _of_the_hold(case: Case, seen: Seen, expect: Reaction) -> Iterator[str]:
    """What has to be true of every hold, and of this one."""
    yield from _of_the_disposition(seen, expect)
    patterns = list(_patterns(case, expect))
    if patterns and not any(_tells(alarm, patterns, expect.words) for alarm in seen.alarms):
        said = "; ".join(f"{alarm.id} ({alarm.text})" for alarm in seen.alarms) or "no alarm"
        yield f"alarm is {said}, not {' or '.join(expect.alarms)} {expect.words}".rstrip()
    if expect.action == "safe":
        yield from _of_the_safe_state(case, seen)
    if seen.begun_twice and expect.retry == "none":
        yield f"begun twice before anybody decided: {', '.join(seen.begun_twice)}"
    if not seen.evidence:
        yield "no evidence of what was delivered"
    if seen.open_intents:
        yield f"{seen.open_intents} intents left open"


def _of_the_disposition(seen: Seen, expect: Reaction) -> Iterator[str]:
    if not {"held", "aborted"} & set(expect.wafer):
        yield f"held: {seen.held}"
    elif seen.ended and seen.disposition not in expect.wafer:
        yield f"{seen.disposition}, not {' or '.join(expect.wafer)}: {seen.held_again or seen.held}"
    elif seen.held_again:
        yield f"held again after it was mended: {seen.held_again}"


def _of_the_safe_state(case: Case, seen: Seen) -> Iterator[str]:
    if seen.unconfirmed is None:
        yield "nothing was made safe"
        return
    excused = {f"{case.tool}.{role}" for role in on_the_wire(case.tool, case.role)}
    if case.role in PSEUDO_ROLES or case.role == "plc":
        return  # whatever hangs on power or controller cannot confirm either
    for sentence in seen.unconfirmed:
        if not any(sentence.startswith(name) for name in excused):
            yield f"not made safe: {sentence}"


def _patterns(case: Case, expect: Reaction) -> Iterator[str]:
    for role in on_the_wire(case.tool, case.role):
        for pattern in expect.alarms:
            yield pattern.format(tool=case.tool, role=role)


def _tells(alarm: Alarm, patterns: list[str], words: str) -> bool:
    return words in alarm.text and any(fnmatchcase(alarm.id, pattern) for pattern in patterns)


def _differences(found: Mapping[str, float], asked: Mapping[str, float]) -> Iterator[str]:
    """Values of the wafer that are not those of a wafer without the fault."""
    for name, value in asked.items():
        got = found.get(name, math.nan)
        near = max(SAME_SHARE * abs(value), SAME_LEAST)
        if got != value and not abs(got - value) <= near:
            yield f"the wafer's {name} is {got:.4g}, without the fault {value:.4g}"
