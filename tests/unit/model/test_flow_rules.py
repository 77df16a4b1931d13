"""What every flow must satisfy, each rule broken once."""

import pytest

from linecontrol.model.check import check_flows, check_route
from linecontrol.model.loading import load_flow, load_line
from tests.rigs.recipe_site import RecipeSite

MAIN, STRAIGHT = "reentrant_fill_200um", "straight_film"


def test_a_missing_recipe_is_answered_with_the_nearest_name(site: RecipeSite) -> None:
    site.edit(MAIN, "snag_100um@1", "snag_10um@1")
    (fault,) = site.flow_faults(MAIN)
    assert fault.key == "step.plate_snag.recipe"
    assert fault.found == "'snag_10um@1'"
    assert fault.allowed.startswith("snag_100um@1 (nearest)")
    assert fault.line == site.line_number(MAIN, "snag_10um@1")


def test_a_flow_names_the_revision_that_it_was_written_for(site: RecipeSite) -> None:
    site.edit("snag_100um", "revision = 1", "revision = 2")
    (fault,) = site.flow_faults(MAIN)
    assert fault.key == "step.plate_snag.recipe"
    assert fault.found == "'snag_100um@1'"
    assert fault.allowed.startswith("'snag_100um@2'")


def test_a_recipe_of_another_tool_is_refused(site: RecipeSite) -> None:
    site.edit(MAIN, "strip_both@1", "snag_245c@1")
    (fault,) = site.flow_faults(MAIN)
    assert fault.key == "step.strip.recipe"
    assert (fault.found, fault.allowed) == (
        "'snag_245c@1', a recipe of 'reflow_oven'",
        "a recipe of 'stripper'",
    )


def test_a_visit_is_made_by_its_own_tool(site: RecipeSite) -> None:
    site.edit(STRAIGHT, 'tool = "stripper"', 'tool = "developer"')
    tool, recipe = site.flow_faults(STRAIGHT)
    assert (tool.key, tool.found) == ("step.strip.tool", "'developer'")
    assert recipe.key == "step.strip.recipe"


def test_a_visit_asks_the_tool_for_what_it_is_about(site: RecipeSite) -> None:
    site.edit(MAIN, 'needs = { bath = "ni" }', 'needs = { bath = "cu" }')
    asked, disagreeing = site.flow_faults(MAIN)
    assert (asked.key, asked.found) == ("step.plate_ni.needs", "bath = 'cu'")
    assert asked.allowed == "bath = 'ni' for plate_ni"
    assert disagreeing.allowed == "bath = 'ni', as recipe ni_3um@1 has it"


def test_a_recipe_for_another_bath_is_refused(site: RecipeSite) -> None:
    site.edit(MAIN, "ni_3um@1", "cu_5um@1")
    (fault,) = site.flow_faults(MAIN)
    assert (fault.key, fault.found) == ("step.plate_ni.needs", "bath = 'ni'")
    assert fault.allowed == "bath = 'cu', as recipe cu_5um@1 has it"


def test_two_steps_of_one_id_are_refused(site: RecipeSite) -> None:
    site.edit(MAIN, 'id = "plate_ni"', 'id = "plate_cu"')
    (fault,) = site.flow_faults(MAIN)
    assert (fault.key, fault.found) == ("step.plate_cu.id", "'plate_cu' again")


def test_a_longest_wait_below_the_shortest_is_refused(site: RecipeSite) -> None:
    site.edit(MAIN, "queue_max_min = 480.0", "queue_max_min = 10.0")
    (fault,) = site.flow_faults(MAIN)
    assert (fault.key, fault.found) == ("step.develop_film.queue_max_min", "10")
    assert fault.allowed == "at least queue_min_min = 15"


def test_nothing_is_waited_for_before_the_first_step(site: RecipeSite) -> None:
    site.edit(
        MAIN, 'recipe = "ubm_tiw200_cu300@1"', 'recipe = "ubm_tiw200_cu300@1"\nqueue_max_min = 5'
    )
    (fault,) = site.flow_faults(MAIN)
    assert (fault.key, fault.found) == ("step.deposit_ubm.queue_max_min", "5")


@pytest.mark.parametrize("metric", ["rs_mohm", "pad_cd_um"])
def test_a_step_measures_only_what_can_be_measured_after_it(site: RecipeSite, metric: str) -> None:
    site.edit(MAIN, '"rs_mohm_sq"', f'"{metric}"')
    (fault,) = site.flow_faults(MAIN)
    assert fault.key == "step.deposit_ubm.measure"
    assert repr(metric) in fault.found
    assert "rs_mohm_sq" in fault.allowed


def test_two_flows_that_share_a_bad_recipe_name_it_once(site: RecipeSite) -> None:
    site.edit("dry_film_122um", "roll_c = 105.0", "roll_c = 205.0")
    (fault,) = check_flows([site.file(MAIN), site.file(STRAIGHT)])
    assert (fault.key, fault.found, fault.allowed) == ("roll_c", "205.0", "80 to 130")


PULSES = """current = "pulse_reverse"
reverse_density_a_dm2 = 10.0
forward_ms = 20.0
reverse_ms = 1.0
"""


def test_a_recipe_of_reverse_pulses_needs_a_step_that_asks_for_them(site: RecipeSite) -> None:
    site.edit("cu_5um", "bath_c = ", PULSES + "bath_c = ")
    (fault,) = site.flow_faults(MAIN)
    assert (fault.key, fault.found) == ("step.plate_cu.needs", "no current")
    assert fault.allowed == "current = 'pulse_reverse', as recipe cu_5um@1 has it"
    site.edit(MAIN, '{ bath = "cu" }', '{ bath = "cu", current = "pulse_reverse" }')
    assert site.flow_faults(MAIN) == []


@pytest.mark.parametrize(("bath", "able"), [("cu", True), ("ni", False)])
def test_only_a_cell_with_a_bipolar_supply_can_reverse_its_current(
    site: RecipeSite, bath: str, *, able: bool
) -> None:
    line = load_line(site.file("pilot_sim")).model
    assert bool(line.able("plating_cell", {"bath": bath, "current": "pulse_reverse"})) is able
    assert line.able("plating_cell", {"bath": bath, "current": "direct"})


def test_a_step_that_no_tool_of_the_line_can_make_is_refused(site: RecipeSite) -> None:
    site.edit("pilot_sim", 'capabilities = { bath = "ni" }', 'capabilities = { bath = "cu" }')
    flow, line = load_flow(site.file(MAIN)).model, load_line(site.file("pilot_sim")).model
    (fault,) = check_route(flow, line)
    assert fault.key == "step.plate_ni.tool"
    assert fault.found == "'plating_cell', bath = 'ni'"
    assert "plating_snag (bath = 'snag')" in fault.allowed
