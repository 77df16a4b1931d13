"""The emulated TC 110 drive and a gauge on its bus, against telegrams of manuals and traffic."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.instruments.pfeiffer_tc110 import PfeifferTc110
from sim_hardware.instruments.pfeiffer_telegram import (
    DataType,
    PfeifferGauge,
    checksum,
    decoded,
    encoded,
)
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces
from tests.unit.emulators.turbo_surroundings import Around


def pump(time: HandClock, around: Around | None = None) -> PfeifferTc110:
    return PfeifferTc110(
        time.line,
        around or Around(),
        run_up_s=100.0,
        run_down_s=600.0,
        neighbours=[PfeifferGauge(lambda: 1000.0, address=2)],
    )


def ask(unit: PfeifferTc110, action: int, number: int, data: str = "=?", address: int = 1) -> str:
    """The data of the answer, whose frame is checked."""
    body = f"{address:03d}{action:02d}{number:03d}{len(data):02d}{data}"
    answer = say(unit, f"{body}{checksum(body):03d}\r".encode("latin-1")).decode("latin-1")
    assert answer.endswith("\r")
    assert int(answer[-4:-1]) == checksum(answer[:-4])
    assert answer[:3] == f"{address:03d}"
    assert answer[3:5] == ("11" if action == 11 else "10")
    assert answer[5:8] == f"{number:03d}"
    assert int(answer[8:10]) == len(answer[10:-4])
    return answer[10:-4]


def read(unit: PfeifferTc110, number: int) -> str:
    return ask(unit, 0, number)


def write(unit: PfeifferTc110, number: int, data: str) -> str:
    return ask(unit, 10, number, data)


ON, OFF = "111111", "000000"


def test_recorded_telegrams_are_answered() -> None:
    with hand_clock() as time:
        unit = pump(time)
        unit.drive.rotor.put_at(1000.0)
        assert say(unit, b"0010030902=?107\r") == b"0011030906001000021\r"
        assert say(unit, b"0011001006111111015\r") == b"0011001006111111015\r"
        assert say(unit, b"0010034902=?111\r") == b"0011034906TC 110065\r"


def test_a_recorded_gauge_is_answered() -> None:
    with hand_clock() as time:
        unit = PfeifferTc110(
            time.line, Around(), address=9, neighbours=[PfeifferGauge(lambda: 1000.0, address=1)]
        )
        assert say(unit, b"0010074002=?106\r") == b"0011074006100023025\r"
        assert ask(unit, 10, 742, "000200") == "000200"
        assert ask(unit, 0, 740) == "200023"
        assert [ask(unit, 0, 303), ask(unit, 0, 349), ask(unit, 0, 312)] == [
            "000000",
            "    A3",
            "010100",
        ]


def test_the_answer_takes_its_time() -> None:
    with hand_clock() as time:
        answers = pump(time).receive(b"0010030902=?107\r")
        assert [answer.after_s for answer in answers] == [0.026]


def test_it_runs_while_station_and_motor_are_on() -> None:
    with hand_clock() as time:
        around = Around()
        unit = pump(time, around)
        assert [read(unit, 23), read(unit, 10), read(unit, 309)] == [ON, OFF, "000000"]
        write(unit, 10, ON)
        assert [read(unit, number) for number in (307, 306, 302, 308)] == [ON, OFF, OFF, "001500"]
        assert [read(unit, 310), read(unit, 313), read(unit, 316)] == ["000450", "002400", "000108"]
        time.pass_s(80.1)
        assert [read(unit, number) for number in (302, 306)] == [ON, OFF]
        time.pass_s(20.0)
        assert [read(unit, number) for number in (307, 306, 309, 398)] == [
            OFF,
            ON,
            "001500",
            "090000",
        ]
        write(unit, 23, OFF)
        assert around.ramps == [(1500.0, 15.0), (0.0, 2.5)]
        time.pass_s(600.0)
        assert [read(unit, 309), read(unit, 310), read(unit, 399)] == ["000000"] * 2 + ["090000"]


def test_standby_and_speed_setting_change_the_set_speed() -> None:
    with hand_clock() as time:
        unit = pump(time)
        write(unit, 10, ON)
        assert [write(unit, 26, "001"), read(unit, 308)] == ["001", "000975"]
        assert [write(unit, 707, "008000"), read(unit, 308), read(unit, 397)] == [
            "008000",
            "001200",
            "072000",
        ]
        assert [write(unit, 2, ON), read(unit, 308)] == [ON, "001000"]


@pytest.mark.parametrize(
    ("number", "data", "answer"),
    [
        (999, "000001", "NO_DEF"),
        (740, "000001", "NO_DEF"),
        (309, "000001", "_LOGIC"),
        (349, "TC 400", "_LOGIC"),
        (10, "000001", "_RANGE"),
        (10, "1", "_RANGE"),
        (26, "1", "_RANGE"),
        (26, "002", "_RANGE"),
        (26, "ab1", "_RANGE"),
        (25, "003", "003"),
        (700, "000121", "_RANGE"),
        (701, "000098", "_RANGE"),
        (707, "001999", "_RANGE"),
        (707, "010001", "_RANGE"),
        (717, "002000", "002000"),
        (721, "000005", "_RANGE"),
        (9, "000000", "_RANGE"),
        (9, "111111", "111111"),
        (1, "111111", "111111"),
        (797, "000000", "_RANGE"),
    ],
)
def test_a_write_is_echoed_or_refused(number: int, data: str, answer: str) -> None:
    with hand_clock() as time:
        assert write(pump(time), number, data) == answer


def test_every_parameter_can_be_read_and_described() -> None:
    with hand_clock() as time:
        unit = pump(time)
        for number, parameter in unit.node.parameters.items():
            assert len(read(unit, number)) == (3 if parameter.kind is DataType.U_SHORT else 6)
            assert len(ask(unit, 11, number)) == 28
        assert ask(unit, 11, 1) == "Heating       03000000111111"
        assert read(unit, 741) == "NO_DEF"


def test_a_run_up_that_takes_too_long_is_error_6() -> None:
    with hand_clock() as time:
        around = Around(limit_hz=900.0)
        unit = pump(time, around)
        write(unit, 700, "000002")
        write(unit, 10, ON)
        time.pass_s(119.0)
        assert read(unit, 303) == "000000"
        time.pass_s(2.0)
        assert [read(unit, 303), read(unit, 308), read(unit, 360)] == [
            "Err006",
            "000000",
            "Err006",
        ]
        around.limit_hz = math.inf
        assert [write(unit, 9, ON), read(unit, 303), read(unit, 308)] == [ON, OFF, "001500"]


def test_without_run_up_control_it_tries_for_ever() -> None:
    with hand_clock() as time:
        unit = pump(time, Around(limit_hz=900.0))
        write(unit, 4, OFF)
        write(unit, 10, ON)
        time.pass_s(10_000.0)
        assert [read(unit, 303), read(unit, 309), read(unit, 311)] == [OFF, "000900", "000002"]


def test_a_speed_that_drops_later_is_error_6_too() -> None:
    with hand_clock() as time:
        around = Around()
        unit = pump(time, around)
        write(unit, 10, ON)
        time.pass_s(100.0)
        around.limit_hz = 1000.0
        unit.recheck()
        time.pass_s(120.0 + 479.0)
        assert read(unit, 303) == "000000"
        time.pass_s(2.0)
        assert read(unit, 303) == "Err006"


@pytest.mark.parametrize(
    ("part", "warm", "hot", "flag", "code"),
    [
        ("converter", 61.0, 71.0, 304, "118"),
        ("motor", 66.0, 76.0, 305, "119"),
        ("bearing", 66.0, 76.0, 305, "119"),
    ],
)
def test_temperatures_warn_and_then_stop(
    part: str, warm: float, hot: float, flag: int, code: str
) -> None:
    with hand_clock() as time:
        around = Around()
        unit = pump(time, around)
        write(unit, 10, ON)
        vars(around)[part] = warm
        assert [read(unit, 303), read(unit, flag), read(unit, 308)] == [f"Wrn{code}", ON, "001500"]
        vars(around)[part] = hot
        assert [read(unit, 303), read(unit, 308)] == [f"Err{code}", "000000"]
        write(unit, 10, ON)
        assert read(unit, 303) == f"Err{code}"
        vars(around)[part] = 30.0
        write(unit, 10, ON)
        assert [read(unit, 303), read(unit, 308)] == ["000000", "001500"]


def test_a_low_supply_is_warning_7() -> None:
    with hand_clock() as time:
        unit = pump(time)
        unit.drive.supply_v = 19.0
        assert read(unit, 303) == "Wrn007"


def test_the_remote_plug_can_have_priority() -> None:
    with hand_clock() as time:
        unit = pump(time)
        unit.remote_priority = True
        assert [read(unit, 300), write(unit, 10, ON), write(unit, 701, "000070")] == [
            ON,
            "_LOGIC",
            "000070",
        ]


def test_control_is_taken_unless_the_choice_is_locked() -> None:
    with hand_clock() as time:
        unit = pump(time)
        assert read(unit, 60) == "001"
        assert [write(unit, 61, ON), write(unit, 10, ON), write(unit, 60, "002")] == [
            ON,
            "_LOGIC",
            "_LOGIC",
        ]
        assert [write(unit, 61, OFF), write(unit, 10, ON), read(unit, 60)] == [OFF, ON, "002"]


def test_the_vent_valve_opens_when_the_rotor_is_slow_enough() -> None:
    with hand_clock() as time:
        unit = pump(time)
        write(unit, 12, ON)
        write(unit, 721, "000060")
        write(unit, 10, ON)
        time.pass_s(100.0)
        write(unit, 10, OFF)
        time.pass_s(299.0)
        seen = [unit.vent_open()]
        for _ in range(2):
            time.pass_s(31.0)
            seen.append(unit.vent_open())
        assert seen == [False, True, False]


@pytest.mark.parametrize(("mode", "is_open"), [("000", False), ("001", False), ("002", True)])
def test_venting_can_be_direct_or_forbidden(mode: str, *, is_open: bool) -> None:
    with hand_clock() as time:
        unit = pump(time)
        write(unit, 12, ON)
        write(unit, 30, mode)
        write(unit, 10, ON)
        time.pass_s(100.0)
        assert not unit.vent_open()
        write(unit, 10, OFF)
        assert unit.vent_open() is is_open


def test_a_pump_that_ran_starts_again_after_the_mains() -> None:
    with hand_clock() as time:
        unit = pump(time)
        write(unit, 10, ON)
        write(unit, 701, "000070")
        time.pass_s(10.0)
        unit.drive.trip(1)
        say(unit, b"00100")
        unit.power_cycle()
        assert [read(unit, 303), read(unit, 308), read(unit, 701), read(unit, 360)] == [
            "000000",
            "001500",
            "000070",
            "Err001",
        ]


def test_a_new_address_holds_after_its_answer() -> None:
    with hand_clock() as time:
        unit = pump(time)
        body = "0011079706000005"
        answer = say(unit, f"{body}{checksum(body):03d}\r".encode("ascii"))
        assert answer == f"{body}{checksum(body):03d}\r".encode("ascii")
        assert ask(unit, 0, 349, address=5) == "TC 110"


def test_everybody_obeys_address_0_in_silence_and_others_are_not_answered() -> None:
    with hand_clock() as time:
        unit = pump(time)
        for address in (0, 77):
            body = f"{address:03d}1001006111111"
            assert say(unit, f"{body}{checksum(body):03d}\r".encode("ascii")) == b""
        assert read(unit, 10) == ON
        unit.node.absent = True
        assert say(unit, b"0010030902=?107\r") == b""
        assert ask(unit, 0, 740, address=2) == "100023"


@pytest.mark.parametrize(
    "telegram",
    [b"0010030902=?108\r", b"0010030903=?108\r", b"00100309\r", b"\r", b"0010030902=x166\r"],
)
def test_a_spoilt_telegram_is_met_with_silence(telegram: bytes) -> None:
    with hand_clock() as time:
        assert say(pump(time), telegram) == b""


@settings(deadline=None)
@given(st.sampled_from(list(DataType)), st.integers(0, 999))
def test_numbers_survive_their_notation(kind: DataType, value: int) -> None:
    if kind in {DataType.STRING, DataType.STRING_16}:
        return
    wanted = value % 2 if kind in {DataType.BOOLEAN_OLD, DataType.BOOLEAN_NEW} else value
    assert math.isclose(decoded(kind, encoded(kind, wanted)), wanted, rel_tol=1e-3)


@settings(deadline=None)
@given(st.lists(st.integers(0, 100)))
def test_telegrams_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"0010030902=?107\r0011001006111111015\r0010034902=?111\r"
    with hand_clock() as time:
        whole = say(pump(time), stream)
        assert whole.count(b"\r") == 3
        assert say_in_pieces(pump(time), stream, cuts) == whole


@settings(deadline=None)
@given(
    st.binary(max_size=100), st.integers(0, 999), st.text("01=? 9A\u00b2", max_size=8),
    st.sampled_from(["00", "10", "11", "01"]),
)  # fmt: skip
def test_noise_never_deafens_the_drive(noise: bytes, number: int, data: str, action: str) -> None:
    with hand_clock() as time:
        unit = pump(time)
        body = f"001{action}{number:03d}{len(data):02d}{data}"
        say(unit, noise + b"\r" + f"{body}{checksum(body):03d}\r".encode("latin-1"))
        unit.node.address = 1
        assert read(unit, 349) == "TC 110"
