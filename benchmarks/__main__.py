"""Runs the measurements and prints the table: `python -m benchmarks [--only NAME] [--quick]`."""

import argparse
import logging
import sys
from collections.abc import Mapping
from typing import Final, Protocol

import structlog

from benchmarks import (
    durable_facts,
    lost_link,
    point_read,
    recipe_step,
    serial_line,
    simulated_time,
)
from benchmarks.children import CannotRun
from benchmarks.measure import Result


class Measure(Protocol):
    """One benchmark."""

    def __call__(self, *, quick: bool) -> list[Result]:
        """Run it; `quick` gives rougher numbers sooner."""
        ...


BENCHMARKS: Final[Mapping[str, Measure]] = {
    "point_read": point_read.measure,
    "lost_link": lost_link.measure,
    "serial_line": serial_line.measure,
    "durable_facts": durable_facts.measure,
    "recipe_step": recipe_step.measure,
    "simulated_time": simulated_time.measure,
}


def main() -> int:
    """Run what was asked for. A missed goal is no error, a benchmark that cannot run is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher numbers")
    asked = parser.parse_args()
    # Links say when they come and go, and pymodbus what it misses: here that is what is measured.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    names = [asked.only] if asked.only else list(BENCHMARKS)
    print(f"{'':66}{'measured':>10}{'goal':>12}\n", flush=True)
    for name in names:
        try:
            results = BENCHMARKS[name](quick=asked.quick)
        except (CannotRun, OSError, AssertionError) as error:
            print(f"{name} cannot be run: {error}", file=sys.stderr)
            return 1
        for result in results:
            print(_row(result), flush=True)
    return 0


def _row(result: Result) -> str:
    sign = "<=" if result.at_most else ">="
    value, goal = f"{result.value:.2f} {result.unit}", f"{sign} {result.goal:g} {result.unit}"
    verdict = "met" if result.met else "missed"
    return f"{result.what:66}{value:>10}{goal:>12}  {verdict:8}{result.note}"


if __name__ == "__main__":
    sys.exit(main())
