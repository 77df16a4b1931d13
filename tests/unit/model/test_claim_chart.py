"""The claim chart: shown, not shown or contradicted, and on what that rests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from linecontrol.model.claim_chart import (
    ChartRow,
    StepRecord,
    Verdict,
    WaferFacts,
    claim_chart,
)
from linecontrol.model.flow import Flow
from linecontrol.model.loading import load_flow, load_library
from linecontrol.model.recipe import Recipe
from tests.rigs.recipe_site import SHIPPED

START = datetime(2026, 1, 5, 6, tzinfo=UTC)
MEASURED = {"recess_um": 7.1, "residual_fill": 0.82, "film_um": 119.9}
RECIPES: tuple[Recipe, ...] = tuple(
    loaded.model for loaded in load_library(SHIPPED / "steps").values()
)


def flow(name: str = "reentrant_fill_200um") -> Flow:
    return load_flow(SHIPPED / "flows" / f"{name}.toml").model


def finished(route: Flow) -> WaferFacts:
    """A wafer that went the whole way, an hour a step, and was measured."""
    hashes = {recipe.reference: recipe.hash for recipe in RECIPES}
    steps: dict[str, StepRecord] = {}
    for place, step in enumerate(route.steps):
        began = START + timedelta(hours=place)
        steps[step.id] = StepRecord(
            tool=f"{step.tool}_1",
            kind=step.tool,
            recipe=step.recipe,
            recipe_hash=hashes[step.recipe],
            began=began,
            ended=began + timedelta(minutes=30),
        )
    return WaferFacts("L0001-01", steps, MEASURED)


def chart(facts: WaferFacts, name: str = "reentrant_fill_200um") -> list[ChartRow]:
    return claim_chart(flow(name), RECIPES, [facts])


def row_of(rows: list[ChartRow], claim: int) -> ChartRow:
    (row,) = (row for row in rows if row.claim == claim)
    return row


@pytest.mark.parametrize(
    "name", ["reentrant_fill_200um", "reentrant_fill_no_reflow", "generic_substrate"]
)
def test_a_wafer_that_went_the_whole_way_shows_every_declared_claim(name: str) -> None:
    rows = chart(finished(flow(name)), name)
    assert {row.claim for row in rows} == set(flow(name).claims)
    assert {row.verdict for row in rows} == {Verdict.SHOWN}


def test_a_development_route_has_no_chart() -> None:
    assert chart(finished(flow("straight_film")), "straight_film") == []


def test_the_chart_says_tool_recipe_hash_and_times_of_each_step() -> None:
    rows = chart(finished(flow()))
    (sputter,) = (row for row in rows if row.element == "b: deposit_ubm")
    recipe = next(recipe for recipe in RECIPES if recipe.tool == "sputter")
    assert sputter.evidence == (
        f"sputter_1, recipe ubm_tiw200_cu300@1 ({recipe.hash[:12]}), "
        "began 2026-01-05T06:00:00+00:00, ended 2026-01-05T06:30:00+00:00"
    )


def test_the_chart_names_the_substrate() -> None:
    rows = chart(finished(flow("generic_substrate")), "generic_substrate")
    assert rows[0].evidence == "wafer L0001-01: borosilicate glass, 200 mm, metal pads"


def test_a_step_that_did_not_end_is_not_shown() -> None:
    facts = finished(flow())
    begun = replace(facts.steps["reflow"], ended=None)
    rows = chart(replace(facts, steps={**facts.steps, "reflow": begun}))
    (reflow,) = (row for row in rows if row.element == "j: reflow")
    assert reflow.verdict is Verdict.NOT_SHOWN
    assert "no record that it ended" in reflow.evidence


def test_steps_that_overlap_contradict_the_order() -> None:
    facts = finished(flow())
    early = replace(facts.steps["strip"], began=START)
    rows = chart(replace(facts, steps={**facts.steps, "strip": early}))
    (strip,) = (row for row in rows if row.element == "h: strip")
    assert strip.verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize(("claim", "metric"), [(2, "recess_um"), (3, "residual_fill")])
def test_an_opening_without_a_filled_recess_contradicts_claims_2_and_3(
    claim: int, metric: str
) -> None:
    facts = replace(finished(flow()), measured={**MEASURED, metric: 0.0})
    assert row_of(chart(facts), claim).verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize("claim", [2, 3, 8])
def test_what_was_not_measured_is_not_shown_and_says_so(claim: int) -> None:
    row = row_of(chart(replace(finished(flow()), measured={})), claim)
    assert row.verdict is Verdict.NOT_SHOWN
    assert "not measured" in row.evidence


def test_a_film_measured_too_thick_contradicts_claim_8() -> None:
    facts = replace(finished(flow()), measured={**MEASURED, "film_um": 153.0})
    row = row_of(chart(facts), 8)
    assert row.verdict is Verdict.CONTRADICTED
    assert row.evidence == "122 um declared by dry_film_122um@1, 153.0 um measured"


@pytest.mark.parametrize("claim", [4, 5, 6, 7, 8, 9])
def test_a_wafer_without_records_shows_nothing(claim: int) -> None:
    facts = WaferFacts("L0001-02", {}, {})
    assert row_of(chart(facts), claim).verdict is Verdict.NOT_SHOWN


def test_a_recipe_other_than_the_one_that_ran_proves_nothing() -> None:
    facts = finished(flow())
    other = replace(facts.steps["coat_liquid"], recipe_hash="0" * 64)
    rows = chart(replace(facts, steps={**facts.steps, "coat_liquid": other}))
    assert row_of(rows, 4).verdict is Verdict.NOT_SHOWN


@pytest.mark.parametrize(("claim", "step"), [(7, "laminate_film"), (9, "etch_ubm")])
def test_a_step_that_another_kind_of_tool_made_contradicts_its_claim(claim: int, step: str) -> None:
    facts = finished(flow())
    elsewhere = replace(facts.steps[step], kind="developer")
    rows = chart(replace(facts, steps={**facts.steps, step: elsewhere}))
    assert row_of(rows, claim).verdict is Verdict.CONTRADICTED
