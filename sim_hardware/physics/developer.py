"""Development of the dry film in carbonate and of the liquid resist in TMAH (D1, D2, D7, D8)."""

import math
from dataclasses import dataclass, replace

import numpy as np

from sim_hardware.physics.bleaching import LIQUID, Recess, descent, pulled_um
from sim_hardware.physics.film_front import FILM, advance, fresh_opening
from sim_hardware.physics.kinetics import arrhenius, interpolated, power
from sim_hardware.physics.sites import Sites, uniform
from sim_hardware.physics.wafer import LiquidResist, Wafer


@dataclass(frozen=True, slots=True)
class Spray:
    """The carbonate developer as it reached the wafer. `load` is dissolved film over its limit."""

    bath_c: float
    wt_pct: float
    bar: float
    load: float


def film_rate_um_s(spray: Spray) -> float:
    """Dissolution of unexposed film (D1)."""
    warm = arrhenius(FILM.energy_kj_mol, spray.bath_c, FILM.reference_c)
    strong = math.exp(-FILM.strong_slope * max(0.0, spray.wt_pct - FILM.strong_wt_pct))
    strength = math.sqrt(max(spray.wt_pct, 0.0)) * strong
    impact = power(spray.bar / FILM.reference_bar, FILM.bar_exponent)
    reference = 1.0 - FILM.load_slope * FILM.load_reference
    fresh = max(1.0 - FILM.load_slope * spray.load, 0.0) / reference
    return FILM.rate_um_s * warm * strength * impact * fresh


def breakpoint_s(wafer: Wafer, spray: Spray) -> float:
    """When the developer reaches the metal on the average site (D2); infinite if it never does."""
    rate = film_rate_um_s(spray)
    if wafer.film is None or rate <= 0.0:
        return math.inf
    return float(wafer.film.thickness_um.mean()) / rate


def develop_film(wafer: Wafer, seconds: float, spray: Spray) -> Wafer:
    """Spray carbonate on the wafer; may be called again to go on.

    Without a film there is nothing to do, and liquid resist shields the opening.
    """
    rate = film_rate_um_s(spray)
    if wafer.film is None or wafer.resist is not None or rate <= 0.0 or seconds <= 0.0:
        return wafer
    opening = fresh_opening() if wafer.opening is None else wafer.opening
    return replace(wafer, opening=advance(opening, wafer.film, rate, seconds))


def liquid_speed(bath_c: float, wt_pct: float) -> float:
    """Speed of a TMAH developer over that of the reference (D7)."""
    warm = arrhenius(LIQUID.energy_kj_mol, bath_c, LIQUID.reference_c)
    return warm * (wt_pct / LIQUID.reference_wt_pct) ** 3


def clearing_s(wafer: Wafer, bath_c: float, wt_pct: float) -> Sites:
    """Time in TMAH until the floor of the opening is free (D7); zero without liquid resist."""
    if wafer.resist is None:
        return uniform(0.0)
    resist = wafer.resist
    _, times = descent(resist.depth_um, resist.dose_mj_cm2, resist.solvent)
    return times[:, -1] / max(liquid_speed(bath_c, wt_pct), 1e-9)


def _recess(wafer: Wafer, resist: LiquidResist) -> Recess:
    film, opening = wafer.film, wafer.opening
    return Recess(
        film_um=uniform(0.0) if film is None else film.thickness_um,
        height_um=uniform(0.0) if opening is None else opening.recess_height_um,
        floor_um=resist.floor_um,
        opacity_per_um=0.0 if film is None else film.opacity_per_um,
    )


def develop_liquid(wafer: Wafer, seconds: float, bath_c: float, wt_pct: float) -> Wafer:
    """Puddle TMAH on the wafer; may be called again to go on. The dry film is not attacked."""
    if wafer.resist is None or seconds <= 0.0:
        return wafer
    resist = wafer.resist
    dose = resist.dose_mj_cm2
    worked_s = seconds * liquid_speed(bath_c, wt_pct)  # in the reference developer
    depth, times = descent(resist.depth_um, dose, resist.solvent)
    begun = interpolated(resist.removed_um[:, None], depth, times)[:, 0]
    removed = interpolated((begun + worked_s)[:, None], times, depth)[:, 0]
    left_s = np.maximum(begun + worked_s - times[:, -1], 0.0)
    pull = pulled_um(resist.pull_um, _recess(wafer, resist), dose, left_s)
    return replace(wafer, resist=replace(resist, removed_um=removed, pull_um=pull))


def residual_fill(wafer: Wafer) -> Sites:
    """Share of the recess that liquid resist still fills (D8); zero if it was never coated."""
    if wafer.resist is None or wafer.opening is None:
        return uniform(0.0)
    width = np.maximum(wafer.opening.recess_um, 1e-9)
    kept = np.clip(1.0 - wafer.resist.pull_um / width, 0.0, 1.0)
    narrow = wafer.opening.recess_um < LIQUID.narrowest_um
    return np.where(narrow, 1.0, wafer.resist.fill * kept)
