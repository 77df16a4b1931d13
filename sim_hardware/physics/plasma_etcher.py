"""Plasma etching of the metal between the bumps (E1 to E9)."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.kinetics import arrhenius, power
from sim_hardware.physics.sites import Sites, bowl, uniform
from sim_hardware.physics.stripper import film_share
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import Etched, Wafer


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
    driven = power(plasma.watts / M.watts, r.watts) * power(plasma.bias_v / M.bias_v, r.bias)
    supply = power(plasma.mtorr / M.mtorr, r.pressure) * power(plasma.sccm / M.sccm, r.flow)
    return r.nm_min * driven * supply * arrhenius(r.energy_kj_mol, plasma.chuck_c, M.chuck_c)


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
    """When a set share of the area is clear (E4); infinite for a film that is not etched."""
    if not np.isfinite(clearing).all():
        return float("inf")
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
    if plasma.gas == "Ar" or min(plasma.bias_v, plasma.mtorr) <= 0.0:
        return 0.0
    pressure = power(plasma.mtorr / M.mtorr, M.lateral_mtorr_exponent)
    return M.lateral * pressure * power(M.bias_v / plasma.bias_v, M.lateral_bias_exponent)


def etch(wafer: Wafer, seconds: float, plasma: Plasma) -> Wafer:
    """Expose the wafer to the plasma; calls for parts of a time add up.

    At each site the gas takes the films from the top until it meets one that it does not etch,
    or unstripped film. Bumps lose solder, and under the last film lies the passivation.
    """
    if seconds <= 0.0 or plasma.watts <= 0.0:
        return wafer
    left_s = np.where(film_share(wafer) >= 1.0, 0.0, seconds)
    sideways = uniform(0.0)
    for name in reversed(tuple(wafer.layers)):
        nm, spent_s = _thinned(wafer, name, left_s, plasma)
        left_s = np.where(nm > 0.0, 0.0, left_s - spent_s)
        # Half speed while the film is still there and shields its own edge, then full speed.
        speed = lateral_share(plasma) * rate_nm_min(name, plasma) / 60.0
        sideways = sideways + speed * (0.5 * spent_s + left_s)
        wafer = wafer.with_layer(name, replace(wafer.layers[name], nm=nm))
    passivation = fresh_rate_nm_min("SiN", plasma) / 60.0 * left_s
    solder = fresh_rate_nm_min("Sn", plasma) * seconds / 6e4
    old = wafer.etched
    return replace(wafer, etched=Etched(
        undercut_nm=old.undercut_nm + sideways,
        passivation_nm=old.passivation_nm + passivation,
        solder_um=old.solder_um + solder,
        hottest_c=max(old.hottest_c, wafer_c(plasma)),
    ))  # fmt: skip


def _thinned(wafer: Wafer, film: str, left_s: Sites, plasma: Plasma) -> tuple[Sites, Sites]:
    """What is left of a film after at most `left_s`, and the time that it took."""
    clearing = clearing_s(wafer, film, plasma)
    spent = np.minimum(left_s, clearing)
    nm_s = rate_nm_min(film, plasma) / 60.0 * pattern(plasma)
    left = np.maximum(wafer.layer_nm(film) - nm_s * spent, 0.0)
    return np.where(left_s >= clearing, 0.0, left), spent


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
