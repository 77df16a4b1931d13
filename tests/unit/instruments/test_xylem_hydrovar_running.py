"""The pump drive at work: on only while it should be, and off whatever happens."""

import asyncio

import pytest

from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Refused,
    Tripped,
)
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.instruments.xylem_hydrovar_frames import (
    Mode,
)
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.small_drive import (
    ACTUATOR,
    ENABLE,
    ERROR,
    ERROR_RESET,
    ERRORS,
    MODE,
    ON,
    PRESSURE,
    REQUIRED,
    RUNNING,
    SOURCE_1,
    SOURCE_2,
    START,
    STATUS,
    TERMINAL,
    TEST_RUN,
    drive,
    with_drive,
)


def test_the_pump_runs_only_inside_and_cannot_start_by_itself() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        async with pump.delivering(2.5, deadline_s=60):
            assert await pump.pressure_bar.value() == 2.5
            assert (await pump.status()).motor_running
            await pump.check()
        status = await pump.status()
        assert not status.start_enabled
        assert not status.motor_running

    with_drive(bank, act)
    prepared = [(SOURCE_1, (1,)), (SOURCE_2, (0,)), (TEST_RUN, (0,)), (ERROR_RESET, (0,))]
    run = [(REQUIRED, (250,)), (START, (1,)), (START, (0,))]
    assert bank.written == [*prepared, (ENABLE, (1,)), *run]


def test_a_fixed_frequency_is_turned_in_actuator_mode() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        async with pump.turning(35.5, deadline_s=60):
            assert abs(await pump.frequency_hz.value() - 35.5) < 1e-9
        await pump.mode.write_and_verify(Mode.CONTROLLER)

    with_drive(bank, act)
    assert (ACTUATOR, (355,)) in bank.written
    assert bank.written[0] == (MODE, (Mode.ACTUATOR,))


@pytest.mark.parametrize("bar", [-0.1, 6.1, float("nan")])
def test_a_refused_pressure_never_reaches_the_wire(bar: float) -> None:
    async def act(pump: XylemHydrovar, device: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="required_bar"):
            async with pump.delivering(bar, deadline_s=60):
                pytest.fail("the pump must not start")
        with pytest.raises(LimitExceeded, match="required_bar"):
            await pump.required_bar.write(bar)
        assert device.requests == []

    with_drive(drive(), act)


@pytest.mark.parametrize("hertz", [19.9, 50.1])
def test_a_frequency_beyond_what_the_drive_is_set_to_is_refused_and_nothing_written(
    hertz: float,
) -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="20 to 50 Hz"):
            async with pump.turning(hertz, deadline_s=60):
                pytest.fail("the pump must not start")

    with_drive(bank, act)
    assert bank.written == []


def test_an_open_enable_terminal_keeps_the_pump_off() -> None:
    bank = drive()
    bank.words[STATUS] = 0

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(InterlockOpen, match="terminal"):
            async with pump.delivering(2.0, deadline_s=60):
                pytest.fail("the pump must not start")

    with_drive(bank, act)
    assert bank.written == []


def test_a_pump_that_runs_already_is_left_alone() -> None:
    bank = drive()
    bank.words[STATUS] = TERMINAL | ON | RUNNING

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(Refused, match="already runs"):
            async with pump.delivering(2.0, deadline_s=60):
                pytest.fail("must not be reached")

    with_drive(bank, act)
    assert bank.written == []


@pytest.mark.parametrize("status", [0, TERMINAL, TERMINAL | ON | RUNNING])
def test_an_armed_pump_waits_for_its_terminal_and_is_off_afterwards(status: int) -> None:
    bank = drive()
    bank.words[STATUS] = status

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        async with pump.armed(1.5):
            assert (bank.words[START], bank.words[REQUIRED]) == (1, 150)
            assert bank.words[STATUS] & TERMINAL == status & TERMINAL
        assert bank.words[START] == 0

    with_drive(bank, act)


def test_a_pump_that_turns_is_told_another_frequency_and_goes_on() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        assert await pump.turn(40, deadline_s=30) == 40
        assert await pump.turn(30, deadline_s=30) == 30
        assert (bank.words[START], bank.words[MODE], bank.words[ACTUATOR]) == (1, 3, 300)
        with pytest.raises(LimitExceeded, match="20 to 50 Hz"):
            await pump.turn(51, deadline_s=30)
        await pump.make_safe()
        assert bank.words[START] == 0

    with_drive(bank, act)


def test_a_pressure_that_it_does_not_have_is_not_armed() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="0 to 6 bar"):
            async with pump.armed(6.1):
                pytest.fail("must not be reached")

    with_drive(bank, act)
    assert bank.written == []


def test_a_pump_in_fault_is_not_armed() -> None:
    bank = drive()
    bank.words.update({ERRORS + 1: 0x40, STATUS: ERROR})

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(DeviceFault, match="lack of water"):
            async with pump.armed(1.5):
                pytest.fail("must not be reached")

    with_drive(bank, act)
    assert bank.written == []


def test_an_error_on_the_way_stops_the_pump_and_is_told_in_words() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        async with pump.delivering(2.0, deadline_s=60):
            bank.words.update({ERRORS + 1: 0x60, STATUS: bank.words[STATUS] | ERROR})
            with pytest.raises(DeviceFault, match="motor too hot, lack of water"):
                await pump.check()
        assert bank.words[START] == 0

    with_drive(bank, act)


def test_a_pump_that_was_stopped_or_disabled_by_others_is_a_trip() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        bank.words[STATUS] = TERMINAL
        with pytest.raises(Tripped, match="stopped"):
            await pump.check()
        bank.words[STATUS] = ON
        with pytest.raises(Tripped, match="terminal"):
            await pump.check()

    with_drive(bank, act)


def test_a_pressure_that_is_not_reached_stops_the_pump() -> None:
    bank = drive()
    obey = bank.after_writing

    def leak(address: int) -> None:
        obey(address)
        bank.words[PRESSURE] = 50

    bank.after_writing = leak

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(NotReached, match="pressure_bar"):
            async with pump.delivering(2.0, deadline_s=20):
                pytest.fail("must not be reached")

    with_drive(bank, act)
    assert bank.words[START] == 0


def test_a_cancelled_step_stops_the_pump() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        on = asyncio.Event()

        async def step() -> None:
            async with pump.delivering(2.0, deadline_s=60):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with_drive(bank, act)
    assert bank.words[STATUS] & (ON | RUNNING) == 0


def test_stopping_twice_is_stopping_once() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        await pump.make_safe()
        await pump.make_safe()

    with_drive(bank, act)
    assert bank.written == [(START, (0,)), (START, (0,))]


def test_a_motor_that_turns_on_is_reported() -> None:
    bank = drive(coasts=False)
    bank.words[STATUS] = TERMINAL | ON | RUNNING

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(NotReached, match="stands still"):
            await pump.make_safe()

    with_drive(bank, act)


def test_a_drive_that_stays_on_is_told_off_again_and_reported() -> None:
    bank = drive()
    bank.words[STATUS] = TERMINAL | ON | RUNNING
    bank.after_writing = lambda _: None

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(ReadBackDiffers, match="still on"):
            await pump.make_safe()

    with_drive(bank, act)
    assert bank.written == [(START, (0,))] * 3
