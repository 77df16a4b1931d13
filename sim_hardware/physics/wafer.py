"""The true state of one wafer: its layers, openings, bumps and the steps that made them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim_hardware.physics.sites import EDGE_RADIUS_MM, Mask, Sites, uniform

NATIVE_OXIDE_NM = 3.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One step that the wafer went through, and when it ended."""

    step: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Layer:
    """A sputtered film. `resistivity_ratio` is against the same film from a clean chamber."""

    nm: Sites
    resistivity_ratio: float
    stress_mpa: float


@dataclass(frozen=True, slots=True)
class DryFilm:
    """The laminated negative film, its exposure and what the remover has done to it."""

    thickness_um: Sites
    conformation: float
    voids: float
    wrinkle_probability: float
    opacity_per_um: float  # of the cured film, at the wavelength of the flood exposure
    adhesion: float  # settled by the hold between lamination and exposure
    dose_mj_cm2: Sites  # where the mask is bright
    flood_mj_cm2: Sites  # without a mask: openings included
    gap_um: float
    overlay_um: Sites  # distance of the pattern from where it belongs
    lift_share: Sites  # 1 when the remover has lifted all of it
    soak_s: Sites  # time in the remover since then


@dataclass(frozen=True, slots=True)
class Opening:
    """The developed opening in the film. `front_um` is site by depth, from the foot upwards."""

    depth_um: Sites  # how far down the developer has come
    front_um: NDArray[np.float64]
    top_um: Sites
    wall_um: Sites
    recess_um: Sites
    recess_height_um: Sites
    recess_um3: Sites
    scum_um: Sites
    clear: Mask
    lifted: Mask


@dataclass(frozen=True, slots=True)
class LiquidResist:
    """The positive resist that fills the openings and their recess."""

    film_um: float
    floor_um: Sites
    floor_pattern: Sites  # the coater's pattern, multiplies the floor
    fill: Sites
    solvent: Sites
    dose_mj_cm2: Sites
    removed_um: Sites  # depth that the developer has cleared
    pull_um: Sites  # depth lost from the mouth of the recess

    @property
    def depth_um(self) -> Sites:
        """Thickness on the floor of the opening at each site before development."""
        return self.floor_um * self.floor_pattern

    @property
    def scum_um(self) -> Sites:
        """What still covers the floor of the opening."""
        return np.maximum(self.depth_um - self.removed_um, 0.0)


@dataclass(frozen=True, slots=True)
class Deposit:
    """What the cells have plated into one opening, per site."""

    stud_um3: Sites
    solder_um3: Sites
    silver_um3: Sites  # solder volume times its silver content in wt%
    height_um: Sites
    over_um: Sites  # mushroom above the film
    wall_um: Sites
    foot_um: Sites  # how far the metal reaches under the film
    foot_um3: Sites
    recess_height_um: Sites
    limit_share: Sites  # highest local current over the limiting current
    plated: Mask
    on_nickel: bool
    metal: str  # of the layer that grew last
    layer_start_um: Sites  # height when that layer began
    blanket_um: float  # plated on a wafer without a film
    mushroom_radius_um: Sites


@dataclass(frozen=True, slots=True)
class Etched:
    """What the plasma has taken besides the films themselves."""

    undercut_nm: Sites
    passivation_nm: Sites
    solder_um: float
    hottest_c: float


@dataclass(frozen=True, slots=True)
class Bump:
    """The result of reflow."""

    height_um: Sites
    diameter_um: Sites
    base_um: Sites
    shear_gf: Sites
    shear_g_mil2: Sites
    melted: bool
    wetting: float
    sphericity: float
    oxide_nm: float
    compound_um: float
    void_pct: float
    peak_c: float
    above_liquidus_s: float  # of the eutectic
    soak_s: float
    heating_c_s: float
    cooling_c_s: float


def _no_layers() -> Mapping[str, Layer]:
    return MappingProxyType({})


def _unetched() -> Etched:
    return Etched(uniform(0.0), uniform(0.0), 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Wafer:
    """All that is true of a wafer. Process functions return a new one and leave this alone."""

    name: str
    pitch_um: float = 200.0
    oxide_nm: float = NATIVE_OXIDE_NM
    layers: Mapping[str, Layer] = field(default_factory=_no_layers)  # bottom first
    film: DryFilm | None = None
    opening: Opening | None = None
    resist: LiquidResist | None = None
    deposit: Deposit | None = None
    etched: Etched = field(default_factory=_unetched)
    stripped_tin_um: float = 0.0
    bump: Bump | None = None
    history: tuple[Visit, ...] = ()

    @property
    def bump_count(self) -> float:
        """Openings inside the edge exclusion."""
        return math.pi * (EDGE_RADIUS_MM * 1000.0) ** 2 / self.pitch_um**2

    def visited(self, step: str, at_s: float) -> Self:
        """The same wafer with one more step in its history."""
        return replace(self, history=(*self.history, Visit(step, at_s)))

    def since_s(self, step: str, now_s: float) -> float | None:
        """Seconds since the last visit to `step`; None if it never was there."""
        times = [visit.at_s for visit in self.history if visit.step == step]
        return now_s - times[-1] if times else None

    def layer_nm(self, metal: str) -> Sites:
        """Thickness of one sputtered film; zero where there is none."""
        layer = self.layers.get(metal)
        return uniform(0.0) if layer is None else layer.nm

    def with_layer(self, metal: str, layer: Layer) -> Self:
        """The same wafer with one film added or replaced."""
        return replace(self, layers=MappingProxyType({**self.layers, metal: layer}))
