"""Matter and charge are conserved, and a step done in parts gives what it gives in one go."""

from dataclasses import replace

import numpy as np
import pytest

from sim_hardware.physics import (
    aligner,
    developer,
    metrology,
    plasma_etcher,
    plating_cell,
    reflow_oven,
    spin_coater,
    sputter,
    stripper,
)
from sim_hardware.physics.route import (
    NOMINAL_BARRIER,
    NOMINAL_COATING,
    NOMINAL_GAS,
    NOMINAL_MASK,
    NOMINAL_SPRAY,
    NOMINAL_TANK,
    NOMINAL_ZONES_C,
    Etching,
    Route,
    run,
)
from sim_hardware.physics.sites import ring_mean, uniform
from sim_hardware.physics.wafer import Deposit, Wafer
from tests.unit.physics.near import near

CELL = plating_cell.Cell(bath_c=28.0, shield=0.75, agitation=1.0, ah_per_l=20.0)
ARGON = Etching("Cu", "Ar", 0.2).plasma()
FLUORINE = Etching("TiW", "SF6", 0.3).plasma()


def nominal() -> Wafer:
    return run(Route()).wafer


def developed() -> Wafer:
    """A wafer with open, filled and developed openings, not yet plated."""
    w = nominal()
    fresh = replace(w, layers={}, film=None, opening=None, resist=None, deposit=None, bump=None)
    start = run(replace(Route(), plating=(), etching=()), fresh).wafer
    assert start.film is not None
    film = replace(start.film, lift_share=uniform(0.0), soak_s=uniform(0.0))
    w = replace(start, film=film, resist=None, deposit=None)
    w = aligner.expose(spin_coater.coat(w, NOMINAL_COATING), 1200.0, None, 1800.0)
    return developer.develop_liquid(w, 140.0, 23.0, 2.38)


def plated(wafer: Wafer) -> Deposit:
    assert wafer.deposit is not None
    return wafer.deposit


def test_metal_in_an_opening_and_its_foot_is_the_metal_that_was_plated() -> None:
    d = plated(nominal())
    inside = np.pi * d.wall_um**2 * d.height_um + d.foot_um3
    np.testing.assert_allclose(inside, d.stud_um3 + d.solder_um3, rtol=1e-9)


def test_a_mushroom_holds_the_volume_that_rose_above_the_film() -> None:
    radius, volume = uniform(50.0), uniform(2.5e5)
    over = plating_cell.cap_um(radius, volume)
    np.testing.assert_allclose(plating_cell.mushroom_um3(radius, over), volume, rtol=1e-9)


def test_a_reflowed_cap_holds_the_solder_that_went_into_it() -> None:
    base, volume = uniform(51.5), uniform(7.9e5)
    height = reflow_oven.cap_height_um(base, volume)
    np.testing.assert_allclose(reflow_oven.cap_um3(base, height), volume, rtol=1e-9)


def test_the_metal_accounts_for_the_charge_less_the_lost_efficiency() -> None:
    w = plating_cell.plate(developed(), "SnAg", 3.0, 600.0, CELL)
    d = plated(w)
    kept = plating_cell.efficiency("SnAg", CELL.ah_per_l, d.limit_share)
    um3_per_a_min = plating_cell.electrolyte("SnAg").rate_um_min * 1e10  # of a square decimetre
    amp_minutes = ring_mean(d.solder_um3 / kept) * w.bump_count / um3_per_a_min
    assert amp_minutes == near(30.0, rel=1e-6)


@pytest.mark.parametrize("parts", [2, 7])
def test_an_interrupted_charge_plates_what_an_unbroken_one_does(parts: int) -> None:
    whole = broken = developed()
    whole = plating_cell.plate(whole, "SnAg", 8.0, 2000.0, CELL)
    for _ in range(parts):
        broken = plating_cell.plate(broken, "SnAg", 8.0, 2000.0 / parts, CELL)
    assert metrology.after_plate(broken) == near(metrology.after_plate(whole), rel=1e-9)


