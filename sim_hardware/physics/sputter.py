"""Sputtering: pump-down, plasma, deposited metal and its resistance (S1 to S9)."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim_hardware.physics.kinetics import logistic, power
from sim_hardware.physics.sites import RHO, Sites, bowl, tilt
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import Layer, Wafer

ATMOSPHERE_MBAR: Final = 1013.0
CROSSOVER_MBAR: Final = 0.05
GOOD_LEAK_MBAR_L_S: Final = 1e-5
BAD_LEAK_MBAR_L_S: Final = 1e-3
_MTORR_PER_SCCM_S_L: Final = 12.67
_MBAR_L_S_PER_SLM: Final = 16.9


@dataclass(frozen=True, slots=True)
class Chamber:
    """A pumped volume with its pumps and walls."""

    volume_l: float
    roughing_l_s: float
    turbo_l_s: float
    area_cm2: float
    outgassing_1h: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What is the same for every metal."""

    target_cm2: float
    geometry: float
    preclean_nm_min: float
    contact_mohm: float
    oxide_decay_nm: float
    silicon_modulus_gpa: float
    silicon_um: float
    wafer_radius_mm: float
    tilt: float
    tilt_towards_rad: float


@dataclass(frozen=True, slots=True)
class Target:
    """One target material and the film it makes."""

    rate_nm_s: float
    volts: float
    resistivity_uohm_cm: float
    size_nm: float
    pressure_exponent: float
    compressive_mpa: float
    tensile_mpa: float
    reversal_mtorr: float
    reversal_width: float
    life_kwh: float


@dataclass(frozen=True, slots=True)
class Deposition:
    """How one stretch of deposition ran."""

    watts: float
    mtorr: float
    target_life: float  # 0 new, 1 at the end
    base_mbar: float


CHAMBER: Final = load("sputter", "chamber", Chamber)
LOCK: Final = load("sputter", "lock", Chamber)
_M: Final = load("sputter", "machine", Machine)
METALS: Final = ("TiW", "Cu", "Ti", "NiV")
_TARGETS: Final = tuple(load("sputter", metal, Target) for metal in METALS)


def target(metal: str) -> Target:
    """Properties of a target; ValueError for a metal that the tool does not have."""
    return _TARGETS[METALS.index(metal)]


def crossover_s(chamber: Chamber, start_mbar: float = ATMOSPHERE_MBAR) -> float:
    """Seconds of roughing from `start_mbar` to the pressure where the turbo pump takes over."""
    ratio = max(start_mbar / CROSSOVER_MBAR, 1.0)
    return chamber.volume_l / chamber.roughing_l_s * math.log(ratio)


def pump_down_mbar(chamber: Chamber, seconds: float, leak_mbar_l_s: float = GOOD_LEAK_MBAR_L_S,
                   start_mbar: float = ATMOSPHERE_MBAR) -> float:  # fmt: skip
    """Pressure after `seconds` of pumping that began at `start_mbar` (S1)."""
    high_s = seconds - crossover_s(chamber, start_mbar)
    if high_s <= 0.0:
        return start_mbar * math.exp(-chamber.roughing_l_s * seconds / chamber.volume_l)
    walls = gas_load_mbar_l_s(chamber, high_s)
    rest = min(start_mbar, CROSSOVER_MBAR)
    rest *= math.exp(-chamber.turbo_l_s * high_s / (10.0 * chamber.volume_l))
    return min((walls + leak_mbar_l_s) / chamber.turbo_l_s + rest, CROSSOVER_MBAR)


def gas_load_mbar_l_s(chamber: Chamber, high_s: float) -> float:
    """What the walls give off `high_s` after the turbo pump took over (S1)."""
    return chamber.area_cm2 * chamber.outgassing_1h * 3600.0 / max(high_s, 1e-3)


def rate_of_rise_mbar_s(chamber: Chamber, high_s: float, leak_mbar_l_s: float) -> float:
    """Pressure rise with the pump closed off, the leak check of S1."""
    return (gas_load_mbar_l_s(chamber, high_s) + leak_mbar_l_s) / chamber.volume_l


def vent_mbar(chamber: Chamber, start_mbar: float, slm: float, seconds: float) -> float:
    """Pressure while nitrogen flows in (S1)."""
    risen = start_mbar + _MBAR_L_S_PER_SLM * slm * seconds / chamber.volume_l
    return min(risen, ATMOSPHERE_MBAR)


def process_mtorr(sccm: float, pumping_l_s: float, base_mbar: float) -> float:
    """Argon pressure with the throttle at `pumping_l_s` (S1)."""
    return base_mbar / 1.333e-3 + _MTORR_PER_SCCM_S_L * sccm / pumping_l_s


def _watts_cm2(watts: float) -> float:
    return watts / _M.target_cm2


