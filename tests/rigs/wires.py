"""Devices made by hand at the far end of real wires, to try the links without an emulator."""

import asyncio
import os
import pty
import tty
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from typing_extensions import override

from drivers.core.clock import Clock
from sim_hardware.core.timebase import virtual

T = TypeVar("T")

Script = Callable[[bytes], Sequence[tuple[float, bytes]]]
"""What was just heard -> what is said, each after a delay in seconds."""


def in_virtual_time(main: Callable[[Clock], Awaitable[T]]) -> T:
    """Run `main` in simulated time of its own."""
    base = virtual()

    async def run() -> T:
        return await main(base.clock)

    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        return runner.run(run())


class PtyDevice:
    """A device on a pseudo-terminal that follows a script and remembers when it heard what."""

    def __init__(self, clock: Clock, script: Script) -> None:
        self._clock, self._script = clock, script
        self._loop = asyncio.get_running_loop()
        self.heard: list[tuple[float, bytes]] = []
        self._master = self._slave = -1
        self.plug()

    @property
    def path(self) -> str:
        return os.ttyname(self._slave)

    @property
    def requests(self) -> list[bytes]:
        return [data for _, data in self.heard]

    def plug(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._loop.add_reader(self._master, self._ready)

    def plug_behind(self, link: Path) -> None:
        self.plug()
        link.unlink(missing_ok=True)
        link.symlink_to(self.path)

    def unplug(self) -> None:
        if self._master >= 0:
            self._loop.remove_reader(self._master)
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def say(self, data: bytes) -> None:
        if self._master >= 0 and data:
            self._clock.sent(os.write(self._master, data))

    def _ready(self) -> None:
        data = os.read(self._master, 4096)
        self._clock.received(len(data))
        self.heard.append((self._clock.monotonic(), data))
        for delay_s, answer in self._script(data):
            if delay_s:
                self._loop.call_later(delay_s, self.say, answer)
            else:
                self.say(answer)


class TcpDevice:
    """A device on a socket that follows a script; it can hang up and come back."""

    def __init__(self, script: Script) -> None:
        self._server: asyncio.Server | None = None
        self._transports: list[asyncio.Transport] = []
        self._factory = lambda: _TcpEnd(script, self._transports, self.requests)
        self.requests: list[bytes] = []
        self.port = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._factory, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def connections(self) -> int:
        return len(self._transports)

    def hang_up(self) -> None:
        for transport in self._transports:
            transport.abort()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None


class _TcpEnd(asyncio.Protocol):
    def __init__(
        self, script: Script, transports: list[asyncio.Transport], requests: list[bytes]
    ) -> None:
        self._script, self._transports, self._requests = script, transports, requests
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._transports.append(transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._requests.append(data)
        for delay_s, answer in self._script(data):
            if delay_s:
                asyncio.get_running_loop().call_later(delay_s, self._say, answer)
            else:
                self._say(answer)

    def _say(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
