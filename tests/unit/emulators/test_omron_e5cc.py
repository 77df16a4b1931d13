"""The E5CC by the registers of its manual: writing right, RAM and EEPROM, run and stop."""

import asyncio
from collections.abc import Iterator

import pytest

from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.core.timebase import TimeBase
from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.instruments.omron_e5cc import OmronE5cc
from tests.unit.emulators.passing_time import PassingTime, near, passing_time
from tests.unit.sim_core.helpers import PtyClient, in_virtual_time


class Bench:
    def __init__(self, time: PassingTime) -> None:
        self.time = time
        self.body = ThermalBody(time.clock, 21.0, 21.0, 120.0)
        self.unit = OmronE5cc(time.clock, self.body)

    def word(self, address: int) -> int:
        return self.unit.read(Table.HOLDING, address, 1)[0]

    def put(self, address: int, word: int) -> None:
        self.unit.write(Table.HOLDING, address, [word])

    def status(self) -> int:
        return self.word(0x2406) | self.word(0x2407) << 16

    def refused(self, address: int, word: int) -> int:
        with pytest.raises(ModbusFault) as refusal:
            self.put(address, word)
        return refusal.value.code


@pytest.fixture
def bench() -> Iterator[Bench]:
    with passing_time() as time:
        yield Bench(time)


def test_nothing_is_written_before_writing_is_switched_on(bench: Bench) -> None:
    assert bench.refused(0x2103, 0x044C) == 4
    assert bench.refused(0x0000, 0x0100) == 4
    bench.put(0x0000, 0x0001)  # 01 06 00 00 00 01
    bench.put(0x2103, 0x044C)  # 01 06 21 03 04 4c
    assert near(bench.unit.setpoint_c, 110.0)
    assert bench.word(0x2103) == 0x044C


def test_the_operation_commands_are_heard_at_both_addresses(bench: Bench) -> None:
    bench.put(0xFFFF, 0x0001)
    bench.put(0x0000, 0x0100)
    assert bench.unit.running
    assert not bench.status() & 1 << 24
    assert bench.status() & 1 << 25
    bench.put(0xFFFF, 0x0101)
    assert bench.status() & 1 << 24


def test_a_negative_temperature_reads_as_two_s_complement(bench: Bench) -> None:
    bench.body.put_at(-0.5)
    assert bench.word(0x2000) == 0xFFFB
    assert bench.unit.read(Table.HOLDING, 0x0000, 2) == [0xFFFF, 0xFFFB]


def test_the_body_warms_only_while_running(bench: Bench) -> None:
    bench.put(0, 0x0001)
    bench.put(0x2103, 1000)
    bench.time.wait(600.0)
    assert bench.word(0x2000) == 210
    bench.put(0, 0x0100)
    assert bench.word(0x2004) == 1000  # 100.0 % of heating
    assert bench.word(0x2001) & 1 << 8
    bench.time.wait(3600.0)
    assert bench.word(0x2000) == 1000
    bench.put(0, 0x0101)
    bench.time.wait(3600.0)
    assert bench.word(0x2000) == 210


def test_backup_mode_wears_the_memory_and_ram_mode_does_not(bench: Bench) -> None:
    bench.put(0, 0x0001)
    bench.put(0x2103, 500)
    assert bench.unit.eeprom_writes == 1
    bench.put(0, 0x0401)
    for word in range(600, 700):
        bench.put(0x2103, word)
    assert bench.unit.eeprom_writes == 1
    assert bench.status() & 1 << 20
    bench.unit.power_cycle()
    assert bench.word(0x2103) == 500
    assert not bench.status() & 1 << 25
    assert bench.refused(0x2103, 500) == 4


def test_saving_keeps_what_ram_mode_wrote(bench: Bench) -> None:
    for word in (0x0001, 0x0401):
        bench.put(0, word)
    bench.put(0x2103, 777)
    bench.put(0, 0x0500)
    bench.unit.power_cycle()
    assert bench.word(0x2103) == 777
    assert bench.unit.eeprom_writes == 1


