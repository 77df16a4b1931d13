"""Off-nominal routes of the reference model: the change, what came out, which limits it broke."""

from dataclasses import dataclass, replace
from typing import Final

from sim_hardware.physics.route import NOMINAL_ZONES_C, Route
from tests.unit.physics.golden_tables import (
    NOMINAL,
    film,
    flood_dose,
    over_etch,
    pattern_dose,
    roll,
    solder_density,
    spray_time,
    strip_time,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One route, its printed results and the limits that it breaks."""

    route: Route
    row: str
    flags: str


COLUMNS: Final = (
    "CD_wall", "wr", "hr", "f_res", "scum_um", "foot", "h_um", "mush", "Ag", "residue_pct",
    "pad_cd", "und_nm", "ubm_left_nm", "sin_loss_nm", "peak", "tal", "H", "H_nu_pct", "Dmax",
    "imc", "shear_gf", "shear_g_mil2", "gap",
)  # fmt: skip


def cold_end() -> Route:
    zones_c = (*NOMINAL_ZONES_C[:5], *(zone - 28.0 for zone in NOMINAL_ZONES_C[5:]))
    return replace(NOMINAL, reflowing=replace(NOMINAL.reflowing, zones_c=zones_c))


def fast_solder() -> Route:
    copper, nickel, solder = NOMINAL.plating
    return replace(NOMINAL, plating=(copper, nickel, replace(solder, a_dm2=15.0, minutes=14.2)))


def cold_fast_roll() -> Route:
    route = roll(80.0)
    nip = replace(route.lamination.nip, m_min=2.0)
    return replace(route, lamination=replace(route.lamination, nip=nip))


def poor_gas() -> Route:
    gas = replace(NOMINAL.reflowing.gas, formic_pct=0.3, o2_ppm=300.0)
    return replace(NOMINAL, reflowing=replace(NOMINAL.reflowing, gas=gas))


def copper_under_etch() -> Route:
    copper, barrier = NOMINAL.etching
    return replace(NOMINAL, etching=(replace(copper, fixed_s=150.0), barrier))


CASES: Final = {
    "nominal": Case(NOMINAL, """100.7 7.1 11.1 0.83 0.0 1.2 107.1 0.0 2.6 0.1 102.9
        136 0 59 245.2 60 99.5 1.8 120.9 1.2 30.3 2.45 77.8""", ""),
    "liquid resist skipped": Case(replace(NOMINAL, coating=None),
        """100.7 7.1 11.1 - - 7.1 105.4 0.0 2.6 0.1 114.7
        136 0 59 245.2 60 93.0 1.7 125.0 1.2 28.1 2.28 73.8""", "FOOT PAD_CD BUMP_H"),
    "film underexposed": Case(pattern_dose(195.0),
        """102.0 21.9 62.6 0.25 0.0 16.5 99.7 0.0 2.6 0.1 134.8
        136 0 59 245.2 60 81.9 1.5 136.3 1.2 25.9 2.04 62.1""",
        "RECESS FILL FOOT PAD_CD BUMP_H SHEAR"),
    "solder current low": Case(solder_density(3.6),
        """100.7 7.1 11.1 0.83 0.0 1.2 67.4 0.0 4.3 0.1 102.9
        136 0 59 245.2 60 77.0 1.7 107.7 1.2 30.3 2.45 91.6""", "PLATE_H AG_PCT BUMP_H"),
    "barrier over-etched": Case(over_etch(2.5),
        """100.7 7.1 11.1 0.83 0.0 1.2 107.1 0.0 2.6 0.1 102.1
        501 0 406 245.2 60 99.5 1.8 120.9 1.2 26.8 2.18 77.8""", "UNDERCUT PASSIV SHEAR"),
    "reflow too cold": Case(cold_end(),
        """100.7 7.1 11.1 0.83 0.0 1.2 107.1 0.0 2.6 0.1 102.9
        136 0 59 218.7 0 106.5 3.2 100.7 0.1 16.2 1.31 97.1""",
        "PEAK TAL BUMP_H SHAPE IMC SHEAR"),
    "film too thick": Case(film(154.5),
        """100.8 11.4 50.8 0.36 0.0 7.4 104.0 0.0 2.6 16.3 115.2
        136 0 59 245.2 60 92.7 1.5 125.1 1.2 28.1 2.27 73.5""",
        "FILM_T RECESS FILL FOOT RESIDUE PAD_CD BUMP_H LEAK"),
    "film too thin": Case(film(77.4),
        """100.3 3.4 5.5 0.02 0.0 3.4 94.9 18.8 2.5 5.4 137.7
        136 0 59 245.2 60 97.1 1.8 121.7 1.2 29.3 2.39 58.6""",
        "FILM_T FILL PLATE_H FOOT MUSHROOM RESIDUE PAD_CD GAP LEAK"),
    "flood dose low": Case(flood_dose(480.0),
        """100.7 7.1 11.1 0.99 4.3 0.0 0.0 0.0 - 0.1 100.5
        136 0 59 245.2 60 0.0 0.0 100.8 1.2 0.0 0.00 99.2""",
        "SCUM2 PLATE_H OPEN BUMP_H SHEAR"),
    "develop twice as long": Case(spray_time(400.0),
        """101.2 11.2 16.7 0.86 0.0 1.6 106.1 0.0 2.6 0.1 104.0
        136 0 59 245.2 60 98.9 1.8 121.2 1.2 30.4 2.44 77.5""", "RECESS"),
    "solder near its limit": Case(fast_solder(),
        """100.7 7.1 11.1 0.83 0.0 1.2 103.1 0.0 1.0 0.1 102.9
        136 0 59 245.2 60 97.5 2.3 119.6 1.2 30.3 2.45 78.9""", "AG_PCT NODULE"),
    "strip too short": Case(strip_time(12.0),
        """100.7 7.1 11.1 0.83 0.0 1.2 107.1 0.0 2.6 35.6 102.9
        136 0 59 245.2 60 99.6 1.8 120.9 1.2 30.3 2.45 77.8""", "RESIDUE LEAK"),
    "laminated cold and fast": Case(cold_fast_roll(),
        """100.7 23.1 14.3 0.94 0.0 1.5 107.2 0.0 2.6 0.1 103.4
        136 0 59 245.2 60 99.3 1.8 121.1 1.2 30.2 2.45 77.6""", "LAM_ADH RECESS"),
    "formic acid low": Case(poor_gas(),
        """100.7 7.1 11.1 0.83 0.0 1.2 107.1 0.0 2.6 0.1 102.9
        136 0 59 245.2 60 106.5 3.2 125.8 1.2 14.6 1.19 71.3""", "BUMP_H SHAPE VOID SHEAR"),
    "copper under-etched": Case(copper_under_etch(),
        """100.7 7.1 11.1 0.83 0.0 1.2 107.1 0.0 2.6 0.1 103.1
        0 268 0 245.2 60 99.6 1.8 121.0 1.2 30.3 2.45 77.7""", "UBM_LEFT LEAK"),
    "film overexposed": Case(pattern_dose(510.0),
        """98.2 3.4 6.5 0.72 0.0 0.9 112.8 0.0 2.4 12.8 99.8
        136 0 59 245.2 60 101.5 1.8 120.3 1.2 28.9 2.46 78.4""", "RESIDUE LEAK"),
}  # fmt: skip
