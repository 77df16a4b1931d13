"""Stripping of both resists and what the remover does to the metals (R1 to R4)."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.kinetics import arrhenius
from sim_hardware.physics.sites import Sites, uniform
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import DryFilm, Wafer


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of remover and film."""

    diffusion_um2_s: float
    diffusion_kj_mol: float
    bath_c: float
    load_slope: float
    overcure: float
    overcure_mj_cm2: float
    mushroom_um: float
    residue: float
    residue_s: float
    tin_um_min: float
    tin_kj_mol: float
    copper_um_min: float


@dataclass(frozen=True, slots=True)
class Tank:
    """The remover as the wafer met it. `load` is dissolved film over the bath's limit."""

    bath_c: float
    agitation: float
    load: float


_M: Final = load("stripper", "machine", Machine)


def lift_s(wafer: Wafer, tank: Tank) -> Sites:
    """Time until the remover lifts the film (R1); zero without a film."""
    if wafer.film is None:
        return uniform(0.0)
    film = wafer.film
    warm = arrhenius(_M.diffusion_kj_mol, tank.bath_c, _M.bath_c)
    diffusion = _M.diffusion_um2_s * warm * max(1.0 - _M.load_slope * tank.load, 0.05)
    dose = float((film.dose_mj_cm2 + film.flood_mj_cm2).mean())  # the film lifts as one sheet
    overcured = 1.0 + _M.overcure * max(dose / _M.overcure_mj_cm2 - 1.0, 0.0)
    over = uniform(0.0) if wafer.deposit is None else wafer.deposit.over_um
    locked = 1.0 + over / _M.mushroom_um
    return film.thickness_um**2 / (4.0 * diffusion) * overcured * locked / max(tank.agitation, 0.05)


def _soaked(film: DryFilm, lift: Sites, seconds: float) -> DryFilm:
    to_go = (1.0 - film.lift_share) * lift
    share = np.minimum(film.lift_share + seconds / np.maximum(lift, 1e-9), 1.0)
    return replace(film, lift_share=share, soak_s=film.soak_s + np.maximum(seconds - to_go, 0.0))


def strip(wafer: Wafer, seconds: float, tank: Tank) -> Wafer:
    """Soak the wafer; calls for parts of a time add up.

    The liquid resist goes first and at once. A second strip takes more residue and more solder.
    """
    if seconds <= 0.0:
        return wafer
    film = None if wafer.film is None else _soaked(wafer.film, lift_s(wafer, tank), seconds)
    tin = tin_um_min(tank.bath_c) * seconds / 60.0
    solder = wafer.deposit is not None and bool((wafer.deposit.solder_um3 > 0.0).any())
    lost = wafer.stripped_tin_um + (tin if solder else 0.0)
    return replace(wafer, film=film, resist=None, stripped_tin_um=lost)


def tin_um_min(bath_c: float) -> float:
    """Attack of the remover on solder (R4)."""
    return _M.tin_um_min * arrhenius(_M.tin_kj_mol, bath_c, _M.bath_c)


def copper_um_min(bath_c: float) -> float:
    """Attack of the remover on copper (R4)."""
    return _M.copper_um_min * arrhenius(_M.tin_kj_mol, bath_c, _M.bath_c)


def film_share(wafer: Wafer) -> Sites:
    """Share of the area that film or its residue still covers (R2); zero without a film."""
    if wafer.film is None:
        return uniform(0.0)
    lifted = wafer.film.lift_share
    specks = _M.residue * np.exp(-wafer.film.soak_s / _M.residue_s)
    return np.where(lifted < 1.0, 1.0 - lifted, specks)
