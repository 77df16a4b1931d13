"""Responses of a reference model to one changed setting, and how to change that setting here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sim_hardware.physics.route import NOMINAL_ETCHING, NOMINAL_PLATING, NOMINAL_ZONES_C, Route
from sim_hardware.physics.spin_coater import Coating

WHERE: Final = {
    "CD_wall": "develop1", "CD_top": "develop1", "wr": "develop1", "hr": "develop1",
    "scum1_um": "develop1", "f_res": "develop2", "t_clear": "develop2", "scum_um": "develop2",
    "pull_um": "develop2", "foot": "plate", "h_um": "plate", "nu_pct": "plate", "Ag": "plate",
    "nodules": "plate", "mush": "plate", "t_lift_min": "strip", "residue_pct": "strip",
    "sn_loss": "strip", "pad_cd": "etch", "und_nm": "etch", "ubm_left_nm": "etch",
    "sin_loss_nm": "etch", "H": "reflow", "coplan": "reflow", "shear_g_mil2": "reflow",
    "shear_gf": "reflow", "peak": "reflow", "tal": "reflow", "ramp": "reflow", "imc": "reflow",
    "oxide": "reflow", "wet": "reflow", "void": "reflow", "spher": "reflow", "Dmax": "reflow",
    "gap": "reflow", "H_nu_pct": "reflow", "adhesion": "laminate", "voids": "laminate",
    "wrinkle_p": "laminate", "T_um": "laminate", "h_flat": "spincoat", "floor_um": "spincoat",
    "fill": "spincoat", "Rc_mohm": "sputter",
}  # fmt: skip
RENAMED: Final = {"scum1_um": "scum_um", "H_nu_pct": "nu_pct"}

Change = Callable[[float], Route]


@dataclass(frozen=True, slots=True)
class Table:
    """One changed setting; every row starts with its value."""

    change: Change
    columns: str
    rows: str

    def cells(self) -> list[tuple[float, str, float]]:
        """Setting, metric and expected value of every cell."""
        names = self.columns.split()
        lines = [[float(cell) for cell in line.split()] for line in self.rows.strip().splitlines()]
        return [(line[0], name, value)
                for line in lines for name, value in zip(names, line[1:], strict=True)]  # fmt: skip


NOMINAL: Final = Route()
COATING: Final = Coating(1500.0, 40.0, 10.0, 5.0, 110.0, 300.0, 400.0, 22.0)


def pattern_dose(mj_cm2: float) -> Route:
    return replace(NOMINAL, exposures=replace(NOMINAL.exposures, pattern_mj_cm2=mj_cm2))


def flood_dose(mj_cm2: float) -> Route:
    return replace(NOMINAL, exposures=replace(NOMINAL.exposures, flood_mj_cm2=mj_cm2))


def spray_time(seconds: float) -> Route:
    return replace(NOMINAL, developments=replace(NOMINAL.developments, spray_s=seconds))


def puddle_time(seconds: float) -> Route:
    return replace(NOMINAL, developments=replace(NOMINAL.developments, puddle_s=seconds))


def film(um: float) -> Route:
    return replace(NOMINAL, lamination=replace(NOMINAL.lamination, film_um=um))


def spin(rpm: float) -> Route:
    return replace(NOMINAL, coating=replace(COATING, rpm=rpm))


def solder_density(a_dm2: float) -> Route:
    copper, nickel, solder = NOMINAL_PLATING
    return replace(NOMINAL, plating=(copper, nickel, replace(solder, a_dm2=a_dm2)))


def shield(share: float) -> Route:
    return replace(NOMINAL, shield=share)


def strip_time(minutes: float) -> Route:
    return replace(NOMINAL, strip_s=minutes * 60.0)


def over_etch(share: float) -> Route:
    copper, barrier = NOMINAL_ETCHING
    return replace(NOMINAL, etching=(copper, replace(barrier, over=share)))


def etch_pressure(mtorr: float) -> Route:
    copper, barrier = NOMINAL_ETCHING
    return replace(NOMINAL, etching=(copper, replace(barrier, mtorr=mtorr)))


def belt(m_min: float) -> Route:
    return replace(NOMINAL, reflowing=replace(NOMINAL.reflowing, belt_m_min=m_min))


def formic_acid(pct: float) -> Route:
    gas = replace(NOMINAL.reflowing.gas, formic_pct=pct)
    return replace(NOMINAL, reflowing=replace(NOMINAL.reflowing, gas=gas))


def roll(celsius: float) -> Route:
    nip = replace(NOMINAL.lamination.nip, roll_c=celsius)
    return replace(NOMINAL, lamination=replace(NOMINAL.lamination, nip=nip))


def preclean(seconds: float) -> Route:
    return replace(NOMINAL, sputtering=replace(NOMINAL.sputtering, preclean_s=seconds))


def all_zones(offset_c: float) -> Route:
    zones_c = tuple(zone + offset_c for zone in NOMINAL_ZONES_C)
    return replace(NOMINAL, reflowing=replace(NOMINAL.reflowing, zones_c=zones_c))


TABLES: Final = {
    "pattern_dose": Table(pattern_dose, "CD_wall wr hr f_res foot pad_cd H", """
