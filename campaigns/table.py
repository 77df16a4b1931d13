"""The coverage as a table: fault by tool, and below it every hole."""

from collections.abc import Iterator, Sequence

from campaigns.cases import Case, place_of, places_of, tool_spec
from campaigns.judge import Judged, Verdict
from campaigns.sites import VISITS
from sim_hardware.core.fault_catalogue import PSEUDO_ROLES, shipped_faults

TOOLS = tuple(dict.fromkeys(tool for _, tool in VISITS))
NOT_APPLICABLE, NOT_TRIED = "-", "."


def printed(cases: Sequence[Case], tried: Sequence[Judged]) -> str:
    """The table, the holes in it, and what the catalogue has no fault for."""
    tools = [tool for tool in TOOLS if any(case.tool == tool for case in cases)]
    lines = [f"{'':18}" + "".join(f"{tool:>14}" for tool in tools)]
    level = ""
    asked = {case.fault for case in cases}
    for fault in (each for each in shipped_faults().values() if each.name in asked):
        if fault.level != level:
            level = fault.level
            lines.append(level)
        cells = (_cell(fault.name, tool, cases, tried) for tool in tools)
        lines.append(f"  {fault.name:16}" + "".join(f"{cell:>14}" for cell in cells))
    lines += [
        "",
        "a cell: cases with the expected reaction of cases tried; +n: too late to be seen",
        f"{NOT_APPLICABLE} the fault cannot be there; {NOT_TRIED} not tried this time",
        *_listed("holes:", Verdict.HOLE, tried),
        *_listed("open, and known:", Verdict.OPEN, tried),
        *_never(tools),
        "",
        _sum(cases, tried),
    ]
    return "\n".join(lines)


def _cell(fault: str, tool: str, cases: Sequence[Case], tried: Sequence[Judged]) -> str:
    if not any((case.fault, case.tool) == (fault, tool) for case in cases):
        return NOT_APPLICABLE
    here = [each for each in tried if (each.case.fault, each.case.tool) == (fault, tool)]
    if not here:
        return NOT_TRIED
    counts = [each.verdict for each in here]
    unseen = counts.count(Verdict.UNSEEN)
    cell = f"{counts.count(Verdict.OK)}/{len(here) - unseen}"
    return f"{cell}+{unseen}" if unseen else cell


def _listed(title: str, verdict: Verdict, tried: Sequence[Judged]) -> Iterator[str]:
    found = [each for each in tried if each.verdict is verdict]
    if not found:
        return
    yield ""
    yield title
    for each in found:
        yield f"  {each.case.name}"
        for finding in each.findings:
            yield f"    {finding}"
        if known := place_of(each.case).open:
            yield f"    because {known}"


def _never(tools: Sequence[str]) -> Iterator[str]:
    """Faults of a device that the catalogue cannot inject at an instrument."""
    devices = [fault for fault in shipped_faults().values() if fault.level == "device"]
    yield ""
    yield "device faults without an injection:"
    for tool in tools:
        for where in places_of(tool_spec(tool)):
            missing = [fault.name for fault in devices if fault.place(where) is None]
            if missing and where.role not in PSEUDO_ROLES:
                yield f"  {tool}.{where.role} ({where.model}): {', '.join(missing)}"


def _sum(cases: Sequence[Case], tried: Sequence[Judged]) -> str:
    counts = [each.verdict for each in tried]
    return (
        f"{len(tried)} of {len(cases)} cases tried: {counts.count(Verdict.OK)} as expected, "
        f"{counts.count(Verdict.UNSEEN)} too late to be seen, {counts.count(Verdict.OPEN)} open, "
        f"{counts.count(Verdict.HOLE)} holes"
    )
