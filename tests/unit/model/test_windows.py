"""The acceptance windows are complete and judge as they say."""

import math

import pytest

from linecontrol.model.metrics import Judgement, Metric, metrics, metrics_after
from linecontrol.model.visits import VISITS

SILENT_VISITS = {"flood_expose", "plate_cu", "plate_ni"}  # seen only through what follows


def test_every_visit_that_can_be_measured_is_measured() -> None:
    silent = {visit for visit in VISITS if not metrics_after(visit)}
    assert silent == SILENT_VISITS
    assert len(metrics()) == 37


@pytest.mark.parametrize("metric", metrics().values(), ids=lambda metric: metric.name)
def test_every_window_has_limits_that_hold_its_target(metric: Metric) -> None:
    assert metric.spec_low is not None or metric.spec_high is not None
    assert metric.judge(metric.target) is Judgement.IN_CONTROL
    assert metric.gauge
    assert metric.action
    assert metric.judge(math.nan) is Judgement.OUT_OF_SPEC


@pytest.mark.parametrize("metric", metrics().values(), ids=lambda metric: metric.name)
def test_control_limits_lie_within_the_spec(metric: Metric) -> None:
    for control in (metric.control_low, metric.control_high):
        assert control is None or metric.judge(control) is Judgement.IN_CONTROL


@pytest.mark.parametrize(
    ("value", "judgement"),
    [
        (62.9, Judgement.OUT_OF_SPEC),
        (63.0, Judgement.OUT_OF_CONTROL),
        (69.1, Judgement.IN_CONTROL),
        (71.8, Judgement.IN_CONTROL),
        (78.0, Judgement.OUT_OF_CONTROL),
        (78.1, Judgement.OUT_OF_SPEC),
    ],
)
def test_limits_are_closed(value: float, judgement: Judgement) -> None:
    assert metrics()["rs_mohm_sq"].judge(value) is judgement


def test_a_window_says_its_limits_with_unit() -> None:
    assert metrics()["rs_mohm_sq"].allowed == "63 to 78 mohm/sq"
    assert metrics()["shear_g_mil2"].allowed == "at least 2.2 g/mil2"
    assert metrics()["missing_bumps"].allowed == "at most 0"


def test_the_windows_cannot_be_changed_by_who_reads_them() -> None:
    with pytest.raises(TypeError):
        metrics()["rs_mohm_sq"] = metrics()["bow_um"]  # type: ignore[index]  # refused: the point
