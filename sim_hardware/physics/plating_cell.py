"""Electroplating of stud and solder into the openings (P1 to P10)."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.developer import residual_fill
from sim_hardware.physics.kinetics import arrhenius
from sim_hardware.physics.sites import (
    EDGE_RADIUS_MM,
    RHO,
    SITE_COUNT,
    Mask,
    Sites,
    edge,
    ring_mean,
    tilt,
    uniform,
)
from sim_hardware.physics.sputter import sheet_mohm
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import Deposit, DryFilm, Wafer

METALS: Final = ("Cu", "Ni", "SnAg")
_FARADAY_C_MOL: Final = 96485.0
_ELECTRONS: Final = 2.0
_WHOLE_WAFER_DM2: Final = math.pi * (EDGE_RADIUS_MM / 100.0) ** 2


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of the cell."""

    target_radius_um: float
    cathode_ohm_v: float
    edge_gain: float
    edge_mm: float
    tilt: float
    tilt_towards_rad: float
    film_um: float
    depth_share: float
    limit_power: float
    ageing_per_ah_l: float
    silver_wt_pct: float
    silver_a_dm2: float
    nodules: float
    nodule_onset: float
    scum_limit_um: float
    bridge_um: float
    cell_v: float
    tafel_v: float
    exchange_a: float
    bath_ohm: float
    contact_ohm: float


@dataclass(frozen=True, slots=True)
class Electrolyte:
    """One bath."""

    rate_um_min: float
    efficiency: float
    bath_c: float
    mol_l: float
    diffusion_cm2_s: float
    diffusion_kj_mol: float


@dataclass(frozen=True, slots=True)
class Cell:
    """How a cell ran. `shield` 0 to 1; `agitation` 1 nominal; `ah_per_l` is the bath's age."""

    bath_c: float
    shield: float
    agitation: float
    ah_per_l: float


M: Final = load("plating_cell", "machine", Machine)
_BATHS: Final = tuple(load("plating_cell", metal, Electrolyte) for metal in METALS)


def electrolyte(metal: str) -> Electrolyte:
    """The bath for a metal; ValueError for a metal that is not plated here."""
    return _BATHS[METALS.index(metal)]


def open_area_dm2(wafer: Wafer) -> float:
    """Area that the current is meant for: all openings at their target size (P3)."""
    return wafer.bump_count * math.pi * M.target_radius_um**2 * 1e-10


def amps_for(wafer: Wafer, a_dm2: float) -> float:
    """Current that gives `a_dm2` in openings of the target size (P3)."""
    return a_dm2 * open_area_dm2(wafer)


def cell_volts(amps: float, contact_ohm: float = M.contact_ohm) -> float:
    """Voltage between anode and wafer; a bad contact adds its own drop."""
    if amps <= 0.0:
        return 0.0
    tafel = M.tafel_v * math.log(max(amps / M.exchange_a, 1.0))
    return M.cell_v + tafel + amps * (M.bath_ohm + contact_ohm)


def empty_deposit(wafer: Wafer) -> Deposit:
    """Nothing plated yet, in the openings as they are now (P1)."""
    nothing = uniform(0.0)
    opening = wafer.opening
    wall = uniform(M.target_radius_um) if opening is None else opening.wall_um
    free = 1.0 - residual_fill(wafer)
    return Deposit(
        stud_um3=nothing,
        solder_um3=nothing,
        silver_um3=nothing,
        height_um=nothing,
        over_um=nothing,
        wall_um=wall,
        foot_um=nothing if opening is None else opening.recess_um * free,
        foot_um3=nothing if opening is None else opening.recess_um3 * free,
        recess_height_um=nothing if opening is None else opening.recess_height_um,
        limit_share=nothing,
        plated=np.zeros(SITE_COUNT, dtype=np.bool_),
        on_nickel=False,
        metal="",
        layer_start_um=nothing,
        blanket_um=0.0,
        mushroom_radius_um=wall,
    )


def openings_that_plate(wafer: Wafer) -> Mask:
    """Sites where metal is bare at the bottom of an opening (P1)."""
    opening = wafer.opening
    if opening is None or wafer.film is None or not wafer.layers:
        return np.zeros(SITE_COUNT, dtype=np.bool_)
    bare = opening.clear & (opening.scum_um <= M.scum_limit_um)
    if wafer.resist is not None:
        bare = bare & (wafer.resist.scum_um <= M.scum_limit_um)
    return bare


def spread(wafer: Wafer, amps: float, shield: float) -> Sites:
    """Local over mean current density (P5): terminal effect, edge and tilt."""
    drop_v = amps * np.minimum(sheet_mohm(wafer), 1e6) * 1e-3 / (4.0 * math.pi)
    open_share = 1.0 - shield
    terminal = drop_v / M.cathode_ohm_v * (RHO**2 - 0.5) * open_share
    rim = M.edge_gain * edge(M.edge_mm) * open_share
    local = np.maximum(1.0 + terminal + rim + tilt(M.tilt, M.tilt_towards_rad), 0.05)
    return local / ring_mean(local)


def limiting_a_dm2(metal: str, cell: Cell, depth_um: Sites) -> Sites:
    """Current density at which the metal ions run out at the bottom of the recess (P6)."""
    bath = electrolyte(metal)
    layer_um = M.film_um / math.sqrt(max(cell.agitation, 1e-3)) + M.depth_share * depth_um
    diffusion = bath.diffusion_cm2_s * arrhenius(bath.diffusion_kj_mol, cell.bath_c, bath.bath_c)
    flux = _ELECTRONS * _FARADAY_C_MOL * diffusion * bath.mol_l * 1e-3
    return 100.0 * flux / (1e-4 * layer_um)


