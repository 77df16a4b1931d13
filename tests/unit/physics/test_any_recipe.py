"""Whatever a recipe asks for inside the hard limits, every result is a finite number."""

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.physics.laminator import Pass
from sim_hardware.physics.reflow_oven import Gas
from sim_hardware.physics.route import NOMINAL_PLATING, Etching, Reflowing, Route, run
from sim_hardware.physics.spin_coater import Coating
from sim_hardware.physics.sputter import Deposition
from sim_hardware.physics.stripper import Tank


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high)


DEPOSITIONS = st.builds(Deposition, watts=between(500, 20000), mtorr=between(1, 50),
                        target_life=between(0, 1), base_mbar=between(1e-8, 1e-5))  # fmt: skip
NIPS = st.builds(Pass, roll_c=between(60, 130), nip_bar=between(1, 6), m_min=between(0.2, 3),
                 vacuum_kpa=between(0.5, 101))  # fmt: skip
COATINGS = st.builds(Coating, rpm=between(300, 6000), spin_s=between(1, 120),
                     rest_s=between(0, 600), degas_kpa=between(1, 101), bake_c=between(60, 140),
                     bake_s=between(10, 1200), viscosity_cst=between(50, 800),
                     resist_c=between(15, 30))  # fmt: skip
GASES = st.builds(Gas, formic_pct=between(0, 5), o2_ppm=between(0, 210000),
                  hours_since_etch=between(0, 500))  # fmt: skip
OVENS = st.builds(Reflowing, zones_c=st.tuples(*[between(25, 300)] * 8),
                  belt_m_min=between(0.2, 2), gas=GASES)  # fmt: skip
ETCHES = st.tuples(
    st.builds(Etching, film=st.just("Cu"), gas=st.sampled_from(["Ar", "SF6"]), over=between(0, 3),
              fixed_s=between(0, 900), mtorr=between(1, 50)),
    st.builds(Etching, film=st.just("TiW"), gas=st.just("SF6"), over=between(0, 3),
              fixed_s=between(0, 900), mtorr=between(1, 50)),
)  # fmt: skip


@st.composite
def routes(draw: st.DrawFn) -> Route:
    base = Route()
    return replace(
        base,
        sputtering=replace(base.sputtering, preclean_s=draw(between(0, 300)),
                           barrier=draw(DEPOSITIONS), barrier_s=draw(between(1, 600)),
                           seed=draw(DEPOSITIONS), seed_s=draw(between(1, 600))),
        lamination=replace(base.lamination, film_um=draw(between(30, 200)), nip=draw(NIPS),
                           hold_s=draw(between(0, 3e5)), opacity_per_um=draw(between(0, 0.1))),
        exposures=replace(base.exposures, pattern_mj_cm2=draw(between(0, 3000)),
                          flood_mj_cm2=draw(between(0, 10000)), lamp_h=draw(between(0, 2000))),
        developments=replace(base.developments, spray_s=draw(between(1, 1200)),
                             puddle_s=draw(between(1, 1200)), puddle_c=draw(between(15, 35)),
                             puddle_wt_pct=draw(between(1.5, 3.5))),
        coating=draw(st.none() | COATINGS),
        plating=tuple(replace(step, a_dm2=draw(between(0.1, 30)), minutes=draw(between(0, 120)))
                      for step in NOMINAL_PLATING),
        shield=draw(between(0, 1)),
        bath_ah_l=draw(between(0, 300)),
        strip_s=draw(between(0, 7200)),
        strip_tank=Tank(draw(between(20, 80)), draw(between(0.1, 2)), draw(between(0, 1))),
        etching=draw(ETCHES),
        reflowing=draw(OVENS),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(routes())
def test_any_recipe_inside_the_hard_limits_gives_finite_numbers(route: Route) -> None:
    found = run(route).results
    wild = [(step, name, value) for step, results in found.items()
            for name, value in results.items()
            if not math.isfinite(value)]  # fmt: skip
    assert not wild
