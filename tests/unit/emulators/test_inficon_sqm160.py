"""The emulated SQM-160 monitor against the pairs of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.inficon_sqm160 import InficonSqm160, crc14
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Head:
    """A crystal with settable readings."""

    def __init__(self, rate: float = 0.0, thickness: float = 0.0) -> None:
        self.rate, self.thickness, self.frequency, self.life = rate, thickness, 5875830.230, 93.0

    def rate_nm_s(self) -> float:
        return self.rate

    def thickness_nm(self) -> float:
        return self.thickness

    def zero(self) -> None:
        self.thickness = 0.0

    def life_pct(self) -> float:
        return self.life

    def frequency_hz(self) -> float:
        return self.frequency


def monitor(time: HandClock, *heads: Head) -> InficonSqm160:
    return InficonSqm160(time.line, dict(enumerate(heads or (Head(),), start=1)))


def framed(message: bytes) -> bytes:
    body = bytes([len(message) + 34]) + message
    return b"!" + body + crc14(body)


def asked(unit: InficonSqm160, message: bytes) -> bytes:
    """Status and data of the answer, whose frame is checked."""
    answer = say(unit, framed(message))
    assert answer[:1] == b"!"
    assert answer[1] == len(answer) - 4 + 35
    assert crc14(answer[1:-2]) == answer[-2:]
    return answer[2:-2]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("21 23 40 4f 37", b"!0AMON Ver 4.13Uw"),
        ("21 23 4a 4f 38", b"!%A6v\x86"),
        ("21 23 4d 8e 8a", b"!*A 0.01 i?"),
        ("21 23 4f 8f 39", b"!+A 0.000 Jo"),
        ("21 25 4c 31 3f 85 7b", None),
        ("21 24 4e 31 5d 51", None),
        ("21 24 50 31 5a 91", b"!/A5875830.230:X"),
        ("21 24 52 31 69 72", None),
        ("21 23 53 8e 8f", b"!$A5\x97"),
        ("21 23 54 4f 35", b"!$A5\x97"),
    ],
)
def test_a_recorded_frame_is_understood(sent: str, answer: bytes | None) -> None:
    with hand_clock() as time:
        got = say(monitor(time, Head(rate=0.001)), bytes.fromhex(sent))
    assert got[2:3] == b"A"
    assert answer is None or got == answer


def test_a_rate_of_zero_is_answered_as_recorded() -> None:
    with hand_clock() as time:
        assert say(monitor(time), framed(b"L1?")) == b"!*A 0.00 [d"


def test_the_examples_of_the_crc_in_the_manual_hold() -> None:
    assert crc14(b"#@") == b"O7"
    assert crc14(b"$C?") == b"g/"


def test_units_are_angstrom_and_kiloangstrom() -> None:
    with hand_clock() as time:
        unit = monitor(time, Head(1.234, 250.0), Head(1.0, 150.0))
        assert asked(unit, b"M") == b"A11.17 "
        assert asked(unit, b"O") == b"A 2.000 "
        assert asked(unit, b"L2?") == b"A10.00 "
        assert asked(unit, b"N1") == b"A 2.500 "
        assert asked(unit, b"R1") == b"A93"


def test_zero_starts_thickness_again() -> None:
    with hand_clock() as time:
        unit = monitor(time, Head(0.0, 250.0))
        assert asked(unit, b"S") == b"A"
        assert asked(unit, b"O") == b"A 0.000 "


def test_a_failed_crystal_reads_no_frequency_and_leaves_the_mean() -> None:
    with hand_clock() as time:
        failed = Head(9.9)
        failed.frequency, failed.life = 0.0, -1.0
        unit = monitor(time, Head(1.0), failed)
        assert asked(unit, b"P2") == b"A0.000"
        assert asked(unit, b"R2") == b"A-1"
        assert asked(unit, b"M") == b"A10.00 "


def test_the_restart_flag_is_told_once_and_thickness_is_lost() -> None:
    with hand_clock() as time:
        head = Head(0.0, 100.0)
        unit = monitor(time, head)
        assert [asked(unit, b"Y"), asked(unit, b"Y")] == [b"A1", b"A0"]
        unit.power_cycle()
        assert [asked(unit, b"Y"), asked(unit, b"Y")] == [b"A1", b"A0"]
        assert head.thickness == 0.0


def test_everything_lists_all_channels() -> None:
    with hand_clock() as time:
        values = asked(monitor(time, Head(0.1, 100.0)), b"W")[1:].split()
        assert values[:3] == [b"1.00", b"1.000", b"5875830.230"]
        assert len(values) == 18


@pytest.mark.parametrize(
    ("message", "status"),
    [(b"C", b"C"), (b"q", b"C"), (b"L7?", b"D"), (b"P", b"D"), (b"N0", b"D"), (b"Z", b"A")],
)
def test_the_status_says_what_is_wrong(message: bytes, status: bytes) -> None:
    with hand_clock() as time:
        assert asked(monitor(time), message) == status


def test_a_bad_crc_gets_the_error_reply() -> None:
    with hand_clock() as time:
        assert say(monitor(time), b"!#@O8") == b"!$C4,"


@given(st.lists(st.integers(0, 100)))
def test_frames_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"".join(framed(message) for message in (b"@", b"J", b"M", b"L1?", b"P1", b"x"))
    with hand_clock() as time:
        whole = say(monitor(time), stream)
        assert whole.count(b"!") == 6
        assert say_in_pieces(monitor(time), stream, cuts) == whole


@given(st.binary(max_size=200))
def test_noise_never_deafens_the_monitor(noise: bytes) -> None:
    with hand_clock() as time:
        unit = monitor(time)
        say(unit, noise)
        assert say(unit, framed(b"@")) == b"!0AMON Ver 4.13Uw"
