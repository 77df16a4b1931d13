"""Modbus, TCP and RTU: several units on one link, one request in flight, silence between frames.

Written from the Modbus application protocol 1.1b3 and the serial line guide 1.02.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, Self

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.other_message import ReportDeviceIdRequest, ReportDeviceIdResponse
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)
from typing_extensions import override

from drivers.core.clock import Clock
from drivers.core.errors import DriverError, Garbled, LinkLost, NoReply, Rejected
from drivers.core.framing import Feed
from drivers.core.links.base import (
    FrameTrace,
    LinkBase,
    LinkStats,
    checked,
    link_under_check,
    owned,
)
from drivers.core.links.modbus_rtu import misannounced_reply, rtu_reply
from drivers.core.links.modbus_words import as_words, refusal
from drivers.core.links.serial import SerialLink, SerialSettings

RUN_INDICATORS = (b"\x00", b"\xff")
SILENT_CHARACTERS = 3.5  # between two frames; real characters, also where 1.75 ms would do


class ModbusLink:
    """One TCP connection or one RTU bus; every request names the unit it is for."""

    def __init__(self, bus: "_Bus") -> None:
        self._bus = bus
        self.name, self.clock = bus.name, bus.clock
        self.stats, self.trace = bus.stats, bus.trace
        self._lock = asyncio.Lock()
        self._checks: dict[int, Callable[[], Awaitable[None]]] = {}
        self._owners: dict[int, str] = {}
        self._suspects: set[int] = set()
        self._reconnects = 0

    @classmethod
    def tcp(cls, name: str, host: str, port: int, *, clock: Clock, timeout_s: float = 1.0) -> Self:
        """A link to a server or gateway on the network; connects when first used."""
        return cls(_TcpBus(name, host, port, clock, timeout_s))

    @classmethod
    def rtu(
        cls,
        name: str,
        path: str,
        settings: SerialSettings,
        *,
        clock: Clock,
        timeout_s: float = 1.0,
        silent_characters: float = SILENT_CHARACTERS,
    ) -> Self:
        """A link to the units of a serial bus; opens the port when first used.

        `silent_characters` is the length of the silence between two frames.
        """
        line = SerialLink(name, path, settings, clock=clock)
        return cls(_RtuBus(line, timeout_s, silent_characters * settings.character_s))

    async def open(self) -> None:
        """Connect, one attempt; raises LinkLost."""
        await self._bus.open()

    async def close(self) -> None:
        """Disconnect; a pending request gets LinkLost. Only `open` connects again."""
        await self._bus.close()

    def on_suspect(self, unit: int, check: Callable[[], Awaitable[None]], owner: str = "") -> None:
        """Run `check` before the next request to `unit` after it failed or the link was lost.

        Errors of the unit carry the name of its `owner`, an instrument, as their source. The
        check may use this link; nobody else can meanwhile. One that raises runs again.
        """
        self._checks[unit] = check
        self._owners[unit] = owner or self.name

    async def read_holding(self, unit: int, address: int, count: int) -> list[int]:
        """Read holding registers, function 3. Raises Rejected, NoReply, Garbled, LinkLost."""
        request = ReadHoldingRegistersRequest(dev_id=unit, address=address, count=count)
        return self._words(await self._ask(unit, request), count)

    async def read_misannounced(
        self, unit: int, address: int, count: int, *, announced: int
    ) -> list[int]:
        """`read_holding` from a device that announces `announced` bytes and sends `count` words."""
        request = _MisannouncedRequest(dev_id=unit, address=address, count=count)
        request.announced = announced
        return self._words(await self._ask(unit, request), count)

    async def read_input(self, unit: int, address: int, count: int) -> list[int]:
        """Read input registers, function 4. Raises Rejected, NoReply, Garbled, LinkLost."""
        request = ReadInputRegistersRequest(dev_id=unit, address=address, count=count)
        return self._words(await self._ask(unit, request), count)

    async def read_coils(self, unit: int, address: int, count: int) -> list[bool]:
        """Read coils, function 1. Raises Rejected, NoReply, Garbled, LinkLost."""
        request = ReadCoilsRequest(dev_id=unit, address=address, count=count)
        return self._bits(await self._ask(unit, request), count)

    async def read_discrete(self, unit: int, address: int, count: int) -> list[bool]:
        """Read discrete inputs, function 2. Raises Rejected, NoReply, Garbled, LinkLost."""
        request = ReadDiscreteInputsRequest(dev_id=unit, address=address, count=count)
        return self._bits(await self._ask(unit, request), count)

    async def write_register(self, unit: int, address: int, value: int) -> None:
        """Write one holding register, function 6; the device repeats what it understood.

        Raises CodecError before anything is sent if `value` is not 0..65535.
        """
        words = as_words([value])
        request = WriteSingleRegisterRequest(dev_id=unit, address=address, registers=words)
        reply = await self._ask(unit, request)
        self._agree((reply.address, *reply.registers), (address, value), unit)

    async def write_registers(self, unit: int, address: int, values: Sequence[int]) -> None:
        """Write holding registers in one request, function 16; errors as `write_register`."""
        words = as_words(values)
        request = WriteMultipleRegistersRequest(dev_id=unit, address=address, registers=words)
        reply = await self._ask(unit, request)
        self._agree((reply.address, reply.count), (address, len(words)), unit)

    async def write_coil(self, unit: int, address: int, on: bool) -> None:  # noqa: FBT001 - the value
        """Write one coil, function 5; the device repeats what it understood."""
        request = WriteSingleCoilRequest(dev_id=unit, address=address, bits=[on])
        reply = await self._ask(unit, request)
        self._agree((reply.address, *reply.bits), (address, on), unit)

    async def report_server_id(self, unit: int) -> bytes:
        """What the device says it is, function 17, without a run indicator at its end.

        Makers put that indicator before their text or behind it; before it, it is left there.
        """
        reply = await self._ask(unit, ReportDeviceIdRequest(dev_id=unit))
        if not isinstance(reply, _ServerIdReply):
            raise self._garbled(unit, "another function was answered")
        said = reply.identifier
        return said[:-1] if said[-1:] in RUN_INDICATORS else said

    async def _ask(self, unit: int, request: ModbusPDU) -> ModbusPDU:
        try:
            return await self._asked(unit, request)
        except DriverError as error:
            raise owned(error, self.name, self._owners.get(unit, self.name)) from error

    async def _asked(self, unit: int, request: ModbusPDU) -> ModbusPDU:
        if link_under_check.get() is self:
            return await self._transact(unit, request)
        async with self._lock:
            if not self.stats.up:  # before the check: a new connection makes every unit suspect
                await self._bus.connect()
            if self._suspects or self.stats.reconnects != self._reconnects:
                await self._recheck(unit)
            return await self._transact(unit, request)

    async def _transact(self, unit: int, request: ModbusPDU) -> ModbusPDU:
        clean = False
        try:
            if not self.stats.up:
                await self._bus.connect()
            reply = await self._bus.transact(request)
            clean = True
        finally:
            if not clean and unit in self._checks:  # whatever went wrong, also cancelling
                self._suspects.add(unit)
        if isinstance(reply, ExceptionResponse):
            said = refusal(request.function_code, request.address, reply.exception_code)
            raise Rejected(f"unit {unit}: {said}", source=self.name)
        if reply.function_code != request.function_code:
            raise self._garbled(unit, f"function {reply.function_code} was answered")
        return reply

    async def _recheck(self, unit: int) -> None:
        if self.stats.reconnects != self._reconnects:
            self._reconnects = self.stats.reconnects
            self._suspects.update(self._checks)
        if unit not in self._suspects:
            return
        token = link_under_check.set(self)
        try:
            await checked(partial(self._check, unit), self._bus.distrust)
        finally:
            link_under_check.reset(token)
        self._suspects.discard(unit)

    async def _check(self, unit: int) -> None:
        await self._checks[unit]()
        await self._bus.listen()

    def _words(self, reply: ModbusPDU, count: int) -> list[int]:
        words = reply.registers
        if len(words) != count:
            raise self._garbled(reply.dev_id, f"{len(words)} registers for {count}")
        return words if isinstance(words, list) else list(words)

    def _bits(self, reply: ModbusPDU, count: int) -> list[bool]:
        if not count <= len(reply.bits) < count + 8:
            raise self._garbled(reply.dev_id, f"{len(reply.bits)} bits for {count}")
        return list(reply.bits[:count])

    def _agree(self, answered: Sequence[int], asked: Sequence[int], unit: int) -> None:
        if answered != asked:
            raise self._garbled(unit, f"{answered} was answered to {asked}")

    def _garbled(self, unit: int, said: str) -> Garbled:
        self.stats.garbled += 1
        if unit in self._checks:
            self._suspects.add(unit)
        self._bus.distrust()
        return Garbled(f"unit {unit}: {said}", source=self.name)


class _MisannouncedRequest(ReadHoldingRegistersRequest):
    """A read whose reply begins with a byte count that is not that of its data."""

    announced = 0


class _ServerIdReply(ReportDeviceIdResponse):
    """Function 17's answer, whole; pymodbus takes its last byte for the run indicator."""

    @override
    def decode(self, data: bytes) -> None:
        """Take what follows the function code."""
        super().decode(data)
        self.identifier = data[1 : 1 + self.byte_count]


