"""Starts an emulated line: `python -m sim_hardware --line FILE`; or replays a recording."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sim_hardware import replay
from sim_hardware.core.backdoor import BackDoor
from sim_hardware.core.clock import LineClock
from sim_hardware.core.layout import Layout, LayoutError, read_layout
from sim_hardware.core.timebase import TimeBase, lockstep, scaled
from sim_hardware.line import EmulatedLine, PortTaken
from sim_hardware.operator import Operator

WRONG_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the line until SIGTERM or SIGINT; 2 and one line per fault if it can't be run."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["replay"]:
        return replay.main(given[1:])
    options = _parser().parse_args(given)
    try:
        layout = read_layout(options.line)
        time = lockstep(options.lockstep) if options.lockstep else scaled(options.speed)
    except (LayoutError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_INPUT
    try:
        with asyncio.Runner(loop_factory=time.loop_factory) as runner:
            runner.run(_serve(layout, time, options))
    except (LayoutError, PortTaken) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim_hardware",
        description="An emulated wafer-bumping line.",
        epilog="`python -m sim_hardware replay FILE` answers from a recording instead.",
    )
    parser.add_argument("--line", type=Path, required=True, help="line file, simulated = true")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--speed", default="1", help="line seconds per second, at most 20")
    pace.add_argument("--lockstep", default="", help="page file shared with the daemon")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is random")
    parser.add_argument("--endpoints", type=Path, help="where to write every address")
    parser.add_argument("--backdoor", type=int, default=0, help="port of the back door, 0 = any")
    parser.add_argument("--operator", default="", help="URL of the daemon to serve as a person")
    parser.add_argument("--start-lot", default="", help="FLOW:WAFERS that person starts a lot of")
    return parser


async def _serve(layout: Layout, time: TimeBase, options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    line = EmulatedLine(layout, LineClock(loop), time.ledger)
    door = BackDoor(line, port=options.backdoor)
    await line.start()
    people: list[asyncio.Task[None]] = []
    try:
        await door.start()
        if options.operator:
            operator = Operator(line, options.operator, _sleep, options.start_lot)
            people.append(asyncio.create_task(operator.run(), name="operator"))
        if options.endpoints:
            line.write_endpoints(options.endpoints)
        sys.stdout.write(f"SIMULATED line {layout.name}: {len(line.endpoints())} instruments, "
                         f"back door 127.0.0.1:{door.port}\n")  # fmt: skip
        sys.stdout.flush()
        await stop.wait()
    finally:
        for task in people:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await door.stop()
        await line.stop()


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


if __name__ == "__main__":
    sys.exit(main())
