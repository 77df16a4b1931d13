"""The emulated line: nine kinds of plants, their wires, and the wafers a person carries."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sim_hardware.catalog import PLANTS
from sim_hardware.core.clock import LineClock
from sim_hardware.core.fault_catalogue import PSEUDO_ROLES, Where, shipped_faults
from sim_hardware.core.faults import WIRE_FAULTS
from sim_hardware.core.hazards import Hazard, HazardLog
from sim_hardware.core.injection import FaultOrder, Injector
from sim_hardware.core.layout import (
    AUTO,
    InstrumentSpec,
    Layout,
    LayoutError,
    ToolSpec,
    host_and_port,
    wires,
)
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.plant import AnyInstrument, Plant, PlantSetup
from sim_hardware.core.ports import ByteLedger, PtyPort, SocketPort
from sim_hardware.core.wire import RegisterInstrument, StreamInstrument
from sim_hardware.gauges import measured
from sim_hardware.instruments.sensirion_sfc5500 import ShdlcBus
from sim_hardware.physics.wafer import Wafer

Port = PtyPort | SocketPort | ModbusTcpPort | ModbusRtuPort
CABLE_FAULTS = frozenset({"unplugged", "half_open", "off_s"})
MAINS = "mains"  # the place of a tool where `off_s` is a power dip of all its instruments


class PortTaken(Exception):
    """An address of the line file is in use."""


class EmulatedLine:
    """Every plant of a layout with its ports. `racks` hold the wafers that lie in no tool."""

    def __init__(
        self, layout: Layout, clock: LineClock, ledger: ByteLedger, *, seed: int = 0
    ) -> None:
        self.layout, self.clock = layout, clock
        self._ledger = ledger
        self._hazards = HazardLog(clock)
        self.plants: dict[str, Plant] = _plants(layout, clock, self._hazards, seed)
        self.racks: dict[str, Wafer] = {}
        self._ports: dict[tuple[str, str], Port] = {}
        self._injector = Injector(clock, shipped_faults(), _places(layout), self.set_faults)
        self._names = Path(tempfile.mkdtemp(prefix="emulated-line-"))

    async def start(self) -> None:
        """Open every wire; PortTaken names the one that cannot be had, and none stays open."""
        try:
            for tool in self.layout.tools:
                for wire in wires(tool):
                    port = self._port(tool, wire)
                    try:
                        await port.start()
                    except OSError as error:
                        raise self._taken(tool, wire[0], error) from error
                    for spec in wire:
                        self._ports[tool.id, spec.role] = port
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every wire; no pseudo-terminal and no name stays behind."""
        self._injector.forget()
        for port in dict.fromkeys(self._ports.values()):
            await port.stop()
        self._ports.clear()
        if self._names.is_dir():
            for name in self._names.iterdir():
                name.unlink(missing_ok=True)
            self._names.rmdir()

    def endpoints(self) -> list[dict[str, object]]:
        """Where every instrument answers, as the daemon's `--endpoints` takes it."""
        return [
            {
                "tool": tool.id,
                "role": spec.role,
                "model": spec.model,
                "transport": spec.transport,
                "url": _url(self._ports[tool.id, spec.role]),
                "unit": spec.unit,
            }
            for tool in self.layout.tools
            for spec in tool.instruments
        ]

    def write_endpoints(self, path: Path) -> None:
        """Write the endpoints in one step: whoever sees the file sees all of it."""
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(self.endpoints(), indent=1))
        part.replace(path)

    def carry(self, wafer: str, source: str, destination: str) -> None:
        """What a person's hands do; PlantRefuses or KeyError when it is not possible."""
        if source in self.plants:
            held = self.plants[source].wafer
            if held is None or held.name != wafer:
                raise KeyError(f"{wafer} is not in {source}")
            if destination in self.plants:
                # Nobody takes a wafer up before its next place is open.
                self.plants[destination].ready_for_hands()
            moved = self.plants[source].unload()
        else:
            moved = self.racks.pop(wafer) if wafer in self.racks else Wafer(wafer)
        if destination not in self.plants:
            self.racks[wafer] = moved
            return
        try:
            self.plants[destination].load(moved)
        except Exception:
            self.racks[wafer] = moved
            raise

    def find(self, wafer: str) -> Wafer:
        """The wafer wherever it is; KeyError if the line has never seen it."""
        for plant in self.plants.values():
            if plant.wafer is not None and plant.wafer.name == wafer:
                return plant.wafer
        return self.racks[wafer]

    def state(self) -> Mapping[str, object]:
        """The true state of every plant and the faults at work there, by tool."""
        return {
            tool: {
                "wafer": plant.wafer and plant.wafer.name,
                **plant.state(),
                "faults": self._injector.shown(tool),
                "wires": self._wires(tool),
            }
            for tool, plant in self.plants.items()
        }

    def wafer(self, wafer: str) -> Mapping[str, object]:
        """The true state of one wafer, as a person with every gauge would find it."""
        found = self.find(wafer)
        return {"wafer": wafer, "steps": [v.step for v in found.history], **measured(found)}

    def hazards(self) -> Sequence[Hazard]:
        """What would have ruined a wafer or hurt a person."""
        return tuple(self._hazards.entries)

    def clear_hazards(self) -> None:
        """Forget the hazards."""
        self._hazards.entries.clear()

    def set_faults(self, tool: str, role: str, values: Mapping[str, float]) -> None:
        """Set faults of a wire, of a cable or of the mains, or of the plant behind them."""
        port = self._ports.get((tool, role))
        if port is not None and set(values) <= WIRE_FAULTS:
            port.faults.apply(values)
        elif set(values) <= CABLE_FAULTS:
            self._set_cable(tool, role, values)
        else:
            self.plants[tool].set_fault(role, values)

    def inject(self, order: FaultOrder) -> None:
        """Set a fault of the catalogue, now or later."""
        self._injector.inject(order)

    def heal(self, order: FaultOrder) -> None:
        """Mend a fault of the catalogue."""
        self._injector.heal(order)

    def faults(self) -> Sequence[Mapping[str, object]]:
        """The faults of the catalogue that are at work or wait."""
        return self._injector.shown()

    def unplug(self, tool: str, role: str) -> None:
        """Pull one instrument's cable; on a shared RS-485 bus only its own stub."""
        port = self._ports[tool, role]
        bus = _bus_of(port)
        if bus is None:
            port.unplug()
        else:
            bus.add(self._unit(tool, role))

    def plug(self, tool: str, role: str) -> None:
        """Put it back."""
        port = self._ports[tool, role]
        bus = _bus_of(port)
        if bus is None:
            port.plug()
        else:
            bus.discard(self._unit(tool, role))

    def _set_cable(self, tool: str, role: str, values: Mapping[str, float]) -> None:
        """Cable out or in, connections half open, or no power for so many seconds."""
        if "unplugged" in values:
            (self.unplug if values["unplugged"] else self.plug)(tool, role)
        if values.get("half_open"):
            port = self._ports[tool, role]
            if not isinstance(port, ModbusTcpPort | SocketPort):
                raise KeyError(f"{tool}.{role} has no connections that could be half open")
            port.forget_clients()
        if off_s := values.get("off_s"):
            roles = list(self.plants[tool].instruments) if role == MAINS else [role]
            for each in roles:
                self._switch_off(tool, each, off_s)

    def _switch_off(self, tool: str, role: str, off_s: float) -> None:
        self.unplug(tool, role)
        self.plants[tool].instruments[role].power_cycle()

        def on_again() -> None:
            if (tool, role) in self._ports:  # the line may have ended meanwhile
                self.plug(tool, role)

        self.clock.after(off_s, on_again)

    def _wires(self, tool: str) -> Mapping[str, Mapping[str, float]]:
        """What is wrong with the wires of a tool, by role."""
        wrong = {
            role: port.faults.active() for (at, role), port in self._ports.items() if at == tool
        }
        return {role: faults for role, faults in wrong.items() if faults}

    def _unit(self, tool: str, role: str) -> int:
        specs = next(spec for spec in self.layout.tools if spec.id == tool).instruments
        return next(spec.unit for spec in specs if spec.role == role)

    def now_s(self) -> float:
        """Seconds since the line was switched on."""
        return self.clock.now_s()

    def _taken(self, tool: ToolSpec, spec: InstrumentSpec, error: OSError) -> PortTaken:
        words = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        return PortTaken(
            f"{self.layout.file}: tool.{tool.id}.{spec.role}.url: found {spec.url!r}: {words}; "
            "allowed: an address that is free, or auto"
        )

    def _port(self, tool: ToolSpec, wire: Sequence[InstrumentSpec]) -> Port:
        instruments = self.plants[tool.id].instruments
        first, name = wire[0], f"{tool.id}.{wire[0].role}"
        match first.transport:
            case "modbus_tcp":
                host, port = _address(first.url)
                unit = _register(instruments[first.role])
                return ModbusTcpPort(
                    {first.unit: unit}, self.clock, self._ledger, name=name, host=host, port=port
                )
            case "modbus_rtu":
                units = {spec.unit: _register(instruments[spec.role]) for spec in wire}
                return ModbusRtuPort(
                    units, self.clock, self._ledger, name=name, link=self._link(tool, first)
                )
            case "serial":
                device = _stream(instruments[first.role])
                link = self._link(tool, first)
                return PtyPort(device, self.clock, self._ledger, name=name, link=link)
            case "visa":
                host, port = _address(first.url)
                device = _stream(instruments[first.role])
                return SocketPort(device, self.clock, self._ledger, name=name, host=host, port=port)
            case other:
                raise LayoutError(f"tool.{name}.transport: found {other!r}")

    def _link(self, tool: ToolSpec, spec: InstrumentSpec) -> Path:
        return self._names / f"{tool.id}.{spec.role}" if spec.url == AUTO else Path(spec.url)


