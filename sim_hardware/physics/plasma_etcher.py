"""Plasma etching of the metal between the bumps (E1 to E9)."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.kinetics import arrhenius
from sim_hardware.physics.sites import Sites, bowl, uniform
from sim_hardware.physics.stripper import film_share
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import Wafer


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of chamber and chuck."""

    watts: float
    bias_v: float
    mtorr: float
    sccm: float
    chuck_c: float
    ageing_h: float
    ageing: float
    lateral: float
    lateral_mtorr_exponent: float
    lateral_bias_exponent: float
    bowl_argon: float
    bowl_reactive: float
    bowl_mtorr: float
    heat_c_w: float
    bias_heat_w_v: float
    no_helium: float
    helium_torr: float
    clear_share: float
    light_smoothing_s: float
    light_floor: float


@dataclass(frozen=True, slots=True)
class Reaction:
    """One film in one gas."""

    nm_min: float
    watts: float
    bias: float
    pressure: float
    flow: float
    energy_kj_mol: float


@dataclass(frozen=True, slots=True)
class Plasma:
    """How a stretch of etching ran."""

    gas: str
    watts: float
    bias_v: float
    mtorr: float
    sccm: float
    chuck_c: float
    rf_hours: float
    helium_torr: float


M: Final = load("plasma_etcher", "machine", Machine)
_KEYS: Final = ("Cu_Ar", "Sn_Ar", "SiN_Ar", "TiW_SF6", "Ti_SF6", "Ti_Cl2", "SiN_SF6", "Sn_SF6")
_REACTIONS: Final = tuple(load("plasma_etcher", key, Reaction) for key in _KEYS)


def fresh_rate_nm_min(film: str, plasma: Plasma) -> float:
    """Rate in a clean chamber (E1); 0 where the gas does not take the film or power is off."""
    key = f"{film}_{plasma.gas}"
    if key not in _KEYS or min(plasma.watts, plasma.bias_v, plasma.mtorr, plasma.sccm) <= 0.0:
        return 0.0
    r = _REACTIONS[_KEYS.index(key)]
    power = (plasma.watts / M.watts) ** r.watts * (plasma.bias_v / M.bias_v) ** r.bias
    supply = (plasma.mtorr / M.mtorr) ** r.pressure * (plasma.sccm / M.sccm) ** r.flow
    return r.nm_min * power * supply * arrhenius(r.energy_kj_mol, plasma.chuck_c, M.chuck_c)


def rate_nm_min(film: str, plasma: Plasma) -> float:
    """Mean rate on a metal film (E1): slows as the chamber gets dirty."""
    dirty = max(1.0 - M.ageing * plasma.rf_hours / M.ageing_h, 0.05)
    return fresh_rate_nm_min(film, plasma) * dirty


def pattern(plasma: Plasma) -> Sites:
    """Rate across the wafer over its mean (E3): the centre is fastest."""
    if plasma.gas == "Ar":
        return bowl(-M.bowl_argon)
    ratio = max(plasma.mtorr, 0.1) / M.mtorr
    return bowl(-(M.bowl_reactive + M.bowl_mtorr * float(np.log(ratio))))


def clearing_s(wafer: Wafer, film: str, plasma: Plasma) -> Sites:
    """Time until the film is gone at each site (E2); infinite where it is not etched."""
    nm_s = rate_nm_min(film, plasma) / 60.0 * pattern(plasma)
    nm = wafer.layer_nm(film)
    return np.where(nm > 0.0, np.divide(nm, nm_s, out=uniform(np.inf), where=nm_s > 0.0), 0.0)


def endpoint_s(clearing: Sites) -> float:
    """When a set share of the area is clear (E4)."""
    return float(np.quantile(clearing, M.clear_share))


def emission(clearing: Sites, seconds: float) -> float:
    """Light of the etched film at `seconds`, 1 at the start, a floor when all is clear (E4).

    Every site's step is smoothed over the residence time of the gas, so the signal is closed-form.
    """
    burning = np.clip((clearing - seconds) / M.light_smoothing_s + 0.5, 0.0, 1.0)
    return M.light_floor + (1.0 - M.light_floor) * float(burning.mean())


