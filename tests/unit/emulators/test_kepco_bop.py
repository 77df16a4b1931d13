"""The Kepco BOP by its SCPI commands: setting, lists, limits and what both do to a load."""

import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.instruments.kepco_bop import KepcoBop, SelfTest
from sim_hardware.instruments.kepco_bop_output import Course, Step
from tests.rigs.hand_clock import HandClock, hand_clock
from tests.unit.emulators.passing_time import near


class Cell:
    """A resistor of half an ohm; cut open it carries nothing."""

    def __init__(self) -> None:
        self.ohms, self.open = 0.5, False
        self.courses: list[Course] = []

    def volts_for(self, amps: float) -> float:
        return math.copysign(math.inf, amps) if self.open and amps else self.ohms * amps

    def on_output(self, course: Course) -> None:
        self.courses.append(course)


class Bench:
    def __init__(self, time: HandClock) -> None:
        self.time, self.cell = time, Cell()
        self.unit = KepcoBop(time.line, self.cell)

    def ask(self, text: str) -> str:
        answers = self.unit.receive(text.encode("ascii") + b"\n")
        return b"".join(answer.data for answer in answers).decode("ascii").strip()

    def number(self, text: str) -> float:
        return float(self.ask(text))

    def error(self) -> int:
        return int(self.ask("SYST:ERR?").split(",")[0])

    def current_mode(self, volts: float = 30.0) -> None:
        for line in ("FUNC:MODE CURR", f"VOLT {volts}", "CURR 0", "OUTPUT 1"):
            assert self.ask(line) == ""
        assert self.error() == 0

    def pulses(self, runs: int = 0) -> None:
        """One second forward at 4 A, half a second backward at 2 A."""
        self.ask("LIST:CLE;CURR 4,-2;DWEL 1,0.5")
        self.ask(f"LIST:COUN {runs}")
        assert self.error() == 0
        self.ask("CURR:MODE LIST")
        assert self.error() == 0


@pytest.fixture
def bench() -> Iterator[Bench]:
    with hand_clock() as time:
        yield Bench(time)


def test_it_names_itself_and_has_no_error(bench: Bench) -> None:
    assert bench.ask("*IDN?") == "KEPCO,BIT 4886 36-12,H249977,4.04-1.82"
    assert bench.ask("SYST:ERR?") == '0,"No error"'


def test_a_current_flows_within_the_voltage_limit(bench: Bench) -> None:
    bench.current_mode(volts=3.0)
    assert bench.ask("FUNC:MODE?") == "1"
    bench.ask("CURR -4")
    assert near(bench.number("MEAS:CURR?"), -4.0, within=0.001)
    assert near(bench.number("MEAS:VOLT?"), -2.0, within=0.001)
    bench.ask("CURR 10")
    assert near(bench.number("MEAS:CURR?"), 6.0, within=0.001)
    assert near(bench.number("MEASURE:VOLTAGE?"), 3.0, within=0.001)
    bench.cell.ohms = 0.1
    bench.unit.recheck()
    assert near(bench.number("MEAS:CURR?"), 10.0, within=0.001)


def test_a_voltage_is_held_within_the_current_limit_in_both_directions(bench: Bench) -> None:
    for line in ("VOLT -3", "CURR 8", "OUTP ON"):
        bench.ask(line)
    assert bench.ask("FUNC:MODE?") == "0"
    assert near(bench.number("MEAS:CURR?"), -6.0, within=0.001)
    assert near(bench.number("MEAS:VOLT?"), -3.0, within=0.001)
    bench.ask("VOLT -30")
    assert near(bench.number("MEAS:CURR?"), -8.0, within=0.001)
    assert near(bench.number("MEAS:VOLT?"), -4.0, within=0.001)


def test_an_open_circuit_shows_the_limit_and_no_current(bench: Bench) -> None:
    bench.cell.open = True
    bench.current_mode(volts=20.0)
    bench.ask("CURR -5")
    assert near(bench.number("MEAS:CURR?"), 0.0, within=1e-6)
    assert near(bench.number("MEAS:VOLT?"), -20.0, within=0.001)


