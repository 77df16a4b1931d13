"""Each rule of the claim table, broken once: the refusal names file, key, found, allowed, claim."""

import pytest

from linecontrol.model.faults import Fault
from tests.rigs.recipe_site import RecipeSite

MAIN, NO_REFLOW, GENERIC = "reentrant_fill_200um", "reentrant_fill_no_reflow", "generic_substrate"
REQUIRED = ("deposit_ubm", "laminate_film", "expose_film", "develop_film", "coat_liquid")
LATER = ("flood_expose", "develop_liquid", "strip", "etch_ubm")


def the_fault_of(faults: list[Fault], claim: int) -> Fault:
    (fault,) = (fault for fault in faults if fault.claim == claim)
    return fault


@pytest.mark.parametrize("visit", [*REQUIRED, *LATER, "reflow"])
def test_claim_1_refuses_a_flow_without_one_of_its_steps(site: RecipeSite, visit: str) -> None:
    site.drop_step(MAIN, visit)
    fault = the_fault_of(site.flow_faults(MAIN), 1)
    assert fault.file == str(site.file(MAIN))
    assert (fault.key, fault.found) == ("step", f"no {visit!r}")
    assert visit in fault.allowed


@pytest.mark.parametrize(("flow", "claim"), [(NO_REFLOW, 10), (GENERIC, 15)])
@pytest.mark.parametrize("visit", [*REQUIRED, *LATER])
def test_claims_10_and_15_refuse_a_flow_without_one_of_their_steps(
    site: RecipeSite, flow: str, claim: int, visit: str
) -> None:
    site.drop_step(flow, visit)
    assert the_fault_of(site.flow_faults(flow), claim).found == f"no {visit!r}"


def test_claim_1_refuses_a_flow_without_any_plating(site: RecipeSite) -> None:
    for step in ("plate_cu", "plate_ni", "plate_snag"):
        site.drop_step(MAIN, step)
    fault = the_fault_of(site.flow_faults(MAIN), 1)
    assert fault.found == "no plating"
    assert fault.allowed == "at least one of plate_cu, plate_ni, plate_snag"


def test_claim_1_leaves_the_choice_and_the_order_of_the_metals(site: RecipeSite) -> None:
    site.drop_step(MAIN, "plate_cu")
    site.move_step(MAIN, "plate_snag", before="plate_ni")
    assert site.flow_faults(MAIN) == []


def test_claim_1_refuses_steps_out_of_order_and_names_the_line(site: RecipeSite) -> None:
    site.move_step(MAIN, "etch_ubm", before="strip")
    fault = the_fault_of(site.flow_faults(MAIN), 1)
    assert fault.key == "step.strip.visit"
    assert fault.found == "'strip' after 'etch_ubm'"
    assert "before" in fault.allowed
    assert fault.line == site.line_number(MAIN, 'visit = "strip"')


def test_claim_10_is_the_method_without_the_reflow(site: RecipeSite) -> None:
    site.edit(MAIN, "claim = 1\nalso = [2, 3, 4, 5, 6, 7, 8, 9]", "claim = 10\nalso = []")
    fault = the_fault_of(site.flow_faults(MAIN), 10)
    assert (fault.key, fault.found) == ("step.reflow.visit", "'reflow'")
    assert "claim 1" in fault.allowed


@pytest.mark.parametrize(("flow", "claim"), [(MAIN, 4), (NO_REFLOW, 12), (GENERIC, 16)])
def test_claims_4_12_and_16_refuse_a_negative_liquid_resist(
    site: RecipeSite, flow: str, claim: int
) -> None:
    site.edit("positive_10um", 'resist_tone = "positive"', 'resist_tone = "negative"')
    fault = the_fault_of(site.flow_faults(flow), claim)
    assert fault.file == str(site.file("positive_10um"))
    assert (fault.key, fault.found, fault.allowed) == ("resist_tone", "'negative'", "'positive'")
    assert fault.line == site.line_number("positive_10um", "resist_tone")


@pytest.mark.parametrize(("flow", "claim"), [(MAIN, 5), (NO_REFLOW, 14), (GENERIC, 18)])
def test_claims_5_14_and_18_refuse_a_positive_first_resist(
    site: RecipeSite, flow: str, claim: int
) -> None:
    site.edit("dry_film_122um", 'resist_tone = "negative"', 'resist_tone = "positive"')
    fault = the_fault_of(site.flow_faults(flow), claim)
    assert fault.file == str(site.file("dry_film_122um"))
    assert (fault.key, fault.found, fault.allowed) == ("resist_tone", "'positive'", "'negative'")


