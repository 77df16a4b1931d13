"""Exposure and dissolution of the positive liquid resist in an opening (F2, F3, D7, D8)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim_hardware.physics.aligner import MACHINE as ALIGNER
from sim_hardware.physics.kinetics import interpolated, running_integral, shadow
from sim_hardware.physics.sites import Sites
from sim_hardware.physics.tables import load

Array = NDArray[np.float64]

_NODES: Final = 400  # of the depth profile: clears within 0.1 % of a much finer one
_DEEPEST: Final = 14.0  # log-odds of the inhibitor where the light has not come
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Liquid:
    """Constants of liquid resist and TMAH developer."""

    bleached_absorption_per_um: float
    base_absorption_per_um: float
    sensitivity_cm2_mj: float
    fastest_um_s: float
    slowest_um_s: float
    selectivity: float
    threshold: float
    energy_kj_mol: float
    reference_c: float
    reference_wt_pct: float
    solvent_gain: float
    lateral: float
    blur: float
    blur_floor_um: float
    index: float
    narrowest_um: float


LIQUID: Final = load("developer", "liquid", Liquid)


def dissolution_um_s(inhibitor: Array) -> Array:
    """Rate in the reference developer for an inhibitor share of 0 to 1 (D7)."""
    n = LIQUID.selectivity
    a = (n + 1.0) / (n - 1.0) * (1.0 - LIQUID.threshold) ** n
    converted = (1.0 - inhibitor) ** n
    rate: Array = LIQUID.fastest_um_s * (a + 1.0) * converted / (a + converted)
    return rate + LIQUID.slowest_um_s


def inhibitor_profile(dose_mj_cm2: Sites) -> tuple[Array, Array]:
    """Depth below the surface and inhibitor there, site by node, for a resist that bleaches (F2).

    Babu and Barouch's integral, taken over the log-odds of the inhibitor.
    """
    exposed = np.maximum(LIQUID.sensitivity_cm2_mj * dose_mj_cm2, 1e-9)
    surface = -exposed - np.log(-np.expm1(-exposed))
    share = np.linspace(0.0, 1.0, _NODES)
    deepest = np.maximum(_DEEPEST, surface + 1.0)
    odds = surface[:, None] + (deepest - surface)[:, None] * share
    inhibitor, bleached = 1.0 / (1.0 + np.exp(-odds)), 1.0 / (1.0 + np.exp(odds))
    absorption = LIQUID.bleached_absorption_per_um * bleached
    absorption += LIQUID.base_absorption_per_um * np.logaddexp(0.0, -odds)
    return running_integral(bleached / absorption, odds), inhibitor


def descent(depth_um: Sites, dose_mj_cm2: Sites, solvent: Sites) -> tuple[Array, Array]:
    """Depth nodes down to `depth_um` and when the reference developer is there, site by node."""
    below, inhibitor = inhibitor_profile(dose_mj_cm2)
    depth = depth_um[:, None] * np.linspace(0.0, 1.0, _NODES)
    local = interpolated(depth, below, inhibitor)
    rate = dissolution_um_s(local) * (1.0 + LIQUID.solvent_gain * solvent)[:, None]
    return depth, running_integral(1.0 / rate, depth)


@dataclass(frozen=True, slots=True)
class Recess:
    """What decides how much light reaches the resist under the film's foot."""

    film_um: Sites
    height_um: Sites
    floor_um: Sites
    opacity_per_um: float

    def leak(self) -> Sites:
        """Share of the light that the cured film above the recess lets through (F3)."""
        return np.exp(-self.opacity_per_um * (self.film_um - self.height_um))

    def blur_um(self) -> Sites:
        """Blur of the lip's shadow: only the path below the lip counts (F3)."""
        path = self.height_um / LIQUID.index
        spread = math.radians(ALIGNER.divergence_deg) * path
        diffraction = LIQUID.blur**2 * ALIGNER.wavelength_um * path
        return np.sqrt(diffraction + spread**2 + LIQUID.blur_floor_um**2)


def pulled_um(start_um: Sites, recess: Recess, dose_mj_cm2: Sites, seconds: Sites) -> Sites:
    """Front in the recess after `seconds` more of the reference developer (D8)."""
    leak, blur = recess.leak(), recess.blur_um()
    light = dose_mj_cm2 * np.exp(-LIQUID.base_absorption_per_um * recess.floor_um)
    x, step = start_um, seconds / _STEPS * LIQUID.lateral
    for _ in range(_STEPS):
        dose = light * (leak + (1.0 - leak) * shadow(-x, blur))
        x = x + step * dissolution_um_s(np.exp(-LIQUID.sensitivity_cm2_mj * dose))
    return x
