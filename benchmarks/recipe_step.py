"""A recipe step: command, wait, read, journal; ours against bluesky's RunEngine with ophyd.

Ours is a `Visit` as a station makes it: the intent is written down before anything is sent and
the outcome afterwards, both durable in SQLite; an outcome shares its commit with the intent of the
next step, so that a visit of seven steps waits for the disk eight times. In each step a declared
setting is written within its limits, `settle` waits until the readback is there, and a declared
reading is read, all on an instrument that lives in this process and is there at once.

Theirs is a RunEngine plan of checkpoint, set, wait, create, read, save on ophyd's SynAxis, which
lives in that process and is there at once as well. As ours says nothing that a loss of power could
take back, neither do they: each document is appended to a file as JSON, with fdatasync, once in a
step. That is still less than ours does, for no intent precedes their command. What they reach when
documents are only taken into a list, and ours alone waits for the disk, stands beside it. A
RunEngine runs one plan at a time; the line's nine stations share one journal, and its commits.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count, cycle, islice
from pathlib import Path

from benchmarks import children
from benchmarks.measure import CLOCK, Result, in_turns, scratch
from drivers.core.clock import Clock
from drivers.core.points import Limits, Reading, Setting
from drivers.core.tool import Done, Phase, Resume, SafeAction, Setpoints
from drivers.core.waiting import settle
from linecontrol.journal.facts import JobCreated
from linecontrol.journal.journal import Journal
from linecontrol.journal.store import open_store
from linecontrol.stations.order import Order
from linecontrol.stations.performing import Visit

STATIONS = 9
STEPS_A_VISIT = 7  # phases of a visit: from four to ten, seven in the middle of the nine tools
GOAL = 3.0


class _Axis:
    """An axis in memory that is where it was sent."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self._at = 0.0

    setpoint_mm = Setting("position", unit="mm", limits=Limits(0, 100))
    position_mm = Reading("position", unit="mm")

    async def read_raw(self, ref: str) -> float:
        """Where it is."""
        assert ref == "position"
        return self._at

    async def write_raw(self, ref: str, raw: float) -> None:
        """Go there."""
        assert ref == "position"
        self._at = raw


class _Stations:
    """Nine stations with an axis each, on one journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._axes = [_Axis(f"tool_{number}.axis", CLOCK) for number in range(STATIONS)]
        self._jobs = count(1)

    async def rate(self, stations: int, steps: int) -> float:
        """Steps a second of so many stations, `steps` by each, visit after visit."""
        orders = [await self._orders(steps // STEPS_A_VISIT) for _ in range(stations)]
        start_s = CLOCK.monotonic()
        work = zip(self._axes, orders, strict=False)
        await asyncio.gather(*(self._work(axis, mine) for axis, mine in work))
        return stations * steps / (CLOCK.monotonic() - start_s)

    async def _work(self, axis: _Axis, orders: list[Order]) -> None:
        targets_mm = cycle(float(number) for number in range(100))
        for order in orders:
            async with Visit(self._journal, "tool", order) as visit:
                for target_mm in islice(targets_mm, STEPS_A_VISIT):
                    phase = _phase(_act(axis, target_mm))
                    await visit.perform(phase, phase.act)

    async def _orders(self, visits: int) -> list[Order]:
        names = [f"J{next(self._jobs)}" for _ in range(visits)]
        for job in names:
            await self._journal.append(
                JobCreated(tool="tool", job=job, lot="L1", wafer="L1-01", step="move")
            )
        return [Order(job, "L1", "L1-01", "move", "move", Setpoints(), last=False) for job in names]


def measure(*, quick: bool) -> list[Result]:
    """Steps a second, one station and nine, both sides durable."""
    rounds, visits = (3, 30) if quick else (7, 70)
    with scratch() as folder, children.peer("bluesky_steps", str(folder / "documents")) as peer:
        return asyncio.run(_compare(folder, peer, rounds, visits * STEPS_A_VISIT))


async def _compare(folder: Path, peer: children.Child, rounds: int, steps: int) -> list[Result]:
    journal = Journal(open_store(folder / "ours"), CLOCK)
    stations = _Stations(journal)
    results = [
        await _row(stations, peer, rounds, steps, together=1),
        await _row(stations, peer, rounds, steps, together=STATIONS),
    ]
    await journal.close()
    return results


async def _row(
    stations: _Stations, peer: children.Child, rounds: int, steps: int, *, together: int
) -> Result:
    async def ours() -> float:
        return await stations.rate(together, steps)

    def theirs(how: str) -> float:
        return steps / children.number(peer.ask(f"{how} {steps}"), "seconds")

    async def kept() -> float:
        return theirs("kept")

    async def called() -> float:
        return theirs("called")

    compared = await in_turns(rounds, ours, kept)
    without = await in_turns(rounds, ours, called)
    who = "one station" if together == 1 else f"{together} stations together"
    note = (
        f"{compared.first:.0f} against {compared.second:.0f} a second;"
        f" {without.ratio:.1f}x if theirs never wait for the disk ({without.second:.0f} a second)"
    )
    return Result(f"recipe step, {who} / bluesky", compared.ratio, GOAL, "x", note)


def _phase(act: Callable[[], Awaitable[Done]]) -> Phase:
    return Phase(
        name="move",
        act=act,
        deadline_s=60.0,
        on_hold=SafeAction.FINISH,
        on_abort=SafeAction.ENERGY_OFF,
        on_link_lost=SafeAction.ENERGY_OFF,
        longest_hold_s=60.0,
        resume=Resume.REPEAT,
    )


def _act(axis: _Axis, target_mm: float) -> Callable[[], Awaitable[Done]]:
    async def act() -> Done:
        await axis.setpoint_mm.write(target_mm)
        await settle(
            axis.position_mm.value,
            target_mm,
            within=0.001,
            dwell_s=0.0,
            deadline_s=10.0,
            clock=axis.clock,
            what="position",
        )
        sample = await axis.position_mm.read()
        return Done({"position_mm": sample.value})

    return act
