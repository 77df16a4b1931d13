"""Where an instrument is reached, and the links to get there: one for every wire."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from drivers.core.clock import Clock
from drivers.core.errors import Refused
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.links.visa import VisaLink

Transport = Literal["modbus_tcp", "modbus_rtu", "serial", "visa"]
Link = SerialLink | ModbusLink | VisaLink
Option = float | str | int | bool

MODBUS_PORT = 502
LAST_PORT = 65535


@dataclass(frozen=True)
class Endpoint:
    """One instrument of one tool, its model, and the wire it hangs on.

    `url` is `host:port` for Modbus TCP, the path of the port for RTU and serial, and the
    resource name for VISA.
    """

    tool: str
    role: str
    model: str
    transport: Transport
    url: str
    unit: int = 1
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])

    @property
    def name(self) -> str:
        """Tool and role, e.g. `plating_cell.rectifier`: the source of its errors."""
        return f"{self.tool}.{self.role}"


class LinkPool:
    """The links of a line. Whoever names the same wire gets the same link."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: dict[tuple[Transport, str], tuple[Link, SerialSettings | None]] = {}

    async def link(self, endpoint: Endpoint, settings: SerialSettings | None = None) -> Link:
        """The link to an instrument; it connects when first used.

        Serial and RTU need `settings`, the instrument's own; the options `baud`, `bits`, `parity`
        and `stop_bits` say how it is set on this line, where several instruments must agree.
        Raises Refused if they do not, or if the endpoint makes no sense.
        """
        settings = settings and _as_wired(endpoint, settings)
        key = (endpoint.transport, endpoint.url)
        if (known := self._links.get(key)) is not None:
            link, agreed = known
            if settings != agreed:
                raise Refused(f"{endpoint.url} is already {agreed}", source=endpoint.name)
            return link
        link = self._make(endpoint, settings)
        self._links[key] = link, settings
        return link

    def links(self) -> Mapping[tuple[Transport, str], tuple[Link, SerialSettings | None]]:
        """Every link that was asked for, and how its line is set, by transport and url."""
        return dict(self._links)

    async def close(self) -> None:
        """Close every link; each is tried whatever happens to the others."""
        links = [link for link, _ in self._links.values()]
        self._links.clear()
        results = await asyncio.gather(*(link.close() for link in links), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _make(self, endpoint: Endpoint, settings: SerialSettings | None) -> Link:
        name, url, clock = endpoint.name, endpoint.url, self._clock
        match endpoint.transport:
            case "modbus_tcp":
                host, port = _host_and_port(endpoint)
                timeout_s = _timeout_s(endpoint, 1.0)
                return ModbusLink.tcp(name, host, port, clock=clock, timeout_s=timeout_s)
            case "modbus_rtu":
                bus, timeout_s = f"{endpoint.tool}.rtu_bus", _timeout_s(endpoint, 1.0)
                needed = _needed(endpoint, settings)
                return ModbusLink.rtu(bus, url, needed, clock=clock, timeout_s=timeout_s)
            case "serial":
                return SerialLink(name, url, _needed(endpoint, settings), clock=clock)
            case "visa":
                _require_socket(endpoint)
                return VisaLink(name, url, clock=clock, timeout_s=_timeout_s(endpoint, 2.0))


def _host_and_port(endpoint: Endpoint) -> tuple[str, int]:
    if "/" in endpoint.url:
        raise Refused(f"{endpoint.url} is a path, not host:port", source=endpoint.name)
    host, colon, port = endpoint.url.rpartition(":")
    if not colon:
        return endpoint.url, MODBUS_PORT
    if not host or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        said = f"{endpoint.url} is not host:port with a port from 1 to {LAST_PORT}"
        raise Refused(said, source=endpoint.name)
    return host.strip("[]"), int(port)


def _require_socket(endpoint: Endpoint) -> None:
    """Raise Refused for a socket without a port: the library would leave it open."""
    parts = endpoint.url.upper().split("::")
    if parts[0].startswith("TCPIP") and parts[-1] == "SOCKET":
        port = parts[-2]
        if not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
            said = f"{endpoint.url} has no port from 1 to {LAST_PORT}"
            raise Refused(said, source=endpoint.name)


def _timeout_s(endpoint: Endpoint, usual_s: float) -> float:
    value = endpoint.options.get("timeout_s", usual_s)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise Refused(f"timeout_s = {value!r} is no time", source=endpoint.name)
    return float(value)


def _as_wired(endpoint: Endpoint, usual: SerialSettings) -> SerialSettings:
    """The settings of an instrument with what its endpoint says otherwise."""
    parity = endpoint.options.get("parity", usual.parity)
    if parity not in {"N", "E", "O"}:
        raise Refused(f"parity = {parity!r} is none of N, E, O", source=endpoint.name)
    return SerialSettings(
        baud=_whole(endpoint, "baud", usual.baud),
        bits=_whole(endpoint, "bits", usual.bits),
        parity=cast("Literal['N', 'E', 'O']", parity),
        stop_bits=_whole(endpoint, "stop_bits", usual.stop_bits),
        rtscts=usual.rtscts,
    )


def _whole(endpoint: Endpoint, option: str, usual: int) -> int:
    value = endpoint.options.get(option, usual)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Refused(f"{option} = {value!r} is no whole number", source=endpoint.name)
    return value


def _needed(endpoint: Endpoint, settings: SerialSettings | None) -> SerialSettings:
    if settings is None:
        raise Refused(f"{endpoint.transport} needs line settings", source=endpoint.name)
    return settings
