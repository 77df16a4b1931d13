"""Emulated Modbus units over TCP and over RTU on a pseudo-terminal; the only user of pymodbus here.

pymodbus frames, checks and encodes; what the units hold stays in the units. Its own memory
(SimDevice) is not used: it rounds coils to words and costs a list of 65536 words per table.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Final

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusIOException, NoSuchIdException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.other_message import ReportDeviceIdRequest
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator.simcore import SimCore
from pymodbus.transaction import TransactionManager
from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.faults import WireFaults
from sim_hardware.core.hearing import Hearing
from sim_hardware.core.listener import TcpListener
from sim_hardware.core.modbus_faults import UnitFaults
from sim_hardware.core.pacing import Pacer
from sim_hardware.core.ports import ByteLedger, PtyWire
from sim_hardware.core.wire import ModbusFault, RegisterInstrument, Silence, Table

_TABLES: Final[Mapping[int, Table]] = {
    1: Table.COIL,
    2: Table.DISCRETE,
    3: Table.HOLDING,
    4: Table.INPUT,
    5: Table.COIL,
    6: Table.HOLDING,
    15: Table.COIL,
    16: Table.HOLDING,
    22: Table.HOLDING,
    23: Table.HOLDING,
}
_SINGLE_WRITES = frozenset({5, 6})
_FRAME_GAP_S = 0.02  # a piece of a frame older than this is not continued
_UNIT_AT = 6  # where a TCP frame has the number of the unit
_SHORTEST_FRAME = 4  # unit, function, checksum


class _Units(SimCore):
    """The units of one port, where pymodbus expects its memory."""

    def __init__(self, units: Mapping[int, RegisterInstrument], faults: WireFaults) -> None:
        super().__init__([])
        self.units, self.faults = units, UnitFaults(faults)
        self.absent: set[int] = set()
        self._echo: list[int] | list[bool] = []

    def unit(self, number: int) -> RegisterInstrument:
        """Return the unit; NoSuchIdException if none answers to that number."""
        if number in self.absent or number not in self.units:
            raise NoSuchIdException(f"no unit {number}")
        return self.units[number]

    @override
    def device_ids(self) -> list[int]:
        """Return who hears a broadcast."""
        return [number for number in self.units if number not in self.absent]

    @override
    async def async_getValues(
        self, device_id: int, func_code: int, address: int, count: int = 1
    ) -> list[int] | list[bool] | ExcCodes:
        """Read from a unit; after a single write pymodbus asks what to answer: the request."""
        if func_code in _SINGLE_WRITES:
            return self._echo
        unit = self.unit(device_id)
        if code := self.faults.refusal(writing=False):
            return ExcCodes(code)
        try:
            words = unit.read(_TABLES[func_code], address, count)
        except ModbusFault as fault:
            return ExcCodes(fault.code)
        except Silence:
            raise NoSuchIdException(f"unit {device_id} keeps silent") from None
        return self.faults.words((device_id, func_code, address, count), words)

    @override
    async def async_setValues(
        self, device_id: int, func_code: int, address: int, values: list[int] | list[bool]
    ) -> ExcCodes | None:
        """Write to a unit."""
        unit = self.unit(device_id)
        if code := self.faults.refusal(writing=True):
            return ExcCodes(code)
        try:
            unit.write(_TABLES[func_code], address, [int(value) for value in values])
        except ModbusFault as fault:
            return ExcCodes(fault.code)
        except Silence:
            raise NoSuchIdException(f"unit {device_id} keeps silent") from None
        self._echo = values
        return None


class _ServerIdReply(ModbusPDU):
    """Function 17's answer: the unit's own bytes behind their count."""

    function_code = 17

    def __init__(self, data: bytes, dev_id: int) -> None:
        super().__init__(dev_id=dev_id)
        self._data = data

    @override
    def encode(self) -> bytes:
        """Encode what follows the function code."""
        return bytes([len(self._data)]) + self._data

    @override
    def decode(self, data: bytes) -> None:
        """Take what follows the function code."""
        self._data = data[1:]


class _ServerIdRequest(ReportDeviceIdRequest):
    """Function 17; pymodbus would answer for the whole program, we for the unit asked."""

    @override
    async def datastore_update(self, context: object, device_id: int) -> ModbusPDU:
        """Ask the unit who it is."""
        assert isinstance(context, _Units)
        try:
            return _ServerIdReply(context.unit(device_id).server_id(), device_id)
        except ModbusFault as fault:
            return ExceptionResponse(self.function_code, fault.code, device_id=device_id)


def _finish(work: Coroutine[object, None, None]) -> None:
    """Run a coroutine that never waits to its end, here and now.

    pymodbus would make it a task and answer with the numbers of whichever request came last.
    """
    try:
        work.send(None)
    except StopIteration:
        return
    raise RuntimeError("a unit waited while it was asked")


class _Handler(ServerRequestHandler):
    """Takes requests of one client in order, answers each at once, paces what is sent."""

    def __init__(self, server: "_TcpServer | _RtuServer", units: _Units, pacer: Pacer) -> None:
        super().__init__(server, None, None, None)  # type: ignore[no-untyped-call]  # pymodbus has no types here
        self._units = units
        self._pacer = pacer

    @override
    def callback_data(self, data: bytes, addr: tuple[str, int] | None = None) -> int:
        """Answer every complete request in `data`; return how many bytes they were."""
        used = 0
        while True:
            try:
                used += TransactionManager.callback_data(self, data[used:], addr)  # pyright: ignore[reportUnknownMemberType] - a bare tuple in pymodbus
            except ModbusIOException as error:
                self._refuse(error)
                return len(data)
            if self.last_pdu is None:
                return used
            _finish(self.handle_request())  # type: ignore[no-untyped-call]  # pymodbus has no types here

    @override
    def send(self, data: bytes, addr: tuple[str, int] | None = None) -> None:
        """Send when the unit and the wire have had their time."""
        number = self.last_pdu.dev_id if self.last_pdu is not None else 0
        unit = self._units.units.get(number)
        self._pacer.answer(data, 0.0 if unit is None else unit.turnaround_s)

    @override
    def callback_disconnected(self, exc: Exception | None) -> None:
        """Forget what was not sent yet."""
        self._pacer.cancel()
        super().callback_disconnected(exc)

    def refuse_function(self, unit: int, function: int, transaction: int = 0) -> None:
        """Answer that the function is not known."""
        reply = ExceptionResponse(function, ExcCodes.ILLEGAL_FUNCTION, unit, transaction)
        self.pdu_send(reply)  # pyright: ignore[reportUnknownMemberType] - a bare tuple in pymodbus

    def _refuse(self, error: ModbusIOException) -> None:
        self.refuse_function(error.dev_id, error.fcode or 0, error.transaction_id)


class _TcpHandler(_Handler):
    """One connection: what it hears may come late, and be done after the client has gone."""

    def __init__(self, server: "_TcpServer", units: _Units, clock: LineClock) -> None:
        # a flipped transaction number is the one spoilt byte that a Modbus TCP client can notice
        super().__init__(server, units, Pacer(clock, self._write, server.faults, spoilt_byte=0))
        self._hearing = Hearing(clock, server.faults, super().data_received, self._write)

    @override
    def data_received(self, data: bytes) -> None:
        """Take what came over the connection."""
        self._hearing.take(data)

    @override
    def send(self, data: bytes, addr: tuple[str, int] | None = None) -> None:
        """Send under the number of the unit."""
        number = self._units.faults.signature(data[_UNIT_AT])
        super().send(data[:_UNIT_AT] + bytes([number]) + data[_UNIT_AT + 1 :], addr)

    def _write(self, data: bytes) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(data)


class _RtuHandler(_Handler):
    """Lets a unit send what the standard does not say."""

    @override
    def send(self, data: bytes, addr: tuple[str, int] | None = None) -> None:
        """Send the unit's own version of an answer, under a new checksum."""
        unit = self._units.units.get(data[0])
        if unit is not None:
            number = self._units.faults.signature(data[0])
            body = bytes([number]) + unit.as_sent(data[1:-2])
            data = body + FramerRTU.compute_CRC(body).to_bytes(2, "big")
        super().send(data, addr)


