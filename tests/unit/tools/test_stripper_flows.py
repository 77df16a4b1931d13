"""Solvent sprays while the basket is in it, nitrogen blows while it dries: or the step ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, LimitExceeded, NotReached, Tripped
from drivers.core.tool import Job, Progress
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.stripper_flows import Flows
from drivers.stripper_map import Step
from tests.rigs.wires import in_virtual_time
from tests.unit.instruments.register_bank import RegisterBank
from tests.unit.instruments.small_plc import STATE, SmallPlc
from tests.unit.tools.bench import bench
from tests.unit.tools.small_oven import Nitrogen, World

START, PRESSURE, FREQUENCY, REQUIRED = 0x31, 0x32, 0x33, 0xE8
ERRORS, STATUS = 0x12D, 0x1C1
ERROR, TERMINAL, ON = 1 << 2, 1 << 4, 1 << 5
STEP, STEP_TOTAL_S = 22, 24
EXECUTE, COMPLETE = 6, 17
LACK_OF_WATER = 1 << 6


@dataclass
class Rig:
    """Spray and nitrogen of a controller that is at work."""

    drive: RegisterBank
    plc: SmallPlc
    world: World
    flows: Flows

    def step(self, number: int, *, after_s: float) -> None:
        """The controller goes on to a step; the pump's terminal is closed in the first two."""

        def go() -> None:
            self.plc.words[STEP] = number
            self.drive.words[STATUS] &= ~TERMINAL
            self.drive.words[STATUS] |= TERMINAL * (number <= Step.SECOND)
            self.world.valve_open = number == Step.DRY

        asyncio.get_running_loop().call_later(after_s, go)

    def complete(self, *, after_s: float) -> None:
        def go() -> None:
            self.plc.words[STATE] = COMPLETE
            self.world.valve_open = False

        asyncio.get_running_loop().call_later(after_s, go)


def unheard(_: Progress) -> None:
    """Nobody listens."""


JOB = Job("J-1", "W1", "recipe@1", unheard)


def drive() -> RegisterBank:
    """A drive that holds its required value while its terminal is closed."""
    places = (START, PRESSURE, FREQUENCY, 0x61, 0x8B, 0xD3, 0xE5, 0xE6, 0xE7, REQUIRED, 0xEA)
    bank = RegisterBank(dict.fromkeys((*places, 0xF9, ERRORS, ERRORS + 1, STATUS), 0))
    bank.words |= {0x9D: 500, 0x9E: 200, 0x10D: 1}

    def obey(_: int) -> None:
        bank.words[STATUS] = bank.words[STATUS] & ~ON | ON * bank.words[START]

    def look() -> None:
        sprays = bank.words[STATUS] & ON and bank.words[STATUS] & TERMINAL
        bank.words[PRESSURE] = bank.words[REQUIRED] if sprays else 0

    bank.after_writing, bank.before_reading = obey, look
    return bank


