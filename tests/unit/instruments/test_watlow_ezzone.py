"""The oven's zones behind their gateway: word order, unit, and every zone for itself."""

from collections.abc import Awaitable, Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Refused,
    WrongDevice,
)
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import Quality
from drivers.core.registers import WordOrder, float32_to
from drivers.instruments.watlow_ezzone import WatlowEzzone, celsius_from, celsius_to
from tests.unit.instruments.register_bank import RegisterBank, over_tcp

PV, INPUT, MODE, ACTIVE_MODE, SP, ACTIVE_SP, UNITS = 360, 362, 1880, 1882, 2160, 2172, 2490
STEP = 5000
FAHRENHEIT, CELSIUS, MEASURING, AUTO, OFF = 30, 15, 61, 10, 62
ZONES = 3
FACTORY = WordOrder.LOW_FIRST

Act = Callable[[WatlowEzzone], Awaitable[None]]


def put(bank: RegisterBank, address: int, value: float, order: WordOrder = FACTORY) -> None:
    bank.words.update(enumerate(float32_to(value, order), start=address))


def oven(order: WordOrder = FACTORY, unit_code: int = FAHRENHEIT) -> RegisterBank:
    """Zones that are as hot as asked for at once; 77 on the wire at first."""
    bank = RegisterBank({})
    for base in range(0, STEP * ZONES, STEP):
        for place in (PV, SP, ACTIVE_SP, 1904, 1906):
            put(bank, base + place, 77.0, order)
        words = {INPUT: MEASURING, MODE: OFF, ACTIVE_MODE: OFF, UNITS: unit_code}
        bank.words.update({base + place: word for place, word in words.items()})
        bank.words.update({base + place: MEASURING for place in (1496, 1546, 1596, 1646)})

    def obey(address: int) -> None:
        base, place = address - address % STEP, address % STEP
        if place == SP:
            for copied in (PV, ACTIVE_SP):
                for word in (0, 1):
                    bank.words[base + copied + word] = bank.words[base + SP + word]
        if place == MODE:
            bank.words[base + ACTIVE_MODE] = bank.words[base + MODE]

    bank.after_writing = obey
    return bank


def with_oven(bank: RegisterBank, act: Act) -> None:
    async def main(link: ModbusLink, clock: Clock) -> None:
        await act(WatlowEzzone("reflow_oven.zones", link, clock=clock, zones=ZONES))

    over_tcp(bank, main)


def test_as_delivered_77_fahrenheit_low_word_first_is_25_celsius() -> None:
    bank = oven()

    async def act(zones: WatlowEzzone) -> None:
        assert await zones.zones[2].temperature_c.value() == 25.0
        assert bank.asked == [bytes.fromhex("03 2878 0002")]  # 2 zones of 5000 and 360
        await zones.set_zone(2, 100.0)

    with_oven(bank, act)
    assert bank.written == [(STEP + SP, (0x0000, 0x4354))]  # 212 F


def test_a_gateway_set_to_celsius_with_the_high_word_first_is_told_so() -> None:
    bank = oven(WordOrder.HIGH_FIRST, CELSIUS)

    async def main(link: ModbusLink, clock: Clock) -> None:
        zones = WatlowEzzone(
            *("reflow_oven.zones", link),
            clock=clock,
            word_order="high_first",
            units="C",
            zones=ZONES,
        )
        assert "3 zones, C, high_first" in await zones.identify()
        await zones.set_zone(1, 100.0)
        assert await zones.temperatures_c() == [100.0, 77.0, 77.0]

    over_tcp(bank, main)
    assert bank.written == [(SP, (0x42C8, 0x0000))]


def test_a_wrong_word_order_or_unit_is_another_device() -> None:
    async def in_other_order(zones: WatlowEzzone) -> None:
        with pytest.raises(WrongDevice, match=r"zone_1: set-point .* is none low_first"):
            await zones.identify()

    async def in_other_unit(zones: WatlowEzzone) -> None:
        with pytest.raises(WrongDevice, match="unit code 15 is not F"):
            await zones.identify()

    with_oven(oven(WordOrder.HIGH_FIRST), in_other_order)
    with_oven(oven(unit_code=CELSIUS), in_other_unit)


def test_a_device_without_such_registers_is_another() -> None:
    async def act(zones: WatlowEzzone) -> None:
        with pytest.raises(WrongDevice, match="lacks EZ-ZONE's registers"):
            await zones.identify()

    with_oven(RegisterBank({}), act)


def test_a_profile_is_set_and_only_then_heated() -> None:
    bank = oven()

    async def act(zones: WatlowEzzone) -> None:
        before_s = zones.clock.monotonic()
        reached_c = await zones.hold([150.0, 200.0, 245.0], deadline_s=100, dwell_s=20)
        assert [round(celsius, 3) for celsius in reached_c] == [150.0, 200.0, 245.0]
        assert 20 <= zones.clock.monotonic() - before_s <= 22

    with_oven(bank, act)
    setpoints = [SP, STEP + SP, 2 * STEP + SP]
    modes = [MODE, STEP + MODE, 2 * STEP + MODE]
    assert [address for address, _ in bank.written] == [*setpoints, *modes]


