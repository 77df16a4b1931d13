"""How much of a serial line's time is used: the time on the wire over the time a query takes.

A text query (11 bytes there, 14 back) and ten registers of Modbus RTU (8 there, 25 back) with the
silence of 3.5 characters after both frames that the standard demands: pymodbus's own serial
client keeps no such silence. The device is `line_responder` in another process.
"""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

from pymodbus.framer.rtu import FramerRTU

from benchmarks import children
from benchmarks.measure import CLOCK, Result
from drivers.core.framing import delimited
from drivers.core.links.modbus import SILENT_CHARACTERS, ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings

QUERY, REPLY = b"MEAS:TEMP?\r", b"+2.31450E+01C\r"
REGISTERS = 10
RTU_REQUEST_BYTES = 8
WHOLE_SECONDS = 1.5  # of one round of one line


@dataclass(frozen=True, slots=True)
class _Line:
    """One kind of exchange at one rate; `silence` in characters, after each frame."""

    what: str
    baud: int
    goal_pct: float
    request_bytes: int
    reply: bytes
    silence: float

    @property
    def settings(self) -> SerialSettings:
        """8N1."""
        return SerialSettings(baud=self.baud)

    @property
    def wire_s(self) -> float:
        """What one exchange takes on the wire, with both silences."""
        return self._characters_s(self.request_bytes + len(self.reply) + 2 * self.silence)

    @property
    def answer_after_s(self) -> float:
        """From the first byte of the request to the last one of the reply."""
        return self._characters_s(self.request_bytes + len(self.reply) + self.silence)

    @property
    def silence_s(self) -> float:
        """One silence."""
        return self._characters_s(self.silence)

    def _characters_s(self, count: float) -> float:
        return count * self.settings.character_s


def _lines() -> list[_Line]:
    frame = bytes([1, 3, 2 * REGISTERS]) + bytes(2 * REGISTERS)
    rtu_reply = frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")
    text, rtu = "text query on a serial line", f"Modbus RTU, {REGISTERS} registers, legal silences"
    silence = SILENT_CHARACTERS
    return [
        _Line(text, 9600, 97.0, len(QUERY), REPLY, 0.0),
        _Line(text, 115200, 88.0, len(QUERY), REPLY, 0.0),
        _Line(rtu, 9600, 95.0, RTU_REQUEST_BYTES, rtu_reply, silence),
        _Line(rtu, 115200, 85.0, RTU_REQUEST_BYTES, rtu_reply, silence),
    ]


def measure(*, quick: bool) -> list[Result]:
    """All lines in turns; the median share of the wire time of each."""
    lines = _lines()
    with ExitStack() as stack:
        devices = [stack.enter_context(_device(line)) for line in lines]
        paths = [children.text(device.hear(), "path") for device in devices]
        shares = asyncio.run(_shares(lines, paths, rounds=3 if quick else 7))
        words = [device.last_words() for device in devices]
    return [
        _result(line, share, said) for line, share, said in zip(lines, shares, words, strict=True)
    ]


def _device(line: _Line) -> children.Running:
    return children.module(
        "line_responder",
        str(line.request_bytes),
        line.reply.hex(),
        repr(line.answer_after_s),
        repr(line.silence_s),
    )


async def _shares(lines: list[_Line], paths: list[str], *, rounds: int) -> list[float]:
    found: list[list[float]] = [[] for _ in lines]
    async with AsyncExitStack() as stack:
        asks = [_asking(line, path, stack) for line, path in zip(lines, paths, strict=True)]
        for _ in range(rounds):
            for line, ask, shares in zip(lines, asks, found, strict=True):
                shares.append(await _share_pct(line, ask))
    return [statistics.median(shares) for shares in found]


def _asking(line: _Line, path: str, stack: AsyncExitStack) -> Callable[[], Awaitable[object]]:
    if line.silence:
        bus = ModbusLink.rtu("tool.rtu_bus", path, line.settings, clock=CLOCK)
        stack.push_async_callback(bus.close)
        return lambda: bus.read_holding(1, 0, REGISTERS)
    link = SerialLink("tool.gauge", path, line.settings, clock=CLOCK)
    stack.push_async_callback(link.close)
    return lambda: link.exchange(QUERY, delimited(b"\r"))


async def _share_pct(line: _Line, ask: Callable[[], Awaitable[object]]) -> float:
    await ask()
    calls = max(10, round(WHOLE_SECONDS / line.wire_s))
    start_s = CLOCK.monotonic()
    for _ in range(calls):
        await ask()
    return 100 * line.wire_s * calls / (CLOCK.monotonic() - start_s)


def _result(line: _Line, share_pct: float, said: children.Said) -> Result:
    note = f"{share_pct / 100 / line.wire_s:.1f} of {1 / line.wire_s:.1f} a second"
    if line.silence:
        short, answers = children.number(said, "too_short"), children.number(said, "answers")
        note += f"; {short:.0f} of {answers:.0f} silences too short"
    return Result(f"{line.what}, {line.baud} Bd", share_pct, line.goal_pct, "%", note)
