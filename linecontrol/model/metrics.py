"""Acceptance windows: what is measured after which visit, and what is good enough."""

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from functools import cache
from importlib import resources
from math import inf
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from linecontrol.model.frozen import Frozen, Name
from linecontrol.model.visits import VisitName

TOOL_GAUGES: Final = frozenset({"breakpoint camera", "profile logger"})


class Judgement(StrEnum):
    """Where a value lies in its window."""

    IN_CONTROL = auto()
    OUT_OF_CONTROL = auto()  # the wafer is good, the process has drifted
    OUT_OF_SPEC = auto()


class Metric(Frozen):
    """One measured quantity. Limits are closed; a missing one does not limit."""

    name: Name
    unit: str
    after: VisitName
    target: float
    control_low: float | None = None
    control_high: float | None = None
    spec_low: float | None = None
    spec_high: float | None = None
    gauge: str
    gauge_sigma: Annotated[float, Field(ge=0)]
    action: str

    def judge(self, value: float) -> Judgement:
        """Where `value`, in the metric's unit, lies; NaN is out of spec."""
        if not _inside(self.spec_low, value, self.spec_high):
            return Judgement.OUT_OF_SPEC
        if not _inside(self.control_low, value, self.control_high):
            return Judgement.OUT_OF_CONTROL
        return Judgement.IN_CONTROL

    @property
    def by_tool(self) -> bool:
        """Whether the tool takes it itself, so that nobody is asked for it."""
        return self.gauge in TOOL_GAUGES

    @property
    def allowed(self) -> str:
        """The spec limits in words, with unit."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.spec_low is None:
            return f"at most {self.spec_high:g}{unit}"
        if self.spec_high is None:
            return f"at least {self.spec_low:g}{unit}"
        return f"{self.spec_low:g} to {self.spec_high:g}{unit}"


class _WindowFile(Frozen):
    schema_version: Literal[1]
    metrics: Annotated[Sequence[Metric], Field(alias="metric"), AfterValidator(tuple)]


@cache
def metrics() -> Mapping[str, Metric]:
    """Every metric by name, in the order of the method."""
    text = resources.files("linecontrol.model").joinpath("windows.toml").read_text("utf-8")
    listed = _WindowFile.model_validate(tomllib.loads(text)).metrics
    return MappingProxyType({metric.name: metric for metric in listed})


def metrics_after(visit: VisitName) -> tuple[Metric, ...]:
    """What can be measured on a wafer after `visit`."""
    return tuple(metric for metric in metrics().values() if metric.after == visit)


def _inside(low: float | None, value: float, high: float | None) -> bool:
    return (-inf if low is None else low) <= value <= (inf if high is None else high)
