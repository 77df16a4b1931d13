"""How processes that share a simulated time wake one another, and see who has something to do.

Each has a bell, a datagram socket with an abstract name that goes away with its process. When two
meet they hand over their epoll descriptors, so that each can look at the sockets of the other.
"""

import array
import contextlib
import os
import select
import socket
from collections.abc import Callable, Iterable


class Bell:
    """One process's bell, and the epolls of the others by the number of their slot's owner."""

    def __init__(self, owner: int, address_of: Callable[[int], str], epoll: int | None) -> None:
        self.owner = owner
        self._address_of, self._epoll = address_of, epoll
        self._peers: dict[int, int] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        self._socket.bind(address_of(owner))
        self._rung = select.poll()
        self._rung.register(self._socket, select.POLLIN)
        self._everybody = select.poll()  # all epolls, and the bell
        self._everybody.register(self._socket, select.POLLIN)
        if epoll is not None:
            self._everybody.register(epoll, select.POLLIN)

    def close(self) -> None:
        """Forget everybody; who rings from now on is told that nobody lives here."""
        self.forget_all_but(())
        self._socket.close()

    def ring(self, owner: int) -> bool:
        """Wake another process; False if it no longer lives."""
        try:
            self._socket.sendto(b"!", self._address_of(owner))
        except BlockingIOError:
            return True  # it has been rung often enough
        except OSError:
            return False
        return True

    def meet(self, owner: int) -> None:
        """Hand our epoll to a process that was here before us; it answers with its own."""
        self._introduce(owner, b"+")

    def knows(self, owner: int) -> bool:
        """Whether we have the epoll of another process."""
        return owner in self._peers

    def listen(self) -> None:
        """Take one thing others rang for; a newcomer hands over its epoll and gets ours."""
        message, descriptors, _, _ = socket.recv_fds(self._socket, 32, 1)
        if descriptors:
            owner = int(message[1:])
            self._peers[owner] = descriptors[0]
            self._everybody.register(descriptors[0], select.POLLIN)
            if message[:1] == b"+":
                self._introduce(owner, b"=")

    def forget_all_but(self, owners: Iterable[int]) -> None:
        """Close the epolls of processes that left."""
        for owner in self._peers.keys() - set(owners):
            self._everybody.unregister(self._peers[owner])
            os.close(self._peers.pop(owner))

    def wait(self, seconds: float) -> bool:
        """Wait in real time until somebody rings, and listen; False if nobody did."""
        rung = bool(self._rung.poll(1000 * seconds))
        if rung:
            self.listen()
        return rung

    def wait_for_anybody(self, seconds: float) -> bool:
        """Wait in real time until somebody rings or has something to do; False if nobody did."""
        found = self._everybody.poll(1000 * seconds)
        if any(descriptor == self._socket.fileno() for descriptor, _ in found):
            self.listen()
        return bool(found)

    def who_has_something(self) -> set[int]:
        """The owners of those other slots on whose sockets something has come."""
        found = {descriptor for descriptor, _ in self._everybody.poll(0)}
        while self._socket.fileno() in found:
            self.listen()
            found = {descriptor for descriptor, _ in self._everybody.poll(0)}
        return {owner for owner, epoll in self._peers.items() if epoll in found}

    def _introduce(self, owner: int, greeting: bytes) -> None:
        if self._epoll is None:
            return
        message = greeting + str(self.owner).encode()
        # not send_fds: up to Python 3.13 it loses the address
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [self._epoll]))]
        with contextlib.suppress(OSError):  # it is gone
            self._socket.sendmsg([message], rights, 0, self._address_of(owner))
