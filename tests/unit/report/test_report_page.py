"""The report as a page: whole, closed in itself, and true to what the journal says."""

import re
from datetime import UTC, datetime

import pytest

from linecontrol.journal import facts as f
from linecontrol.model.metrics import metrics
from linecontrol.report.report import render
from linecontrol.report.wording import METRIC_WORDS, plain
from tests.rigs.finished_lot import FLOWS, LotRig, broken_try, library, measured
from tests.unit.report.reading_html import Page

NOW = datetime(2026, 3, 5, 3, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>\"&\u202e\x00"


def page_of(rig: LotRig, *more: f.AnyFact) -> Page:
    return Page(render(rig.state(*more), rig.lot, NOW))


@pytest.mark.parametrize("flow", FLOWS)
def test_every_shipped_flow_gives_a_balanced_page_that_needs_nothing_from_outside(
    flow: str,
) -> None:
    html = render(LotRig(flow).state(), "L0001", NOW)
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "use"}
    assert not {key for key, _ in page.attributes} & {"src", "href", "srcset", "data", "action"}
    assert not [key for key, _ in page.attributes if key.startswith("on") and key != "open"]
    assert "@import" not in html
    assert "http" not in html
    assert set(re.findall(r"url\((.)", html)) == {"#"}


@pytest.mark.parametrize("flow", FLOWS)
def test_every_wafer_step_recipe_and_metric_of_the_flow_is_on_the_page(flow: str) -> None:
    rig = LotRig(flow, wafers=3)
    page = page_of(rig)
    hashes = {value for key, value in page.attributes if key == "title"}
    for step in rig.flow.steps:
        recipe = library().recipes[step.recipe]
        assert page.text.count(plain(step.id)) >= 3
        assert f"{recipe.reference} {recipe.hash[:12]}" in page.text
        assert recipe.hash in hashes
        for name in step.measure:
            assert f"{METRIC_WORDS[name]} {name}" in page.text
    for wafer in ("L0001-01", "L0001-02", "L0001-03"):
        assert page.text.count(wafer) >= 4


def test_every_metric_has_words() -> None:
    assert set(METRIC_WORDS) == set(metrics())


