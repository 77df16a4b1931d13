"""The drawn section against the numbers it stands for."""

import re
from math import dist, hypot, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linecontrol.model.visits import VISITS, VisitName
from linecontrol.report.figures import sections
from linecontrol.report.opening import HEIGHT_PER_WIDTH, Opening, opening_of
from linecontrol.report.record import lot_record
from linecontrol.report.section import (
    Layer,
    Material,
    Point,
    Stage,
    cap,
    cap_radius,
    half_view,
    plug,
    section,
)
from linecontrol.report.section_svg import View, picture
from tests.rigs.finished_lot import FLOWS, LotRig, library

lengths = st.floats(min_value=0.2, max_value=14.0)
films = st.floats(min_value=76.0, max_value=152.0)
walls = st.floats(min_value=60.0, max_value=110.0)
anything = st.one_of(st.none(), st.floats(), st.floats(min_value=-10, max_value=300))


def opening(flow: str = "reentrant_fill_200um", **measured: float | None) -> Opening:
    found = library().flows[flow]
    recipes = {step.id: library().recipes[step.recipe] for step in found.steps}
    return opening_of(found, recipes, measured.get)


def after(visit: VisitName, flow: str = "reentrant_fill_200um") -> Stage:
    made: list[VisitName] = [step.visit for step in library().flows[flow].steps]
    return Stage(visit, made[: made.index(visit) + 1])


def layers(of: Opening, stage: Stage, material: Material) -> list[Layer]:
    return [one for one in section(of, stage, passivated=True) if one.material is material]


def close(value: float, wanted: float, within: float = 1e-6) -> bool:
    return isclose(value, wanted, rel_tol=1e-9, abs_tol=within)


def drawn_um(svg: str, material: Material, view: View) -> list[list[Point]]:
    """The outlines of a material as they stand in the picture, back in um."""
    found = re.findall(rf'<polygon points="([^"]*)" class="m-{material}">', svg)
    return [
        [
            (view.left + float(x) / view.scale, view.top - float(y) / view.scale)
            for x, _, y in (pair.partition(",") for pair in outline.split())
        ]
        for outline in found
    ]


@given(recess=lengths, film=films, wall=walls)
def test_the_drawn_recess_is_as_wide_as_the_measured_one(
    recess: float, film: float, wall: float
) -> None:
    shape = opening(recess_um=recess, film_um=film, wall_cd_um=wall)
    half = half_view(shape)
    view = View(-half, half, -26.0, film + 26.0)
    layers_there = section(shape, after("develop_film"), passivated=True)
    svg = picture(layers_there, (), view, "")
    fine = 0.011 / view.scale  # pixels are written to a hundredth
    for outline in drawn_um(svg, Material.FILM, view):
        at_top = min(abs(x) for x, y in outline if close(y, film, fine))
        at_floor = min(abs(x) for x, y in outline if close(y, 0.0, fine))
        assert close(at_top, wall / 2, fine)
        assert close(at_floor - at_top, recess, 2 * fine)


@given(recess=lengths, wall=walls)
def test_without_the_fill_the_metal_fills_the_whole_recess(recess: float, wall: float) -> None:
    shape = opening("straight_film", recess_um=recess, wall_cd_um=wall)
    (copper,) = layers(shape, after("plate_cu", "straight_film"), Material.COPPER)
    assert close(max(x for x, y in copper.outline if y == 0.0), wall / 2 + recess)


@given(recess=lengths, foot=lengths)
def test_plug_and_metal_share_the_recess_without_gap_or_overlap(recess: float, foot: float) -> None:
    shape = opening(recess_um=recess, foot_um=foot)
    left_open = min(foot, recess)
    assert close(shape.metal_at(0.0), shape.radius + left_open)
    outline = plug(shape)
    if outline:
        assert close(min(x for x, _ in outline), shape.radius + left_open)
        assert close(max(x for x, _ in outline), shape.radius + recess)
    else:
        assert foot >= recess


def test_the_foot_follows_from_the_fill_where_nobody_measured_it() -> None:
    shape = opening(recess_um=8.0, residual_fill=0.75)
    assert close(shape.foot.value, 2.0)
    assert shape.foot.measured


@given(recess=st.floats(min_value=0.2, max_value=300.0), film=films)
def test_the_recess_is_drawn_with_the_nominal_ratio_and_never_above_half_the_film(
    recess: float, film: float
) -> None:
    shape = opening(recess_um=recess, film_um=film)
    assert close(shape.height, min(recess * HEIGHT_PER_WIDTH, film / 2))


