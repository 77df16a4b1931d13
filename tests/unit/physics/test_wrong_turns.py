"""Steps in the wrong order, left out or done twice: the wafer shows it, and nothing breaks."""

from dataclasses import replace

import numpy as np

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
from sim_hardware.physics.route import (
    NOMINAL_COATING,
    NOMINAL_GAS,
    NOMINAL_MASK,
    NOMINAL_NIP,
    NOMINAL_SEED,
    NOMINAL_SPRAY,
    NOMINAL_TANK,
    NOMINAL_ZONES_C,
    Etching,
    Route,
    run,
)
from sim_hardware.physics.wafer import Wafer

CELL = plating_cell.Cell(bath_c=28.0, shield=0.75, agitation=1.0, ah_per_l=20.0)
ARGON = Etching("Cu", "Ar", 0.2).plasma()
FLUORINE = Etching("TiW", "SF6", 0.3).plasma()


def seeded() -> Wafer:
    return sputter.deposit(Wafer("w"), "Cu", NOMINAL_SEED, 45.0)


def laminated() -> Wafer:
    return laminator.laminate(seeded(), 122.0, 0.035, NOMINAL_NIP)


def test_nothing_grows_in_a_film_that_was_never_opened() -> None:
    w = plating_cell.plate(laminated(), "SnAg", 3.5, 2000.0, CELL)
    results = metrology.after_plate(w)
    assert (results["h_um"], results["open_sites"]) == (0.0, 25.0)


def test_metal_goes_everywhere_on_a_wafer_without_a_film() -> None:
    w = plating_cell.plate(seeded(), "Cu", 4.6, 600.0, CELL)
    assert w.deposit is not None
    assert 0.5 < w.deposit.blanket_um < 5.0
    assert not w.deposit.plated.any()


def test_a_bare_wafer_without_seed_plates_nothing() -> None:
    w = plating_cell.plate(Wafer("w"), "Cu", 4.6, 600.0, CELL)
    assert w.deposit is not None
    assert w.deposit.blanket_um == 0.0


def test_an_opening_made_after_a_vain_plating_plates_as_if_new() -> None:
    vain = plating_cell.plate(laminated(), "Ni", 1.7, 300.0, CELL)
    exposed = aligner.expose(vain, 300.0, NOMINAL_MASK, 1800.0)
    opened = developer.develop_film(exposed, 200.0, NOMINAL_SPRAY)
    results = metrology.after_plate(plating_cell.plate(opened, "SnAg", 3.5, 600.0, CELL))
    assert results["open_sites"] == 0.0
    assert results["foot"] > 5.0


def test_a_film_exposed_without_the_mask_does_not_open() -> None:
    flooded = aligner.expose(laminated(), 300.0, None, 1800.0)
    w = developer.develop_film(flooded, 400.0, NOMINAL_SPRAY)
    assert metrology.after_develop1(w)["scum_um"] > 100.0


def test_a_film_that_saw_no_light_washes_away() -> None:
    w = developer.develop_film(laminated(), 400.0, NOMINAL_SPRAY)
    assert metrology.after_develop1(w)["lift"] == 1.0


def test_light_through_the_mask_never_frees_the_floor_of_an_opening() -> None:
    w = aligner.expose(laminated(), 300.0, NOMINAL_MASK, 1800.0)
    w = spin_coater.coat(developer.develop_film(w, 200.0, NOMINAL_SPRAY), NOMINAL_COATING)
    w = aligner.expose(w, 1200.0, NOMINAL_MASK, 1800.0)
    w = developer.develop_liquid(w, 140.0, 23.0, 2.38)
    assert metrology.after_develop2(w)["scum_um"] > 15.0


def test_carbonate_cannot_reach_the_film_under_liquid_resist() -> None:
    w = aligner.expose(laminated(), 300.0, NOMINAL_MASK, 1800.0)
    coated = spin_coater.coat(w, NOMINAL_COATING)
    assert developer.develop_film(coated, 200.0, NOMINAL_SPRAY) is coated


def test_developing_a_bare_wafer_changes_nothing() -> None:
    w = seeded()
    assert developer.develop_film(w, 200.0, NOMINAL_SPRAY) is w
    assert developer.develop_liquid(w, 140.0, 23.0, 2.38) is w
    assert aligner.expose(w, 300.0, NOMINAL_MASK, 0.0) is w


def test_stripping_twice_leaves_less_residue_and_less_solder() -> None:
    once = run(Route()).wafer
    twice = stripper.strip(once, 1500.0, NOMINAL_TANK)
    before, after = metrology.after_strip(once), metrology.after_strip(twice)
    assert after["residue_pct"] < before["residue_pct"] / 1000.0
    assert after["sn_loss"] == 2.0 * before["sn_loss"]


def test_the_remover_attacks_solder_more_than_copper() -> None:
    assert stripper.tin_um_min(65.0) > stripper.copper_um_min(65.0) > 0.0


def test_an_unstripped_film_keeps_the_plasma_off_the_metal() -> None:
    w = plasma_etcher.etch(laminated(), 500.0, ARGON)
    np.testing.assert_array_equal(w.layer_nm("Cu"), seeded().layer_nm("Cu"))


def test_the_wrong_gas_leaves_the_seed_alone() -> None:
    w = plasma_etcher.etch(seeded(), 500.0, FLUORINE)
    np.testing.assert_array_equal(w.layer_nm("Cu"), seeded().layer_nm("Cu"))


def test_reflow_before_plating_forms_no_bump() -> None:
    w = reflow_oven.reflow(laminated(), NOMINAL_ZONES_C, 0.7, NOMINAL_GAS)
    assert metrology.after_reflow(w) == {}


def test_a_second_lamination_buries_the_first_openings() -> None:
    w = run(replace(Route(), plating=(), etching=())).wafer
    again = laminator.laminate(w, 122.0, 0.035, NOMINAL_NIP)
    assert (again.opening, again.resist) == (None, None)


def test_a_preclean_after_the_metal_comes_too_late() -> None:
    w = sputter.preclean(seeded(), 300.0, 60.0)
    assert metrology.after_sputter(w)["Rc_mohm"] > 3000.0


def test_a_wafer_remembers_when_it_was_where() -> None:
    w = seeded().visited("sputter", 100.0).visited("laminator", 400.0).visited("sputter", 900.0)
    assert (w.since_s("sputter", 1000.0), w.since_s("stripper", 1000.0)) == (100.0, None)
