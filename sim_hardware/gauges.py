"""The bench of gauges beside the line: what a person finds on a wafer, by the names of the forms.

A gauge that has nothing to measure gives no value. What a tool measures itself (the breakpoint
camera, the profile logger) is not on the bench.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.physics import metrology
from sim_hardware.physics.wafer import Wafer

HOLD_S: Final = 1800.0  # the tape test is done when the film has settled
SITES: Final = 25

_Station = tuple[Callable[[Wafer], Mapping[str, float]], Mapping[str, str]]


def _film(wafer: Wafer) -> Mapping[str, float]:
    return metrology.after_laminate(wafer, HOLD_S)


def _plated(wafer: Wafer) -> Mapping[str, float]:
    found = metrology.after_plate(wafer)
    if not found:
        return {}
    return {**found, "missing": found["open_sites"] / SITES * wafer.bump_count}


_STATIONS: Final[tuple[_Station, ...]] = (
    (metrology.after_sputter, {"rs_mohm_sq": "Rs_mohm", "thickness_nu_pct": "nu_pct",
                               "bow_um": "bow_um", "contact_mohm": "Rc_mohm"}),
    (_film, {"film_um": "T_um", "voids": "voids", "adhesion": "adhesion"}),
    (metrology.after_expose1, {"dose_mj_cm2": "dose", "overlay_um": "ov_um"}),
    (metrology.after_develop1, {"wall_cd_um": "CD_wall", "recess_um": "wr", "scum_um": "scum_um"}),
    (metrology.after_spincoat, {"floor_um": "floor_um", "fill": "fill"}),
    (metrology.after_develop2, {"floor_scum_um": "scum_um", "residual_fill": "f_res",
                                "foot_um": "foot_left"}),
    (_plated, {"plated_um": "h_um", "plated_nu_pct": "nu_pct", "silver_wt_pct": "Ag",
               "mushroom_um": "mush", "missing_bumps": "missing"}),
    (metrology.after_strip, {"residue_pct": "residue_pct"}),
    (metrology.after_etch, {"pad_cd_um": "pad_cd", "undercut_nm": "und_nm",
                            "ubm_left_nm": "ubm_left_nm", "passivation_loss_nm": "sin_loss_nm",
                            "solder_loss_um": "sn_loss_um"}),
    (metrology.after_reflow, {"bump_um": "H", "coplanarity_um": "coplan", "imc_um": "imc",
                              "void_pct": "void", "shear_g_mil2": "shear_g_mil2",
                              "gap_um": "gap"}),
)  # fmt: skip


def measured(wafer: Wafer) -> dict[str, float]:
    """Every value that can be taken on the wafer as it is."""
    values: dict[str, float] = {}
    for take, names in _STATIONS:
        found = take(wafer)
        values.update({name: found[key] for name, key in names.items() if key in found})
    return values
