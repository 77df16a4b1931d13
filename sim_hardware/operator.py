"""The person at the emulated line: carries wafers when asked, measures them after each step.

Knows the daemon only by its HTTP interface, as a person with a console does. The wafer itself
is carried in the plant; nobody but this file does both.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from typing import Any, Final

import httpx

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.gauges import measured
from sim_hardware.line import EmulatedLine

WALK_S: Final = 20.0  # to fetch a wafer and put it in its place
GAUGE_S: Final = 60.0  # to take a wafer's values at the gauges
AGAIN_S: Final = 5.0  # before something that was not possible is tried again
NAME: Final = "emulated operator"


Sleep = Callable[[float], Coroutine[None, None, None]]


class Operator:
    """Serves one daemon until cancelled."""

    def __init__(self, line: EmulatedLine, daemon: str, sleep: Sleep, start_lot: str = "") -> None:
        self._line, self._sleep, self._start_lot = line, sleep, start_lot
        self._http = httpx.AsyncClient(base_url=daemon, timeout=None, trust_env=False)  # noqa: S113 - time may be simulated
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen = 0

    async def run(self) -> None:
        """Follow the daemon's events; begin again where they broke off."""
        try:
            while True:
                try:
                    async for kind, fact in self._events():
                        self._notice(kind, fact)
                except httpx.HTTPError:
                    await self._sleep(AGAIN_S / 10)  # not up yet, or gone
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._http.aclose()

    async def _events(self) -> AsyncGenerator[tuple[str, Mapping[str, Any]]]:
        headers = {"Last-Event-ID": str(self._seen)}
        async with self._http.stream("GET", "/events", headers=headers) as reply:
            reply.raise_for_status()
            await self._start()
            async for text in reply.aiter_lines():
                if text.startswith("data: "):
                    event = json.loads(text.removeprefix("data: "))
                    self._seen = event["seq"]
                    yield event["kind"], event["fact"]

    async def _start(self) -> None:
        """Start the lot this person came for, once."""
        if self._start_lot:
            flow, _, wafers = self._start_lot.partition(":")
            self._start_lot = ""
            reply = await self._ask("/lots", {"flow": flow, "wafers": int(wafers)})
            if not reply.is_success:
                sys.stderr.write(f"--start-lot: {reply.text}\n")

    def _notice(self, kind: str, fact: Mapping[str, Any]) -> None:
        if kind == "transfer_requested":
            self._begin(self._carry(fact))
        elif kind == "wafer_changed" and fact["event"] in {"step_finished", "finished"}:
            self._begin(self._measure(fact["wafer"], fact["step"]))

    def _begin(self, work: Any) -> None:  # noqa: ANN401 - a coroutine of no interest
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, request: Mapping[str, Any]) -> None:
        transfer = f"/transfers/{request['transfer']}"
        if (await self._http.get(transfer)).json()["confirmed_at"]:
            return  # an old request, heard again after a restart
        await self._sleep(WALK_S)
        while True:
            try:
                self._line.carry(request["wafer"], request["source"], request["destination"])
                break
            except PlantRefuses:
                await self._sleep(AGAIN_S)
        while not (await self._post(f"{transfer}/confirm", {})):
            await self._sleep(AGAIN_S)

    async def _measure(self, wafer: str, step: str) -> None:
        await self._sleep(GAUGE_S)
        asked = (await self._http.get(f"/wafers/{wafer}")).json()["unmeasured"]
        if not asked:
            return
        values = measured(self._line.find(wafer))
        entered = {name: values[name] for name in asked if name in values}
        await self._post(
            f"/wafers/{wafer}/measurements", {"step": step, "values": entered, "gauge": "bench"}
        )

    async def _post(self, path: str, body: Mapping[str, object]) -> bool:
        return (await self._ask(path, body)).is_success

    async def _ask(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        return await self._http.post(path, json=body, headers={"X-Person": NAME})