def test_switched_off_nothing_flows(bench: Bench) -> None:
    bench.current_mode()
    bench.ask("CURR 5")
    bench.ask("OUTPUT 0")
    assert bench.ask("OUTPUT?") == "0"
    assert bench.number("MEAS:CURR?") == bench.number("MEAS:VOLT?") == 0.0
    assert bench.cell.courses[-1].at(bench.time.line.now_s()) == 0.0
    assert near(bench.number("CURR?"), 5.0, within=0.001)


def test_a_setting_comes_back_as_the_converter_made_it(bench: Bench) -> None:
    bench.ask("VOLT 14")
    assert bench.ask("VOLT?") == "1.40003E1"
    assert [bench.ask(f"{name}? {end}") for name in ("VOLT", "CURR") for end in ("MIN", "MAX")] == [
        "-3.60000E1",
        "3.60000E1",
        "-1.20000E1",
        "1.20000E1",
    ]
    bench.ask("CURR MAX")
    assert bench.number("CURR?") == 12.0


def test_a_change_of_mode_sets_both_channels_to_zero(bench: Bench) -> None:
    bench.ask("VOLT 10;:CURR 5;:FUNC:MODE CURR")
    assert bench.number("VOLT?") == bench.number("CURR?") == 0.0
    bench.ask("VOLT 10;:FUNC:MODE CURR")
    assert near(bench.number("VOLT?"), 10.0, within=0.001)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("CURR 12.1", -222),
        ("CURR -12.1", -222),
        ("VOLT 36.1", -222),
        ("VOLT nan", -222),
        ("VOLT five", -120),
        ("VOLT", -109),
        ("VOLT 1,2", -108),
        ("FUNC:MODE OHMS", -224),
        ("OUTP 2", -104),
        ("FOO", -113),
        ("CURR:MODE SWEEP", -224),
        ("CURR:MODE LIST", -221),  # nothing to run
        ("LIST:CURR 13", -222),
        ("LIST:CURR", -109),
        ("LIST:DWEL 0.0001", -222),
        ("LIST:DWEL 11", -222),
        ("LIST:COUN 65536", -222),
        ("LIST:COUN:SKIP 256", -222),
        ("LIST:DIR SIDE", -224),
        ("LIST:QUER 1002", -222),
        ("*IDN? " + "x" * 250, -363),
    ],
)
def test_what_cannot_be_done_is_queued_and_not_answered(bench: Bench, line: str, code: int) -> None:
    assert bench.ask(line) == ""
    assert bench.error() == code
    assert bench.error() == 0


def test_errors_come_in_order(bench: Bench) -> None:
    bench.ask("FOO;:VOLT 99;:CURR x")
    assert [bench.error() for _ in range(4)] == [-113, -222, -120, 0]


def test_a_list_is_appended_to_and_shown_sixteen_at_a_time(bench: Bench) -> None:
    bench.ask("FUNC:MODE CURR")
    bench.ask("LIST:CURR " + ",".join(str(level) for level in range(10)))
    bench.ask("LIST:CURR 10,11,12,-1,-2,-3,-4,-5,-6,-7")
    assert bench.ask("LIST:CURR:POIN?") == "20"
    assert len(bench.ask("LIST:CURR?").split(",")) == 16
    bench.ask("LIST:QUER 16")
    assert bench.ask("LIST:QUER?;:LIST:CURR?") == "16;-4.00000E0,-5.00000E0,-6.00000E0,-7.00000E0"
    bench.ask("LIST:VOLT 1")
    assert bench.error() == -221
    assert bench.ask("LIST:VOLT?") == ""
    assert bench.error() == -221
    bench.ask("LIST:CLE")
    assert bench.ask("LIST:CURR:POIN?;:LIST:COUN?;:LIST:QUER?") == "0;1;0"


def test_a_list_has_an_end(bench: Bench) -> None:
    for _ in range(100):
        bench.ask("LIST:CURR 1,2,3,4,5,6,7,8,9,10")
    bench.ask("LIST:CURR 1,2")
    assert bench.error() == 0
    bench.ask("LIST:CURR 1")
    assert bench.error() == -223
    assert bench.ask("LIST:CURR:POIN?") == "1002"


