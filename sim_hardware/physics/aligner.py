"""Exposure through the mask and, without one, of the whole wafer (X1, X5, F1)."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.laminator import adhesion
from sim_hardware.physics.sites import EDGE_RADIUS_MM, RHO, THETA, Sites
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import DryFilm, Wafer


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of lamp, optics and mask."""

    lamp_mw_cm2: float
    lamp_decay_h: float
    edge_loss: float
    mask_radius_um: float
    scale_ppm_k: float
    wavelength_um: float
    divergence_deg: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where the mask was when the shutter opened."""

    gap_um: float
    x_um: float
    y_um: float
    wafer_warmer_k: float = 0.0  # than the mask: the pattern comes out of scale


MACHINE: Final = load("aligner", "machine", Machine)


def irradiance_mw_cm2(lamp_h: float) -> float:
    """Intensity of a lamp after `lamp_h` burning hours (X1)."""
    return MACHINE.lamp_mw_cm2 * math.exp(-lamp_h / MACHINE.lamp_decay_h)


def pattern() -> Sites:
    """Irradiance across the wafer over that of its centre."""
    return 1.0 - MACHINE.edge_loss * RHO**2


def overlay_um(alignment: Alignment) -> Sites:
    """Distance of the printed pattern from its place (X5)."""
    ppm = MACHINE.scale_ppm_k * alignment.wafer_warmer_k
    radial = ppm * 1e-3 * RHO * EDGE_RADIUS_MM
    return np.hypot(alignment.x_um + radial * np.cos(THETA),
                    alignment.y_um + radial * np.sin(THETA))  # fmt: skip


def _expose_film(film: DryFilm, dose: Sites, mask: Alignment | None, hold_s: float) -> DryFilm:
    if mask is None:
        return replace(film, flood_mj_cm2=film.flood_mj_cm2 + dose, adhesion=adhesion(film, hold_s))
    return replace(film, dose_mj_cm2=film.dose_mj_cm2 + dose, adhesion=adhesion(film, hold_s),
                   gap_um=mask.gap_um, overlay_um=overlay_um(mask))  # fmt: skip


def expose(wafer: Wafer, dose_mj_cm2: float, mask: Alignment | None, hold_s: float) -> Wafer:
    """Add a dose; several exposures add up. `mask` None is a flood exposure.

    `hold_s` since lamination settles the film's adhesion. The mask is dark where bumps will be,
    so light through it never reaches the liquid resist in an opening.
    """
    dose = dose_mj_cm2 * pattern()
    if wafer.resist is not None:
        lit = replace(wafer.resist, dose_mj_cm2=wafer.resist.dose_mj_cm2 + dose)
        return wafer if mask else replace(wafer, resist=lit)
    if wafer.film is None or wafer.opening is not None:
        return wafer
    return replace(wafer, film=_expose_film(wafer.film, dose, mask, hold_s))
