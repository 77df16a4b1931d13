"""The emulated SC10 shutter controller against the command list of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.thorlabs_sc10 import ThorlabsSc10
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Blade:
    """A shutter that notes when it moved."""

    def __init__(self, time: HandClock) -> None:
        self._time = time
        self.tripped = False
        self.moves: list[tuple[float, bool]] = []

    def interlock_open(self) -> bool:
        return self.tripped

    def on_blade(self, *, opened: bool) -> None:
        self.moves.append((round(self._time.line.now_s(), 6), opened))


def shutter(time: HandClock) -> tuple[ThorlabsSc10, Blade]:
    blade = Blade(time)
    return ThorlabsSc10(time.line, blade), blade


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"mode?\r", b"mode?\r1\r> "),
        (b"ens\r", b"ens\r> "),
        (b"ens?\r", b"ens?\r0\r> "),
        (b"closed?\r", b"closed?\r1\r> "),
        (b"interlock?\r", b"interlock?\r0\r> "),
        (b"id?\r", b"id?\rTHORLABS SC10 VERSION 1.07\r> "),
        (b"open=250\ropen?\r", b"open=250\r> open?\r250\r> "),
        (b"\r", b"\r> "),
        (b"MODE?\r", b"MODE?\rCommand error CMD_NOT_DEFINED\r> "),
        (b"blink\r", b"blink\rCommand error CMD_NOT_DEFINED\r> "),
        (b"id=3\r", b"id=3\rCommand error CMD_NOT_DEFINED\r> "),
        (b"mode=6\r", b"mode=6\rCommand error CMD_ARG_INVALID\r> "),
        (b"rep=0\r", b"rep=0\rCommand error CMD_ARG_INVALID\r> "),
        (b"rep=100\r", b"rep=100\rCommand error CMD_ARG_INVALID\r> "),
        (b"open=1000000\r", b"open=1000000\rCommand error CMD_ARG_INVALID\r> "),
        (b"shut=\r", b"shut=\rCommand error CMD_ARG_INVALID\r> "),
    ],
)
def test_a_line_is_echoed_answered_and_prompted(sent: bytes, answer: bytes) -> None:
    with hand_clock() as time:
        assert say(shutter(time)[0], sent) == answer


def test_enable_toggles() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"ens\r")
        assert say(unit, b"closed?\r") == b"closed?\r0\r> "
        time.pass_s(3600.0)
        assert say(unit, b"ens?\r") == b"ens?\r1\r> "
        say(unit, b"ens\r")
        assert blade.moves == [(0.0, True), (3600.0, False)]


def test_single_mode_opens_for_its_time_and_disables_itself() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"mode=3\ropen=1250\rens\r")
        time.pass_s(1.2)
        assert say(unit, b"ens?\r") == b"ens?\r1\r> "
        time.pass_s(0.1)
        assert say(unit, b"ens?\r") == b"ens?\r0\r> "
        assert blade.moves == [(0.0, True), (1.25, False)]


def test_a_second_enable_cuts_an_exposure_short() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"mode=3\ropen=1000\rens\r")
        time.pass_s(0.4)
        say(unit, b"ens\r")
        time.pass_s(5.0)
        assert blade.moves == [(0.0, True), (0.4, False)]


def test_repeat_mode_counts_openings_and_auto_mode_does_not() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"mode=4\rrep=3\ropen=100\rshut=200\rens\r")
        time.pass_s(10.0)
        assert [moved for moved in blade.moves if moved[1]] == [
            (0.0, True),
            (0.3, True),
            (0.6, True),
        ]
        assert say(unit, b"ens?\r") == b"ens?\r0\r> "
        say(unit, b"mode=2\rens\r")
        time.pass_s(29.95)
        assert say(unit, b"ens?\r") == b"ens?\r1\r> "
        assert len(blade.moves) == 6 + 200


def test_an_external_trigger_starts_an_exposure_only_when_enabled() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"mode=3\rtrig=1\ropen=500\r")
        unit.trigger()
        assert blade.moves == []
        say(unit, b"ens\r")
        assert blade.moves == []
        unit.trigger()
        time.pass_s(1.0)
        assert blade.moves == [(0.0, True), (0.5, False)]


def test_gate_mode_follows_the_input() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"mode=5\rens\r")
        unit.gate(high=True)
        time.pass_s(1.0)
        unit.gate(high=False)
        assert blade.moves == [(0.0, True), (1.0, False)]


def test_a_tripped_interlock_shuts_and_refuses() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"ens\r")
        blade.tripped = True
        unit.recheck()
        assert blade.moves[-1] == (0.0, False)
        assert say(unit, b"interlock?\rens\rens?\r") == b"interlock?\r1\r> ens\r> ens?\r0\r> "


def test_a_stuck_blade_tells_the_truth() -> None:
    with hand_clock() as time:
        unit, _ = shutter(time)
        unit.stuck = True
        assert say(unit, b"ens\rclosed?\r") == b"ens\r> closed?\r1\r> "


def test_only_saved_settings_survive_a_mains_failure() -> None:
    with hand_clock() as time:
        unit, blade = shutter(time)
        say(unit, b"open=300\rsave\rmode=3\rshut=9\rens\r")
        unit.power_cycle()
        assert blade.moves[-1][1] is False
        assert say(unit, b"open?\rmode?\rshut?\r") == b"open?\r300\r> mode?\r1\r> shut?\r100\r> "
        say(unit, b"mode=4\rsavp\rdefault\r")
        assert say(unit, b"mode?\rresp\rmode?\r") == b"mode?\r1\r> resp\r> mode?\r4\r> "


@given(st.lists(st.integers(0, 100)))
def test_lines_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"id?\rmode=3\ropen=10\rens\rens?\rx\rclosed?\r"
    with hand_clock() as time:
        whole = say(shutter(time)[0], stream)
        assert whole.count(b"> ") == 7
        assert say_in_pieces(shutter(time)[0], stream, cuts) == whole


@given(st.binary(max_size=150))
def test_noise_never_deafens_the_controller(noise: bytes) -> None:
    with hand_clock() as time:
        unit = shutter(time)[0]
        say(unit, noise)
        assert say(unit, b"\rmode?\r").endswith(b"mode?\r1\r> ")