@pytest.mark.parametrize("bad_c", [-1.0, 300.1, float("nan")])
def test_one_bad_setpoint_keeps_the_whole_profile_off_the_wire(bad_c: float) -> None:
    bank = oven()

    async def act(zones: WatlowEzzone) -> None:
        with pytest.raises(LimitExceeded, match="zone_3: setpoint_c"):
            await zones.hold([150.0, 200.0, bad_c], deadline_s=100)
        with pytest.raises(LimitExceeded):
            await zones.set_zone(1, bad_c)

    with_oven(bank, act)
    assert bank.asked == []


def test_a_profile_for_another_oven_is_refused() -> None:
    bank = oven()

    async def act(zones: WatlowEzzone) -> None:
        with pytest.raises(Refused, match="2 set-points for 3 zones"):
            await zones.set_profile([150.0, 200.0])
        for number in (0, 4):
            with pytest.raises(Refused, match=f"no zone {number}"):
                await zones.set_zone(number, 150.0)

    with_oven(bank, act)
    assert bank.asked == []


@pytest.mark.parametrize(("zones", "units"), [(0, "F"), (9, "F"), (8, "K")])
def test_an_impossible_gateway_is_refused(zones: int, units: Literal["F", "C"]) -> None:
    bank = oven()

    async def main(link: ModbusLink, clock: Clock) -> None:
        with pytest.raises(Refused, match=f"{zones} zones in '{units}' are not possible"):
            WatlowEzzone("reflow_oven.zones", link, clock=clock, zones=zones, units=units)

    over_tcp(bank, main)


def test_a_zone_that_stays_cold_is_not_reached() -> None:
    bank = oven()
    obey = bank.after_writing
    bank.after_writing = lambda address: None if address == STEP + SP else obey(address)

    async def act(zones: WatlowEzzone) -> None:
        with pytest.raises(NotReached, match="farthest zone from its set-point: 175"):
            await zones.hold([150.0, 200.0, 245.0], deadline_s=100)

    with_oven(bank, act)


@pytest.mark.parametrize(("word", "said"), [(65, "sensor open"), (127, "shorted"), (99, "99")])
def test_a_broken_sensor_ends_the_wait(word: int, said: str) -> None:
    bank = oven()
    bank.words[STEP + INPUT] = word

    async def act(zones: WatlowEzzone) -> None:
        with pytest.raises(DeviceFault, match=f"zone_2: .*{said}"):
            await zones.hold([150.0, 200.0, 245.0], deadline_s=100)
        assert (await zones.readings())["zone_2.temperature_c"].quality is Quality.BAD

    with_oven(bank, act)


def test_alarms_are_told_by_zone() -> None:
    bank = oven()
    bank.words.update({1496: 88, STEP + 1546: 7, 2 * STEP + 1496: 8, 2 * STEP + 1646: 12})

    async def act(zones: WatlowEzzone) -> None:
        assert await zones.alarms() == {2: ("alarm 2 high",), 3: ("alarm 1 low",)}

    with_oven(bank, act)


def test_safe_is_every_zone_off_even_if_one_does_not_obey() -> None:
    bank = oven()
    for base in range(0, STEP * ZONES, STEP):
        bank.words.update({base + MODE: AUTO, base + ACTIVE_MODE: AUTO})
    obey = bank.after_writing
    bank.after_writing = lambda address: None if address == MODE else obey(address)

    async def act(zones: WatlowEzzone) -> None:
        with pytest.raises(ReadBackDiffers, match="zone_1: mode 62 was set, 10 is active"):
            await zones.make_safe()
        assert [bank.words[base + ACTIVE_MODE] for base in (0, STEP, 2 * STEP)] == [AUTO, OFF, OFF]
        bank.after_writing = obey
        await zones.make_safe()
        assert bank.words[ACTIVE_MODE] == OFF

    with_oven(bank, act)


def test_looking_changes_nothing() -> None:
    bank = oven()

    async def act(zones: WatlowEzzone) -> None:
        readings = await zones.readings()
        assert readings["zone_1.temperature_c"].value == 25.0
        assert readings["zone_3.heating_pct"].value == 77.0
        assert len(readings) == 13 * ZONES

    with_oven(bank, act)
    assert bank.written == []


@given(st.floats(-300, 3000), st.sampled_from(["F", "C"]))
def test_a_temperature_survives_the_wire(celsius: float, units: Literal["F", "C"]) -> None:
    assert abs(celsius_from(celsius_to(celsius, units), units) - celsius) < 1e-9
