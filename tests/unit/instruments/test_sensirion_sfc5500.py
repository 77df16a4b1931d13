"""The SFC5500 flow controller: stuffed frames of its manual, several units on one bus."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    LimitExceeded,
    ReadBackDiffers,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.sensirion_sfc5500_frames import (
    FLAG,
    Command,
    DeviceStatus,
    Reply,
    checksum,
    decode,
    decode_number,
    decode_text,
    encode,
    encode_flow,
    reply_to,
    stuff,
    unstuff,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

BYTE = st.integers(0, 255)


def reply_frame(unit: int, command: int, data: bytes = b"", *, state: int = 0) -> bytes:
    content = bytes((unit, command, state, len(data))) + data
    return FLAG + stuff(content + bytes((checksum(content),))) + FLAG


def say(command: Command, data: bytes, reply: bytes = b"", *, state: int = 0) -> Script:
    return [(encode(2, command, data), reply_frame(2, command, reply, state=state))]


def flow_of(sccm: float) -> bytes:
    return struct.pack(">f", sccm)


def ask_flow(sccm: float) -> Script:
    return say(Command.READ_FLOW, b"\x01", flow_of(sccm))


def set_flow(sccm: float, held: float) -> Script:
    return [
        *say(Command.SETPOINT, encode_flow(sccm)),
        *say(Command.SETPOINT, b"\x01", flow_of(held)),
    ]


def controller(link: SerialLink, clock: Clock) -> SensirionSfc5500:
    return SensirionSfc5500("etcher.mfc_ar", link, clock=clock, unit=2)


@pytest.mark.parametrize(
    ("request_bytes", "frame"),
    [
        (encode(0, Command.SETPOINT, encode_flow(125)), "7e 00 00 05 01 42 fa 00 00 bd 7e"),
        (encode(0, Command.READ_FLOW, b"\x01"), "7e 00 08 01 01 f5 7e"),
        (encode(0, Command.INFORMATION, b"\x03"), "7e 00 d0 01 03 2b 7e"),
    ],
)
def test_requests_are_the_frames_of_the_manual(request_bytes: bytes, frame: str) -> None:
    assert request_bytes == bytes.fromhex(frame)


def test_replies_of_the_manual_are_read() -> None:
    done = decode(bytes.fromhex("7e 00 00 00 00 ff 7e"))
    assert done == Reply(0, Command.SETPOINT, 0, device_error=False, data=b"")
    flow = decode(bytes.fromhex("7e 00 08 00 04 42 f9 cc cd 1f 7e"))
    assert round(decode_number(flow.data), 4) == 124.9
    serial = decode(bytes.fromhex("7e 00 d0 00 09 31 32 33 34 35 36 37 38 00 82 7e"))
    assert decode_text(serial.data) == "12345678"


def test_four_bytes_are_stuffed() -> None:
    assert stuff(b"\x7e\x7d\x11\x13\x12") == bytes.fromhex("7d 5e 7d 5d 7d 31 7d 33 12")


@given(st.binary(max_size=300))
def test_stuffing_is_undone(content: bytes) -> None:
    stuffed = stuff(content)
    assert unstuff(stuffed) == content
    assert not {0x7E, 0x11, 0x13} & set(stuffed)


@given(BYTE, BYTE, st.integers(0, 127), st.booleans(), st.binary(max_size=255))
def test_what_was_said_is_heard(
    unit: int, command: int, error: int, device_error: bool, data: bytes
) -> None:
    frame = reply_frame(unit, command, data, state=error | device_error << 7)
    assert decode(frame) == Reply(unit, command, error, device_error, data)


@given(st.binary(max_size=30), st.lists(st.integers(0, 100)))
def test_frames_are_found_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    frame = reply_frame(2, 8, data)
    assert cut_into(reply_to(2, 8), frame + frame, cuts) == [frame, frame]


@given(st.binary(max_size=40))
def test_any_bytes_are_frames_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, FLAG + noise + FLAG):
        try:
            frames, _ = reply_to(2, 8)(stream)
        except CodecError:
            continue
        assert all(decode(frame).address == 2 for frame in frames)


async def test_a_controller_is_known_by_product_serial_number_and_gas() -> None:
    script = [
        *say(Command.INFORMATION, b"\x01", b"SFC5500\x00"),
        *say(Command.INFORMATION, b"\x03", b"12345678\x00"),
        *say(Command.CALIBRATION, b"\x14", flow_of(200)),
        *say(Command.CALIBRATION, b"\x11", b"Ar\x00"),
    ]
    async with talking(controller, script) as mfc:
        assert await mfc.identify() == "SFC5500 12345678 Ar"
        with pytest.raises(LimitExceeded, match="full scale of 200 sccm"):
            await mfc.setpoint_sccm.write(201)


async def test_another_device_is_not_accepted() -> None:
    async with talking(controller, say(Command.INFORMATION, b"\x01", b"SLI-2000\x00")) as mfc:
        with pytest.raises(WrongDevice, match="SLI-2000"):
            await mfc.identify()


async def test_gas_flows_inside_and_is_closed_afterwards() -> None:
    flows = [step for sccm in (90, 124.9, 125.1, 125) for step in ask_flow(sccm)]
    async with (
        talking(controller, [*set_flow(125, 125), *flows, *set_flow(0, 0)]) as mfc,
        mfc.flowing(125, within_sccm=1, dwell_s=0.4, deadline_s=5),
    ):
        pass


async def test_closing_is_insisted_on_until_the_setpoint_is_zero() -> None:
    async with talking(controller, [*set_flow(0, 125), *set_flow(0, 0)]) as mfc:
        await mfc.make_safe()


async def test_a_setpoint_that_stays_is_reported() -> None:
    async with talking(
        controller, [*set_flow(0, 125), *set_flow(0, 125), *set_flow(0, 125)]
    ) as mfc:
        with pytest.raises(ReadBackDiffers, match="set to 0 and reads 125"):
            await mfc.close()


@pytest.mark.parametrize(
    ("code", "words"), [(0x3F, "gas pressure missing"), (0x43, "not allowed"), (4, "out of range")]
)
async def test_an_error_code_is_a_rejection_in_words(code: int, words: str) -> None:
    script = say(Command.SETPOINT, encode_flow(10), state=code | 0x80)
    async with talking(controller, script) as mfc:
        with pytest.raises(Rejected, match=words):
            await mfc.setpoint_sccm.write(10)


async def test_a_status_flag_is_a_fault() -> None:
    healthy = say(Command.STATUS, b"\x00", bytes(5))
    broken = say(Command.STATUS, b"\x00", b"\x00\x00\x00\x04\x00")
    async with talking(controller, [*healthy, *healthy, *broken]) as mfc:
        assert await mfc.status() == DeviceStatus(0, 0)
        await mfc.check()
        with pytest.raises(DeviceFault, match="0x00000004"):
            await mfc.check()


@pytest.mark.parametrize("sccm", [-1, 1001, float("nan")])
async def test_a_refused_flow_never_reaches_the_wire(sccm: float) -> None:
    async with talking(controller, []) as mfc:
        with pytest.raises(LimitExceeded, match="setpoint_sccm"):
            await mfc.flow(sccm, within_sccm=1, dwell_s=1, deadline_s=5)


async def test_the_answer_of_another_unit_is_not_believed() -> None:
    ask = encode(2, Command.READ_FLOW, b"\x01")
    async with talking(controller, [(ask, reply_frame(3, 8, flow_of(1)))]) as mfc:
        with pytest.raises(Garbled, match="does not answer"):
            await mfc.flow_sccm.value()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    script = [
        *ask_flow(10),
        *say(Command.SETPOINT, b"\x01", flow_of(10)),
        *say(Command.CALIBRATION, b"\x14", flow_of(200)),
    ]
    async with talking(controller, script) as mfc:
        seen = await mfc.readings()
    assert [sample.value for sample in seen.values()] == [10, 10, 200]