@pytest.mark.parametrize(("flow", "claim"), [(MAIN, 6), (GENERIC, 17)])
def test_claims_6_and_17_refuse_a_reticle_in_the_flood_exposure(
    site: RecipeSite, flow: str, claim: int
) -> None:
    site.edit("flood_1200", 'reticle = "none"', 'reticle = "bumps_200um_r1"')
    fault = the_fault_of(site.flow_faults(flow), claim)
    assert fault.file == str(site.file("flood_1200"))
    assert (fault.key, fault.found) == ("reticle", "'bumps_200um_r1'")
    assert fault.allowed == "'none'"


@pytest.mark.parametrize(("flow", "claim"), [(MAIN, 6), (GENERIC, 17)])
def test_claims_6_and_17_refuse_a_strip_before_the_film_has_been_the_mask(
    site: RecipeSite, flow: str, claim: int
) -> None:
    site.move_step(flow, "strip", before="coat_liquid")
    fault = the_fault_of(site.flow_faults(flow), claim)
    assert fault.key == "step.strip.visit"
    assert fault.found == "'strip' between develop_film and flood_expose"
    assert "masked" in fault.allowed


def test_claim_7_refuses_a_film_that_the_laminator_did_not_attach(site: RecipeSite) -> None:
    site.edit(MAIN, 'tool = "laminator"', 'tool = "spin_coater"')
    fault = the_fault_of(site.flow_faults(MAIN), 7)
    assert fault.file == str(site.file(MAIN))
    assert fault.key == "step.laminate_film.tool"
    assert (fault.found, fault.allowed) == ("'spin_coater'", "'laminator'")


def test_claim_7_refuses_a_recipe_that_is_no_lamination(site: RecipeSite) -> None:
    site.edit(MAIN, 'recipe = "dry_film_122um@1"', 'recipe = "positive_10um@1"')
    fault = the_fault_of(site.flow_faults(MAIN), 7)
    assert fault.key == "step.laminate_film.recipe"
    assert "spin_coater" in fault.found


@pytest.mark.parametrize("film_um", [76.1, 152.5])
def test_claim_8_refuses_a_film_outside_3_to_6_mil(site: RecipeSite, film_um: float) -> None:
    site.edit("dry_film_122um", "film_um = 122.0", f"film_um = {film_um}")
    fault = the_fault_of(site.flow_faults(MAIN), 8)
    assert fault.file == str(site.file("dry_film_122um"))
    assert fault.key == "film_um"
    assert fault.found == str(film_um)
    assert fault.allowed == "76.2 to 152.4"
    assert str(fault).endswith("found " + str(film_um) + "; allowed: 76.2 to 152.4 (claim 8)")


@pytest.mark.parametrize("film_um", [76.2, 152.4])
def test_claim_8_allows_its_limits(site: RecipeSite, film_um: float) -> None:
    site.edit("dry_film_122um", "film_um = 122.0", f"film_um = {film_um}")
    assert site.flow_faults(MAIN) == []


def test_claim_9_refuses_an_etch_that_is_not_by_plasma(site: RecipeSite) -> None:
    site.edit(MAIN, 'tool = "plasma_etcher"', 'tool = "stripper"')
    fault = the_fault_of(site.flow_faults(MAIN), 9)
    assert fault.key == "step.etch_ubm.tool"
    assert (fault.found, fault.allowed) == ("'stripper'", "'plasma_etcher'")


def test_a_claim_that_is_not_declared_binds_nobody(site: RecipeSite) -> None:
    site.edit("dry_film_122um", "film_um = 122.0", "film_um = 60.0")
    site.edit("dry_film_122um", 'resist_tone = "negative"', 'resist_tone = "positive"')
    assert site.flow_faults("straight_film") == []


@pytest.mark.parametrize("also", ["[11]", "[2, 2]", "[1]", "[19]"])
def test_a_flow_may_only_add_the_claims_of_its_own_independent_claim(
    site: RecipeSite, also: str
) -> None:
    site.edit(MAIN, "also = [2, 3, 4, 5, 6, 7, 8, 9]", f"also = {also}")
    (fault,) = site.flow_faults(MAIN)
    assert fault.key == "also"
    assert "2, 3, 4, 5, 6, 7, 8, 9" in fault.allowed


def test_a_dependent_claim_is_no_route_of_its_own(site: RecipeSite) -> None:
    site.edit(MAIN, "claim = 1\n", "claim = 2\n")
    (fault,) = site.flow_faults(MAIN)
    assert (fault.key, fault.found, fault.allowed) == ("claim", "2", "1, 10 or 15")


def test_a_development_route_adds_no_claims(site: RecipeSite) -> None:
    site.edit("straight_film", "substrate =", "also = [2]\nsubstrate =")
    (fault,) = site.flow_faults("straight_film")
    assert (fault.key, fault.found) == ("also", "[2]")
