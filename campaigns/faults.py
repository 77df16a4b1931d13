"""Runs the fault campaign and prints its coverage: `python -m campaigns.faults --sample N`."""

import argparse
import fnmatch
import sys
from collections.abc import Sequence

from campaigns.campaign import all_cases, campaign, quiet
from campaigns.cases import Case, sample
from campaigns.judge import Judged, Verdict
from campaigns.sites import VISITS
from campaigns.table import printed

TOOLS = tuple(dict.fromkeys(tool for _, tool in VISITS))


def main() -> int:
    """Run what was asked for; 1 if there are holes."""
    asked = _parser().parse_args()
    quiet()
    cases = [case for case in all_cases(asked.tool) if _wanted(case, asked.only)]
    chosen = cases if asked.sample is None else sample(cases, asked.sample, asked.seed)
    tried: list[Judged] = []
    for number, each in enumerate(campaign(chosen), start=1):
        tried.append(each)
        said = each.disposition if each.verdict is Verdict.OK else "; ".join(each.findings)
        print(f"{number:5} of {len(chosen)} {each.verdict:7} {each.case.name}: {said}", flush=True)
    print(f"\n{printed(cases, tried)}")
    return int(any(each.verdict is Verdict.HOLE for each in tried))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m campaigns.faults", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many cases, every fault before any twice")
    parser.add_argument("--seed", type=int, default=0, help="which cases are in the sample")
    parser.add_argument("--tool", action="append", default=[], choices=TOOLS, help="only these")
    parser.add_argument(
        "--only", action="append", default=[], metavar="FAULT@ROLE", help="only these; * is any"
    )
    return parser


def _wanted(case: Case, patterns: Sequence[str]) -> bool:
    names = (f"{case.fault}@{case.role}", f"{case.fault}@{case.role}.{case.phase}")
    return not patterns or any(fnmatch.filter(names, pattern) for pattern in patterns)


if __name__ == "__main__":
    sys.exit(main())
