"""One emulated instrument on a wire in real time, and what a client may ask to happen to it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

from oracles.models import MODELS, Model
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort, ModbusTcpPort
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.scaled_loop import ScaledClock
from sim_hardware.core.wire import StreamInstrument

Wire = Literal["pty", "tcp"]
Port = PtyPort | SocketPort | ModbusRtuPort | ModbusTcpPort

REAL_TIME: Final = 1.0


@dataclass(frozen=True)
class Stand:
    """Where an instrument answers, and the wishes it knows."""

    address: str
    wishes: Mapping[str, Callable[[float], None]]

    def fulfil(self, wish: str, value: float) -> None:
        """Do what a client asked for; KeyError for a wish nobody can fulfil."""
        self.wishes[wish](value)


@asynccontextmanager
async def stand(name: str, wire: Wire) -> AsyncGenerator[Stand]:
    """Serve a model on a pseudo-terminal or a TCP port of this machine until left."""
    clock = LineClock(asyncio.get_running_loop())
    model = MODELS[name](clock)
    port = _port(model, clock, name, wire)
    await port.start()
    try:
        yield Stand(_address(port), {**_of_the_wire(port), **_of_power(model), **model.wishes})
    finally:
        await port.stop()


def _port(model: Model, clock: LineClock, name: str, wire: Wire) -> Port:
    ledger = ScaledClock(REAL_TIME)
    if isinstance(model.answers, StreamInstrument):
        stream = PtyPort if wire == "pty" else SocketPort
        return stream(model.answers, clock, ledger, name=name)
    bus = ModbusRtuPort if wire == "pty" else ModbusTcpPort
    return bus(model.answers, clock, ledger, name=name)


def _address(port: Port) -> str:
    if isinstance(port, PtyPort | ModbusRtuPort):
        return port.path
    return f"{port.host}:{port.port}"


def _of_the_wire(port: Port) -> Mapping[str, Callable[[float], None]]:
    def fault(name: str) -> Callable[[float], None]:
        return lambda value: port.faults.apply({name: value})

    return {
        "unplug": lambda _: port.unplug(),
        "plug": lambda _: port.plug(),
        "delay_s": fault("delay_s"),
        "drop_next": fault("drop_next"),
        "corrupt_next": fault("corrupt_next"),
    }


def _of_power(model: Model) -> Mapping[str, Callable[[float], None]]:
    answers = model.answers
    units = [answers] if isinstance(answers, StreamInstrument) else list(answers.values())

    def power_cycle(_: float) -> None:
        for unit in units:
            unit.power_cycle()

    return {"power_cycle": power_cycle}
