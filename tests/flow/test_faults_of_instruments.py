"""An instrument goes wrong in mid-step: what the wafer is held for, and that nothing is ruined."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from linecontrol.machines.substrate import Need
from linecontrol.model.visits import VisitName
from sim_hardware.core.timebase import TimeBase
from tests.rigs.prepared import site_of, wafer_before
from tests.rigs.virtual_line import in_virtual_time, virtual_line

pytestmark = pytest.mark.flow

Faults = Mapping[str, float]

# visit, tool, instrument, what goes wrong with it, in which phase, and what is said of it
HELD: list[tuple[VisitName, str, str, Faults, str, str]] = [
    ("plate_ni", "plating_ni", "ph", {"bath_ph": 5.0}, "bring_bath", "pH 5.00 is outside"),
    ("plate_ni", "plating_ni", "ph", {"glass_broken": 1}, "bring_bath", "glass resistance"),
    ("plate_ni", "plating_ni", "pump", {"overload": 1}, "plate", "pump: overload"),
    ("plate_cu", "plating_cu", "pump", {"flow_share": 0.3}, "plate", "flow lost"),
    ("strip", "stripper", "spray_pump", {"overload": 1}, "strip", "spray_pump: overload"),
    (
        "strip",
        "stripper",
        "spray_pump",
        {"head_share": 0.3},
        "strip",
        "did not stay within 0.15 of 2",
    ),
    ("strip", "stripper", "nitrogen", {"valve_stuck": 1}, "rinse", "n2 low dry"),
    ("etch_ubm", "plasma_etcher", "turbo", {"trip": 1}, "etch_seed", "turbo: error"),
    ("etch_ubm", "plasma_etcher", "throttle", {"error_number": 20}, "etch_seed", "fatal error"),
    ("etch_ubm", "plasma_etcher", "throttle", {"stuck": 1}, "clamp", "pressure_pct"),
    ("etch_ubm", "plasma_etcher", "gauge", {"sensor_failed": 1}, "etch_seed", "defective"),
    ("etch_ubm", "plasma_etcher", "chiller", {"overload": 1}, "etch_barrier", "motor overload"),
    ("reflow", "reflow_oven", "belt", {"jam": 1}, "belt", "encoder"),
    ("reflow", "reflow_oven", "nitrogen", {"most_share": 0.2}, "atmosphere", "flow_sccm"),
]
MOMENT_S = 2.0


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("visit", "tool", "role", "faults", "phase", "said"), HELD)
def test_the_wafer_is_held_for_what_went_wrong(
    tmp_path: Path, visit: VisitName, tool: str, role: str, faults: Faults, phase: str, said: str
) -> None:
    recipes, flow = site_of(tmp_path / "site", visit)

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            line.plants.racks["L0001-01"] = wafer_before(visit, "L0001-01")
            await line.lot(flow, 1)
            state = line.engine.journal.state
            await line.until(
                lambda: any(view.intent.phase == phase for view in state.open_intents())
            )
            await line.seconds(MOMENT_S)
            line.plants.set_faults(tool, role, faults)
            await line.until(
                lambda: (
                    state.wafers["L0001-01"].held is not None
                    or state.wafers["L0001-01"].need is Need.PROCESSED
                )
            )
            wafer = state.wafers["L0001-01"]
            assert wafer.held is not None
            assert said in wafer.held.reason

    in_virtual_time(main)


def test_a_ph_that_cannot_be_told_any_more_does_not_spoil_the_layer_under_current(
    tmp_path: Path,
) -> None:
    recipes, flow = site_of(tmp_path / "site", "plate_ni")

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            line.plants.racks["L0001-01"] = wafer_before("plate_ni", "L0001-01")
            await line.lot(flow, 1)
            state = line.engine.journal.state
            await line.until(lambda: any(v.intent.phase == "plate" for v in state.open_intents()))
            await line.seconds(MOMENT_S)
            line.plants.set_faults("plating_ni", "ph", {"glass_broken": 1})
            await line.until(lambda: state.wafers["L0001-01"].need is Need.PROCESSED)

    in_virtual_time(main)
