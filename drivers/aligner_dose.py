"""What the aligner works out from numbers alone: doses of light, and where the stage must go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from drivers.instruments.thorlabs_pm100 import MW_PER_W, DoseIntegrator

WAFER_EDGE_UM: Final = 97_000.0  # a rotation shows most at the outermost site
RAD_PER_MDEG: Final = math.pi / 180_000
NOT_SEEN_UM: Final = 999.0  # the controller reports 1000 for marks that it does not see


@dataclass(frozen=True, slots=True)
class PowerSample:
    """One reading of the meter, in W, and when it was taken."""

    at_s: float
    power_w: float


@dataclass(frozen=True, slots=True)
class Residual:
    """How far the marks of the wafer are from those of the reticle."""

    x_um: float
    y_um: float
    theta_mdeg: float

    @property
    def seen(self) -> bool:
        """Whether the marks were found at all."""
        return all(abs(value) < NOT_SEEN_UM for value in (self.x_um, self.y_um, self.theta_mdeg))

    @property
    def overlay_um(self) -> float:
        """The largest misplacement on the wafer: the shift, and the rotation at the edge."""
        edge_um = abs(self.theta_mdeg) * RAD_PER_MDEG * WAFER_EDGE_UM
        return math.hypot(self.x_um, self.y_um) + edge_um


@dataclass(frozen=True, slots=True)
class Senses:
    """Which way each axis takes its residual: 1 moves the stage along it, -1 against it.

    How the camera is mounted decides that, so it is learned from what a move did.
    """

    x: float = 1.0
    y: float = 1.0
    theta: float = 1.0

    def learned(self, before: Residual, after: Residual) -> Self:
        """The senses turned round where a move has made a residual larger."""
        return replace(
            self,
            x=_turned(self.x, before.x_um, after.x_um),
            y=_turned(self.y, before.y_um, after.y_um),
            theta=_turned(self.theta, before.theta_mdeg, after.theta_mdeg),
        )


def irradiance_mw_cm2(samples: Sequence[PowerSample], area_cm2: float) -> float:
    """The mean irradiance over `samples`; raise ValueError if there are none."""
    if not samples or not 0 < area_cm2 < math.inf:
        raise ValueError(f"{len(samples)} samples on {area_cm2:g} cm2 are no irradiance")
    return MW_PER_W * math.fsum(sample.power_w for sample in samples) / len(samples) / area_cm2


def dose_mj_cm2(samples: Sequence[PowerSample], area_cm2: float, seconds: float) -> float:
    """The dose that `seconds` of light gave, from samples taken meanwhile.

    The samples give the mean irradiance, by trapezoids; how long the light was on is known
    better than they could tell.
    """
    if len(samples) < 2 or samples[-1].at_s <= samples[0].at_s:
        return irradiance_mw_cm2(samples, area_cm2) * seconds
    integral = DoseIntegrator(area_cm2)
    for sample in samples:
        integral = integral.add(sample.at_s, sample.power_w)
    return integral.dose_mj_cm2 * seconds / (samples[-1].at_s - samples[0].at_s)


def _turned(sense: float, before: float, after: float) -> float:
    return -sense if abs(after) > 1.5 * abs(before) + 1.0 else sense
