"""The belt moves as its motor does, and the tunnel is full of nitrogen before anything else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, NotReached, Tripped
from drivers.core.tool import Job, Progress
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.reflow_atmosphere import Atmosphere
from drivers.reflow_belt import (
    CLEARING_M_MIN,
    MICROSTEPS_LOG2,
    PULSE_DIVISOR_LOG2,
    Belt,
)
from drivers.setpoints import ReflowOvenSetpoints
from tests.rigs.wires import in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_oven import Motor, Nitrogen, OvenPlc, World

SETPOINTS = ReflowOvenSetpoints(
    tool="reflow_oven", zones_c=[150.0] * 8, belt_m_min=0.7, formic_pct=2.0,
    nitrogen_lpm=300.0, oxygen_limit_ppm=50.0, deadline_min=60.0,
)  # fmt: skip


@dataclass
class Rig:
    """Belt and atmosphere, and what is at the far end of their wires."""

    world: World
    motor: Motor
    belt: Belt
    atmosphere: Atmosphere

    async def fill(self) -> None:
        await self.atmosphere.bring(SETPOINTS, Job("J-1", "W1", "recipe@1", unheard))


def unheard(_: Progress) -> None:
    """Nobody listens."""


def with_oven(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        world = World()
        motor = Motor(world)
        async with bench(clock) as wires:
            plc = await wires.plc(OvenPlc(world))
            driver = await wires.serial(
                "oven.belt", motor, lambda n, k, c: TrinamicTmcm1110(n, k, clock=c)
            )
            nitrogen = await wires.serial(
                "oven.nitrogen", Nitrogen(world), lambda n, k, c: AlicatMc(n, k, clock=c)
            )
            await nitrogen.identify()
            belt, atmosphere = Belt(plc, driver, clock), Atmosphere(plc, nitrogen, clock)
            await act(Rig(world, motor, belt, atmosphere))

    in_virtual_time(main)


@pytest.mark.parametrize("m_min", [0.2, 0.7, 2.0])
def test_the_belt_runs_at_every_speed_that_a_recipe_may_ask_for(m_min: float) -> None:
    async def act(rig: Rig) -> None:
        assert await rig.belt.run(m_min) == pytest.approx(m_min, rel=0.005)
        assert rig.motor.kept[140] == MICROSTEPS_LOG2
        assert rig.motor.kept[154] == PULSE_DIVISOR_LOG2
        assert rig.world.said[0] == "permit"

    with_oven(act)


@pytest.mark.parametrize("share", [0.0, 0.9])
def test_a_belt_that_slips_is_not_at_its_speed(share: float) -> None:
    async def act(rig: Rig) -> None:
        rig.world.slip_share = share
        with pytest.raises(NotReached, match="encoder"):
            await rig.belt.run(0.7)

    with_oven(act)


def test_a_belt_that_begins_to_slip_is_said() -> None:
    async def act(rig: Rig) -> None:
        await rig.belt.run(0.7)
        await rig.belt.refuse_slip(0.7, rig.world.belt_m_min)
        rig.world.slip_share = 0.9
        with pytest.raises(Tripped, match=r"moves at 0\.63\d of 0\.7 m/min"):
            await rig.belt.refuse_slip(0.7, rig.world.belt_m_min)

    with_oven(act)


def test_a_motor_that_lost_power_is_commissioned_and_set_going_at_once() -> None:
    async def act(rig: Rig) -> None:
        await rig.belt.run(0.7)
        assert await rig.belt.check(0.7)
        rig.motor.restart()
        before_s = rig.belt.clock.monotonic()
        assert not await rig.belt.check(0.7)
        assert rig.belt.clock.monotonic() - before_s < 5.0
        assert rig.motor.kept[154] == PULSE_DIVISOR_LOG2
        assert rig.world.belt_m_min == pytest.approx(0.7, rel=0.005)
        assert await rig.belt.check(0.7)

    with_oven(act)


def test_a_motor_that_does_not_start_again_is_given_up_before_the_wafer_is_lost() -> None:
    async def act(rig: Rig) -> None:
        await rig.belt.run(0.7)
        rig.motor.restart()
        rig.world.starts = False
        before_s = rig.belt.clock.monotonic()
        with pytest.raises(NotReached, match="actual_speed_internal"):
            await rig.belt.check(0.7)
        assert rig.belt.clock.monotonic() - before_s < 5.5

    with_oven(act)


def test_a_standing_belt_is_set_going_to_clear_it_and_a_moving_one_is_left_alone() -> None:
    async def act(rig: Rig) -> None:
        await rig.belt.run(0.4)
        rig.world.said.clear()
        await rig.belt.keep_clearing()
        assert rig.world.said == []
        rig.motor.restart()
        await rig.belt.keep_clearing()
        assert rig.world.belt_m_min == pytest.approx(CLEARING_M_MIN, rel=0.005)

    with_oven(act)


def test_nitrogen_flows_before_formic_acid_is_let_in() -> None:
    async def act(rig: Rig) -> None:
        await rig.fill()
        changes = [words for words in rig.world.said if "nitrogen 0" not in words]
        assert changes == ["valve open", "nitrogen 300", "formic 200"]

    with_oven(act)


def test_without_nitrogen_there_is_no_formic_acid() -> None:
    async def act(rig: Rig) -> None:
        rig.world.nitrogen_share = 0.9
        with pytest.raises(NotReached, match="flow_sccm"):
            await rig.fill()
        assert rig.world.formic == 0

    with_oven(act)


@pytest.mark.parametrize(
    ("share", "words", "error", "said"),
    [
        (0.4, "", Tripped, "gives 120 of 300 L/min"),
        (1.0, "HLD", Tripped, "valve"),
        (1.0, "ADC", DeviceFault, "oven.nitrogen"),
    ],
)
def test_formic_acid_is_shut_when_the_nitrogen_is_lost(
    share: float, words: str, error: type[Exception], said: str
) -> None:
    async def act(rig: Rig) -> None:
        await rig.fill()
        await rig.atmosphere.check(300.0)
        rig.world.nitrogen_share, rig.world.nitrogen_words = share, words
        with pytest.raises(error, match=said):
            await rig.atmosphere.check(300.0)
        assert rig.world.formic == 0

    with_oven(act)


def test_too_much_oxygen_is_waited_for_and_said() -> None:
    async def act(rig: Rig) -> None:
        rig.world.oxygen_ppm = 60.0
        with pytest.raises(NotReached, match="oxygen above 50 ppm"):
            await rig.fill()

    with_oven(act)
