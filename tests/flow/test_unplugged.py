"""A cable is pulled in mid-step: an alarm that names it, a safe plant, a held wafer; then on."""

from pathlib import Path

import pytest

from linecontrol.journal.facts import Failed, Intent
from linecontrol.journal.fold import LineState
from linecontrol.machines.control_job import LotState
from linecontrol.machines.substrate import Need
from linecontrol.model.visits import VisitName
from sim_hardware.core.timebase import TimeBase
from tests.rigs.prepared import site_of, wafer_before
from tests.rigs.virtual_line import VirtualLine, facts_of, in_virtual_time, virtual_line

pytestmark = pytest.mark.flow

# visit, tool, instrument, and the phase in which its cable is pulled
PULLS: list[tuple[VisitName, str, str, str]] = [
    ("deposit_ubm", "sputter", "plc", "deposit_seed"),
    ("deposit_ubm", "sputter", "dc_supply", "deposit_seed"),
    ("deposit_ubm", "sputter", "monitor", "deposit_barrier"),
    ("deposit_ubm", "sputter", "gauges", "deposit_barrier"),
    ("deposit_ubm", "sputter", "turbo", "deposit_seed"),
    ("deposit_ubm", "sputter", "argon", "deposit_seed"),
    ("laminate_film", "laminator", "plc", "laminate"),
    ("laminate_film", "laminator", "upper_roll", "evacuate"),
    ("laminate_film", "laminator", "lower_roll", "evacuate"),
    ("coat_liquid", "spin_coater", "plc", "bake"),
    ("coat_liquid", "spin_coater", "spindle", "spin"),
    ("coat_liquid", "spin_coater", "dispenser", "dispense"),
    ("coat_liquid", "spin_coater", "hotplate", "bake"),
    ("expose_film", "aligner", "plc", "expose"),
    ("expose_film", "aligner", "stage", "align"),
    ("expose_film", "aligner", "shutter", "expose"),
    ("expose_film", "aligner", "dose_meter", "expose"),
    ("expose_film", "aligner", "lamp", "expose"),
    ("develop_film", "developer", "plc", "develop"),
    ("develop_film", "developer", "carbonate_bath", "develop"),
    ("develop_film", "developer", "spray_pump", "develop"),
    ("develop_liquid", "developer", "tmah_bath", "develop"),
    ("plate_cu", "plating_cu", "plc", "plate"),
    ("plate_cu", "plating_cu", "rectifier", "plate"),
    ("plate_cu", "plating_cu", "bath", "plate"),
    ("plate_cu", "plating_cu", "pump", "plate"),
    ("plate_cu", "plating_cu", "ph", "plate"),
    ("strip", "stripper", "plc", "strip"),
    ("strip", "stripper", "tank_heater", "strip"),
    ("strip", "stripper", "spray_pump", "strip"),
    ("strip", "stripper", "nitrogen", "dry"),
    ("etch_ubm", "plasma_etcher", "plc", "etch_seed"),
    ("etch_ubm", "plasma_etcher", "source", "etch_seed"),
    ("etch_ubm", "plasma_etcher", "bias", "etch_barrier"),
    ("etch_ubm", "plasma_etcher", "argon", "etch_seed"),
    ("etch_ubm", "plasma_etcher", "sf6", "etch_barrier"),
    ("etch_ubm", "plasma_etcher", "gauge", "etch_seed"),
    ("etch_ubm", "plasma_etcher", "throttle", "etch_barrier"),
    ("etch_ubm", "plasma_etcher", "turbo", "etch_seed"),
    ("etch_ubm", "plasma_etcher", "chiller", "etch_barrier"),
    ("reflow", "reflow_oven", "plc", "travel"),
    ("reflow", "reflow_oven", "zones", "travel"),
    ("reflow", "reflow_oven", "belt", "travel"),
    ("reflow", "reflow_oven", "nitrogen", "travel"),
]


def running(state: LineState, phase: str) -> bool:
    return any(view.intent.phase == phase for view in state.open_intents())


def held_why(state: LineState) -> list[str]:
    return [w.held.reason for w in state.wafers.values() if w.held is not None]


def ended(state: LineState, lot: str, before: object) -> bool:
    """Whether the lot is through, or held for another reason than `before`."""
    held = [wafer.held for wafer in state.wafers.values() if wafer.held not in (None, before)]
    return state.lots[lot].state is LotState.COMPLETED or bool(held)


async def pulled_in(line: VirtualLine, tool: str, role: str, phase: str) -> None:
    """Wait until the phase has been at work for a moment, then pull the cable."""
    state = line.engine.journal.state
    await line.until(lambda: running(state, phase))
    await line.seconds(6.0)
    line.plants.unplug(tool, role)
    await line.until(lambda: any(w.held is not None for w in state.wafers.values()))


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("visit", "tool", "role", "phase"), PULLS)
def test_a_pulled_cable_is_named_and_leaves_a_safe_plant(
    tmp_path: Path, visit: VisitName, tool: str, role: str, phase: str
) -> None:
    recipes, flow = site_of(tmp_path / "site", visit)

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            line.plants.racks["L0001-01"] = wafer_before(visit, "L0001-01")
            lot = await line.lot(flow, 1)
            await pulled_in(line, tool, role, phase)
            state = line.engine.journal.state
            standing = [view.last for view in state.alarms.values() if view.standing]
            assert any(f"{tool}.{role}" in f"{alarm.source} {alarm.text}" for alarm in standing)
            facts = facts_of(line.engine.journal.records())
            assert any(isinstance(fact, Failed) for fact in facts)
            assert state.open_intents() == []
            held = state.wafers["L0001-01"].held
            assert held is not None
            assert held.evidence
            line.plants.plug(tool, role)
            await line.seconds(30.0)
            reply = await line.post(f"/lots/{lot}/resume")
            if reply.status_code == 409:  # this phase cannot be taken up again: give it up
                assert "cannot be taken up" in reply.text, reply.text
                assert (await line.post(f"/tools/{tool}/abort")).is_success
            await line.until(lambda: ended(state, lot, held))
            assert state.lots[lot].state is LotState.COMPLETED, held_why(state)
            need = state.wafers["L0001-01"].need
            assert need is (Need.PROCESSED if reply.is_success else Need.ABORTED)

    in_virtual_time(main)


def test_a_layer_taken_up_again_is_as_thick_as_the_recipe_says(tmp_path: Path) -> None:
    recipes, flow = site_of(tmp_path / "site", "deposit_ubm")

    async def main(time: TimeBase) -> float:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            lot = await line.lot(flow, 1)
            await pulled_in(line, "sputter", "dc_supply", "deposit_seed")
            line.plants.plug("sputter", "dc_supply")
            await line.seconds(30.0)
            state = line.engine.journal.state
            held = state.wafers["L0001-01"].held
            assert (await line.post(f"/lots/{lot}/resume")).is_success
            await line.until(lambda: ended(state, lot, held))
            assert state.lots[lot].state is LotState.COMPLETED, held_why(state)
            intents = [f for f in facts_of(line.engine.journal.records()) if isinstance(f, Intent)]
            assert [i.phase for i in intents].count("deposit_seed") == 2
            return float(line.plants.find("L0001-01").layer_nm("Cu").mean())

    assert in_virtual_time(main) == pytest.approx(301.0, rel=0.02)
