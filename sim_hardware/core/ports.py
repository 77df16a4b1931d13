"""Where an emulated instrument meets its wire: a pseudo-terminal or a TCP socket.

A pseudo-terminal ignores baud rates, so answers are paced here; both of its ends must be raw,
and one slave stays open so that the master can be read between two clients.
"""

import asyncio
import os
import pty
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.faults import WireFaults
from sim_hardware.core.hearing import Habit, Hearing
from sim_hardware.core.listener import TcpListener
from sim_hardware.core.pacing import Pacer
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer, StreamInstrument

_CHUNK = 4096


class ByteLedger(Protocol):
    """Counts what is under way on wires whose delivery the event loop cannot see."""

    def sent(self, count: int) -> None:
        """Note `count` bytes handed to a wire."""
        ...

    def received(self, count: int) -> None:
        """Note `count` bytes taken from a wire."""
        ...


class PtyWire:
    """The instrument's end of a pseudo-terminal; a client opens `path` like a serial port."""

    def __init__(self, ledger: ByteLedger, heard: Callable[[bytes], None]) -> None:
        self._ledger = ledger
        self._heard = heard
        self._master = -1
        self._slave = -1
        self._link: Path | None = None
        self.path = ""
        self.unplugged = False

    def open(self, link: Path | None) -> None:
        """Create the pair and, if wanted, a symbolic link with a lasting name."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        if link is not None:
            self._name(link)
        asyncio.get_running_loop().add_reader(self._master, self._ready)

    def _name(self, link: Path) -> None:
        """Give the client's end its lasting name; only a name that leads nowhere is replaced."""
        try:
            if link.is_symlink() and not link.exists():
                link.unlink()
            link.symlink_to(self.path)
        except OSError:
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = -1
            raise
        self._link = link

    def close(self) -> None:
        """Leave nothing behind: neither descriptors nor the link. Idempotent."""
        if self._master < 0:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link = None

    def write(self, data: bytes) -> None:
        """Send; what nobody reads is lost once the buffer is full, as on a real wire."""
        if self.unplugged or self._master < 0:
            return
        try:
            count = os.write(self._master, data)
        except BlockingIOError:
            return
        self._ledger.sent(count)

    def _ready(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except BlockingIOError:
            return
        self._ledger.received(len(data))
        if not self.unplugged:
            self._heard(data)


class PtyPort:
    """A serial instrument on a pseudo-terminal.

    `link` is a lasting name for the client's end; `baud` replaces the instrument's own.
    """

    def __init__(
        self,
        instrument: StreamInstrument,
        clock: LineClock,
        ledger: ByteLedger,
        *,
        name: str,
        link: Path | None = None,
        baud: int | None = None,
    ) -> None:
        self.instrument = instrument
        self.name = name
        self.faults = WireFaults()
        self._link = link
        self._habit = Habit(self.faults)
        self._wire = PtyWire(ledger, self._take)
        self._hearing = Hearing(clock, self.faults, self._heard, self._wire.write)
        rate = instrument.line_baud if baud is None else baud
        byte_s = instrument.char_bits / rate if rate else 0.0
        self._pacer = Pacer(clock, self._wire.write, self.faults, byte_s=byte_s)

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
        self._wire.open(self._link)
        if isinstance(self.instrument, SpeaksUnasked):
            self.instrument.unasked = self._speak

    async def stop(self) -> None:
        """Close the pseudo-terminal and remove the link. Idempotent."""
        self._hearing.cancel()
        self._pacer.cancel()
        self._wire.close()

    def unplug(self) -> None:
        """Silence in both directions; the client's end stays open, as a serial port does."""
        self._wire.unplugged = True
        self._hearing.cancel()
        self._pacer.cancel()

    def plug(self) -> None:
        """Let bytes pass again."""
        self._wire.unplugged = False

    def _speak(self, answer: Answer) -> None:
        if not self.unplugged:
            self._pacer.answer(answer.data, answer.after_s)

    def _take(self, data: bytes) -> None:
        self._hearing.take(data)

    def _heard(self, data: bytes) -> None:
        _answer(self.instrument, data, self._pacer, self._habit)


class SocketPort:
    """A text instrument behind a TCP socket, as SCPI instruments are."""

    def __init__(
        self,
        instrument: StreamInstrument,
        clock: LineClock,
        ledger: ByteLedger,  # noqa: ARG002 - all ports are made alike; TCP needs no counting
        *,
        name: str,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.instrument = instrument
        self.name = name
        self.faults = WireFaults()
        habit = Habit(self.faults)
        self._listener = TcpListener(
            lambda: _Conversation(instrument, clock, self.faults, habit), host=host, port=port
        )

    @property
    def host(self) -> str:
        """The address that is listened on."""
        return self._listener.host

    @property
    def port(self) -> int:
        """The TCP port that is listened on; 0 before `start` if the system chooses."""
        return self._listener.port

    @property
    def unplugged(self) -> bool:
        """Whether nobody can connect."""
        return self._listener.unplugged

    async def start(self) -> None:
        """Listen. OSError if the port is taken."""
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


class _Conversation(asyncio.Protocol):
    """One client of a socket instrument."""

    def __init__(
        self, instrument: StreamInstrument, clock: LineClock, faults: WireFaults, habit: Habit
    ) -> None:
        self._instrument, self._habit = instrument, habit
        self._transport: asyncio.Transport | None = None
        self._pacer = Pacer(clock, self._write, faults)
        self._hearing = Hearing(clock, faults, self._heard, self._write)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._pacer.cancel()
        self._transport = None

    @override
    def data_received(self, data: bytes) -> None:
        self._hearing.take(data)

    def _heard(self, data: bytes) -> None:
        _answer(self._instrument, data, self._pacer, self._habit)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def _answer(instrument: StreamInstrument, data: bytes, pacer: Pacer, habit: Habit) -> None:
    """Let the instrument hear `data` and send what it answers."""
    pacer.heard(len(data))
    for place, answer in enumerate(instrument.receive(data)):
        said = habit.answer(data + bytes([place % 256]), answer.data)
        pacer.answer(said, answer.after_s)