def _plants(layout: Layout, clock: LineClock, hazards: HazardLog, seed: int) -> dict[str, Plant]:
    """A plant for every tool; LayoutError names everything of the line file that does not fit."""
    plants: dict[str, Plant] = {}
    faults: list[str] = []
    for tool in layout.tools:
        if tool.kind not in PLANTS:
            known = ", ".join(PLANTS)
            faults.append(f"tool.{tool.id}.kind: found {tool.kind!r}; allowed: {known}")
            continue
        options = {spec.role: spec.options for spec in tool.instruments}
        models = {spec.role: spec.model for spec in tool.instruments}
        setup = PlantSetup(tool.id, clock, hazards, tool.capabilities, options, models, seed)
        try:
            plant = plants[tool.id] = PLANTS[tool.kind](setup)
        except LayoutError as error:
            faults += error.faults
            continue
        faults += [f"tool.{tool.id}.{fault}" for fault in _misfits(tool, plant.instruments)]
    if faults:
        raise LayoutError(*(f"{layout.file}: {fault}" for fault in faults))
    return plants


def _places(layout: Layout) -> Mapping[str, Sequence[Where]]:
    """Where faults can be: every instrument of every tool, and what is none."""
    return {
        tool.id: [
            *(Where(tool.kind, spec.role, spec.model, spec.transport) for spec in tool.instruments),
            *(Where(tool.kind, role) for role in sorted(PSEUDO_ROLES)),
        ]
        for tool in layout.tools
    }


