"""Lamination of the dry film and its settling before exposure (L1 to L6)."""

import math
from dataclasses import dataclass, replace
from typing import Final

from sim_hardware.physics.kinetics import arrhenius, logistic
from sim_hardware.physics.sites import RHO, tilt, uniform
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import DryFilm, Wafer

ATMOSPHERE_KPA: Final = 101.3


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of the roll laminator and of the film."""

    nip_bar: float
    nip_mm: float
    nip_s: float
    roll_c: float
    flow_kj_mol: float
    conformation: float
    voids_dry: float
    voids_decay: float
    voids_floor: float
    squeeze: float
    edge_thinning: float
    tilt: float
    adhesion_at_once: float
    settle_s: float
    hold_limit_s: float
    hold_decay_s: float
    wrinkle_c: float
    wrinkle_width_c: float
    wrinkle_m_min: float
    wrinkle_width_m_min: float


@dataclass(frozen=True, slots=True)
class Pass:
    """How one wafer went through the nip."""

    roll_c: float
    nip_bar: float
    m_min: float
    vacuum_kpa: float


_M: Final = load("laminator", "machine", Machine)


def flow(run: Pass) -> float:
    """How far the film flows in the nip, 1 at the nominal pass (L1)."""
    nip_s = _M.nip_mm * 1e-3 / (max(run.m_min, 0.01) / 60.0)
    pressed = run.nip_bar / _M.nip_bar * nip_s / _M.nip_s
    return pressed * arrhenius(_M.flow_kj_mol, run.roll_c, _M.roll_c)


def wrinkle_probability(run: Pass) -> float:
    """Chance of a wrinkle (L6), at most 1."""
    hot = logistic((run.roll_c - _M.wrinkle_c) / _M.wrinkle_width_c)
    fast = logistic((run.m_min - _M.wrinkle_m_min) / _M.wrinkle_width_m_min)
    return min(hot + fast, 1.0)


def exit_c(run: Pass) -> float:
    """Temperature of the web behind the rolls (L6)."""
    return run.roll_c - 45.0 + 10.0 / max(run.m_min, 0.01)


def laminate(wafer: Wafer, film_um: float, opacity_per_um: float, run: Pass) -> Wafer:
    """Put a fresh film on the wafer (L1 to L4); whatever was on it before is covered and lost."""
    flowed = flow(run)
    air = min(1.0, run.vacuum_kpa / ATMOSPHERE_KPA)
    voids = _M.voids_dry * math.exp(-_M.voids_decay * flowed)
    pattern = 1.0 - _M.edge_thinning * RHO**4 + tilt(_M.tilt, 0.0)
    conformation = 1.0 - math.exp(-_M.conformation * flowed)
    film = DryFilm(
        thickness_um=film_um * max(1.0 - _M.squeeze * flowed, 0.05) * pattern,
        conformation=conformation,
        voids=voids * (_M.voids_floor + (1.0 - _M.voids_floor) * air),
        wrinkle_probability=wrinkle_probability(run),
        opacity_per_um=opacity_per_um,
        adhesion=conformation * _M.adhesion_at_once,
        dose_mj_cm2=uniform(0.0),
        flood_mj_cm2=uniform(0.0),
        gap_um=0.0,
        overlay_um=uniform(0.0),
        lift_share=uniform(0.0),
        soak_s=uniform(0.0),
    )
    return replace(wafer, film=film, opening=None, resist=None)


def adhesion(film: DryFilm, hold_s: float) -> float:
    """Adhesion of the film after a hold of `hold_s` since lamination, 0 to 1 (L5)."""
    gained = (1.0 - _M.adhesion_at_once) * (1.0 - math.exp(-hold_s / _M.settle_s))
    late = math.exp(-max(hold_s - _M.hold_limit_s, 0.0) / _M.hold_decay_s)
    return film.conformation * (_M.adhesion_at_once + gained) * late
