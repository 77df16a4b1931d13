"""The 3216 by its parameter numbers, as integers and as floats."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.thermal import ThermalBody
from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.core.words import WordOrder, float_value, float_words
from sim_hardware.instruments.eurotherm_3216 import Eurotherm3216
from tests.unit.emulators.passing_time import PassingTime, near, passing_time


class Bench:
    def __init__(self, time: PassingTime) -> None:
        self.time = time
        self.body = ThermalBody(time.clock, 22.5, 21.0, 60.0)
        self.unit = Eurotherm3216(time.clock, self.body)

    def word(self, parameter: int) -> int:
        return self.unit.read(Table.HOLDING, parameter, 1)[0]

    def real(self, parameter: int) -> float:
        words = self.unit.read(Table.HOLDING, 2 * parameter + 32768, 2)
        return float_value(words, WordOrder.HIGH_FIRST)

    def put(self, parameter: int, word: int) -> None:
        self.unit.write(Table.HOLDING, parameter, [word])

    def put_real(self, parameter: int, value: float) -> None:
        words = float_words(value, WordOrder.HIGH_FIRST)
        self.unit.write(Table.HOLDING, 2 * parameter + 32768, words)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with passing_time() as time:
        yield Bench(time)


def test_a_parameter_reads_alike_as_integer_and_as_float(bench: Bench) -> None:
    assert bench.word(1) == 225
    assert bench.word(289) == 225
    assert bench.unit.read(Table.HOLDING, 32770, 2) == [0x41B4, 0x0000]
    assert bench.unit.read(Table.INPUT, 1, 1) == [225]


def test_writing_a_set_point_heats_and_wears_the_memory(bench: Bench) -> None:
    bench.put(24, 1155)
    assert near(bench.real(5), 115.5)
    assert bench.word(2) == 1155
    bench.put_real(24, 110.25)
    assert bench.unit.eeprom_writes == 2
    bench.time.wait(1200.0)
    assert near(bench.real(1), 110.25, within=0.01)


def test_the_remote_set_point_wears_nothing_and_is_lost_with_the_power(bench: Bench) -> None:
    bench.put(276, 1)
    for celsius in range(50, 100):
        bench.put_real(26, float(celsius))
    assert bench.unit.eeprom_writes == 0
    assert bench.real(2) == 99.0
    bench.unit.power_cycle()
    assert bench.real(2) == 0.0
    assert bench.word(276) == 1


def test_the_second_set_point_acts_when_it_is_selected(bench: Bench) -> None:
    bench.put(24, 500)
    bench.put(25, 800)
    assert bench.word(2) == 500
    bench.put(15, 1)
    assert bench.word(2) == 800


def test_the_working_set_point_walks_at_the_ramp_rate(bench: Bench) -> None:
    bench.put_real(24, 20.0)
    bench.put_real(35, 10.0)  # per minute
    bench.put_real(24, 50.0)
    bench.time.wait(60.0)
    assert near(bench.real(5), 30.0, within=0.01)
    bench.time.wait(180.0)
    assert bench.real(5) == 50.0
    bench.put(78, 1)
    bench.put_real(24, 80.0)
    assert bench.real(5) == 80.0


def test_in_manual_the_loop_lets_go(bench: Bench) -> None:
    bench.put(24, 1000)
    bench.time.wait(600.0)
    bench.put(273, 1)
    bench.put(3, 250)
    assert bench.real(4) == 25.0
    assert bench.word(75) & 1 << 4
    bench.time.wait(600.0)
    assert bench.real(1) < 22.0


def test_a_broken_sensor_is_a_status_bit_and_no_heat(bench: Bench) -> None:
    bench.put(24, 1000)
    bench.unit.break_sensor(broken=True)
    assert bench.word(75) == 1 << 5
    assert bench.word(1) == 5500
    assert bench.word(4) == 0


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [(24, [5001], 3), (1, [0], 2), (32770, [0, 0], 2), (32816, [0x4200], 2), (15, [2], 3)],
)
def test_what_cannot_be_written_is_refused(
    bench: Bench, address: int, words: list[int], code: int
) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.write(Table.HOLDING, address, words)
    assert refusal.value.code == code


def test_a_parameter_that_is_not_there_is_refused(bench: Bench) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.read(Table.HOLDING, 6, 1)
    assert refusal.value.code == 2
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.server_id()
    assert refusal.value.code == 1
