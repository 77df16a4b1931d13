"""The whole route of one wafer from nominal or changed settings: what would come out."""

import math
from dataclasses import dataclass, field
from typing import Final

from sim_hardware.physics import (
    aligner,
    developer,
    laminator,
    metrology,
    plasma_etcher,
    plating_cell,
    reflow_oven,
    spin_coater,
    sputter,
    stripper,
)
from sim_hardware.physics.metrology import Results
from sim_hardware.physics.wafer import Wafer

NOMINAL_ZONES_C: Final = (105.0, 145.0, 165.0, 172.0, 185.0, 228.0, 255.0, 250.0)
ETCH_TIMEOUT_S: Final = 600.0  # where no end-point ever comes
_CHUCK_C: Final = 20.0


NOMINAL_BARRIER: Final = sputter.Deposition(watts=10000.0, mtorr=7.0, target_life=0.3,
                                            base_mbar=3e-7)  # fmt: skip
NOMINAL_SEED: Final = sputter.Deposition(watts=10000.0, mtorr=5.0, target_life=0.3,
                                         base_mbar=3e-7)  # fmt: skip
NOMINAL_NIP: Final = laminator.Pass(roll_c=105.0, nip_bar=3.5, m_min=1.0, vacuum_kpa=3.0)
NOMINAL_MASK: Final = aligner.Alignment(gap_um=20.0, x_um=0.3, y_um=0.2)
NOMINAL_SPRAY: Final = developer.Spray(bath_c=30.0, wt_pct=1.0, bar=1.5, load=0.3)
NOMINAL_COATING: Final = spin_coater.Coating(
    rpm=1500.0, spin_s=40.0, rest_s=10.0, degas_kpa=5.0, bake_c=110.0, bake_s=300.0,
    viscosity_cst=400.0, resist_c=22.0)  # fmt: skip
NOMINAL_TANK: Final = stripper.Tank(bath_c=65.0, agitation=1.0, load=0.2)
NOMINAL_GAS: Final = reflow_oven.Gas(formic_pct=2.0, o2_ppm=15.0, hours_since_etch=4.0)


@dataclass(frozen=True, slots=True)
class Sputtering:
    """Settings of the sputter step: pre-clean, barrier, seed."""

    preclean_w: float = 300.0
    preclean_s: float = 60.0
    barrier: sputter.Deposition = NOMINAL_BARRIER
    barrier_s: float = 125.0
    seed: sputter.Deposition = NOMINAL_SEED
    seed_s: float = 45.0


@dataclass(frozen=True, slots=True)
class Lamination:
    """Settings of the lamination step."""

    film_um: float = 122.0
    opacity_per_um: float = 0.035
    nip: laminator.Pass = NOMINAL_NIP
    hold_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Exposures:
    """Settings of both visits to the aligner."""

    lamp_h: float = 300.0
    mask: aligner.Alignment = NOMINAL_MASK
    pattern_mj_cm2: float = 300.0
    flood_mj_cm2: float = 1200.0


@dataclass(frozen=True, slots=True)
class Developments:
    """Settings of both visits to the developer."""

    spray: developer.Spray = NOMINAL_SPRAY
    spray_s: float = 200.0
    puddle_c: float = 23.0
    puddle_wt_pct: float = 2.38
    puddle_s: float = 140.0


@dataclass(frozen=True, slots=True)
class Plating:
    """One metal in one cell."""

    metal: str
    a_dm2: float
    minutes: float
    bath_c: float


NOMINAL_PLATING: Final = (
    Plating("Cu", 8.0, 2.9, 25.0),
    Plating("Ni", 3.0, 5.2, 52.0),
    Plating("SnAg", 6.0, 35.5, 28.0),
)


@dataclass(frozen=True, slots=True)
class Etching:
    """One film in one gas: until end-point and a share more, or for `fixed_s`."""

    film: str
    gas: str
    over: float
    fixed_s: float | None = None
    mtorr: float = 8.0

    def plasma(self) -> plasma_etcher.Plasma:
        """The nominal plasma with this step's gas and pressure."""
        return plasma_etcher.Plasma(self.gas, 1000.0, 300.0, self.mtorr, 50.0, _CHUCK_C, 50.0, 6.0)


NOMINAL_ETCHING: Final = (Etching("Cu", "Ar", 0.2), Etching("TiW", "SF6", 0.3))


@dataclass(frozen=True, slots=True)
class Reflowing:
    """Settings of the oven."""

    zones_c: tuple[float, ...] = NOMINAL_ZONES_C
    belt_m_min: float = 0.7
    gas: reflow_oven.Gas = NOMINAL_GAS


