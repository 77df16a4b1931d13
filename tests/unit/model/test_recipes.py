"""Recipes are strict, closed and named by their content."""

import tomllib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.setpoints import PlatingCellSetpoints
from linecontrol.model.check import diff_recipes
from linecontrol.model.faults import Fault, FaultsFound
from linecontrol.model.loading import SETPOINTS, load_recipe
from linecontrol.model.recipe import Recipe
from tests.rigs.recipe_site import SHIPPED, RecipeSite

SNAG_HASH = "9dda860032f61b5f7ec81fe242a28ff357573dc4c27af7742ec5911894c347db"
FILES = sorted((SHIPPED / "steps").rglob("*.toml"))


def recipe(setpoints: Mapping[str, object], name: str = "snag") -> Recipe:
    return Recipe.model_validate(
        {"schema_version": 1, "name": name, "revision": 1, "setpoints": setpoints}
    )


def snag() -> dict[str, object]:
    raw = tomllib.loads((SHIPPED / "steps" / "plating_cell" / "snag_100um.toml").read_text())
    return {k: v for k, v in raw.items() if k not in {"schema_version", "name", "revision"}}


def only(faults: list[Fault]) -> Fault:
    (fault,) = faults
    return fault


@pytest.mark.parametrize(
    ("written", "found"), [('"28.0"', "'28.0'"), ("true", "true"), ("nan", "nan"), ("inf", "inf")]
)
def test_only_a_number_is_a_number(site: RecipeSite, written: str, found: str) -> None:
    site.edit("snag_100um", "bath_c = 28.0", f"bath_c = {written}")
    fault = only(site.recipe_faults("snag_100um"))
    assert (fault.key, fault.found) == ("bath_c", found)
    assert fault.line == site.line_number("snag_100um", "bath_c")


@pytest.mark.parametrize("bath_c", ["14.9", "60.1", "-5.0"])
def test_a_number_outside_the_hard_limits_is_refused_with_both(
    site: RecipeSite, bath_c: str
) -> None:
    site.edit("snag_100um", "bath_c = 28.0", f"bath_c = {bath_c}")
    fault = only(site.recipe_faults("snag_100um"))
    assert (fault.key, fault.found, fault.allowed) == ("bath_c", bath_c, "15 to 60")


