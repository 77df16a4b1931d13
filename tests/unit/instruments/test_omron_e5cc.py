"""Two roll controllers on one bus: frames of the manual, writing allowed, nothing in EEPROM."""

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    NoReply,
    NotReached,
    ReadBackDiffers,
    Rejected,
    WrongDevice,
)
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import Quality
from drivers.instruments.omron_e5cc import OmronE5cc, decode_status
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.register_bank import RegisterBank, over_bus

PV, STATUS, SP, OPERATE = 0x2000, 0x2001, 0x2103, 0x0000
OPERATION_ERROR = 4
SENSOR_BROKEN = 1 << 6

Act = Callable[["OmronE5cc", "OmronE5cc", PtyDevice], Awaitable[None]]


def roll(celsius: float) -> RegisterBank:
    """A controller that regulates at once and takes set-points only while writing is allowed."""
    places = [OPERATE, PV, STATUS, 0x2002, 0x2004, 0x2005, SP, 0x2105, 0x2106]
    bank = RegisterBank(dict.fromkeys(places, 0), server_id=b"\x01\xffE5CC-RX2ASM-802")
    bank.words[PV] = round(celsius * 10)
    bank.refused[SP] = OPERATION_ERROR

    def obey(address: int) -> None:
        if (address, bank.words[OPERATE]) == (OPERATE, 0x0001):
            bank.refused.clear()
        if (address, bank.words[OPERATE]) == (OPERATE, 0x0100):
            bank.words[PV] = bank.words[SP]

    bank.after_writing = obey
    return bank


def with_rolls(upper: RegisterBank, lower: RegisterBank, act: Act) -> None:
    async def main(link: ModbusLink, clock: Clock, device: PtyDevice) -> None:
        await act(
            OmronE5cc("laminator.upper_roll", link, clock=clock, unit=1),
            OmronE5cc("laminator.lower_roll", link, clock=clock, unit=2),
            device,
        )

    over_bus({1: upper, 2: lower}, OmronE5cc.SERIAL, main)


def frames(device: PtyDevice) -> list[str]:
    return [data.hex(" ") for data in device.requests]


def test_the_frames_are_those_of_the_manual() -> None:
    async def act(upper: OmronE5cc, _: OmronE5cc, device: PtyDevice) -> None:
        assert await upper.temperature_c.value() == 25.0
        await upper.setpoint_c.write(110.0)
        await upper.run()
        await upper.stop()
        sent = frames(device)
        assert sent[0] == "01 03 20 00 00 01 8f ca"
        assert sent[1] == "01 06 00 00 00 01 48 0a"
        assert sent[3] == "01 06 21 03 04 4c 70 c3"
        assert sent[6] == "01 06 00 00 01 00 88 5a"
        assert sent[9] == "01 06 00 00 01 01 49 9a"

    with_rolls(roll(25.0), roll(30.0), act)


def test_each_controller_of_the_bus_answers_for_itself() -> None:
    upper_bank, lower_bank = roll(25.0), roll(30.0)

    async def act(upper: OmronE5cc, lower: OmronE5cc, _: PtyDevice) -> None:
        assert await upper.identify() == "E5CC-RX2ASM-802"
        assert await lower.identify() == "E5CC-RX2ASM-802"
        assert (await lower.temperature_c.read()).value == 30.0
        await lower.hold(100.0, deadline_s=60)

    with_rolls(upper_bank, lower_bank, act)
    assert lower_bank.words[SP] == 1000
    assert upper_bank.words[SP] == 0


def test_holding_allows_writing_and_spares_the_eeprom_before_it_writes() -> None:
    bank = roll(25.0)

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        before_s = upper.clock.monotonic()
        assert await upper.hold(110.0, deadline_s=100, dwell_s=30) == 110.0
        assert 30 <= upper.clock.monotonic() - before_s <= 33

    with_rolls(bank, roll(30.0), act)
    assert bank.written == [
        *[(OPERATE, (0x0001,)), (OPERATE, (0x0401,)), (SP, (1100,))],
        *[(OPERATE, (0x0001,)), (OPERATE, (0x0401,)), (OPERATE, (0x0100,))],
    ]


