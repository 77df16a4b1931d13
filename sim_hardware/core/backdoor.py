"""The back door of the emulated line: JSON lines over TCP, for tests and for people who watch.

A request is `{"id": 1, "do": "...", ...}`, its reply `{"id": 1, "ok": ...}` or
`{"id": 1, "error": "..."}`. Nothing of the controller uses it: a real line has none.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from typing_extensions import override

from sim_hardware.core.hazards import Hazard
from sim_hardware.core.injection import FaultOrder
from sim_hardware.core.listener import TcpListener

_LONGEST_LINE = 65536


class Line(Protocol):
    """What the back door shows of a line. KeyError for a tool, role, wafer or fault unknown."""

    def state(self) -> Mapping[str, object]:
        """The true state of every plant, by tool."""
        ...

    def wafer(self, wafer: str) -> Mapping[str, object]:
        """The true state of one wafer."""
        ...

    def hazards(self) -> Sequence[Hazard]:
        """What would have ruined a wafer or hurt a person."""
        ...

    def clear_hazards(self) -> None:
        """Forget the hazards."""
        ...

    def set_faults(self, tool: str, role: str, values: Mapping[str, float]) -> None:
        """Set faults of one instrument or of its wire, by name."""
        ...

    def inject(self, order: FaultOrder) -> None:
        """Set a fault of the catalogue, now or later."""
        ...

    def heal(self, order: FaultOrder) -> None:
        """Mend a fault of the catalogue."""
        ...

    def faults(self) -> Sequence[Mapping[str, object]]:
        """The faults of the catalogue that are at work or wait."""
        ...

    def unplug(self, tool: str, role: str) -> None:
        """Take one instrument off its wire."""
        ...

    def plug(self, tool: str, role: str) -> None:
        """Put it back."""
        ...

    def now_s(self) -> float:
        """Seconds since the line was switched on."""
        ...


class BackDoor:
    """Serves one line on an address of its own."""

    def __init__(self, line: Line, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._line = line
        self._listener = TcpListener(self._conversation, host=host, port=port)

    @property
    def host(self) -> str:
        """The address that is listened on."""
        return self._listener.host

    @property
    def port(self) -> int:
        """The TCP port that is listened on; 0 before `start` if the system chooses."""
        return self._listener.port

    async def start(self) -> None:
        """Listen. OSError if the port is taken."""
        self._listener.plug()

    async def stop(self) -> None:
        """Drop every connection and stop listening. Idempotent."""
        await self._listener.stop()

    def answer(self, request: Mapping[str, object]) -> object:
        """Do what one request asks; KeyError or ValueError if it cannot be done."""
        line = self._line
        asked: Mapping[str, Callable[[], object]] = {
            "state": line.state,
            "wafer": lambda: line.wafer(_text(request, "wafer")),
            "hazards": lambda: [
                {"at_s": hazard.at_s, "tool": hazard.tool, "text": hazard.text}
                for hazard in line.hazards()
            ],
            "clear_hazards": line.clear_hazards,
            "fault": lambda: line.set_faults(*_role(request), _numbers(request, "set")),
            "inject": lambda: line.inject(_order(request)),
            "heal": lambda: line.heal(_order(request)),
            "faults": lambda: list(line.faults()),
            "unplug": lambda: line.unplug(*_role(request)),
            "plug": lambda: line.plug(*_role(request)),
            "time": lambda: {"now_s": line.now_s()},
        }
        return asked[_text(request, "do")]()

    def _conversation(self) -> asyncio.BaseProtocol:
        return _Conversation(self.answer)


class _Conversation(asyncio.Protocol):
    def __init__(self, answer: Callable[[Mapping[str, object]], object]) -> None:
        self._answer = answer
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            self._transport.abort()
        for line in lines:
            self._transport.write(json.dumps(self._reply(line)).encode() + b"\n")

    def _reply(self, line: bytes) -> Mapping[str, object]:
        number: object = None
        try:
            request = _object(json.loads(line))
            number = request.get("id")
            return {"id": number, "ok": self._answer(request)}
        except (KeyError, ValueError) as error:
            return {"id": number, "error": f"{type(error).__name__}: {error}"}


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"not an object: {value!r}")  # noqa: TRY004 - to the asker it is a value
    return cast("dict[str, object]", value)  # JSON has no other keys


def _text(request: Mapping[str, object], key: str) -> str:
    value = request[key]
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")  # noqa: TRY004 - to the asker it is a value
    return value


def _role(request: Mapping[str, object]) -> tuple[str, str]:
    return _text(request, "tool"), _text(request, "role")


def _order(request: Mapping[str, object]) -> FaultOrder:
    role = _text(request, "role") if "role" in request else ""
    return FaultOrder(
        _text(request, "fault"),
        _text(request, "tool"),
        role,
        _seconds(request, "at_s") or 0.0,
        _seconds(request, "for_s"),
    )


def _seconds(request: Mapping[str, object], key: str) -> float | None:
    value = request.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
        raise ValueError(f"{key} is not a number of seconds")
    return float(value)


def _numbers(request: Mapping[str, object], key: str) -> Mapping[str, float]:
    numbers: dict[str, float] = {}
    for name, value in _object(request[key]).items():
        if not isinstance(value, int | float):
            raise ValueError(f"{name} is not a number")  # noqa: TRY004 - to the asker it is a value
        numbers[name] = float(value)
    return numbers
