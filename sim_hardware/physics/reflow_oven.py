"""Reflow: the wafer's way through the oven, its oxide and the shape of the bumps (W1 to W8)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim_hardware.physics.kinetics import GAS_CONSTANT_J_MOL_K, KELVIN, arrhenius, logistic
from sim_hardware.physics.plasma_etcher import pad_um
from sim_hardware.physics.plating_cell import silver_wt_pct, stud_um
from sim_hardware.physics.sites import Sites
from sim_hardware.physics.sputter import metal_adhesion
from sim_hardware.physics.tables import load
from sim_hardware.physics.wafer import Bump, Deposit, Wafer

Array = NDArray[np.float64]

STEP_S: Final = 0.25
COOLING_C: Final = (150.0, 80.0, 25.0)
SLOPE_SAMPLES: Final = 6
SOAK_C: Final = (150.0, 200.0)
_GF_PER_N: Final = 101.972
_UM2_PER_MIL2: Final = 645.16


@dataclass(frozen=True, slots=True)
class Machine:
    """Constants of oven, solder and joint."""

    zone_m: float
    edge_share: float
    lag_s: float
    entry_c: float
    eutectic_c: float
    eutectic_wt_pct: float
    poor_c_wt_pct: float
    rich_c_wt_pct: float
    oxide_nm: float
    oxide_nm_root_h: float
    regrowth_nm_s: float
    reduction_per_s: float
    reduction_kj_mol: float
    reduction_c: float
    onset_pct: float
    onset_width_pct: float
    onset_floor: float
    wetting_nm: float
    wetting_width_nm: float
    round_s: float
    melt_s: float
    compound_um: float
    compound_um3_s: float
    compound_kj_mol: float
    on_copper: float
    shear_mpa: float


M: Final = load("reflow_oven", "machine", Machine)


@dataclass(frozen=True, slots=True)
class Gas:
    """Atmosphere of the tunnel, and how long the solder has been in air since the etch."""

    formic_pct: float
    o2_ppm: float
    hours_since_etch: float


def transit_s(belt_m_min: float, zone_count: int = 8) -> float:
    """Time from the entry to the exit of all heated and cooling zones."""
    return (zone_count + len(COOLING_C)) * M.zone_m / (belt_m_min / 60.0)


def _eased(share: Array) -> Array:
    """A smooth step from 0 to 1."""
    inside = np.clip(share, 0.0, 1.0)
    return inside**2 * (3.0 - 2.0 * inside)


def ambient_c(zones_c: Sequence[float], position_m: Array) -> Array:
    """Temperature around the wafer at a place in the tunnel (W1).

    Level inside a zone; around a border it changes smoothly over a share of the zone either way.
    """
    zones = np.array([*zones_c, *COOLING_C])
    blur = M.edge_share * M.zone_m
    borders = M.zone_m * np.arange(1.0, len(zones))
    blend = _eased((position_m[:, None] - borders + blur) / (2.0 * blur))
    tunnel: Array = zones[0] + (blend * np.diff(zones)).sum(axis=1)
    return M.entry_c + (tunnel - M.entry_c) * _eased(position_m / blur)


@dataclass(frozen=True, slots=True)
class Profile:
    """Time, place and temperature of a wafer on its way through the oven."""

    time_s: Array
    wafer_c: Array

    def at_c(self, seconds: float) -> float:
        """Wafer temperature `seconds` after it entered; held at the ends."""
        return float(np.interp(seconds, self.time_s, self.wafer_c))

    def above_s(self, celsius: float) -> float:
        """Time above a temperature."""
        return STEP_S * int((self.wafer_c > celsius).sum())

    def between_s(self, low_c: float, high_c: float) -> float:
        """Time between two temperatures, on the way up and on the way down."""
        return STEP_S * int(((self.wafer_c >= low_c) & (self.wafer_c <= high_c)).sum())

    def slopes_c_s(self) -> Array:
        """Heating and cooling rates, over 1.5 s as a profile logger reports them."""
        later, earlier = self.wafer_c[SLOPE_SAMPLES:], self.wafer_c[:-SLOPE_SAMPLES]
        return (later - earlier) / (SLOPE_SAMPLES * STEP_S)


def position_m(belt_m_min: float, seconds: float) -> float:
    """Place in the tunnel, from the entry."""
    return belt_m_min / 60.0 * seconds


def profile(zones_c: Sequence[float], belt_m_min: float) -> Profile:
    """A wafer's way through an oven that holds its temperatures (W1)."""
    time = np.arange(0.0, transit_s(belt_m_min, len(zones_c)), STEP_S)
    return followed(ambient_c(zones_c, belt_m_min / 60.0 * time))


