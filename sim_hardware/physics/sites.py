"""The 25 measured sites of a wafer and the fixed patterns that tools print across them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Sites = NDArray[np.float64]
Mask = NDArray[np.bool_]

EDGE_RADIUS_MM: Final = 97.0  # 200 mm wafer less 3 mm of edge exclusion
SITE_COUNT: Final = 25


def _frozen(values: Sites) -> Sites:
    values.setflags(write=False)
    return values


def _ring(value: Sites) -> Sites:
    return np.concatenate(([0.0], np.repeat(value, 8)))


# The centre, then eight sites on each of three circles; 1.0 is the edge exclusion.
RHO: Final = _frozen(_ring(np.array([0.35, 0.70, 0.98])))
THETA: Final = _frozen(np.concatenate(([0.0], np.tile(np.arange(8.0) * np.pi / 4, 3))))


def uniform(value: float) -> Sites:
    """The same value at every site."""
    return np.full(SITE_COUNT, value)


def bowl(a2: float) -> Sites:
    """A relative pattern that rises with the square of the radius and averages to one by area."""
    return 1.0 + a2 * (2.0 * RHO**2 - 1.0)


def tilt(a1: float, towards_rad: float) -> Sites:
    """A relative slope across the wafer, highest in the direction `towards_rad`."""
    return a1 * RHO * np.cos(THETA - towards_rad)


def edge(width_mm: float) -> Sites:
    """A rise that decays inwards from the edge over `width_mm`."""
    return np.exp(-(1.0 - RHO) * EDGE_RADIUS_MM / width_mm)


def ring_mean(values: Sites) -> float:
    """Mean over the wafer in which a site counts for its circle's length."""
    return float(np.average(values, weights=RHO))


def nonuniformity_pct(values: Sites) -> float:
    """Half the range over the mean, in percent; 0 where the mean is 0."""
    mean = float(values.mean())
    return 0.0 if mean == 0.0 else 50.0 * float(np.ptp(values)) / mean