def wafer_c(plasma: Plasma) -> float:
    """Temperature that the wafer settles at (E8): helium behind it carries the heat away."""
    rise = M.heat_c_w * (plasma.watts + M.bias_heat_w_v * plasma.bias_v)
    loose = 1.0 if plasma.helium_torr >= M.helium_torr else M.no_helium
    return plasma.chuck_c + rise * loose


def lateral_share(plasma: Plasma) -> float:
    """Sideways over downward rate under the bump (E6); argon does not undercut."""
    if plasma.gas == "Ar":
        return 0.0
    pressure = (plasma.mtorr / M.mtorr) ** M.lateral_mtorr_exponent
    return M.lateral * pressure * (M.bias_v / plasma.bias_v) ** M.lateral_bias_exponent


def bared_s(wafer: Wafer, film: str, clearing: Sites, seconds: float) -> Sites:
    """How long the gas reaches `film` in a stretch: not under another film or unstripped resist."""
    names = list(wafer.layers)
    above = names[names.index(film) + 1 :]
    covered = sum((wafer.layer_nm(name) for name in above), start=uniform(0.0)) > 0.0
    under_resist = film_share(wafer) >= 1.0
    return np.where(covered | under_resist | ~np.isfinite(clearing), 0.0, seconds)


def etch(wafer: Wafer, film: str, seconds: float, plasma: Plasma) -> Wafer:
    """Etch one film; calls for parts of a time add up.

    The bump mask loses solder, and once the last film is gone the passivation is etched too.
    """
    if seconds <= 0.0 or plasma.watts <= 0.0:
        return wafer
    hot = replace(wafer.etched, hottest_c=max(wafer.etched.hottest_c, wafer_c(plasma)),
                  solder_um=wafer.etched.solder_um
                  + fresh_rate_nm_min("Sn", plasma) * seconds / 6e4)  # fmt: skip
    wafer = replace(wafer, etched=hot)
    if film not in wafer.layers:
        return _open_passivation(wafer, plasma, uniform(seconds))
    clearing = clearing_s(wafer, film, plasma)
    active = bared_s(wafer, film, clearing, seconds)
    over = np.maximum(active - np.where(np.isfinite(clearing), clearing, 0.0), 0.0)
    return _taken(wafer, film, plasma, active, over)


def _taken(wafer: Wafer, film: str, plasma: Plasma, active: Sites, over: Sites) -> Wafer:
    nm_min = rate_nm_min(film, plasma)
    layer = wafer.layers[film]
    left = np.maximum(layer.nm - nm_min / 60.0 * pattern(plasma) * (active - over), 0.0)
    left = np.where((over > 0.0) | (left < 1e-6), 0.0, left)
    # Sideways, half speed while the film above the gap still shields it, then full speed.
    sideways = lateral_share(plasma) * nm_min / 60.0 * (0.5 * (active - over) + over)
    undercut = wafer.etched.undercut_nm + sideways
    thinner = wafer.with_layer(film, replace(layer, nm=left))
    thinner = replace(thinner, etched=replace(thinner.etched, undercut_nm=undercut))
    return _open_passivation(thinner, plasma, over)


def _open_passivation(wafer: Wafer, plasma: Plasma, seconds: Sites) -> Wafer:
    metal = sum((layer.nm for layer in wafer.layers.values()), start=uniform(0.0))
    bare = (metal <= 0.0) & (film_share(wafer) < 1.0)
    lost = fresh_rate_nm_min("SiN", plasma) / 60.0 * np.where(bare, seconds, 0.0)
    nm = wafer.etched.passivation_nm + lost
    return replace(wafer, etched=replace(wafer.etched, passivation_nm=nm))


def pad_um(wafer: Wafer) -> Sites:
    """Diameter of the metal pad left under each bump (E7); the widest overhang shadows it."""
    deposit, opening = wafer.deposit, wafer.opening
    if deposit is None:
        return uniform(0.0) if opening is None else 2.0 * opening.wall_um
    widest = np.maximum(deposit.wall_um + deposit.foot_um, deposit.mushroom_radius_um)
    return np.maximum(2.0 * (widest - wafer.etched.undercut_nm * 1e-3), 0.0)


def metal_left_nm(wafer: Wafer) -> Sites:
    """Sputtered metal that still lies between the bumps (E9)."""
    return sum((layer.nm for layer in wafer.layers.values()), start=uniform(0.0))
