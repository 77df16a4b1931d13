"""What holds for every instrument of the line under test, in its tool and on its own wire."""

import math

import pytest

from drivers.core.errors import LimitExceeded, Rejected
from drivers.core.points import Quality
from drivers.instruments.catalog import MODELS
from tests.hil.acts import ACTS, RESET
from tests.hil.site import Place, Site, Standing, places

PLACES = places()
SETTABLE = [place for place in PLACES if place.has_settings]


def named(place: Place) -> str:
    return place.name


def test_every_model_says_what_it_does_when_armed() -> None:
    assert set(ACTS) == set(MODELS)


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_it_is_what_the_line_file_says_and_reads_everything(site: Site, place: Place) -> None:
    async def act(found: Standing) -> None:
        first = await found.driver.readings()
        second = await found.driver.readings()
        assert first
        assert {name: s.unit for name, s in first.items()} == {
            name: s.unit for name, s in second.items()
        }
        assert [name for name, s in second.items() if not is_usable(s.value, s.quality)] == []
        assert (found.link.stats.timeouts, found.link.stats.garbled) == (0, 0)

    site.at(place, act)


def is_usable(value: float, quality: Quality) -> bool:
    return math.isfinite(value) or quality is Quality.BAD


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_a_wire_that_was_closed_is_opened_again_and_the_same_answers(
    site: Site, place: Place
) -> None:
    async def act(found: Standing) -> None:
        said = await found.driver.identify()
        await found.link.close()
        await found.link.open()
        assert await found.driver.identify() == said

    site.at(place, act)


@pytest.mark.parametrize("place", SETTABLE, ids=named)
def test_what_is_out_of_limits_never_reaches_the_wire(site: Site, place: Place) -> None:
    async def act(found: Standing) -> None:
        sent = found.link.stats.bytes_sent
        for setting in found.settings.values():
            low, high = setting.limits.low, setting.limits.high
            for value in (low - 1 - abs(low), high + 1 + abs(high), math.nan):
                with pytest.raises(LimitExceeded):
                    await setting.write(value)
        assert found.link.stats.bytes_sent == sent

    site.at(place, act)


@pytest.mark.armed
@pytest.mark.parametrize("place", SETTABLE, ids=named)
def test_what_is_set_is_taken_once_more(site: Site, place: Place) -> None:
    site.say(f"{place.name} ({place.model}): {RESET}")

    async def act(found: Standing) -> None:
        for setting in found.settings.values():
            held = await setting.value()
            if held not in setting.limits:
                continue
            try:
                await setting.write_and_verify(held)
            except Rejected:  # it may say no in this state; then nothing has changed
                assert abs(await setting.value() - held) <= setting.resolution

    site.at(place, act)


@pytest.mark.armed
@pytest.mark.parametrize("place", PLACES, ids=named)
def test_it_does_what_it_is_for(site: Site, place: Place) -> None:
    act = ACTS[place.model]
    site.say(f"{place.name} ({place.model}): {act.says}")

    async def done(found: Standing) -> None:
        await act.do(found.driver)

    site.at(place, done)
