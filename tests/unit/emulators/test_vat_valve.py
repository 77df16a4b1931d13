"""The emulated VAT valve against the command tables of its manual."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.core.motion import Ramp
from sim_hardware.instruments.vat_valve import VatValve
from sim_hardware.instruments.vat_valve_plate import Mode
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Chamber:
    """Pressure is gas over opening: a tenth of the range at half open when `gas` is 0.05."""

    def __init__(self, gas: float = 0.05) -> None:
        self.gas, self.reading = gas, 0.0
        self.paths: list[Ramp] = []

    def sensor_share(self) -> float:
        return self.reading

    def opening_for(self, share: float) -> float:
        return self.gas / share if share > 0.0 else 1.0

    def on_move(self, path: Ramp) -> None:
        self.paths.append(path)


def valve(
    time: HandClock, chamber: Chamber | None = None, *, remote: bool = True
) -> tuple[VatValve, "Talk"]:
    unit = VatValve(time.line, chamber or Chamber())
    talk = Talk(time, unit)
    if remote:
        assert talk("c:0101") == "c:01"
    return unit, talk


class Talk:
    """A host that waits for the acknowledgement."""

    def __init__(self, time: HandClock, unit: VatValve) -> None:
        self._time, self._unit = time, unit

    def __call__(self, line: str) -> str:
        return self.raw(line.encode("ascii") + b"\r\n")

    def raw(self, data: bytes) -> str:
        answer = say(self._unit, data)
        self._time.pass_s(0.010)
        assert answer.endswith(b"\r\n")
        return answer[:-2].decode("ascii")

    def all(self, *lines: str) -> list[str]:
        return [self(line) for line in lines]


def test_settings_are_acknowledged_with_their_header() -> None:
    with hand_clock() as time:
        _, talk = valve(time)
        lines = ["C:", "O:", "R:000500", "H:", "S:00100000", "V:000500", "Z:", "c:8200"]
        heads = ["C:", "O:", "R:", "H:", "S:", "V:", "Z:", "c:82"]
        assert talk.all(*lines) == heads
        assert talk.all("s:0200000000", "s:0400000000", "s:2040000000", "s:2111000000") == [
            "s:02",
            "s:04",
            "s:20",
            "s:21",
        ]


def test_it_comes_up_in_local_operation() -> None:
    with hand_clock() as time:
        _, talk = valve(time, remote=False)
        assert talk.all("O:", "R:000100", "s:2111000000", "c:8200") == ["E:000080"] * 4
        assert talk.all("A:", "i:30", "c:0101", "i:30", "O:") == [
            "A:000000",
            "i:3003000000",
            "c:01",
            "i:3013000000",
            "O:",
        ]


def test_a_person_can_take_it_unless_it_is_locked() -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        talk("c:0102")
        unit.take_local()
        assert talk("O:") == "O:"
        talk("c:0101")
        unit.take_local()
        assert talk("C:") == "E:000080"


def test_a_full_stroke_takes_two_seconds() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        _, talk = valve(time, chamber)
        talk("O:")
        time.pass_s(0.990)
        assert talk.all("A:", "i:76") == ["A:005000", "i:7600505000000000140"]
        time.pass_s(1.0)
        assert talk.all("A:", "i:38") == ["A:010000", "i:3800000000"]
        assert chamber.paths == [Ramp(0.0, 1.0, 0.5, 0.010)]


def test_position_control_moves_at_the_speed_that_was_set() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        _, talk = valve(time, chamber)
        assert talk.all("V:000100", "i:68", "R:002500", "i:38") == [
            "V:",
            "i:6800000100",
            "R:",
            "i:3800002500",
        ]
        assert [(path.goal, path.per_s) for path in chamber.paths] == [(0.25, 0.05)]
        time.pass_s(5.0)
        assert talk.all("A:", "i:30", "O:") == ["A:002500", "i:3012000000", "O:"]
        assert (chamber.paths[-1].goal, chamber.paths[-1].per_s) == (1.0, 0.5)


def test_pressure_control_goes_where_the_pressure_is_and_follows_the_gas() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        unit, talk = valve(time, chamber)
        assert talk.all("S:00100000", "i:38", "i:30", "i:36") == [
            "S:",
            "i:3800100000",
            "i:3015000000",
            "i:3620000000",
        ]
        time.pass_s(2.0)
        assert talk("A:") == "A:005000"
        chamber.gas = 0.06
        unit.recheck()
        time.pass_s(2.0)
        assert talk("A:") == "A:006000"
        chamber.gas = 5.0
        unit.recheck()
        time.pass_s(2.0)
        assert talk.all("A:", "H:", "i:30") == ["A:010000", "H:", "i:3016000000"]


def test_hold_stops_the_plate_on_its_way() -> None:
    with hand_clock() as time:
        _, talk = valve(time)
        talk("R:010000")
        time.pass_s(0.490)
        talk("H:")
        time.pass_s(5.0)
        assert talk("A:") == "A:002500"


def test_pressures_have_a_sign_and_a_range() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        _, talk = valve(time, chamber)
        chamber.reading = 0.119
        assert talk.all("P:", "i:64") == ["P:00119000", "i:6400119000"]
        chamber.reading = -0.0035
        assert talk("P:") == "P:-0003500"
        assert talk.all("s:2120010000", "i:21", "P:", "O:") == [
            "s:21",
            "i:2120010000",
            "P:-0000035",
            "O:",
        ]
        time.pass_s(2.0)
        assert talk.all("A:", "i:76") == ["A:100000", "i:76100000-0000035140"]


def test_zero_takes_the_offset_off() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        _, talk = valve(time, chamber)
        chamber.reading = 0.02
        assert talk.all("Z:", "P:", "i:60") == ["Z:", "P:00000000", "i:6000020000"]
        assert talk.all("s:0110001000", "Z:", "i:01") == ["s:01", "E:000041", "i:0110001000"]


def test_pressure_control_needs_learned_data() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        unit, talk = valve(time, chamber)
        unit.plate.learned = False
        assert talk.all("S:00100000", "i:51", "i:30") == [
            "E:000041",
            "i:5101000000",
            "i:3013010000",
        ]
        assert talk.all("L:00500000", "i:32", "i:34", "i:30") == [
            "L:",
            "i:3211000000",
            "i:3400500000",
            "i:3017010000",
        ]
        time.pass_s(60.0)
        assert talk.all("i:32", "i:51", "S:00100000") == ["i:3200000000", "i:5100000000", "S:"]


def test_a_learn_run_can_be_interrupted_or_fail() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        _, talk = valve(time, chamber)
        assert talk.all("L:00500000", "C:", "i:32") == ["L:", "C:", "i:3201100000"]
        chamber.reading = 0.6
        talk("L:00500000")
        time.pass_s(60.0)
        assert talk("i:32") == "i:3201210000"


def test_after_power_up_the_position_is_unknown_for_a_while() -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        assert talk.all("s:0410000000", "V:000100", "i:72") == ["s:04", "V:", "i:720000000001"]
        unit.power_cycle()
        assert talk.all("A:", "i:30", "c:0101", "O:") == [
            "A:999999",
            "i:3000000000",
            "c:01",
            "E:000082",
        ]
        time.pass_s(0.5)
        assert talk.all("i:30", "O:", "i:76") == [
            "i:3011000000",
            "E:000082",
            "i:7699999900000000110",
        ]
        time.pass_s(3.0)
        assert talk.all("A:", "i:30", "i:68", "i:04", "i:72") == [
            "A:010000",
            "i:3014000000",
            "i:6800001000",
            "i:0410000000",
            "i:720000000002",
        ]


@pytest.mark.parametrize(
    ("mode", "letter", "position", "after"),
    [
        (Mode.INTERLOCK_OPEN, "8", "A:010000", "4"),
        (Mode.INTERLOCK_CLOSED, "9", "A:000000", "3"),
        (Mode.SAFETY, "D", "A:000000", "3"),
    ],
)
def test_an_interlock_takes_the_valve(mode: Mode, letter: str, position: str, after: str) -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        talk("R:005000")
        time.pass_s(2.0)
        unit.interlock(mode)
        time.pass_s(2.0)
        assert talk.all("i:30", "A:", "R:001000") == [f"i:301{letter}000000", position, "E:000082"]
        unit.interlock(None)
        assert talk("i:30") == f"i:301{after}000000"


@pytest.mark.parametrize("number", [20, 22, 40])
def test_a_fatal_error_stops_the_valve_until_a_reset(number: int) -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        unit.error_number = number
        assert talk.all("i:50", "i:30", "O:") == [f"i:50{number:03d}", "i:301E000000", "E:000082"]
        assert talk.all("c:8200", "i:50", "c:8201", "i:50") == [
            "c:82",
            f"i:50{number:03d}",
            "c:82",
            "i:50000",
        ]
        time.pass_s(3.5)
        assert talk.all("O:", "i:50") == ["O:", "i:50000"]


def test_warnings_and_error_bits_are_told() -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        unit.service_request, unit.air_ok = True, False
        assert talk.all("i:51", "c:8200", "i:51") == ["i:5110010000", "c:82", "i:5100010000"]
        unit.converter_failed, unit.firmware_failed = True, True
        assert talk.all("i:52", "i:30") == ["i:5201010000", "i:3013010000"]


def test_a_stuck_plate_does_not_move() -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        unit.plate.stuck = True
        talk("O:")
        time.pass_s(5.0)
        assert talk.all("A:", "i:30") == ["A:000000", "i:3014000000"]


def test_strokes_and_closings_are_counted() -> None:
    with hand_clock() as time:
        _, talk = valve(time)
        for line in ("O:", "C:", "O:"):
            talk(line)
            time.pass_s(2.0)
        assert talk.all("i:70", "i:71") == ["i:700000000001", "i:710000000001"]


def test_it_says_what_it_is() -> None:
    with hand_clock() as time:
        _, talk = valve(time)
        lengths = {"i:80": 8, "i:82": 8, "i:83": 20, "i:84": 20}
        assert {line: len(talk(line)) - 4 for line in lengths} == lengths
        assert talk("i:20") == "i:2040000000"


@pytest.mark.parametrize(
    ("sent", "failure"),
    [
        (b"\xc3:\r\n", 1),
        (b"R:" + b"0" * 60 + b"\r\n", 2),
        (b"\x00C:\r\n", 3),
        (b"C:\n", 10),
        (b"C:\rO", 10),
        (b"C\r\n", 11),
        (b"\r\n", 11),
        (b"R:00500\r\n", 12),
        (b"C:1\r\n", 12),
        (b"A:1\r\n", 12),
        (b"S:0100000\r\n", 12),
        (b"c:011\r\n", 12),
        (b"Y:\r\n", 20),
        (b"a:\r\n", 20),
        (b"i:99\r\n", 21),
        (b"i:\r\n", 21),
        (b"s:99\r\n", 21),
        (b"c:55\r\n", 21),
        (b"R:00x500\r\n", 22),
        (b"c:0103\r\n", 22),
        (b"c:8202\r\n", 22),
        (b"s:2131000000\r\n", 23),
        (b"s:0420000000\r\n", 23),
        (b"s:2111000001\r\n", 30),
        (b"s:2110000999\r\n", 30),
        (b"R:010001\r\n", 30),
        (b"S:01000001\r\n", 30),
        (b"V:001001\r\n", 30),
        (b"V:000000\r\n", 30),
        (b"H:\r\n", 41),
    ],
)
def test_a_mistake_has_its_number(sent: bytes, failure: int) -> None:
    with hand_clock() as time:
        _, talk = valve(time)
        assert talk.raw(sent) == f"E:{failure:06d}"
        assert talk("A:") == "A:000000"


def test_what_is_sent_before_the_acknowledgement_is_lost() -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        answers = unit.receive(b"A:\r\nO:\r\n")
        assert [answer.after_s for answer in answers] == [0.005]
        assert unit.receive(b"O:\r\n") == []
        time.pass_s(0.006)
        assert talk("i:30") == "i:3013000000"


@settings(deadline=None)
@given(st.lists(st.integers(0, 20)))
def test_a_line_cut_anywhere_gets_the_same_answer(cuts: list[int]) -> None:
    with hand_clock() as time:
        unit, _ = valve(time)
        assert say_in_pieces(unit, b"R:000500\r\n", cuts) == b"R:\r\n"


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=20), st.text("ACHOPRSVLZisc:0123\r\n", max_size=14))))
def test_noise_never_deafens_the_valve(pieces: list[bytes | str]) -> None:
    with hand_clock() as time:
        unit, talk = valve(time)
        for piece in pieces:
            say(unit, piece.encode("ascii") if isinstance(piece, str) else piece)
            time.pass_s(0.010)
        say(unit, b"\r\n")
        time.pass_s(0.010)
        assert talk("i:82") == "i:82600P1G00"
