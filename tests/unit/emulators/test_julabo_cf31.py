"""The emulated Julabo circulator against the interface chapter of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.julabo_cf31 import LOW_LEVEL, JulaboCf31
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Tank:
    """A bath at a fixed temperature that notes what it is regulated to."""

    def __init__(self) -> None:
        self.now_c = 21.5
        self.orders: list[float | None] = []

    def temperature_c(self) -> float:
        return self.now_c

    def regulate(self, setpoint_c: float | None) -> None:
        self.orders.append(setpoint_c)


def circulator(time: HandClock, tank: Tank | None = None) -> JulaboCf31:
    return JulaboCf31(time.line, tank or Tank())


def tell(time: HandClock, unit: JulaboCf31, *orders: str) -> None:
    """Give orders at the pace the manual asks for."""
    for order in orders:
        assert say(unit, order.encode() + b"\r") == b""
        time.pass_s(0.25)


def ask(time: HandClock, unit: JulaboCf31, query: str) -> str:
    answer = say(unit, query.encode() + b"\r\n").decode()
    time.pass_s(0.02)
    assert answer.endswith("\r\n")
    return answer[:-2]


def test_a_bath_is_regulated_from_start_to_stop() -> None:
    with hand_clock() as time:
        tank = Tank()
        unit = circulator(time, tank)
        assert ask(time, unit, "STATUS") == "02 REMOTE STOP"
        tell(time, unit, "OUT_SP_00 45.00", "OUT_MODE_05 1")
        assert ask(time, unit, "STATUS") == "03 REMOTE START"
        assert ask(time, unit, "IN_SP_00") == "45.00"
        assert ask(time, unit, "IN_PV_00") == "21.50"
        assert ask(time, unit, "IN_PV_01") == "100.00"
        assert ask(time, unit, "IN_MODE_05") == "1"
        tell(time, unit, "OUT_SP_00 50", "OUT_MODE_05 0")
        assert tank.orders == [45.0, 50.0, None]
        assert ask(time, unit, "IN_PV_01") == "0.00"


def test_a_command_too_soon_after_a_setting_is_lost() -> None:
    with hand_clock() as time:
        unit = circulator(time)
        say(unit, b"OUT_SP_00 45.00\r")
        time.pass_s(0.24)
        assert say(unit, b"IN_SP_00\r") == b""
        time.pass_s(0.01)
        assert say(unit, b"IN_SP_00\r") == b"45.00\r\n"
        time.pass_s(0.005)
        assert say(unit, b"IN_SP_00\r") == b""


def test_the_status_of_a_mistake_stays_until_the_next_valid_command() -> None:
    with hand_clock() as time:
        unit = circulator(time)
        assert say(unit, b"IN_PV_09\r") == b""
        time.pass_s(0.1)
        assert ask(time, unit, "STATUS") == "-08 INVALID COMMAND"
        assert ask(time, unit, "STATUS") == "-08 INVALID COMMAND"
        ask(time, unit, "IN_PV_00")
        assert ask(time, unit, "STATUS") == "02 REMOTE STOP"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ("OUT_SP_00 -31", "-10"),
        ("OUT_SP_00 201", "-11"),
        ("OUT_SP_00 150", "-13"),
        ("OUT_SP_03 130", "-12"),
        ("OUT_SP_00 nan", "-08"),
        ("OUT_SP_00", "-08"),
        ("OUT_SP_05 1", "-08"),
        ("OUT_MODE_05 2", "-11"),
        ("OUT_MODE_05 -1", "-10"),
    ],
)
def test_a_bad_setting_changes_nothing_and_shows_in_the_status(order: str, code: str) -> None:
    with hand_clock() as time:
        unit = circulator(time)
        tell(time, unit, order)
        assert ask(time, unit, "STATUS").startswith(code)
        assert ask(time, unit, "IN_SP_00") == "25.00"


def test_every_value_can_be_asked() -> None:
    with hand_clock() as time:
        unit = circulator(time)
        tell(time, unit, "OUT_SP_02 30", "OUT_SP_03 90", "OUT_SP_04 5", "OUT_SP_07 3")
        tell(time, unit, "OUT_MODE_01 2", "OUT_MODE_04 1")
        names = ["IN_PV_02", "IN_PV_03", "IN_PV_04", "IN_SP_01", "IN_SP_02", "IN_SP_03"]
        names += ["IN_SP_04", "IN_SP_06", "IN_SP_07", "IN_MODE_01", "IN_MODE_04"]
        answers = [ask(time, unit, name) for name in names]
        assert answers[:7] == ["21.50", "21.50", "120.00", "25.00", "30.00", "90.00", "5.00"]
        assert answers[7:] == ["0", "3", "2", "1"]
        assert "CF31" in ask(time, unit, "VERSION")


def test_a_low_level_stops_the_circulator() -> None:
    with hand_clock() as time:
        tank = Tank()
        unit = circulator(time, tank)
        tell(time, unit, "OUT_MODE_05 1")
        unit.alarm(LOW_LEVEL)
        assert tank.orders == [25.0, None]
        assert ask(time, unit, "STATUS") == "-01 LOW LEVEL ALARM"
        tell(time, unit, "OUT_MODE_05 1")
        assert tank.orders == [25.0, None]
        unit.alarm("")
        assert ask(time, unit, "STATUS") == "02 REMOTE STOP"


def test_the_front_panel_can_take_the_control_away() -> None:
    with hand_clock() as time:
        unit = circulator(time)
        unit.remote = False
        assert ask(time, unit, "STATUS") == "00 MANUAL STOP"
        tell(time, unit, "OUT_SP_00 45")
        assert ask(time, unit, "IN_SP_00") == "25.00"


def test_a_sensor_that_reads_high_makes_the_bath_cold() -> None:
    with hand_clock() as time:
        tank = Tank()
        unit = circulator(time, tank)
        unit.sensor_offset_c = 2.0
        tell(time, unit, "OUT_MODE_05 1")
        assert tank.orders == [23.0]
        assert ask(time, unit, "IN_PV_00") == "23.50"


def test_the_first_question_after_power_up_can_be_lost() -> None:
    with hand_clock() as time:
        unit = JulaboCf31(time.line, Tank(), drops_first=True, sends_xon=True)
        assert say(unit, b"VERSION\r") == b""
        assert say(unit, b"STATUS\r") == b"\x1102 REMOTE STOP\r\n"
        unit.power_cycle()
        assert say(unit, b"STATUS\r") == b""


def test_a_mains_failure_stops_and_keeps_the_setpoint() -> None:
    with hand_clock() as time:
        tank = Tank()
        unit = circulator(time, tank)
        tell(time, unit, "OUT_SP_00 40", "OUT_MODE_05 1")
        unit.power_cycle()
        assert tank.orders == [40.0, None]
        assert ask(time, unit, "IN_SP_00") == "40.00"
        assert ask(time, unit, "STATUS") == "02 REMOTE STOP"


@given(st.lists(st.integers(0, 100)), st.sampled_from([b"STATUS\r", b"IN_SP_00\r\n", b"BAD\r"]))
def test_lines_cut_anywhere_get_the_same_answers(cuts: list[int], stream: bytes) -> None:
    with hand_clock() as time:
        whole = say(circulator(time), stream)
        assert bool(whole) == (b"BAD" not in stream)
        assert say_in_pieces(circulator(time), stream, cuts) == whole


@given(st.binary(max_size=150))
def test_noise_never_deafens_the_circulator(noise: bytes) -> None:
    with hand_clock() as time:
        unit = circulator(time)
        say(unit, noise + b"\r")
        time.pass_s(1.0)
        assert say(unit, b"IN_PV_00\r") == b"21.50\r\n"
