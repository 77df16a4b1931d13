"""The emulated mini CORI-FLOW against the telegrams of the ProPar manual."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.bronkhorst_propar import BronkhorstPropar
from sim_hardware.instruments.bronkhorst_propar_messages import Status
from tests.rigs.hand_clock import hand_clock, say, say_in_pieces
from tests.unit.emulators.propar_bench import (
    Address,
    Resist,
    asked,
    controller,
    got,
    put,
    real,
    telegram,
)

MEASURE, SETPOINT, SLOPE, MODE, ALARMS = (1, 0x20), (1, 0x21), (1, 0x22), (1, 4), (1, 20)
COUNTED, LIMIT, COUNTING, AT_LIMIT, NEW_SETPOINT = (
    (104, 0x41), (104, 0x43), (104, 8), (104, 5), (104, 0x26),
)  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("10 02 01 80 05 04 01 20 01 20 10 03", "10 02 01 80 05 02 01 20 00 00 10 03"),
        ("10 02 02 80 05 04 01 21 01 21 10 03", "10 02 02 80 05 02 01 21 00 00 10 03"),
        ("10 02 03 80 05 01 01 21 3e 80 10 03", "10 02 03 80 03 00 00 05 10 03"),
        ("10 02 10 10 80 05 04 01 20 01 20 10 03", "10 02 10 10 80 05 02 01 20 00 00 10 03"),
        ("10 02 04 80 05 04 01 14 01 14 10 03", "10 02 04 80 04 02 01 14 00 10 03"),
    ],
)
def test_a_binary_telegram_is_answered_as_recorded(sent: str, answer: str) -> None:
    with hand_clock() as time:
        assert say(controller(time)[0], bytes.fromhex(sent)) == bytes.fromhex(answer)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (":06800401200120\r\n", ":06800201200000\r\n"),
        (":06800401210121\r\n", ":06800201210000\r\n"),
        (":0680010121 3E80\r\n", ""),
        (":06800101213E80\r\n", ":0480000005\r\n"),
        (":06030101213E80\r\n", ":0403000005\r\n"),
        (":06030201213E80\r\n", ""),
        (":06030401210120\r\n", ":06030201210000\r\n"),
    ],
)
def test_an_ascii_telegram_is_answered_as_recorded(sent: str, answer: str) -> None:
    with hand_clock() as time:
        assert say(controller(time)[0], sent.encode()) == answer.encode()


def test_the_chained_request_of_the_manual_is_answered_as_printed() -> None:
    with hand_clock() as time:
        resist = Resist(time)
        unit = BronkhorstPropar(
            time.line, resist, capacity_g_min=1.0, unit="mln/min", fluid="N2", serial="M6212345A"
        )
        resist.flow.aim(7384 / 32000 / 60)
        time.pass_s(100.0)
        answer = say(unit, b":1A0304F1EC7163006D71660001AE0120CF014DF0017F077101710A\r\n")
        assert answer == (
            b":370302F1EC004D3632313233343541006D00555345525441470001AE1CD8CF3F800000F007"
            b"6D6C6E2F6D696E710A4E322020202020202020\r\n"
        )


def test_the_flow_follows_the_setpoint_in_32000_parts_of_the_capacity() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        assert put(unit, SETPOINT, 16000) is Status.OK
        assert resist.told == [(1.0, math.inf)]
        time.pass_s(0.2)
        assert got(unit, MEASURE) == round(16000 * (1 - math.exp(-1)))
        time.pass_s(10.0)
        assert (got(unit, MEASURE), real(unit, (33, 0x40))) == (16000, 60.0)
        assert put(unit, (33, 0x43), 90.0) is Status.OK
        assert (got(unit, SETPOINT), real(unit, (33, 0x43))) == (24000, 90.0)
        assert (real(unit, (33, 0x47)), real(unit, (33, 0x48))) == (21.5, 1500.0)


def test_a_slope_is_the_time_for_the_whole_capacity() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        put(unit, SLOPE, 40)
        put(unit, SETPOINT, 16000)
        assert resist.told == [(1.0, 0.5)]
        time.pass_s(1.0)
        assert got(unit, MEASURE) == 8000


def test_a_measured_value_is_cut_and_wraps_below_zero() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        for flow_g_s, word in ((3.0, 41942), (-0.02, 65536 - 320), (-2.0, 65536 - 23593)):
            resist.flow.aim(flow_g_s)
            time.pass_s(100.0)
            assert got(unit, MEASURE) == word


def test_a_batch_is_complete_at_the_very_moment_and_only_then_changes_the_flow() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        put(unit, LIMIT, 3.0)
        put(unit, COUNTING, 2)
        put(unit, AT_LIMIT, 1)
        put(unit, SETPOINT, 16000)
        time.pass_s(3.19)
        assert (got(unit, ALARMS), len(resist.told)) == (0, 1)
        time.pass_s(0.02)
        assert (got(unit, ALARMS), resist.told[-1]) == (16, (0.0, math.inf))
        time.pass_s(10.0)
        assert math.isclose(real(unit, COUNTED), 3.2, rel_tol=1e-5)
        assert got(unit, SETPOINT) == 16000
        put(unit, SETPOINT, 0)
        put(unit, COUNTED, 0.0)
        assert (got(unit, ALARMS), len(resist.told)) == (0, 2)


def test_a_setpoint_left_standing_flows_again_after_the_reset() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        for address, value in ((LIMIT, 1.0), (COUNTING, 2), (AT_LIMIT, 1), (SETPOINT, 16000)):
            put(unit, address, value)
        time.pass_s(5.0)
        assert resist.flow.goal == 0.0
        put(unit, (115, 8), 1)
        assert resist.flow.goal == 1.0


def test_without_the_counter_setpoint_mode_the_host_must_stop_it() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        for address, value in ((LIMIT, 1.0), (COUNTING, 2), (SETPOINT, 16000)):
            put(unit, address, value)
        time.pass_s(5.0)
        assert (got(unit, ALARMS), resist.flow.goal) == (16, 1.0)
        assert real(unit, COUNTED) > 4.0
        put(unit, AT_LIMIT, 1)
        put(unit, NEW_SETPOINT, 1600)
        assert resist.flow.goal == 0.1


def test_a_counter_that_is_off_stands_still() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        put(unit, SETPOINT, 16000)
        put(unit, COUNTING, 1)
        time.pass_s(2.0)
        counted = real(unit, COUNTED)
        put(unit, COUNTING, 0)
        time.pass_s(2.0)
        assert math.isclose(real(unit, COUNTED), counted)
        put(unit, COUNTING, 1)
        time.pass_s(1.0)
        assert math.isclose(real(unit, COUNTED), counted + 1.0, rel_tol=1e-4)
        assert got(unit, ALARMS) == 0


def test_a_pump_that_fails_and_recovers_completes_its_batch_later() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        for address, value in ((LIMIT, 3.0), (COUNTING, 2), (SETPOINT, 16000)):
            put(unit, address, value)
        time.pass_s(1.0)
        resist.flow.aim(0.0)
        unit.recheck()
        time.pass_s(60.0)
        assert got(unit, ALARMS) == 0
        resist.flow.aim(1.0)
        unit.recheck()
        time.pass_s(5.0)
        assert got(unit, ALARMS) == 16


@pytest.mark.parametrize(
    ("mode", "wanted_g_s"),
    [(0, 1.0), (1, 0.5), (3, 0.0), (7, 2.0), (8, 2.4), (12, 0.0), (18, 1.0), (20, 1.2), (4, 1.0)],
)
def test_the_control_mode_says_what_is_obeyed(mode: int, wanted_g_s: float) -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        unit.analogue_share = 0.25
        put(unit, SETPOINT, 16000)
        put(unit, (114, 0x41), 0x7FFFFF)
        assert put(unit, MODE, mode) is Status.OK
        assert math.isclose(resist.flow.goal, wanted_g_s, rel_tol=1e-6, abs_tol=1e-9)
        time.pass_s(60.0)
        share = wanted_g_s / 2.4
        assert abs(got(unit, (114, 0x41)) - share * 0xFFFFFF) <= 2


def test_alarms_on_limits_and_on_the_response() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        put(unit, SETPOINT, 16000)
        time.pass_s(60.0)
        put(unit, (97, 0x21), 20000)
        put(unit, (97, 0x22), 17000)
        assert got(unit, ALARMS) == 0
        put(unit, (97, 3), 1)
        assert got(unit, ALARMS) == 4
        put(unit, (97, 0x22), 1000)
        put(unit, (97, 0x21), 2000)
        assert got(unit, ALARMS) == 8
        put(unit, (97, 3), 2)
        assert got(unit, ALARMS) == 0
        put(unit, SETPOINT, 32000)
        assert got(unit, ALARMS) == 4 | 32
        time.pass_s(60.0)
        put(unit, SETPOINT, 0)
        assert got(unit, ALARMS) == 8 | 32
        unit.errors = unit.warnings = unit.hardware_fault = True
        assert got(unit, ALARMS) == 8 | 32 | 1 | 2 | 128


@pytest.mark.parametrize(
    ("data", "status", "position"),
    [
        ("05", Status.COMMAND, 0),
        ("04 02 20 02 20", Status.PROCESS, 3),
        ("04 01 20 01 3e", Status.PARAMETER, 4),
        ("04 01 20 01 00", Status.TYPE, 4),
        ("04 01 00 01 00", Status.TYPE, 4),
        ("04 01 20 01", Status.PROTOCOL, 4),
        ("04 81 20 01 20", Status.PROTOCOL, 5),
        ("01 02 21 3e 80", Status.PROCESS, 1),
        ("01 01 3e 3e 80", Status.PARAMETER, 2),
        ("01 01 01 3e", Status.TYPE, 2),
        ("01 01 21 7d 01", Status.VALUE, 3),
        ("01 01 21 7d", Status.PROTOCOL, 4),
        ("01 01 04 05", Status.VALUE, 3),
        ("01 01 20 00 00", Status.READ_ONLY, 2),
        ("01 01 4d 3f 80 00 00", Status.READ_ONLY, 2),
        ("01 21 43 7f c0 00 00", Status.VALUE, 3),
        ("01 21 43 42 f1 00 00", Status.VALUE, 3),
        ("01 71 66 00 41 42", Status.PROTOCOL, 6),
        ("01 01 71 0b 41 41 41 41 41 41 41 41 41 41 41", Status.VALUE, 3),
        ("01 68 08 03", Status.VALUE, 3),
        ("01 68 05 02", Status.VALUE, 3),
    ],
)
def test_a_refusal_has_its_status_and_its_place(data: str, status: Status, position: int) -> None:
    with hand_clock() as time:
        assert asked(controller(time)[0], bytes.fromhex(data)) == bytes([0, status, position])


def test_secured_parameters_need_the_key_and_a_new_capacity_counts() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert put(unit, (1, 0x4D), 60.0) is Status.READ_ONLY
        assert put(unit, (0, 10), 5) is Status.VALUE
        assert put(unit, (0, 10), 64) is Status.OK
        assert put(unit, (1, 0x4D), 0.0) is Status.VALUE
        assert put(unit, (1, 0x4D), 60.0) is Status.OK
        assert put(unit, (33, 0x43), 61.0) is Status.VALUE
        assert put(unit, (33, 0x43), 30.0) is Status.OK
        assert got(unit, SETPOINT) == 16000


def test_a_claimed_process_and_a_sick_instrument_refuse() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        unit.claimed = frozenset({1})
        assert asked(unit, bytes.fromhex("01 01 21 3e 80")) == bytes([0, 1, 1])
        unit.claimed = frozenset()
        for status in (Status.NOT_ACTIVE, Status.TIMEOUT_LINE, Status.TIMEOUT_ANSWER):
            unit.refuses = status
            assert asked(unit, bytes.fromhex("04 01 20 01 20"))[1] == status


def test_chained_writes_are_stored_up_to_the_one_that_is_refused() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        chain = bytes.fromhex("01 e8 c3 40 40 00 00 88 02 05 01 01 21 7d 01")
        assert asked(unit, chain) == bytes([0, Status.VALUE, 13])
        assert (real(unit, LIMIT), got(unit, COUNTING), got(unit, AT_LIMIT)) == (3.0, 2, 1)
        assert got(unit, SETPOINT) == 0


def test_writing_without_acknowledgement_is_obeyed_in_silence() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        for command in (2, 3):
            assert say(unit, telegram(bytes([command, 1, 0x21, 0x10, command]))) == b""
            assert got(unit, SETPOINT) == 0x1000 + command
        assert say(unit, telegram(b"\x02\x01\x3f\x00\x00")) == b""
        assert say(unit, telegram(b"\x00\x00\x05")) == b""


def test_a_telegram_with_a_wrong_length_or_node_is_an_error_by_itself() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert say(unit, b":07800401200120\r\n") == b":0104\r\n"
        assert say(unit, b":06050401200120\r\n") == b":0105\r\n"
        wrong = bytes.fromhex("10 02 07 80 06 04 01 20 01 20 10 03")
        assert say(unit, wrong) == bytes.fromhex("10 02 07 80 01 04 10 03")
        other = say(unit, telegram(bytes.fromhex("04 01 20 01 20"), node=9))
        assert other == bytes.fromhex("10 02 01 09 01 05 10 03")


def test_texts_are_padded_or_ended_by_a_zero() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert asked(unit, bytes.fromhex("04 01 7f 01 7f 07")) == b"\x02\x01\x7f\x07g/min  "
        assert asked(unit, bytes.fromhex("04 71 63 71 63 00")) == b"\x02\x71\x63\x00M17205678A\0"
        assert asked(unit, b"\x01\x71\x66\x00NOZZLE 1\0") == bytes([0, 0, 13])
        assert asked(unit, bytes.fromhex("04 71 66 71 66 00")) == b"\x02\x71\x66\x00NOZZLE 1\0"
        assert asked(unit, b"\x01\x00\x60\x009\0")[1] == Status.OK
        assert unit.winks == 1


def test_after_a_mains_failure_setpoint_and_count_are_gone_and_settings_are_not() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        for address, value in ((SETPOINT, 16000), (COUNTING, 2), (LIMIT, 50.0), (MODE, 18)):
            put(unit, address, value)
        put(unit, (0, 10), 64)
        put(unit, (97, 3), 3)
        time.pass_s(3.0)
        unit.power_cycle()
        assert resist.told[-1] == (0.0, math.inf)
        assert [got(unit, a) for a in (SETPOINT, MODE, COUNTING, (0, 10))] == [0, 0, 2, 82]
        assert (real(unit, LIMIT), got(unit, ALARMS)) == (50.0, 32)
        put(unit, (115, 8), 2)
        assert got(unit, ALARMS) == 0


def test_the_power_up_mode_can_be_the_analogue_input() -> None:
    with hand_clock() as time:
        unit, resist = controller(time)
        unit.analogue_share = 0.5
        assert (put(unit, (0, 10), 64), put(unit, (114, 11), 64)) == (Status.OK, Status.OK)
        unit.power_cycle()
        assert (got(unit, MODE), resist.flow.goal) == (1, 1.0)


def test_a_telegram_that_stops_is_forgotten() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert say(unit, b"\x10\x02\x01\x80\x05\x04\x01\x20") == b""
        time.pass_s(0.2)
        assert say(unit, b"\x01\x20\x10\x03") == b""
        assert say(unit, b":0680040120") == b""
        time.pass_s(0.2)
        assert say(unit, b"0120\r\n") == b""
        assert got(unit, MEASURE) == 0


QUESTION = telegram(bytes.fromhex("04 01 20 01 20"), sequence=0x10)


@given(st.lists(st.integers(0, 100)))
def test_telegrams_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = QUESTION + b":06800401210121\r\n" + telegram(b"\x01\x01\x21\x10\x10") + QUESTION
    with hand_clock() as time:
        whole = say(controller(time)[0], stream)
        assert (whole.count(b"\x10\x02"), whole.count(b":")) == (3, 1)
        assert say_in_pieces(controller(time)[0], stream, cuts) == whole


@given(st.binary(max_size=200))
def test_noise_never_deafens_it_for_long(noise: bytes) -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        say(unit, noise)
        time.pass_s(0.2)
        assert got(unit, ALARMS) == 0


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=10))
def test_any_message_is_survived(messages: list[bytes]) -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        for message in messages:
            say(unit, telegram(message))
            time.pass_s(1.0)
        assert asked(unit, b"\x09") == bytes([0, Status.COMMAND, 0])


WRITABLE = [MEASURE, SETPOINT, SLOPE, MODE, (33, 0x43), COUNTED, LIMIT, COUNTING, (114, 0x41)]


@given(
    st.lists(st.tuples(st.sampled_from(WRITABLE), st.binary(min_size=4, max_size=4)), max_size=8)
)
def test_any_value_is_stored_or_refused(writes: list[tuple[Address, bytes]]) -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        for address, data in writes:
            size = {0: 1, 0x20: 2, 0x40: 4}[address[1] & 0x60]
            answer = asked(unit, bytes([1, *address]) + data[:size])
            assert answer[1] in {Status.OK, Status.VALUE, Status.READ_ONLY}
            time.pass_s(0.5)
