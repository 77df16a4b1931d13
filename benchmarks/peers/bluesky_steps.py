"""bluesky's RunEngine doing a step again and again on one of ophyd's simulated axes.

Run as `bluesky_steps.py FILE`. A line `HOW COUNT` on stdin runs COUNT steps in one run and is
answered with the seconds and the CPU seconds they took. HOW says what becomes of the documents:
`called` hands each to a callback that takes it into a list, `kept` has the callback append it to
FILE as JSON and wait for the disk.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from typing import Protocol, cast

from bluesky import Msg, RunEngine  # type: ignore[import-not-found, unused-ignore]  # pyright: ignore[reportMissingImports, reportUnknownVariableType] - lives in the peers' environment
from ophyd.sim import SynAxis  # type: ignore[import-not-found, unused-ignore]  # pyright: ignore[reportMissingImports, reportUnknownVariableType] - lives in the peers' environment

Document = Mapping[str, object]
Consumer = Callable[[str, Document], None]
Plan = Generator[object, object, None]


class Engine(Protocol):
    """What is used of a RunEngine."""

    def __call__(self, plan: Plan, subscriptions: Consumer) -> object:
        """Run a plan to its end."""
        ...


def steps(axis: object, count: int) -> Plan:
    """A run of `count` steps: checkpoint, command, wait, read, one event document."""
    yield Msg("open_run")
    for number in range(count):
        yield Msg("checkpoint")
        yield Msg("set", axis, float(number % 100), group="move")
        yield Msg("wait", None, group="move")
        yield Msg("create", None, name="primary")
        yield Msg("read", axis)
        yield Msg("save")
    yield Msg("close_run")


def main(file: str) -> None:
    """Answer lines until stdin ends."""
    engine = cast("Engine", RunEngine({}, context_managers=[]))
    axis = cast("object", SynAxis(name="axis"))
    taken: list[Document] = []
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def called(_kind: str, document: Document) -> None:
        taken.append(document)

    def kept(kind: str, document: Document) -> None:
        os.write(descriptor, json.dumps([kind, document]).encode() + b"\n")
        os.fdatasync(descriptor)

    for line in sys.stdin:
        how, count = line.split()
        taken.clear()
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        engine(steps(axis, int(count)), kept if how == "kept" else called)
        spent = {
            "seconds": time.perf_counter() - start_s,
            "cpu_seconds": time.process_time() - start_cpu_s,
        }
        print(json.dumps(spent), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
