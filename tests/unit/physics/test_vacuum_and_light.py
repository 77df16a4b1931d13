"""Pump-down, leaks, lamp, cell voltage and the light of the plasma."""

from itertools import pairwise

import numpy as np
import pytest

from sim_hardware.physics import aligner, plasma_etcher, plating_cell, reflow_oven, sputter
from sim_hardware.physics.route import NOMINAL_ZONES_C, Etching
from sim_hardware.physics.sputter import CHAMBER, LOCK
from tests.unit.physics.near import near


@pytest.mark.parametrize(
    ("seconds", "mbar"),
    [(5, 2.9e2), (10, 8.3e1), (20, 6.8), (30, 0.56), (39, 5.9e-2), (60, 4.4e-5), (120, 1.1e-5),
     (300, 3.5e-6), (600, 1.6e-6), (1800, 5.2e-7), (3600, 2.6e-7)],
)  # fmt: skip
def test_the_chamber_pumps_down_along_the_reference_curve(seconds: float, mbar: float) -> None:
    assert sputter.pump_down_mbar(CHAMBER, seconds) == near(mbar, rel=0.03)


@pytest.mark.parametrize("chamber", [CHAMBER, LOCK])
def test_pressure_never_rises_while_pumping(chamber: sputter.Chamber) -> None:
    curve = [sputter.pump_down_mbar(chamber, t) for t in np.linspace(0.0, 4000.0, 2000)]
    assert all(later <= earlier for earlier, later in pairwise(curve))


def test_the_lock_reaches_its_permit_in_about_two_minutes() -> None:
    assert sputter.pump_down_mbar(LOCK, 60.0) > 5e-5 > sputter.pump_down_mbar(LOCK, 180.0)


def test_a_bad_leak_fails_the_rate_of_rise_check_and_a_good_chamber_passes() -> None:
    good = sputter.rate_of_rise_mbar_s(CHAMBER, 3600.0, sputter.GOOD_LEAK_MBAR_L_S)
    bad = sputter.rate_of_rise_mbar_s(CHAMBER, 3600.0, sputter.BAD_LEAK_MBAR_L_S)
    assert good == near(5e-6, rel=0.05)
    assert good < 1e-5 < bad


def test_a_vent_takes_a_minute_and_stops_at_the_air_outside() -> None:
    assert sputter.vent_mbar(CHAMBER, 1e-6, 60.0, 59.0) < sputter.ATMOSPHERE_MBAR
    assert sputter.vent_mbar(CHAMBER, 1e-6, 60.0, 100.0) == sputter.ATMOSPHERE_MBAR


def test_a_used_target_is_slower_and_burns_at_less_voltage() -> None:
    rate = [sputter.rate_nm_s("TiW", 10000.0, 7.0, life) for life in (0.3, 0.95)]
    volts = [sputter.plasma_volts("TiW", 10000.0, 7.0, life) for life in (0.3, 0.95)]
    assert rate[1] / rate[0] == near(0.90, within=0.01)
    assert volts[1] / volts[0] == near(0.92, within=0.01)


def test_no_power_or_no_gas_means_no_plasma() -> None:
    assert sputter.rate_nm_s("Cu", 0.0, 5.0, 0.3) == 0.0
    assert sputter.plasma_volts("Cu", 10000.0, 0.0, 0.3) == 0.0


def test_argon_sets_the_process_pressure() -> None:
    assert sputter.process_mtorr(50.0, 127.0, 3e-7) == near(5.0, rel=0.01)


def test_a_deposition_uses_up_its_target() -> None:
    assert sputter.life_used("TiW", 10000.0, 125.0) == near(0.347 / 800.0, rel=0.01)


def test_a_lamp_has_seventy_percent_left_when_it_is_changed() -> None:
    left = aligner.irradiance_mw_cm2(1000.0) / aligner.irradiance_mw_cm2(0.0)
    assert left == near(0.70, within=0.01)


def test_a_bad_contact_shows_in_the_cell_voltage() -> None:
    good, bad = plating_cell.cell_volts(4.64), plating_cell.cell_volts(4.64, contact_ohm=0.115)
    assert bad - good == near(0.3, within=0.01)
    assert plating_cell.cell_volts(0.0) == 0.0


def test_the_plasma_gets_darker_only_while_the_film_clears() -> None:
    clearing = np.linspace(180.0, 190.0, 25)
    light = [plasma_etcher.emission(clearing, t) for t in (0.0, 170.0, 185.0, 195.0)]
    assert light[0] == light[1] == 1.0
    assert light[1] > light[2] > light[3] == plasma_etcher.M.light_floor


def test_without_helium_the_wafer_nears_the_melting_point() -> None:
    plasma = Etching("Cu", "Ar", 0.2).plasma()
    assert plasma_etcher.wafer_c(plasma) == 49.0
    loose = plasma_etcher.Plasma("Ar", 1000.0, 300.0, 8.0, 50.0, 20.0, 50.0, helium_torr=0.0)
    assert plasma_etcher.wafer_c(loose) == 136.0


def test_the_belt_carries_a_wafer_through_in_five_and_a_half_minutes() -> None:
    seconds = reflow_oven.transit_s(0.7)
    assert seconds == near(330.0)
    assert reflow_oven.position_m(0.7, seconds) == near(3.85)


@pytest.mark.parametrize(("silver", "celsius"), [(3.5, 221.0), (2.5, 224.14), (4.3, 233.8)])
def test_solder_off_the_eutectic_melts_later(silver: float, celsius: float) -> None:
    assert reflow_oven.liquidus_c(silver) == near(celsius)


def test_the_oven_is_as_warm_as_its_zones() -> None:
    middles = 0.35 * (np.arange(8.0) + 0.5)
    np.testing.assert_allclose(reflow_oven.ambient_c(NOMINAL_ZONES_C, middles), NOMINAL_ZONES_C)