def test_an_unknown_key_is_answered_with_the_nearest_one(site: RecipeSite) -> None:
    site.edit("snag_100um", "bath_c = 28.0", "bath_c = 28.0\nflow_lpn = 20.0")
    fault = only(site.recipe_faults("snag_100um"))
    assert (fault.key, fault.found) == ("flow_lpn", "unknown key 'flow_lpn'")
    assert fault.allowed.startswith("flow_lpm (nearest)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_in_a_recipe_is_optional(site: RecipeSite, path: object) -> None:
    name = str(path).rpartition("/")[2].removesuffix(".toml")
    file = site.file(name)
    lines = file.read_text().splitlines()
    for number, line in enumerate(lines):
        if "=" not in line or line.startswith("#"):
            continue
        file.write_text("\n".join(lines[:number] + lines[number + 1 :]))
        key = line.partition(" =")[0]
        assert key in {fault.key for fault in site.recipe_faults(name)}


def test_a_word_that_is_no_choice_is_refused_with_the_choices(site: RecipeSite) -> None:
    site.edit("snag_100um", 'bath = "snag"', 'bath = "gold"')
    fault = only(site.recipe_faults("snag_100um"))
    assert (fault.key, fault.found, fault.allowed) == ("bath", "'gold'", "'cu', 'ni' or 'snag'")


def test_an_oven_has_eight_zones(site: RecipeSite) -> None:
    site.edit("snag_245c", "255.0, 250.0]", "255.0]")
    assert only(site.recipe_faults("snag_245c")).key == "zones_c"


def test_a_zone_is_named_by_its_place(site: RecipeSite) -> None:
    site.edit("snag_245c", "255.0, 250.0]", "255.0, 350.0]")
    fault = only(site.recipe_faults("snag_245c"))
    assert (fault.key, fault.found) == ("zones_c[8]", "350.0")
    assert fault.line == site.line_number("snag_245c", "zones_c")


def test_all_faults_of_a_file_are_told_at_once(site: RecipeSite) -> None:
    site.edit("snag_100um", "revision = 1", "revision = 0")
    site.edit("snag_100um", "bath_c = 28.0", "bath_c = 99.0")
    site.edit("snag_100um", "rinse_s = 30.0\n", "")
    faults = site.recipe_faults("snag_100um")
    assert [fault.key for fault in faults] == ["revision", "bath_c", "rinse_s"]


@pytest.mark.parametrize("tool", ['tool = "platingcell"', "tool = 6", ""])
def test_a_recipe_is_for_a_tool_of_the_line(site: RecipeSite, tool: str) -> None:
    site.edit("snag_100um", 'tool = "plating_cell"', tool)
    fault = only(site.recipe_faults("snag_100um"))
    assert fault.key == "tool"
    assert "plating_cell" in fault.allowed


def test_a_recipe_lies_in_the_folder_of_its_tool(site: RecipeSite) -> None:
    stray = site.file("snag_100um").rename(site.root / "steps" / "stripper" / "snag_100um.toml")
    fault = only(site.recipe_faults(stray.stem))
    assert (fault.key, fault.found) == ("tool", "'plating_cell'")
    assert fault.allowed.startswith("'stripper'")


def test_the_file_is_named_as_the_recipe(site: RecipeSite) -> None:
    site.edit("snag_100um", 'name = "snag_100um"', 'name = "snag_90um"')
    fault = only(site.recipe_faults("snag_100um"))
    assert (fault.key, fault.found) == ("name", "'snag_90um'")
    assert fault.allowed.startswith("'snag_100um'")


def test_two_recipes_of_one_name_are_refused(site: RecipeSite) -> None:
    steps = site.root / "steps"
    twin = steps / "plating_cell" / "older" / "snag_100um.toml"
    twin.parent.mkdir()
    twin.write_text(site.file("snag_100um").read_text())
    fault = only(site.flow_faults("straight_film"))
    assert (fault.key, fault.found) == ("name", "'snag_100um'")
    assert "snag_100um.toml has it" in fault.allowed


def test_what_is_no_toml_is_refused_with_its_line(site: RecipeSite) -> None:
    site.edit("snag_100um", "bath_c = 28.0", "bath_c = 28.0 C")
    fault = only(site.recipe_faults("snag_100um"))
    assert fault.line == site.line_number("snag_100um", "bath_c")
    assert fault.allowed == "TOML"


def test_a_key_given_twice_is_refused(site: RecipeSite) -> None:
    site.edit("snag_100um", "bath_c = 28.0", "bath_c = 28.0\nbath_c = 29.0")
    assert "overwrite" in only(site.recipe_faults("snag_100um")).found


def test_a_file_that_cannot_be_read_is_a_fault_too(site: RecipeSite) -> None:
    with pytest.raises(FaultsFound, match="No such file") as missing:
        load_recipe(site.root / "steps" / "nowhere.toml")
    assert missing.value.faults[0].key == "file"
    site.file("snag_100um").write_bytes(b"\xff\xfe")
    assert only(site.recipe_faults("snag_100um")).allowed == "UTF-8"


def test_a_recipe_cannot_be_changed_after_it_was_read() -> None:
    loaded = recipe(snag())
    with pytest.raises(ValidationError, match="frozen"):
        loaded.revision = 2  # type: ignore[misc]  # that it is refused is the point


def test_the_hash_of_a_recipe_is_known_for_ever() -> None:
    path = SHIPPED / "steps" / "plating_cell" / "snag_100um.toml"
    assert load_recipe(path).model.hash == SNAG_HASH


def test_the_hash_does_not_depend_on_how_a_number_or_the_file_was_written() -> None:
    setpoints = snag()
    rewritten = dict(reversed(setpoints.items())) | {"bath_c": 28}
    assert recipe(setpoints).hash == recipe(rewritten).hash


@given(st.floats(min_value=15, max_value=60))
def test_another_number_is_another_hash(bath_c: float) -> None:
    one, other = recipe(snag()), recipe(snag() | {"bath_c": bath_c})
    assert (one.hash == other.hash) == (bath_c == 28.0)


OPTIONAL = {"plating_cell": {"current", "reverse_density_a_dm2", "forward_ms", "reverse_ms"}}


@pytest.mark.parametrize("tool", SETPOINTS)
def test_every_setpoint_is_limited_and_required(tool: str) -> None:
    schema = SETPOINTS[tool].model_json_schema()
    optional = OPTIONAL.get(tool, set())
    assert set(schema["required"]) == set(schema["properties"]) - optional
    for name, prop in schema["properties"].items():
        given = prop["anyOf"][0] if "anyOf" in prop else prop  # what is optional may be missing
        limited = given.get("items", given)
        closed = {"minimum", "maximum"} <= limited.keys()
        assert closed or limited.keys() & {"const", "enum", "pattern"}, name


def test_two_recipes_differ_setpoint_by_setpoint(site: RecipeSite) -> None:
    before = SHIPPED / "steps" / "plating_cell" / "snag_100um.toml"
    site.edit("snag_100um", "revision = 1", "revision = 2")
    site.edit("snag_100um", "charge_c = 7417.6", "charge_c = 7000.0")
    found = diff_recipes(before, site.file("snag_100um"))
    assert [difference.text for difference in found] == [
        "revision: 1 -> 2",
        "charge_c: 7417.6 -> 7000.0",
    ]


PULSES: dict[str, object] = {
    "current": "pulse_reverse",
    "reverse_density_a_dm2": 10.0,
    "forward_ms": 20.0,
    "reverse_ms": 1.0,
}


def test_pulses_plate_what_flows_forward_less_what_flows_back() -> None:
    pulsed = recipe(snag() | PULSES).setpoints
    assert isinstance(pulsed, PlatingCellSetpoints)
    assert pulsed.mean_amps == pytest.approx((6.0 * 20 - 10.0) / 21 * pulsed.open_area_dm2)
    assert recipe(pulsed.model_dump()).hash == recipe(snag() | PULSES).hash


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"current": "direct"}, "need current = 'pulse_reverse'"),
        ({"reverse_ms": None}, "pulse_reverse needs"),
        ({"reverse_ms": 12.0}, "take away all"),
        ({"forward_ms": 0.4}, "greater than or equal to 0.5"),
        ({"reverse_ms": 10_001.0}, "less than or equal to 10000"),
    ],
)
def test_pulses_that_make_no_sense_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        recipe(snag() | PULSES | change)
