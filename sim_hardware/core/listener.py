"""A TCP address that can be unplugged: connections drop and new ones are refused."""

import asyncio
import contextlib
import socket
from collections.abc import Callable


class TcpListener:
    """Accepts connections on one address; the port number stays the same after a plug."""

    def __init__(
        self, factory: Callable[[], asyncio.BaseProtocol], *, host: str, port: int
    ) -> None:
        self._factory = factory
        self.host = host
        self.port = port
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._transports: set[asyncio.Transport] = set()

    @property
    def unplugged(self) -> bool:
        """Whether nobody can connect."""
        return self._socket is None

    def plug(self) -> None:
        """Listen, from the moment this returns. OSError if the port is taken."""
        if self._socket is not None:
            return
        self._socket = socket.create_server((self.host, self.port))
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self.port = int(self._socket.getsockname()[1])
        self._accepting = asyncio.get_running_loop().create_task(self._accept(self._socket))

    def unplug(self) -> None:
        """Drop every connection and refuse new ones, from the moment this returns."""
        if self._accepting is not None:
            self._accepting.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        for transport in self._transports:
            transport.abort()
        self._transports.clear()

    def forget_clients(self) -> None:
        """Leave every connection half open: it stays, and nobody hears it any more."""
        for transport in self._transports:
            transport.set_protocol(asyncio.Protocol())

    async def stop(self) -> None:
        """Unplug and wait until the accepting task is gone."""
        accepting, self._accepting = self._accepting, None
        self.unplug()
        if accepting is not None:
            accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await accepting
        await asyncio.sleep(0)  # let aborted transports close their sockets

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listening)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport, _ = await loop.connect_accepted_socket(self._factory, connection)
            self._transports = {held for held in self._transports if not held.is_closing()}
            self._transports.add(transport)
