"""The pump drive: its registers, its faults in words, and messages kept apart."""

import asyncio
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    NoReply,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.instruments.xylem_hydrovar_frames import (
    decode_long,
    decode_short,
    decode_status,
    faults_in,
)
from tests.rigs.wires import PtyDevice, in_virtual_time
from tests.unit.instruments.register_bank import ANSWER_AFTER_S, RegisterBank, crc
from tests.unit.instruments.small_drive import (
    ADDRESS,
    HIGHEST,
    ILLEGAL_VALUE,
    LOWEST,
    MODE,
    REQUIRED,
    TEMPERATURE,
    drive,
    frames,
    with_drive,
)


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


def test_a_pump_that_regulates_a_pressure_is_not_turned_at_a_frequency() -> None:
    bank = drive()

    async def act(pump: XylemHydrovar, _: PtyDevice) -> None:
        async with pump.armed(1.5):
            with pytest.raises(Refused, match="regulates a pressure"):
                await pump.turn(40, deadline_s=30)

    with_drive(bank, act)


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