def with_flows(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        bank, small_plc, world = drive(), SmallPlc(state=EXECUTE), World()
        async with bench(clock) as wires:
            pump = XylemHydrovar("stripper.spray_pump", await wires.bus(bank), clock=clock)
            nitrogen = await wires.serial(
                "stripper.nitrogen", Nitrogen(world), lambda n, k, c: AlicatMc(n, k, clock=c)
            )
            await nitrogen.identify()
            flows = Flows(await wires.plc(small_plc), pump, nitrogen, clock)
            await act(Rig(bank, small_plc, world, flows))

    in_virtual_time(main)


async def sprayed(rig: Rig, bar: float = 2.0) -> float:
    async with rig.flows.pump.armed(bar):
        seen = await rig.flows.sprayed(bar, JOB, Step.SECOND, 600.0)
    return seen["spray_bar"]


def test_the_spray_holds_its_pressure_until_the_controller_goes_on() -> None:
    async def act(rig: Rig) -> None:
        rig.step(Step.STRIP, after_s=0.0)
        rig.step(Step.SECOND, after_s=60.0)
        assert await sprayed(rig) == 2.0
        assert rig.drive.words[START] == 0

    with_flows(act)


def test_the_pumps_terminal_may_open_as_the_last_spray_ends() -> None:
    async def act(rig: Rig) -> None:
        rig.step(Step.SECOND, after_s=0.0)
        rig.step(Step.RINSE, after_s=59.9)
        async with rig.flows.pump.armed(2.0):
            seen = await rig.flows.sprayed(2.0, JOB, Step.RINSE, 600.0)
        assert seen["spray_bar"] == 2.0

    with_flows(act)


def test_a_step_that_is_over_already_is_not_sprayed() -> None:
    async def act(rig: Rig) -> None:
        rig.step(Step.RINSE, after_s=0.0)
        await asyncio.sleep(0.1)
        async with rig.flows.pump.armed(2.0):
            assert await rig.flows.sprayed(2.0, JOB, Step.SECOND, 600.0) == {}

    with_flows(act)


def test_a_pump_that_gives_no_pressure_is_said_within_a_minute() -> None:
    async def act(rig: Rig) -> None:
        rig.plc.words[STEP] = Step.STRIP  # and the terminal stays open
        with pytest.raises(NotReached, match=r"pressure_bar: 0 did not stay within 0\.15 of 2"):
            await sprayed(rig)
        assert rig.drive.words[START] == 0

    with_flows(act)


@pytest.mark.parametrize(
    ("lost", "error", "words"),
    [
        ("terminal", Tripped, "terminal is open"),
        ("pressure", Tripped, r"sprays with 1\.50 of 2 bar"),
        ("water", DeviceFault, "lack of water"),
    ],
)
def test_a_spray_that_is_lost_ends_the_step_and_stops_the_pump(
    lost: str, error: type[Exception], words: str
) -> None:
    async def act(rig: Rig) -> None:
        rig.step(Step.STRIP, after_s=0.0)

        def go() -> None:
            if lost == "terminal":
                rig.drive.words[STATUS] &= ~TERMINAL
            elif lost == "pressure":
                rig.drive.words[REQUIRED] = 150
            else:
                rig.drive.words[STATUS] |= ERROR
                rig.drive.words[ERRORS + 1] = LACK_OF_WATER

        asyncio.get_running_loop().call_later(30.0, go)
        with pytest.raises(error, match=words):
            await sprayed(rig)
        assert rig.drive.words[START] == 0

    with_flows(act)


def test_a_pressure_beyond_the_drive_is_refused_before_anything_is_sent() -> None:
    async def act(rig: Rig) -> None:
        with pytest.raises(LimitExceeded):
            await sprayed(rig, 6.5)
        assert rig.drive.written == []

    with_flows(act)


def test_nitrogen_blows_until_the_controller_is_complete_and_not_longer() -> None:
    async def act(rig: Rig) -> None:
        rig.step(Step.DRY, after_s=0.0)
        rig.complete(after_s=59.9)
        assert await rig.flows.blown_dry(40.0, JOB, 600.0) == pytest.approx(40.0)
        assert rig.world.sccm == 0

    with_flows(act)


def test_nitrogen_that_does_not_come_or_is_lost_ends_the_drying() -> None:
    async def act(rig: Rig) -> None:
        with pytest.raises(NotReached, match="flow_sccm"):
            await rig.flows.blown_dry(40.0, JOB, 600.0)  # the controller's valve is closed
        rig.step(Step.DRY, after_s=0.0)

        def go() -> None:
            rig.world.nitrogen_share = 0.5

        asyncio.get_running_loop().call_later(30.0, go)
        with pytest.raises(Tripped, match="gives 20000 of 40000 sccm"):
            await rig.flows.blown_dry(40.0, JOB, 600.0)
        assert rig.world.sccm == 0

    with_flows(act)
