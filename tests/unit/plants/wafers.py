"""Wafers as they come to a tool from the nominal route before it."""

from sim_hardware.physics import aligner, developer, laminator, plating_cell, spin_coater, sputter
from sim_hardware.physics.plasma_etcher import clearing_s, endpoint_s, etch
from sim_hardware.physics.route import Route
from sim_hardware.physics.stripper import strip
from sim_hardware.physics.wafer import Wafer

ROUTE = Route()
HOLD_S = 1800.0


def sputtered() -> Wafer:
    s = ROUTE.sputtering
    wafer = sputter.preclean(Wafer("W1"), s.preclean_w, s.preclean_s)
    wafer = sputter.deposit(wafer, "TiW", s.barrier, s.barrier_s)
    return sputter.deposit(wafer, "Cu", s.seed, s.seed_s)


def exposed() -> Wafer:
    film, light = ROUTE.lamination, ROUTE.exposures
    wafer = laminator.laminate(sputtered(), film.film_um, film.opacity_per_um, film.nip)
    return aligner.expose(wafer, light.pattern_mj_cm2, light.mask, HOLD_S)


def opened() -> Wafer:
    develop = ROUTE.developments
    return developer.develop_film(exposed(), develop.spray_s, develop.spray)


def flooded() -> Wafer:
    assert ROUTE.coating is not None
    wafer = spin_coater.coat(opened(), ROUTE.coating)
    return aligner.expose(wafer, ROUTE.exposures.flood_mj_cm2, None, HOLD_S)


def plated() -> Wafer:
    develop = ROUTE.developments
    wafer = developer.develop_liquid(
        flooded(), develop.puddle_s, develop.puddle_c, develop.puddle_wt_pct
    )
    for step in ROUTE.plating:
        cell = plating_cell.Cell(step.bath_c, ROUTE.shield, 1.0, ROUTE.bath_ah_l)
        amps = plating_cell.amps_for(wafer, step.a_dm2)
        wafer = plating_cell.plate(wafer, step.metal, amps, step.minutes * 60.0, cell)
    return wafer


def etched() -> Wafer:
    wafer = strip(plated(), ROUTE.strip_s, ROUTE.strip_tank)
    for step in ROUTE.etching:
        plasma = step.plasma()
        seconds = endpoint_s(clearing_s(wafer, step.film, plasma)) * (1.0 + step.over)
        wafer = etch(wafer, seconds, plasma)
    return wafer
