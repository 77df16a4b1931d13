"""The emulated 937B controller against the pairs of its manual and its clients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.instruments.mks_937b import Mks937b
from sim_hardware.instruments.mks_937b_channels import MBAR_PER_TORR, Kind
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Place:
    """A place with a settable pressure."""

    def __init__(self, torr: float) -> None:
        self.torr = torr

    def mbar(self) -> float:
        return self.torr * MBAR_PER_TORR


def controller(
    time: HandClock, torr: float = 1.1e-9, kind: Kind = Kind.COLD_CATHODE
) -> tuple[Mks937b, Place]:
    """Ion gauge at A1, Pirani at A2, manometer at B2, convection Pirani at C1; all see the same."""
    place = Place(torr)
    gauges = {
        1: (place, kind),
        2: (place, Kind.PIRANI),
        4: (place, Kind.MANOMETER),
        5: (place, Kind.CONVECTION_PIRANI),
    }
    return Mks937b(time.line, gauges, combinations={1: (1, 2)}), place


def ask(unit: Mks937b, body: str, address: int = 253) -> str:
    """What stands behind the address in the answer."""
    answer = say(unit, f"@{address:03d}{body};FF".encode("latin-1")).decode("latin-1")
    assert answer.startswith("@253")
    assert answer.endswith(";FF")
    return answer[4:-3]


def test_recorded_pairs_are_answered() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert say(unit, b"@253PR1?;FF") == b"@253ACK1.10E-9;FF"
        assert say(unit, b"@253T1?;FF") == b"@253ACKG;FF"
        assert say(unit, b"@253SP10!2;FF@253SP10?;FF") == b"@253ACK2.00E+0;FF" * 2
        assert say(unit, b"@253SD3!ABOVE;FF@253SD3?;FF") == b"@253ACKABOVE;FF" * 2
        assert say(unit, b"@253EN6!ENABLE;FF@253EN6?;FF") == b"@253ACKENABLE;FF" * 2
        assert say(unit, b"@253CP1?;FF") == b"@253ACKON;FF"
        assert say(unit, b"@253U!MICRON;FF") == b"@253ACKMICRON;FF"


def test_only_its_own_address_and_everybodys_is_answered() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert say(unit, b"@001PR1?;FF@2x3PR1?;FF@PR1?;FF") == b""
        assert say(unit, b"@254CP1!OFF;FF") == b"@253ACKOFF;FF"


def test_a_new_address_holds_after_its_answer() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert say(unit, b"@253AD!7;FF") == b"@253ACK007;FF"
        assert say(unit, b"@253AD?;FF") == b""
        assert say(unit, b"@007AD?;FF@007BR!19200;FF") == b"@007ACK007;FF@007ACK19200;FF"


def test_the_unit_is_taken_in_any_case_and_echoed_as_sent() -> None:
    with hand_clock() as time:
        unit, _ = controller(time, torr=1e-3)
        assert [ask(unit, "U!MBAR"), ask(unit, "U?")] == ["ACKMBAR", "ACKmBAR"]
        assert ask(unit, "PR2?") == "ACK1.33E-3"
        assert ask(unit, "SP3!1.333224") == "ACK1.33E+0"
        assert [ask(unit, "U!PASCAL"), ask(unit, "SP3?")] == ["ACKPASCAL", "ACK1.33E+2"]


@pytest.mark.parametrize(
    ("torr", "readings"),
    [
        (5e-12, ["LO<E-11", "LO<E-4", "LO<E-1", "LO<E-3"]),
        (7.602e2, ["PROTECT", "ATM", "7.60E+2", "7.60E+2"]),
        (1.2e3, ["PROTECT", "ATM", ">1.1E+3", ">1.0E+3"]),
    ],
)
def test_a_pressure_beyond_a_gauge_is_a_word(torr: float, readings: list[str]) -> None:
    with hand_clock() as time:
        unit, _ = controller(time, torr)
        assert [ask(unit, f"PR{number}?")[3:] for number in (1, 2, 4, 5)] == readings


def test_all_pressures_come_in_one_line() -> None:
    with hand_clock() as time:
        unit, _ = controller(time, 1e-3)
        assert ask(unit, "PRZ?") == "ACK1.00E-3 1.00E-3 NOGAUGE LO<E-1 1.00E-3 NOGAUGE"


def test_an_ion_gauge_waits_before_it_reads() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert [ask(unit, "CP1!OFF"), ask(unit, "PR1?"), ask(unit, "T1?")] == [
            "ACKOFF",
            "ACKOFF",
            "ACKO",
        ]
        assert [ask(unit, "CP1!on"), ask(unit, "PR1?"), ask(unit, "T1?")] == [
            "ACKON",
            "ACKWAIT",
            "ACKW",
        ]
        time.pass_s(3.0)
        assert [ask(unit, "PR1?"), ask(unit, "T1?")] == ["ACK1.10E-9", "ACKG"]


def test_bad_vacuum_puts_an_ion_gauge_off_until_it_is_switched_on_again() -> None:
    with hand_clock() as time:
        unit, place = controller(time)
        place.torr = 1e-2
        unit.recheck()
        place.torr = 1e-8
        assert [ask(unit, "PR1?"), ask(unit, "T1?")] == ["ACKPROTECT", "ACKP"]
        ask(unit, "CP1!ON")
        time.pass_s(3.0)
        assert ask(unit, "PR1?") == "ACK1.00E-8"
        assert [ask(unit, "PRO1!1E-3"), ask(unit, "PRO1?")] == ["ACK1.00E-3"] * 2
        assert ask(unit, "PC1?") == "ACK1.00E-8"
        place.torr = 2e-3
        assert ask(unit, "PC1?") == "ACK2.00E-3"


def test_another_gauge_can_hold_an_ion_gauge_off() -> None:
    with hand_clock() as time:
        unit, place = controller(time, 1e-3)
        assert [ask(unit, "CSE1!A2"), ask(unit, "CSE1?"), ask(unit, "T1?")] == [
            "ACKA2",
            "ACKA2",
            "ACKG",
        ]
        assert [ask(unit, "CSP1!1E-3"), ask(unit, "CHP1?")] == ["ACK1.00E-3", "ACK1.50E-3"]
        place.torr = 2e-3
        assert [ask(unit, "T1?"), ask(unit, "PR1?")] == ["ACKC", "ACKCTRL_OFF"]
        place.torr = 1.2e-3
        assert [ask(unit, "CHP1!1.4E-3"), ask(unit, "T1?")] == ["ACK1.40E-3", "ACKC"]
        place.torr = 0.9e-3
        assert ask(unit, "T1?") == "ACKW"
        assert [ask(unit, "CSE1!OFF"), ask(unit, "CSE1?")] == ["ACKOFF", "ACKOFF"]


def test_faults_have_their_letters() -> None:
    with hand_clock() as time:
        unit, _ = controller(time, 1e-6, Kind.HOT_CATHODE)
        channel = unit.channels[1]
        assert [ask(unit, "DG1!ON"), ask(unit, "T1?"), ask(unit, "PR1?")] == [
            "ACKON",
            "ACKD",
            "ACK1.00E-6",
        ]
        assert ask(unit, "DG1!OFF") == "ACKOFF"
        channel.filament_broken = True
        assert ask(unit, "T1?") == "ACKH"
        channel.filament_broken, channel.rear_off = False, True
        assert [ask(unit, "T1?"), ask(unit, "PR1?")] == ["ACKR", "ACKOFF"]
        channel.unplugged = True
        assert [ask(unit, "T1?"), ask(unit, "PR1?"), ask(unit, "T3?")] == [
            "ACKN",
            "ACKMISCONN",
            "ACKN",
        ]


def test_a_relay_switches_with_hysteresis() -> None:
    with hand_clock() as time:
        unit, place = controller(time, 5.0)
        assert [ask(unit, "SP7!1"), ask(unit, "SH7?"), ask(unit, "EN7!ENABLE")] == [
            "ACK1.00E+0",
            "ACK1.10E+0",
            "ACKENABLE",
        ]
        seen: list[str] = []
        for torr in (5.0, 0.9, 1.05, 1.2, 1.05):
            place.torr = torr
            seen.append(ask(unit, "SS7?")[3:])
        assert seen == ["CLEAR", "SET", "SET", "CLEAR", "CLEAR"]
        assert [ask(unit, "SD7!ABOVE"), ask(unit, "SH7?"), ask(unit, "SS7?")] == [
            "ACKABOVE",
            "ACK9.00E-1",
            "ACKSET",
        ]
        assert [ask(unit, "SH7!0.5"), ask(unit, "SH7!1.5")] == ["ACK5.00E-1", "NAK172"]
        assert [ask(unit, "EN7!CLEAR"), ask(unit, "SS7?")] == ["ACKCLEAR", "ACKCLEAR"]
        assert [ask(unit, "EN7!SET"), ask(unit, "SS7?")] == ["ACKSET", "ACKSET"]
        assert unit.relay(7)


def test_a_relay_of_a_gauge_that_is_off_falls() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        ask(unit, "EN1!ENABLE")
        assert unit.relay(1)
        ask(unit, "CP1!OFF")
        assert not unit.relay(1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("CSE1!C1", None),
        ("VAC1!0", 150),
        ("CSP1?", 150),
        ("PR3?", 151),
        ("SP5!1", 151),
        ("T2?", 152),
        ("PRO2?", 152),
        ("DG1?", 153),
        ("TDC2?", 154),
        ("RNG2?", 155),
        ("ATM4!760", 156),
        ("XY1?", 160),
        ("pr1?", 160),
        ("PR?", 160),
        ("SD1!ABOVE", 162),
        ("PR7?", 163),
        ("SP13?", 163),
        ("PC3?", 163),
        ("CP1!MAYBE", 169),
        ("SP3!low", 169),
        ("SP3!nan", 169),
        ("SP3!1E9", 172),
        ("TDC1!2", 172),
        ("PR1", 175),
        ("PR1?x", 175),
        ("PR1!5", 175),
        ("SN!1", 175),
        ("VAC2?", 175),
        ("PC2?", 181),
    ],
)
def test_a_refusal_has_its_code(body: str, code: int | None) -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert ask(unit, body) == ("ACKC1" if code is None else f"NAK{code}")


def test_refusals_that_need_a_condition() -> None:
    with hand_clock() as time:
        unit, place = controller(time, 1e-4, Kind.HOT_CATHODE)
        assert [ask(unit, "DG1!OFF"), ask(unit, "DG1!ON")] == ["NAK168", "NAK199"]
        assert ask(unit, "TDC1?") == "NAK154"
        assert ask(unit, "VAC2!0") == "ACKOK"
        unit.gauges.calibration_enabled = False
        assert ask(unit, "ATM2!760") == "NAK178"
        unit.set_locked = True
        assert [ask(unit, "CP1!OFF"), ask(unit, "CP1?")] == ["NAK161", "ACKON"]
        place.torr = 1e-6


def test_the_mains_comes_back_with_all_settings_and_a_waiting_gauge() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        say(unit, b"@253U!PASCAL;FF@253SP3!50;FF@253PR")
        unit.power_cycle()
        assert say(unit, b"1?;FF") == b""
        assert [ask(unit, "U?"), ask(unit, "SP3?"), ask(unit, "T1?")] == [
            "ACKPASCAL",
            "ACK5.00E+1",
            "ACKW",
        ]


def test_an_ion_gauge_cannot_sit_at_an_even_input() -> None:
    with hand_clock() as time, pytest.raises(ValueError, match="input 1, 3 or 5"):
        Mks937b(time.line, {2: (Place(1.0), Kind.COLD_CATHODE)})


def test_the_answer_takes_its_time() -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        assert [answer.after_s for answer in unit.receive(b"@253SN?;FF")] == [0.010]


@settings(deadline=None)
@given(st.lists(st.integers(0, 100)))
def test_messages_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"@253PR1?;FF@253XX?;FF\r\n@253U?;FF@003PR1?;FF@254SS1?;FF"
    with hand_clock() as time:
        whole = say(controller(time)[0], stream)
        assert whole.count(b"@253") == 4
        assert say_in_pieces(controller(time)[0], stream, cuts) == whole


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=120), st.text("@253PRSTCDU!?;F1.E-", max_size=60)))
def test_noise_never_deafens_the_controller(noise: bytes | str) -> None:
    with hand_clock() as time:
        unit, _ = controller(time)
        say(unit, noise.encode("ascii") if isinstance(noise, str) else noise)
        unit.address = 253
        assert ask(unit, "SN?") == "ACK0101123456"


def test_a_small_manometer_counts_to_its_own_full_scale() -> None:
    with hand_clock() as time:
        place = Place(5e-3)
        unit = Mks937b(time.line, {3: (place, Kind.MANOMETER_100_MTORR)})
        assert ask(unit, "RNG3?") == "ACK0.1"
        assert ask(unit, "PR3?") == "ACK5.00E-3"
        place.torr = 0.2
        assert ask(unit, "PR3?") == "ACK>1.1E-1"
        assert ask(unit, "SP5!0.015") == "ACK1.50E-2"
        assert ask(unit, "SP5!0.2") == "NAK172"


def test_whoever_is_wired_to_the_relays_hears_of_every_switch_once() -> None:
    with hand_clock() as time:
        place, heard = Place(1e-3), list[bool]()
        unit = Mks937b(
            time.line,
            {3: (place, Kind.MANOMETER_100_MTORR)},
            switched=lambda: heard.append(unit.relay(5)),
        )
        ask(unit, "SP5!0.01")
        ask(unit, "EN5!ENABLE")
        assert sorted(unit.switch_at_torr(3)) == pytest.approx([0.01, 0.011])
        place.torr = 0.05
        unit.recheck()
        unit.recheck()
        unit.power_cycle()
        assert heard == [True, False]