def test_a_deposition_in_parts_gives_the_same_film() -> None:
    once = sputter.deposit(Wafer("once"), "TiW", NOMINAL_BARRIER, 120.0)
    twice = sputter.deposit(Wafer("twice"), "TiW", NOMINAL_BARRIER, 50.0)
    twice = sputter.deposit(twice, "TiW", NOMINAL_BARRIER, 70.0)
    assert metrology.after_sputter(twice) == near(metrology.after_sputter(once))


def test_two_exposures_add_up() -> None:
    bare = replace(nominal(), opening=None, resist=None)
    assert bare.film is not None
    lit = replace(bare, film=replace(bare.film, dose_mj_cm2=uniform(0.0)))
    for dose in (100.0, 200.0):
        lit = aligner.expose(lit, dose, NOMINAL_MASK, 1800.0)
    assert metrology.after_expose1(lit)["dose"] == near(295.47, rel=1e-4)


def test_a_develop_that_goes_on_ends_where_one_long_develop_does() -> None:
    undeveloped = replace(nominal(), opening=None, resist=None)
    whole = developer.develop_film(undeveloped, 200.0, NOMINAL_SPRAY)
    parts = developer.develop_film(undeveloped, 90.0, NOMINAL_SPRAY)
    assert metrology.after_develop1(parts)["scum_um"] > 5.0
    parts = developer.develop_film(parts, 110.0, NOMINAL_SPRAY)
    one, two = metrology.after_develop1(whole), metrology.after_develop1(parts)
    assert {k: two[k] for k in ("CD_wall", "CD_top")} == near(
        {k: one[k] for k in ("CD_wall", "CD_top")}, rel=2e-3
    )
    assert two["wr"] == near(one["wr"], within=0.15)


def test_a_puddle_that_goes_on_clears_what_one_long_puddle_does() -> None:
    coated = spin_coater.coat(replace(developed(), resist=None), NOMINAL_COATING)
    coated = aligner.expose(coated, 1200.0, None, 1800.0)
    whole = developer.develop_liquid(coated, 140.0, 23.0, 2.38)
    parts = coated
    for _ in range(4):
        parts = developer.develop_liquid(parts, 35.0, 23.0, 2.38)
    one, two = metrology.after_develop2(whole), metrology.after_develop2(parts)
    assert two == near(one, rel=0.01, within=1e-9)


def test_a_strip_in_parts_leaves_the_same_residue() -> None:
    dirty = developed()
    whole = stripper.strip(dirty, 1500.0, NOMINAL_TANK)
    parts = stripper.strip(stripper.strip(dirty, 700.0, NOMINAL_TANK), 800.0, NOMINAL_TANK)
    assert metrology.after_strip(parts) == near(metrology.after_strip(whole))


def test_an_etch_in_parts_takes_the_same_metal() -> None:
    stripped = stripper.strip(developed(), 1500.0, NOMINAL_TANK)
    whole = plasma_etcher.etch(plasma_etcher.etch(stripped, 230.0, ARGON), 160.0, FLUORINE)
    parts = stripped
    for _ in range(5):
        parts = plasma_etcher.etch(parts, 46.0, ARGON)
    for _ in range(4):
        parts = plasma_etcher.etch(parts, 40.0, FLUORINE)
    assert metrology.after_etch(parts) == near(metrology.after_etch(whole), within=1e-6)


def test_a_path_through_an_oven_is_the_path_through_its_ambient() -> None:
    path = reflow_oven.profile(NOMINAL_ZONES_C, 0.7)
    around = reflow_oven.ambient_c(NOMINAL_ZONES_C, 0.7 / 60.0 * path.time_s)
    same = reflow_oven.reflow_along(nominal(), reflow_oven.followed(around), NOMINAL_GAS)
    expected = reflow_oven.reflow(nominal(), NOMINAL_ZONES_C, 0.7, NOMINAL_GAS)
    assert metrology.after_reflow(same) == near(metrology.after_reflow(expected))
    assert path.at_c(0.0) < 30.0 < path.at_c(60.0)
