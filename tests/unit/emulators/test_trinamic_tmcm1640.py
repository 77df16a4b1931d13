"""The emulated TMCM-1640 drive against the telegrams of its manual."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.trinamic_tmcm1640 import StatusBit, TrinamicTmcm1640
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Chuck:
    """A spindle that notes what it is told."""

    def __init__(self) -> None:
        self.allowed = True
        self.told: list[tuple[float, float]] = []

    def permitted(self) -> bool:
        return self.allowed

    def on_speed(self, rpm: float, accel_rpm_s: float) -> None:
        self.told.append((rpm, accel_rpm_s))


def drive(time: HandClock, chuck: Chuck | None = None) -> TrinamicTmcm1640:
    return TrinamicTmcm1640(time.line, chuck or Chuck())


def telegram(command: int, kind: int = 0, value: int = 0, motor: int = 0) -> bytes:
    head = struct.pack(">BBBBi", 1, command, kind, motor, value)
    return head + bytes([sum(head) & 0xFF])


def asked(unit: TrinamicTmcm1640, command: int, kind: int = 0, value: int = 0) -> tuple[int, int]:
    """Status and value of the answer, whose frame is checked."""
    answer = say(unit, telegram(command, kind, value))
    assert answer[:2] == b"\x02\x01"
    assert answer[3] == command
    assert sum(answer[:8]) & 0xFF == answer[8]
    result: int = struct.unpack(">i", answer[4:8])[0]
    return answer[2], result


ROTATE_3000 = bytes.fromhex("01 01 00 00 00 00 0b b8 c5")


def test_rotate_is_answered_as_recorded_and_the_speed_read_back() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert say(unit, ROTATE_3000) == bytes.fromhex("02 01 64 01 00 00 0b b8 2b")
        time.pass_s(2.0)
        answer = say(unit, bytes.fromhex("01 06 03 00 00 00 00 00 0a"))
        assert answer == bytes.fromhex("02 01 64 06 00 00 0b b8 30")


@pytest.mark.parametrize(
    "sent",
    [
        "01 03 00 00 00 00 00 00 04",
        "01 05 0b 00 00 00 03 e8 fc",
        "01 06 9c 00 00 00 00 00 a3",
    ],
)
def test_a_recorded_telegram_is_accepted(sent: str) -> None:
    with hand_clock() as time:
        assert say(drive(time), bytes.fromhex(sent))[2] == 100


def test_the_speed_ramps_with_the_acceleration_that_was_set() -> None:
    with hand_clock() as time:
        chuck = Chuck()
        unit = drive(time, chuck)
        assert asked(unit, 5, 11, 1000) == (100, 1000)
        asked(unit, 1, value=3000)
        time.pass_s(1.5)
        assert asked(unit, 6, 3) == (100, 1500)
        asked(unit, 2, value=500)
        time.pass_s(1.0)
        assert asked(unit, 6, 3) == (100, 500)
        time.pass_s(1.0)
        assert asked(unit, 6, 3) == (100, -500)
        assert asked(unit, 6, 2) == (100, -500)
        asked(unit, 3)
        time.pass_s(0.5)
        assert asked(unit, 6, 3) == (100, 0)
        assert chuck.told == [(3000.0, 1000.0), (-500.0, 1000.0), (0.0, 1000.0)]


def test_without_the_ramp_the_speed_jumps() -> None:
    with hand_clock() as time:
        chuck = Chuck()
        unit = drive(time, chuck)
        asked(unit, 5, 146, 0)
        asked(unit, 5, 2, 100)
        assert asked(unit, 6, 3) == (100, 100)
        assert chuck.told == [(100.0, math.inf)]


def flags(unit: TrinamicTmcm1640) -> set[StatusBit]:
    word = asked(unit, 6, 156)[1]
    return {bit for bit in StatusBit if word >> bit & 1}


def test_the_status_word_tells_mode_standstill_and_faults() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert flags(unit) == {StatusBit.HALTED, StatusBit.STOP_MODE, StatusBit.INITIALISED}
        asked(unit, 1, value=3000)
        time.pass_s(2.0)
        assert flags(unit) == {StatusBit.VELOCITY_MODE, StatusBit.INITIALISED}
        unit.faults.add(StatusBit.OVERTEMPERATURE)
        assert StatusBit.OVERTEMPERATURE in flags(unit)


def test_a_positioning_move_arrives_and_says_so() -> None:
    with hand_clock() as time:
        chuck = Chuck()
        unit = drive(time, chuck)
        assert asked(unit, 4, 0, 40960) == (100, 40960)
        assert StatusBit.POSITION_END not in flags(unit)
        time.pass_s(10.0)
        assert asked(unit, 6, 1) == (100, 40960)
        assert StatusBit.POSITION_END in flags(unit)
        assert asked(unit, 4, 1, -960) == (100, -960)
        time.pass_s(10.0)
        assert asked(unit, 6, 1) == (100, 40000)
        assert chuck.told[-1] == (0.0, math.inf)


def test_a_turning_spindle_counts_its_position() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 5, 146, 0)
        asked(unit, 1, value=60)
        time.pass_s(2.0)
        assert asked(unit, 6, 1) == (100, 2 * 4096)
        asked(unit, 5, 1, 0)
        time.pass_s(1.0)
        assert asked(unit, 6, 1) == (100, 4096)


def test_an_inhibited_drive_brakes_and_does_not_start_again_by_itself() -> None:
    with hand_clock() as time:
        chuck = Chuck()
        unit = drive(time, chuck)
        asked(unit, 1, value=2000)
        time.pass_s(2.0)
        chuck.allowed = False
        unit.recheck()
        time.pass_s(1.0)
        assert asked(unit, 6, 3) == (100, 0)
        assert StatusBit.EMERGENCY_STOP in flags(unit)
        assert asked(unit, 1, value=2000) == (100, 2000)
        time.pass_s(1.0)
        assert asked(unit, 6, 3) == (100, 0)
        chuck.allowed = True
        unit.recheck()
        time.pass_s(1.0)
        assert asked(unit, 6, 3) == (100, 0)


@pytest.mark.parametrize(
    ("command", "kind", "value", "status"),
    [
        (99, 0, 0, 2),
        (5, 200, 0, 3),
        (6, 200, 0, 3),
        (5, 3, 0, 3),
        (5, 11, 0, 4),
        (1, 0, 6001, 4),
        (2, 0, -(2**31), 4),
        (4, 7, 0, 3),
        (4, 2, 0, 6),
        (13, 0, 0, 6),
        (9, 1, 0, 3),
        (14, 0, 2, 4),
    ],
)
def test_a_refusal_has_its_status(command: int, kind: int, value: int, status: int) -> None:
    with hand_clock() as time:
        assert asked(drive(time), command, kind, value)[0] == status


def test_only_motor_zero_exists() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert [say(unit, telegram(c, 11, 5, motor=1))[2] for c in (1, 3, 5, 6)] == [4] * 4


def test_a_wrong_sum_is_answered_with_status_1_and_does_nothing() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert say(unit, ROTATE_3000[:-1] + b"\x00")[2] == 1
        time.pass_s(1.0)
        assert asked(unit, 6, 3) == (100, 0)


def test_another_address_is_met_with_silence() -> None:
    with hand_clock() as time:
        assert say(drive(time), bytes.fromhex("02 01 00 00 00 00 0b b8 c6")) == b""


def test_the_version_has_a_text_and_a_binary_form() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert say(unit, telegram(136)) == b"\x021640V208"
        assert asked(unit, 136, 1) == (100, 0x06680208)


def test_a_telegram_that_stops_is_forgotten_after_a_pause() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert say(unit, ROTATE_3000[:5]) == b""
        time.pass_s(0.1)
        assert say(unit, ROTATE_3000)[2] == 100


def test_only_stored_parameters_survive_a_mains_failure() -> None:
    with hand_clock() as time:
        chuck = Chuck()
        unit = drive(time, chuck)
        asked(unit, 5, 11, 1500)
        asked(unit, 7, 11)
        asked(unit, 5, 4, 2500)
        asked(unit, 1, value=2000)
        time.pass_s(5.0)
        unit.power_cycle()
        assert asked(unit, 6, 11) == (100, 1500)
        assert asked(unit, 6, 4) == (100, 6000)
        assert asked(unit, 6, 3) == (100, 0)
        assert asked(unit, 6, 1) == (100, 0)
        assert chuck.told[-1] == (0.0, math.inf)


def test_outputs_and_global_parameters_read_back() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert asked(unit, 14, 2, 1) == (100, 1)
        assert asked(unit, 15, 2) == (100, 1)
        assert asked(unit, 9, 75, 5) == (100, 5)
        assert asked(unit, 10, 75) == (100, 5)
        assert [asked(unit, 6, kind)[1] for kind in (151, 152, 150)] == [240, 35, 0]


@given(st.lists(st.integers(0, 100)))
def test_telegrams_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = ROTATE_3000 + telegram(6, 3) + telegram(136) + telegram(5, 11, 1000)
    with hand_clock() as time:
        whole = say(drive(time), stream)
        assert len(whole) == 36
        assert say_in_pieces(drive(time), stream, cuts) == whole


@given(st.binary(max_size=100))
def test_noise_never_deafens_the_drive(noise: bytes) -> None:
    with hand_clock() as time:
        unit = drive(time)
        say(unit, noise)
        time.pass_s(0.1)
        assert say(unit, telegram(136)) == b"\x021640V208"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15]),
            st.integers(0, 255),
            st.integers(-(2**31), 2**31 - 1),
        ),
        max_size=8,
    )
)
def test_any_telegram_gets_an_answer(orders: list[tuple[int, int, int]]) -> None:
    with hand_clock() as time:
        unit = drive(time)
        for command, kind, value in orders:
            answer = say(unit, telegram(command, kind, value))
            time.pass_s(0.5)
            renumbered = command == 9 and kind == 66
            assert len(answer) == 9 or not answer
            assert answer or renumbered or any(o[:2] == (9, 66) for o in orders)
