"""Runs other people's clients against our instruments: `python -m oracles [--only NAME]`."""

import argparse
import asyncio
import logging
import sys
import traceback
from collections.abc import Sequence
from typing import Final

import structlog

from oracles.bill import PAIRS, Pair
from oracles.environments import CannotInstall, prepare
from oracles.running import Outcome, run
from oracles.table import PAGE, page, printed, trouble
from oracles.turned_round import turned_round
from sim_hardware.core.timebase import scaled

AT_ONCE: Final = 4  # most of a client's time is waiting
REAL_TIME: Final = "1"


def main() -> int:
    """Run what was asked for; 1 if a client could not do something."""
    parser = argparse.ArgumentParser(prog="python -m oracles", description=__doc__)
    parser.add_argument("--only", default="", metavar="INSTRUMENT[/CLIENT]", help="run these only")
    asked = parser.parse_args()
    # Links say when they come and go, and pymodbus what it refuses: here that is what is tried.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    pairs = [pair for pair in PAIRS if asked.only in {"", pair.instrument, pair.name}]
    if not pairs:
        parser.error(f"nothing is called {asked.only}")
    with asyncio.Runner(loop_factory=scaled(REAL_TIME).loop_factory) as runner:
        try:
            outcomes = runner.run(_all(pairs))
        except CannotInstall as error:
            print(f"a client cannot be installed: {error}", file=sys.stderr)
            return 1
    print(printed(outcomes))
    if not asked.only:
        PAGE.write_text(page(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


async def _all(pairs: Sequence[Pair]) -> list[Outcome]:
    """Several pairs at once; what fails then is tried once more with nothing beside it.

    These clients have time-outs of their own, as short as a fifth of a second, and this is real
    time: a busy computer is no fault of an instrument.
    """
    await prepare(pair.package for pair in pairs)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(pair: Pair) -> Outcome:
        async with gate:
            return await _outcome(pair)

    outcomes = await asyncio.gather(*(one(pair) for pair in pairs))
    return [outcome if outcome.passed else await _again(outcome) for outcome in outcomes]


async def _again(first: Outcome) -> Outcome:
    print(trouble(first), file=sys.stderr)
    second = await _outcome(first.pair)
    second.alone = True
    return second


async def _outcome(pair: Pair) -> Outcome:
    try:
        return await (turned_round(pair) if pair.turned_round else run(pair))
    except Exception:  # noqa: BLE001 - whatever breaks breaks one row of the table, not the others
        return Outcome(pair, complaint=traceback.format_exc())


if __name__ == "__main__":
    sys.exit(main())