@pytest.mark.parametrize(
    ("address", "word", "code"),
    [
        (0x2103, 4001, 3),  # above the range
        (0x2103, 0xFFFF, 3),  # below it
        (0x2000, 0, 2),  # read only
        (0x2F00, 0, 2),
        (0x0000, 0x0102, 3),  # no such information
        (0x0000, 0x7700, 3),  # no such command
    ],
)
def test_what_cannot_be_written_is_refused_with_the_manuals_code(
    bench: Bench, address: int, word: int, code: int
) -> None:
    bench.put(0, 0x0001)
    assert bench.refused(address, word) == code


def test_during_auto_tuning_the_set_point_is_locked(bench: Bench) -> None:
    bench.put(0, 0x0001)
    assert bench.refused(0, 0x0301) == 4  # not while stopped
    bench.put(0, 0x0100)
    bench.put(0, 0x0301)
    assert bench.status() & 1 << 23
    assert bench.refused(0x2103, 500) == 4
    bench.time.wait(61.0)
    bench.put(0x2103, 500)
    assert bench.word(0x2103) == 500


def test_a_broken_sensor_shows_and_takes_the_heat_away(bench: Bench) -> None:
    bench.put(0, 0x0001)
    bench.put(0x2103, 2000)
    bench.put(0, 0x0100)
    bench.time.wait(600.0)
    bench.unit.break_sensor(broken=True)
    assert bench.word(0x2001) & 1 << 6
    assert bench.word(0x2000) > 4000
    bench.time.wait(3600.0)
    assert near(bench.body.temperature_c(), 21.0, within=0.1)


def test_the_alarm_bit_follows_the_band_around_the_set_point(bench: Bench) -> None:
    bench.put(0, 0x0001)
    assert not bench.word(0x2001) & 1 << 12
    bench.put(0x2103, 1000)
    bench.unit.write(Table.HOLDING, 0x2105, [50, 50])
    assert bench.word(0x2001) & 1 << 12
    bench.body.put_at(98.0)
    assert not bench.word(0x2001) & 1 << 12


def test_it_reads_by_function_three_and_names_itself_by_function_seventeen(bench: Bench) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.read(Table.INPUT, 0x2000, 1)
    assert refusal.value.code == 1
    assert bench.unit.server_id()[2:].startswith(b"E5CC")


def test_frames_of_the_manual_are_answered_on_the_bus() -> None:
    async def main(base: TimeBase) -> list[str]:
        clock = LineClock(asyncio.get_running_loop())
        unit = OmronE5cc(clock, ThermalBody(clock, -0.5, -0.5, 60.0))
        port = ModbusRtuPort({1: unit}, clock, base.ledger, name="bus")
        await port.start()
        client = PtyClient(port.path, base.ledger)
        answers: list[str] = []
        for frame, length in (
            ("01 03 20 00 00 01 8f ca", 7),
            ("01 06 21 03 04 4c 70 c3", 5),
            ("01 06 00 00 00 01 48 0a", 8),
            ("01 06 21 03 04 4c 70 c3", 8),
            ("01 06 00 00 01 00 88 5a", 8),
            ("01 06 00 00 01 01 49 9a", 8),
        ):
            client.send(bytes.fromhex(frame))
            answers.append((await client.receive(length, 1.0)).hex(" "))
        client.close()
        await port.stop()
        return answers

    answers = in_virtual_time(main)
    assert answers[0].startswith("01 03 02 ff fb")
    assert answers[1].startswith("01 86 04")
    assert answers[2:] == [
        "01 06 00 00 00 01 48 0a",
        "01 06 21 03 04 4c 70 c3",
        "01 06 00 00 01 00 88 5a",
        "01 06 00 00 01 01 49 9a",
    ]
