"""Our TURBOVAC driver against turboctl's virtual pump, which somebody else wrote."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from drivers.core.clock import RealClock
from drivers.core.errors import DriverError, LinkLost, NotReached, Rejected
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.leybold_turbovac_wire import Parameter
from oracles.bill import Pair
from oracles.environments import python_of
from oracles.running import CLIENTS, Check, Outcome, ended, parsed, started

SETPOINT_HZ: Final = 500
LOWEST_HZ: Final = 500
DEADLINE_S: Final = 20.0
LINE: Final[SerialSettings] = replace(LeyboldTurbovac.SERIAL, parity="N")  # a pseudo-terminal

Work = Callable[[], Awaitable[object]]


async def turned_round(pair: Pair) -> Outcome:
    """Drive the virtual pump; whatever goes wrong is in the outcome."""
    outcome = Outcome(pair)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    pump = await started(str(python_of(pair.package)), str(CLIENTS / "turboctl_virtual_pump.py"))
    try:
        assert pump.stdout is not None
        said = parsed(await pump.stdout.readline()) or {}
        if "port" in said:
            await _Trial(outcome, str(said["port"])).run()
        else:
            outcome.complaint = "the virtual pump did not start"
    except LinkLost as error:
        outcome.complaint = f"the virtual pump was lost: {error}"
    finally:
        await ended(pump)
    outcome.seconds = loop.time() - began_s
    return outcome


class _Trial:
    """One pump and what is tried with it."""

    def __init__(self, outcome: Outcome, port: str) -> None:
        self._outcome, self._port = outcome, port
        self._clock = RealClock()
        self._link, self._pump = self._opened()

    def _opened(self) -> tuple[SerialLink, LeyboldTurbovac]:
        link = SerialLink("turbo", self._port, LINE, clock=self._clock)
        return link, LeyboldTurbovac("turbo", link, clock=self._clock)

    async def run(self) -> None:
        """Try everything; the link is closed then."""
        pump = self._pump
        try:
            await self._reads()
            await self._tries("writes", "a lower range", self._lower_the_range)
            await self._tries("writes", "set-point", self._set)
            await self._refuses("limits", "a set-point above the nominal speed", self._too_fast)
            await self._refuses("errors", "what is measured cannot be written", self._write_speed)
            await self._tries("writes", "run up to normal operation", self._run_up)
            await self._tries("reads", "current and status while it runs", self._running)
            await self._tries("writes", "stop", self._stop)
            await self._tries("errors", "a run-up that takes too long", self._hurry)
            await self._tries("writes", "make safe", pump.make_safe)
            await self._link.close()
            self._link, self._pump = self._opened()
            await self._tries("reconnects", "a new session finds the set-point", self._reopened)
        finally:
            await self._link.close()

    async def _reads(self) -> None:
        pump = self._pump
        await self._tries("reads", "identity", pump.identify)
        await self._tries("reads", "every point", pump.readings)
        await self._tries("reads", "status of a pump at rest", pump.condition)
        await self._tries("reads", "the newest of its errors", pump.memorized_error)
        await self._tries("reads", "no warnings", pump.warnings)

    async def _lower_the_range(self) -> object:
        # as it comes, its lowest speed is above its highest, and no set-point is taken
        await self._pump.write_raw(Parameter(20, writable=True), LOWEST_HZ)
        await self._pump.write_raw(Parameter(19, writable=True), LOWEST_HZ)
        return await self._pump.read_raw(Parameter(19))

    async def _set(self) -> object:
        await self._pump.setpoint_hz.write(SETPOINT_HZ)
        held = await self._pump.setpoint_hz.value()
        assert held == SETPOINT_HZ
        return held

    async def _too_fast(self) -> None:
        await self._pump.write_raw(Parameter(24, writable=True), 1500)

    async def _write_speed(self) -> None:
        await self._pump.write_raw(Parameter(3, writable=True), 1)

    async def _run_up(self) -> object:
        hertz = await self._pump.run_up(deadline_s=DEADLINE_S)
        assert hertz >= 0.9 * SETPOINT_HZ
        return hertz

    async def _running(self) -> object:
        condition = await self._pump.condition()
        assert condition.current_a == 1.0
        await self._pump.check()
        return condition

    async def _stop(self) -> object:
        await self._pump.stop(deadline_s=DEADLINE_S)
        return await self._pump.condition()

    async def _hurry(self) -> object:
        try:
            await self._pump.run_up(deadline_s=1.0)
        except NotReached as error:
            return error
        raise AssertionError("it was up in a second")

    async def _reopened(self) -> object:
        await self._pump.identify()
        return await self._set()

    async def _refuses(self, kind: str, name: str, work: Work) -> None:
        """A refusal by the pump is what is wanted."""

        async def refused() -> object:
            try:
                await work()
            except Rejected as error:
                return error
            raise AssertionError("it was taken")

        await self._tries(kind, name, refused)

    async def _tries(self, kind: str, name: str, work: Work) -> None:
        try:
            said = repr(await work())
        except (DriverError, AssertionError) as error:
            self._note(Check(kind, name, passed=False, said=f"{type(error).__name__}: {error}"))
            if isinstance(error, LinkLost):
                raise
        else:
            self._note(Check(kind, name, passed=True, said=said))

    def _note(self, check: Check) -> None:
        self._outcome.checks.append(check)