class _Bus(Protocol):
    """What carries requests and replies."""

    name: str
    clock: Clock
    stats: LinkStats
    trace: FrameTrace

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def connect(self) -> None: ...
    async def transact(self, request: ModbusPDU) -> ModbusPDU: ...
    async def listen(self) -> None: ...
    def distrust(self) -> None: ...


class _TcpBus(LinkBase):
    """One connection. Any exchange that does not end well ends the connection with it."""

    def __init__(self, name: str, host: str, port: int, clock: Clock, timeout_s: float) -> None:
        super().__init__(name, clock)
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._client: AsyncModbusTcpClient | None = None
        self._reply: asyncio.Future[ModbusPDU] | None = None
        self._closed = False
        self._unread = 0  # bytes received since the request went out and in no reply yet

    async def open(self) -> None:
        """Connect, one attempt."""
        self._closed = False
        if not self.stats.up:
            await self._attempt()

    async def close(self) -> None:
        """Disconnect."""
        self._closed = True
        self._give_up("closed")
        self._drop()
        self.note_closed()

    async def connect(self) -> None:
        """Connect with back-off."""
        if self._closed:
            raise LinkLost("is closed", source=self.name)
        await self.backoff.connect(self._attempt, self._timeout_s)

    async def transact(self, request: ModbusPDU) -> ModbusPDU:
        """Send and wait for the reply with the same transaction number."""
        client = self._client
        if client is None:
            raise LinkLost("the connection is gone", source=self.name)
        self._unread = 0
        self.stats.requests += 1
        loop = asyncio.get_running_loop()
        future: asyncio.Future[ModbusPDU] = loop.create_future()
        self._reply = client.ctx.response_future = future
        request.transaction_id = client.ctx.getNextTID()
        # pymodbus's own `execute` would wait in a lock and a task of its own as well.
        timer = loop.call_later(self._timeout_s, self._expire, future, request)
        start_s = self.clock.monotonic()
        clean = False
        try:
            client.ctx.pdu_send(request)  # pyright: ignore[reportUnknownMemberType] - a bare tuple in pymodbus
            reply = await future
            self._unread = len(client.ctx.recv_buffer)
            clean = True
        finally:
            timer.cancel()
            self._reply = None
            if not clean:
                self._drop()
        self.stats.replies += 1
        self.stats.latency_s = self.clock.monotonic() - start_s
        return reply

    async def listen(self) -> None:
        """Nothing to hear: every reply carries the number of its request."""

    def distrust(self) -> None:
        """Begin anew: what may still come dies with the connection."""
        self._drop()

    async def _attempt(self) -> None:
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            name=self.name,
            timeout=self._timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._packet,
            trace_connect=self._connection,
        )
        client.register(_ServerIdReply)
        if not await client.connect():
            reason = f"cannot connect to {self._host}:{self._port}"
            self.note_down(reason)
            raise LinkLost(reason, source=self.name)
        self._client = client
        self.note_up()

    def _packet(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - pymodbus calls it so
        if sending:
            self.note_sent(data)
        else:  # pymodbus shows all of what is not yet used, not only what is new
            fresh = data[self._unread :]
            self._unread = len(data)
            self.note_received(fresh)
        return data

    def _connection(self, up: bool) -> None:  # noqa: FBT001 - pymodbus calls it so
        if up:
            return
        self._give_up("lost while waiting for the reply")
        self._drop()
        self.note_down("the other side closed the connection")

    def _give_up(self, reason: str) -> None:
        """End the request under way; pymodbus would let it run into its time-out."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(
                LinkLost(f"the connection is gone: {reason}", source=self.name)
            )

    def _expire(self, reply: asyncio.Future[ModbusPDU], request: ModbusPDU) -> None:
        if not reply.done():
            reply.set_exception(self._silence(request))

    def _silence(self, request: ModbusPDU) -> LinkLost:
        said = f"unit {request.dev_id}: no reply in {self._timeout_s:g} s"
        if self._unread:
            self.stats.garbled += 1
            return Garbled(f"{said}, only {self._unread} bytes", source=self.name)
        self.stats.timeouts += 1
        return NoReply(said, source=self.name)

    def _drop(self) -> None:
        """End the connection without a word: the next request makes a new one."""
        self.stats.up = False
        if (client := self._client) is not None:
            self._client = None
            client.close()


class _RtuBus:
    """The units of one serial bus."""

    def __init__(self, line: SerialLink, timeout_s: float, gap_s: float) -> None:
        self._line, self._timeout_s, self._gap_s = line, timeout_s, gap_s
        self.name, self.clock = line.name, line.clock
        self.stats, self.trace = line.stats, line.trace
        self._decoder = DecodePDU(is_server=False)
        self._decoder.register(_ServerIdReply)
        self._framer = FramerRTU(self._decoder)

    async def open(self) -> None:
        """Open the port, one attempt."""
        await self._line.open()

    async def close(self) -> None:
        """Give the port back."""
        await self._line.close()

    async def connect(self) -> None:
        """Open the port with back-off."""
        await self._line.ready(within_s=self._timeout_s)

    async def transact(self, request: ModbusPDU) -> ModbusPDU:
        """Send and wait for a frame of the same unit and function with a right checksum."""
        try:
            frame = await self._line.exchange(
                self._framer.buildFrame(request),
                _reply_to(request),
                timeout_s=self._timeout_s,
                gap_s=self._gap_s,
            )
        except (NoReply, Garbled) as error:  # the line does not know who was asked
            said = str(error).removeprefix(f"{self.name}: ")
            raise type(error)(f"unit {request.dev_id}: {said}", source=self.name) from error
        reply = self._decoder.decode(frame[1:-2])
        if reply is None:
            self._line.distrust()
            raise Garbled(f"{frame.hex(' ')} makes no sense", source=self.name)
        reply.dev_id = frame[0]
        return reply

    async def listen(self) -> None:
        """Stay quiet; raise Garbled for an answer too many."""
        await self._line.listen()

    def distrust(self) -> None:
        """Drain the bus before its next use."""
        self._line.distrust()


def _reply_to(request: ModbusPDU) -> Feed:
    if isinstance(request, _MisannouncedRequest):
        return misannounced_reply(request.dev_id, request.announced, 2 * request.count)
    return rtu_reply(request.dev_id, request.function_code)