150 103 35.82 64.3 0.2667 26.27 155.2 70.86
200 101.9 20.53 59.47 0.2584 15.23 132.1 83.41
225 101.5 14.73 44.49 0.355 9.506 120.3 89.88
250 101.2 10.93 27.41 0.6101 4.269 109.5 95.82
275 101 8.608 15.89 0.8255 1.502 103.7 99.06
300 100.7 7.134 11.09 0.828 1.226 102.9 99.54
350 100.1 5.412 8.663 0.801 1.077 102 100.1
400 99.51 4.449 6.471 0.7885 0.9408 101.1 100.7
500 98.32 3.443 6.471 0.7293 0.932 99.91 101.5
700 96.7 2.47 4.528 0.6751 0.8023 98.18 102.8
"""),
    "spray_time": Table(spray_time, "scum1_um CD_top CD_wall wr hr f_res foot pad_cd H", """
80 24.33 100.5 98.98 1.51 26.26 0 1.51 101.7 0
105 0 100.6 100.3 0 0 0.9937 0 99.99 57.12
120 0 100.7 100.4 2.395 4.528 0.6621 0.8085 101.8 100.3
150 0 100.7 100.6 5.296 8.663 0.7965 1.077 102.4 99.79
200 0 100.8 100.7 7.134 11.09 0.828 1.226 102.9 99.54
250 0 101.3 100.8 8.387 13.73 0.8353 1.381 103.2 99.32
300 0 102.3 100.9 9.422 16.57 0.8359 1.545 103.7 99.08
400 0 104.3 101.2 11.2 16.7 0.8603 1.564 104 98.87
"""),
    "film": Table(film, "CD_wall wr hr f_res foot pad_cd H t_lift_min", """
77.4 100.3 3.43 5.496 0.01788 3.368 137.7 97.1 24.95
103 100.6 5.177 7.314 0.7646 1.218 110.7 99.58 21.71
122 100.7 7.134 11.09 0.828 1.226 102.9 99.54 18.49
129 100.7 8.003 14.51 0.8303 1.358 103.2 99.37 20.67
154.5 100.8 11.43 50.83 0.357 7.353 115.2 92.67 29.65
"""),
    "flood_dose": Table(flood_dose, "t_clear scum_um pull_um f_res pad_cd", """
300 13200 9.458 0 0.9937 100.5
450 4126 5.132 0 0.9937 100.5
525 1045 3.142 0 0.9937 100.5
600 223.2 1.254 0 0.9937 100.5
700 102 0 0.9183 0.8657 102.3
900 85.24 0 1.064 0.8455 102.6
1200 83.75 0 1.189 0.828 102.9
2000 83.64 0 1.465 0.7896 103.4
3000 83.64 0 1.865 0.7338 104.2
"""),
    "puddle_time": Table(puddle_time, "scum_um pull_um f_res pad_cd", """
60 6.038 0 0.9937 100.5
80 1.033 0 0.9937 100.5
90 0 0.6884 0.8978 101.9
100 0 0.9894 0.8559 102.5
140 0 1.189 0.828 102.9
200 0 1.298 0.8129 103.1
300 0 1.411 0.7971 103.3
600 0 1.852 0.7357 104.2
"""),
    "spin": Table(spin, "h_flat floor_um fill t_clear scum_um", """
