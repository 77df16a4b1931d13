"""One of the processes of the lock-step tests: `serve PAGE` or `ask PAGE TCP_PORT PTY_PATH`.

The server prints its addresses and serves until its input ends; the asker prints what it heard
and when, in simulated time.
"""

import asyncio
import os
import sys

from sim_hardware.core.clock import LineClock
from sim_hardware.core.ports import PtyPort, SocketPort
from sim_hardware.core.timebase import TimeBase, lockstep
from tests.unit.sim_core.helpers import Echo, PtyClient

BEGIN_S = 1000.0
SECONDS = 100


async def serve(base: TimeBase) -> None:
    """Serve an echo on a socket and one on a pseudo-terminal."""
    loop = asyncio.get_running_loop()
    clock = LineClock(loop)
    socket = SocketPort(Echo(), clock, base.ledger, name="socket")
    terminal = PtyPort(Echo(), clock, base.ledger, name="terminal")
    await socket.start()
    await terminal.start()
    os.write(1, f"{socket.port} {terminal.path}\n".encode())
    ended = asyncio.Event()
    loop.add_reader(0, ended.set)
    await ended.wait()
    await socket.stop()
    await terminal.stop()


async def ask(base: TimeBase, port: int, path: str) -> None:
    """Ask both echoes once a second at different times of it, and a timer that does nothing."""
    log: list[str] = []

    def note(text: str) -> None:
        log.append(f"{base.clock.monotonic():.9f} {text}")

    async def over_tcp() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for second in range(SECONDS):
            await base.clock.sleep_until(BEGIN_S + second)
            writer.write(b"tcp %03d\r" % second)
            async with asyncio.timeout(0.01):
                note(repr(await reader.readuntil(b"\r")))
        writer.close()

    async def over_the_terminal() -> None:
        client = PtyClient(path, base.clock)
        for second in range(SECONDS):
            await base.clock.sleep_until(BEGIN_S + second + 0.25)
            note(repr(await client.ask(b"pty %03d\r" % second, timeout_s=0.03)))
        client.close()

    async def timer() -> None:
        for tick in range(10 * SECONDS):
            await base.clock.sleep_until(BEGIN_S + tick * 0.1 + 0.05)
        note("timer")

    await asyncio.gather(over_tcp(), over_the_terminal(), timer())
    os.write(1, "\n".join([*log, ""]).encode())


def main(role: str, page: str, *addresses: str) -> None:
    """Play one role on the shared page."""
    base = lockstep(page)
    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        if role == "serve":
            runner.run(serve(base))
        else:
            runner.run(ask(base, int(addresses[0]), addresses[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
