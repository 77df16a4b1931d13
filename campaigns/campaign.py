"""Runs cases, several at a time, each in a folder of its own."""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import structlog

from campaigns.cases import Case, matrix
from campaigns.judge import Judged, Verdict, judged
from campaigns.sites import VISITS
from campaigns.visits import INTO_PHASE_S, Seen, run
from linecontrol.model.visits import VisitName


def quiet() -> None:
    """Links say when they come and go: here that is what is tried."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL + 1)


@cache
def reference(visit: VisitName, tool: str) -> Seen:
    """The visit without a fault."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        return run(Path(folder), visit, tool, None)


def tried(case: Case) -> Judged:
    """Run one case and judge it; whatever breaks on the way is a finding of its own."""
    try:
        normal = reference(case.visit, case.tool)
        at_s = min(INTO_PHASE_S, 0.4 * normal.phases[case.phase])
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            seen = run(Path(folder), case.visit, case.tool, case, at_s)
    except Exception as error:  # noqa: BLE001 - one case that breaks must not end the others
        return Judged(case, Verdict.HOLE, (f"broke: {type(error).__name__}: {error}",), "")
    return judged(case, seen, normal)


def all_cases(tools: Sequence[str] = ()) -> list[Case]:
    """The whole matrix, or that of some tools; each of their visits runs once for it."""
    visits = [(visit, tool) for visit, tool in VISITS if not tools or tool in tools]
    with workers() as pool:
        normal = list(pool.map(_phases, visits))
    phases: Mapping[VisitName, Sequence[str]] = dict(normal)
    return list(matrix(phases))


def _phases(visit: tuple[VisitName, str]) -> tuple[VisitName, Sequence[str]]:
    return visit[0], list(reference(*visit).phases)


def workers() -> ProcessPoolExecutor:
    """One process for every core."""
    return ProcessPoolExecutor(os.cpu_count(), initializer=quiet)


def campaign(cases: Sequence[Case]) -> Iterator[Judged]:
    """Try every case; in their order, as they are done."""
    with workers() as pool:
        yield from pool.map(tried, cases, chunksize=1)
