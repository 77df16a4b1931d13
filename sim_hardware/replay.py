"""Answers a client from a recording: `python -m sim_hardware replay FILE`."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.ports import ByteLedger, PtyPort, SocketPort
from sim_hardware.core.recording import Recording, RecordingError, read_recording
from sim_hardware.core.replayed import Difference, ReplayedWire
from sim_hardware.core.timebase import scaled

ALIKE, DIFFERENT, WRONG_INPUT = 0, 1, 2
QUIET_S: Final = 1.0  # how long nothing more may come after the last recorded frame
NUMBERED: Final = "modbus_tcp"
ON_NETWORK: Final = (NUMBERED, "visa")

Port = PtyPort | SocketPort


class Replay:
    """The wires of one recording, each on a port of its own."""

    def __init__(
        self, recording: Recording, clock: LineClock, ledger: ByteLedger, *, paced: bool
    ) -> None:
        self.recording = recording
        self._heard = asyncio.Event()
        self._longest_s = _longest_s(recording) if paced else 0.0
        self._wires: dict[str, ReplayedWire] = {}
        self._ports: dict[str, Port] = {}
        transports = {item.wire: item.transport for item in recording.instruments}
        for name, frames in recording.on_wires().items():
            transport = transports[name]
            wire = ReplayedWire(
                name, frames, self._heard.set, numbered=transport == NUMBERED, paced=paced
            )
            kind = SocketPort if transport in ON_NETWORK else PtyPort
            self._wires[name] = wire
            self._ports[name] = kind(wire, clock, ledger, name=name)

    async def start(self) -> None:
        """Open every port."""
        for port in self._ports.values():
            await port.start()

    async def stop(self) -> None:
        """Close every port."""
        for port in self._ports.values():
            await port.stop()

    def endpoints(self) -> list[Mapping[str, object]]:
        """Where every instrument answers, as a client's `--endpoints` takes it."""
        return [
            {
                "tool": self.recording.tool,
                "role": item.role,
                "model": item.model,
                "transport": item.transport,
                "url": _url(self._ports[item.wire], item.transport),
                "unit": item.unit,
            }
            for item in self.recording.instruments
        ]

    async def outcome(self, patience_s: float) -> Difference | None:
        """Wait for the client; return the first frame that differs or does not come.

        A client has `patience_s` for each request, and nothing to ask after the last one.
        """
        while True:
            self._heard.clear()
            if (found := self._difference()) is not None:
                return found
            left = self._missing()
            try:
                async with asyncio.timeout(patience_s if left else QUIET_S + self._longest_s):
                    await self._heard.wait()
            except TimeoutError:
                return left
            await asyncio.sleep(0)  # the wire has still to compare what came

    def _difference(self) -> Difference | None:
        return next((w.difference for w in self._wires.values() if w.difference), None)

    def _missing(self) -> Difference | None:
        """The earliest recorded request that has not come."""
        found = [wire.missing for wire in self._wires.values()]
        left = [(missing.expected.number, missing) for missing in found
                if missing is not None and missing.expected is not None]  # fmt: skip
        return min(left, key=lambda item: item[0])[1] if left else None


def main(arguments: Sequence[str]) -> int:
    """Serve one recording to one client; 0 if all was as recorded, 1 if not, 2 for wrong input."""
    options = _parser().parse_args(arguments)
    try:
        recording = read_recording(options.file)
    except RecordingError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_INPUT
    time = scaled("1")
    with asyncio.Runner(loop_factory=time.loop_factory) as runner:
        return runner.run(_serve(recording, time.ledger, options))


async def _serve(recording: Recording, ledger: ByteLedger, options: argparse.Namespace) -> int:
    loop = asyncio.get_running_loop()
    replay = Replay(recording, LineClock(loop), ledger, paced=not options.at_once)
    await replay.start()
    outcome = asyncio.ensure_future(replay.outcome(options.patience))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, outcome.cancel)
    try:
        _write(options.endpoints, replay.endpoints())
        _say(_title(recording))
        difference = await outcome
    except asyncio.CancelledError:
        _say("ended before the recording did")
        return DIFFERENT
    finally:
        await replay.stop()
    _say(str(difference) if difference else f"{len(recording.frames)} frames as recorded")
    return DIFFERENT if difference else ALIKE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim_hardware replay", description="Answers a client from a recording."
    )
    parser.add_argument("file", type=Path, help="what `linecontrol tool record` wrote")
    parser.add_argument("--endpoints", type=Path, help="where to write every address")
    parser.add_argument(
        "--patience", type=float, default=60.0, help="seconds to wait for each request"
    )
    parser.add_argument("--at-once", action="store_true", help="answer without the recorded delays")
    return parser


def _write(path: Path | None, endpoints: list[Mapping[str, object]]) -> None:
    if path is None:
        for row in endpoints:
            _say(f"{row['tool']}.{row['role']}: {row['url']}")
        return
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(endpoints, indent=1))
    part.replace(path)


def _title(recording: Recording) -> str:
    simulated = " (SIMULATED)" if recording.simulated else ""
    counted = f"{len(recording.instruments)} instruments, {len(recording.frames)} frames"
    return f"REPLAY of {recording.tool} on {recording.line}{simulated}: {counted}"


def _longest_s(recording: Recording) -> float:
    """The longest that an answer took, or more."""
    longest_s = 0.0
    for frames in recording.on_wires().values():
        asked_s = 0.0
        for frame in frames:
            asked_s = frame.t_s if frame.asked else asked_s
            longest_s = max(longest_s, frame.end_s - asked_s)
    return longest_s


def _url(port: Port, transport: str) -> str:
    if isinstance(port, PtyPort):
        return port.path
    if transport == NUMBERED:
        return f"{port.host}:{port.port}"
    return f"TCPIP::{port.host}::{port.port}::SOCKET"


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
