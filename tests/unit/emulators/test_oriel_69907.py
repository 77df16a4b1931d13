"""The 69907 lamp supply by its registers, its strike and what it says when it refuses."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.instruments.oriel_69907 import Event, Oriel69907, Status
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces
from tests.unit.emulators.passing_time import near


class Lamp:
    """A 100 W mercury lamp of 20 V."""

    def __init__(self) -> None:
        self.closed = self.alive = True
        self.told_amps: list[float] = []

    def interlock_closed(self) -> bool:
        return self.closed

    def strikes(self) -> bool:
        return self.alive

    def volts_for(self, amps: float) -> float:
        return 20.0 if amps else 0.0

    def on_arc(self, amps: float) -> None:
        self.told_amps.append(amps)


class Bench:
    def __init__(self, time: HandClock) -> None:
        self.time, self.lamp = time, Lamp()
        self.unit = Oriel69907(time.line, self.lamp)

    def ask(self, line: str) -> str:
        """Send a line when the supply is free again; its answer without the CR."""
        self.time.pass_s(0.05)
        answer = say(self.unit, line.encode("ascii") + b"\r").decode("ascii")
        assert not answer or answer.endswith("\r")
        return answer.removesuffix("\r")

    def status(self) -> Status:
        return Status(int(self.ask("STB?").removeprefix("STB"), 16))

    def events(self, line: str = "ESR?") -> Event:
        return Event(int(self.ask(line).removeprefix("ESR"), 16))

    def light(self) -> None:
        assert self.ask("P-PRESET=0095") == "ESR01"
        assert self.ask("START") == "ESR01"
        self.time.pass_s(6.0)
        assert Status.LAMP_ON in self.status()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.events() == Event.POWER_ON
        yield bench


@pytest.mark.parametrize(
    ("setting", "query", "answer"),
    [
        ("A-PRESET=7.5", "A-PRESET?", "7.5"),
        ("P-PRESET=0095", "P-PRESET?", "0095"),
        ("A-LIM=12.0", "A-LIM?", "12.0"),
        ("P-LIM=0098", "P-LIM?", "0098"),
    ],
)
def test_a_setting_answers_the_events_and_is_read_back(
    bench: Bench, setting: str, query: str, answer: str
) -> None:
    assert bench.ask(setting) == "ESR01"
    assert bench.ask(query) == answer


def test_a_dark_lamp_reads_nothing(bench: Bench) -> None:
    assert [bench.ask(query) for query in ("AMPS?", "VOLTS?", "WATTS?", "LAMP HRS?")] == [
        "0.0",
        "0.0",
        "0000",
        "0000",
    ]
    assert bench.ask("IDN?") == "69907"
    assert bench.ask("STB?") == "STB21"  # power mode, interlock closed


def test_the_lamp_is_lit_about_six_seconds_after_start(bench: Bench) -> None:
    bench.ask("P-PRESET=0100")
    bench.ask("START")
    bench.time.pass_s(5.0)
    assert Status.LAMP_ON not in bench.status()
    bench.time.pass_s(1.0)
    assert bench.ask("STB?") == "STBA1"
    assert [bench.ask("AMPS?"), bench.ask("VOLTS?"), bench.ask("WATTS?")] == ["5.0", "20.0", "0100"]
    assert near(bench.lamp.told_amps[-1], 5.0)


def test_the_lamp_stays_lit_for_a_while_after_stop(bench: Bench) -> None:
    bench.light()
    bench.ask("STOP")
    assert Status.LAMP_ON in bench.status()
    assert bench.events("START") == Event.EXECUTION_ERROR
    bench.time.pass_s(10.0)
    assert Status.LAMP_ON not in bench.status()
    assert bench.lamp.told_amps[-1] == 0.0
    assert bench.ask("STOP") == "ESR01"


def test_a_stop_during_the_strike_leaves_the_lamp_dark(bench: Bench) -> None:
    bench.ask("START")
    bench.ask("STOP")
    bench.time.pass_s(10.0)
    assert Status.LAMP_ON not in bench.status()


def test_start_of_a_lit_lamp_changes_nothing(bench: Bench) -> None:
    bench.light()
    assert bench.ask("START") == "ESR01"
    assert Status.LAMP_ON in bench.status()


@pytest.mark.parametrize("cause", ["strike", "lamp"])
def test_a_failed_strike_is_a_fault_until_the_next_try(bench: Bench, cause: str) -> None:
    bench.unit.arc.failing_strikes = 1 if cause == "strike" else 0
    bench.lamp.alive = cause != "lamp"
    bench.ask("START")
    bench.time.pass_s(6.0)
    assert Status.FAULT in bench.status()
    assert bench.events() == Event.DEVICE_ERROR
    bench.lamp.alive = True
    bench.light()
    assert Status.FAULT not in bench.status()


def test_interference_of_the_strike_may_spoil_the_answer_but_not_the_strike(bench: Bench) -> None:
    bench.ask("P-PRESET=100")
    bench.unit.noisy_strike = True
    bench.time.pass_s(0.05)
    answer = say(bench.unit, b"START\r")
    assert answer[-1:] == b"\r"
    assert not answer.startswith(b"ESR")
    bench.time.pass_s(6.0)
    assert Status.LAMP_ON in bench.status()
    assert bench.ask("P-PRESET=100") == "ESR01"


def test_an_open_interlock_puts_the_lamp_out_and_refuses_a_start(bench: Bench) -> None:
    bench.light()
    bench.lamp.closed = False
    bench.unit.recheck()
    assert bench.lamp.told_amps[-1] == 0.0
    assert bench.status() == Status.FAULT | Status.POWER_MODE
    assert bench.events("START") == Event.EXECUTION_ERROR | Event.DEVICE_ERROR
    bench.lamp.closed = True
    assert bench.ask("START") == "ESR01"


def test_a_lamp_that_goes_out_by_itself_is_a_fault(bench: Bench) -> None:
    bench.unit.lose_arc()
    assert Status.FAULT not in bench.status()
    bench.light()
    bench.unit.lose_arc()
    assert Status.FAULT in bench.status()


def test_a_limit_holds_the_output_and_shows(bench: Bench) -> None:
    bench.light()
    assert Status.LIMIT not in bench.status()
    bench.ask("A-LIM=3.0")
    assert Status.LIMIT in bench.status()
    assert bench.ask("AMPS?") == "3.0"
    bench.ask("A-LIM=12.0")
    bench.ask("P-LIM=0080")
    assert bench.ask("WATTS?") == "0080"


def test_the_mode_is_changed_in_the_dark_only(bench: Bench) -> None:
    assert bench.ask("MODE=1") == "ESR01"
    assert Status.POWER_MODE not in bench.status()
    bench.ask("A-PRESET=4.0")
    bench.ask("START")
    bench.time.pass_s(6.0)
    assert bench.ask("AMPS?") == "4.0"
    assert bench.events("MODE=0") == Event.EXECUTION_ERROR
    assert Status.POWER_MODE not in bench.status()


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("FOO", Event.COMMAND_ERROR),
        ("FOO?", Event.COMMAND_ERROR),
        ("AMPS=5", Event.COMMAND_ERROR),
        ("A-PRESET", Event.COMMAND_ERROR),
        ("A-PRESET=", Event.COMMAND_ERROR),
        ("A-PRESET=five", Event.COMMAND_ERROR),
        ("A-PRESET=-1", Event.COMMAND_ERROR),
        ("MODE=2", Event.COMMAND_ERROR),
        ("START=1", Event.COMMAND_ERROR),
        ("A-PRESET=12.1", Event.EXECUTION_ERROR),
        ("P-LIM=9999", Event.EXECUTION_ERROR),
        ("MODE?", Event.QUERY_ERROR),
        ("START?", Event.QUERY_ERROR),
    ],
)
def test_what_cannot_be_done_sets_its_bit_once(bench: Bench, line: str, event: Event) -> None:
    assert bench.events(line) == event
    assert bench.events() == Event(0)


def test_a_locked_panel_does_not_stop_the_lamp(bench: Bench) -> None:
    bench.light()
    bench.ask("COMM=1")
    assert Status.PANEL_LOCKED in bench.status()
    bench.unit.press_stop()
    bench.time.pass_s(20.0)
    assert Status.LAMP_ON in bench.status()
    bench.ask("COMM=0")
    bench.unit.press_stop()
    bench.time.pass_s(20.0)
    assert Status.LAMP_ON not in bench.status()
    assert bench.events() == Event.USER_REQUEST


def test_after_a_reset_it_is_deaf_for_seconds_and_a_burning_lamp_burns_on(bench: Bench) -> None:
    bench.light()
    assert bench.ask("RST") == "ESR01"
    assert bench.ask("STB?") == ""
    bench.time.pass_s(5.0)
    assert Status.LAMP_ON in bench.status()
    assert bench.ask("P-PRESET?") == "0095"


def test_a_reset_in_the_dark_brings_the_factory_settings_back(bench: Bench) -> None:
    bench.ask("P-LIM=0098")
    bench.ask("COMM=1")
    bench.ask("RST")
    bench.time.pass_s(5.0)
    assert bench.ask("P-LIM?") == "0200"
    assert bench.ask("STB?") == "STB21"


def test_a_command_that_comes_too_soon_is_lost(bench: Bench) -> None:
    bench.time.pass_s(1.0)
    assert say(bench.unit, b"P-PRESET=0050\rP-PRESET=0060\r") == b"ESR01\r"
    assert bench.ask("P-PRESET?") == "0050"


def test_lamp_hours_count_while_it_burns(bench: Bench) -> None:
    bench.light()
    bench.time.pass_s(3600.0 * 2.5)
    bench.ask("STOP")
    bench.time.pass_s(3600.0 * 100.0)
    assert bench.ask("LAMP HRS?") == "0002"


def test_a_mains_failure_is_reported_once_and_keeps_the_settings(bench: Bench) -> None:
    bench.light()
    bench.ask("COMM=1")
    bench.unit.power_cycle()
    assert bench.lamp.told_amps[-1] == 0.0
    assert bench.events("P-PRESET=0095") == Event.POWER_ON | Event.COMPLETE
    assert bench.events() == Event(0)
    assert bench.ask("STB?") == "STB21"
    assert bench.ask("P-PRESET?") == "0095"


def test_external_and_calibration_modes_show(bench: Bench) -> None:
    bench.unit.external = bench.unit.calibrating = True
    assert bench.status() >= Status.EXTERNAL | Status.CALIBRATING


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), max_size=4))
def test_a_line_may_arrive_in_pieces(cuts: list[int]) -> None:
    with hand_clock() as time:
        unit = Bench(time).unit
        assert say_in_pieces(unit, b"lamp hrs?\r\n", cuts) == b"0000\r"


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=10))
def test_no_bytes_upset_it(pieces: list[bytes]) -> None:
    with hand_clock() as time:
        bench = Bench(time)
        for piece in pieces:
            bench.unit.receive(piece)
            time.pass_s(0.1)
        bench.unit.receive(b"\r")
        time.pass_s(10.0)
        assert bench.ask("IDN?") == "69907"


def test_a_lamp_that_a_shift_left_burning_has_nothing_to_report(bench: Bench) -> None:
    bench.unit.left_burning(95.0)
    assert bench.events() == Event(0)
    assert Status.LAMP_ON in bench.status()
    assert bench.ask("WATTS?") == "0095"
    bench.unit.arc.count_from_h(700.0)
    bench.time.pass_s(7200.0)
    assert bench.ask("LAMP HRS?") == "0702"