def followed(around_c: Array) -> Profile:
    """A wafer that follows what is around it, given every STEP_S from the entry on (W1)."""
    wafer, now = np.empty_like(around_c), M.entry_c
    for i, around in enumerate(around_c.tolist()):
        now += (around - now) * STEP_S / M.lag_s
        wafer[i] = now
    return Profile(np.arange(0.0, len(around_c)) * STEP_S, wafer)


def liquidus_c(silver: float) -> float:
    """Where the solder is all liquid, by its silver content in wt% (W2)."""
    rich = silver - M.eutectic_wt_pct
    return M.eutectic_c + (M.rich_c_wt_pct * rich if rich > 0.0 else -M.poor_c_wt_pct * rich)


def oxide_nm(path: Profile, gas: Gas) -> float:
    """Oxide left on the solder at the exit (W3); vapour only works in the soak zones."""
    oxide = M.oxide_nm + M.oxide_nm_root_h * math.sqrt(max(gas.hours_since_etch, 0.0))
    onset = max(M.onset_floor, logistic((gas.formic_pct - M.onset_pct) / M.onset_width_pct))
    strength = M.reduction_per_s * gas.formic_pct / 2.0 * onset
    growth = M.regrowth_nm_s * math.sqrt(max(gas.o2_ppm, 0.0) / 20.0)
    soaking = True
    for celsius in path.wafer_c.tolist():
        soaking = soaking and celsius < 200.0
        if soaking and celsius > 140.0:
            k = strength * arrhenius(M.reduction_kj_mol, celsius, M.reduction_c)
            oxide *= math.exp(-k * STEP_S)
        if celsius > 100.0:
            oxide += growth * STEP_S
    return oxide


def wetting(oxide: float) -> float:
    """How completely the solder wets and rounds under its oxide, 0 to 1 (W4)."""
    return logistic((M.wetting_nm - oxide) / M.wetting_width_nm)


def compound_um(path: Profile, *, on_nickel: bool) -> float:
    """Thickness of the intermetallic at the pad (W6)."""
    hot = path.wafer_c[path.wafer_c > M.eutectic_c] + KELVIN
    energy = M.compound_kj_mol * 1000.0 / GAS_CONSTANT_J_MOL_K
    grown = M.compound_um3_s * STEP_S * float(np.exp(-energy / hot).sum())
    factor = 1.0 if on_nickel else M.on_copper
    return float((M.compound_um**3 + factor * grown) ** (1.0 / 3.0))


def cap_height_um(base_radius_um: Sites, volume_um3: Sites) -> Sites:
    """Height of the spherical cap of a volume on a base (W5), in closed form."""
    a = base_radius_um
    b = 3.0 * volume_um3 / np.pi
    root = np.sqrt(b**2 + a**6)
    return np.cbrt(root + b) - np.cbrt(root - b)


def cap_um3(base_radius_um: Sites, height_um: Sites) -> Sites:
    """Volume of a spherical cap (W5)."""
    return np.pi * height_um * (3.0 * base_radius_um**2 + height_um**2) / 6.0


def solder_um3(wafer: Wafer, deposit: Deposit) -> Sites:
    """Solder that is left when the wafer enters the oven."""
    lost = wafer.etched.solder_um * np.pi * deposit.wall_um**2
    return np.maximum(deposit.solder_um3 - lost, 0.0)