def test_levels_and_dwells_must_match_or_there_is_one_dwell(bench: Bench) -> None:
    bench.current_mode()
    bench.ask("LIST:CURR 1,2,3;DWEL 1,1")
    bench.ask("CURR:MODE LIST")
    assert bench.error() == -226
    bench.ask("LIST:CLE;CURR 1,2,3;DWEL 1")
    bench.ask("CURR:MODE LIST")
    assert bench.error() == 0
    bench.time.pass_s(2.5)
    assert near(bench.number("MEAS:CURR?"), 3.0)


def test_a_current_list_is_not_run_in_voltage_mode(bench: Bench) -> None:
    bench.ask("LIST:CURR 1;DWEL 1;:VOLT:MODE LIST")
    assert bench.error() == -221


def test_pulse_reverse_alternates_for_ever(bench: Bench) -> None:
    bench.current_mode()
    bench.pulses()
    assert bench.ask("CURR:MODE?") == "LIST"
    bench.time.pass_s(1500.25)
    assert bench.number("MEAS:CURR?") == 4.0
    assert bench.number("CURR?") == 4.0
    bench.time.pass_s(1.0)
    assert bench.number("MEAS:CURR?") == -2.0
    assert near(bench.number("MEAS:VOLT?"), -1.0)
    course = bench.cell.courses[-1]
    assert near(course.covered(1500.0), 1000 * (4.0 - 1.0))
    assert course.end_s == math.inf


def test_fixed_mode_brings_back_what_was_set_before(bench: Bench) -> None:
    bench.current_mode()
    bench.ask("CURR 1")
    bench.pulses()
    bench.time.pass_s(1.2)
    bench.ask("CURR:MODE FIX")
    assert bench.ask("CURR:MODE?") == "FIXED"
    assert near(bench.number("MEAS:CURR?"), 1.0, within=0.001)


def test_a_finished_list_leaves_its_last_level(bench: Bench) -> None:
    bench.current_mode()
    bench.pulses(runs=3)
    bench.time.pass_s(4.4)
    assert bench.ask("CURR:MODE?") == "LIST"
    bench.time.pass_s(0.2)
    assert bench.ask("CURR:MODE?") == "FIXED"
    assert bench.number("CURR?") == -2.0
    assert bench.number("MEAS:CURR?") == -2.0


def test_during_a_run_only_the_output_and_the_stop_are_taken(bench: Bench) -> None:
    bench.current_mode()
    bench.pulses()
    for line, code in {
        "LIST:CURR 1": -100,
        "LIST:CLE": -100,
        "CURR 1": -221,
        "VOLT 1": -221,
        "FUNC:MODE VOLT": -221,
        "CURR:MODE LIST": -221,
    }.items():
        bench.ask(line)
        assert bench.error() == code
    bench.ask("OUTP OFF")
    assert bench.number("MEAS:CURR?") == 0.0
    bench.time.pass_s(1.25)
    bench.ask("OUTP ON")
    assert bench.number("MEAS:CURR?") == -2.0
    assert near(bench.cell.courses[-1].covered(1.5), -0.5)  # what the load gets from here on


def test_skipped_steps_come_once_and_downwards_not_at_all(bench: Bench) -> None:
    bench.current_mode()
    bench.ask("LIST:CURR 8,4,-2;DWEL 1")
    bench.ask("LIST:COUN 0;COUN:SKIP 1")
    assert bench.ask("LIST:COUN:SKIP?;:LIST:DIR?") == "1;UP"
    bench.ask("CURR:MODE LIST")
    levels: list[float] = []
    for _ in range(7):
        levels.append(bench.number("MEAS:CURR?"))
        bench.time.pass_s(1.0)
    assert levels == [8.0, 4.0, -2.0, 4.0, -2.0, 4.0, -2.0]
    bench.ask("CURR:MODE FIX;:LIST:DIR DOWN;:CURR:MODE LIST")
    bench.time.pass_s(3.0)
    assert bench.number("MEAS:CURR?") == -2.0


def test_a_list_runs_into_the_voltage_limit_too(bench: Bench) -> None:
    bench.current_mode(volts=1.5)
    bench.pulses()
    assert near(bench.number("MEAS:CURR?"), 3.0, within=0.001)
    bench.time.pass_s(1.2)
    assert bench.number("MEAS:CURR?") == -2.0


