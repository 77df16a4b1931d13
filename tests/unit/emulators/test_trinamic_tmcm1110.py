"""The emulated TMCM-1110 drive against the telegrams of TMCL and the arithmetic of its manual."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.trinamic_tmcm1110 import DriverBit, TrinamicTmcm1110
from sim_hardware.instruments.trinamic_tmcm1110_ends import Travel
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Belt:
    """A belt that notes what it is told."""

    def __init__(self) -> None:
        self.allowed = True
        self.told: list[tuple[float, float]] = []

    def permitted(self) -> bool:
        return self.allowed

    def on_speed(self, full_steps_s: float, full_steps_s2: float) -> None:
        self.told.append((full_steps_s, full_steps_s2))


UNIT_PPS = 16e6 / (2**3 * 2048 * 32)  # of speed, at the default divisor
STOP = bytes.fromhex("01 03 00 00 00 00 00 00 04")


def drive(
    time: HandClock, belt: Belt | None = None, travel: Travel | None = None
) -> TrinamicTmcm1110:
    return TrinamicTmcm1110(time.line, belt or Belt(), travel=travel)


def carriage(time: HandClock) -> TrinamicTmcm1110:
    """An axis whose switches are 100 full steps to the left and 300 to the right."""
    return drive(time, travel=Travel(-100.0, 300.0))


def telegram(command: int, kind: int = 0, value: int = 0, bank: int = 0) -> bytes:
    head = struct.pack(">BBBBi", 1, command, kind, bank, value)
    return head + bytes([sum(head) & 0xFF])


def asked(
    unit: TrinamicTmcm1110, command: int, kind: int = 0, value: int = 0, bank: int = 0
) -> tuple[int, int]:
    """Status and value of the answer, whose frame is checked."""
    answer = say(unit, telegram(command, kind, value, bank))
    assert answer[:2] == b"\x02\x01"
    assert answer[3] == command
    assert sum(answer[:8]) & 0xFF == answer[8]
    result: int = struct.unpack(">i", answer[4:8])[0]
    return answer[2], result


def told(unit: TrinamicTmcm1110, kind: int) -> int:
    return asked(unit, 6, kind)[1]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("01 03 00 00 00 00 00 00 04", "02 01 64 03 00 00 00 00 6a"),
        ("01 01 00 00 00 00 01 f4 f7", "02 01 64 01 00 00 01 f4 5d"),
        ("01 06 03 00 00 00 00 00 0a", "02 01 64 06 00 00 00 00 6d"),
        ("01 88 01 00 00 00 00 00 8a", "02 01 64 88 04 56 01 09 53"),
    ],
)
def test_a_telegram_is_answered_byte_by_byte(sent: str, answer: str) -> None:
    with hand_clock() as time:
        assert say(drive(time), bytes.fromhex(sent)) == bytes.fromhex(answer)


def test_the_version_as_text_has_no_status_and_no_sum() -> None:
    with hand_clock() as time:
        assert say(drive(time), telegram(136)) == b"\x021110V109"


def test_speeds_are_in_units_that_depend_on_the_divisors() -> None:
    with hand_clock() as time:
        belt = Belt()
        unit = drive(time, belt)
        asked(unit, 1, value=1000)
        acceleration = 500 * 16e6**2 / 2 ** (7 + 3 + 29) / 256
        assert belt.told == [(1000 * UNIT_PPS / 256, acceleration)]
        time.pass_s(5.0)
        assert told(unit, 3) == 1000
        before = told(unit, 1)
        time.pass_s(1.0)
        assert abs(told(unit, 1) - before - 1000 * UNIT_PPS) <= 1
        asked(unit, 5, 154, 4)
        asked(unit, 2, value=1000)
        assert belt.told[-1][0] == -1000 * UNIT_PPS / 2 / 256


def test_the_speed_ramps_to_a_stop() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 1, value=2000)
        time.pass_s(10.0)
        asked(unit, 3)
        assert told(unit, 2) == 0
        assert told(unit, 3) > 0
        assert told(unit, 135) == 500
        time.pass_s(10.0)
        assert told(unit, 3) == 0
        assert told(unit, 208) == 1 << DriverBit.STANDSTILL


def test_a_move_arrives_and_says_so() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert told(unit, 8) == 1
        assert asked(unit, 4, 0, 51_200) == (100, 51_200)
        assert told(unit, 8) == 0
        time.pass_s(60.0)
        assert (told(unit, 8), told(unit, 1), told(unit, 0)) == (1, 51_200, 51_200)
        asked(unit, 4, 1, -1200)
        time.pass_s(60.0)
        assert told(unit, 1) == 50_000
        asked(unit, 5, 1, 0)
        assert (told(unit, 1), told(unit, 8)) == (0, 0)


def test_coordinates_are_kept_and_moved_to() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 30, 3, 7000)
        assert asked(unit, 31, 3) == (100, 7000)
        asked(unit, 4, 2, 3)
        time.pass_s(60.0)
        assert told(unit, 1) == 7000
        asked(unit, 32, 4)
        assert asked(unit, 31, 4) == (100, 7000)
        assert [asked(unit, 4, 2, 21)[0], asked(unit, 31, 21)[0], asked(unit, 30, 21)[0]] == [
            4, 3, 3,
        ]  # fmt: skip


def test_an_end_switch_stops_the_axis_and_lets_it_back() -> None:
    with hand_clock() as time:
        unit = carriage(time)
        asked(unit, 1, value=2000)
        time.pass_s(30.0)
        assert (told(unit, 10), told(unit, 11), told(unit, 3)) == (1, 0, 0)
        assert math.isclose(unit.axis.full_steps(), 300.0, abs_tol=0.01)
        assert asked(unit, 1, value=2000)[0] == 100
        time.pass_s(5.0)
        assert told(unit, 3) == 0
        asked(unit, 2, value=2000)
        time.pass_s(30.0)
        assert (told(unit, 10), told(unit, 11)) == (0, 1)
        assert math.isclose(unit.axis.full_steps(), -100.0, abs_tol=0.01)


def test_a_soft_stop_runs_past_the_switch() -> None:
    with hand_clock() as time:
        unit = carriage(time)
        asked(unit, 5, 149, 1)
        asked(unit, 1, value=2000)
        time.pass_s(30.0)
        assert unit.axis.full_steps() > 301.0
        assert told(unit, 3) == 0


def test_a_switch_that_is_not_heeded_is_still_read() -> None:
    with hand_clock() as time:
        unit = carriage(time)
        asked(unit, 5, 12, 1)
        asked(unit, 1, value=1000)
        time.pass_s(60.0)
        assert (told(unit, 10), told(unit, 3)) == (1, 1000)


def test_reversed_switches_hold_a_free_axis() -> None:
    with hand_clock() as time:
        unit = carriage(time)
        asked(unit, 9, 79, 1)
        assert (told(unit, 10), told(unit, 11)) == (1, 1)
        asked(unit, 1, value=1000)
        time.pass_s(1.0)
        assert told(unit, 3) == 0


@pytest.mark.parametrize(
    ("mode", "zero", "distance"),
    [(1, -99.0, None), (65, 299.0, None), (2, -99.0, 399.0), (66, 299.0, 399.0)],
)
def test_a_reference_search_ends_at_the_edge_of_a_switch(
    mode: int, zero: float, distance: float | None
) -> None:
    with hand_clock() as time:
        unit = carriage(time)
        asked(unit, 5, 193, mode)
        assert asked(unit, 13, 0)[0] == 100
        assert asked(unit, 13, 2)[1] > 0
        time.pass_s(120.0)
        assert asked(unit, 13, 2) == (100, 0)
        assert (told(unit, 1), told(unit, 3)) == (0, 0)
        assert math.isclose(unit.axis.full_steps(), zero, abs_tol=0.01)
        assert math.isclose(told(unit, 197), zero * 256, abs_tol=3)
        if distance is not None:
            assert math.isclose(told(unit, 196), distance * 256, abs_tol=300)


def test_a_search_without_switches_goes_on_until_it_is_stopped() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 13, 0)
        time.pass_s(600.0)
        assert asked(unit, 13, 2)[1] != 0
        assert told(unit, 3) == -500
        asked(unit, 13, 1)
        time.pass_s(10.0)
        assert (asked(unit, 13, 2)[1], told(unit, 3)) == (0, 0)


def test_a_search_for_a_home_switch_never_finds_one() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 5, 193, 7)
        asked(unit, 13, 0)
        time.pass_s(100.0)
        assert (asked(unit, 13, 2)[1], told(unit, 3)) == (1, 500)


def test_an_inhibited_drive_brakes_and_does_not_start_again_by_itself() -> None:
    with hand_clock() as time:
        belt = Belt()
        unit = drive(time, belt)
        asked(unit, 1, value=1000)
        time.pass_s(5.0)
        belt.allowed = False
        unit.recheck()
        time.pass_s(5.0)
        assert told(unit, 3) == 0
        assert asked(unit, 1, value=1000)[0] == 100
        belt.allowed = True
        unit.recheck()
        time.pass_s(5.0)
        assert told(unit, 3) == 0


@pytest.mark.parametrize(
    ("command", "kind", "value", "bank", "status"),
    [
        (99, 0, 0, 0, 2),
        (1, 0, 2048, 0, 4),
        (2, 0, -(2**31), 0, 4),
        (1, 0, 5, 1, 4),
        (3, 0, 0, 3, 4),
        (4, 3, 0, 0, 3),
        (4, 0, 0, 1, 4),
        (4, 0, -(2**31), 0, 4),
        (5, 3, 0, 0, 3),
        (5, 10, 0, 0, 3),
        (5, 4, 2048, 0, 4),
        (5, 193, 9, 0, 4),
        (5, 4, 5, 1, 4),
        (6, 250, 0, 0, 3),
        (6, 1, 0, 1, 4),
        (7, 11, 0, 0, 3),
        (8, 11, 0, 0, 3),
        (9, 1, 0, 0, 3),
        (9, 75, 256, 0, 4),
        (9, 73, 5, 0, 4),
        (10, 75, 0, 3, 3),
        (11, 1, 0, 0, 3),
        (13, 3, 0, 0, 3),
        (13, 0, 0, 1, 4),
        (14, 8, 1, 2, 3),
        (14, 0, 1, 0, 3),
        (14, 0, 2, 2, 4),
        (15, 0, 0, 3, 3),
        (15, 7, 0, 0, 6),
        (31, 3, 0, 1, 4),
    ],
)
def test_a_refusal_has_its_status(
    command: int, kind: int, value: int, bank: int, status: int
) -> None:
    with hand_clock() as time:
        assert asked(drive(time), command, kind, value, bank)[0] == status


def test_a_locked_memory_stores_nothing() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert asked(unit, 9, 73, 1234)[0] == 100
        assert [asked(unit, 7, 4)[0], asked(unit, 11, 75)[0]] == [5, 5]
        assert asked(unit, 10, 73) == (100, 1)
        assert asked(unit, 9, 73, 4321)[0] == 100
        assert [asked(unit, 7, 4)[0], asked(unit, 11, 75)[0]] == [100, 100]


def test_while_a_program_is_loaded_commands_are_stored_and_not_obeyed() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 132)
        assert asked(unit, 1, value=1000)[0] == 101
        asked(unit, 133)
        time.pass_s(1.0)
        assert told(unit, 3) == 0


def test_a_wrong_sum_is_answered_with_status_1_and_does_nothing() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert say(unit, telegram(1, 0, 1000)[:-1] + b"\x00")[2] == 1
        time.pass_s(1.0)
        assert told(unit, 3) == 0


def test_another_address_is_silence_on_a_bus_and_ignored_over_usb() -> None:
    with hand_clock() as time:
        broadcast = bytes.fromhex("00 03 00 00 00 00 00 00 03")
        assert say(drive(time), broadcast) == b""
        answer = say(TrinamicTmcm1110(time.line, Belt(), usb=True), broadcast)
        assert answer == bytes.fromhex("02 01 64 03 00 00 00 00 6a")


def test_a_telegram_that_stops_is_forgotten_after_a_pause() -> None:
    with hand_clock() as time:
        unit = drive(time)
        assert say(unit, STOP[:5]) == b""
        time.pass_s(0.1)
        assert say(unit, STOP)[2] == 100


def test_microsteps_change_what_a_count_is_worth_and_not_the_place() -> None:
    with hand_clock() as time:
        unit = drive(time)
        asked(unit, 4, 0, 2560)
        time.pass_s(30.0)
        asked(unit, 5, 140, 4)
        assert told(unit, 1) == 2560
        assert math.isclose(unit.axis.full_steps(), 10.0)
        asked(unit, 4, 1, 16)
        time.pass_s(30.0)
        assert math.isclose(unit.axis.full_steps(), 11.0)


def test_only_stored_parameters_survive_a_mains_failure() -> None:
    with hand_clock() as time:
        belt = Belt()
        unit = drive(time, belt)
        asked(unit, 5, 5, 300)
        asked(unit, 7, 5)
        asked(unit, 5, 4, 200)
        asked(unit, 5, 140, 4)
        asked(unit, 14, 2, 1, 2)
        asked(unit, 1, value=2000)
        time.pass_s(5.0)
        place = unit.axis.full_steps()
        unit.power_cycle()
        assert [told(unit, kind) for kind in (5, 4, 140, 3, 1)] == [300, 1000, 8, 0, 0]
        assert math.isclose(unit.axis.full_steps(), place)
        assert asked(unit, 15, 2, bank=2) == (100, 0)
        assert belt.told[-1] == (0.0, math.inf)
        assert asked(unit, 8, 5) == (100, 300)


def test_inputs_outputs_and_driver_flags_read_back() -> None:
    with hand_clock() as time:
        unit = drive(time)
        unit.inputs, unit.analogue = 0b100, 4711
        assert [asked(unit, 15, port)[1] for port in (1, 2)] == [0, 1]
        assert asked(unit, 15, 0, bank=1) == (100, 4711)
        asked(unit, 14, 5, 1, 2)
        assert asked(unit, 15, 5, bank=2) == (100, 1)
        unit.faults.add(DriverBit.STALLED)
        assert [told(unit, kind) for kind in (206, 207, 208)] == [0, 1, 0x81]


@given(st.lists(st.integers(0, 100)))
def test_telegrams_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = STOP + telegram(6, 3) + telegram(136) + telegram(5, 5, 100)
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
        assert say(unit, telegram(136)) == b"\x021110V109"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 30, 31, 32]),
            st.integers(0, 255),
            st.integers(-(2**31), 2**31 - 1) | st.integers(-3000, 3000),
        ),
        max_size=8,
    )
)
def test_any_telegram_gets_an_answer(orders: list[tuple[int, int, int]]) -> None:
    with hand_clock() as time:
        unit = carriage(time)
        for command, kind, value in orders:
            answer = say(unit, telegram(command, kind, value))
            time.pass_s(0.5)
            renumbered = any(order[:2] == (9, 66) for order in orders)
            assert len(answer) == 9 or (not answer and renumbered)
