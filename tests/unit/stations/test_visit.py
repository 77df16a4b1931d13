"""What a visit leaves on the disk: what will be done before it is done, and what was done."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.core.clock import RealClock
from drivers.core.errors import DriverError, Effect, NotReached
from drivers.core.tool import Done, Phase, Resume, SafeAction, Setpoints
from linecontrol.journal.facts import FACTS, Failed, Intent, JobCreated
from linecontrol.journal.facts import Done as DoneFact
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import open_existing, open_store
from linecontrol.stations.order import Order
from linecontrol.stations.performing import Visit

ORDER = Order("J1", "L1", "L1-01", "plate", "r", Setpoints(), last=False)
Act = Callable[[], Awaitable[Done]]


@asynccontextmanager
async def begun(data: Path) -> AsyncGenerator[Journal]:
    journal = Journal(open_store(data), RealClock())
    await journal.append(JobCreated(tool="t", job="J1", lot="L1", wafer="L1-01", step="plate"))
    yield journal
    await journal.close()


def phase(name: str, act: Act) -> Phase:
    return Phase(
        name=name, act=act, deadline_s=60.0, on_hold=SafeAction.FINISH,
        on_abort=SafeAction.ENERGY_OFF, on_link_lost=SafeAction.ENERGY_OFF,
        longest_hold_s=60.0, resume=Resume.REPEAT,
    )  # fmt: skip


def on_disk(data: Path) -> list[str]:
    """What somebody else finds in the file at this moment."""
    store = open_existing(data)
    said: list[str] = []
    for record in store.read():
        match FACTS.validate_json(record.body):
            case Intent(phase=name):
                said.append(f"{name} begun")
            case DoneFact(readings=readings):
                said.append(f"done {sorted(readings)}")
            case Failed(code=code, effect=effect):
                said.append(f"failed {code} {effect}")
            case _:
                pass
    store.close()
    return said


async def test_an_intent_and_what_was_done_before_it_are_on_the_disk_before_the_act(
    tmp_path: Path,
) -> None:
    found: list[list[str]] = []

    def acting(reading: str) -> Act:
        async def act() -> Done:
            found.append(on_disk(tmp_path))
            return Done({reading: 1.0})

        return act

    async with begun(tmp_path) as journal, Visit(journal, "t", ORDER) as visit:
        for name in ("wet", "plate", "rinse"):
            one = phase(name, acting(name))
            await visit.perform(one, one.act)
    assert found == [
        ["wet begun"],
        ["wet begun", "done ['wet']", "plate begun"],
        ["wet begun", "done ['wet']", "plate begun", "done ['plate']", "rinse begun"],
    ]


async def test_the_last_outcome_is_on_the_disk_when_the_visit_is_left(tmp_path: Path) -> None:
    async def act() -> Done:
        return Done({"charge_c": 7412.0})

    async with begun(tmp_path) as journal:
        async with Visit(journal, "t", ORDER) as visit:
            await visit.perform(phase("plate", act), act)
        assert on_disk(tmp_path) == ["plate begun", "done ['charge_c']"]
        assert journal.state.jobs["J1"].phases == ("plate",)
        assert journal.state.open_intents() == []


@pytest.mark.parametrize(
    ("raised", "effect"),
    [(NotReached("too cold", source="t"), Effect.PARTIAL), (KeyError("bug"), Effect.UNKNOWN)],
)
async def test_a_failure_is_on_the_disk_before_anybody_hears_of_it(
    tmp_path: Path, raised: Exception, effect: Effect
) -> None:
    async def well() -> Done:
        return Done()

    async def badly() -> Done:
        raise raised

    async with begun(tmp_path) as journal, Visit(journal, "t", ORDER) as visit:
        await visit.perform(phase("wet", well), well)
        with pytest.raises(DriverError) as failure:
            await visit.perform(phase("plate", badly), badly)
        assert failure.value.effect is effect
        *before, last = on_disk(tmp_path)
        assert before == ["wet begun", "done []", "plate begun"]
        assert last == f"failed {failure.value.code} {effect}"


async def test_a_visit_that_is_broken_off_between_two_phases_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    started = asyncio.Event()

    async def well() -> Done:
        return Done()

    async def for_ever() -> Done:
        started.set()
        await asyncio.Event().wait()
        return Done()

    async def work(journal: Journal) -> None:
        async with Visit(journal, "t", ORDER) as visit:
            await visit.perform(phase("wet", well), well)
            await visit.perform(phase("plate", for_ever), for_ever)

    async with begun(tmp_path) as journal:
        working = asyncio.ensure_future(work(journal))
        await started.wait()
        working.cancel()
        await asyncio.wait({working})
        assert working.cancelled()
        assert on_disk(tmp_path) == ["wet begun", "done []", "plate begun"]
        assert [view.intent.phase for view in journal.state.open_intents()] == ["plate"]
