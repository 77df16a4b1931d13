"""A recording: every frame on the wires of one tool as JSON lines; see docs/recording.md."""

import json
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final, TextIO

from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, LinkPool, Transport
from drivers.core.links.base import Direction, Heard, asked_for, printable
from drivers.core.links.serial import SerialSettings

VERSION: Final = 1
JOIN_S: Final = 0.05  # bytes that follow others within this time are the same frame
UNIT_AT: Final[Mapping[Transport, int]] = {"modbus_tcp": 6, "modbus_rtu": 0}


@dataclass(frozen=True, slots=True)
class Heading:
    """What is recorded: for whoever finds the file."""

    software: str
    line: str
    simulated: bool
    tool: str
    kind: str
    begun_at: datetime


@dataclass(slots=True)
class _Wire:
    """One link and the instruments on it, by role."""

    transport: Transport
    endpoints: list[Endpoint]
    asked: str = ""  # the instrument that was asked last: what comes next is its answer
    listening: "_Frame | None" = None  # the frame that more bytes may still belong to


@dataclass(slots=True)
class _Frame:
    wire: _Wire
    instrument: str
    direction: Direction
    t_s: float
    end_s: float
    data: bytearray = field(default_factory=bytearray)

    def over(self, now_s: float) -> bool:
        """Whether no more bytes can belong to it."""
        return self.wire.listening is not self or now_s - self.end_s > JOIN_S


class Recorder:
    """Writes frames in the order of their first bytes. `frames` counts what is written."""

    def __init__(self, out: TextIO, start_s: float) -> None:
        self._out, self._start_s = out, start_s
        self._pending: deque[_Frame] = deque()
        self.frames = 0

    def head(
        self,
        heading: Heading,
        endpoints: Sequence[Endpoint],
        settings: Mapping[str, SerialSettings | None],
    ) -> None:
        """Write the first line; `settings` is how each wire is set, by url."""
        first: dict[str, str] = {}
        rows = [
            {
                "instrument": point.name,
                "role": point.role,
                "model": point.model,
                "transport": point.transport,
                "url": point.url,
                "unit": point.unit,
                "wire": first.setdefault(point.url, point.name),
                "settings": _said(settings.get(point.url)),
                "options": dict(point.options),
            }
            for point in endpoints
        ]
        about = asdict(heading) | {"begun_at": heading.begun_at.isoformat()}
        self._line({"recording": "frames", "version": VERSION, **about, "instruments": rows})

    def ear(self, wire: _Wire) -> Heard:
        """Who hears the frames of one wire."""

        def heard(at_s: float, direction: Direction, data: bytes) -> None:
            if data:
                self._note(wire, at_s - self._start_s, direction, data)

        return heard

    def finish(self) -> None:
        """Write what is still held back."""
        self._write(float("inf"))

    def _note(self, wire: _Wire, now_s: float, direction: Direction, data: bytes) -> None:
        if direction == "tx":
            wire.asked = _addressee(wire, data)
        frame = wire.listening
        if direction == "tx" or frame is None or frame.over(now_s):
            frame = _Frame(wire, wire.asked or wire.endpoints[0].name, direction, now_s, now_s)
            self._pending.append(frame)
            wire.listening = frame if direction == "rx" else None
        frame.data += data
        frame.end_s = now_s
        self._write(now_s)

    def _write(self, now_s: float) -> None:
        while self._pending and self._pending[0].over(now_s):
            frame = self._pending.popleft()
            self.frames += 1
            self._line(
                {
                    "n": self.frames,
                    "t_s": round(frame.t_s, 6),
                    "end_s": round(frame.end_s, 6),
                    "instrument": frame.instrument,
                    "direction": frame.direction,
                    "hex": frame.data.hex(" "),
                    "text": printable(bytes(frame.data)),
                }
            )

    def _line(self, record: Mapping[str, object]) -> None:
        self._out.write(json.dumps(record) + "\n")


@contextmanager
def recording(
    out: TextIO, heading: Heading, endpoints: Sequence[Endpoint], pool: LinkPool, clock: Clock
) -> Generator[Recorder]:
    """Write down every frame of the pool's links while the context lasts, whatever ends it."""
    links = pool.links()
    recorder = Recorder(out, clock.monotonic())
    recorder.head(heading, endpoints, {url: said for (_, url), (_, said) in links.items()})
    for (transport, url), (link, _) in links.items():
        own = [point for point in endpoints if point.url == url]
        link.trace.follow(recorder.ear(_Wire(transport, own)))
    try:
        yield recorder
    finally:
        for link, _ in links.values():
            link.trace.follow(None)
        recorder.finish()


def _addressee(wire: _Wire, data: bytes) -> str:
    """Whom a request is for: the unit in it, else the role that asks, else the only one there."""
    place = UNIT_AT.get(wire.transport)
    unit = data[place] if place is not None and len(data) > place else None
    role = asked_for.get()
    for point in wire.endpoints:
        if point.unit == unit or (unit is None and point.role == role):
            return point.name
    return wire.endpoints[0].name


def _said(settings: SerialSettings | None) -> Mapping[str, object]:
    return {} if settings is None else asdict(settings)
