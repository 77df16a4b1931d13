"""A process of emulated tools behind Modbus TCP, in real time or in a shared simulated one."""

import asyncio
import json
import sys

from benchmarks.unit import PlainUnit
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusTcpPort
from sim_hardware.core.timebase import SimClock, lockstep


class NoLedger:
    """Real time needs no count of bytes."""

    def sent(self, count: int) -> None:
        """Nothing to note."""

    def received(self, count: int) -> None:
        """Nothing to note."""


async def started(tools: int, ledger: SimClock | NoLedger) -> list[ModbusTcpPort]:
    """So many tools, each listening on a port of its own."""
    clock = LineClock(asyncio.get_running_loop())
    ports = [
        ModbusTcpPort({1: PlainUnit()}, clock, ledger, name=f"tool {tool}") for tool in range(tools)
    ]
    for port in ports:
        await port.start()
    return ports


async def _serve(tools: int, ledger: SimClock | NoLedger) -> None:
    ports = await started(tools, ledger)
    asked_to_end = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), asked_to_end.set)
    print(json.dumps({"ports": ",".join(str(port.port) for port in ports)}), flush=True)
    await asked_to_end.wait()
    asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    for port in ports:
        await port.stop()


def main(tools: str, page: str = "") -> None:
    """Serve `tools` tools until stdin ends; `page` is the shared time, if any."""
    if not page:
        asyncio.run(_serve(int(tools), NoLedger()))
        return
    time = lockstep(page)
    with asyncio.Runner(loop_factory=time.loop_factory) as runner:
        runner.run(_serve(int(tools), time.ledger))


if __name__ == "__main__":
    main(*sys.argv[1:])