@given(
    base=st.floats(min_value=20, max_value=80),
    rise=st.floats(min_value=5, max_value=150),
    bottom=st.floats(min_value=0, max_value=20),
)
def test_a_reflowed_bump_is_a_cap_of_one_sphere_on_its_base(
    base: float, rise: float, bottom: float
) -> None:
    outline = cap(base, rise, bottom)
    radius = cap_radius(base, rise)
    middle = bottom + rise - radius
    assert all(close(hypot(x, y - middle), radius) for x, y in outline)
    assert close(dist(outline[0], (base, bottom)), 0.0)
    assert close(dist(outline[-1], (-base, bottom)), 0.0)
    assert close(max(y for _, y in outline), bottom + rise)


def test_the_nominal_bump_bulges_as_far_as_the_process_says() -> None:
    shape = opening(bump_um=99.5, pad_cd_um=102.9, foot_um=1.2)
    (solder,) = layers(shape, after("reflow"), Material.SOLDER)
    widest = max(x for x, _ in solder.outline)
    assert close(2 * widest, 120.9, 0.6)
    assert close(max(y for _, y in solder.outline), 99.5)


def test_the_layers_stand_on_each_other_up_to_the_measured_height() -> None:
    shape = opening(plated_um=104.0)
    stage = after("plate_snag")
    tops = {
        material: (min(ys), max(ys))
        for material in (Material.COPPER, Material.NICKEL, Material.SOLDER)
        for ys in [[y for _, y in layers(shape, stage, material)[0].outline]]
    }
    assert tops[Material.COPPER] == (0.0, shape.copper_top)
    assert close(shape.copper_top, 5.0, within=0.4)
    assert tops[Material.NICKEL] == (shape.copper_top, shape.stud_top)
    assert tops[Material.SOLDER] == (shape.stud_top, 104.0)


def test_the_etched_pad_is_as_wide_as_measured_and_before_that_the_metal_is_everywhere() -> None:
    shape = opening(pad_cd_um=104.4)
    (whole,) = layers(shape, after("strip"), Material.UBM)
    (pad,) = layers(shape, after("etch_ubm"), Material.UBM)
    assert max(x for x, _ in whole.outline) == half_view(shape)
    assert close(max(x for x, _ in pad.outline), 52.2)


def test_metal_that_outgrew_the_film_hangs_over_its_edge() -> None:
    shape = opening(film_um=76.0, plated_um=95.0, mushroom_um=18.8)
    (solder,) = layers(shape, after("plate_snag"), Material.SOLDER)
    assert close(max(x for x, y in solder.outline if y > 76.0), shape.radius + 18.8)


def test_the_strip_leaves_no_resist() -> None:
    resists = {Material.FILM, Material.LIQUID, Material.LATENT, Material.EXPOSED}
    there = {one.material for one in section(opening(), after("strip"), passivated=True)}
    assert not there & resists
    assert {Material.COPPER, Material.NICKEL, Material.SOLDER} <= there


@pytest.mark.parametrize("visit", ["expose_film", "flood_expose"])
def test_light_is_drawn_where_something_is_exposed(visit: VisitName) -> None:
    lit = layers(opening(), after(visit), Material.LIGHT)
    masks = layers(opening(), after(visit), Material.MASK)
    assert lit
    assert bool(masks) is (visit == "expose_film")


def test_substrates_without_passivation_are_drawn_without_it() -> None:
    bare = section(opening(), after("deposit_ubm"), passivated=False)
    assert Material.PASSIVATION not in {one.material for one in bare}


@given(film=anything, wall=anything, recess=anything, foot=anything, plated=anything, bump=anything)
def test_no_entry_however_wrong_spoils_the_picture(
    film: float | None,
    wall: float | None,
    recess: float | None,
    foot: float | None,
    plated: float | None,
    bump: float | None,
) -> None:
    shape = opening(
        film_um=film, wall_cd_um=wall, recess_um=recess, foot_um=foot, plated_um=plated,
        bump_um=bump,
    )  # fmt: skip
    half = half_view(shape)
    for visit in VISITS:
        drawn = section(shape, after(visit), passivated=True)
        svg = picture(drawn, (), View(-half, half, -26.0, shape.film.value + 26.0), "")
        assert "nan" not in svg
        assert "inf" not in svg


@pytest.mark.parametrize("flow", FLOWS)
def test_every_step_has_its_figure_and_nothing_measured_is_called_nominal(flow: str) -> None:
    lot = lot_record(LotRig(flow, wafers=1).state(), "L0001")
    drawn = sections(lot, lot.wafers[0])
    for number, step in enumerate(lot.flow.steps, start=1):
        assert f"<figcaption>{number}. {step.id.replace('_', ' ')}" in drawn
    called = set(re.findall(r">([a-zA-Z ]*)[\d.]+\xa0(?:µm|nm) nominal", drawn))
    assert called <= {"UBM ", "copper ", "nickel ", "height ", "on the film "}
