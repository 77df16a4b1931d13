"""A plasma burns only in argon at its pressure, behind a turbopump at speed, from base pressure."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import InterlockOpen, NotReached, Tripped
from drivers.core.tool import Done, Job, Phase
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.mks_937b import Mks937b
from drivers.setpoints.sputter import SputterSetpoints
from drivers.sputter import Sputter
from tests.rigs.wires import in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_sputter import Film, Monitor, SputterPlc, Supply
from tests.unit.tools.small_vacuum import Argon, Gauges, Turbo, World

STOP = 3
CHANGE_AFTER_S = 40.0
SETPOINTS = SputterSetpoints(
    tool="sputter",
    base_mbar=5e-7,
    preclean_w=300.0,
    preclean_s=60.0,
    preclean_mtorr=5.0,
    barrier_metal="tiw",
    barrier_w=1000.0,
    barrier_mtorr=7.0,
    barrier_nm=100.0,
    seed_metal="cu",
    seed_w=1000.0,
    seed_mtorr=5.0,
    seed_nm=50.0,
    deadline_min=60.0,
)


@dataclass
class Rig:
    """A sputter and what is at the far end of its wires."""

    clock: Clock
    world: World
    film: Film
    plc: SputterPlc
    sputter: Sputter

    def phase(self, name: str) -> Phase:
        job = Job("J-1", "W1", "ubm@1", lambda _: None)
        return next(p for p in self.sputter.procedure(SETPOINTS, job) if p.name == name)

    async def run(self, name: str) -> Done:
        return await self.phase(name).act()

    def in_a_while(self, change: Callable[[], None]) -> None:
        """Let something happen in the middle of the next phase."""
        asyncio.get_running_loop().call_later(CHANGE_AFTER_S, change)


def with_sputter(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        world = World()
        film, plc = Film(world), SputterPlc(world)
        async with bench(clock) as wires:
            sputter = Sputter(
                name="sputter",
                plc=await wires.plc(plc),
                dc_supply=await wires.serial(
                    "sputter.dc_supply", Supply(film), lambda n, k, c: AjaDcxs(n, k, clock=c)
                ),
                monitor=await wires.serial(
                    "sputter.monitor", Monitor(film), lambda n, k, c: InficonSqm160(n, k, clock=c)
                ),
                gauges=await wires.serial(
                    "sputter.gauges", Gauges(world), lambda n, k, c: Mks937b(n, k, clock=c)
                ),
                turbo=await wires.serial(
                    "sputter.turbo", Turbo(world), lambda n, k, c: LeyboldTurbovac(n, k, clock=c)
                ),
                argon=await wires.serial(
                    "sputter.argon", Argon(world), lambda n, k, c: AlicatMc(n, k, clock=c)
                ),
                clock=clock,
            )
            await act(Rig(clock, world, film, plc, sputter))

    in_virtual_time(main)


def test_two_layers_grow_in_their_own_argon_and_nothing_is_left_on() -> None:
    async def act(rig: Rig) -> None:
        barrier = (await rig.run("deposit_barrier")).readings
        assert barrier["thickness_nm"] == pytest.approx(100.0, rel=0.005)
        assert barrier["process_mtorr"] == pytest.approx(7.0, rel=0.02)
        assert barrier["base_mbar"] == pytest.approx(3e-7, rel=0.01)
        seed = (await rig.run("deposit_seed")).readings
        assert seed["thickness_nm"] == pytest.approx(50.0, rel=0.005)
        assert seed["process_mtorr"] == pytest.approx(5.0, rel=0.02)
        assert rig.film.strikes == 2
        assert not rig.film.on

    with_sputter(act)


def test_no_plasma_is_struck_above_base_pressure() -> None:
    async def act(rig: Rig) -> None:
        rig.world.base_mbar = 2e-6
        for phase in ("preclean", "deposit_barrier"):
            with pytest.raises(NotReached, match="chamber below"):
                await rig.run(phase)
        assert (rig.film.strikes, rig.world.gas_open) == (0, False)

    with_sputter(act)


@pytest.mark.parametrize("phase", ["preclean", "deposit_barrier", "deposit_seed"])
def test_no_plasma_is_struck_behind_a_slow_turbopump(phase: str) -> None:
    async def act(rig: Rig) -> None:
        rig.world.hertz = 850
        with pytest.raises(Tripped, match="850 Hz"):
            await rig.run(phase)
        assert (rig.film.strikes, rig.world.gas_open) == (0, False)

    with_sputter(act)


def test_no_plasma_is_struck_without_the_controllers_permit() -> None:
    async def act(rig: Rig) -> None:
        rig.plc.permit = False
        with pytest.raises(InterlockOpen, match="no plasma permit"):
            await rig.run("deposit_barrier")
        assert rig.film.strikes == 0

    with_sputter(act)


def test_a_turbopump_that_slows_down_puts_the_plasma_out() -> None:
    async def act(rig: Rig) -> None:
        def slow() -> None:
            rig.world.hertz = 890

        rig.in_a_while(slow)
        with pytest.raises(Tripped, match="890 Hz, below 900 Hz"):
            await rig.run("deposit_barrier")
        assert not rig.film.on
        assert 10.0 < rig.film.nm < 90.0

    with_sputter(act)


def test_a_leak_puts_the_plasma_out() -> None:
    async def act(rig: Rig) -> None:
        def leak() -> None:
            rig.world.leak_mtorr = 3.0

        rig.in_a_while(leak)
        with pytest.raises(Tripped, match="instead of 7 mTorr"):
            await rig.run("deposit_barrier")
        assert not rig.film.on

    with_sputter(act)


def test_a_turbopump_that_slows_down_ends_the_pre_clean_with_the_controller_stopped() -> None:
    async def act(rig: Rig) -> None:
        def slow() -> None:
            rig.world.hertz = 890

        rig.plc.takes_long = True
        rig.in_a_while(slow)
        with pytest.raises(Tripped, match="890 Hz"):
            await rig.run("preclean")
        assert rig.plc.executed[-1][0] == STOP

    with_sputter(act)


def test_what_is_missing_of_a_layer_is_grown_from_base_pressure_again() -> None:
    async def act(rig: Rig) -> None:
        await rig.run("deposit_barrier")
        await rig.sputter.make_safe()
        rig.world.said.clear()
        await rig.run("deposit_seed")
        said = rig.world.said
        assert said.index("ion gauge on") < said.index("gas open")
        assert "gas closed" in said[: said.index("ion gauge on")]
        assert rig.film.nm == pytest.approx(50.0, rel=0.005)

    with_sputter(act)


def test_a_safe_sputter_has_no_power_and_no_argon_and_its_turbopump_turns() -> None:
    async def act(rig: Rig) -> None:
        rig.film.on, rig.world.gas_open, rig.world.sccm = True, True, 40.0
        assert await rig.sputter.make_safe() == []
        assert not rig.film.on
        assert rig.world.sccm == 0.0
        assert rig.world.running

    with_sputter(act)


def test_a_turbopump_that_is_off_is_told_when_the_tool_is_made_safe() -> None:
    async def act(rig: Rig) -> None:
        rig.world.running = False
        assert await rig.sputter.make_safe() == ["sputter.turbo: the pump is off"]

    with_sputter(act)