def test_every_picture_names_its_patterns_once() -> None:
    html = render(LotRig(wafers=2).state(), "L0001", NOW)
    ids = re.findall(r'id="(p-[a-z]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    assert set(re.findall(r"url\(#([a-z-]+)\)", html)) <= set(ids)


def test_a_simulated_lot_says_so_in_its_title_and_on_the_page() -> None:
    page = page_of(LotRig(simulated=True))
    assert page.title.startswith("SIMULATED")
    assert "SIMULATED" in page.by_class["banner"][0]


def test_a_real_lot_never_speaks_of_simulation() -> None:
    page = page_of(LotRig(simulated=False))
    assert "simulated" not in f"{page.title}{page.words}".lower()
    assert "banner" not in page.by_class


def test_a_route_without_a_claim_is_called_a_development_route_in_the_title() -> None:
    assert "development route" in page_of(LotRig("straight_film")).title
    assert "development route" not in page_of(LotRig("generic_substrate")).title


def test_the_claims_of_the_flow_stand_there_with_their_evidence() -> None:
    page = page_of(LotRig("reentrant_fill_no_reflow", wafers=1))
    assert page.by_class["claim-number"] == [f"Claim {n}" for n in (10, 11, 12, 13, 14)]
    assert set(page.by_class["verdict"]) == {"✓ shown"}
    evidence = " ".join(page.by_class["evidence"]).replace("\N{NO-BREAK SPACE}", " ")
    assert "recess width: 7.10 µm" in evidence
    assert "sputter-1, recipe ubm_tiw200_cu300@1" in evidence
    assert "began 2026-03-04 01:14:00, ended 2026-03-04 01:24:38" in evidence


def test_an_unfinished_lot_shows_what_is_missing_and_draws_it_as_planned() -> None:
    page = page_of(LotRig(wafers=1, until=4))
    assert "○ not shown" in page.by_class["verdict"]
    assert len(page.by_class["planned"]) == len(LotRig().flow.steps) - 4 + 4  # and four feet
    assert "20.9 µm nominal" in page.text
    assert "4 of 13 steps" in page.text


def test_a_value_out_of_spec_is_marked_and_comes_with_its_action() -> None:
    page = page_of(LotRig(), measured("L0001-02", "develop_film", "recess_um", 11.2))
    assert [v for v in page.by_class["value"] if "✕" in v] == ["✕ 11.2"]
    assert page.by_class["findings"][0].replace("\N{NO-BREAK SPACE}", " ") == (
        "✕Recess width after develop film is out of spec: L0001-02 11.2 µm; "
        "allowed 3 to 10 µm. Action: rework above the spec."
    )


def test_a_value_out_of_control_is_marked_otherwise_than_one_out_of_spec() -> None:
    page = page_of(LotRig(), measured("L0001-01", "laminate_film", "film_um", 122.6))
    assert [v for v in page.by_class["value"] if "△" in v] == ["△ 122.6"]
    assert not [v for v in page.by_class["value"] if "✕" in v]


def test_a_lot_without_trouble_says_so() -> None:
    page = page_of(LotRig())
    assert "Nothing needs a look." in page.text
    assert "findings" not in page.by_class
    assert "grave" not in page.by_class


def test_a_metric_measured_on_one_wafer_only_has_a_dash_on_the_other() -> None:
    extra = f.Measured(
        wafer="L0001-01", step="strip", metric="tilt", value=0.25, unit="deg", gauge="eye", by="x"
    )
    page = page_of(LotRig(), extra)
    assert "0.25 deg" in page.by_class["value"]
    assert page.by_class["none"] == ["\N{EN DASH}"]
    assert "no window" in page.text


def test_without_the_fill_the_summary_says_what_that_costs() -> None:
    page = page_of(LotRig("straight_film"))
    cost = page.by_class["cost"][0].replace("\N{NO-BREAK SPACE}", " ")
    assert "Foot: 7.1 µm all round; the fill would leave 1.3 µm" in cost
    assert "UBM pad: 114.7 µm wide (measured) instead of 103.0 µm" in cost
    assert "+11.7 µm" in cost
    assert "+24 % of area" in cost
    assert "cost" not in page_of(LotRig()).by_class


def test_without_measured_pads_the_cost_follows_from_the_foot() -> None:
    rig = LotRig("straight_film", measured={"pad_cd_um": None, "recess_um": 8.0})
    cost = page_of(rig).by_class["cost"][0].replace("\N{NO-BREAK SPACE}", " ")
    assert "UBM pad: 116.7 µm wide (expected from the foot)" in cost


def test_a_failed_try_is_told_in_plain_words_with_its_alarm() -> None:
    rig = LotRig(until=10)
    page = page_of(rig, *broken_try(rig, "plate_snag", "flow lost at 2210 of 7417.6 C"))
    said = page.by_class["failed"][0].replace("\N{NO-BREAK SPACE}", " ")
    assert "plate at 2026-03-04 07:39:00 failed after 1 min 00 s" in said
    assert "flow lost at 2210 of 7417.6 C (rectifier); part of it was done (DRV-401)." in said
    assert "Find out at the tool what stopped holding" in page.by_class["alarms"][0]
    assert "unacknowledged" in page.by_class["alarms"][0]


def test_a_begun_phase_without_an_end_is_not_passed_over() -> None:
    rig = LotRig(until=10)
    intent, *_ = broken_try(rig, "plate_snag", "")
    assert "how it ended is not known" in page_of(rig, intent).by_class["failed"][0]


def test_a_held_wafer_comes_first() -> None:
    held = f.WaferHeld(
        tool="sputter-1", wafer="L0001-02", job="J000101", reason="the software stopped",
        evidence=("The chamber is vented.",),
    )  # fmt: skip
    found = page_of(LotRig(until=1), held).by_class["findings"][0]
    assert found.startswith(
        "✕L0001-02 is held on sputter-1: the software stopped. The chamber is vented."
    )


def test_a_wait_beyond_its_queue_time_is_marked() -> None:
    page = page_of(LotRig(wafers=1, wait_min=260.0))
    late = [cell for cell in page.by_class["time"] if "✕" in cell]
    assert late  # 240 min are allowed before the plating
    assert "before plate cu: longer than 240 min." in page.text


def test_nothing_that_people_or_devices_write_becomes_markup() -> None:
    rig = LotRig(by=HOSTILE, until=10)
    page = page_of(
        rig,
        *broken_try(rig, "plate_snag", HOSTILE),
        f.Measured(
            wafer="L0001-01", step="strip", metric=HOSTILE, value=1.0, unit=HOSTILE,
            gauge=HOSTILE, by=HOSTILE,
        ),
        f.WaferHeld(
            tool=HOSTILE, wafer="L0001-01", job=HOSTILE, reason=HOSTILE, evidence=(HOSTILE,)
        ),
    )  # fmt: skip
    assert "script" not in page.tags
    assert page.text.count("<script>alert('x')</script>") >= 6
    assert "\u202e" not in page.words
    assert "\x00" not in page.words


def test_the_report_of_an_unknown_lot_is_refused() -> None:
    with pytest.raises(KeyError):
        render(LotRig().state(), "L0099", NOW)
