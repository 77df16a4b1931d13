"""The emulated VSR205 gauge against the frames of its manual and its client."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.instruments.thyracont_vsr import Fault, ThyracontVsr, check_character
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Place:
    """A settable pressure of a gas that conducts heat like `share` of it in nitrogen."""

    def __init__(self, mbar: float = 973.4, share: float = 1.0) -> None:
        self.pressure, self.share = mbar, share

    def mbar(self) -> float:
        return self.pressure

    def pirani_mbar(self) -> float:
        return self.pressure * self.share


def gauge(time: HandClock, place: Place | None = None, address: int = 1) -> ThyracontVsr:
    return ThyracontVsr(time.line, place or Place(), address=address)


def ask(unit: ThyracontVsr, access: int, name: str, data: str = "", address: int = 1) -> str:
    """Access code and data of the answer, whose frame is checked."""
    body = f"{address:03d}{access}{name}{len(data):02d}{data}".encode("ascii")
    answer = say(unit, body + check_character(body) + b"\r")
    assert answer[-1:] == b"\r"
    assert check_character(answer[:-2]) == answer[-2:-1]
    text = answer[:-2].decode("ascii")
    assert text[4:6] == name
    assert int(text[6:8]) == len(text[8:])
    assert text[:3] == f"{address:03d}"
    return text[3] + text[8:]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"0010MV00D", b"0011MV079.734e2h"),
        (b"0010M100_", b"0011M1079.734e2C"),
        (b"0010M200`", b"0011M2079.734e2D"),
        (b"0010MR00@", b"0011MR11H1.2e3L1e-4w"),
        (b"0010TD00y", b"0011TD06VSR205R"),
        (b"0010OH00x", b"0011OH0285h"),
        (b"0010PM011p", b"0011PM06W0A382j"),
        (b"0012DO010g", b"0013DO00w"),
        (b"0010DO00t", b"0011DO010f"),
        (b"0012AH05981.5v", b"0013AH00m"),
        (b"0012AL0250W", b"0017AL06_RANGE"),
        (b"0012ST011|", b"0013ST00K"),
        (b"0012ST02D5E", b"0013ST00K"),
        (b"0012ST04F1T2K", b"0013ST00K"),
    ],
)
def test_recorded_frames_are_answered(sent: bytes, answer: bytes) -> None:
    with hand_clock() as time:
        got = say(gauge(time), sent + b"\r")
        assert got.startswith(answer)
        assert len(got) <= len(answer) + 2


def test_recorded_frames_of_another_address_are_answered() -> None:
    with hand_clock() as time:
        unit = gauge(time, address=2)
        assert say(unit, b"0022R108T0.1F1.5l\r") == b"0023R100h\r"
        assert say(unit, b"0022DU04mbarc\r") == b"0023DU00~\r"
        assert say(unit, b"0010MV00D\r") == b""


def test_error_frames_have_the_recorded_check_characters() -> None:
    assert check_character(b"0017MV06NO_DEF") == b"\\"
    assert check_character(b"0017MV06_RANGE") == b"]"


def test_the_recorded_low_adjustment_is_taken_in_low_pressure() -> None:
    with hand_clock() as time:
        unit = gauge(time, Place(51.0))
        assert say(unit, b"0012AL0250W\r") == b"0013AL00q\r"
        assert ask(unit, 0, "M2") == "15.000e1"


def test_out_of_range_is_a_word() -> None:
    with hand_clock() as time:
        place = Place(1300.0)
        unit = gauge(time, place)
        assert say(unit, b"0010MV00D\r") == b"0011MV02ORh\r"
        place.pressure = 5e-5
        assert say(unit, b"0010MV00D\r") == b"0011MV02URn\r"
        assert ask(unit, 0, "M2") == "1UR"
        place.pressure = 2.5e-3
        assert [ask(unit, 0, "MV"), ask(unit, 0, "M2")] == ["12.500e-3", "1UR"]


def test_the_value_is_the_piranis_below_and_the_piezos_above() -> None:
    with hand_clock() as time:
        place = Place(1.0, share=0.5)
        unit = gauge(time, place)
        assert ask(unit, 0, "MV") == "15.000e-1"
        place.pressure = 100.0
        assert ask(unit, 0, "MV") == "11.000e2"
        place.pressure = 75**0.5  # half way between 5 and 15 in the logarithm
        assert ask(unit, 0, "MV") == f"1{75**0.5 * 0.75:.3f}e0"
        ask(unit, 2, "ST", "0")
        assert ask(unit, 0, "MV") == f"1{75**0.5:.3f}e0"
        ask(unit, 2, "ST", "D10")
        assert ask(unit, 0, "MV") == f"1{75**0.5 * 0.5:.3f}e0"
        assert ask(unit, 0, "ST") == "1D10"


def test_the_gas_factor_corrects_the_pirani_alone() -> None:
    with hand_clock() as time:
        unit = gauge(time, Place(1.0, share=0.5))
        assert ask(unit, 2, "C1", "2") == "3"
        assert [ask(unit, 0, "C1"), ask(unit, 0, "M1"), ask(unit, 0, "M2")] == [
            "12",
            "11.000e0",
            "11.000e0",
        ]


def test_the_piezo_can_be_adjusted_at_both_ends() -> None:
    with hand_clock() as time:
        place = Place(990.0)
        unit = gauge(time, place)
        assert [ask(unit, 2, "AH", "1013.25"), ask(unit, 0, "MV")] == ["3", "11.013e3"]
        assert ask(unit, 0, "PM", "1") == "1W0A0"
        time.pass_s(3600.0)
        assert [ask(unit, 0, "PM", "1"), ask(unit, 0, "OH")] == ["1W0A4", "189"]
        place.pressure = 1.0
        assert [ask(unit, 2, "AL"), ask(unit, 0, "M2")] == ["3", "1UR"]
        assert ask(unit, 2, "AH") == "7_RANGE"


def test_the_display_does_not_change_the_value() -> None:
    with hand_clock() as time:
        unit = gauge(time)
        assert [ask(unit, 2, "DU", "Torr"), ask(unit, 0, "DU")] == ["3", "1Torr"]
        assert [ask(unit, 2, "DD", "2"), ask(unit, 0, "DD")] == ["3", "12"]
        assert ask(unit, 0, "MV") == "19.734e2"
        assert [ask(unit, 4, "DU"), ask(unit, 0, "DU")] == ["5", "1mbar"]
        assert unit.eeprom_writes == 3


@pytest.mark.parametrize(
    ("text", "seen"),
    [("T0.1F1.5", [False, False, True, True, False]), ("T2F0.5", [True, True, False, False, True])],
)
def test_a_relay_switches_with_hysteresis(text: str, seen: list[bool]) -> None:
    with hand_clock() as time:
        place = Place(3.0)
        unit = gauge(time, place)
        ask(unit, 2, "R1", text)
        assert ask(unit, 0, "R1") == f"1{text}"
        found: list[bool] = []
        for mbar in (3.0, 1.0, 0.05, 0.7, 3.0):
            place.pressure = mbar
            found.append(unit.relay(1))
        assert found == seen


@pytest.mark.parametrize(
    ("access", "name", "data", "fault"),
    [
        (0, "XX", "", Fault.UNKNOWN),
        (0, "AH", "", Fault.LOGIC),
        (2, "MV", "1", Fault.LOGIC),
        (4, "MV", "", Fault.LOGIC),
        (4, "DA", "", Fault.LOGIC),
        (6, "MV", "", Fault.LOGIC),
        (8, "MV", "", Fault.UNSUPPORTED),
        (0, "MV", "1", Fault.SYNTAX),
        (0, "PM", "", Fault.SYNTAX),
        (0, "PM", "3", Fault.UNSUPPORTED),
        (2, "DU", "bar", Fault.SYNTAX),
        (2, "DO", "2", Fault.SYNTAX),
        (2, "DD", "3", Fault.UNSUPPORTED),
        (2, "DD", "8", Fault.SYNTAX),
        (2, "ST", "F2T1", Fault.RANGE),
        (2, "ST", "2", Fault.SYNTAX),
        (2, "C1", "9", Fault.RANGE),
        (2, "C1", "nan", Fault.SYNTAX),
        (2, "R1", "T1F1", Fault.RANGE),
        (2, "R1", "T1", Fault.SYNTAX),
        (2, "BR", "300", Fault.RANGE),
        (2, "BR", "fast", Fault.SYNTAX),
        (2, "DA", "17", Fault.RANGE),
        (2, "DA", "x", Fault.SYNTAX),
        (2, "AH", "5000", Fault.RANGE),
        (2, "AL", "", Fault.RANGE),
    ],
)
def test_a_refusal_names_its_reason(access: int, name: str, data: str, fault: Fault) -> None:
    with hand_clock() as time:
        unit = gauge(time)
        assert ask(unit, access, name, data) == f"7{fault}"
        assert unit.eeprom_writes == 0


def test_a_wrong_length_is_told() -> None:
    with hand_clock() as time:
        unit = gauge(time)
        for body, fault in ((b"0012DU05mbar", "LENGTH"), (b"0012DUxxmbar", "SYNTAX")):
            answer = say(unit, body + check_character(body) + b"\r")
            assert answer[:-2] == f"0017DU06{fault}".encode("ascii")


@pytest.mark.parametrize("fault", [Fault.SENSOR, Fault.CALIBRATION, Fault.EEPROM, Fault.DISABLED])
def test_a_defect_is_told_in_place_of_a_value(fault: Fault) -> None:
    with hand_clock() as time:
        unit = gauge(time)
        unit.fault = fault
        assert [ask(unit, 0, name) for name in ("MV", "M1", "M2")] == [f"7{fault}"] * 3
        assert ask(unit, 0, "TD") == "1VSR205"


def test_a_new_address_holds_after_its_answer() -> None:
    with hand_clock() as time:
        unit = gauge(time)
        assert ask(unit, 2, "DA", "12") == "3"
        assert say(unit, b"0010MV00D\r") == b""
        assert ask(unit, 0, "DA", address=12) == "112"
        assert ask(unit, 2, "BR", "9600", address=12) == "3"


def test_a_bad_check_character_is_met_with_silence() -> None:
    with hand_clock() as time:
        unit = gauge(time)
        assert say(unit, b"0010MV00E\r\r0010\r") == b""
        assert say(unit, b"0010MV00D\r") == b"0011MV079.734e2h\r"


def test_the_mains_takes_nothing_but_half_a_request() -> None:
    with hand_clock() as time:
        unit = gauge(time)
        ask(unit, 2, "DU", "hPa")
        say(unit, b"0010M")
        unit.power_cycle()
        assert say(unit, b"V00D\r") == b""
        assert ask(unit, 0, "DU") == "1hPa"


@settings(deadline=None)
@given(st.lists(st.integers(0, 100)))
def test_frames_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"0010MV00D\r0010TD00y\r0010XX00`\r0012DO010g\r"
    with hand_clock() as time:
        whole = say(gauge(time), stream)
        assert say_in_pieces(gauge(time), stream, cuts) == whole


@settings(deadline=None)
@given(st.binary(max_size=200), st.text("0123456789ADMRSTUVPC.e", min_size=6, max_size=40))
def test_noise_never_deafens_the_gauge(noise: bytes, near_miss: str) -> None:
    with hand_clock() as time:
        unit = gauge(time)
        body = b"001" + near_miss.encode("ascii")
        say(unit, noise + b"\r" + body + check_character(body) + b"\r")
        unit.address = 1
        assert ask(unit, 0, "TD") == "1VSR205"
