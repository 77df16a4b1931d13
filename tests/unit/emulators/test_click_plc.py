"""The tool controller's map, mailbox and heartbeats, asked by register numbers."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.core.words import (
    WordOrder,
    float_value,
    float_words,
    int32_value,
    int32_words,
    text_value,
    text_words,
)
from sim_hardware.instruments.click_mailbox import Mailbox, Verdict
from sim_hardware.instruments.click_packml import Ack
from tests.unit.emulators.passing_time import passing_time
from tests.unit.emulators.plc_bench import Diary, Host

ICD = Path(__file__).parents[3] / "docs" / "icd" / "click_plc.csv"
WIDTH = {"int16": 1, "uint16": 1, "int32_low_first": 2, "text": 4}


@pytest.fixture
def host() -> Iterator[Host]:
    with passing_time() as time:
        yield Host(time, Diary())


def common_registers() -> list[dict[str, str]]:
    with ICD.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["type"] in WIDTH]


@pytest.mark.parametrize("row", common_registers(), ids=lambda row: row["name"])
def test_every_register_of_the_map_is_there_with_the_access_it_names(
    host: Host, row: dict[str, str]
) -> None:
    address, count = int(row["address"]), WIDTH[row["type"]]
    words = host.plc.read(Table.HOLDING, address, count)
    assert len(words) == count
    if row["access"] == "r":
        with pytest.raises(ModbusFault) as refusal:
            host.plc.write(Table.HOLDING, address, words)
        assert refusal.value.code == 2
    else:
        host.plc.write(Table.HOLDING, address, words)


def test_the_controller_says_who_it_is_and_comes_up_stopped_in_production(host: Host) -> None:
    assert host.plc.read(Table.HOLDING, 0, 4) == [0x5742, 1, 0, 1]
    assert host.plc.read(Table.HOLDING, 19, 2) == [2, 1]
    assert host.word(110) == 30
    assert host.word(24588) == 0x0FFF


def test_floats_come_low_word_first_and_text_low_byte_first(host: Host) -> None:
    assert host.plc.read(Table.HOLDING, 28672, 2) == [0x0000, 0x41AC]  # 21.5
    assert host.real(28676) == -0.25
    host.put(36864, 0x4241)
    assert host.text(36864, 16).startswith("AB")


def test_the_program_shows_its_words_and_bits_and_takes_its_set_words(host: Host) -> None:
    assert host.word(201) == 2
    assert host.word(24589) == 0b0100_0001
    host.put(200, 2)
    assert host.word(200) == 2
    with pytest.raises(ModbusFault):
        host.put(201, 1)


@pytest.mark.parametrize(
    ("table", "address", "count", "code"),
    [
        (Table.HOLDING, 4500, 1, 2),
        (Table.HOLDING, 4499, 2, 2),
        (Table.HOLDING, 16383, 2, 2),
        (Table.HOLDING, 25076, 1, 2),
        (Table.COIL, 288, 1, 2),
        (Table.DISCRETE, 18384, 1, 2),
        (Table.HOLDING, 0, 126, 3),
        (Table.COIL, 0, 0, 3),
    ],
)
def test_an_address_that_no_area_has_is_refused(
    host: Host, table: Table, address: int, count: int, code: int
) -> None:
    with pytest.raises(ModbusFault) as refusal:
        host.plc.read(table, address, count)
    assert refusal.value.code == code


@pytest.mark.parametrize("address", [0, 288 - 16, 8192, 16384, 45056, 49152, 61440])
def test_every_bit_area_reads_by_both_functions(host: Host, address: int) -> None:
    assert host.plc.read(Table.COIL, address, 16) == [0] * 16
    assert host.plc.read(Table.DISCRETE, address, 16) == [0] * 16


def test_internal_coils_can_be_written_and_inputs_cannot(host: Host) -> None:
    host.plc.write(Table.COIL, 16384, [1, 0, 1])
    assert host.plc.read(Table.COIL, 16384, 3) == [1, 0, 1]
    with pytest.raises(ModbusFault) as refusal:
        host.plc.write(Table.COIL, 0, [1])
    assert refusal.value.code == 2
    with pytest.raises(ModbusFault) as refusal:
        host.plc.write(Table.INPUT, 0, [1])
    assert refusal.value.code == 1


def test_a_block_that_touches_a_register_of_the_controller_is_not_stored_at_all(host: Host) -> None:
    with pytest.raises(ModbusFault):
        host.put(31, 0, 5)  # DS32 is the controller's, DS33 is free
    assert host.word(32) == 0


def test_the_heartbeat_counts_half_seconds_and_wraps_to_one(host: Host) -> None:
    assert host.word(2) == 0
    host.time.wait(0.6)
    assert host.word(2) == 1
    host.time.wait(32767 * 0.5)
    assert host.word(2) == 1
    host.time.wait(-0.5 + 32766 * 0.5)
    assert host.word(2) == 32766


def test_a_halted_program_stops_its_heartbeat_and_takes_no_command(host: Host) -> None:
    host.take_control()
    host.time.wait(1.1)
    host.plc.halt()
    host.time.wait(1.5)
    host.put(100, 120)
    host.put(99, 1)
    assert host.word(2) == 2
    assert host.ack == (0, 0, 0)
    host.plc.run()
    assert host.word(2) == 2
    assert host.ack == (1, 2, 0)


# --- the mailbox ------------------------------------------------------------------------------


def test_a_command_is_executed_once_however_often_it_is_sent(host: Host) -> None:
    host.take_control()
    assert host.order(121, 5) == (1, 0)
    host.put(99, host.seq)
    host.time.wait(2.0)
    host.put(99, host.seq)
    host.beat()
    host.time.wait(2.9)
    host.beat()
    host.time.wait(0.2)
    host.put(99, host.seq)
    assert host.ack == (1, 2, 0)
    assert host.program.plc is host.plc
    assert isinstance(host.program, Diary)
    assert host.program.told == ["moved in 5 s"]


def test_sequence_zero_is_never_a_command(host: Host) -> None:
    host.take_control()
    host.put(100, 120)
    host.put(99, 0)
    assert host.ack == (0, 0, 0)


def test_arguments_are_latched_with_the_number_and_not_before(host: Host) -> None:
    host.take_control()
    host.put(100, 120)
    assert host.ack == (0, 0, 0)
    host.put(99, 1)
    assert host.ack == (1, 2, 0)


def test_a_number_that_goes_back_is_bad_until_the_host_takes_control_anew(host: Host) -> None:
    host.take_control()
    host.seq = 500
    assert host.order(120) == (2, 0)
    host.put(99, 499)
    assert host.ack == (501, 7, 0)
    host.put(99, 502)
    assert host.ack == (501, 7, 0)
    host.put(111, 0)
    host.put(111, 1)
    assert host.ack == (501, 7, 0)  # the old order that waits in the mailbox stays undone
    host.seq = 7
    assert host.order(120) == (2, 0)


def test_numbers_wrap_from_the_last_to_one(host: Host) -> None:
    host.take_control()
    host.seq = 32766
    assert host.order(120) == (2, 0)
    host.seq = 0
    assert host.order(120) == (2, 0)


def test_without_host_control_nothing_is_done(host: Host) -> None:
    assert host.order(1) == (4, 112)
    assert host.state == 2


@pytest.mark.parametrize(
    ("code", "answer"), [(11, (8, 0)), (119, (8, 0)), (0, (8, 0)), (123, (5, 3)), (124, (3, 0))]
)
def test_a_command_that_cannot_be_done_says_why(
    host: Host, code: int, answer: tuple[int, int]
) -> None:
    host.take_control()
    assert host.order(code) == answer


def test_an_open_command_ends_when_the_program_says_so(host: Host) -> None:
    host.take_control()
    assert host.order(122) == (1, 0)
    host.spend(5.0)
    host.plc.finish(host.seq, Ack.REJECTED_INTERLOCK, 9)
    assert host.ack == (1, 5, 9)


def test_the_end_of_an_older_command_does_not_touch_the_newer_answer(host: Host) -> None:
    host.take_control()
    host.order(121, 2)
    assert host.order(123) == (5, 3)
    host.spend(3.0)
    assert host.ack == (2, 5, 3)


def test_cancelled_commands_never_finish(host: Host) -> None:
    host.take_control()
    host.order(121, 2)
    host.plc.cancel_orders()
    host.spend(3.0)
    assert host.ack == (1, 3, 0)
    assert isinstance(host.program, Diary)
    assert host.program.told == []


# --- the host's heartbeat -----------------------------------------------------------------------


def test_a_silent_host_loses_control_and_the_job_is_held(host: Host) -> None:
    host.to_execute()
    host.time.wait(2.9)
    assert host.word(111) == 1
    host.time.wait(0.2)
    assert host.word(111) == 0
    assert host.state == 10
    assert host.word(24576) == 0b10
    assert host.word(30) == 2
    host.time.wait(1.0)
    assert host.state == 11


def test_a_beating_host_keeps_control_for_hours(host: Host) -> None:
    host.take_control()
    for _ in range(3600):
        host.time.wait(1.0)
        host.beat()
    assert host.word(111) == 1
    assert host.word(29) == 0


def test_a_host_that_does_not_control_is_not_watched(host: Host) -> None:
    host.time.wait(100.0)
    assert host.word(29) == 0
    host.take_control()
    host.put(111, 0)
    host.time.wait(100.0)
    assert host.word(29) == 0


def test_the_time_out_is_the_hosts_choice(host: Host) -> None:
    host.take_control()
    host.put(110, 100)
    host.time.wait(9.9)
    assert host.word(111) == 1
    host.time.wait(0.2)
    assert host.word(111) == 0


def test_after_the_watchdog_the_host_can_take_control_again_and_unhold(host: Host) -> None:
    host.to_execute()
    host.time.wait(5.0)
    assert host.state == 11
    host.take_control()
    host.seq = 0  # a new host that starts counting afresh
    assert host.order(5)[0] == 1
    host.spend(1.1)
    assert host.state == 6
    assert host.word(30) == 2  # the alarm stays until Reset


# --- power --------------------------------------------------------------------------------------


def test_a_power_failure_forgets_all_but_the_counters(host: Host) -> None:
    host.to_execute()
    host.plc.power_cycle()
    assert host.plc.read(Table.HOLDING, 0, 4) == [0x5742, 1, 0, 2]
    assert host.ack == (0, 0, 0)
    assert host.state == 2
    assert host.text(36872, 16) == " " * 16
    assert host.text(36880, 8) == " " * 8
    assert host.word(111) == 0
    assert host.plc.read(Table.HOLDING, 16386, 2) == [1, 0]  # the job it lost
    assert host.word(24576) == 1 << 14  # power dip
    assert isinstance(host.program, Diary)
    assert host.program.told[-1] == "energy off"
    host.time.wait(10.0)
    assert host.state == 2


# --- numbers --------------------------------------------------------------------------------------


@given(st.floats(width=32, allow_nan=False), st.sampled_from(WordOrder))
def test_a_float_survives_its_words(value: float, order: WordOrder) -> None:
    assert float_value(float_words(value, order), order) == value


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(WordOrder))
def test_a_long_integer_survives_its_words(value: int, order: WordOrder) -> None:
    assert int32_value(int32_words(value, order), order) == value


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=16))
def test_text_survives_its_words_padded(text: str) -> None:
    assert text_value(text_words(text, 16)) == text.ljust(16)


@given(st.integers(1, 32767), st.integers(1, 16383))
def test_any_number_ahead_is_newer_and_the_way_back_is_not(seq: int, ahead: int) -> None:
    following = (seq + ahead - 1) % 32767 + 1
    mailbox = Mailbox()
    mailbox.answer(seq, Ack.DONE)
    assert mailbox.judge(following) is Verdict.EXECUTE
    mailbox.answer(following, Ack.DONE)
    assert mailbox.judge(seq) is Verdict.BAD
