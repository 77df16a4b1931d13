"""The pump drive: a pressure or a frequency, a motor that coasts, and messages kept apart."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    LimitExceeded,
    NoReply,
    NotReached,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.instruments.xylem_hydrovar_frames import (
    Mode,
    decode_long,
    decode_short,
    decode_status,
    faults_in,
)
from tests.rigs.wires import PtyDevice, in_virtual_time
from tests.unit.instruments.register_bank import ANSWER_AFTER_S, RegisterBank, crc, over_bus

START, PRESSURE, FREQUENCY, ENABLE, TEMPERATURE = 0x31, 0x32, 0x33, 0x61, 0x85
MODE, HIGHEST, LOWEST, ERROR_RESET = 0x8B, 0x9D, 0x9E, 0xD3
SOURCE_1, SOURCE_2, SWITCH, REQUIRED, ACTUATOR = 0xE5, 0xE6, 0xE7, 0xE8, 0xEA
TEST_RUN, ADDRESS, ERRORS, STATUS = 0xF9, 0x10D, 0x12D, 0x1C1
TERMINAL, ON, RUNNING, ERROR = 1 << 4, 1 << 5, 1 << 6, 1 << 2
ILLEGAL_VALUE = 3

Act = Callable[[XylemHydrovar, PtyDevice], Awaitable[None]]


def drive(*, coasts: bool = True) -> RegisterBank:
    """A drive that reaches what is asked for at once, and coasts for one look at its status."""
    zeros = (
        *(START, PRESSURE, FREQUENCY, 0x37, ENABLE, 0x87, 0x88, MODE),
        *(SOURCE_1, SWITCH, REQUIRED, ACTUATOR, ERRORS, ERRORS + 1),
    )
    bank = RegisterBank(dict.fromkeys(zeros, 0))
    bank.words |= {SOURCE_2: 1, ERROR_RESET: 1, TEST_RUN: 100, ADDRESS: 1, STATUS: TERMINAL}
    bank.words |= {HIGHEST: 500, LOWEST: 200, TEMPERATURE: 31}

    def obey(address: int) -> None:
        if (address, bank.words[START]) == (START, 1):
            bank.words[STATUS] |= ON | RUNNING
            source, shown = (
                (ACTUATOR, FREQUENCY) if bank.words[MODE] == Mode.ACTUATOR else (REQUIRED, PRESSURE)
            )
            bank.words[shown] = bank.words[source]
        elif address == START:
            bank.words[STATUS] &= ~ON

    def look() -> None:
        looked_before = [pdu for pdu in bank.asked[-2:-1] if pdu[0] == 3]
        if coasts and looked_before and not bank.words[STATUS] & ON:
            bank.words[STATUS] &= ~RUNNING

    bank.after_writing, bank.before_reading = obey, look
    return bank


def with_drive(bank: RegisterBank, act: Act, settings: SerialSettings | None = None) -> None:
    async def main(link: ModbusLink, clock: Clock, device: PtyDevice) -> None:
        await act(XylemHydrovar("spin_coater.pump", link, clock=clock), device)

    over_bus({1: bank}, settings or XylemHydrovar.SERIAL, main)


def frames(device: PtyDevice) -> list[str]:
    return [data.hex(" ") for data in device.requests]


def test_the_published_frames_are_sent_byte_for_byte() -> None:
    async def act(pump: XylemHydrovar, device: PtyDevice) -> None:
        await pump.status()
        async with pump.delivering(2.0, deadline_s=60):
            pass
        for frame in (
            *("01 03 01 c1 00 01 d4 0a", "01 06 00 e8 00 c8 08 68"),
            *("01 06 00 31 00 01 19 c5", "01 06 00 31 00 00 d8 05"),
        ):
            assert frame in frames(device)

    with_drive(drive(), act)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_a_long_number_has_its_high_word_first(high: int, low: int) -> None:
    assert decode_long([high, low]) == high * 65536 + low


@given(st.lists(st.integers(0, 0xFFFF)).filter(lambda words: len(words) != 2))
def test_a_long_number_fills_two_registers(words: list[int]) -> None:
    with pytest.raises(CodecError):
        decode_long(words)


@given(st.integers(-128, 127), st.booleans())
def test_a_signed_byte_is_read_with_or_without_its_sign_in_the_upper_half(
    value: int, extended: bool
) -> None:
    assert decode_short(value & (0xFFFF if extended else 0xFF)) == value


def test_every_bit_of_the_status_has_its_meaning() -> None:
    meanings = dict(enumerate(("preset", "ready", "error", "warning", "terminal_enabled")))
    meanings |= {5: "start_enabled", 6: "motor_running", 15: "started"}
    for bit in range(16):
        seen = asdict(decode_status(1 << bit))
        assert [name for name, value in seen.items() if value] == (
            [meanings[bit]] if bit in meanings else []
        )


def test_the_errors_are_told_in_words() -> None:
    assert faults_in(0) == ()
    assert faults_in(1 << 6 | 1) == ("overcurrent", "lack of water")
    assert faults_in(1 << 31) == ("error bit 31",)


def test_it_is_known_by_its_address_mode_and_frequencies() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        assert await pump.identify() == "Xylem Hydrovar HVL, unit 1"
        for address, word in ((ADDRESS, 2), (MODE, 7), (LOWEST, 501), (HIGHEST, 4000)):
            held, bank.words[address] = bank.words[address], word
            with pytest.raises(WrongDevice, match="no Hydrovar"):
                await pump.identify()
            bank.words[address] = held

    with_drive(bank, act)


def test_another_device_without_these_registers_is_refused() -> None:
    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(WrongDevice, match="no Hydrovar registers"):
            await pump.identify()

    with_drive(RegisterBank({0: 1}), act)


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


def test_a_pump_that_regulates_a_pressure_is_not_turned_at_a_frequency() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        async with pump.armed(1.5):
            with pytest.raises(Refused, match="regulates a pressure"):
                await pump.turn(40, deadline_s=30)

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


def test_a_refused_write_is_told_in_words() -> None:
    bank = drive()
    bank.refused[REQUIRED] = ILLEGAL_VALUE

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        with pytest.raises(Rejected, match="illegal data value"):
            await pump.required_bar.write(2.0)

    with_drive(bank, act)


def test_another_drive_behind_a_silence_is_noticed() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        bank.lose_reply_to = lambda pdu: pdu[0] == 6
        with pytest.raises(NoReply):
            await pump.required_bar.write(2.0)
        bank.words[ADDRESS] = 9
        with pytest.raises(WrongDevice, match="address 9"):
            await pump.required_bar.value()

    with_drive(bank, act)


def test_messages_are_kept_apart_at_any_speed_of_the_line() -> None:
    async def act(pump: XylemHydrovar, device: PtyDevice) -> None:
        await asyncio.gather(*(pump.pressure_bar.value() for _ in range(5)))
        times = [at_s for at_s, _ in device.heard]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert len(gaps) == 4
        assert min(gaps) >= ANSWER_AFTER_S + 0.00175 - 1e-9

    with_drive(drive(), act, SerialSettings(baud=115200))


@pytest.mark.parametrize("announced", [4, 8])
def test_the_nominal_current_is_read_whatever_length_is_announced(announced: int) -> None:
    frame = bytes((1, 3, announced, 0, 0, 0x01, 0xA4))

    async def main(clock: Clock) -> None:
        device = PtyDevice(
            clock, lambda _: [(0.005, (frame + crc(frame))[:7]), (0.006, crc(frame))]
        )
        link = ModbusLink.rtu("bench.bus", device.path, XylemHydrovar.SERIAL, clock=clock)
        pump = XylemHydrovar("spin_coater.pump", link, clock=clock)
        assert await pump.nominal_current_a() == pytest.approx(4.2)
        assert await pump.nominal_current_a() == pytest.approx(4.2)
        assert device.requests[0].hex(" ").startswith("01 03 01 1a 00 02")
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_look_at_everything_reads_and_writes_nothing() -> None:
    bank = drive()
    bank.words[TEMPERATURE] = 0xF6

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        seen = await pump.readings()
        assert seen["inverter_c"].value == -10
        assert seen["max_frequency_hz"].value == 50
        assert len(seen) == 20
        assert await pump.faults() == ()

    with_drive(bank, act)
    assert bank.written == []