@pytest.mark.parametrize("asked_c", [-0.1, 250.1, float("nan")])
def test_a_refused_setpoint_never_reaches_the_wire(asked_c: float) -> None:
    async def act(upper: OmronE5cc, _: OmronE5cc, device: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="setpoint_c"):
            await upper.hold(asked_c, deadline_s=10)
        assert device.requests == []

    with_rolls(roll(25.0), roll(30.0), act)


def test_a_temperature_below_zero_is_not_65535() -> None:
    bank = roll(25.0)
    bank.words[PV] = 0xFFFB

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        assert await upper.temperature_c.value() == -0.5

    with_rolls(bank, roll(30.0), act)


def test_a_broken_sensor_ends_the_wait_and_marks_the_reading() -> None:
    bank = roll(25.0)
    bank.words[STATUS] = SENSOR_BROKEN

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        assert (await upper.readings())["temperature_c"].quality is Quality.BAD
        with pytest.raises(DeviceFault, match="upper_roll: input error"):
            await upper.hold(110.0, deadline_s=100)

    with_rolls(bank, roll(30.0), act)


def test_a_heater_that_does_not_heat_is_not_reached() -> None:
    bank = roll(25.0)
    bank.after_writing = lambda _: bank.refused.clear()

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        with pytest.raises(NotReached, match=r"upper_roll.temperature_c: 25"):
            await upper.hold(110.0, deadline_s=100)

    with_rolls(bank, roll(30.0), act)


def test_a_setpoint_that_does_not_stay_is_found_out() -> None:
    bank = roll(25.0)

    def forget(address: int) -> None:
        bank.refused.clear()
        if address == SP:
            bank.words[SP] = 500

    bank.after_writing = forget

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        with pytest.raises(ReadBackDiffers, match="set to 110 and reads 50"):
            await upper.hold(110.0, deadline_s=100)

    with_rolls(bank, roll(30.0), act)


def test_a_controller_in_auto_tuning_rejects_the_setpoint() -> None:
    bank = roll(25.0)
    bank.after_writing = lambda _: None

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        with pytest.raises(Rejected, match="server device failure"):
            await upper.hold(110.0, deadline_s=100)

    with_rolls(bank, roll(30.0), act)


def test_safe_is_stopped() -> None:
    bank = roll(25.0)

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        await upper.make_safe()

    with_rolls(bank, roll(30.0), act)
    assert bank.words[OPERATE] == 0x0101


def test_another_device_at_the_address_is_refused_also_after_silence() -> None:
    bank = roll(25.0)

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        bank.lose_reply_to = lambda _: True
        with pytest.raises(NoReply, match="unit 1"):
            await upper.temperature_c.value()
        bank.lose_reply_to = lambda _: False
        bank.server_id = b"\x01\xffE5EC"
        with pytest.raises(WrongDevice, match="instead of an E5CC"):
            await upper.temperature_c.value()
        bank.server_id = b"\x01\xffE5CC-QX"
        assert await upper.temperature_c.value() == 25.0

    with_rolls(bank, roll(30.0), act)


def test_looking_changes_nothing() -> None:
    bank = roll(25.0)

    async def act(upper: OmronE5cc, _: OmronE5cc, __: PtyDevice) -> None:
        readings = await upper.readings()
        assert readings["temperature_c"].value == 25.0
        assert len(readings) == 8

    with_rolls(bank, roll(30.0), act)
    assert bank.written == []


@given(st.integers(0, 65535))
def test_every_status_word_has_a_meaning(word: int) -> None:
    status = decode_status(word)
    assert status.alarms <= {1, 2, 3}
    assert status.input_error == bool(word & SENSOR_BROKEN)
    assert (3 in status.alarms) == bool(word & 1 << 14)