class _TcpServer(ModbusTcpServer):
    """pymodbus's TCP server without its listening: only what makes request handlers."""

    def __init__(self, units: _Units, clock: LineClock, faults: WireFaults) -> None:
        super().__init__([], custom_pdu=[_ServerIdRequest])
        self.context = units
        self.faults = faults
        self._units = units
        self._clock = clock

    @override
    def callback_new_connection(self) -> _Handler:
        """Make the handler of one connection."""
        return _TcpHandler(self, self._units, self._clock)


class _RtuServer(ModbusSerialServer):
    """pymodbus's RTU server without its serial port: the bytes are brought to it."""

    def __init__(self, units: _Units, pacer: Pacer) -> None:
        super().__init__(
            [], ignore_missing_devices=True, broadcast_enable=True, custom_pdu=[_ServerIdRequest]
        )
        self.context = units
        self._units = units
        self._pacer = pacer

    @override
    def callback_new_connection(self) -> _Handler:
        """Make the handler of the bus."""
        return _RtuHandler(self, self._units, self._pacer)


class ModbusTcpPort:
    """One or more Modbus units behind a TCP address. An unknown unit gets exception 11.

    Numbers in `absent` are treated as unknown units until taken out again.
    """

    def __init__(
        self,
        units: Mapping[int, RegisterInstrument],
        clock: LineClock,
        ledger: ByteLedger,  # noqa: ARG002 - all ports are made alike; TCP needs no counting
        *,
        name: str,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.name = name
        self.faults = WireFaults()
        self._clock = clock
        self._units = _Units(units, self.faults)
        self._server: _TcpServer | None = None
        self._listener = TcpListener(self._connection, host=host, port=port)

    @property
    def absent(self) -> set[int]:
        """Units that do not answer at present."""
        return self._units.absent

    @property
    def host(self) -> str:
        """The address that is listened on."""
        return self._listener.host

    @property
    def port(self) -> int:
        """The TCP port that is listened on; 0 before `start` if the system chooses."""
        return self._listener.port

    @property
    def url(self) -> str:
        """Host and port as a client writes them, e.g. `127.0.0.1:502`."""
        return f"{self.host}:{self.port}"

    @property
    def unplugged(self) -> bool:
        """Whether nobody can connect."""
        return self._listener.unplugged

    async def start(self) -> None:
        """Listen. OSError if the port is taken."""
        self._server = _TcpServer(self._units, self._clock, self.faults)
        self._listener.plug()

    async def stop(self) -> None:
        """Drop every connection and stop listening. Idempotent."""
        await self._listener.stop()

    def unplug(self) -> None:
        """Drop every connection and refuse new ones."""
        self._listener.unplug()

    def plug(self) -> None:
        """Listen again on the same port."""
        self._listener.plug()

    def forget_clients(self) -> None:
        """Leave every connection half open: it stays, and nobody hears it any more."""
        self._listener.forget_clients()

    def _connection(self) -> asyncio.BaseProtocol:
        assert self._server is not None
        return self._server.handle_new_connection()


class ModbusRtuPort:
    """Modbus units on one RS-485 bus behind a pseudo-terminal. An unknown unit is silent.

    Rate and character length are those of the first unit unless `baud` says otherwise.
    Numbers in `absent` are treated as unknown units until taken out again.
    """

    def __init__(
        self,
        units: Mapping[int, RegisterInstrument],
        clock: LineClock,
        ledger: ByteLedger,
        *,
        name: str,
        link: Path | None = None,
        baud: int | None = None,
    ) -> None:
        self.name = name
        self.faults = WireFaults()
        self._clock = clock
        self._link = link
        self._units = _Units(units, self.faults)
        self._wire = PtyWire(ledger, self._take)
        self._hearing = Hearing(clock, self.faults, self._heard, self._wire.write)
        self._pacer = Pacer(
            clock, self._wire.write, self.faults, byte_s=_byte_s(list(units.values()), baud)
        )
        self._handler: _Handler | None = None
        self._gap: asyncio.TimerHandle | None = None

    @property
    def absent(self) -> set[int]:
        """Units that do not answer at present."""
        return self._units.absent

    @property
    def path(self) -> str:
        """What a client opens, e.g. `/dev/pts/7`; empty before `start`."""
        return self._wire.path

    @property
    def unplugged(self) -> bool:
        """Whether nothing passes in either direction."""
        return self._wire.unplugged

    async def start(self) -> None:
        """Create the pseudo-terminal and answer on it."""
        self._handler = _RtuServer(self._units, self._pacer).callback_new_connection()
        self._wire.open(self._link)

    async def stop(self) -> None:
        """Close the pseudo-terminal and remove the link. Idempotent."""
        self.unplug()
        self._wire.close()

    def unplug(self) -> None:
        """Silence in both directions; the client's end stays open, as a serial port does."""
        self._wire.unplugged = True
        self._hearing.cancel()
        self._pacer.cancel()
        self._forget()

    def plug(self) -> None:
        """Let bytes pass again."""
        self._wire.unplugged = False

    def _take(self, data: bytes) -> None:
        self._hearing.take(data)

    def _heard(self, data: bytes) -> None:
        assert self._handler is not None
        self._pacer.heard(len(data))
        self._handler.data_received(data)
        if self._gap is not None:
            self._gap.cancel()
            self._gap = None
        if self._handler.recv_buffer:
            self._gap = self._clock.after(_FRAME_GAP_S, self._frame_ended)

    def _frame_ended(self) -> None:
        """Silence ended a frame that pymodbus could not use: refuse it or forget it.

        Without this an unknown function would stay unanswered and swallow the next request.
        """
        assert self._handler is not None
        frame = self._handler.recv_buffer
        self._forget()
        if len(frame) < _SHORTEST_FRAME or frame[0] not in self._units.device_ids():
            return
        if FramerRTU.compute_CRC(frame[:-2]) == int.from_bytes(frame[-2:], "big"):
            self._handler.refuse_function(frame[0], frame[1])

    def _forget(self) -> None:
        if self._gap is not None:
            self._gap.cancel()
            self._gap = None
        if self._handler is not None:
            self._handler.recv_buffer = b""


def _byte_s(units: Sequence[RegisterInstrument], baud: int | None) -> float:
    """Return how long one character takes on the bus."""
    rate = units[0].line_baud if baud is None else baud
    return units[0].char_bits / rate if rate else 0.0
