"""Everything that ships is sound, complete and agrees with the method."""

import math
from pathlib import Path

import pytest

from drivers.setpoints import PlatingCellSetpoints
from linecontrol.model.check import check_flows, check_lines, check_recipes, check_route
from linecontrol.model.claims import CLAIMS
from linecontrol.model.equipment import MODELS, ROLES
from linecontrol.model.loading import SETPOINTS, load_flow, load_library, load_line
from linecontrol.model.visits import VISITS
from tests.rigs.recipe_site import SHIPPED

FLOWS = sorted((SHIPPED / "flows").glob("*.toml"))
LINES = sorted((SHIPPED / "lines").glob("*.toml"))


def test_every_shipped_flow_recipe_and_line_is_without_fault() -> None:
    assert check_flows(FLOWS) == []
    assert check_recipes([SHIPPED / "steps"]) == []
    assert check_lines(LINES) == []


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.stem)
@pytest.mark.parametrize("line", LINES, ids=lambda path: path.stem)
def test_every_line_can_make_every_flow(flow: Path, line: Path) -> None:
    assert check_route(load_flow(flow).model, load_line(line).model) == []


def test_the_shipped_flows_practise_all_eighteen_claims() -> None:
    practised = {number for path in FLOWS for number in load_flow(path).model.claims}
    assert practised == set(CLAIMS)


def test_the_main_flow_makes_all_thirteen_visits_in_order() -> None:
    flow = load_flow(SHIPPED / "flows" / "reentrant_fill_200um.toml").model
    assert [step.visit for step in flow.steps] == list(VISITS)
    assert flow.claims == tuple(range(1, 10))


def test_the_comparison_route_leaves_out_the_liquid_resist_and_claims_nothing() -> None:
    flow = load_flow(SHIPPED / "flows" / "straight_film.toml").model
    skipped = set(VISITS) - {step.visit for step in flow.steps}
    assert skipped == {"coat_liquid", "flood_expose", "develop_liquid"}
    assert flow.is_development


@pytest.mark.parametrize(
    ("name", "seconds"), [("cu_5um", 174.0), ("ni_3um", 312.0), ("snag_100um", 2130.0)]
)
def test_a_plating_charge_is_its_current_for_its_time(name: str, seconds: float) -> None:
    setpoints = load_library(SHIPPED / "steps")[name].model.setpoints
    assert isinstance(setpoints, PlatingCellSetpoints)
    openings_dm2 = 739_000 * math.pi * 50.0**2 * 1e-10
    assert math.isclose(setpoints.open_area_dm2, openings_dm2, rel_tol=1e-5)
    assert math.isclose(setpoints.charge_c / setpoints.amps, seconds, rel_tol=1e-4)


def test_every_kind_of_tool_has_setpoints_roles_a_visit_and_a_recipe() -> None:
    kinds = {visit.tool for visit in VISITS.values()}
    assert set(SETPOINTS) == set(ROLES) == kinds
    assert {loaded.model.tool for loaded in load_library(SHIPPED / "steps").values()} == kinds
    used = {model for roles in ROLES.values() for models in roles.values() for model in models}
    assert used == set(MODELS)
    assert all("plc" in roles for roles in ROLES.values())


def test_the_production_line_has_the_stations_that_its_throughput_needs() -> None:
    line = load_line(SHIPPED / "lines" / "production_sim.toml").model
    cells = {bath: len(line.able("plating_cell", {"bath": bath})) for bath in ("cu", "ni", "snag")}
    assert cells == {"cu": 2, "ni": 2, "snag": 8}
    assert len(line.able("developer", {"chemistry": "na2co3"})) == 2
    assert len(line.able("developer", {"chemistry": "tmah"})) == 2
    assert len(line.able("plasma_etcher", {})) == 2


def test_only_the_example_of_a_real_line_is_real() -> None:
    real = [path.stem for path in LINES if not load_line(path).model.simulated]
    assert real == ["example_real"]
