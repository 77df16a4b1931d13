"""The tank heater: two kinds of registers, no command for off, set-points kept in EEPROM."""

from collections.abc import Awaitable, Callable

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, LimitExceeded, WrongDevice
from drivers.core.links.modbus import ModbusLink
from drivers.core.registers import WordOrder, float32_to
from drivers.instruments.lumel_re72 import LumelRe72
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.register_bank import RegisterBank, over_bus

INDEX, SP1, PV = 4042, 4084, 7000

Act = Callable[[LumelRe72, PtyDevice], Awaitable[None]]


def tank(celsius: float) -> RegisterBank:
    places = [INDEX, *range(SP1, SP1 + 4), *range(PV, PV + 10)]
    bank = RegisterBank(dict.fromkeys(places, 0), server_id=b"\xba\xffRE72-1234")
    show(bank, celsius)

    def obey(address: int) -> None:
        if address == SP1:
            show(bank, bank.words[SP1] / 10)

    bank.after_writing = obey
    return bank


def show(bank: RegisterBank, celsius: float) -> None:
    words = float32_to(celsius, WordOrder.HIGH_FIRST)
    bank.words.update({PV: words[0], PV + 1: words[1]})


def with_tank(bank: RegisterBank, act: Act) -> None:
    async def main(link: ModbusLink, clock: Clock, device: PtyDevice) -> None:
        await act(LumelRe72("stripper.tank", link, clock=clock), device)

    over_bus({1: bank}, LumelRe72.SERIAL, main)


def test_it_says_who_it_is() -> None:
    bank = tank(20.0)

    async def act(heater: LumelRe72, _: PtyDevice) -> None:
        assert "RE72-1234" in await heater.identify()
        bank.server_id = b"\xba\xffRE92"
        with pytest.raises(WrongDevice, match="instead of an RE72"):
            await heater.identify()

    with_tank(bank, act)


def test_the_temperature_is_a_float_with_the_high_word_first() -> None:
    bank = tank(20.0)
    bank.words.update({PV: 0x4277, PV + 1: 0x3333})

    async def act(heater: LumelRe72, device: PtyDevice) -> None:
        assert abs(await heater.temperature_c.value() - 61.8) < 1e-5
        assert device.requests[0].hex(" ").startswith("01 03 1b 58 00 02")

    with_tank(bank, act)


def test_holding_sets_the_first_setpoint_and_follows_it() -> None:
    bank = tank(20.0)
    bank.words[INDEX] = 2

    async def act(heater: LumelRe72, _: PtyDevice) -> None:
        assert abs(await heater.hold(60.3, deadline_s=100) - 60.3) < 1e-5

    with_tank(bank, act)
    assert bank.written == [(SP1, (603,)), (INDEX, (0,))]


def test_a_setpoint_that_stands_already_is_not_written_to_eeprom_again() -> None:
    bank = tank(60.3)
    bank.words[SP1] = 603

    async def act(heater: LumelRe72, _: PtyDevice) -> None:
        await heater.hold(60.3, deadline_s=100)
        await heater.hold(60.3, deadline_s=100)

    with_tank(bank, act)
    assert bank.written == []


@pytest.mark.parametrize("asked_c", [-1.0, 75.1, float("nan")])
def test_a_setpoint_near_the_flash_point_never_reaches_the_wire(asked_c: float) -> None:
    async def act(heater: LumelRe72, device: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="setpoint_c"):
            await heater.hold(asked_c, deadline_s=10)
        assert device.requests == []

    with_tank(tank(20.0), act)


@pytest.mark.parametrize("shown_c", [-1999.0, 9999.0, float("nan")])
def test_a_broken_sensor_ends_the_wait(shown_c: float) -> None:
    bank = tank(20.0)
    bank.after_writing = lambda _: show(bank, shown_c)

    async def act(heater: LumelRe72, _: PtyDevice) -> None:
        with pytest.raises(DeviceFault, match="sensor broken"):
            await heater.hold(60.0, deadline_s=100)

    with_tank(bank, act)


def test_safe_is_a_setpoint_below_the_room() -> None:
    bank = tank(60.0)
    bank.words.update({SP1: 600, INDEX: 3})

    async def act(heater: LumelRe72, _: PtyDevice) -> None:
        await heater.make_safe()
        await heater.make_safe()
        assert (await heater.readings())["setpoint_c"].value == 5.0

    with_tank(bank, act)
    assert bank.written == [(SP1, (50,)), (INDEX, (0,))]
