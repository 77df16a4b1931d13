"""The hotplate: every parameter twice, a set-point in EEPROM, manual and zero for safe."""

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, LimitExceeded, NotReached, WrongDevice
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import Quality
from drivers.core.registers import WordOrder, float32_to
from drivers.instruments.eurotherm_3216 import Eurotherm3216, decode_status
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.register_bank import RegisterBank, over_bus

PV, TARGET, OUTPUT, SELECT, SP1, STATUS, MANUAL, REMOTE = 1, 2, 3, 15, 24, 75, 273, 276
SENSOR_BREAK, LOOP_BREAK = 1 << 5, 1 << 6

Act = Callable[[Eurotherm3216, PtyDevice], Awaitable[None]]


def mirror(parameter: int) -> int:
    return 2 * parameter + 32768


def show(bank: RegisterBank, parameter: int, value: float) -> None:
    high, low = float32_to(value, WordOrder.HIGH_FIRST)
    bank.words.update({mirror(parameter): high, mirror(parameter) + 1: low})
    bank.words[parameter] = round(value * 10) & 0xFFFF


def plate(celsius: float, setpoint_c: float = 20.0) -> RegisterBank:
    bank = RegisterBank(dict.fromkeys([SELECT, STATUS, MANUAL, REMOTE], 0))
    for parameter in (PV, OUTPUT, 4, 5, 25):
        show(bank, parameter, 0.0)
    show(bank, PV, celsius)
    show(bank, SP1, setpoint_c)
    show(bank, TARGET, setpoint_c)

    def obey(address: int) -> None:
        if address == mirror(SP1):
            for parameter in (PV, TARGET):
                for place in (0, 1):
                    bank.words[mirror(parameter) + place] = bank.words[mirror(SP1) + place]

    bank.after_writing = obey
    return bank


def with_plate(bank: RegisterBank, act: Act) -> None:
    async def main(link: ModbusLink, clock: Clock, device: PtyDevice) -> None:
        await act(Eurotherm3216("spin_coater.hotplate", link, clock=clock), device)

    over_bus({1: bank}, Eurotherm3216.SERIAL, main)


def test_a_parameter_is_read_at_twice_its_number_and_32768() -> None:
    async def act(heater: Eurotherm3216, device: PtyDevice) -> None:
        assert await heater.temperature_c.value() == 21.5
        assert device.requests[0].hex(" ").startswith("01 03 80 02 00 02")

    with_plate(plate(21.5), act)


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_it_is_known_by_the_two_places_of_its_setpoint(decimals: int) -> None:
    bank = plate(20.0, 95.0)
    bank.words[TARGET] = 95 * 10**decimals

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        assert await heater.identify() == "Eurotherm 3216"

    with_plate(bank, act)


def test_a_device_without_such_places_is_another() -> None:
    bank = plate(20.0, 95.0)

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        bank.words[TARGET] = 123
        with pytest.raises(WrongDevice, match="do not agree"):
            await heater.identify()
        del bank.words[TARGET]
        with pytest.raises(WrongDevice, match="lacks Eurotherm's registers"):
            await heater.identify()

    with_plate(bank, act)


def test_holding_writes_the_setpoint_first_and_then_lets_it_be_followed() -> None:
    bank = plate(20.0)
    bank.words.update({SELECT: 1, MANUAL: 1, REMOTE: 1})

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        assert await heater.hold(95.0, deadline_s=100) == 95.0

    with_plate(bank, act)
    assert bank.written == [
        (mirror(SP1), (0x42BE, 0x0000)),
        *[(SELECT, (0,)), (REMOTE, (0,)), (MANUAL, (0,))],
    ]


def test_a_setpoint_that_stands_already_is_not_written_to_eeprom_again() -> None:
    bank = plate(95.0, 95.0)

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        await heater.hold(95.0, deadline_s=100)
        await heater.hold(95.0, deadline_s=100)

    with_plate(bank, act)
    assert bank.written == []


@pytest.mark.parametrize("asked_c", [-0.1, 250.1, float("nan"), float("inf")])
def test_a_refused_setpoint_never_reaches_the_wire(asked_c: float) -> None:
    async def act(heater: Eurotherm3216, device: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="setpoint_c"):
            await heater.hold(asked_c, deadline_s=10)
        assert device.requests == []

    with_plate(plate(20.0), act)


@pytest.mark.parametrize(
    ("word", "said"), [(SENSOR_BREAK, "sensor break"), (LOOP_BREAK, "heater does not act")]
)
def test_a_broken_plate_ends_the_wait(word: int, said: str) -> None:
    bank = plate(20.0)
    bank.words[STATUS] = word

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        with pytest.raises(DeviceFault, match=said):
            await heater.hold(95.0, deadline_s=100)

    with_plate(bank, act)


def test_a_plate_that_stays_cold_is_not_reached() -> None:
    bank = plate(20.0)
    bank.after_writing = lambda _: None

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        with pytest.raises(NotReached, match=r"hotplate.temperature_c: 20"):
            await heater.hold(95.0, deadline_s=100)

    with_plate(bank, act)


def test_safe_is_manual_with_no_output() -> None:
    bank = plate(95.0, 95.0)
    show(bank, OUTPUT, 40.0)

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        await heater.make_safe()
        assert await heater.output_pct.value() == 0.0

    with_plate(bank, act)
    assert [address for address, _ in bank.written] == [MANUAL, mirror(OUTPUT)]


def test_looking_changes_nothing_and_doubts_a_broken_sensor() -> None:
    bank = plate(21.0)

    async def act(heater: Eurotherm3216, _: PtyDevice) -> None:
        assert (await heater.readings())["temperature_c"].quality is Quality.GOOD
        bank.words[STATUS] = SENSOR_BREAK
        assert (await heater.readings())["temperature_c"].quality is Quality.BAD

    with_plate(bank, act)
    assert bank.written == []


@given(st.integers(0, 65535))
def test_every_status_word_has_a_meaning(word: int) -> None:
    status = decode_status(word)
    assert status.alarms <= {1, 2, 3, 4}
    assert status.manual == bool(word & 1 << 4)
    assert status.remote_failed == bool(word & 1 << 14)
