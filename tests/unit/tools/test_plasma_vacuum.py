"""The etcher believes its gauge, its throttle valve, its turbopump and its chiller."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Effect, InterlockOpen, NotReached, Tripped
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.vat_valve import VatValve
from drivers.plasma_vacuum import Cooling, Vacuum, percent_of
from tests.rigs.wires import in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_chamber import ChamberPlc, Chiller, Gauge, Throttle, Turbo, World

LOW_LEVEL = b"\x00\x00\x08\x00"


@dataclass
class Rig:
    """A vacuum, a chiller, and what is at the far end of their wires."""

    world: World
    throttle: Throttle
    turbo: Turbo
    vacuum: Vacuum
    chiller: Thermoflex

    def cooling(self, chuck_c: float = 20.0) -> Cooling:
        return Cooling(self.chiller, chuck_c, self.chiller.clock)


def with_chamber(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        world = World()
        throttle, turbo = Throttle(world), Turbo(world)
        async with bench(clock) as wires:
            vacuum = Vacuum(
                await wires.plc(ChamberPlc(world)),
                await wires.serial(
                    "etcher.gauge", Gauge(world), lambda n, k, c: ThyracontVsr(n, k, clock=c)
                ),
                await wires.serial(
                    "etcher.throttle", throttle, lambda n, k, c: VatValve(n, k, clock=c)
                ),
                await wires.serial(
                    "etcher.turbo", turbo, lambda n, k, c: PfeifferTc110(n, k, clock=c)
                ),
                clock,
            )
            chiller = await wires.serial(
                "etcher.chiller", Chiller(world), lambda n, k, c: Thermoflex(n, k, clock=c)
            )
            await act(Rig(world, throttle, turbo, vacuum, chiller))

    in_virtual_time(main)


def test_the_chamber_is_pumped_through_an_open_valve_by_a_turbopump_at_speed() -> None:
    async def act(rig: Rig) -> None:
        seen = await rig.vacuum.pump_down()
        assert rig.world.said == ["valve open", "pumped down"]
        assert seen["chamber_mtorr"] == pytest.approx(0.9, rel=0.01)
        assert seen["turbo_hz"] == 1500

    with_chamber(act)


def test_a_turbopump_that_was_off_is_run_up_before_anything_is_pumped() -> None:
    async def act(rig: Rig) -> None:
        rig.world.pumping, rig.world.hertz = False, 0
        await rig.vacuum.pump_down()
        assert rig.world.said == ["turbopump started", "valve open", "pumped down"]
        assert rig.turbo.kept[60] == "002"

    with_chamber(act)


def test_a_turbopump_that_does_not_come_to_its_speed_is_waited_for_and_said() -> None:
    async def act(rig: Rig) -> None:
        rig.world.hertz, rig.world.runs_up = 900, False
        with pytest.raises(NotReached, match="turbo at its speed"):
            await rig.vacuum.ready_for_gas()
        assert "valve open" not in rig.world.said

    with_chamber(act)


def test_a_turbopump_in_error_pumps_nothing() -> None:
    async def act(rig: Rig) -> None:
        rig.world.error, rig.world.pumping, rig.world.hertz = "Err002", False, 300
        with pytest.raises(DeviceFault, match="error 002"):
            await rig.vacuum.pump_down()
        assert rig.world.said == []

    with_chamber(act)


def test_the_gauge_says_whether_there_is_a_vacuum_not_the_controller() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gauge_share = 4.0
        with pytest.raises(NotReached, match="gauge below 1 mTorr"):
            await rig.vacuum.pump_down()

    with_chamber(act)


def test_a_gauge_without_a_sensor_is_no_vacuum() -> None:
    async def act(rig: Rig) -> None:
        rig.world.gauge_answer = "ERROR1"
        with pytest.raises(DeviceFault, match="defective"):
            await rig.vacuum.pump_down()

    with_chamber(act)


def test_a_pressure_below_the_gauges_range_is_a_vacuum() -> None:
    async def act(rig: Rig) -> None:
        rig.world.mtorr, rig.world.gauge_answer = 0.01, "9.0e-5"
        await rig.vacuum.ready_for_gas()
        assert rig.world.said == ["valve open", "gate open"]

    with_chamber(act)


def test_a_manometer_that_is_off_at_base_pressure_regulates_nothing() -> None:
    async def act(rig: Rig) -> None:
        rig.world.offset_mtorr = -3.0
        with pytest.raises(InterlockOpen, match=r"-3\.00 mTorr off at base") as off:
            await rig.vacuum.pump_down()
        assert off.value.effect is Effect.NONE

    with_chamber(act)


def test_a_chamber_above_the_gates_limit_is_pumped_down_before_gas_comes_in() -> None:
    async def act(rig: Rig) -> None:
        await rig.vacuum.ready_for_gas()
        assert rig.world.said == ["valve open", "pumped down"]
        await rig.vacuum.ready_for_gas()
        assert rig.world.said[2:] == ["valve open", "gate open"]

    with_chamber(act)


def test_the_valve_keeps_the_pressure_in_percent_of_its_manometer() -> None:
    async def act(rig: Rig) -> None:
        await rig.vacuum.regulate(8.0)
        assert percent_of(8.0) == 8.0
        assert (rig.world.setpoint_mtorr, rig.throttle.access) == (8.0, "1")
        seen = await rig.vacuum.check(8.0)
        assert seen["chamber_mtorr"] == pytest.approx(8.0)
        assert seen["throttle_pct"] == 28.0

    with_chamber(act)


def test_a_valve_that_is_stuck_does_not_reach_the_pressure() -> None:
    async def act(rig: Rig) -> None:
        rig.throttle.stuck = True
        with pytest.raises(NotReached, match="pressure_pct"):
            await rig.vacuum.regulate(8.0)

    with_chamber(act)


@pytest.mark.parametrize(
    ("mtorr", "hertz", "words"),
    [(9.5, 1500, r"9\.50 instead of 8 mTorr"), (8.0, 1300, "fell to 1300 Hz")],
)
def test_pressure_or_speed_lost_during_plasma_ends_it(mtorr: float, hertz: int, words: str) -> None:
    async def act(rig: Rig) -> None:
        await rig.vacuum.regulate(8.0)
        rig.world.mtorr, rig.world.hertz = mtorr, hertz
        with pytest.raises(Tripped, match=words):
            await rig.vacuum.check(8.0)

    with_chamber(act)


def test_a_fatal_error_of_the_valve_ends_the_plasma() -> None:
    async def act(rig: Rig) -> None:
        await rig.vacuum.regulate(8.0)
        rig.throttle.fatal = True
        with pytest.raises(DeviceFault, match="fatal error 020"):
            await rig.vacuum.check(8.0)

    with_chamber(act)


def test_the_turbopump_is_shut_off_before_the_chamber_is_vented_and_turns_on() -> None:
    async def act(rig: Rig) -> None:
        rig.world.mtorr, rig.world.plate, rig.world.position = 0.5, "4", 1000
        await rig.vacuum.vent()
        assert rig.world.said == ["valve closed", "gate closed", "vented"]
        assert (rig.world.pumping, rig.world.hertz) == (True, 1500)

    with_chamber(act)


def test_a_chamber_that_the_gauge_does_not_see_at_atmosphere_is_not_vented() -> None:
    async def act(rig: Rig) -> None:
        rig.world.pumps_well = False
        with pytest.raises(NotReached, match="gauge at atmosphere"):
            await rig.vacuum.vent()

    with_chamber(act)


def test_water_is_brought_to_the_chucks_temperature_and_watched() -> None:
    async def act(rig: Rig) -> None:
        rig.world.chills = False
        assert await rig.cooling(15.0).bring(600) == 15.0
        assert (rig.world.said, rig.world.chills) == (["water to 15 C"], True)
        assert await rig.cooling(15.0).check() == {"coolant_c": 15.0, "coolant_lpm": 9.0}

    with_chamber(act)


@pytest.mark.parametrize(
    ("water_c", "chills", "words"),
    [(24.0, True, r"24\.0 instead of 20 C"), (20.0, False, "does not run")],
)
def test_water_that_is_warm_or_stands_ends_the_plasma(
    water_c: float, *, chills: bool, words: str
) -> None:
    async def act(rig: Rig) -> None:
        rig.world.water_c, rig.world.chills = water_c, chills
        with pytest.raises(Tripped, match=words):
            await rig.cooling().check()

    with_chamber(act)


def test_a_fault_of_the_chiller_is_said_with_its_words() -> None:
    async def act(rig: Rig) -> None:
        rig.world.chiller_faults = LOW_LEVEL
        for look in (rig.cooling().check, rig.chiller.refuse_fault):
            with pytest.raises(DeviceFault, match="low level"):
                await look()

    with_chamber(act)


def test_water_that_does_not_get_cold_is_said() -> None:
    async def act(rig: Rig) -> None:
        rig.world.water_follows = False
        with pytest.raises(NotReached, match=r"temperature_c: 20 did not stay within 1 of 10"):
            await rig.cooling(10.0).bring(300)

    with_chamber(act)
