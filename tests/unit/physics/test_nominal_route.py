"""The nominal route, step by step, against the numbers that the reference printed."""

from typing import Final

import pytest

from sim_hardware.physics import sputter
from sim_hardware.physics.route import NOMINAL_BARRIER, NOMINAL_SEED, Route, run
from tests.unit.physics.near import near

NOMINAL: Final[dict[str, dict[str, float]]] = {
    "sputter": {"bow_um": -23.648, "Rc_mohm": 2.0, "Rs_mohm": 70.42, "t_nm_TiW": 199.83,
                "t_nm_Cu": 301.28, "nu_pct": 1.64},
    "laminate": {"T_um": 119.898, "nu_pct": 0.542, "adhesion": 0.984, "voids": 0.026,
                 "wrinkle_p": 0.0019, "exit_C": 70.0},
    "expose1": {"t_s": 13.357, "I_mW": 22.46, "dose": 295.47, "ov_um": 0.361},
    "develop1": {"t_bp": 99.915, "bp_pct": 49.958, "r0": 1.2, "CD_top": 100.788,
                 "CD_wall": 100.69, "CD_bot": 114.959, "wr": 7.134, "hr": 11.086,
                 "Vr": 16247.654, "scum_um": 0.0, "lift": 0.0},
    "spincoat": {"h_flat": 10.162, "floor_um": 20.91, "fill": 0.994, "solvent": 0.00513,
                 "nu_pct": 0.405},
    "expose2": {"t_s": 53.428, "dose": 1181.88},
    "develop2": {"t_clear": 83.753, "scum_um": 0.0, "f_res": 0.828, "pull_um": 1.189,
                 "foot_left": 1.226, "leak_pct": 2.218},
    "plate": {"A_Cu": 4.64, "A_Ni": 1.74, "A_SnAg": 3.48, "h_um": 107.135, "nu_pct": 3.198,
              "foot": 1.226, "mush": 0.0, "D_mush": 100.69, "bridge": 0.0, "open_sites": 0.0,
              "Ag": 2.559, "nodules": 0.0, "h_stud": 7.547},
    "strip": {"t_lift_min": 18.487, "residue_pct": 0.082, "sn_loss": 0.25},
    "etch": {"t_ep_Cu": 189.36, "t_ep_TiW": 157.74, "rate_Cu": 98.75, "rate_TiW": 79.0,
             "t_s_Cu": 227.23, "t_s_TiW": 205.06, "pad_cd": 102.871, "und_nm": 136.022,
             "ubm_left_nm": 0.0, "sn_loss_um": 0.676, "sin_loss_nm": 59.22, "gap_um": 97.129,
             "leak": 0.0, "masked_pct": 0.082, "wafer_C": 49.0},
    "reflow": {"peak": 245.213, "tal": 60.0, "soak": 98.25, "ramp": 2.447, "cool": -3.041,
               "oxide": 0.228, "wet": 0.956, "H": 99.54, "nu_pct": 1.798, "coplan": 3.578,
               "Dmax": 120.908, "base_cd": 103.143, "imc": 1.177, "void": 1.914,
               "shear_gf": 30.285, "shear_g_mil2": 2.454, "gap": 77.786, "spher": 0.956},
}  # fmt: skip


@pytest.mark.parametrize("step", NOMINAL)
def test_a_nominal_step_gives_what_the_reference_printed(step: str) -> None:
    got = run(Route()).results[step]
    wanted = NOMINAL[step]
    assert {name: got[name] for name in wanted} == near(wanted, rel=0.01)


def test_every_result_of_the_nominal_route_is_compared() -> None:
    got = {step: set(results) for step, results in run(Route()).results.items()}
    assert got == {step: set(results) for step, results in NOMINAL.items()}


def test_the_targets_burn_at_the_voltage_and_rate_of_the_reference() -> None:
    barrier, seed = NOMINAL_BARRIER, NOMINAL_SEED
    volts = [sputter.plasma_volts("TiW", barrier.watts, barrier.mtorr, barrier.target_life),
             sputter.plasma_volts("Cu", seed.watts, seed.mtorr, seed.target_life)]  # fmt: skip
    rates = [sputter.rate_nm_s("TiW", barrier.watts, barrier.mtorr, barrier.target_life),
             sputter.rate_nm_s("Cu", seed.watts, seed.mtorr, seed.target_life)]  # fmt: skip
    assert volts == near([435.73, 463.34], rel=0.001)
    assert rates == near([1.6, 6.69], rel=0.002)
