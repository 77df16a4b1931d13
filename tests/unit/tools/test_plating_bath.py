"""A bath that is not as it must be takes no wafer, and what is lost under current ends it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Effect, LimitExceeded, NotReached, Refused, Tripped
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.plating_bath import Bath, hertz_for
from drivers.plating_cell_map import PH, PlatingCellMap
from drivers.setpoints import PlatingCellSetpoints
from tests.rigs.wires import in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_cell import (
    FREQUENCY,
    GLASS_BROKEN,
    CellPlc,
    Thermostat,
    World,
    ph_sensor,
    pump,
)

LACK_OF_WATER = 1 << 6


@dataclass
class Rig:
    """A bath and what is at the far end of its wires."""

    world: World
    drive_words: dict[int, int]
    bath: Bath


def with_bath(act: Callable[[Rig], Awaitable[None]], of: World | None = None) -> None:
    async def main(clock: Clock) -> None:
        world = of or World()
        drive = pump(world)
        async with bench(clock) as wires:
            bath = Bath(
                PlatingCellMap(await wires.plc(CellPlc(world, drive))),
                await wires.serial(
                    "cell.bath", Thermostat(world), lambda n, k, c: JulaboCf31(n, k, clock=c)
                ),
                XylemHydrovar("cell.pump", await wires.bus(drive), clock=clock),
                HamiltonPhArc("cell.ph", await wires.bus(ph_sensor(world)), clock=clock),
                clock,
            )
            await act(Rig(world, drive.words, bath))

    in_virtual_time(main)


def test_a_bath_at_its_temperature_and_ph_is_fit() -> None:
    async def act(rig: Rig) -> None:
        seen = await rig.bath.fit("cu", 25.0)
        assert seen == {"bath_c": 25.0, "ph": pytest.approx(0.7)}

    with_bath(act)


@pytest.mark.parametrize(
    ("bath", "ph", "fits"),
    [
        *[("cu", 0.05, False), ("cu", 0.1, True), ("cu", 1.6, False)],
        *[("ni", 3.4, False), ("ni", 4.0, True), ("ni", 4.7, False)],
        *[("snag", 0.8, True), ("snag", 2.1, False)],
    ],
)
def test_each_bath_has_a_window_of_ph(bath: str, ph: float, *, fits: bool) -> None:
    async def act(rig: Rig) -> None:
        rig.world.ph = ph + 1e-6
        if fits:
            await rig.bath.fit(bath, 25.0)
            return
        with pytest.raises(Refused, match=rf"pH {ph:.2f} is outside") as refused:
            await rig.bath.fit(bath, 25.0)
        assert refused.value.effect is Effect.NONE

    with_bath(act)


def test_every_bath_of_a_recipe_has_a_window() -> None:
    for bath in PH:
        assert bath in str(PlatingCellSetpoints.model_fields["bath"].annotation)
    assert len(PH) == 3


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(bath_c=29.0), r"at 29\.0 C or at rest"),
        (World(circulates=False), "or at rest"),
        (World(ph_c=31.0), r"31\.0 C at the pH sensor"),
    ],
)
def test_a_bath_that_is_warm_or_stands_is_not_fit(world: World, words: str) -> None:
    async def act(rig: Rig) -> None:
        with pytest.raises(Refused, match=words):
            await rig.bath.fit("cu", 25.0)

    with_bath(act, world)


def test_a_ph_sensor_with_broken_glass_lets_no_wafer_in() -> None:
    async def act(rig: Rig) -> None:
        rig.world.ph_status = GLASS_BROKEN
        with pytest.raises(DeviceFault):
            await rig.bath.fit("cu", 25.0)

    with_bath(act)


def test_the_pump_turns_for_the_flow_and_the_controller_measures_it() -> None:
    async def act(rig: Rig) -> None:
        seen = await rig.bath.circulate(20.0)
        assert hertz_for(20.0) == 40.0
        assert seen == {"flow_lpm": pytest.approx(20.0), "pump_hz": 40.0}
        assert rig.world.said == ["terminal closed", "pump on"]
        await rig.bath.rest()
        assert rig.world.said[2:] == ["terminal open", "pump off"]

    with_bath(act)


def test_a_flow_that_does_not_come_though_the_pump_turns_lets_no_wafer_in() -> None:
    async def act(rig: Rig) -> None:
        rig.world.flow_share = 0.8
        with pytest.raises(NotReached, match="flow_lpm: 16 did not stay within 2 of 20"):
            await rig.bath.circulate(20.0)

    with_bath(act)


def test_a_flow_beyond_the_pump_is_refused_before_it_turns() -> None:
    async def act(rig: Rig) -> None:
        with pytest.raises(LimitExceeded, match="20 to 50 Hz"):
            await rig.bath.circulate(26.0)
        assert "pump on" not in rig.world.said

    with_bath(act)


def test_a_pump_in_fault_is_said_with_its_words() -> None:
    async def act(rig: Rig) -> None:
        rig.world.pump_fault = LACK_OF_WATER
        with pytest.raises(DeviceFault, match="lack of water"):
            await rig.bath.circulate(20.0)

    with_bath(act)


def test_what_is_watched_under_current_is_kept_with_the_wafer() -> None:
    async def act(rig: Rig) -> None:
        await rig.bath.circulate(20.0)
        seen = await rig.bath.check(20.0, 25.0)
        assert seen == {"bath_c": 25.0, "pump_hz": 40.0, "ph": pytest.approx(0.7)}
        rig.world.ph_status = GLASS_BROKEN  # the wafer under current is finished
        assert await rig.bath.check(20.0, 25.0) == {
            "bath_c": 25.0,
            "pump_hz": 40.0,
            "ph_lost": 1.0,
        }

    with_bath(act)


def test_a_pump_that_slows_down_or_stops_ends_the_plating() -> None:
    async def act(rig: Rig) -> None:
        await rig.bath.circulate(20.0)
        rig.drive_words[FREQUENCY] = 300
        with pytest.raises(Tripped, match="turns at 30 of 40 Hz"):
            await rig.bath.check(20.0, 25.0)
        await rig.bath.rest()
        with pytest.raises(Tripped, match="terminal is open"):
            await rig.bath.check(20.0, 25.0)

    with_bath(act)


def test_a_bath_that_gets_cold_ends_the_plating() -> None:
    async def act(rig: Rig) -> None:
        await rig.bath.circulate(20.0)
        rig.world.bath_c = 21.0
        with pytest.raises(Tripped, match=r"the bath is at 21\.0 C"):
            await rig.bath.check(20.0, 25.0)

    with_bath(act)
