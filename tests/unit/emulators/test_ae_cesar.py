"""The emulated Cesar generator against the packets of its manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.ae_cesar import AeCesar, check
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Chamber:
    """A plasma that reflects a share and biases with half a volt per watt."""

    def __init__(self) -> None:
        self.closed, self.reflects = True, 0.0
        self.told: list[tuple[bool, float, int]] = []

    def interlock_closed(self) -> bool:
        return self.closed

    def reflected_w(self, forward_w: float) -> float:
        return forward_w * self.reflects

    def dc_bias_v(self, forward_w: float) -> float:
        return forward_w / 2

    def watts_for_bias(self, volts: float) -> float:
        return volts * 2

    def on_rf(self, *, on: bool, setpoint: float, regulation: int) -> None:
        self.told.append((on, setpoint, regulation))


HOST_MODE = bytes.fromhex("09 0e 02 05")
RF_ON, RF_OFF = bytes.fromhex("08 02 0a"), bytes.fromhex("08 01 09")


def generator(time: HandClock, chamber: Chamber | None = None) -> AeCesar:
    return AeCesar(time.line, chamber or Chamber())


def packet(command: int, data: bytes = b"", address: int = 1) -> bytes:
    if len(data) < 7:
        body = bytes([address << 3 | len(data), command]) + data
    else:
        body = bytes([address << 3 | 7, command, len(data)]) + data
    return body + bytes([check(body)])


def asked(unit: AeCesar, command: int, data: bytes = b"") -> bytes:
    """Data of the reply; the frame is checked and acknowledged."""
    answer = say(unit, packet(command, data))
    assert answer[0] == 0x06
    assert check(answer[1:]) == 0
    assert answer[2] == command
    assert say(unit, b"\x06") == b""
    assert answer[1] == 8 | (len(answer) - 4)
    return answer[3:-1]


def word(value: int) -> bytes:
    return value.to_bytes(2, "little")


def test_recorded_packets_are_answered_as_recorded() -> None:
    with hand_clock() as time:
        unit = generator(time)
        assert say(unit, bytes.fromhex("08 9b 93")) == bytes.fromhex("06 09 9b 06 94")
        assert say(unit, b"\x06" + HOST_MODE) == bytes.fromhex("06 09 0e 00 07")
        answer = say(unit, b"\x06" + bytes.fromhex("0a 08 e8 03 e9"))
        assert answer == bytes.fromhex("06 09 08 00 01")
        answer = say(unit, b"\x06" + bytes.fromhex("08 a4 ac"))
        assert answer == bytes.fromhex("06 0b a4 e8 03 06 42")
        assert say(unit, b"\x06" + bytes.fromhex("08 80 88"))[:8] == b"\x06\x0d\x80CESAR"


def test_a_run_at_600_watts_reads_as_in_the_manual() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        unit = generator(time, chamber)
        say(unit, HOST_MODE)
        assert say(unit, bytes.fromhex("0a 08 58 02 58")) == bytes.fromhex("06 09 08 00 01")
        assert say(unit, RF_ON) == bytes.fromhex("06 09 02 00 0b")
        time.pass_s(2.0)
        assert say(unit, bytes.fromhex("08 a2 aa")) == bytes.fromhex("06 0c a2 60 00 00 00 ce")
        assert asked(unit, 165) == word(600)
        assert asked(unit, 166) == word(0)
        assert say(unit, RF_OFF) == bytes.fromhex("06 09 01 00 08")
        assert asked(unit, 165) == word(0)
        assert chamber.told == [(True, 600.0, 6), (False, 600.0, 6)]


@pytest.mark.parametrize("command", [1, 2, 3, 4, 5, 8, 15])
def test_the_host_may_not_act_before_it_has_control(command: int) -> None:
    with hand_clock() as time:
        sizes = {1: 0, 2: 0, 3: 1}
        data = b"\x06\x00"[: sizes.get(command, 2)]
        unit = generator(time)
        assert asked(unit, command, data) == b"\x01"
        assert asked(unit, 14, b"\x02") == b"\x00"
        assert asked(unit, command, data) == b"\x00"
        unit.panel_takes_control()
        assert asked(unit, command, data) == b"\x01"
        assert asked(unit, 155) == b"\x06"


@pytest.mark.parametrize(
    ("command", "data", "result"),
    [
        (8, word(1201), 4),
        (4, word(1201), 4),
        (5, word(1201), 4),
        (3, b"\x05", 4),
        (14, b"\x03", 4),
        (8, b"\x01", 9),
        (8, b"\x01" * 9, 9),
        (2, b"\x01", 9),
        (77, b"", 99),
        (200, b"", 99),
    ],
)
def test_a_refusal_has_its_result(command: int, data: bytes, result: int) -> None:
    with hand_clock() as time:
        unit = generator(time)
        asked(unit, 14, b"\x02")
        assert asked(unit, command, data) == bytes([result])


def test_power_ramps_and_a_setpoint_in_the_ramp_is_refused() -> None:
    with hand_clock() as time:
        unit = generator(time)
        asked(unit, 14, b"\x02")
        asked(unit, 8, word(500))
        asked(unit, 2)
        time.pass_s(0.2)
        assert asked(unit, 165) == word(200)
        assert asked(unit, 8, word(100)) == b"\x08"
        time.pass_s(0.4)
        assert asked(unit, 8, word(100)) == b"\x00"
        time.pass_s(0.1)
        assert asked(unit, 165) == word(400)


def test_the_interlock_refuses_and_ends_rf() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        unit = generator(time, chamber)
        asked(unit, 14, b"\x02")
        asked(unit, 8, word(100))
        chamber.closed = False
        assert say(unit, RF_ON) == bytes.fromhex("06 09 02 07 0c")
        assert asked(unit, 162) == b"\x00\x80\x00\x00"
        chamber.closed = True
        asked(unit, 2)
        time.pass_s(1.0)
        chamber.closed = False
        unit.recheck()
        assert chamber.told[-1] == (False, 100.0, 6)


def test_load_and_bias_regulation_find_their_forward_power() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        chamber.reflects = 0.2
        unit = generator(time, chamber)
        asked(unit, 14, b"\x02")
        asked(unit, 3, b"\x07")
        asked(unit, 8, word(400))
        asked(unit, 2)
        time.pass_s(1.0)
        assert asked(unit, 3, b"\x06") == b"\x02"
        assert [asked(unit, report) for report in (165, 166, 167)] == [
            word(500), word(100), word(400),
        ]  # fmt: skip
        asked(unit, 1)
        asked(unit, 3, b"\x08")
        asked(unit, 8, word(150))
        asked(unit, 2)
        time.pass_s(1.0)
        assert [asked(unit, report) for report in (165, 168, 154)] == [
            word(300), word(150), b"\x08",
        ]  # fmt: skip


def test_limits_hold_the_power_back_and_the_timer_trips() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        unit = generator(time, chamber)
        asked(unit, 14, b"\x02")
        asked(unit, 4, word(300))
        asked(unit, 15, word(10))
        asked(unit, 8, word(600))
        asked(unit, 2)
        time.pass_s(1.0)
        assert asked(unit, 165) == word(300)
        assert asked(unit, 162)[0] == 0xE0
        time.pass_s(12.0)
        assert asked(unit, 162) == b"\x00\x00\x20\x00"
        assert asked(unit, 223)[0] == 0x20
        assert asked(unit, 2) == b"\x07"
        asked(unit, 1)
        assert asked(unit, 2) == b"\x00"


def test_reflected_power_is_kept_at_its_limit() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        chamber.reflects = 0.5
        unit = generator(time, chamber)
        asked(unit, 14, b"\x02")
        asked(unit, 5, word(50))
        asked(unit, 8, word(600))
        asked(unit, 2)
        time.pass_s(1.0)
        assert [asked(unit, report) for report in (165, 166)] == [word(100), word(50)]
        assert [asked(unit, report) for report in (169, 170)] == [word(1200), word(50)]


def test_a_bad_check_is_refused_and_does_nothing() -> None:
    with hand_clock() as time:
        unit = generator(time)
        assert say(unit, bytes.fromhex("09 0e 02 06")) == b"\x15"
        assert asked(unit, 155) == b"\x06"


def test_the_reply_is_repeated_three_times_when_the_host_refuses_it() -> None:
    with hand_clock() as time:
        unit = generator(time)
        reply = say(unit, packet(155))[1:]
        assert [say(unit, b"\x15") for _ in range(4)] == [reply, reply, reply, b""]


def test_acknowledging_twice_does_no_harm() -> None:
    with hand_clock() as time:
        unit = generator(time)
        assert say(unit, packet(155) + b"\x06\x06" + packet(155)).count(b"\x09\x9b\x06\x94") == 2


def test_another_address_is_met_with_silence() -> None:
    with hand_clock() as time:
        unit = generator(time)
        assert say(unit, packet(155, address=2)) == b""
        assert say(unit, packet(8, b"\x08\x9b\x93\x08\x9b\x93\x08\x9b", address=9)) == b""
        assert asked(unit, 155) == b"\x06"


def test_a_packet_that_stops_is_forgotten_after_a_pause() -> None:
    with hand_clock() as time:
        unit = generator(time)
        assert say(unit, HOST_MODE[:3]) == b""
        time.pass_s(0.1)
        assert asked(unit, 155) == b"\x06"


def test_a_mains_failure_ends_rf_and_gives_control_back_to_the_panel() -> None:
    with hand_clock() as time:
        chamber = Chamber()
        unit = generator(time, chamber)
        asked(unit, 14, b"\x02")
        asked(unit, 8, word(100))
        asked(unit, 2)
        unit.power_cycle()
        assert chamber.told[-1][0] is False
        assert asked(unit, 155) == b"\x06"
        assert asked(unit, 164) == b"\x00\x00\x06"


@given(st.lists(st.integers(0, 100)))
def test_packets_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = HOST_MODE + b"\x06" + packet(8, word(300)) + b"\x06" + RF_ON + b"\x06"
    stream += packet(8, bytes(9)) + b"\x06" + packet(162) + b"\x15\x06\x08\x9b\x92" + packet(128)
    with hand_clock() as time:
        whole = say(generator(time), stream)
        assert len(whole) == 3 * 5 + 5 + 8 + 7 + 1 + 9
        assert say_in_pieces(generator(time), stream, cuts) == whole


@given(st.binary(max_size=100))
def test_noise_never_deafens_the_generator(noise: bytes) -> None:
    with hand_clock() as time:
        unit = generator(time)
        say(unit, noise)
        time.pass_s(0.1)
        assert asked(unit, 128) == b"CESAR"
