"""The TMCM-1640 spindle: frames of its manual, and a spindle that always comes to a stop."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Garbled, LimitExceeded, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.trinamic_tmcl_frames import (
    Command,
    Reply,
    checksum,
    decode,
    decode_version,
    encode,
    reply_to,
)
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640, faults_in
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

INT32 = st.integers(-(2**31), 2**31 - 1)
BYTE = st.integers(0, 255)


def reply(command: int, value: int = 0, *, status: int = 100) -> bytes:
    body = bytes((2, 1, status, command)) + value.to_bytes(4, "big", signed=True)
    return body + bytes((checksum(body),))


def get(number: int, value: int) -> tuple[bytes, bytes]:
    return encode(1, Command.GET_PARAMETER, number, 0), reply(Command.GET_PARAMETER, value)


def at_speed(rpm: int) -> Script:
    return [get(156, 0), get(3, rpm)]


STARTED: Script = [
    (encode(1, Command.SET_PARAMETER, 11, 1000), reply(Command.SET_PARAMETER, 1000)),
    get(11, 1000),
    (encode(1, Command.ROTATE_RIGHT, 0, 3000), reply(Command.ROTATE_RIGHT, 3000)),
]
STOPPED: Script = [
    (encode(1, Command.STOP, 0, 0), reply(Command.STOP)),
    get(3, 900),
    get(3, 0),
]


def spindle(link: SerialLink, clock: Clock) -> TrinamicTmcm1640:
    return TrinamicTmcm1640("coater.spindle", link, clock=clock)


@pytest.mark.parametrize(
    ("request_bytes", "frame"),
    [
        (encode(1, Command.ROTATE_RIGHT, 0, 3000), "01 01 00 00 00 00 0b b8 c5"),
        (encode(1, Command.STOP, 0, 0), "01 03 00 00 00 00 00 00 04"),
        (encode(1, Command.GET_PARAMETER, 3, 0), "01 06 03 00 00 00 00 00 0a"),
        (encode(1, Command.SET_PARAMETER, 11, 1000), "01 05 0b 00 00 00 03 e8 fc"),
        (encode(1, Command.GET_PARAMETER, 156, 0), "01 06 9c 00 00 00 00 00 a3"),
    ],
)
def test_requests_are_the_frames_of_the_manual(request_bytes: bytes, frame: str) -> None:
    assert request_bytes == bytes.fromhex(frame)


def test_replies_of_the_manual_are_read() -> None:
    rotating = bytes.fromhex("02 01 64 01 00 00 0b b8 2b")
    speed = bytes.fromhex("02 01 64 06 00 00 0b b6 2e")
    assert decode(rotating) == Reply(1, 100, Command.ROTATE_RIGHT, 3000)
    assert decode(speed) == Reply(1, 100, Command.GET_PARAMETER, 2998)
    assert decode_version(b"\x021640V208") == "1640V208"


@given(BYTE, BYTE, BYTE, INT32, st.lists(st.integers(0, 20)))
def test_what_was_said_is_heard_however_it_is_cut(
    module: int, status: int, command: int, value: int, cuts: list[int]
) -> None:
    body = bytes((2, module, status, command)) + value.to_bytes(4, "big", signed=True)
    stream = (body + bytes((checksum(body),))) * 2
    found = cut_into(reply_to(module, command), stream, cuts)
    assert [decode(frame) for frame in found] == [Reply(module, status, command, value)] * 2


@given(st.binary(max_size=30))
def test_any_bytes_are_frames_or_a_codec_error(noise: bytes) -> None:
    try:
        frames, rest = reply_to(1, 6)(noise)
    except CodecError:
        return
    assert b"".join(frames) + rest == noise
    assert len(rest) < 9


@given(st.binary(max_size=12))
def test_any_bytes_are_a_version_or_a_codec_error(noise: bytes) -> None:
    try:
        text = decode_version(noise)
    except CodecError:
        return
    assert len(text) == 8


def test_status_bits_are_told_in_words() -> None:
    assert faults_in(1 << 3 | 1 << 12) == ("overtemperature", "emergency stop")
    assert faults_in(1 << 4 | 1 << 9 | 1 << 15) == ()


async def test_a_module_is_known_by_its_name() -> None:
    ask = encode(1, Command.VERSION, 0, 0)
    async with talking(spindle, [(ask, b"\x021640V208"), (ask, b"\x021110V112")]) as drive:
        assert await drive.identify() == "1640V208"
        with pytest.raises(WrongDevice, match="1110V112"):
            await drive.identify()


async def test_a_spindle_is_at_speed_inside_and_stands_afterwards() -> None:
    speeds = [*at_speed(1500), *at_speed(2998), *at_speed(2998), *at_speed(3001)]
    async with (
        talking(spindle, [*STARTED, *speeds, *STOPPED]) as drive,
        drive.spinning(3000, 1000, deadline_s=10, dwell_s=0.5),
    ):
        pass


async def test_a_cancelled_step_stops_the_spindle() -> None:
    script = [*STARTED, *at_speed(3000), *at_speed(3000), *at_speed(3000), *STOPPED]
    async with talking(spindle, script) as drive:
        turning = asyncio.Event()

        async def step() -> None:
            async with drive.spinning(3000, 1000, deadline_s=10, dwell_s=0.5):
                turning.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await turning.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_fault_on_the_way_stops_the_spindle() -> None:
    script = [*STARTED, get(156, 1 << 5), *STOPPED]
    async with talking(spindle, script) as drive:
        with pytest.raises(DeviceFault, match="Hall"):
            async with drive.spinning(3000, 1000, deadline_s=10):
                pytest.fail("must not be reached")


async def test_a_speed_out_of_limits_never_reaches_the_wire() -> None:
    async with talking(spindle, []) as drive:
        with pytest.raises(LimitExceeded, match="rpm"):
            await drive.spin(9000, 1000, dwell_s=1, deadline_s=10)


async def test_a_request_damaged_on_the_wire_is_sent_again() -> None:
    ask, answer = get(3, 42)
    async with talking(spindle, [(ask, reply(0, status=1)), (ask, answer)]) as drive:
        assert await drive.actual_rpm.value() == 42


async def test_a_value_the_module_does_not_take_is_rejected_in_words() -> None:
    ask = encode(1, Command.SET_PARAMETER, 11, 5)
    async with talking(spindle, [(ask, reply(Command.SET_PARAMETER, status=4))]) as drive:
        with pytest.raises(Rejected, match="invalid value"):
            await drive.acceleration_rpm_s.write(5)


async def test_a_damaged_reply_is_not_believed() -> None:
    ask, answer = get(3, 42)
    async with talking(spindle, [(ask, answer[:-1] + b"\x00")]) as drive:
        with pytest.raises(Garbled):
            await drive.actual_rpm.value()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    numbers = (2, 3, 4, 6, 11, 27, 150, 151, 152, 156)
    async with talking(spindle, [get(number, number) for number in numbers]) as drive:
        seen = await drive.readings()
    assert seen["actual_rpm"].value == 3
    assert round(seen["supply_v"].value, 6) == 15.1
    assert len(seen) == len(numbers)
