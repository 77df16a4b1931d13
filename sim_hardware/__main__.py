"""Starts an emulated line: `python -m sim_hardware --line FILE`; or replays a recording."""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from typing_extensions import override

from sim_hardware import replay
from sim_hardware.core.backdoor import BackDoor
from sim_hardware.core.clock import LineClock
from sim_hardware.core.hazards import Hazard
from sim_hardware.core.injection import ORDER_FORM, read_order
from sim_hardware.core.layout import Layout, LayoutError, read_layout
from sim_hardware.core.layout_reader import printable
from sim_hardware.core.timebase import TimeBase, lockstep, scaled
from sim_hardware.line import EmulatedLine, PortTaken
from sim_hardware.operator import Operator

HAZARDS = 1
WRONG_INPUT = 2
MOST_WAFERS = 25
LAST_PORT = 65535
SLOWEST = 0.1


class CannotServe(Exception):
    """An option asks for what is not possible; the sentence names it."""


class _OneLineParser(argparse.ArgumentParser):
    @override
    def error(self, message: str) -> NoReturn:
        """End with the fault alone: the usage is there with --help."""
        self.exit(WRONG_INPUT, f"{printable(message)}; see --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the line until SIGTERM or SIGINT.

    2 and one line per fault if it can't be run, 1 and one line per hazard if there was one.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["replay"]:
        return replay.main(given[1:])
    options = _parser().parse_args(given)
    made = [page for page in (options.lockstep,) if page is not None and not page.exists()]
    try:
        layout = read_layout(options.line)
        _check(options)
        time = _time(options)
        with asyncio.Runner(loop_factory=time.loop_factory) as runner:
            hazards = runner.run(_serve(layout, time, options))
    except (LayoutError, PortTaken, CannotServe) as error:
        sys.stderr.write(f"{error}\n")
        for page in made:
            page.unlink(missing_ok=True)
        return WRONG_INPUT
    for hazard in hazards:
        sys.stderr.write(f"HAZARD {hazard.tool} at {hazard.at_s:.1f} s: {hazard.text}\n")
    return HAZARDS if hazards else 0


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="python -m sim_hardware",
        description="An emulated wafer-bumping line.",
        epilog="`python -m sim_hardware replay FILE` answers from a recording instead.",
    )
    parser.add_argument("--line", type=Path, required=True, help="line file, simulated = true")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--speed", default="1", help="line seconds per second, 0.1 to 20")
    pace.add_argument("--lockstep", type=Path, help="page file shared with the daemon")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is random")
    parser.add_argument("--endpoints", type=Path, help="where to write every address")
    parser.add_argument("--backdoor", type=int, default=0, help="port of the back door, 0 = any")
    parser.add_argument("--operator", default="", help="URL of the daemon to serve as a person")
    parser.add_argument("--fault", action="append", default=[], help=ORDER_FORM.replace("%", "%%"))
    parser.add_argument("--start-lot", default="", help="FLOW:WAFERS that person starts a lot of")
    return parser


def _check(options: argparse.Namespace) -> None:
    """Raise CannotServe for an option that could only fail later."""
    if not 0 <= options.backdoor <= LAST_PORT:
        raise CannotServe(f"--backdoor: found {options.backdoor}; allowed: 0 to {LAST_PORT}")
    if options.operator and not re.match(r"https?://[^/\s]", options.operator):
        raise CannotServe(f"--operator: found {options.operator!r}; allowed: http://HOST:PORT")
    if options.start_lot:
        flow, _, wafers = options.start_lot.partition(":")
        count = int(wafers) if wafers.isascii() and wafers.isdecimal() and len(wafers) < 3 else 0
        if not flow or not 1 <= count <= MOST_WAFERS:
            allowed = f"FLOW:WAFERS with 1 to {MOST_WAFERS} wafers"
            raise CannotServe(f"--start-lot: found {options.start_lot!r}; allowed: {allowed}")
        if not options.operator:
            raise CannotServe("--start-lot: found no --operator; allowed: together with it")
    if options.endpoints is not None and (
        options.endpoints.is_dir() or not options.endpoints.parent.is_dir()
    ):
        found = f"{str(options.endpoints)!r}"
        raise CannotServe(f"--endpoints: found {found}; allowed: a file in a directory that exists")


def _time(options: argparse.Namespace) -> TimeBase:
    try:
        if options.lockstep is not None:
            return lockstep(str(options.lockstep))
    except (OSError, ValueError) as error:
        words = (isinstance(error, OSError) and error.strerror) or str(error)
        allowed = "a page file, or the name of a new one"
        found = f"{str(options.lockstep)!r}: {words}"
        raise CannotServe(f"--lockstep: found {found}; allowed: {allowed}") from error
    try:
        slow_enough = float(options.speed) >= SLOWEST
        return scaled(options.speed if slow_enough else "nan")
    except ValueError as error:
        found = repr(options.speed)
        raise CannotServe(f"--speed: found {found}; allowed: {SLOWEST:g} to 20") from error


async def _serve(layout: Layout, time: TimeBase, options: argparse.Namespace) -> Sequence[Hazard]:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    line = EmulatedLine(layout, LineClock(loop), time.ledger, seed=options.seed)
    door = BackDoor(line, port=options.backdoor)
    await line.start()
    people: list[asyncio.Task[None]] = []
    try:
        _inject(line, options.fault)
        await _open(door)
        if options.operator:
            operator = Operator(line, options.operator, _sleep, options.start_lot)
            people.append(asyncio.create_task(operator.run(), name="operator"))
        if options.endpoints is not None:
            _write_endpoints(line, options.endpoints)
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
    return line.hazards()


def _inject(line: EmulatedLine, orders: Sequence[str]) -> None:
    """Set the faults of the command line, now or at their time."""
    for text in orders:
        try:
            line.inject(read_order(text))
        except (KeyError, ValueError) as error:
            raise CannotServe(f"--fault: {text}: {error.args[0]}") from error


async def _open(door: BackDoor) -> None:
    try:
        await door.start()
    except OSError as error:
        words = os.strerror(error.errno or 0)
        raise CannotServe(
            f"--backdoor: found {door.port}: {words}; allowed: a free port"
        ) from error


def _write_endpoints(line: EmulatedLine, path: Path) -> None:
    try:
        line.write_endpoints(path)
    except OSError as error:
        found = f"{str(path)!r}: {error.strerror}"
        raise CannotServe(f"--endpoints: found {found}; allowed: a file to write") from error


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


if __name__ == "__main__":
    sys.exit(main())