def test_the_operation_register_tells_mode_limit_and_list(bench: Bench) -> None:
    assert bench.ask("STAT:OPER:COND?") == "0"
    bench.current_mode(volts=1.5)
    bench.ask("CURR 1")
    assert bench.ask("STAT:OPER:COND?") == "1024"
    bench.ask("CURR 10")
    assert bench.ask("STAT:OPER:COND?") == "256"
    bench.pulses()
    bench.time.pass_s(1.2)
    assert bench.ask("STAT:OPER:COND?") == str(16384 + 1024)


def test_self_tests_answer_their_bits_and_the_second_swings_the_output(bench: Bench) -> None:
    bench.unit.card_test, bench.unit.supply_test = SelfTest.ROM | SelfTest.FLASH, SelfTest.LOOP_BACK
    assert bench.ask("*TST?") == "5"
    assert bench.cell.courses == []
    assert bench.ask("DIAG:TST?") == "32"
    swings = [course.at(0.0) for course in bench.cell.courses]
    assert swings == [12.0, -12.0, 0.0]


def test_a_tripped_output_is_off_and_says_so(bench: Bench) -> None:
    bench.current_mode()
    bench.pulses()
    bench.unit.trip()
    assert bench.ask("OUTP?") == "0"
    assert bench.ask("CURR:MODE?") == "FIXED"
    assert bench.error() == -240


@pytest.mark.parametrize("how", ["*RST", "mains"])
def test_a_reset_and_the_mains_forget_everything(bench: Bench, how: str) -> None:
    bench.current_mode()
    bench.pulses()
    if how == "mains":
        bench.unit.power_cycle()
    else:
        bench.ask("*RST")
    assert bench.ask("OUTP?;:FUNC:MODE?;:LIST:CURR:POIN?;:CURR:MODE?") == "0;0;0;FIXED"
    assert bench.number("VOLT?") == bench.number("CURR?") == 0.0
    assert bench.cell.courses[-1].steps == (Step(0.0),)


def test_beeps_and_waits_are_taken(bench: Bench) -> None:
    assert bench.ask("SYST:BEEP;*WAI;*OPC?") == "1"
    assert bench.unit.beeps == 1


levels = st.floats(-12.0, 12.0)
steps = st.lists(st.builds(Step, levels, st.floats(0.0005, 10.0)), min_size=1, max_size=6)


@settings(deadline=None)
@given(steps, st.integers(1, 5), st.integers(0, 7), st.floats(0.0, 40.0), st.floats(0.0, 40.0))
def test_the_charge_of_a_course_is_the_sum_of_its_parts(
    run: list[Step], times: int, skipped: int, begun_s: float, later_s: float
) -> None:
    whole = Course(run, 0.0, 0.0, times, skipped)
    rest = Course(run, begun_s, begun_s, times, skipped)
    end_s = begun_s + later_s
    parts = whole.covered(begun_s) + rest.covered(end_s)
    assert near(parts, whole.covered(end_s), within=1e-6)
    assert near(whole.end_s, rest.end_s, within=1e-6)
    played = [*run, *(run[skipped:] or run) * (times - 1)]
    total = sum(step.level * step.dwell_s for step in played)
    assert near(whole.covered(whole.end_s), total, within=1e-6)


@settings(deadline=None)
@given(st.integers(1, 9))
def test_a_line_may_arrive_in_pieces(size: int) -> None:
    with hand_clock() as time:
        unit = Bench(time).unit
        line = b"FUNC:MODE CURR;MODE?\r\n"
        pieces = [line[each : each + size] for each in range(0, len(line), size)]
        answers = [answer.data for piece in pieces for answer in unit.receive(piece)]
        assert answers == [b"1\n"]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_no_bytes_upset_it(pieces: list[bytes]) -> None:
    with hand_clock() as time:
        bench = Bench(time)
        for piece in pieces:
            bench.unit.receive(piece)
        bench.unit.receive(b"\n*CLS\n")
        assert bench.ask("*OPC?") == "1"
