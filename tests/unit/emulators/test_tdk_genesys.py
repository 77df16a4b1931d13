"""The emulated Genesys supply against the serial chapter of its manual."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.tdk_genesys import TdkGenesys
from sim_hardware.instruments.tdk_genesys_output import Fault
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Cell:
    """A plating cell: 0.5 V plus 10 milliohm, when the contacts touch."""

    def __init__(self) -> None:
        self.contact, self.closed = True, True
        self.amps: list[float] = []

    def enabled(self) -> bool:
        return self.closed

    def volts_for(self, amps: float) -> float:
        if amps <= 0.0:
            return 0.0
        return 0.5 + 0.01 * amps if self.contact else math.inf

    def on_output(self, amps: float) -> None:
        self.amps.append(amps)


def supply(time: HandClock, cell: Cell | None = None) -> TdkGenesys:
    unit = TdkGenesys(time.line, cell or Cell())
    assert say(unit, b"ADR 6\r") == b"OK\r"
    return unit


def ask(unit: TdkGenesys, line: str) -> str:
    answer = say(unit, line.encode("latin-1") + b"\r").decode("latin-1")
    assert answer.endswith("\r")
    return answer[:-1]


def asks(unit: TdkGenesys, *lines: str) -> list[str]:
    return [ask(unit, line) for line in lines]


def test_only_the_addressed_unit_answers() -> None:
    with hand_clock() as time:
        unit = TdkGenesys(time.line, Cell())
        assert say(unit, b"IDN?\rPV 5\rADR 7\rPV?\r\r") == b""
        assert say(unit, b"ADR 6\rIDN?\r") == b"OK\rLAMBDA,GEN10-330\r"
        assert say(unit, b"ADR 7\rIDN?\r") == b""
        assert say(unit, b"ADR 06\rPV?\r") == b"OK\r000.000\r"


def test_an_empty_line_is_ok() -> None:
    with hand_clock() as time:
        assert ask(supply(time), "") == "OK"


def test_current_is_regulated_when_the_load_allows_it() -> None:
    with hand_clock() as time:
        cell = Cell()
        unit = supply(time, cell)
        assert asks(unit, "PV 5", "PC 100", "OUT 1") == ["OK", "OK", "OK"]
        assert asks(unit, "MODE?", "MV?", "MC?", "OUT?") == ["CC", "001.500", "100.000", "ON"]
        assert ask(unit, "STT?") == "MV(001.500),PV(005.000),MC(100.000),PC(100.000),SR(06),FR(00)"
        assert ask(unit, "DVC?") == "001.500,005.000,100.000,100.000,012.000,000.000"
        assert asks(unit, "PV 1", "MODE?", "MC?", "MV?") == ["OK", "CV", "050.000", "001.000"]
        assert ask(unit, "OUT OFF") == "OK"
        assert asks(unit, "MODE?", "MC?", "MV?") == ["OFF", "000.000", "000.000"]
        assert [round(amps, 6) for amps in cell.amps] == [100.0, 50.0, 0.0]


def test_a_lost_contact_ends_the_current_at_once() -> None:
    with hand_clock() as time:
        cell = Cell()
        unit = supply(time, cell)
        asks(unit, "PV 5", "PC 100", "OUT 1")
        cell.contact = False
        unit.recheck()
        assert round(cell.amps[-1], 6) == 0.0
        assert asks(unit, "MODE?", "MV?") == ["CV", "005.000"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("FROB 1", "C01"),
        ("PV", "C02"),
        ("PV x", "C03"),
        ("OUT 2", "C03"),
        ("RMT 7", "C03"),
        ("PC 347", "C05"),
        ("PV -1", "C05"),
        ("PV nan", "C05"),
        ("FBD 256", "C05"),
        ("FENA 1FF", "C03"),
        ("PV 10.6", "E01"),
        ("PV 2.5", "E02"),
        ("OVP 4", "E04"),
        ("OVP 13", "C05"),
        ("UVL 4.9", "E06"),
        ("ADR 31", "C05"),
        ("ADR x", "C03"),
        ("ADR", "C02"),
        ("PV 5$00", "C04$A7"),
    ],
)
def test_an_error_has_its_code_and_changes_nothing(line: str, error: str) -> None:
    with hand_clock() as time:
        unit = supply(time)
        asks(unit, "PV 5", "UVL 3")
        before = ask(unit, "DVC?")
        assert ask(unit, line) == error
        assert ask(unit, "DVC?") == before


def test_the_voltage_stays_below_the_over_voltage_protection() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert asks(unit, "OVP 6", "PV 5.8", "PV 5.7", "OVM", "OVP?") == [
            "OK", "E01", "OK", "OK", "012.000",
        ]  # fmt: skip


def test_a_checksum_is_answered_with_a_checksum() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert ask(unit, "PV 5$FB") == "OK$9A"
        assert ask(unit, "PV?") == "005.000"


def test_lines_can_be_edited_and_repeated() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert ask(unit, "PV 9\b4") == "OK"
        assert asks(unit, "PV?", "\\") == ["004.000", "004.000"]


def test_every_register_and_order_answers() -> None:
    with hand_clock() as time:
        unit = supply(time)
        assert asks(unit, "RMT?", "RMT REM", "RMT?", "RMT 2", "RMT?") == [
            "LOC", "OK", "REM", "OK", "LLO",
        ]  # fmt: skip
        assert asks(unit, "FLD 1", "FLD?", "FBD 20", "FBD?", "FBDRST", "FBD?") == [
            "OK", "ON", "OK", "20", "OK", "0",
        ]  # fmt: skip
        assert asks(unit, "AST ON", "AST?", "STAT?") == ["OK", "ON", "34"]
        assert asks(unit, "PV 3", "SAV", "RST", "PV?", "RCL", "PV?") == [
            "OK", "OK", "OK", "000.000", "OK", "003.000",
        ]  # fmt: skip
        assert all(asks(unit, "REV?", "SN?", "DATE?", "FENA?", "SENA?", "SEVE?", "CLS"))


def test_an_open_enable_contact_refuses_and_trips() -> None:
    with hand_clock() as time:
        cell = Cell()
        unit = supply(time, cell)
        asks(unit, "PV 5", "PC 10", "OUT 1")
        cell.closed = False
        unit.recheck()
        assert cell.amps == [10.0, 0.0]
        assert asks(unit, "FLT?", "STAT?", "OUT?", "OUT 1") == ["80", "08", "OFF", "E07"]
        cell.closed = True
        assert asks(unit, "FLT?", "OUT?", "OUT 1", "OUT?") == ["00", "OFF", "OK", "ON"]


def test_auto_restart_brings_the_output_back() -> None:
    with hand_clock() as time:
        cell = Cell()
        unit = supply(time, cell)
        asks(unit, "PV 5", "PC 10", "AST 1", "OUT 1")
        unit.trip(Fault.AC)
        unit.clear(Fault.AC)
        assert cell.amps == [10.0, 0.0, 10.0]
        unit.power_cycle()
        assert cell.amps == [10.0, 0.0, 10.0, 0.0, 10.0]
        assert say(unit, b"OUT?\r") == b""


def test_without_auto_restart_a_mains_failure_leaves_the_output_off() -> None:
    with hand_clock() as time:
        cell = Cell()
        unit = supply(time, cell)
        asks(unit, "PV 5", "PC 10", "OUT 1")
        unit.power_cycle()
        assert cell.amps == [10.0, 0.0]
        assert say(unit, b"ADR 6\rPC?\r") == b"OK\r010.000\r"


def test_foldback_trips_after_its_delay() -> None:
    with hand_clock() as time:
        cell = Cell()
        unit = supply(time, cell)
        asks(unit, "PV 5", "PC 10", "FLD 1", "FBD 10", "OUT 1")
        time.pass_s(1.2)
        assert ask(unit, "OUT?") == "ON"
        time.pass_s(0.1)
        assert asks(unit, "OUT?", "FLT?") == ["OFF", "08"]
        assert cell.amps == [10.0, 0.0]


def test_an_enabled_event_asks_for_service_and_is_latched() -> None:
    with hand_clock() as time:
        unit = supply(time)
        heard: list[bytes] = []
        unit.unasked = lambda answer: heard.append(answer.data)
        assert asks(unit, "FENA 14", "FENA?") == ["OK", "14"]
        unit.trip(Fault.AC)
        assert heard == []
        unit.trip(Fault.OVER_TEMPERATURE)
        assert heard == [b"!06\r"]
        unit.clear(Fault.OVER_TEMPERATURE)
        assert asks(unit, "FEVE?", "FEVE?", "FLT?") == ["04", "00", "02"]


@given(st.lists(st.integers(0, 100)))
def test_lines_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"PV?\rADR 6\rPV 5\rPC 1\b2\rDVC?\r\\\rOUT 1$22\rX\r\r"
    with hand_clock() as time:
        whole = say(TdkGenesys(time.line, Cell()), stream)
        assert whole.count(b"\r") == 8
        assert say_in_pieces(TdkGenesys(time.line, Cell()), stream, cuts) == whole


@given(st.one_of(st.binary(max_size=150), st.text("PVCOUTA 0123456789?$\\\b\r").map(str.encode)))
def test_noise_never_deafens_the_supply(noise: bytes) -> None:
    with hand_clock() as time:
        unit = supply(time)
        say(unit, noise)
        assert say(unit, b"\rADR 6\rREV?\r").endswith(b"OK\r1U5K:4.3\r")
