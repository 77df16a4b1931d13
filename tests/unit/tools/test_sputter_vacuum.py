"""Argon comes only into a chamber at base pressure behind a turbopump at speed, and is trimmed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, InterlockOpen, NotReached, Tripped
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.mks_937b import Mks937b
from drivers.sputter_vacuum import Vacuum
from tests.rigs.wires import in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_vacuum import Argon, Gauges, Turbo, VacuumPlc, World

BASE_MBAR = 5e-7


@dataclass
class Rig:
    """A vacuum and what is at the far end of its wires."""

    world: World
    gauges: Gauges
    argon: Argon
    vacuum: Vacuum


def with_vacuum(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        world = World()
        gauges, argon = Gauges(world), Argon(world)
        async with bench(clock) as wires:
            vacuum = Vacuum(
                await wires.plc(VacuumPlc(world)),
                await wires.serial(
                    "sputter.gauges", gauges, lambda n, k, c: Mks937b(n, k, clock=c, unit=253)
                ),
                await wires.serial(
                    "sputter.turbo",
                    Turbo(world),
                    lambda n, k, c: LeyboldTurbovac(n, k, clock=c, unit=0),
                ),
                await wires.serial(
                    "sputter.argon", argon, lambda n, k, c: AlicatMc(n, k, clock=c, unit=1)
                ),
            )
            await act(Rig(world, gauges, argon, vacuum))

    in_virtual_time(main)


def test_argon_comes_into_base_pressure_with_the_ion_gauge_off() -> None:
    async def act(rig: Rig) -> None:
        assert await rig.vacuum.shut()
        assert await rig.vacuum.let_in(BASE_MBAR) == pytest.approx(3e-7, rel=0.01)
        assert rig.world.said == ["argon 0", "gas closed", "ion gauge off", "gas open"]
        held = await rig.vacuum.hold(5.0)
        assert held.mtorr == pytest.approx(5.0, rel=0.02)
        assert not await rig.vacuum.shut()

    with_vacuum(act)


def test_no_argon_comes_in_above_base_pressure() -> None:
    async def act(rig: Rig) -> None:
        rig.world.base_mbar = 2e-6
        with pytest.raises(NotReached, match="chamber below 5e-07 mbar"):
            await rig.vacuum.let_in(BASE_MBAR)
        assert not rig.world.gas_open

    with_vacuum(act)


def test_no_argon_comes_in_behind_a_slow_turbopump() -> None:
    async def act(rig: Rig) -> None:
        rig.world.hertz = 880
        with pytest.raises(Tripped, match="880 Hz, below 900 Hz"):
            await rig.vacuum.let_in(BASE_MBAR)
        with pytest.raises(Tripped, match="below 900 Hz"):
            await rig.vacuum.hold(5.0)
        assert rig.world.said == []

    with_vacuum(act)


def test_a_gauge_that_protected_itself_is_switched_on_again() -> None:
    async def act(rig: Rig) -> None:
        rig.gauges.ion = "P"
        assert await rig.vacuum.base(BASE_MBAR) == pytest.approx(3e-7, rel=0.01)
        assert rig.world.said == ["ion gauge off", "ion gauge on"]

    with_vacuum(act)


def test_a_gauge_that_is_missing_is_no_base_pressure() -> None:
    async def act(rig: Rig) -> None:
        rig.gauges.ion = rig.gauges.stays = "N"
        with pytest.raises(DeviceFault, match="no gauge"):
            await rig.vacuum.let_in(BASE_MBAR)
        assert not rig.world.gas_open

    with_vacuum(act)


@pytest.mark.parametrize("sccm_per_mtorr", [3.0, 8.0, 16.0])
def test_the_flow_is_what_makes_the_pressure(sccm_per_mtorr: float) -> None:
    async def act(rig: Rig) -> None:
        rig.world.gas_open, rig.world.sccm_per_mtorr = True, sccm_per_mtorr
        held = await rig.vacuum.hold(7.0)
        assert rig.world.mtorr == pytest.approx(7.0, rel=0.02)
        assert held.sccm == pytest.approx(7.0 * sccm_per_mtorr, rel=0.02)

    with_vacuum(act)


def test_a_pressure_that_no_flow_makes_is_said() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gas_open, rig.world.leak_mtorr = True, 9.0
        with pytest.raises(NotReached, match="instead of 5 mTorr"):
            await rig.vacuum.hold(5.0)

    with_vacuum(act)


def test_a_pressure_that_strays_is_trimmed_and_one_that_is_lost_ends_the_film() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gas_open = True
        held = await rig.vacuum.hold(5.0)
        rig.world.sccm_per_mtorr = 8.4
        await held.look()
        assert rig.world.mtorr == pytest.approx(5.0, rel=0.01)
        rig.world.leak_mtorr = 1.0
        await held.look()
        with pytest.raises(Tripped, match=r"6\.\d+ mTorr instead of 5 mTorr"):
            await held.look()

    with_vacuum(act)


def test_a_film_does_not_grow_behind_a_turbopump_that_slows_down() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gas_open = True
        held = await rig.vacuum.hold(5.0)
        rig.world.hertz = 899
        with pytest.raises(Tripped, match="899 Hz"):
            await held.look()
        rig.world.hertz, rig.world.error = 1000, 7
        with pytest.raises(DeviceFault, match="error 7"):
            await held.look()

    with_vacuum(act)


def test_a_valve_of_the_flow_controller_that_is_held_ends_the_film() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gas_open = True
        held = await rig.vacuum.hold(5.0)
        rig.argon.words = "HLD"
        with pytest.raises(Tripped, match="the valve is held"):
            await held.look()

    with_vacuum(act)


@pytest.mark.parametrize(
    ("relay", "words"),
    [
        ((0.02, "BELOW", "SET"), "relay 5 is always closed, not below"),
        ((0.02, "ABOVE", "ENABLE"), "enabled above 0.02 mbar"),
        ((0.2, "BELOW", "ENABLE"), "below 0.2 mbar instead of enabled below 0.02 mbar"),
    ],
)
def test_a_relay_that_does_not_guard_the_plasma_stops_the_visit(
    relay: tuple[float, str, str], words: str
) -> None:
    async def act(rig: Rig) -> None:
        rig.gauges.relays[5] = relay
        with pytest.raises(InterlockOpen, match=words):
            await rig.vacuum.ready()

    with_vacuum(act)


def test_a_turbopump_at_speed_is_left_alone_and_one_that_stands_is_run_up() -> None:
    async def act(rig: Rig) -> None:
        assert await rig.vacuum.ready() == 1000
        assert rig.world.said == []
        rig.world.running, rig.world.hertz = False, 0
        assert await rig.vacuum.ready() == 1000
        assert rig.world.said == ["turbopump started"]

    with_vacuum(act)


def test_a_turbopump_is_not_started_into_air() -> None:
    async def act(rig: Rig) -> None:
        rig.world.running, rig.world.hertz, rig.world.at_atmosphere = False, 0, True
        with pytest.raises(InterlockOpen, match="the turbopump is not started"):
            await rig.vacuum.ready()
        assert not rig.world.running

    with_vacuum(act)


def test_shutting_off_leaves_neither_flow_nor_an_open_valve() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gas_open, rig.world.sccm = True, 40.0
        await rig.vacuum.shut_off()
        assert (rig.world.sccm, rig.world.gas_open) == (0.0, False)

    with_vacuum(act)


def test_the_gauge_of_the_lock_tells_by_its_relay() -> None:
    async def act(rig: Rig) -> None:
        assert await rig.vacuum.lock_is_low()
        rig.gauges.lock_is_low = False
        assert not await rig.vacuum.lock_is_low()

    with_vacuum(act)
