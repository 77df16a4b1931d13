"""What a bench is put together from: drivers' shapes, wires, and how a model is put on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol, TypeVar

from drivers.core.clock import Clock
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.links.visa import VisaLink
from drivers.core.points import Sample
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.wire import RegisterInstrument, StreamInstrument

T = TypeVar("T")

Emulator = StreamInstrument | RegisterInstrument
Link = SerialLink | ModbusLink | VisaLink
Port = PtyPort | SocketPort | ModbusRtuPort | ModbusTcpPort
Wire = Literal["serial", "visa", "modbus_rtu", "modbus_tcp"]

NAME: Final = "bench.instrument"
TIMEOUT_S: Final = 1.0  # of Modbus and VISA; serial drivers have their own


class InstrumentDriver(Protocol):
    """What every driver offers."""

    name: str

    async def identify(self) -> str: ...
    async def readings(self) -> Mapping[str, Sample]: ...
    async def make_safe(self) -> None: ...


class SerialDriver(InstrumentDriver, Protocol):
    """A driver with a serial line."""

    SERIAL: ClassVar[SerialSettings]

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int) -> None: ...


class BusDriver(InstrumentDriver, Protocol):
    """A driver on an RS-485 bus with Modbus."""

    SERIAL: ClassVar[SerialSettings]

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int) -> None: ...


@dataclass(frozen=True)
class Made:
    """One emulated instrument; `parts` are those that a test may want to look into."""

    emulator: Emulator
    parts: tuple[object, ...]


Connect = Callable[[str, Clock], tuple[Link, InstrumentDriver]]
"""Address and clock -> the driver with its link."""


@dataclass(frozen=True)
class Builder:
    """How a model is put on a bench."""

    wire: Wire
    emulator: Callable[[LineClock], Made]
    connect: Connect
    unit: int = 1


def serial(kind: type[SerialDriver], unit: int = 1) -> Connect:
    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        link = SerialLink(NAME, url, kind.SERIAL, clock=clock)
        return link, kind(NAME, link, clock=clock, unit=unit)

    return connect


def bus(kind: type[BusDriver]) -> Connect:
    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        link = ModbusLink.rtu(NAME, url, kind.SERIAL, clock=clock, timeout_s=TIMEOUT_S)
        return link, kind(NAME, link, clock=clock, unit=1)

    return connect


def network(make: Callable[[ModbusLink, Clock], InstrumentDriver]) -> Connect:
    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        host, _, port = url.rpartition(":")
        link = ModbusLink.tcp(NAME, host, int(port), clock=clock, timeout_s=TIMEOUT_S)
        return link, make(link, clock)

    return connect


def visa(make: Callable[[VisaLink, Clock], InstrumentDriver]) -> Connect:
    """Our end of a VISA resource."""

    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        link = VisaLink(NAME, url, clock=clock, timeout_s=TIMEOUT_S)
        return link, make(link, clock)

    return connect


def wired(
    kind: Callable[[LineClock, T], Emulator], wired_to: Callable[[LineClock], T]
) -> Callable[[LineClock], Made]:
    def make(clock: LineClock) -> Made:
        stub = wired_to(clock)
        unit = kind(clock, stub)
        return Made(unit, (unit, stub))

    return make