800 13.92 24.66 0.9937 98.53 0
1500 10.16 20.91 0.9937 83.75 0
3000 7.186 17.93 0.9937 71.93 0
6000 5.081 15.83 0.9937 63.51 0
"""),
    "solder_density": Table(solder_density, "h_um nu_pct Ag nodules H", """
2 40.86 2.392 7.652 0 40.19
4 74.05 2.739 3.832 0 81.34
5 90.61 2.963 3.068 0 91.08
6 107.1 3.198 2.559 0 99.54
7 123.1 2.708 2.195 0 107
8 133.5 1.769 1.922 0 113.6
10 146.2 1.382 1.54 0 124.7
12 154.9 1.281 1.285 0 134
15 163.8 1.08 1.031 38.98 144.6
"""),
    "shield": Table(shield, "nu_pct coplan", """
0 11.89 12.95
0.5 6.15 6.794
0.75 3.198 3.578
0.9 1.429 1.627
"""),
    "strip_time": Table(strip_time, "residue_pct sn_loss", """
12 35.56 0.12
16 14.08 0.16
18 3.338 0.18
19 1.655 0.19
20 1.004 0.2
22 0.3693 0.22
25 0.08241 0.25
35 0.0005553 0.35
"""),
    "over_etch": Table(over_etch, "und_nm ubm_left_nm sin_loss_nm pad_cd shear_g_mil2", """
0 86.22 0.4509 11.9 103 2.454
0.1 102.8 0 27.67 102.9 2.454
0.3 136 0 59.22 102.9 2.454
0.6 185.9 0 106.5 102.8 2.454
1 252.3 0 169.6 102.6 2.403
2.5 501.5 0 406.2 102.1 2.175
"""),
    "etch_pressure": Table(etch_pressure, "und_nm sin_loss_nm", """
3 93.74 58.08
5 113.8 58.77
8 136 59.22
15 172.7 59.58
30 224.7 59.69
"""),
    "belt": Table(belt, "peak tal ramp imc H shear_g_mil2", """
0.5 248.7 90 2.365 1.396 99.59 2.485
0.6 247.2 73.25 2.413 1.28 99.55 2.491
0.7 245.2 60 2.447 1.177 99.54 2.454
0.8 243 49.75 2.472 1.088 99.55 2.417
0.9 240.6 41.25 2.506 1.005 99.58 2.372
1 238 33.75 2.57 0.9254 99.65 2.314
"""),
    "formic_acid": Table(formic_acid, "oxide wet H void shear_g_mil2", """
0 5.342 2.866e-08 106.5 22.37 1.224
0.3 4.802 2.48e-07 106.5 20.21 1.258
0.6 3.143 0.0001891 106.5 13.57 1.363
0.7 1.325 0.2139 104.9 6.302 1.671
1 0.6353 0.8113 100.6 3.541 2.278
2 0.2284 0.9563 99.54 1.914 2.454
4 0.1856 0.9629 99.49 1.742 2.464
"""),
    "roll": Table(roll, "adhesion voids wrinkle_p T_um wr", """
80 0.5289 0.4814 0.0001238 121.4 16.74
90 0.795 0.2524 0.0001354 121.1 10.27
95 0.8949 0.1486 0.0001868 120.8 8.515
105 0.9841 0.02591 0.001896 119.9 7.134
115 0.994 0.001013 0.04755 118.2 6.81
125 0.9941 2.994e-06 0.5827 115.2 6.465
"""),
    "preclean": Table(preclean, "Rc_mohm shear_g_mil2", """
0 3616 0.1222
10 296.8 0.3321
20 24.36 0.9027
30 2 2.454
60 2 2.454
"""),
    "all_zones": Table(all_zones, "peak tal H spher", """
-30 215.2 0 106.5 0.00
-24 221.2 3 106.5 0.00
-20 225.2 24 99.6 0.95
-15 230.2 38 99.5 0.96
-10 235.2 46 99.5 0.96
-5 240.2 54 99.5 0.96
0 245.2 60 99.5 0.96
5 250.2 66 99.5 0.96
10 255.2 71 99.5 0.96
"""),
}  # fmt: skip
