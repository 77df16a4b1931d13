"""EZ-ZONE controllers behind the gateway: eight zones, in both word orders and both units."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.thermal import ThermalBody
from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.core.words import WordOrder, float_value, float_words
from sim_hardware.instruments.watlow_ezzone import Units, WatlowEzzone
from tests.unit.emulators.passing_time import PassingTime, near, passing_time


class Bench:
    def __init__(self, time: PassingTime, order: WordOrder, units: Units) -> None:
        self.time, self.order = time, order
        self.bodies = [ThermalBody(time.clock, 25.0, 25.0, 60.0) for _ in range(8)]
        self.unit = WatlowEzzone(time.clock, self.bodies, word_order=order, units=units)

    def real(self, address: int) -> float:
        return float_value(self.unit.read(Table.HOLDING, address, 2), self.order)

    def put_real(self, address: int, value: float) -> None:
        self.unit.write(Table.HOLDING, address, float_words(value, self.order))

    def word(self, address: int) -> int:
        return self.unit.read(Table.HOLDING, address, 1)[0]


@pytest.fixture
def factory() -> Iterator[Bench]:
    with passing_time() as time:
        yield Bench(time, WordOrder.LOW_FIRST, Units.FAHRENHEIT)


@pytest.fixture
def gateway() -> Iterator[Bench]:
    with passing_time() as time:
        yield Bench(time, WordOrder.HIGH_FIRST, Units.CELSIUS)


def test_as_delivered_it_speaks_fahrenheit_low_word_first(factory: Bench) -> None:
    assert factory.unit.read(Table.HOLDING, 360, 2) == [0x0000, 0x429A]  # 77 F
    assert factory.word(2490) == 30
    factory.put_real(2160, 212.0)
    assert near(factory.unit.zones[0].setpoint_c, 100.0)


def test_the_gateway_profile_speaks_celsius_high_word_first(gateway: Bench) -> None:
    assert gateway.unit.read(Table.INPUT, 360, 2) == [0x41C8, 0x0000]  # 25 C
    assert gateway.word(2490) == 15


def test_units_can_be_changed_over_the_wire(factory: Bench) -> None:
    factory.unit.write(Table.HOLDING, 2490, [15])
    assert near(factory.real(360), 25.0)
    with pytest.raises(ModbusFault) as refusal:
        factory.unit.write(Table.HOLDING, 2490, [16])
    assert refusal.value.code == 3


def test_zones_are_five_thousand_apart_and_do_not_touch_each_other(gateway: Bench) -> None:
    for zone in range(8):
        gateway.put_real(zone * 5000 + 2160, 100.0 + 10 * zone)
    gateway.time.wait(1200.0)
    for zone in range(8):
        assert near(gateway.real(zone * 5000 + 360), 100.0 + 10 * zone, within=0.01)
        assert near(gateway.real(zone * 5000 + 2172), 100.0 + 10 * zone)
    with pytest.raises(ModbusFault) as refusal:
        gateway.real(8 * 5000 + 360)
    assert refusal.value.code == 2


def test_a_zone_that_is_switched_off_cools(gateway: Bench) -> None:
    gateway.put_real(2160, 250.0)
    gateway.time.wait(600.0)
    gateway.unit.write(Table.HOLDING, 1880, [62])
    assert gateway.word(1882) == 62
    assert gateway.real(1908) == 0.0
    gateway.time.wait(1200.0)
    assert near(gateway.real(360), 25.0, within=0.1)
    with pytest.raises(ModbusFault) as refusal:
        gateway.unit.write(Table.HOLDING, 1880, [11])
    assert refusal.value.code == 3


def test_heat_and_alarms_tell_how_far_a_zone_is(gateway: Bench) -> None:
    gateway.put_real(2160, 250.0)
    assert gateway.real(1904) == 100.0
    assert [gateway.word(each) for each in (1496, 1546, 1596, 1646)] == [61, 8, 61, 61]
    gateway.bodies[0].put_at(280.0)
    assert [gateway.word(each) for each in (1496, 1546)] == [7, 61]
    assert gateway.real(1904) == 0.0


def test_an_open_thermocouple_is_an_input_status_and_no_heat(gateway: Bench) -> None:
    gateway.put_real(5000 + 2160, 200.0)
    gateway.unit.break_sensor(2, broken=True)
    assert gateway.word(5000 + 362) == 65
    assert gateway.word(362) == 61
    assert gateway.real(5000 + 1904) == 0.0


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [(2160, [0], 2), (2160, [0x43FA, 0x0000], 3), (2160, [0x7FC0, 0], 3), (360, [0, 0], 2)],
)
def test_half_a_value_nonsense_and_readings_cannot_be_written(
    gateway: Bench, address: int, words: list[int], code: int
) -> None:
    with pytest.raises(ModbusFault) as refusal:
        gateway.unit.write(Table.HOLDING, address, words)
    assert refusal.value.code == code
    assert gateway.unit.eeprom_writes == 0
