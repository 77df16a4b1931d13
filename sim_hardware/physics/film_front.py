"""How the carbonate developer cuts an opening into the exposed dry film (X2 to X4, D3 to D5)."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim_hardware.physics.aligner import MACHINE as ALIGNER
from sim_hardware.physics.kinetics import running_integral, shadow
from sim_hardware.physics.sites import SITE_COUNT, Mask, Sites, uniform
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import DryFilm, Opening

Field = NDArray[np.float64]  # site by depth, from the foot of the film to its top

DEPTHS: Final = 32
STEPS: Final = 60
# Denser towards the foot, where the film is least cured.
SHARE: Final = (np.arange(DEPTHS) / (DEPTHS - 1.0)) ** 1.6
_TOP_HALF: Final = DEPTHS // 2  # by count of depths: the wall is looked for above
_LOWER: Final = SHARE < 0.5


@dataclass(frozen=True, slots=True)
class Film:
    """Constants of film and carbonate developer."""

    rate_um_s: float
    energy_kj_mol: float
    reference_c: float
    strong_wt_pct: float
    strong_slope: float
    reference_bar: float
    bar_exponent: float
    load_slope: float
    load_reference: float
    absorption_per_um: float
    reflectance: float
    half_dose_mj_cm2: float
    contrast: float
    cure_power: float
    inhibition: float
    inhibition_um: float
    lost_adhesion_gain: float
    index: float
    blur: float
    blur_floor_um: float
    lateral: float
    widest_um: float
    open_margin: float
    lift_um: float


FILM: Final = load("developer", "film", Film)


@dataclass(frozen=True, slots=True)
class Image:
    """The latent image in the film: dose relative to the local curing threshold, and its blur."""

    bright: Field
    flooded: Field
    blur_um: Field

    def cure(self, x_um: Field) -> Field:
        """Dose over threshold at `x_um` into the film from the edge of the mask."""
        return self.bright * shadow(x_um, self.blur_um) + self.flooded


def latent_image(film: DryFilm) -> Image:
    """The image that the exposure has left in the film (X2 to X4)."""
    thickness = film.thickness_um[:, None]
    above_foot = SHARE * thickness
    depth = thickness - above_foot
    a = FILM.absorption_per_um
    light = np.exp(-a * depth) + FILM.reflectance * np.exp(-a * (2.0 * thickness - depth))
    weak = FILM.inhibition * (1.0 + FILM.lost_adhesion_gain * (1.0 - film.adhesion))
    threshold = 1.0 + weak * np.exp(-above_foot / FILM.inhibition_um)
    relative = light / (FILM.half_dose_mj_cm2 * threshold)
    gap = film.gap_um + depth / FILM.index
    diffraction = FILM.blur**2 * ALIGNER.wavelength_um * gap
    spread = math.radians(ALIGNER.divergence_deg) * gap
    return Image(
        bright=film.dose_mj_cm2[:, None] * relative,
        flooded=film.flood_mj_cm2[:, None] * relative,
        blur_um=np.sqrt(diffraction + spread**2 + FILM.blur_floor_um**2),
    )


def uncured(cure: Field) -> Field:
    """Rate of dissolution over that of unexposed film (D4)."""
    return (1.0 + cure**FILM.contrast) ** -FILM.cure_power


def fresh_opening() -> Opening:
    """No opening yet: the developer stands on top of the film."""
    nothing, closed = uniform(0.0), np.zeros(SITE_COUNT, dtype=np.bool_)
    return Opening(
        depth_um=nothing,
        front_um=np.zeros((SITE_COUNT, DEPTHS)),
        top_um=uniform(ALIGNER.mask_radius_um),
        wall_um=uniform(ALIGNER.mask_radius_um),
        recess_um=nothing,
        recess_height_um=nothing,
        recess_um3=nothing,
        scum_um=nothing,
        clear=closed,
        lifted=closed,
    )


def advance(opening: Opening, film: DryFilm, rate_um_s: float, seconds: float) -> Opening:
    """Let the developer work for `seconds` more; calls for parts of a time add up."""
    image = latent_image(film)
    thickness = film.thickness_um
    down = rate_um_s * uncured(image.flooded[:, -1])  # a flooded film does not open
    reached_um = opening.depth_um + down * seconds
    depth = thickness[:, None] * (1.0 - SHARE)
    waiting = depth >= opening.depth_um[:, None]
    to_go = np.maximum(depth - opening.depth_um[:, None], 0.0)
    arrival = to_go / np.maximum(down, 1e-9)[:, None]
    lateral_s = np.where(waiting, np.maximum(seconds - arrival, 0.0), seconds)
    x = np.where(waiting, -2.0 * image.blur_um, opening.front_um)
    step = lateral_s / STEPS * FILM.lateral * rate_um_s
    for _ in range(STEPS):
        x = np.minimum(x + step * uncured(image.cure(x)), FILM.widest_um)
    front = np.where(depth < reached_um[:, None], x, 0.0)
    clear = reached_um > FILM.open_margin * thickness
    return measured(replace(opening, depth_um=reached_um, front_um=front, clear=clear), film)


def measured(opening: Opening, film: DryFilm) -> Opening:
    """The same opening with its dimensions read off the front (D5, D6)."""
    thickness = film.thickness_um
    radius = ALIGNER.mask_radius_um + opening.front_um
    wall: Sites = radius[:, _TOP_HALF:].min(axis=1)
    recess = np.maximum(radius[:, 0] - wall, 0.0)
    lifted: Mask = (recess > FILM.lift_um) | (wall >= ALIGNER.mask_radius_um + FILM.widest_um)
    return replace(
        opening,
        top_um=radius[:, -1],
        wall_um=wall,
        recess_um=recess,
        recess_height_um=_recess_height(radius, wall, thickness),
        recess_um3=_recess_volume(radius, wall, thickness),
        scum_um=np.maximum(thickness - opening.depth_um, 0.0),
        lifted=lifted,
    )


def _recess_height(radius: Field, wall: Sites, thickness: Sites) -> Sites:
    """Upper end of the highest slice in the lower half that is wider than the wall by 1 um."""
    wide = _LOWER & (radius > wall[:, None] + 1.0)
    ceiling = np.append(SHARE[1:], 1.0)
    share: Sites = np.where(wide, ceiling, 0.0).max(axis=1)
    return share * thickness


def _recess_volume(radius: Field, wall: Sites, thickness: Sites) -> Sites:
    """Volume outside the straight wall, over the slices that begin in the lower half."""
    slices = int(_LOWER.sum()) + 1
    ring = np.pi * np.maximum(radius**2 - wall[:, None] ** 2, 0.0)[:, :slices]
    return running_integral(ring, SHARE[:slices] * thickness[:, None])[:, -1]
