"""Mathematics that several process models share: rate laws, switches and the error function."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GAS_CONSTANT_J_MOL_K: Final = 8.314
KELVIN: Final = 273.15
_LARGEST_EXPONENT: Final = 600.0  # exp() of more overflows a float


def arrhenius(energy_kj_mol: float, at_c: float, reference_c: float) -> float:
    """Rate at `at_c` over the rate at `reference_c`."""
    inverse = 1.0 / (at_c + KELVIN) - 1.0 / (reference_c + KELVIN)
    return math.exp(-energy_kj_mol * 1000.0 / GAS_CONSTANT_J_MOL_K * inverse)


def logistic(x: float) -> float:
    """A smooth switch from 0 to 1, safe for any finite argument."""
    return 1.0 / (1.0 + math.exp(min(-x, _LARGEST_EXPONENT)))


def erf(x: Array) -> Array:
    """The error function within 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x))
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027
               + t * 1.061405429))))  # fmt: skip
    return np.sign(x) * (1.0 - poly * np.exp(-(x**2)))


def shadow(x: Array, blur_um: Array) -> Array:
    """Light at `x` behind a blurred edge: 0 deep in the dark, 1 in the open (X3)."""
    return 0.5 * (1.0 + erf(x / (math.sqrt(2.0) * blur_um)))


def power(base: float, exponent: float) -> float:
    """A base below zero counts as zero: rates do not turn round."""
    return math.pow(max(base, 0.0), exponent)


def interpolated(x: Array, known_x: Array, known_y: Array) -> Array:
    """Linear interpolation row by row; outside the known range the end value holds."""
    out = np.empty(x.shape)
    for row in range(len(x)):
        out[row] = np.interp(x[row], known_x[row], known_y[row])
    return out


def running_integral(values: Array, along: Array) -> Array:
    """Trapezoidal integral of `values` from the first node of `along` to each, last axis."""
    cells = 0.5 * (values[..., 1:] + values[..., :-1]) * np.diff(along, axis=-1)
    start = np.zeros((*cells.shape[:-1], 1))
    return np.concatenate((start, np.cumsum(cells, axis=-1)), axis=-1)
