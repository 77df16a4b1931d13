"""The PM100 by its SCPI commands, and the SCPI rules under it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.scpi import header_pattern
from sim_hardware.instruments.thorlabs_pm100 import Head, ThorlabsPm100


class Lamp:
    """A light whose power a test sets."""

    def __init__(self, watts: float) -> None:
        self.watts = watts

    def light_w(self) -> float:
        return self.watts


def meter(watts: float = 0.0125, head: Head | None = None) -> ThorlabsPm100:
    return ThorlabsPm100(Lamp(watts), head=head)


def ask(unit: ThorlabsPm100, text: str) -> str:
    return b"".join(answer.data for answer in unit.receive(text.encode() + b"\n")).decode()


def test_the_head_describes_itself_in_six_fields() -> None:
    assert ask(meter(), "*IDN?").startswith("Thorlabs,PM100D,")
    fields = ask(meter(), "SYST:SENSOR:IDN?").strip().split(",")
    assert [fields[0], *fields[3:]] == ["S170C", "1", "2", "33"]


@pytest.mark.parametrize(
    "header",
    ["MEAS:POW?", "MEASURE:POWER?", "meas:pow?", ":MEAS:POW?", "Measure:Scalar:Power?", "MEAS?"],
)
def test_a_header_is_taken_in_every_spelling(header: str) -> None:
    assert ask(meter(), header) == "1.250000E-02\n"


@pytest.mark.parametrize("header", ["MEASU:POW?", "MEAS:POW", "MEAS:POWE?", "FOO", "MEAS::POW?"])
def test_a_header_in_between_is_undefined_and_not_answered(header: str) -> None:
    unit = meter()
    assert ask(unit, header) == ""
    assert ask(unit, "SYST:ERR?") == '-113,"Undefined header"\n'
    assert ask(unit, "SYST:ERR?") == '+0,"No error"\n'


def test_the_wavelength_is_set_read_and_limited() -> None:
    unit = meter()
    assert ask(unit, "SENS:CORR:WAV? MIN") == "3.500000E+02\n"
    assert ask(unit, "SENS:CORR:WAV? MAX") == "1.100000E+03\n"
    assert ask(unit, "SENSE:CORR:WAV 365") == ""
    assert ask(unit, "SENSE:CORR:WAV?") == "3.650000E+02\n"
    ask(unit, "CORR:WAV 200;:CORR:WAV blue;:CORR:WAV")
    errors = [ask(unit, "SYST:ERR?").split(",")[0] for _ in range(4)]
    assert errors == ["-222", "-104", "-109", "+0"]
    assert unit.wavelength_nm == 365.0


def test_a_chain_keeps_its_path_and_answers_on_one_line() -> None:
    unit = meter()
    assert ask(unit, "SENS:CORR:WAV 405;WAV?;*IDN?;:MEAS:POW?").count(";") == 2
    assert unit.wavelength_nm == 405.0


def test_a_measurement_is_held_from_init_to_fetch() -> None:
    lamp = Lamp(0.010)
    unit = ThorlabsPm100(lamp)
    ask(unit, "CONF:POW;:INIT")
    lamp.watts = 0.020
    assert ask(unit, "FETC?") == "1.000000E-02\n"
    assert ask(unit, "READ?") == "2.000000E-02\n"


def test_energy_needs_a_head_that_can_measure_it() -> None:
    unit = meter()
    assert ask(unit, "MEAS:ENER?") == ""
    assert ask(unit, "SYST:ERR?").startswith("-221,")
    assert ask(meter(head=Head(flags=2)), "MEAS:ENER?") == "1.250000E-02\n"


def test_the_head_saturates_and_can_be_unplugged() -> None:
    unit = meter(5.0)
    assert ask(unit, "MEAS:POW?") == "1.500000E-01\n"
    unit.head_unplugged = True
    assert ask(unit, "MEAS:POW?") == "0.000000E+00\n"
    assert ask(unit, "SYST:SENS:IDN?").strip().split(",")[5] == "0"


def test_reset_clear_and_power_set_back_what_they_should() -> None:
    unit = meter()
    ask(unit, "SENS:CORR:WAV 365;:FOO")
    ask(unit, "*RST")
    assert unit.wavelength_nm == 635.0
    assert ask(unit, "SYST:ERR?").startswith("-113")
    ask(unit, "BAR;*CLS;:CORR:WAV 365")
    assert ask(unit, "SYST:ERR?").startswith("+0")
    unit.power_cycle()
    assert unit.wavelength_nm == 635.0


def test_the_queue_is_first_in_first_out_and_says_when_it_overflows() -> None:
    unit = meter()
    ask(unit, "CORR:WAV 1;:FOO")
    for _ in range(60):
        ask(unit, "FOO")
    errors = [ask(unit, "SYST:ERR?").split(",")[0] for _ in range(31)]
    assert errors == ["-222", *["-113"] * 28, "-350", "+0"]


def test_settings_that_a_host_may_ask_back() -> None:
    unit = meter()
    ask(unit, "SENS:AVER:COUN 10;:SENS:POW:RANG:AUTO OFF")
    assert ask(unit, "AVER?;:POW:RANG:AUTO?;:POW:UNIT?") == "10;0;W\n"
    ask(unit, "POW:RANG:AUTO ON;:AVER 1,2")
    assert unit.auto_range
    assert ask(unit, "SYST:ERR?").startswith("-108")


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_no_bytes_upset_it(pieces: list[bytes]) -> None:
    unit = meter()
    for piece in pieces:
        unit.receive(piece)
    unit.receive(b"\n*CLS\n")
    assert ask(unit, "*OPC?") == "1\n"


@given(st.integers(1, 9))
def test_a_line_may_arrive_in_pieces(size: int) -> None:
    unit = meter()
    line = b"SENS:CORR:WAV 365;WAV?\r\n"
    pieces = [line[each : each + size] for each in range(0, len(line), size)]
    answers = [answer.data for piece in pieces for answer in unit.receive(piece)]
    assert answers == [b"3.650000E+02\n"]


def test_an_optional_part_may_be_left_out_anywhere() -> None:
    pattern = header_pattern("[SENSe]:POWer[:DC]:RANGe?")
    for header in (":SENS:POW:DC:RANG?", ":POW:RANGE?", ":SENSE:POWER:RANG?"):
        assert pattern.fullmatch(header)
    assert not pattern.fullmatch(":SENS:DC:RANG?")
