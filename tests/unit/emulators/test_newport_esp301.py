"""The emulated ESP301 controller against the command and error lists of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.newport_esp301 import NewportEsp301
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Table:
    """A stage that notes where its axes came to rest."""

    def __init__(self) -> None:
        self.places: dict[int, float] = {}
        self.moving: set[int] = set()

    def on_motion(self, axis: int, *, moving: bool) -> None:
        (self.moving.add if moving else self.moving.discard)(axis)

    def on_position(self, axis: int, value: float) -> None:
        self.places[axis] = value


def controller(time: HandClock, table: Table | None = None) -> NewportEsp301:
    return NewportEsp301(time.line, table or Table())


def number(unit: NewportEsp301, query: str) -> float:
    answer = say(unit, query.encode() + b"\r")
    assert answer.endswith(b"\r\n")
    return float(answer)


def errors(unit: NewportEsp301) -> list[int]:
    """Everything in the queue."""
    codes: list[int] = []
    while (code := int(say(unit, b"TE?\r"))) != 0:
        codes.append(code)
    return codes


def test_an_empty_queue_answers_with_three_fields() -> None:
    with hand_clock() as time:
        unit = controller(time)
        time.pass_s(451322 * 0.0004)
        assert say(unit, b"TB?\r") == b"0, 451322, NO ERROR DETECTED\r\n"


def test_a_move_follows_a_trapezoid_and_ends_at_its_goal() -> None:
    with hand_clock() as time:
        table = Table()
        unit = controller(time, table)
        assert say(unit, b"1MO\r1VA4\r1AC40\r1AG40\r1PA2\r") == b""
        assert number(unit, "1MD?") == 0
        assert table.moving == {1}
        time.pass_s(0.05)
        assert number(unit, "1TP") == 0.05
        time.pass_s(0.25)
        assert number(unit, "1TP?") == 1.0
        time.pass_s(0.3)
        assert number(unit, "1MD?") == 1
        assert number(unit, "1TP") == 2.0
        assert (table.places, table.moving) == ({1: 2.0}, set())
        say(unit, b"1PR-0.5\r")
        assert number(unit, "1PA?") == 1.5


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("1XX", 6),
        ("nonsense", 6),
        ("4MO", 9),
        ("MO", 37),
        ("1PA", 38),
        ("1PAx", 7),
        ("1PAnan", 7),
        ("1PA1", 113),
        ("2MO;2PA26", 206),
        ("2MO;2PA-26", 207),
        ("3VA5.1", 310),
        ("3VA-1", 301),
        ("1AC0", 101),
        ("1MO;1OR9", 101),
        ("1MO;1OR4;1PA1", 130),
        ("1MO;1PA5;1PR1", 0),
        ("1QQ?", 6),
    ],
)
def test_a_bad_command_is_answered_only_in_the_queue(sent: str, code: int) -> None:
    with hand_clock() as time:
        unit = controller(time)
        assert say(unit, sent.encode() + b"\r") == b""
        assert errors(unit) == ([code] if code else [])


def test_the_queue_holds_ten_errors_and_reading_takes_one() -> None:
    with hand_clock() as time:
        unit = controller(time)
        say(unit, b"1XX\r" * 3 + b"9MO\r" * 9)
        assert errors(unit) == [6] + [9] * 9


def test_the_text_of_an_axis_error_names_the_axis() -> None:
    with hand_clock() as time:
        unit = controller(time)
        say(unit, b"2PA1\r")
        assert say(unit, b"TB?\r") == b"213, 0, AXIS-2 MOTOR NOT ENABLED\r\n"


def test_a_stop_brakes_and_an_abort_cuts_the_power() -> None:
    with hand_clock() as time:
        table = Table()
        unit = controller(time, table)
        say(unit, b"1MO;1VA4;1PA10\r")
        time.pass_s(1.0)
        say(unit, b"1ST\r")
        time.pass_s(1.0)
        assert round(table.places[1], 5) == 4.0
        say(unit, b"1PA0\r")
        time.pass_s(0.5)
        say(unit, b"AB\r")
        assert number(unit, "1MO?") == 0
        assert number(unit, "1MD?") == 1
        assert errors(unit) == [4]


def test_the_status_character_shows_motion_and_power() -> None:
    with hand_clock() as time:
        unit = controller(time)
        assert say(unit, b"TS\r") == b"@\r\n"
        assert say(unit, b"1MO\rTS\r") == b"P\r\n"
        assert say(unit, b"1PA5\rTS\r") == b"Q\r\n"


def test_home_is_lost_in_a_mains_failure_and_found_by_homing() -> None:
    with hand_clock() as time:
        table = Table()
        unit = controller(time, table)
        say(unit, b"1MO;1PA3\r")
        time.pass_s(5.0)
        unit.power_cycle()
        assert number(unit, "1TP") == 0.0
        assert number(unit, "1MO?") == 0
        assert unit.place(1) == 3.0
        say(unit, b"1MO;1OR4\r")
        time.pass_s(10.0)
        assert number(unit, "1TP") == 0.0
        assert unit.place(1) == 0.0
        assert errors(unit) == []


def test_a_stop_during_homing_is_an_error() -> None:
    with hand_clock() as time:
        unit = controller(time)
        say(unit, b"1MO;1PA3\r")
        time.pass_s(5.0)
        say(unit, b"1OR4\r")
        time.pass_s(0.5)
        say(unit, b"1ST\r")
        assert errors(unit) == [120]


@pytest.mark.parametrize("command", [b"3DH0\r", b"3DH\r"])
def test_defining_home_renames_the_place_without_moving(command: bytes) -> None:
    with hand_clock() as time:
        unit = controller(time)
        say(unit, b"3MO;3PA2\r")
        time.pass_s(5.0)
        say(unit, command)
        assert errors(unit) == []
        assert number(unit, "3TP") == 0.0
        assert unit.place(3) == 2.0
        assert number(unit, "3SN?") == 7


def test_soft_limits_refuse_before_the_axis_moves() -> None:
    with hand_clock() as time:
        unit = controller(time)
        say(unit, b"1MO;1SL-1;1SR1;1PA1.5\r")
        assert number(unit, "1SR?") == 1.0
        assert errors(unit) == [106]
        assert number(unit, "1TP") == 0.0


def test_a_wait_holds_the_commands_behind_it() -> None:
    with hand_clock() as time:
        unit = controller(time)
        late: list[bytes] = []
        unit.unasked = lambda answer: late.append(answer.data)
        assert say(unit, b"1MO;1VA4;1PA2;1WS500;1TP\r") == b""
        time.pass_s(1.0)
        assert late == []
        time.pass_s(0.2)
        assert late == [b"2.00000\r\n"]


def test_faults_of_the_hardware_refuse_and_stop() -> None:
    with hand_clock() as time:
        unit = controller(time)
        unit.interlock_open = True
        say(unit, b"1MO\r")
        unit.interlock_open = False
        say(unit, b"1MO;1PA5\r")
        time.pass_s(0.5)
        unit.trip(1, 3)
        assert number(unit, "1MD?") == 1
        assert errors(unit) == [8, 103]


@pytest.mark.parametrize("ending", [b"\r", b"\r\n"])
def test_both_line_endings_are_accepted(ending: bytes) -> None:
    with hand_clock() as time:
        unit = controller(time)
        assert say(unit, b"VE?" + ending + b"TP?" + ending).count(b"\r\n") == 2


@given(st.lists(st.integers(0, 100)))
def test_commands_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"VE?\r1MO\r1PA1;1MD?\r\nTS\r9MO\rTB?\r1ID?\rTP?\r"
    with hand_clock() as time:
        whole = say(controller(time), stream)
        assert whole.count(b"\r\n") == 6
        assert say_in_pieces(controller(time), stream, cuts) == whole


@given(st.one_of(st.binary(max_size=150), st.from_regex(rb"([1-3][A-Z]{2}[0-9.?]*[\r;]){0,9}")))
def test_noise_never_deafens_the_controller(noise: bytes) -> None:
    with hand_clock() as time:
        unit = controller(time)
        say(unit, noise)
        time.pass_s(600.0)
        assert say(unit, b"\rAB\rVE?\r").endswith(b"ESP301 Version 3.0.1 6/1/99\r\n")
