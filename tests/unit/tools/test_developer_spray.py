"""The spray: the drive is ready before the controller lets it, watched while it acts, off after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Tripped
from drivers.developer_spray import Spray
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from tests.rigs.wires import in_virtual_time
from tests.unit.instruments.register_bank import RegisterBank
from tests.unit.instruments.small_plc import STATE, SmallPlc
from tests.unit.tools.bench import bench

START, PRESSURE, FREQUENCY, REQUIRED = 0x31, 0x32, 0x33, 0xE8
ERRORS, STATUS, MODE, ADDRESS = 0x12D, 0x1C1, 0x8B, 0x10D
ERROR, TERMINAL, ON = 1 << 2, 1 << 4, 1 << 5
STEP, STEP_S = 22, 23
EXECUTE, DEVELOP, RINSE = 6, 1, 2


@dataclass
class Rig:
    """A drive with its controller."""

    bank: RegisterBank
    small_plc: SmallPlc
    spray: Spray

    def at(self, bar: float) -> None:
        self.bank.words[PRESSURE] = round(bar * 100)


def drive() -> RegisterBank:
    """A drive whose enable terminal is open, as the shift before has left it."""
    places = (*(START, PRESSURE, FREQUENCY, 0x61, MODE, 0xD3, 0xE5, 0xE6, 0xE7, REQUIRED, 0xEA),)
    bank = RegisterBank(dict.fromkeys((*places, 0xF9, ERRORS, ERRORS + 1, STATUS), 0))
    bank.words |= {0x9D: 500, 0x9E: 200, ADDRESS: 1, MODE: 3}

    def obey(address: int) -> None:
        if address == START:
            on = ON if bank.words[START] else 0
            bank.words[STATUS] = bank.words[STATUS] & ~ON | on

    bank.after_writing = obey
    return bank


def with_spray(bar: float, act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        bank, small_plc = drive(), SmallPlc(state=EXECUTE)
        small_plc.words |= {STEP: DEVELOP, STEP_S: 30}
        async with bench(clock) as wires:
            link = await wires.bus(bank)
            pump = XylemHydrovar("developer.spray_pump", link, clock=clock)
            spray = Spray(await wires.plc(small_plc), pump, bar)
            await act(Rig(bank, small_plc, spray))

    in_virtual_time(main)


def test_the_drive_is_ready_before_the_controller_lets_it_and_off_afterwards() -> None:
    async def act(rig: Rig) -> None:
        async with rig.spray.on():
            words = rig.bank.words
            assert (words[START], words[MODE], words[REQUIRED]) == (1, 0, 150)
            assert not words[STATUS] & TERMINAL
        assert rig.bank.words[START] == 0

    with_spray(1.5, act)


def test_a_puddle_leaves_the_pump_off_and_unwatched() -> None:
    async def act(rig: Rig) -> None:
        rig.bank.words[STATUS] = ON
        async with rig.spray.on():
            assert rig.bank.words[START] == 0
            assert not rig.bank.words[STATUS] & ON
            await rig.spray.look()
        assert rig.spray.seen.all_middle() == {}

    with_spray(0.0, act)


def test_the_pressure_that_was_seen_is_kept() -> None:
    async def act(rig: Rig) -> None:
        async with rig.spray.on():
            for bar in (1.48, 1.5, 1.6):
                rig.at(bar)
                await rig.spray.look()
        assert rig.spray.seen.all_middle()["pump_bar"] == pytest.approx(1.5)

    with_spray(1.5, act)


@pytest.mark.parametrize("bar", [0.0, 1.1, 2.0])
def test_two_looks_at_another_pressure_end_the_development(bar: float) -> None:
    async def act(rig: Rig) -> None:
        async with rig.spray.on():
            rig.at(bar)
            await rig.spray.look()
            with pytest.raises(Tripped, match=r"instead of 1\.5 bar"):
                await rig.spray.look()
        assert rig.bank.words[START] == 0

    with_spray(1.5, act)


def test_one_look_at_another_pressure_ends_nothing() -> None:
    async def act(rig: Rig) -> None:
        async with rig.spray.on():
            for bar in (1.0, 1.5, 1.0, 1.5):
                rig.at(bar)
                await rig.spray.look()

    with_spray(1.5, act)


@pytest.mark.parametrize(("step", "seconds"), [(DEVELOP, 4), (RINSE, 30)])
def test_a_pressure_that_rises_or_falls_with_the_step_is_not_judged(
    step: int, seconds: int
) -> None:
    async def act(rig: Rig) -> None:
        rig.small_plc.words |= {STEP: step, STEP_S: seconds}
        async with rig.spray.on():
            rig.at(0.0)
            for _ in range(3):
                await rig.spray.look()

    with_spray(1.5, act)


def test_a_pump_without_water_is_said_at_once_in_words() -> None:
    async def act(rig: Rig) -> None:
        rig.small_plc.words[STATE] = EXECUTE
        async with rig.spray.on():
            rig.bank.words[ERRORS + 1] = 1 << 6
            rig.bank.words[STATUS] |= ERROR
            with pytest.raises(DeviceFault, match="lack of water"):
                await rig.spray.look()

    with_spray(1.5, act)


def test_a_pump_that_somebody_stopped_is_said() -> None:
    async def act(rig: Rig) -> None:
        async with rig.spray.on():
            rig.bank.words[STATUS] &= ~ON
            with pytest.raises(Tripped, match="was stopped"):
                await rig.spray.look()

    with_spray(1.5, act)
