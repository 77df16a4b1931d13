"""The film on the unwinder has to be the recipe's before anything is heated or started."""

import math

import pytest

from drivers.laminator import check_film
from drivers.setpoints.laminator import LaminatorSetpoints

SETPOINTS = LaminatorSetpoints(
    tool="laminator",
    film_material="negative_dry_film",
    resist_tone="negative",
    film_um=122.0,
    roll_c=105.0,
    nip_bar=3.5,
    belt_m_min=1.0,
    vacuum_kpa=3.0,
    preheat_c=45.0,
    deadline_min=60.0,
)


def test_the_film_of_the_recipe_is_accepted() -> None:
    assert check_film(SETPOINTS, 1, 121.0, 200.0) == ""


@pytest.mark.parametrize(
    ("material", "film_um", "left_m", "words"),
    [
        (0, 122.0, 200.0, "no film is on the unwinder"),
        (2, 122.0, 200.0, "negative_dry_film_opaque is on the unwinder"),
        (1, 100.0, 200.0, "a film of 100 um"),
        (1, math.nan, 200.0, "a film of nan um"),
        (1, 122.0, 0.2, "0.2 m of film are left"),
        (1, 122.0, math.nan, "nan m of film are left"),
    ],
)
def test_another_film_is_named(material: int, film_um: float, left_m: float, words: str) -> None:
    assert words in check_film(SETPOINTS, material, film_um, left_m)
