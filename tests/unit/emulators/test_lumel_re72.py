"""The RE72 by its integer and float registers."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.thermal import ThermalBody
from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.core.words import WordOrder, float_value, float_words
from sim_hardware.instruments.lumel_re72 import LumelRe72
from tests.unit.emulators.passing_time import PassingTime, near, passing_time


class Bench:
    def __init__(self, time: PassingTime) -> None:
        self.time = time
        self.body = ThermalBody(time.clock, 24.0, 21.0, 60.0)
        self.unit = LumelRe72(time.clock, self.body)

    def word(self, address: int) -> int:
        return self.unit.read(Table.HOLDING, address, 1)[0]

    def real(self, address: int) -> float:
        return float_value(self.unit.read(Table.HOLDING, address, 2), WordOrder.HIGH_FIRST)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with passing_time() as time:
        yield Bench(time)


def test_integers_carry_one_decimal_and_floats_the_whole_value(bench: Bench) -> None:
    assert bench.word(4006) == 240
    assert bench.real(7000) == 24.0
    bench.unit.write(Table.HOLDING, 4084, [1100])
    assert bench.real(7004) == 110.0
    assert bench.real(7010) == 110.0
    assert bench.word(4008) == 1100


def test_the_index_chooses_which_set_point_is_active(bench: Bench) -> None:
    bench.unit.write(Table.HOLDING, 4084, [300, 400, 500, 600])
    assert bench.word(4008) == 300
    bench.unit.write(Table.HOLDING, 4042, [3])
    assert bench.word(4008) == 600
    assert bench.real(7016) == 60.0


def test_a_set_point_can_be_written_as_a_float(bench: Bench) -> None:
    words = float_words(95.55, WordOrder.HIGH_FIRST)
    bench.unit.write(Table.HOLDING, 7010, words)
    assert near(bench.real(7004), 95.55)
    assert bench.real(7006) == 100.0
    bench.time.wait(1200.0)
    assert near(bench.real(7000), 95.55, within=0.01)
    assert bench.unit.eeprom_writes == 1


def test_a_broken_sensor_takes_the_heat_away(bench: Bench) -> None:
    bench.unit.write(Table.HOLDING, 4084, [1000])
    bench.time.wait(600.0)
    bench.unit.break_sensor(broken=True)
    assert bench.word(4006) == 4200
    assert bench.real(7006) == 0.0
    bench.time.wait(600.0)
    assert near(bench.body.temperature_c(), 21.0, within=0.1)


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [(4084, [4001], 3), (4006, [0], 2), (4042, [4], 3), (4050, [0], 2)],
)
def test_what_cannot_be_written_is_refused(
    bench: Bench, address: int, words: list[int], code: int
) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.write(Table.HOLDING, address, words)
    assert refusal.value.code == code


def test_a_block_is_stored_whole_or_not_at_all(bench: Bench) -> None:
    with pytest.raises(ModbusFault):
        bench.unit.write(Table.HOLDING, 4084, [300, 9999])
    assert bench.word(4084) == 0


def test_it_reads_by_function_three_and_names_itself_by_function_seventeen(bench: Bench) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.read(Table.INPUT, 4006, 1)
    assert refusal.value.code == 1
    assert bench.unit.server_id()[2:].startswith(b"RE72")