def efficiency(metal: str, ah_per_l: float, limit_share: Sites) -> Sites:
    """Share of the current that deposits metal (P4)."""
    aged = max(electrolyte(metal).efficiency * (1.0 - M.ageing_per_ah_l * ah_per_l), 0.0)
    p = M.limit_power
    return aged / (1.0 + limit_share**p) ** (1.0 / p)


def plate(wafer: Wafer, metal: str, amps: float, seconds: float, cell: Cell) -> Wafer:
    """Pass current; calls for parts of a charge add up. Nothing grows where nothing is open.

    Without a film the metal goes everywhere. The diffusion layer is taken as it was when the
    metal's layer began, so that the result does not depend on how a charge is cut up. A site
    that is closed takes its share of the current with it, as if a dummy bump stood there.
    """
    before = _begun(wafer)
    if amps <= 0.0 or seconds <= 0.0 or not wafer.layers:
        return replace(wafer, deposit=before)
    if wafer.film is None:
        grown = efficiency(metal, cell.ah_per_l, uniform(0.0))[0] * amps / _WHOLE_WAFER_DM2
        grown *= electrolyte(metal).rate_um_min * seconds / 60.0
        blanket = replace(before, blanket_um=before.blanket_um + float(grown))
        return replace(wafer, deposit=blanket)
    density = amps / open_area_dm2(wafer) * (M.target_radius_um / before.wall_um) ** 2
    density = density * spread(wafer, amps, cell.shield)
    after = replace(before, plated=openings_that_plate(wafer))
    if after.metal != metal:
        after = replace(after, metal=metal, layer_start_um=after.height_um)
    return replace(wafer, deposit=_grow(after, wafer.film, metal, density, seconds, cell))


def _begun(wafer: Wafer) -> Deposit:
    """What is there already; the openings count as they were when metal first grew in them."""
    if wafer.deposit is None:
        return empty_deposit(wafer)
    if wafer.deposit.plated.any():
        return wafer.deposit
    old = wafer.deposit
    return replace(empty_deposit(wafer), blanket_um=old.blanket_um, on_nickel=old.on_nickel)


def _grow(d: Deposit, film: DryFilm, metal: str, a_dm2: Sites, seconds: float,
          cell: Cell) -> Deposit:  # fmt: skip
    depth = np.maximum(film.thickness_um - d.layer_start_um, 0.0)
    share = a_dm2 / limiting_a_dm2(metal, cell, depth)
    um_s = electrolyte(metal).rate_um_min / 60.0 * efficiency(metal, cell.ah_per_l, share) * a_dm2
    grown = np.where(d.plated, um_s * seconds * np.pi * d.wall_um**2, 0.0)
    solder = metal == "SnAg"
    silver = M.silver_wt_pct * M.silver_a_dm2 / a_dm2  # P7
    filled = replace(
        d,
        stud_um3=d.stud_um3 + (0.0 if solder else grown),
        solder_um3=d.solder_um3 + (grown if solder else 0.0),
        silver_um3=d.silver_um3 + (grown * silver if solder else 0.0),
        limit_share=np.maximum(d.limit_share, np.where(d.plated, share, 0.0)),
        on_nickel=d.on_nickel or metal == "Ni",
    )
    return _levelled(filled, film)


def _levelled(d: Deposit, film: DryFilm) -> Deposit:
    """Height of the metal in the opening, and of the mushroom above it (P8)."""
    area = np.pi * d.wall_um**2
    straight = np.maximum(d.stud_um3 + d.solder_um3 - d.foot_um3, 0.0) / area
    over = cap_um(d.wall_um, area * np.maximum(straight - film.thickness_um, 0.0))
    height = np.minimum(straight, film.thickness_um) + over
    return replace(d, height_um=height, over_um=over, mushroom_radius_um=d.wall_um + over)


def mushroom_um3(radius_um: Sites, over_um: Sites) -> Sites:
    """Volume of a mushroom that stands `over_um` above and beyond an opening (P8)."""
    r, e = radius_um, over_um
    return np.pi * r**2 * e + np.pi**2 / 2.0 * r * e**2 + 2.0 * np.pi / 3.0 * e**3


def cap_um(radius_um: Sites, volume_um3: Sites) -> Sites:
    """Height of the mushroom that holds `volume_um3`, by Newton's method from above."""
    r = radius_um
    e = volume_um3 / (np.pi * r**2)
    for _ in range(40):
        slope = np.pi * r**2 + np.pi**2 * r * e + 2.0 * np.pi * e**2
        e = e - (mushroom_um3(r, e) - volume_um3) / slope
    return np.maximum(e, 0.0)


def stud_um(d: Deposit) -> Sites:
    """Height of the metal below the solder (P9)."""
    base = np.pi * (d.wall_um + d.foot_um) ** 2
    low = np.minimum(d.stud_um3 / base, d.recess_height_um)
    rest = np.maximum(d.stud_um3 - base * d.recess_height_um, 0.0)
    return low + rest / (np.pi * d.wall_um**2)


def silver_wt_pct(d: Deposit) -> Sites:
    """Silver in the solder (P7); zero without solder."""
    return np.where(d.solder_um3 > 0.0, d.silver_um3 / np.maximum(d.solder_um3, 1e-9), 0.0)


def nodules(d: Deposit) -> float:
    """Nodules per wafer from running near the limiting current (P10)."""
    return M.nodules * max(float(d.limit_share.max()) - M.nodule_onset, 0.0)


def bridged_sites(wafer: Wafer) -> int:
    """Sites whose mushrooms touch their neighbours (P8)."""
    if wafer.deposit is None:
        return 0
    widest = 2.0 * wafer.deposit.mushroom_radius_um
    return int((widest > wafer.pitch_um - M.bridge_um).sum())
