"""What a declared point costs on top of the bare call: decoding, quality, time, a safe link.

Ours is `Reading.read()` of a temperature in two registers through our link; theirs is pymodbus's
`read_holding_registers` of the same two registers, whose words nobody looks at. Both ask the same
emulated unit in another process. What is counted is the CPU of this process.
"""

import asyncio
import time

from pymodbus.client import AsyncModbusTcpClient

from benchmarks import children
from benchmarks.measure import CLOCK, Result, in_turns
from drivers.core.links.modbus import ModbusLink
from drivers.instruments.lumel_re72 import LumelRe72

ADDRESS = 7000
GOAL = 1.25


def measure(*, quick: bool) -> list[Result]:
    """CPU of a point's read against that of the bare call."""
    with children.module("modbus_tools", "1") as tools:
        port = int(children.text(tools.hear(), "ports"))
        return asyncio.run(_compare(port, rounds=5 if quick else 15, calls=400))


async def _compare(port: int, *, rounds: int, calls: int) -> list[Result]:
    link = ModbusLink.tcp("tool.gateway", "127.0.0.1", port, clock=CLOCK)
    instrument = LumelRe72("tool.heater", link, clock=CLOCK)
    bare = AsyncModbusTcpClient("127.0.0.1", port=port)
    await bare.connect()

    async def ours() -> float:
        start_s = time.process_time()
        for _ in range(calls):
            await instrument.temperature_c.read()
        return (time.process_time() - start_s) / calls

    async def theirs() -> float:
        start_s = time.process_time()
        for _ in range(calls):
            await bare.read_holding_registers(ADDRESS, count=2, device_id=1)
        return (time.process_time() - start_s) / calls

    compared = await in_turns(rounds, ours, theirs)
    bare.close()
    await link.close()
    note = f"{compared.first * 1e6:.0f} against {compared.second * 1e6:.0f} us of CPU a call"
    what = "a declared point read / the bare pymodbus call, CPU"
    return [Result(what, compared.ratio, GOAL, "x", note, at_most=True)]
