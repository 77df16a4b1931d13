"""Resist is dispensed by its mass, once, and only through a nozzle that is closed afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from drivers.core.clock import Clock, sleep
from drivers.core.errors import LimitExceeded, NotReached, Restarted, Tripped
from drivers.core.tool import Job, Progress
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.click_plc import ClickPlc
from drivers.spin_coater_dispense import Dispense, dispensed
from tests.rigs.wires import in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_coater import CoaterPlc, Dispenser, Nozzle

GRAMS = 5.25  # of 5 mL


@dataclass
class Rig:
    """A dispenser and a nozzle, and what is at the far end of their wires."""

    clock: Clock
    nozzle: Nozzle
    small_plc: CoaterPlc
    small: Dispenser
    plc: ClickPlc
    dispenser: BronkhorstPropar
    told: list[Progress] = field(default_factory=list[Progress])

    @property
    def dispense(self) -> Dispense:
        job = Job("J-1", "W1", "positive_10um@1", self.told.append)
        return Dispense(self.plc, self.dispenser, job)


def with_dispenser(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        nozzle = Nozzle()
        small_plc, small = CoaterPlc(nozzle), Dispenser(nozzle)
        async with bench(clock) as wires:
            plc = await wires.plc(small_plc)
            dispenser = await wires.serial(
                "spin_coater.dispenser",
                small,
                lambda n, k, c: BronkhorstPropar(n, k, clock=c, unit=3),
            )
            await dispenser.identify()
            rig = Rig(clock, nozzle, small_plc, small, plc, dispenser)
            await rig.dispense.count_from_nothing()
            await act(rig)

    in_virtual_time(main)


def test_five_millilitres_are_five_and_a_quarter_grams_through_an_open_nozzle() -> None:
    async def act(rig: Rig) -> None:
        done = await rig.dispense.run(5.0, 1.05, 15.0)
        assert done.readings["dispensed_g"] == pytest.approx(GRAMS, rel=0.01)
        assert done.readings["dispensed_ml"] == pytest.approx(5.0, rel=0.01)
        assert done.readings["dispense_s"] == pytest.approx(15.0, abs=1.0)
        assert (rig.nozzle.open, rig.nozzle.times_opened) == (False, 1)
        assert rig.small.values[1, 1] == 0
        grams, words = await dispensed(rig.dispenser)
        assert grams == pytest.approx(GRAMS, rel=0.01)
        assert "5.25 g dispensed" in words
        assert rig.told

    with_dispenser(act)


def test_a_clogged_nozzle_is_said_and_what_came_is_known() -> None:
    async def act(rig: Rig) -> None:
        rig.small.clogged = 0.3
        with pytest.raises(NotReached, match=r"at 5\.25 g"):
            await rig.dispense.run(5.0, 1.05, 15.0)
        assert not rig.nozzle.open
        assert rig.small.values[1, 1] == 0
        grams, _ = await dispensed(rig.dispenser)
        assert grams is not None
        assert 2.0 < grams < 3.0

    with_dispenser(act)


def test_another_mass_than_was_asked_for_ends_the_visit() -> None:
    async def act(rig: Rig) -> None:
        rig.small.overshoot_g = 1.0
        with pytest.raises(Tripped, match=r"dispensed 6.25 g instead of 5.25 g"):
            await rig.dispense.run(5.0, 1.05, 15.0)
        assert not rig.nozzle.open

    with_dispenser(act)


def test_a_flow_that_the_dispenser_does_not_have_is_not_begun() -> None:
    async def act(rig: Rig) -> None:
        with pytest.raises(LimitExceeded, match="above the capacity of 120"):
            await rig.dispense.run(20.0, 1.05, 5.0)
        assert not rig.nozzle.open
        assert rig.small.values[104, 1] == 0

    with_dispenser(act)


def test_a_nozzle_beside_the_wafer_gives_nothing() -> None:
    async def act(rig: Rig) -> None:
        rig.nozzle.centre_mm = 40.0
        with pytest.raises(Tripped, match="40 mm off the centre"):
            await rig.dispense.run(5.0, 1.05, 15.0)
        assert not rig.nozzle.open
        assert rig.small.values[104, 1] == 0

    with_dispenser(act)


def test_a_power_dip_on_the_way_ends_it_and_nobody_knows_how_much_came() -> None:
    async def act(rig: Rig) -> None:
        work = asyncio.ensure_future(rig.dispense.run(5.0, 1.05, 15.0))
        await sleep(rig.clock, 10.0)
        rig.small.restart()
        with pytest.raises(Restarted):
            await work
        assert not rig.nozzle.open
        grams, words = await dispensed(rig.dispenser)
        assert grams is None
        assert "lost power and with it the count" in words

    with_dispenser(act)


def test_a_power_dip_before_the_resist_only_makes_it_ready_again() -> None:
    async def act(rig: Rig) -> None:
        rig.small.restart()
        with pytest.raises(Restarted):
            await rig.dispenser.identify()
        done = await rig.dispense.run(5.0, 1.05, 15.0)
        assert done.readings["dispensed_g"] == pytest.approx(GRAMS, rel=0.01)
        assert (await dispensed(rig.dispenser))[0] == pytest.approx(GRAMS, rel=0.01)

    with_dispenser(act)


def test_a_new_wafer_does_not_inherit_the_resist_of_the_last_one() -> None:
    async def act(rig: Rig) -> None:
        await rig.dispense.run(5.0, 1.05, 15.0)
        await rig.dispense.count_from_nothing()
        assert (await dispensed(rig.dispenser))[0] == 0

    with_dispenser(act)


def test_a_controller_that_has_parked_the_nozzle_by_itself_is_believed() -> None:
    async def act(rig: Rig) -> None:
        work = asyncio.ensure_future(rig.dispense.run(5.0, 1.05, 15.0))
        await sleep(rig.clock, 8.0)
        rig.small_plc.reject = (3, 0)
        rig.small_plc.park()
        with pytest.raises(NotReached, match=r"at 5\.25 g"):
            await work
        assert not rig.nozzle.open

    with_dispenser(act)


def test_a_nozzle_that_is_not_known_to_be_closed_matters_most() -> None:
    async def act(rig: Rig) -> None:
        work = asyncio.ensure_future(rig.dispense.run(5.0, 1.05, 15.0))
        await sleep(rig.clock, 8.0)
        rig.small_plc.reject = (3, 0)
        with pytest.raises(Tripped, match="not known to be closed and parked"):
            await work
        assert rig.small.values[1, 1] == 0

    with_dispenser(act)