@dataclass(frozen=True, slots=True)
class Route:
    """Settings of every step of the route. `coating` None skips the liquid resist."""

    sputtering: Sputtering = field(default_factory=Sputtering)
    lamination: Lamination = field(default_factory=Lamination)
    exposures: Exposures = field(default_factory=Exposures)
    developments: Developments = field(default_factory=Developments)
    coating: spin_coater.Coating | None = NOMINAL_COATING
    plating: tuple[Plating, ...] = NOMINAL_PLATING
    shield: float = 0.75
    bath_ah_l: float = 20.0
    strip_s: float = 1500.0
    strip_tank: stripper.Tank = NOMINAL_TANK
    etching: tuple[Etching, ...] = NOMINAL_ETCHING
    reflowing: Reflowing = field(default_factory=Reflowing)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The wafer at the end and what was measured after every step."""

    wafer: Wafer
    results: dict[str, Results]


def run(route: Route, wafer: Wafer | None = None) -> Outcome:
    """Send a bare wafer through the route; results by step under the names of `metrology`."""
    w = Wafer("what-if") if wafer is None else wafer
    results: dict[str, Results] = {}
    for part in (_sputter, _lithography, _liquid, _plate, _finish):
        w = part(route, w, results)
    return Outcome(w, results)


def _sputter(route: Route, w: Wafer, results: dict[str, Results]) -> Wafer:
    s = route.sputtering
    w = sputter.preclean(w, s.preclean_w, s.preclean_s)
    w = sputter.deposit(w, "TiW", s.barrier, s.barrier_s)
    w = sputter.deposit(w, "Cu", s.seed, s.seed_s)
    results["sputter"] = metrology.after_sputter(w)
    return w


def _lithography(route: Route, w: Wafer, results: dict[str, Results]) -> Wafer:
    film, light, develop = route.lamination, route.exposures, route.developments
    w = laminator.laminate(w, film.film_um, film.opacity_per_um, film.nip)
    results["laminate"] = metrology.after_laminate(w, film.hold_s)
    results["laminate"]["exit_C"] = laminator.exit_c(film.nip)
    w = aligner.expose(w, light.pattern_mj_cm2, light.mask, film.hold_s)
    intensity = aligner.irradiance_mw_cm2(light.lamp_h)
    timing = {"t_s": light.pattern_mj_cm2 / intensity, "I_mW": intensity}
    results["expose1"] = timing | metrology.after_expose1(w)
    until = developer.breakpoint_s(w, develop.spray)
    w = developer.develop_film(w, develop.spray_s, develop.spray)
    results["develop1"] = metrology.after_develop1(w) | {
        "t_bp": until,
        "bp_pct": 100.0 * until / develop.spray_s,
        "r0": developer.film_rate_um_s(develop.spray),
    }
    return w


def _liquid(route: Route, w: Wafer, results: dict[str, Results]) -> Wafer:
    light, develop = route.exposures, route.developments
    if route.coating is not None:
        w = spin_coater.coat(w, route.coating)
        results["spincoat"] = metrology.after_spincoat(w)
        w = aligner.expose(w, light.flood_mj_cm2, None, route.lamination.hold_s)
        seconds = light.flood_mj_cm2 / aligner.irradiance_mw_cm2(light.lamp_h)
        results["expose2"] = {"t_s": seconds} | metrology.after_expose2(w)
    clearing = developer.clearing_s(w, develop.puddle_c, develop.puddle_wt_pct)
    w = developer.develop_liquid(w, develop.puddle_s, develop.puddle_c, develop.puddle_wt_pct)
    results["develop2"] = metrology.after_develop2(w) | {"t_clear": float(clearing.mean())}
    return w


def _plate(route: Route, w: Wafer, results: dict[str, Results]) -> Wafer:
    amps: Results = {}
    for step in route.plating:
        cell = plating_cell.Cell(step.bath_c, route.shield, 1.0, route.bath_ah_l)
        amps[f"A_{step.metal}"] = plating_cell.amps_for(w, step.a_dm2)
        w = plating_cell.plate(w, step.metal, amps[f"A_{step.metal}"], step.minutes * 60.0, cell)
    results["plate"] = amps | metrology.after_plate(w)
    return w


def _etch_s(step: Etching, endpoint_s: float) -> float:
    if step.fixed_s is not None:
        return step.fixed_s
    return endpoint_s * (1.0 + step.over) if math.isfinite(endpoint_s) else ETCH_TIMEOUT_S


def _finish(route: Route, w: Wafer, results: dict[str, Results]) -> Wafer:
    lift = float(stripper.lift_s(w, route.strip_tank).mean()) / 60.0
    w = stripper.strip(w, route.strip_s, route.strip_tank)
    results["strip"] = {"t_lift_min": lift} | metrology.after_strip(w)
    timing: Results = {}
    for step in route.etching:
        plasma = step.plasma()
        endpoint = plasma_etcher.endpoint_s(plasma_etcher.clearing_s(w, step.film, plasma))
        if math.isfinite(endpoint):
            timing[f"t_ep_{step.film}"] = endpoint
        seconds = _etch_s(step, endpoint)
        timing[f"rate_{step.film}"] = plasma_etcher.rate_nm_min(step.film, plasma)
        timing[f"t_s_{step.film}"] = seconds
        w = plasma_etcher.etch(w, seconds, plasma)
    results["etch"] = timing | metrology.after_etch(w)
    oven = route.reflowing
    w = reflow_oven.reflow(w, oven.zones_c, oven.belt_m_min, oven.gas)
    results["reflow"] = metrology.after_reflow(w)
    return w
