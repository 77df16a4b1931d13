"""Routes with one thing wrong: what comes out, and which acceptance limits it breaks."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import pytest

from sim_hardware.physics.metrology import Results
from sim_hardware.physics.route import run
from tests.unit.physics.golden_cases import CASES, COLUMNS
from tests.unit.physics.golden_tables import RENAMED, WHERE
from tests.unit.physics.near import near

KNOWN_DIFFERENCES: Final = MappingProxyType({
    # Interpolated here, whole slices of a grid in the reference.
    ("flood dose low", "scum_um"): 4.042,
    # The worst site of a film locked under mushrooms of another size in the second decimal.
    ("film too thin", "residue_pct"): 5.320,
})  # fmt: skip

LIMITS: Final[Mapping[str, tuple[str, str, float, float]]] = MappingProxyType({
    "FILM_T": ("laminate", "T_um", 114.0, 126.0),
    "LAM_ADH": ("laminate", "adhesion", 0.90, 1.0),
    "CD": ("develop1", "CD_wall", 98.0, 103.0),
    "RECESS": ("develop1", "wr", 3.0, 10.0),
    "SCUM1": ("develop1", "scum_um", 0.0, 0.05),
    "SCUM2": ("develop2", "scum_um", 0.0, 0.05),
    "FILL": ("develop2", "f_res", 0.70, 1.0),
    "FOOT": ("plate", "foot", 0.0, 2.5),
    "PLATE_H": ("plate", "h_um", 99.0, 115.0),
    "PLATE_NU": ("plate", "nu_pct", 0.0, 6.0),
    "AG_PCT": ("plate", "Ag", 2.0, 3.2),
    "MUSHROOM": ("plate", "mush", 0.0, 2.0),
    "OPEN": ("plate", "open_sites", 0.0, 0.0),
    "NODULE": ("plate", "nodules", 0.0, 1.0),
    "RESIDUE": ("strip", "residue_pct", 0.0, 0.5),
    "PAD_CD": ("etch", "pad_cd", 99.0, 106.0),
    "UNDERCUT": ("etch", "und_nm", 0.0, 250.0),
    "UBM_LEFT": ("etch", "ubm_left_nm", 0.0, 1.0),
    "PASSIV": ("etch", "sin_loss_nm", 0.0, 150.0),
    "SN_LOSS": ("etch", "sn_loss_um", 0.0, 1.5),
    "LEAK": ("etch", "leak", 0.0, 0.0),
    "PEAK": ("reflow", "peak", 238.0, 252.0),
    "TAL": ("reflow", "tal", 45.0, 80.0),
    "BUMP_H": ("reflow", "H", 95.0, 105.0),
    "COPLAN": ("reflow", "coplan", 0.0, 10.0),
    "SHAPE": ("reflow", "spher", 0.8, 1.0),
    "IMC": ("reflow", "imc", 0.6, 2.5),
    "VOID": ("reflow", "void", 0.0, 8.0),
    "SHEAR": ("reflow", "shear_g_mil2", 2.2, 100.0),
    "GAP": ("reflow", "gap", 60.0, 1000.0),
})  # fmt: skip


@cache
def results(case: str) -> dict[str, Results]:
    return run(CASES[case].route).results


def printed(case: str) -> list[tuple[str, float, float]]:
    """Metric, printed value and half of its last digit; `-` means that nothing was measured."""
    cells = zip(COLUMNS, CASES[case].row.split(), strict=True)
    return [(metric, float(text), 0.501 * 10.0 ** -len(text.partition(".")[2]))
            for metric, text in cells if text != "-"]  # fmt: skip


def measured(case: str, metric: str) -> float:
    return results(case)[WHERE[metric]][RENAMED.get(metric, metric)]


def broken_limits(case: str) -> set[str]:
    broken: set[str] = set()
    for flag, (step, metric, low, high) in LIMITS.items():
        value = results(case)[step].get(metric)
        if value is not None and not low <= value <= high:
            broken.add(flag)
    # Without liquid resist nobody asks how full the recess is.
    return broken if "spincoat" in results(case) else broken - {"FILL"}


@pytest.mark.parametrize("case", CASES)
def test_a_faulty_route_gives_what_the_reference_printed(case: str) -> None:
    wrong = [
        f"{metric}: {measured(case, metric):.5g}, not {expected:g}"
        for metric, expected, digit in printed(case)
        if (case, metric) not in KNOWN_DIFFERENCES
        and abs(measured(case, metric) - expected) > max(0.01 * abs(expected), digit)
    ]
    assert not wrong


@pytest.mark.parametrize("cell", KNOWN_DIFFERENCES)
def test_a_known_difference_from_the_reference_stays_what_it_was(cell: tuple[str, str]) -> None:
    assert measured(*cell) == near(KNOWN_DIFFERENCES[cell], rel=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_a_faulty_route_breaks_the_limits_that_it_should(case: str) -> None:
    assert broken_limits(case) == set(CASES[case].flags.split())


def test_silver_is_not_measured_where_nothing_was_plated() -> None:
    assert "Ag" not in results("flood dose low")["plate"]


def test_a_skipped_fill_lowers_the_bump_and_widens_its_pad() -> None:
    skipped, nominal = "liquid resist skipped", "nominal"
    assert measured(skipped, "pad_cd") - measured(nominal, "pad_cd") > 6.0
    assert measured(skipped, "H") < measured(nominal, "H") - 5.0