def reflow(wafer: Wafer, zones_c: Sequence[float], belt_m_min: float, gas: Gas) -> Wafer:
    """Send the wafer through the oven. Without plated metal there is no bump to form."""
    return reflow_along(wafer, profile(zones_c, belt_m_min), gas)


def reflow_along(wafer: Wafer, path: Profile, gas: Gas) -> Wafer:
    """The same for a temperature history that really happened, sampled every STEP_S."""
    deposit = wafer.deposit
    if deposit is None:
        return wafer
    silver = silver_wt_pct(deposit)
    soldered = silver > 0.0
    ag = float(silver[soldered].mean()) if soldered.any() else 0.0
    above_s = path.above_s(M.eutectic_c)
    peak_c = float(path.wafer_c.max())
    melted = above_s > M.melt_s and peak_c > liquidus_c(ag)
    oxide = oxide_nm(path, gas)
    wet = wetting(oxide) if melted else 0.0
    joint = Joint(
        sphericity=wet * min(1.0, above_s / M.round_s),
        compound_um=compound_um(path, on_nickel=deposit.on_nickel),
        void_pct=1.0 + 4.0 * oxide + 0.08 * max(45.0 - above_s, 0.0) if melted else 0.0,
    )
    base = deposit.wall_um + deposit.foot_um
    height, diameter = _shape(wafer, deposit, wet, melted=melted)
    gf, g_mil2 = _shear(wafer, deposit, joint)
    slopes = path.slopes_c_s()
    bump = Bump(height, diameter, 2.0 * base, gf, g_mil2, melted, wetting(oxide),
                joint.sphericity, oxide, joint.compound_um, joint.void_pct,
                peak_c, above_s, path.between_s(*SOAK_C), float(slopes.max()),
                float(slopes.min()))  # fmt: skip
    return replace(wafer, bump=bump)


@dataclass(frozen=True, slots=True)
class Joint:
    """What reflow made of the solder joint."""

    sphericity: float
    compound_um: float
    void_pct: float


def _shape(wafer: Wafer, d: Deposit, wet: float, *, melted: bool) -> tuple[Sites, Sites]:
    """Height and largest diameter of the bumps (W5)."""
    base, stud = d.wall_um + d.foot_um, stud_um(d)
    as_plated = np.maximum(d.height_um - stud - wafer.etched.solder_um, 0.0)
    cap = cap_height_um(base, solder_um3(wafer, d))
    solder = np.where(d.solder_um3 > 0.0, wet * cap + (1.0 - wet) * as_plated, 0.0)
    height = np.where(d.plated, stud + solder, 0.0)
    if not melted:
        return height, 2.0 * d.mushroom_radius_um
    sphere = (base**2 + solder**2) / np.maximum(solder, 1e-9)
    return height, np.where(solder > base, sphere, 2.0 * base)


def _shear(wafer: Wafer, d: Deposit, joint: Joint) -> tuple[Sites, Sites]:
    """Shear force in gf, and over the sheared area in g/mil2 (W8)."""
    radius = np.minimum(d.wall_um, pad_um(wafer) / 2.0)
    x = joint.compound_um
    brittle = 0.8 + 0.2 * x / 1.3 if x < 1.3 else math.exp(-(((x - 1.3) / 2.2) ** 2))
    undercut = np.exp(-np.maximum(wafer.etched.undercut_nm - 200.0, 0.0) / 2500.0)
    notch = 1.0 - 0.012 * np.minimum(d.foot_um, 15.0)
    shape = 0.62 + 0.38 * joint.sphericity
    sound = max(1.0 - joint.void_pct / 100.0, 0.0) * metal_adhesion(wafer)
    mpa = np.where(d.plated, M.shear_mpa * brittle * undercut * notch * shape * sound, 0.0)
    gf = mpa * 1e-6 * np.pi * radius**2 * _GF_PER_N
    return gf, mpa * 1e-6 * _GF_PER_N * _UM2_PER_MIL2
