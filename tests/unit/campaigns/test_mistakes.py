"""The deliberate mistakes: each has exactly one place, and every instrument has enough of them."""

import pytest

from campaigns.mistakes import FEWEST, ROOT, BadMistake, Mistake, mistakes_of, models
from drivers.instruments import catalog


@pytest.mark.parametrize("model", models())
def test_every_mistake_can_be_made_in_one_place_only(model: str) -> None:
    for mistake in mistakes_of(model):
        text = (ROOT / mistake.path).read_text(encoding="utf-8")
        assert mistake.made(text) != text
        assert mistake.path.startswith("drivers/")


@pytest.mark.parametrize("model", models())
def test_no_mistake_is_written_down_twice_and_all_are_still_python(model: str) -> None:
    found = mistakes_of(model)
    assert len(set(found)) == len(found) >= FEWEST
    for mistake in found:
        text = (ROOT / mistake.path).read_text(encoding="utf-8")
        compile(mistake.made(text), mistake.path, "exec")


def test_every_instrument_of_the_catalogue_has_its_mistakes() -> None:
    assert set(models()) == set(catalog.MODELS)


def test_a_mistake_without_its_place_is_named() -> None:
    mistake = Mistake("lamp", "register", "lamp.py", "Register(1)", "Register(2)")
    assert mistake.made("Register(1)") == "Register(2)"
    with pytest.raises(BadMistake, match=r"lamp\.py.*2 times"):
        mistake.made("Register(1) Register(1)")
    with pytest.raises(BadMistake, match="0 times"):
        mistake.made("Register(3)")
