"""The emulated ThermoFlex chiller against the frames of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments.thermoflex import StatusBit, Thermoflex
from sim_hardware.instruments.thermoflex_frames import framed
from sim_hardware.instruments.thermoflex_values import Unit
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Loop:
    """Water that comes to its set-point, flows while it is pumped, and notes what it is told."""

    def __init__(self, time: HandClock) -> None:
        self.body = ThermalBody(time.line, 20.1, 20.1, 60.0, cools=True)
        self.pumped_lpm, self.pumped_kpa = 12.5, 310.0
        self.told: list[float | None] = []

    @property
    def pumps(self) -> bool:
        return bool(self.told) and self.told[-1] is not None

    def temperature_c(self) -> float:
        return self.body.temperature_c()

    def flow_lpm(self) -> float:
        return self.pumped_lpm if self.pumps else 0.0

    def supply_kpa(self) -> float:
        return self.pumped_kpa if self.pumps else 12.0

    def suction_kpa(self) -> float:
        return -4.0

    def regulate(self, setpoint_c: float | None) -> None:
        self.told.append(setpoint_c)
        self.body.regulate(setpoint_c)


ON, OFF, ASK = (bytes.fromhex(f"ca 00 01 81 01 {end}") for end in ("01 7b", "00 7c", "02 7a"))


def asked(unit: Thermoflex, command: int, data: bytes = b"") -> bytes:
    """Data of the answer, whose frame is checked."""
    answer = say(unit, framed(command, data))
    assert answer[:4] == b"\xca\x00\x01" + bytes([command])
    assert answer[4] == len(answer) - 6
    assert ~sum(answer[1:-1]) & 0xFF == answer[-1]
    return answer[5:-1]


def started(time: HandClock) -> tuple[Thermoflex, Loop]:
    """A chiller that is powered up."""
    loop = Loop(time)
    unit = Thermoflex(time.line, loop)
    say(unit, ON)
    time.pass_s(5.0)
    return unit, loop


def flags(unit: Thermoflex) -> set[StatusBit]:
    word = int.from_bytes(asked(unit, 0x09), "big")
    return {bit for bit in StatusBit if word >> bit & 1}


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("ca 00 01 00 00 fe", "ca 00 01 00 02 00 00 fc"),
        ("ca 00 01 02 00 fc", "ca 00 01 02 0a 30 38 34 39 39 32 2e 32 4e 20 e4"),
        ("ca 00 01 02 01 01 fa", "ca 00 01 02 04 32 30 46 41 0f"),
        ("ca 00 01 20 00 de", "ca 00 01 20 03 11 00 c9 01"),
        ("ca 00 01 f0 02 00 e1 2b", "ca 00 01 f0 03 11 00 e1 19"),
        ("ca 00 01 81 01 02 7a", "ca 00 01 81 01 00 7c"),
        ("ca 00 01 09 00 f5", "ca 00 01 09 04 00 00 00 00 f1"),
    ],
)
def test_a_recorded_frame_is_answered_as_recorded(sent: str, answer: str) -> None:
    with hand_clock() as time:
        assert say(Thermoflex(time.line, Loop(time)), bytes.fromhex(sent)) == bytes.fromhex(answer)


def test_values_carry_unit_and_decimals() -> None:
    with hand_clock() as time:
        unit, _ = started(time)
        assert asked(unit, 0x10) == bytes.fromhex("13 00 7d")
        assert asked(unit, 0x28) == bytes.fromhex("27 01 36")
        assert asked(unit, 0x29) == bytes.fromhex("27 ff fc")
        assert asked(unit, 0x75) == bytes.fromhex("20 00 3c")
        assert [asked(unit, command)[0] for command in (0x30, 0x40, 0x48, 0x50, 0x60, 0x68)] == [
            0x13, 0x11, 0x27, 0x13, 0x11, 0x27,
        ]  # fmt: skip


def test_a_chiller_set_to_other_units_says_so() -> None:
    with hand_clock() as time:
        unit = Thermoflex(
            time.line, Loop(time), temperature=Unit.FAHRENHEIT, flow=Unit.GPM, pressure=Unit.PSI
        )
        assert asked(unit, 0x20) == b"\x12" + (682).to_bytes(2, "big")
        assert asked(unit, 0x28)[0] == 0x26
        assert asked(unit, 0xF0, (770).to_bytes(2, "big")) == b"\x12\x03\x02"
        say(unit, ON)
        assert asked(unit, 0x10) == b"\x14" + (33).to_bytes(2, "big")


def test_the_setpoint_is_regulated_while_it_runs() -> None:
    with hand_clock() as time:
        unit, loop = started(time)
        asked(unit, 0xF0, (225).to_bytes(2, "big"))
        assert asked(unit, 0x70) == b"\x11" + (225).to_bytes(2, "big")
        assert loop.told == [20.0, 22.5]
        time.pass_s(1000.0)
        assert asked(unit, 0x20) == b"\x11" + (225).to_bytes(2, "big")
        say(unit, OFF)
        asked(unit, 0xF0, (250).to_bytes(2, "big"))
        assert loop.told == [20.0, 22.5, None]


def test_switching_shows_in_the_status_and_takes_its_time() -> None:
    with hand_clock() as time:
        unit = Thermoflex(time.line, Loop(time))
        time.pass_s(10.0)
        assert say(unit, ON) == bytes.fromhex("ca 00 01 81 01 01 7b")
        assert asked(unit, 0x09) == bytes.fromhex("01 00 00 02")
        time.pass_s(3.0)
        assert asked(unit, 0x09) == bytes.fromhex("01 00 00 00")
        assert say(unit, ASK)[5] == 1
        assert say(unit, OFF)[5] == 0
        assert asked(unit, 0x09) == bytes.fromhex("00 00 00 04")
        time.pass_s(3.0)
        assert asked(unit, 0x09) == bytes(4)


@pytest.mark.parametrize(
    ("command", "data", "number"),
    [
        (0x55, b"", 1),
        (0x90, b"\x00\x10", 1),
        (0x20, b"\x01", 2),
        (0x70, b"\x00\xc8", 2),
        (0xF0, b"\x00", 2),
        (0xF0, b"\x11\x00\xc8", 2),
        (0xF0, (49).to_bytes(2, "big"), 2),
        (0xF0, (401).to_bytes(2, "big"), 2),
        (0xF0, b"\xff\xff", 2),
        (0x81, b"", 2),
        (0x81, b"\x03", 2),
        (0x00, b"\x00", 2),
    ],
)
def test_a_mistake_is_numbered_and_names_the_command(
    command: int, data: bytes, number: int
) -> None:
    with hand_clock() as time:
        answer = say(Thermoflex(time.line, Loop(time)), framed(command, data))
        assert answer == framed(0x0F, bytes([number, command]))


def test_a_wrong_sum_is_error_3_and_does_nothing() -> None:
    with hand_clock() as time:
        unit = Thermoflex(time.line, Loop(time))
        assert say(unit, ON[:-1] + b"\x00") == bytes.fromhex("ca 00 01 0f 02 03 81 69")
        assert say(unit, ASK)[5] == 0


def test_other_addresses_and_rs_485_frames_are_not_heard() -> None:
    with hand_clock() as time:
        unit = Thermoflex(time.line, Loop(time))
        assert say(unit, bytes.fromhex("ca 00 02 00 00 fd cc 00 01 00 00 fe")) == b""
        assert say(unit, framed(0, b"")) != b""


def test_a_frame_that_stops_is_forgotten() -> None:
    with hand_clock() as time:
        unit = Thermoflex(time.line, Loop(time))
        assert say(unit, ON[:5]) == b""
        time.pass_s(0.2)
        assert say(unit, ASK)[5] == 0


@pytest.mark.parametrize(
    ("fault", "place"), [(StatusBit.HIGH_PRESSURE_CUTOUT, "00 80 00 00"),
                         (StatusBit.MOTOR_OVERLOAD, "00 20 00 00"),
                         (StatusBit.LOW_LEVEL, "00 00 08 00"),
                         (StatusBit.EXTERNAL_EMERGENCY_OFF, "00 00 01 00"),
                         (StatusBit.LOW_PRESSURE_FACTORY, "00 00 00 01")]
)  # fmt: skip
def test_a_fault_stops_it_and_is_shown_until_it_starts_without_it(
    fault: StatusBit, place: str
) -> None:
    with hand_clock() as time:
        unit, loop = started(time)
        unit.faults.add(fault)
        unit.recheck()
        assert loop.told[-1] is None
        time.pass_s(10.0)
        assert asked(unit, 0x09) == bytes.fromhex(place)
        assert asked(unit, 0x07) == fault.name.replace("_", " ").encode()
        assert say(unit, ON)[5] == 0
        unit.faults.clear()
        assert flags(unit) == {fault}
        assert say(unit, ON)[5] == 1
        time.pass_s(10.0)
        assert flags(unit) == {StatusBit.RUNNING}


def test_a_warning_stops_nothing() -> None:
    with hand_clock() as time:
        unit, _ = started(time)
        unit.faults.add(StatusBit.LOW_FLOW_WARNING)
        assert flags(unit) == {StatusBit.RUNNING, StatusBit.LOW_FLOW_WARNING}


def test_alarm_limits_stop_it_once_it_is_powered_up() -> None:
    with hand_clock() as time:
        unit, loop = started(time)
        assert asked(unit, 0xB0, (120).to_bytes(2, "big")) == b"\x13\x00\x78"
        assert asked(unit, 0x30) == b"\x13\x00\x78"
        loop.pumped_lpm = 11.9
        assert StatusBit.LOW_FLOW in flags(unit)
        assert loop.told[-1] is None
        assert say(unit, ON)[5] == 1
        time.pass_s(2.0)
        assert StatusBit.LOW_FLOW not in flags(unit)
        time.pass_s(2.0)
        assert StatusBit.LOW_FLOW in flags(unit)


@pytest.mark.parametrize(
    ("celsius", "kpa", "bit"),
    [
        (2.0, 300.0, StatusBit.LOW_TEMPERATURE),
        (43.0, 300.0, StatusBit.HIGH_TEMPERATURE),
        (20.0, 10.0, StatusBit.LOW_PRESSURE),
        (20.0, 700.0, StatusBit.HIGH_PRESSURE),
    ],
)
def test_each_limit_has_its_bit(celsius: float, kpa: float, bit: StatusBit) -> None:
    with hand_clock() as time:
        unit, loop = started(time)
        loop.body.put_at(celsius)
        loop.pumped_kpa = kpa
        assert bit in flags(unit)
        assert loop.told[-1] is None


def test_after_a_mains_failure_it_stays_off_with_its_setpoint() -> None:
    with hand_clock() as time:
        unit, loop = started(time)
        asked(unit, 0xF0, (225).to_bytes(2, "big"))
        unit.power_cycle()
        assert loop.told[-1] is None
        assert say(unit, ASK)[5] == 0
        assert asked(unit, 0x70) == b"\x11\x00\xe1"


def test_a_chiller_told_to_restart_does() -> None:
    with hand_clock() as time:
        loop = Loop(time)
        unit = Thermoflex(time.line, loop, restarts=True)
        say(unit, ON)
        unit.power_cycle()
        assert loop.told == [20.0, None, 20.0]
        assert unit.running()


@given(st.lists(st.integers(0, 100)))
def test_frames_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = b"".join(framed(command, b"") for command in (0x00, 0x20, 0x55, 0x09)) + ON
    with hand_clock() as time:
        whole = say(Thermoflex(time.line, Loop(time)), stream)
        assert whole.count(b"\xca\x00\x01") == 5
        assert say_in_pieces(Thermoflex(time.line, Loop(time)), stream, cuts) == whole


@given(st.binary(max_size=100))
def test_noise_never_deafens_it_for_long(noise: bytes) -> None:
    with hand_clock() as time:
        unit = Thermoflex(time.line, Loop(time))
        say(unit, noise)
        time.pass_s(0.2)
        assert say(unit, framed(0, b"")) == bytes.fromhex("ca 00 01 00 02 00 00 fc")


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=4)), max_size=8))
def test_any_frame_gets_an_answer(orders: list[tuple[int, bytes]]) -> None:
    with hand_clock() as time:
        unit = Thermoflex(time.line, Loop(time))
        for command, data in orders:
            answer = say(unit, framed(command, data))
            assert answer == framed(answer[3], answer[5:-1])
            assert answer[3] in {command, 0x0F}
