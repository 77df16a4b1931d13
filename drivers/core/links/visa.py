"""An instrument behind VISA: text queries on a session that one thread of its own owns."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyvisa
from pyvisa.constants import StatusCode
from pyvisa.errors import VisaIOError
from pyvisa.resources import MessageBasedResource

from drivers.core.clock import Clock
from drivers.core.errors import Garbled, LinkLost, NoReply
from drivers.core.links.base import LinkBase, checked, link_under_check

T = TypeVar("T")

BACKEND = "@py"  # the pure Python implementation: nothing to install on the controller


class VisaLink(LinkBase):
    """One VISA session. Any query that does not end well ends the session with it.

    A reply that comes after its time-out would stay in the session's buffer and answer the next
    query; a closed session cannot do that.
    """

    def __init__(
        self,
        name: str,
        resource: str,
        *,
        clock: Clock,
        timeout_s: float = 2.0,
        terminator: str = "\n",
    ) -> None:
        super().__init__(name, clock)
        self.resource, self.timeout_s, self.terminator = resource, timeout_s, terminator
        self._lock = asyncio.Lock()
        self._session: _Session | None = None
        self._check: Callable[[], Awaitable[None]] | None = None
        self._suspect = False
        self._closed = False

    def on_suspect(self, check: Callable[[], Awaitable[None]]) -> None:
        """Run `check` before the next query after one failed. It may use this link itself."""
        self._check = check

    async def open(self) -> None:
        """Open the session, one attempt; raises LinkLost.

        A network session opens even if nobody is there: only a query tells.
        """
        self._closed = False
        async with self._lock:
            if self._session is None:
                await self._attempt()

    async def close(self) -> None:
        """Close the session after the query that is under way. Only `open` opens it again."""
        self._closed = True
        async with self._lock:
            await self._drop()
            self.note_closed()

    async def query(self, text: str) -> str:
        """Send `text` and return the line that comes back. Raises NoReply, Garbled, LinkLost."""
        return await self._use(lambda session: session.query(text), text)

    async def write(self, text: str) -> None:
        """Send `text` that nobody answers. Raises LinkLost."""
        await self._use(lambda session: session.write(text), text)

    async def _use(self, call: "Callable[[_Session], bytes]", text: str) -> str:
        if link_under_check.get() is self:
            return await self._exchange(call, text)
        async with self._lock:
            if self._session is None or self._suspect:
                await self._trusted()
            return await self._exchange(call, text)

    async def _trusted(self) -> None:
        await self._up()
        if self._suspect and self._check is not None:
            token = link_under_check.set(self)
            try:
                await checked(self._check, self._distrust)
            finally:
                link_under_check.reset(token)
        self._suspect = False

    async def _exchange(self, call: "Callable[[_Session], bytes]", text: str) -> str:
        session = await self._up()
        self.stats.requests += 1
        self.note_sent((text + self.terminator).encode())
        start_s = self.clock.monotonic()
        clean = False
        try:
            received = await session.run(lambda: call(session))
            if received:
                self.note_received(received)
            reply = received.decode("ascii").removesuffix(self.terminator)
            clean = True
        except (VisaIOError, OSError, UnicodeError) as error:
            raise self._said(error) from error
        finally:
            if not clean:  # whatever ended it, also cancelling
                self._distrust()
        if received:
            self.stats.replies += 1
            self.stats.latency_s = self.clock.monotonic() - start_s
        return reply

    async def _up(self) -> "_Session":
        if self._closed:
            raise LinkLost("is closed", source=self.name)
        if self._session is None:
            await self.backoff.connect(self._attempt, self.timeout_s)
        if self._session is None:
            raise LinkLost("was lost as soon as it was opened", source=self.name)
        return self._session

    async def _attempt(self) -> None:
        session = _Session(self.resource, self.timeout_s, self.terminator)
        try:
            await session.run(session.open)
        except Exception as error:  # the library raises the plain class too
            session.abandon()
            self.note_down(str(error))
            raise LinkLost(f"cannot open {self.resource}: {error}", source=self.name) from error
        except BaseException:
            session.abandon()
            raise
        self._session = session
        self.note_up()

    def _said(self, error: Exception) -> LinkLost:
        if isinstance(error, UnicodeError):
            self.stats.garbled += 1
            return Garbled(f"the reply is no text: {error}", source=self.name)
        if isinstance(error, VisaIOError) and error.error_code == StatusCode.error_timeout:
            self.stats.timeouts += 1
            return NoReply(f"no reply in {self.timeout_s:g} s", source=self.name)
        self.note_down(str(error))
        return LinkLost(f"the session is gone: {error}", source=self.name)

    def _distrust(self) -> None:
        """Leave the session to its thread, which closes it when it comes back."""
        self._suspect = True
        self.stats.up = False
        if (session := self._session) is not None:
            self._session = None
            session.abandon()

    async def _drop(self) -> None:
        if (session := self._session) is not None:
            self._session = None
            await session.run(session.close)
            session.abandon()


class _Session:
    """An open resource and the only thread that touches it."""

    def __init__(self, resource: str, timeout_s: float, terminator: str) -> None:
        self._name, self._timeout_s, self._terminator = resource, timeout_s, terminator
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="visa")
        self._resource: MessageBasedResource | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def abandon(self) -> None:
        """Close once the thread is free, and end the thread; waits for nothing."""
        self._thread.submit(self.close)
        self._thread.shutdown(wait=False)

    def open(self) -> None:
        """Open the resource."""
        resource = pyvisa.ResourceManager(BACKEND).open_resource(self._name)
        if not isinstance(resource, MessageBasedResource):
            resource.close()
            raise TypeError(f"{self._name} does not speak in messages")
        resource.timeout = self._timeout_s * 1000
        resource.read_termination = resource.write_termination = self._terminator
        self._resource = resource

    def close(self) -> None:
        """Close the resource; twice is once."""
        if (resource := self._resource) is not None:
            self._resource = None
            resource.close()

    def query(self, text: str) -> bytes:
        """Send and read one line, to the byte."""
        resource = self._opened()
        resource.write(text)
        return resource.read_raw()

    def write(self, text: str) -> bytes:
        """Send; nothing comes back."""
        self._opened().write(text)
        return b""

    def _opened(self) -> MessageBasedResource:
        if self._resource is None:
            raise OSError("the session is closed")
        return self._resource