def plasma_volts(metal: str, watts: float, mtorr: float, target_life: float) -> float:
    """Discharge voltage (S2); 0 without power or gas. The current is watts over volts."""
    if watts <= 0.0 or mtorr <= 0.0:
        return 0.0
    law = power(_watts_cm2(watts) / 14.0, 0.13) * power(mtorr / 5.0, -0.12)
    return target(metal).volts * law * (1.0 - 0.12 * target_life)


def rate_nm_s(metal: str, watts: float, mtorr: float, target_life: float) -> float:
    """Mean deposition rate (S3); 0 without power or gas."""
    if watts <= 0.0 or mtorr <= 0.0:
        return 0.0
    scatter = (1.0 + 5.0 / 40.0) / (1.0 + mtorr / 40.0)
    material = target(metal).rate_nm_s * _watts_cm2(watts) * _M.geometry
    return material * scatter * (1.0 - 0.15 * target_life)


def life_used(metal: str, watts: float, seconds: float) -> float:
    """Share of a target's life that a deposition consumes (S5)."""
    return watts * seconds / 3.6e6 / target(metal).life_kwh


def pattern(target_life: float) -> Sites:
    """Thickness across the wafer over its mean; a worn groove makes the edge thicker (S4, S6)."""
    a2 = 0.015 + 0.02 * (target_life - 0.3)
    return bowl(a2) + tilt(_M.tilt, _M.tilt_towards_rad)


def stress_mpa(metal: str, mtorr: float) -> float:
    """Film stress, compressive at low and tensile at high pressure (S7)."""
    t = target(metal)
    turned = logistic(math.log(mtorr / t.reversal_mtorr) / t.reversal_width)
    return t.compressive_mpa + (t.tensile_mpa - t.compressive_mpa) * turned


def _resistivity_ratio(metal: str, run: Deposition, nm_s: float) -> float:
    scattered = power(max(run.mtorr / 5.0, 1.0), target(metal).pressure_exponent)
    return scattered * (1.0 + 0.02 * (run.base_mbar / 5e-7) / (nm_s / 2.0))


def deposit(wafer: Wafer, metal: str, run: Deposition, seconds: float) -> Wafer:
    """Add `seconds` of sputtered metal; may be called for every stretch of a deposition."""
    nm_s = rate_nm_s(metal, run.watts, run.mtorr, run.target_life)
    added = nm_s * seconds
    if added <= 0.0:
        return wafer
    old = wafer.layers.get(metal, Layer(np.zeros_like(RHO), 1.0, 0.0))
    share = added / (added + float(old.nm.mean()))
    ratio = _resistivity_ratio(metal, run, nm_s)
    new = Layer(
        nm=old.nm + added * pattern(run.target_life),
        resistivity_ratio=old.resistivity_ratio + share * (ratio - old.resistivity_ratio),
        stress_mpa=old.stress_mpa + share * (stress_mpa(metal, run.mtorr) - old.stress_mpa),
    )
    return wafer.with_layer(metal, new)


def preclean(wafer: Wafer, watts: float, seconds: float) -> Wafer:
    """Sputter native oxide off the pads (S9); too late once metal covers them."""
    if wafer.layers:
        return wafer
    removed = _M.preclean_nm_min * seconds / 60.0 * watts / 300.0
    return replace(wafer, oxide_nm=max(0.0, wafer.oxide_nm - removed))


def contact_mohm(wafer: Wafer) -> float:
    """Resistance between pad and metal (S9)."""
    return _M.contact_mohm * math.exp(wafer.oxide_nm / _M.oxide_decay_nm)


def metal_adhesion(wafer: Wafer) -> float:
    """How well the metal holds to the pads, 0 to 1 (S9)."""
    return 1.0 if wafer.oxide_nm < 0.2 else math.exp(-wafer.oxide_nm)


def sheet_mohm(wafer: Wafer) -> Sites:
    """Sheet resistance of all films together in mohm/sq (S7); infinite on a bare wafer."""
    siemens = np.zeros_like(RHO)
    for metal, layer in wafer.layers.items():
        t = target(metal)
        nm = np.maximum(layer.nm, 1e-6)
        uohm_cm = t.resistivity_uohm_cm * layer.resistivity_ratio * (1.0 + t.size_nm / nm)
        siemens = siemens + layer.nm / (10.0 * uohm_cm)
    with np.errstate(divide="ignore"):
        return 1000.0 / siemens


def bow_um(wafer: Wafer) -> float:
    """Change of bow by the films' stress (S8); negative is compressive."""
    newton_m = sum(layer.stress_mpa * float(layer.nm.mean()) * 1e-3
                   for layer in wafer.layers.values())  # fmt: skip
    stiffness = _M.silicon_modulus_gpa * 1e9 * (_M.silicon_um * 1e-6) ** 2
    return 3e6 * newton_m * (_M.wafer_radius_mm * 1e-3) ** 2 / stiffness
