"""The emulated DCXS supply against the pairs of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.aja_dcxs import AjaDcxs
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Magnetrons:
    """A discharge of 300 V plus 0.1 V per watt, with an interlock chain."""

    def __init__(self) -> None:
        self.closed = True
        self.outputs: list[tuple[bool, float, int]] = []
        self.shutters: list[tuple[bool, int]] = []

    def permitted(self) -> bool:
        return self.closed

    def volts(self, watts: float) -> float:
        return 300.0 + 0.1 * watts

    def on_output(self, *, on: bool, watts: float, gun: int) -> None:
        self.outputs.append((on, watts, gun))

    def on_shutter(self, *, opened: bool, gun: int) -> None:
        self.shutters.append((opened, gun))


def supply(time: HandClock, load: Magnetrons | None = None) -> AjaDcxs:
    return AjaDcxs(time.line, load or Magnetrons())


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"?", b"DCXS750-4"),
        (b"C0005b", b"0005"),
        (b"Aa", b"1"),
        (b"IALongNamn", b"ALongNam"),
        (b"I      Tin", b"      Ti"),
        (b"D0c", b"0"),
        (b"z", b"01.10"),
        (b"E12F34ghG123H45ijkl", b"12341234512345"),
        (b"Z3y", b"3"),
        (b"op", b"0\x00"),
        (b"def", b"000000000000"),
    ],
)
def test_a_recorded_pair_is_answered_without_terminators(sent: bytes, answer: bytes) -> None:
    with hand_clock() as time:
        assert say(supply(time), sent) == answer


def test_settings_are_never_answered() -> None:
    with hand_clock() as time:
        assert say(supply(time), b"C0100D0E05F02G001H30ITi      Z2AB") == b""


@pytest.mark.parametrize(
    "bad", [b"C1001", b"C00x1", b"D3", b"Z5", b"Z0", b"H60", b"C-001", b"E\xb2\xb2"]
)
def test_a_setting_out_of_range_changes_nothing(bad: bytes) -> None:
    with hand_clock() as time:
        unit = supply(time)
        before = say(unit, b"bcghijy")
        assert say(unit, bad + b"bcghijy") == before


def test_ramp_delay_and_deposition_time_are_ignored_while_on() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert say(unit, b"AE05F06G007H08ghij") == b"000000000"


def test_power_ramps_up_and_the_shutter_waits_for_ramp_and_delay() -> None:
    with hand_clock() as time:
        load = Magnetrons()
        unit = supply(time, load)
        say(unit, b"C0200E10F05G000H30Z2A")
        time.pass_s(5.0)
        assert say(unit, b"dp") == b"0100\x00"
        time.pass_s(5.0)
        assert say(unit, b"dp") == b"0200\x00"
        assert load.outputs == [(True, 100.0, 2), (True, 200.0, 2)]
        time.pass_s(5.0)
        assert say(unit, b"pkl") == b"\x0200030"
        time.pass_s(10.0)
        assert say(unit, b"kl") == b"00020"
        time.pass_s(20.0)
        assert say(unit, b"ap") == b"0\x00"
        assert load.outputs[-1] == (False, 0.0, 2)
        assert load.shutters == [(True, 2), (False, 2)]


def test_voltage_and_current_follow_from_the_plasma_in_every_mode() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert say(unit, b"C0200Adef") == b"020003200625"
        assert say(unit, b"D1C0350de") == b"05000350"
        assert say(unit, b"D2C0625df") == b"02000625"


def test_paralleled_units_show_their_share() -> None:
    with hand_clock() as time:
        load = Magnetrons()
        unit = AjaDcxs(time.line, load, units_in_parallel=2)
        assert say(unit, b"C0400Adef") == b"040003801053"
        assert load.outputs == [(True, 800.0, 1)]


def test_an_open_interlock_refuses_and_trips() -> None:
    with hand_clock() as time:
        load = Magnetrons()
        unit = supply(time, load)
        load.closed = False
        assert say(unit, b"C0100Aao") == b"01"
        load.closed = True
        assert say(unit, b"Aao") == b"10"
        time.pass_s(1.0)
        load.closed = False
        unit.recheck()
        assert load.outputs[-1] == (False, 0.0, 1)
        assert load.shutters[-1] == (False, 1)
        assert say(unit, b"ao") == b"01"


def test_changing_the_gun_moves_the_power_and_the_shutter() -> None:
    with hand_clock() as time:
        load = Magnetrons()
        unit = supply(time, load)
        say(unit, b"C0100A")
        time.pass_s(1.0)
        assert say(unit, b"Z4py") == b"\x084"
        assert load.outputs == [(True, 100.0, 1), (False, 0.0, 1), (True, 100.0, 4)]
        assert load.shutters == [(True, 1), (False, 1), (True, 4)]


def test_a_setting_that_stops_half_way_is_forgotten_after_a_while() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert say(unit, b"C00") == b""
        time.pass_s(1.0)
        assert say(unit, b"b") == b"0000"


def test_a_mains_failure_ends_the_output_and_prints_prompts() -> None:
    with hand_clock() as time:
        load = Magnetrons()
        unit = supply(time, load)
        heard: list[bytes] = []
        unit.unasked = lambda answer: heard.append(answer.data)
        say(unit, b"C0100A")
        unit.power_cycle()
        assert heard == [b">>>"]
        assert say(unit, b"ab") == b"00000"
        assert load.outputs[-1] == (False, 0.0, 1)


@given(st.lists(st.integers(0, 100)))
def test_commands_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"?C0123bAadefIALongNamnZ2yBa"
    with hand_clock() as time:
        whole = say(supply(time), stream)
        assert len(whole) == 9 + 4 + 1 + 12 + 8 + 1 + 1
        assert say_in_pieces(supply(time), stream, cuts) == whole


@given(st.binary(max_size=120))
def test_noise_never_deafens_the_supply(noise: bytes) -> None:
    with hand_clock() as time:
        unit = supply(time)
        say(unit, noise)
        time.pass_s(1.0)
        assert say(unit, b"?") == b"DCXS750-4"
