"""Numbers, units and times as the report prints them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linecontrol.model.metrics import metrics
from linecontrol.report.markup import tag, written
from linecontrol.report.wording import (
    duration,
    in_print,
    limits,
    measured_value,
    number,
    reading,
)
from tests.unit.report.reading_html import Page


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("chamber_mbar", 4.2e-7, "chamber 4.2 \N{MULTIPLICATION SIGN} 10⁻⁷ mbar"),
        ("dose_mj_cm2", 299.62, "dose 299.6 mJ/cm²"),
        ("bath_c", 30.1, "bath 30.1 °C"),
        ("charge_c", 807.93, "charge 807.9 C"),
        ("mark_x_um", -0.21, "mark x \N{MINUS SIGN}0.21 µm"),
        ("belt_m_min", 0.7, "belt 0.7 m/min"),
        ("reticle_number", 1.0, "reticle number 1"),
    ],
)
def test_a_reading_is_written_with_the_unit_its_name_ends_in(
    name: str, value: float, words: str
) -> None:
    assert reading(name, value).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (51.2, "51 s"),
        (59.7, "1 min 00 s"),
        (304, "5 min 04 s"),
        (7500, "2 h 05 min"),
        (90000, "1 d 01 h"),
        (-30, "\N{MINUS SIGN}30 s"),
    ],
)
def test_a_span_is_written_in_the_two_units_that_matter(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)).replace("\N{NO-BREAK SPACE}", " ") == words


@given(name=st.sampled_from(sorted(metrics())), value=st.floats(-500, 500))
def test_rounding_never_moves_a_value_over_a_limit(name: str, value: float) -> None:
    metric = metrics()[name]
    shown = float(measured_value(metric, value).replace("\N{MINUS SIGN}", "-"))
    if abs(shown - value) > 1e-6:
        assert metric.judge(shown) == metric.judge(value)


def test_a_value_just_over_its_limit_is_written_finely_enough_to_show_it() -> None:
    assert measured_value(metrics()["bump_um"], 105.04) == "105.04"


def test_what_is_no_number_is_not_written_as_one() -> None:
    assert number(float("nan")) == "not a number"
    assert measured_value(metrics()["film_um"], float("inf")) == "not a number"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(1.0, 2.5, "1 to 2.5"), (None, 3.0, "≤ 3"), (0.9, None, "≥ 0.9"), (0.0, 0.0, "0")],
)
def test_limits_are_written_as_far_as_they_limit(
    low: float | None, high: float | None, words: str
) -> None:
    assert limits(low, high) == words


def test_sentences_of_the_software_are_printed_with_real_units_and_short_times() -> None:
    said = in_print("7.10 um, began 2026-03-04T01:14:00+00:00, ended")
    assert said.replace("\N{NO-BREAK SPACE}", " ") == "7.10 µm, began 2026-03-04 01:14:00, ended"


@given(text=st.text(), name=st.sampled_from(["p", "td", "b"]))
def test_any_text_comes_back_as_text(text: str, name: str) -> None:
    page = Page(tag(name, text, title=text))
    assert page.tags == {name}
    assert page.words == Page(tag("p", written(text))).words
    assert [key for key, _ in page.attributes] == ["title"]