def _bus_of(port: Port) -> set[int] | None:
    """The absent units of a bus that several instruments share; None for a wire of one."""
    if isinstance(port, ModbusRtuPort):
        return port.absent
    if isinstance(port, PtyPort) and isinstance(port.instrument, ShdlcBus):
        return port.instrument.absent
    return None


def _misfits(tool: ToolSpec, instruments: Mapping[str, AnyInstrument]) -> Iterator[str]:
    """What the line file says of the instruments of a tool that its plant does not have."""
    for spec in tool.instruments:
        if spec.role not in instruments:
            known = ", ".join(instruments)
            yield f"role: found {spec.role!r}; allowed: {known}"
            continue
        instrument = instruments[spec.role]
        modules = [cls.__module__.rpartition(".")[2] for cls in type(instrument).__mro__]
        if spec.model not in modules:
            yield f"{spec.role}.model: found {spec.model!r}; allowed: {modules[0]!r}"
        registers = isinstance(instrument, RegisterInstrument)
        allowed = ("modbus_tcp", "modbus_rtu") if registers else ("serial", "visa")
        if spec.transport not in allowed:
            found = f"found {spec.transport!r}"
            yield f"{spec.role}.transport: {found}; allowed: {' or '.join(allowed)}"
    for role in instruments.keys() - {spec.role for spec in tool.instruments}:
        yield f"role: found no {role!r}; allowed: one of each of {', '.join(instruments)}"


def _address(url: str) -> tuple[str, int]:
    if url == AUTO:
        return "127.0.0.1", 0
    found = host_and_port(url)
    assert found is not None  # as the layout was read
    return found


def _url(port: Port) -> str:
    if isinstance(port, PtyPort | ModbusRtuPort):
        return port.path
    if isinstance(port, SocketPort):
        return f"TCPIP::{port.host}::{port.port}::SOCKET"
    return port.url


def _register(instrument: AnyInstrument) -> RegisterInstrument:
    if not isinstance(instrument, RegisterInstrument):
        raise LayoutError(f"{type(instrument).__name__} does not speak Modbus")
    return instrument


def _stream(instrument: AnyInstrument) -> StreamInstrument:
    if not isinstance(instrument, StreamInstrument):
        raise LayoutError(f"{type(instrument).__name__} does not speak a byte stream")
    return instrument
