"""Every instrument model on a bench: its emulator on a real wire, our driver at the other end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol, TypeVar

from typing_extensions import override

from drivers.core.clock import Clock
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.links.visa import VisaLink
from drivers.core.points import Sample
from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.newport_esp301 import NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.watlow_ezzone import WatlowEzzone
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer, RegisterInstrument, StreamInstrument, Table
from sim_hardware.instruments import (
    ae_cesar as sim_ae_cesar,
)
from sim_hardware.instruments import (
    aja_dcxs as sim_aja_dcxs,
)
from sim_hardware.instruments import (
    click_plc as sim_click_plc,
)
from sim_hardware.instruments import (
    eurotherm_3216 as sim_eurotherm_3216,
)
from sim_hardware.instruments import (
    inficon_sqm160 as sim_inficon_sqm160,
)
from sim_hardware.instruments import (
    julabo_cf31 as sim_julabo_cf31,
)
from sim_hardware.instruments import (
    lumel_re72 as sim_lumel_re72,
)
from sim_hardware.instruments import (
    newport_esp301 as sim_newport_esp301,
)
from sim_hardware.instruments import (
    omron_e5cc as sim_omron_e5cc,
)
from sim_hardware.instruments import (
    sensirion_sfc5500 as sim_sensirion_sfc5500,
)
from sim_hardware.instruments import (
    tdk_genesys as sim_tdk_genesys,
)
from sim_hardware.instruments import (
    thorlabs_pm100 as sim_thorlabs_pm100,
)
from sim_hardware.instruments import (
    thorlabs_sc10 as sim_thorlabs_sc10,
)
from sim_hardware.instruments import (
    trinamic_tmcm1640 as sim_trinamic_tmcm1640,
)
from sim_hardware.instruments import (
    watlow_ezzone as sim_watlow_ezzone,
)
from tests.rigs.wired_to import (
    Blade,
    Electrode,
    GasBottle,
    Lamp,
    Magnetrons,
    PlatingBath,
    SensorHead,
    Shaft,
    SmallTool,
    StageTable,
)
from tests.rigs.wires import in_virtual_time

T = TypeVar("T")

Emulator = StreamInstrument | RegisterInstrument
Link = SerialLink | ModbusLink | VisaLink
Port = PtyPort | SocketPort | ModbusRtuPort | ModbusTcpPort
Wire = Literal["serial", "visa", "modbus_rtu", "modbus_tcp"]

NAME: Final = "bench.instrument"
TIMEOUT_S: Final = 1.0  # of Modbus and VISA; serial drivers have their own
AMBIENT_C: Final = 22.0
FACTORY_C: Final = 43.0 / 1.8  # 75 F, the set-point a Watlow controller is delivered with: at rest


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


class ByteTap(SpeaksUnasked):
    """Remembers what reaches a stream instrument, piece by piece."""

    def __init__(self, inner: StreamInstrument) -> None:
        super().__init__()
        self.inner = inner
        self.pieces: list[bytes] = []
        if isinstance(inner, SpeaksUnasked):
            inner.unasked = self._pass_on

    @property
    def requests(self) -> int:
        return len(self.pieces)

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self.pieces.append(data)
        return self.inner.receive(data)

    def _pass_on(self, answer: Answer) -> None:
        self.unasked(answer)  # whoever listens now: the port comes later than the instrument


class RegisterTap(RegisterInstrument):
    """Remembers which registers of an instrument are read and written."""

    def __init__(self, inner: RegisterInstrument) -> None:
        self.inner = inner
        self.reads: list[tuple[int, int]] = []
        self.writes: list[tuple[int, list[int]]] = []

    @property
    def requests(self) -> int:
        return len(self.reads) + len(self.writes)

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        self.reads.append((address, count))
        return self.inner.read(table, address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self.writes.append((address, list(values)))
        self.inner.write(table, address, values)

    @override
    def server_id(self) -> bytes:
        return self.inner.server_id()


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


@dataclass(frozen=True)
class Bench:
    """One instrument: `the(kind)` finds driver, emulator or what it is wired to by its class."""

    model: str
    clock: Clock
    driver: InstrumentDriver
    link: Link
    port: Port
    tap: ByteTap | RegisterTap
    unit: int
    parts: tuple[object, ...]

    def the(self, kind: type[T]) -> T:
        return next(part for part in (self.driver, *self.parts) if isinstance(part, kind))


@asynccontextmanager
async def on_bench(model: str, clock: Clock) -> AsyncGenerator[Bench]:
    """Emulator and driver of a model on one wire, in the time of `clock`."""
    builder = BUILDERS[model]
    line_clock = LineClock(asyncio.get_running_loop())
    made = builder.emulator(line_clock)
    tap: ByteTap | RegisterTap
    if isinstance(made.emulator, StreamInstrument):
        tap = ByteTap(made.emulator)
    else:
        tap = RegisterTap(made.emulator)
    port = _port(builder, tap, line_clock, clock)
    await port.start()
    link, driver = builder.connect(address_of(port), clock)
    try:
        yield Bench(model, clock, driver, link, port, tap, builder.unit, made.parts)
    finally:
        await link.close()
        await port.stop()


def at(model: str, act: Callable[[Bench], Awaitable[None]]) -> None:
    """Do `act` with a model on the bench that was identified, in simulated time."""

    async def main(clock: Clock) -> None:
        async with on_bench(model, clock) as bench:
            await bench.driver.identify()
            await act(bench)

    in_virtual_time(main)


def address_of(port: Port) -> str:
    """What a client opens."""
    match port:
        case PtyPort() | ModbusRtuPort():
            return port.path
        case SocketPort():
            return f"TCPIP::{port.host}::{port.port}::SOCKET"
        case ModbusTcpPort():
            return port.url


def _port(builder: Builder, tap: ByteTap | RegisterTap, line: LineClock, clock: Clock) -> Port:
    if isinstance(tap, ByteTap):
        if builder.wire == "visa":
            return SocketPort(tap, line, clock, name=NAME)
        return PtyPort(tap, line, clock, name=NAME, baud=tap.inner.line_baud)
    kind = ModbusTcpPort if builder.wire == "modbus_tcp" else ModbusRtuPort
    return kind({builder.unit: tap}, line, clock, name=NAME)


# --- our end ---


def _serial(kind: type[SerialDriver], unit: int = 1) -> Connect:
    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        link = SerialLink(NAME, url, kind.SERIAL, clock=clock)
        return link, kind(NAME, link, clock=clock, unit=unit)

    return connect


def _bus(kind: type[BusDriver]) -> Connect:
    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        link = ModbusLink.rtu(NAME, url, kind.SERIAL, clock=clock, timeout_s=TIMEOUT_S)
        return link, kind(NAME, link, clock=clock, unit=1)

    return connect


def _network(make: Callable[[ModbusLink, Clock], InstrumentDriver]) -> Connect:
    def connect(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
        host, _, port = url.rpartition(":")
        link = ModbusLink.tcp(NAME, host, int(port), clock=clock, timeout_s=TIMEOUT_S)
        return link, make(link, clock)

    return connect


def _visa(url: str, clock: Clock) -> tuple[Link, InstrumentDriver]:
    link = VisaLink(NAME, url, clock=clock, timeout_s=TIMEOUT_S)
    return link, ThorlabsPm100(NAME, link, clock=clock)


# --- the emulators' end ---


def _body(clock: LineClock, *, cools: bool = False) -> ThermalBody:
    return ThermalBody(clock, AMBIENT_C, AMBIENT_C, 30.0, cools=cools)


def _with(
    kind: Callable[[LineClock, T], Emulator], wired_to: Callable[[LineClock], T]
) -> Callable[[LineClock], Made]:
    def make(clock: LineClock) -> Made:
        stub = wired_to(clock)
        unit = kind(clock, stub)
        return Made(unit, (unit, stub))

    return make


def _gas(clock: LineClock) -> Made:
    bottle = GasBottle()
    unit = sim_sensirion_sfc5500.SensirionSfc5500(clock, bottle, address=0)
    return Made(sim_sensirion_sfc5500.ShdlcBus([unit]), (unit, bottle))


def _oven(clock: LineClock) -> Made:
    bodies = [ThermalBody(clock, FACTORY_C, FACTORY_C, 30.0) for _ in range(2)]
    unit = sim_watlow_ezzone.WatlowEzzone(clock, bodies)
    return Made(unit, (unit, *bodies))


BUILDERS: Final[Mapping[str, Builder]] = {
    "ae_cesar": Builder(
        "serial", _with(sim_ae_cesar.AeCesar, lambda _: Electrode()), _serial(AeCesar)
    ),
    "aja_dcxs": Builder(
        "serial", _with(sim_aja_dcxs.AjaDcxs, lambda _: Magnetrons()), _serial(AjaDcxs)
    ),
    "click_plc": Builder(
        "modbus_tcp",
        _with(sim_click_plc.ClickPlc, lambda _: SmallTool()),
        _network(lambda link, clock: ClickPlc(NAME, link, clock=clock)),
    ),
    "eurotherm_3216": Builder(
        "modbus_rtu", _with(sim_eurotherm_3216.Eurotherm3216, _body), _bus(Eurotherm3216)
    ),
    "inficon_sqm160": Builder(
        "serial",
        _with(
            lambda clock, head: sim_inficon_sqm160.InficonSqm160(clock, {1: head}),
            lambda _: SensorHead(),
        ),
        _serial(InficonSqm160),
    ),
    "julabo_cf31": Builder(
        "serial",
        _with(sim_julabo_cf31.JulaboCf31, lambda clock: _body(clock, cools=True)),
        _serial(JulaboCf31),
    ),
    "lumel_re72": Builder("modbus_rtu", _with(sim_lumel_re72.LumelRe72, _body), _bus(LumelRe72)),
    "newport_esp301": Builder(
        "serial",
        _with(sim_newport_esp301.NewportEsp301, lambda _: StageTable()),
        _serial(NewportEsp301),
    ),
    "omron_e5cc": Builder("modbus_rtu", _with(sim_omron_e5cc.OmronE5cc, _body), _bus(OmronE5cc)),
    "sensirion_sfc5500": Builder("serial", _gas, _serial(SensirionSfc5500, unit=0), unit=0),
    "tdk_genesys": Builder(
        "serial",
        _with(sim_tdk_genesys.TdkGenesys, lambda _: PlatingBath()),
        _serial(TdkGenesys, unit=6),
        unit=6,
    ),
    "thorlabs_pm100": Builder(
        "visa",
        _with(lambda _, lamp: sim_thorlabs_pm100.ThorlabsPm100(lamp), lambda _: Lamp()),
        _visa,
    ),
    "thorlabs_sc10": Builder(
        "serial", _with(sim_thorlabs_sc10.ThorlabsSc10, lambda _: Blade()), _serial(ThorlabsSc10)
    ),
    "trinamic_tmcm1640": Builder(
        "serial",
        _with(sim_trinamic_tmcm1640.TrinamicTmcm1640, lambda _: Shaft()),
        _serial(TrinamicTmcm1640),
    ),
    "watlow_ezzone": Builder(
        "modbus_tcp",
        _oven,
        _network(lambda link, clock: WatlowEzzone(NAME, link, clock=clock, zones=2)),
    ),
}
MODELS: Final = tuple(sorted(BUILDERS))
