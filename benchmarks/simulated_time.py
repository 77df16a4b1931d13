"""How long eight hours of nine tools take: every tool read once a second over a real socket.

pymodbus on both sides, through our link and our emulated port; twenty registers a read; no answer
may be missing. Once in one process on virtual time, once with the tools in a process of their own
and both processes on one shared time.
"""

import asyncio
from collections.abc import Sequence

from benchmarks import children
from benchmarks.measure import CLOCK, Result, scratch
from benchmarks.modbus_tools import started
from drivers.core.links.modbus import ModbusLink
from sim_hardware.core.timebase import TimeBase, lockstep, virtual

TOOLS = 9
REGISTERS = 20
EVERY_S = 1.0
HOURS = 8.0
GOAL_ONE_S, GOAL_TWO_S = 40.0, 60.0


def measure(*, quick: bool) -> list[Result]:
    """Real seconds; a quick run takes a part of the eight hours and says what all would take."""
    simulated_s = 3600.0 * (0.5 if quick else HOURS)
    return [_one_process(simulated_s), _two_processes(simulated_s)]


def _one_process(simulated_s: float) -> Result:
    time = virtual()

    async def run() -> float:
        ports = await started(TOOLS, time.ledger)
        took_s = await _read_all([port.port for port in ports], time, simulated_s)
        for port in ports:
            await port.stop()
        return took_s

    with asyncio.Runner(loop_factory=time.loop_factory) as runner:
        return _result("one process", runner.run(run()), simulated_s, GOAL_ONE_S)


def _two_processes(simulated_s: float) -> Result:
    with scratch() as folder:
        page = folder / "time"
        time = lockstep(str(page))
        with children.module("modbus_tools", str(TOOLS), str(page)) as tools:
            ports = [int(port) for port in children.text(tools.hear(), "ports").split(",")]
            with asyncio.Runner(loop_factory=time.loop_factory) as runner:
                took_s = runner.run(_read_all(ports, time, simulated_s))
    return _result("two processes", took_s, simulated_s, GOAL_TWO_S)


async def _read_all(ports: Sequence[int], time: TimeBase, simulated_s: float) -> float:
    links = [
        ModbusLink.tcp(f"tool_{number}.plc", "127.0.0.1", port, clock=time.clock)
        for number, port in enumerate(ports)
    ]
    start_s = CLOCK.monotonic()
    reads = await asyncio.gather(*(_read(link, time, simulated_s) for link in links))
    took_s = CLOCK.monotonic() - start_s
    for link in links:
        await link.close()
    assert sum(reads) == TOOLS * simulated_s / EVERY_S
    assert all(link.stats.timeouts == link.stats.reconnects == 0 for link in links)
    return took_s


async def _read(link: ModbusLink, time: TimeBase, simulated_s: float) -> int:
    reads, next_s = 0, time.clock.monotonic()
    end_s = next_s + simulated_s
    while next_s < end_s:
        await link.read_holding(1, 0, REGISTERS)
        reads, next_s = reads + 1, next_s + EVERY_S
        await time.clock.sleep_until(next_s)
    return reads


def _result(how: str, took_s: float, simulated_s: float, goal_s: float) -> Result:
    all_s = took_s * HOURS * 3600 / simulated_s
    note = f"{simulated_s / took_s:.0f}x real time over {simulated_s / 3600:g} h"
    what = f"{HOURS:g} hours of {TOOLS} tools at {1 / EVERY_S:g} Hz, {how}"
    return Result(what, all_s, goal_s, "s", note, at_most=True)
