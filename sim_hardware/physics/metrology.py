"""What a person with instruments measures on a wafer after each step, by the windows' names."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from sim_hardware.physics import laminator, plasma_etcher, plating_cell, sputter
from sim_hardware.physics.bleaching import Recess
from sim_hardware.physics.developer import residual_fill
from sim_hardware.physics.sites import Sites, nonuniformity_pct, uniform
from sim_hardware.physics.stripper import film_share
from sim_hardware.physics.wafer import Wafer

Results = dict[str, float]

LEAK_NM: Final = 1.0  # metal between the bumps that conducts
LEAK_PCT: Final = 0.5  # residue, below which metal stays complete


def _mean(values: Sites) -> float:
    return float(values.mean())


def after_sputter(wafer: Wafer) -> Results:
    """Sheet resistance, thickness, bow and contact resistance; Rs is infinite without metal."""
    results = {
        "Rs_mohm": _mean(sputter.sheet_mohm(wafer)),
        "bow_um": sputter.bow_um(wafer),
        "Rc_mohm": sputter.contact_mohm(wafer),
        "nu_pct": max(
            (nonuniformity_pct(layer.nm) for layer in wafer.layers.values()), default=0.0
        ),
    }
    return results | {f"t_nm_{name}": _mean(layer.nm) for name, layer in wafer.layers.items()}


def after_laminate(wafer: Wafer, hold_s: float) -> Results:
    """Film thickness and adhesion `hold_s` after lamination; nothing without a film."""
    film = wafer.film
    if film is None:
        return {}
    return {
        "T_um": _mean(film.thickness_um),
        "nu_pct": nonuniformity_pct(film.thickness_um),
        "adhesion": laminator.adhesion(film, hold_s),
        "voids": film.voids,
        "wrinkle_p": film.wrinkle_probability,
    }


def after_expose1(wafer: Wafer) -> Results:
    """Dose and overlay of the pattern; nothing without a film."""
    if wafer.film is None:
        return {}
    return {"dose": _mean(wafer.film.dose_mj_cm2), "ov_um": _mean(wafer.film.overlay_um)}


def after_develop1(wafer: Wafer) -> Results:
    """Dimensions of the opening; nothing before it is developed."""
    opening = wafer.opening
    if opening is None:
        return {}
    return {
        "CD_top": 2.0 * _mean(opening.top_um),
        "CD_wall": 2.0 * _mean(opening.wall_um),
        "CD_bot": 2.0 * _mean(opening.wall_um + opening.recess_um),
        "wr": _mean(opening.recess_um),
        "hr": _mean(opening.recess_height_um),
        "Vr": _mean(opening.recess_um3),
        "scum_um": _mean(opening.scum_um),
        "lift": float(opening.lifted.any()),
    }


def after_spincoat(wafer: Wafer) -> Results:
    """Thickness on a flat and on the floor of an opening; nothing before coating."""
    resist = wafer.resist
    if resist is None:
        return {}
    return {
        "h_flat": resist.film_um,
        "floor_um": _mean(resist.floor_um),
        "fill": _mean(resist.fill),
        "solvent": _mean(resist.solvent),
        "nu_pct": nonuniformity_pct(resist.depth_um),
    }


def after_expose2(wafer: Wafer) -> Results:
    """Dose of the flood exposure; nothing without liquid resist."""
    return {} if wafer.resist is None else {"dose": _mean(wafer.resist.dose_mj_cm2)}


def after_develop2(wafer: Wafer) -> Results:
    """Scum, remaining fill, and the foot that metal will find; nothing before develop 1."""
    opening, film = wafer.opening, wafer.film
    if opening is None or film is None:
        return {}
    resist, kept = wafer.resist, residual_fill(wafer)
    bare = uniform(0.0)
    floor = bare if resist is None else resist.floor_um
    light = Recess(film.thickness_um, opening.recess_height_um, floor, film.opacity_per_um)
    return {
        "scum_um": _mean(bare if resist is None else resist.scum_um),
        "pull_um": _mean(bare if resist is None else resist.pull_um),
        "f_res": _mean(kept),
        "foot_left": _mean(opening.recess_um * (1.0 - kept)),
        "leak_pct": 100.0 * _mean(light.leak()),
    }


def after_plate(wafer: Wafer) -> Results:
    """Height, silver, mushrooms and missing bumps; no silver without solder."""
    d = wafer.deposit
    if d is None:
        return {}
    solder = plating_cell.silver_wt_pct(d)[d.solder_um3 > 0.0]
    silver = {"Ag": _mean(solder)} if solder.size else {}
    return silver | {
        "h_um": _mean(d.height_um),
        "nu_pct": nonuniformity_pct(d.height_um),
        "foot": _mean(d.foot_um),
        "mush": _mean(d.over_um),
        "D_mush": 2.0 * _mean(d.mushroom_radius_um),
        "bridge": float(plating_cell.bridged_sites(wafer)),
        "open_sites": float((~d.plated).sum()),
        "nodules": plating_cell.nodules(d),
        "h_stud": _mean(plating_cell.stud_um(d)),
    }


def after_strip(wafer: Wafer) -> Results:
    """Residue of film at the worst site and solder lost to the remover."""
    residue_pct = 100.0 * float(film_share(wafer).max())
    return {"residue_pct": residue_pct, "sn_loss": wafer.stripped_tin_um}


def after_etch(wafer: Wafer) -> Results:
    """Pad, undercut, metal left (worst site) and what else the plasma took."""
    pad, left = _mean(plasma_etcher.pad_um(wafer)), float(plasma_etcher.metal_left_nm(wafer).max())
    masked = 100.0 * float(film_share(wafer).max())
    return {
        "pad_cd": pad,
        "und_nm": _mean(wafer.etched.undercut_nm),
        "ubm_left_nm": left,
        "sn_loss_um": wafer.etched.solder_um,
        "sin_loss_nm": float(wafer.etched.passivation_nm.max()),
        "gap_um": wafer.pitch_um - pad,
        "leak": float(left > LEAK_NM or masked > LEAK_PCT),
        "masked_pct": masked,
        "wafer_C": wafer.etched.hottest_c,
    }


def after_reflow(wafer: Wafer) -> Results:
    """Height, shape and strength of the bumps, and the profile that made them."""
    b = wafer.bump
    if b is None:
        return {}
    widest = np.maximum(b.diameter_um, plasma_etcher.pad_um(wafer))
    return {
        "peak": b.peak_c,
        "tal": b.above_liquidus_s,
        "soak": b.soak_s,
        "ramp": b.heating_c_s,
        "cool": b.cooling_c_s,
        "oxide": b.oxide_nm,
        "wet": b.wetting,
        "H": _mean(b.height_um),
        "nu_pct": nonuniformity_pct(b.height_um),
        "coplan": float(np.ptp(b.height_um)),
        "Dmax": _mean(b.diameter_um),
        "base_cd": _mean(b.base_um),
        "imc": b.compound_um,
        "void": b.void_pct,
        "shear_gf": _mean(b.shear_gf),
        "shear_g_mil2": _mean(b.shear_g_mil2),
        "gap": wafer.pitch_um - float(widest.max()),
        "spher": b.sphericity,
    }


AFTER: Final[Mapping[str, Callable[[Wafer], Results]]] = MappingProxyType({
    "sputter": after_sputter,
    "expose1": after_expose1,
    "develop1": after_develop1,
    "spincoat": after_spincoat,
    "expose2": after_expose2,
    "develop2": after_develop2,
    "plate": after_plate,
    "strip": after_strip,
    "etch": after_etch,
    "reflow": after_reflow,
})  # fmt: skip
