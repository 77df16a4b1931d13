"""The daemon goes away in mid-step and comes back: nothing starts by itself or is done twice."""

import asyncio
from pathlib import Path

import httpx
import pytest

from linecontrol.engine.engine import Engine
from linecontrol.machines.control_job import LotState
from sim_hardware.core.timebase import TimeBase
from sim_hardware.line import EmulatedLine
from sim_hardware.physics.wafer import Wafer
from tests.rigs.prepared import site_of
from tests.rigs.virtual_line import daemon_for, in_virtual_time, plants_alone, until

pytestmark = pytest.mark.crash
WAFER = "L0001-01"


async def ask(url: str, path: str, body: object = None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, timeout=3600.0, trust_env=False) as http:
        return await http.post(path, json=body)


async def begun(url: str, plants: EmulatedLine, engine: Engine, phase: str) -> None:
    """Start a lot, carry its wafer, and wait until the phase is at work."""
    state = engine.journal.state
    assert (await ask(url, "/lots", {"flow": "part", "wafers": 1})).status_code == 201
    await until(engine, lambda: bool(state.open_transfers()))
    (transfer,) = state.open_transfers()
    plants.carry(WAFER, "cassette", transfer.request.destination)
    assert (await ask(url, f"/transfers/{transfer.request.transfer}/confirm")).is_success
    await until(engine, lambda: any(v.intent.phase == phase for v in state.open_intents()))
    await asyncio.sleep(20.0)


def test_a_layer_broken_off_by_a_restart_is_completed_by_its_thickness(tmp_path: Path) -> None:
    recipes, _ = site_of(tmp_path / "site", "deposit_ubm")

    async def main(time: TimeBase) -> Wafer:
        data = tmp_path / "data"
        async with plants_alone(time) as plants:
            async with daemon_for(plants, time, data, recipes=recipes) as (engine, url):
                await begun(url, plants, engine, "deposit_seed")
            await asyncio.sleep(60.0)
            async with daemon_for(plants, time, data, recipes=recipes) as (engine, url):
                state = engine.journal.state
                await asyncio.sleep(600.0)
                assert state.lots["L0001"].state is LotState.PAUSED
                held = state.wafers[WAFER].held
                assert held is not None
                assert "deposit_seed" in held.reason
                before = plants.find(WAFER).layer_nm("Cu").mean()
                assert before < 300.0  # ten minutes, and nothing has gone on by itself
                reply = await ask(url, "/lots/L0001/resume")
                assert reply.is_success, reply.text
                await until(engine, lambda: "deposit_ubm" in state.wafers[WAFER].steps_done)
            return plants.find(WAFER)

    wafer = in_virtual_time(main)
    assert wafer.layer_nm("TiW").mean() == pytest.approx(200.0, rel=0.02)
    assert wafer.layer_nm("Cu").mean() == pytest.approx(301.0, rel=0.02)
