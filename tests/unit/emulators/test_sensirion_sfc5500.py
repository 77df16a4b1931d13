"""The emulated SFC5500 controllers on their bus against the frames of the manual."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.instruments.sensirion_sfc5500 import (
    Calibration,
    Code,
    SensirionSfc5500,
    ShdlcBus,
    inverted_sum,
    stuffed,
    unstuffed,
)
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Line:
    """A gas line that notes what flow it settles to."""

    def __init__(self) -> None:
        self.pressure = True
        self.flows: list[float] = []

    def supply_ok(self) -> bool:
        return self.pressure

    def on_flow(self, setpoint_sccm: float) -> None:
        self.flows.append(setpoint_sccm)


GASES = (Calibration("Argon", 500.0), Calibration("Oxygen", 200.0))


def bus(time: HandClock, line: Line | None = None) -> ShdlcBus:
    first = SensirionSfc5500(time.line, line or Line(), calibrations=GASES)
    return ShdlcBus([first, SensirionSfc5500(time.line, Line(), address=17, serial="777")])


def frame(command: int, data: bytes = b"", address: int = 0) -> bytes:
    body = bytes([address, command, len(data)]) + data
    return b"\x7e" + stuffed(body + bytes([inverted_sum(body)])) + b"\x7e"


def asked(wires: ShdlcBus, command: int, data: bytes = b"", address: int = 0) -> tuple[int, bytes]:
    """State byte and data of the answer, whose frame is checked."""
    answer = say(wires, frame(command, data, address))
    assert answer[0] == answer[-1] == 0x7E
    body = unstuffed(answer[1:-1])
    assert body is not None
    assert body[:2] == bytes([address, command])
    assert body[3] == len(body) - 5
    assert inverted_sum(body[:-1]) == body[-1]
    return body[2], body[4:-1]


def real(value: float) -> bytes:
    return struct.pack(">f", value)


SET_125 = bytes.fromhex("7e 00 00 05 01 42 fa 00 00 bd 7e")


def test_frames_of_the_manual_are_answered_as_printed() -> None:
    with hand_clock() as time:
        wires = bus(time)
        assert say(wires, SET_125) == bytes.fromhex("7e 00 00 00 00 ff 7e")
        assert asked(wires, 0x00, b"\x01") == (0, real(125.0))
        time.pass_s(-0.8 * math.log((125.0 - 124.9) / 125.0))
        answer = say(wires, bytes.fromhex("7e 00 08 01 01 f5 7e"))
        assert answer == bytes.fromhex("7e 00 08 00 04 42 f9 cc cd 1f 7e")
        answer = say(wires, bytes.fromhex("7e 00 d0 01 03 2b 7e"))
        assert answer == bytes.fromhex("7e 00 d0 00 09 31 32 33 34 35 36 37 38 00 82 7e")


def test_the_flow_follows_with_its_lag() -> None:
    with hand_clock() as time:
        line = Line()
        wires = bus(time, line)
        asked(wires, 0x00, b"\x01" + real(100.0))
        time.pass_s(0.8)
        flow = struct.unpack(">f", asked(wires, 0x08, b"\x01")[1])[0]
        assert round(flow, 3) == round(100.0 * (1 - math.exp(-1)), 3)
        time.pass_s(30.0)
        assert asked(wires, 0x08, b"\x00") == (0, real(0.2))
        assert asked(wires, 0x03, b"\x00" + real(0.0)) == (0, real(0.0 + 0.2))
        assert line.flows == [100.0, 0.0]


def test_each_unit_answers_to_its_own_address() -> None:
    with hand_clock() as time:
        wires = bus(time)
        assert asked(wires, 0xD0, b"\x03", address=17) == (0, b"777\x00")
        assert asked(wires, 0xD0, b"\x01") == (0, b"SFC5500\x00")
        assert say(wires, frame(0xD0, b"\x03", address=3)) == b""


def test_a_broadcast_is_obeyed_and_not_answered() -> None:
    with hand_clock() as time:
        wires = bus(time)
        assert say(wires, frame(0x00, b"\x01" + real(10.0), address=255)) == b""
        assert asked(wires, 0x00, b"\x01", address=17) == (0, real(10.0))


@pytest.mark.parametrize(
    ("command", "data", "code"),
    [
        (0x77, b"", Code.UNKNOWN_COMMAND),
        (0x00, b"", Code.DATA_SIZE),
        (0x00, b"\x01\x00", Code.DATA_SIZE),
        (0x00, b"\x07" + real(1.0), Code.OUT_OF_RANGE),
        (0x00, b"\x01" + real(501.0), Code.OUT_OF_RANGE),
        (0x00, b"\x00" + real(-0.1), Code.OUT_OF_RANGE),
        (0x00, b"\x01" + real(math.nan), Code.OUT_OF_RANGE),
        (0x08, b"", Code.DATA_SIZE),
        (0x20, b"\x00\x05", Code.OUT_OF_RANGE),
        (0x20, b"\x01" + real(0.5), Code.NOT_IN_THIS_STATE),
        (0x44, b"\x99", Code.OUT_OF_RANGE),
        (0x44, b"\x11\x00\x00\x00\x09", Code.NO_CALIBRATION),
        (0x45, b"\x00\x00\x00\x02", Code.NO_CALIBRATION),
        (0xD0, b"\x09", Code.OUT_OF_RANGE),
        (0xD2, b"", Code.DATA_SIZE),
    ],
)
def test_an_error_has_its_code_and_no_data(command: int, data: bytes, code: Code) -> None:
    with hand_clock() as time:
        assert asked(bus(time), command, data) == (code, b"")


def test_a_wrong_length_byte_is_a_composition_error() -> None:
    with hand_clock() as time:
        body = bytes([0, 0x08, 2, 1])
        raw = b"\x7e" + body + bytes([inverted_sum(body)]) + b"\x7e"
        assert say(bus(time), raw)[3] == Code.FRAME_COMPOSITION


def test_a_bad_sum_is_met_with_silence_and_does_nothing() -> None:
    with hand_clock() as time:
        wires = bus(time)
        assert say(wires, SET_125[:-2] + b"\xbe\x7e") == b""
        assert asked(wires, 0x00, b"\x01") == (0, real(0.0))


def test_missing_gas_refuses_a_setpoint_and_is_flagged_later() -> None:
    with hand_clock() as time:
        line = Line()
        wires = bus(time, line)
        asked(wires, 0x00, b"\x01" + real(100.0))
        time.pass_s(10.0)
        line.pressure = False
        assert asked(wires, 0x08, b"\x01")[0] == 0x80
        assert line.flows == [100.0, 0.0]
        assert asked(wires, 0x00, b"\x01" + real(50.0)) == (0x80 | Code.NO_GAS_PRESSURE, b"")
        assert asked(wires, 0x00, b"\x01" + real(0.0))[0] == 0x80
        line.pressure = True
        assert asked(wires, 0x08, b"\x01")[0] == 0


def test_the_valve_can_be_closed_opened_held_and_set() -> None:
    with hand_clock() as time:
        line = Line()
        wires = bus(time, line)
        asked(wires, 0x00, b"\x01" + real(100.0))
        for source in (1, 2, 3, 0x10):
            assert asked(wires, 0x20, bytes([0, source])) == (0, b"")
            assert asked(wires, 0x20, b"\x00") == (0, bytes([source]))
        assert asked(wires, 0x20, b"\x01" + real(0.5)) == (0, b"")
        asked(wires, 0x20, b"\x00\x00")
        assert line.flows == [100.0, 0.0, 600.0, 0.0, 300.0, 100.0]


def test_activating_a_gas_takes_a_while_and_changes_the_full_scale() -> None:
    with hand_clock() as time:
        wires = bus(time)
        assert asked(wires, 0x44, b"\x11") == (0, b"Argon\x00")
        answers = wires.receive(frame(0x45, b"\x00\x00\x00\x01"))
        assert [answer.after_s for answer in answers] == [1.6]
        assert asked(wires, 0x08, b"\x01") == (Code.SENSOR_BUSY, b"")
        time.pass_s(1.7)
        assert asked(wires, 0x45) == (0, b"\x00\x00\x00\x01")
        assert asked(wires, 0x44, b"\x11") == (0, b"Oxygen\x00")
        assert asked(wires, 0x44, b"\x14") == (0, real(200.0))
        assert asked(wires, 0x44, b"\x14" + bytes(4)) == (0, real(500.0))
        assert len(asked(wires, 0x44, b"\x13")[1]) == 3
        assert asked(wires, 0xD2, b"\x01") == (0, bytes(5))


def test_a_stuck_valve_and_a_device_fault_can_be_injected() -> None:
    with hand_clock() as time:
        line = Line()
        unit = SensirionSfc5500(time.line, line)
        wires = ShdlcBus([unit])
        unit.stuck = True
        assert asked(wires, 0x00, b"\x01" + real(100.0)) == (0, b"")
        assert line.flows == []
        unit.fault_code = Code.HARDWARE_COMMUNICATION
        assert asked(wires, 0x08, b"\x01") == (Code.HARDWARE_COMMUNICATION, b"")


def test_a_mains_failure_closes_the_valve() -> None:
    with hand_clock() as time:
        line = Line()
        wires = bus(time, line)
        asked(wires, 0x00, b"\x01" + real(100.0))
        wires.power_cycle()
        assert line.flows == [100.0, 0.0]
        assert asked(wires, 0x00, b"\x01") == (0, real(0.0))


@given(st.binary())
def test_stuffing_is_undone_and_leaves_no_reserved_byte(data: bytes) -> None:
    assert unstuffed(stuffed(data)) == data
    assert not set(stuffed(data)) & {0x7E, 0x11, 0x13}


def test_a_frame_with_reserved_bytes_is_understood_and_answered() -> None:
    with hand_clock() as time:
        wires = bus(time)
        value = struct.unpack(">f", bytes.fromhex("42117e13"))[0]
        assert asked(wires, 0x00, b"\x01" + real(value)) == (0, b"")
        assert asked(wires, 0x00, b"\x01") == (0, real(value))


@given(st.lists(st.integers(0, 100)))
def test_frames_cut_anywhere_get_the_same_answers(cuts: list[int]) -> None:
    stream = SET_125 + frame(0x00, b"\x01") + frame(0x77) + frame(0xD0, b"\x03", address=17)
    with hand_clock() as time:
        whole = say(bus(time), stream)
        assert whole.count(b"\x7e") == 8
        assert say_in_pieces(bus(time), stream, cuts) == whole


@given(st.binary(max_size=150))
def test_noise_never_deafens_the_bus_for_long(noise: bytes) -> None:
    with hand_clock() as time:
        wires = bus(time)
        say(wires, noise)
        question = frame(0xD0, b"\x01")
        assert b"SFC5500" in say(wires, question) + say(wires, question)
