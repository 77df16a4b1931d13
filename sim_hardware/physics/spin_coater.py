"""Spin coating of the liquid resist into the openings, degassing and baking (C1 to C7)."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.kinetics import arrhenius, power
from sim_hardware.physics.sites import RHO, Sites, uniform
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import LiquidResist, Wafer

ATMOSPHERE_KPA: Final = 101.3


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of coater, resist and hotplate."""

    thickness_um: float
    viscosity_cst: float
    viscosity_kj_mol: float
    viscosity_exponent: float
    reference_c: float
    short_spin: float
    short_spin_s: float
    conformal_um: float
    levelling_s: float
    solids: float
    solvent: float
    solvent_shape: float
    diffusion_um2_s: float
    diffusion_kj_mol: float
    bake_c: float
    trapped: float
    escape_s: float
    edge_rise: float


@dataclass(frozen=True, slots=True)
class Coating:
    """How one wafer was spun, rested, degassed and baked."""

    rpm: float
    spin_s: float
    rest_s: float
    degas_kpa: float
    bake_c: float
    bake_s: float
    viscosity_cst: float
    resist_c: float


_M: Final = load("spin_coater", "machine", Machine)


def flat_um(run: Coating) -> float:
    """Dried thickness on a flat wafer (C1, C2)."""
    thinner = arrhenius(-_M.viscosity_kj_mol, run.resist_c, _M.reference_c)
    viscosity = run.viscosity_cst / _M.viscosity_cst * thinner
    spun = _M.thickness_um * power(viscosity, _M.viscosity_exponent) / math.sqrt(max(run.rpm, 1.0))
    return spun * (1.0 + _M.short_spin * math.exp(-run.spin_s / _M.short_spin_s))


def planarisation(run: Coating, diameter_um: Sites) -> Sites:
    """How level the wet resist lies over an opening, 1 is flat (C3)."""
    at_once = 1.0 / (1.0 + (diameter_um / _M.conformal_um) ** 2)
    level_s = _M.levelling_s * run.viscosity_cst / _M.viscosity_cst
    return at_once + (1.0 - at_once) * (1.0 - math.exp(-run.rest_s / level_s))


def _fill(floor_um: Sites, recess_um: Sites, trapped: float) -> Sites:
    covered = np.where(recess_um > 0.0, floor_um / np.maximum(recess_um, 1e-9), 1.0)
    return np.minimum(1.0, covered) * (1.0 - trapped)


def coat(wafer: Wafer, run: Coating) -> Wafer:
    """Coat the wafer (C1 to C7). Without openings there is only a flat layer over the film."""
    wet_um = flat_um(run) / _M.solids
    film = uniform(0.0) if wafer.film is None else wafer.film.thickness_um
    opening = wafer.opening
    diameter = 2.0 * (uniform(1.0) if opening is None else opening.wall_um)
    depth = uniform(0.0) if opening is None else film
    level = planarisation(run, diameter)
    floor = _M.solids * np.minimum(depth + wet_um, wet_um + level * depth)
    trapped = _M.trapped * math.exp(-run.rest_s / _M.escape_s)
    trapped *= min(1.0, run.degas_kpa / ATMOSPHERE_KPA)
    drying = _M.diffusion_um2_s * arrhenius(_M.diffusion_kj_mol, run.bake_c, _M.bake_c)
    resist = LiquidResist(
        film_um=flat_um(run),
        floor_um=floor,
        floor_pattern=1.0 + _M.edge_rise * RHO**2,
        fill=_fill(floor, uniform(0.0) if opening is None else opening.recess_height_um, trapped),
        solvent=_M.solvent * np.exp(-_M.solvent_shape * drying * run.bake_s / floor**2),
        dose_mj_cm2=uniform(0.0),
        removed_um=uniform(0.0),
        pull_um=uniform(0.0),
    )
    return replace(wafer, resist=resist)
